"""Nothing with a known weakness is asked for, and what is installed is looked at."""

import runpy
import sys
import tomllib
from importlib.metadata import packages_distributions, requires, version
from signal import SIGINT

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import case
from tests.running import ROOT, run, started

CHECK = ROOT / ".ci" / "known_weaknesses.py"
KNOWN = list(runpy.run_path(str(CHECK))["weaknesses"]())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def of_the_app():
    return {it.name: it for it in map(Requirement, PROJECT["dependencies"])}


def of_the_demo():
    return read("project/requirements.txt")


def of_everything():
    """What `pip install -r requirements.txt` is asked for."""
    return read("requirements.txt")


def read(name):
    asked = {}
    for line in (ROOT / name).read_text().splitlines():
        if line.startswith("-r "):
            asked |= read(line.removeprefix("-r "))
        elif line and not line.startswith("#"):
            requirement = Requirement(line)
            asked[requirement.name] = requirement
    return asked


def installed_by(asked):
    """The names of what pip installs along with these, as far as the metadata here says."""
    waiting, found = [*asked], set()
    while waiting:
        name = canonicalize_name(waiting.pop())
        if name not in found:
            found.add(name)
            needs = map(Requirement, requires(name) or [])
            waiting += [
                it.name for it in needs if not it.marker or it.marker.evaluate({"extra": ""})
            ]
    return found


def affected_releases(weakness):
    """The releases of the series that a line of the list ends in, as far as numbers go."""
    [end] = [Version(it.version) for it in weakness.affected if it.operator == "<"]
    numbers = [f"{end.major}.{end.minor}.{micro}" for micro in range(end.micro)]
    before = [f"{end.major}.{end.minor - 1}.99"] if end.minor else [f"{end.major - 1}.99"]
    return [it for it in (*numbers, *before) if weakness.affected.contains(it)]


@pytest.mark.parametrize("asked", [of_the_app, of_the_demo, of_everything])
def test_no_release_with_a_known_weakness_is_asked_for(asked):
    for weakness in KNOWN:
        requirement = asked().get(weakness.package)
        releases = affected_releases(weakness)
        with case(weakness.package, str(weakness.affected)):
            assert releases
            if requirement is not None:
                assert [it for it in releases if requirement.specifier.contains(it)] == []


def test_of_each_series_of_django_the_first_release_without_one_is_let_in():
    django = of_the_app()["django"].specifier
    for release in ("5.2.19", "6.0.10", "6.1.3", "5.2.99", "6.0.99", "6.1.99"):
        assert django.contains(release), release
        assert of_the_demo()["django"].specifier.contains(release), release


def test_the_demo_asks_for_what_the_app_asks_for():
    theirs = of_the_demo()
    for name, requirement in of_the_app().items():
        assert {*requirement.specifier} <= {*theirs[name].specifier}, name


def test_all_that_the_demo_runs_on_is_installed_for_the_tests_too():
    everything = of_everything()
    assert {*of_the_demo()} < {*everything}
    assert {"gunicorn", "uvicorn", "pytest", "ruff"} <= everything.keys() - of_the_demo().keys()


@pytest.mark.slow
def test_the_demo_runs_where_nothing_else_is_installed(tmp_path):
    within = installed_by(of_the_demo())
    foreign = [
        package
        for package, distributions in packages_distributions().items()
        if not within.intersection(map(canonicalize_name, distributions))
    ]
    assert "pytest" in foreign
    program = tmp_path / "demo.py"
    program.write_text(
        "import sys\n"
        "from django.core.management import execute_from_command_line\n"
        f"sys.modules.update(dict.fromkeys({foreign!r}))\n"
        "execute_from_command_line(['manage.py', 'demo', '--port', '0'])\n"
    )
    variables = {
        "DATABASE_URL": f"sqlite:///{tmp_path / 'db.sqlite3'}",
        "DJANGO_SETTINGS_MODULE": "project.settings",
        "PYTHONPATH": str(ROOT),
    }
    with started(sys.executable, str(program), **variables) as demo:
        demo.read_until(r"Ctrl-C stops it\.")
        assert demo.stop(SIGINT) == 0


def test_what_is_installed_here_has_none():
    ended = run(sys.executable, str(CHECK))
    assert ended.returncode == 0, ended.stderr


def test_what_has_one_is_named_with_the_weakness_and_where_it_stands(tmp_path):
    copy = tmp_path / CHECK.name
    copy.write_text(CHECK.read_text())
    copy.with_suffix(".txt").write_text("django <99 CVE-0 https://x.example/\nnowhere <1 CVE-1 x\n")
    ended = run(sys.executable, str(copy))
    assert ended.returncode == 1
    said = f"django {version('django')} is <99: CVE-0, see https://x.example/"
    assert ended.stderr.strip() == said
