"""Nothing with a known weakness is asked for, and what is installed is looked at."""

import runpy
import sys
import tomllib
from importlib.metadata import version

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from tests.running import ROOT, run

CHECK = ROOT / ".ci" / "known_weaknesses.py"
KNOWN = list(runpy.run_path(str(CHECK))["weaknesses"]())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def of_the_app():
    return {it.name: it for it in map(Requirement, PROJECT["dependencies"])}


def of_the_demo():
    lines = (ROOT / "requirements.txt").read_text().splitlines()
    return {it.name: it for it in map(Requirement, filter(_is_requirement, lines))}


def _is_requirement(line):
    return bool(line) and not line.startswith("#")


def affected_releases(weakness):
    """The releases of the series that a line of the list ends in, as far as numbers go."""
    [end] = [Version(it.version) for it in weakness.affected if it.operator == "<"]
    numbers = [f"{end.major}.{end.minor}.{micro}" for micro in range(end.micro)]
    before = [f"{end.major}.{end.minor - 1}.99"] if end.minor else [f"{end.major - 1}.99"]
    return [it for it in (*numbers, *before) if weakness.affected.contains(it)]


@pytest.mark.parametrize("asked", [of_the_app, of_the_demo])
@pytest.mark.parametrize("weakness", KNOWN, ids=lambda it: f"{it.package}{it.affected}")
def test_no_release_with_a_known_weakness_is_asked_for(asked, weakness):
    requirement = asked().get(weakness.package)
    releases = affected_releases(weakness)
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
