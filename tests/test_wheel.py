"""The app as others get it: from its wheel, into a new project, by the README's own steps."""

import re
import sys
import sysconfig
import textwrap
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.running import ROOT, Visitor, free_port, manage, post, run, started, wait_for

pytestmark = pytest.mark.slow

PACKAGE = ROOT / "tavus_hooks"
NOT_SHIPPED = {"__pycache__", ".DS_Store"}


def blocks(page: str) -> list[tuple[str, str]]:
    """The code blocks of a Markdown page: language and text."""
    text = (ROOT / page).read_text()
    found = re.findall(r"^( *)```(\w+)\n(.*?)^\1```$", text, re.MULTILINE | re.DOTALL)
    return [(language, textwrap.dedent(code)) for _, language, code in found]


def module(page: str, name: str) -> str:
    """The Python that the page puts into the file of that name, as its first line says."""
    [code] = [
        code
        for language, code in blocks(page)
        if language == "python" and code.startswith(f"# {name}\n")
    ]
    return code


def commands(page: str) -> list[list[str]]:
    """What the page tells to type, line by line."""
    return [
        line.split()
        for language, code in blocks(page)
        if language == "console"
        for line in code.splitlines()
    ]


def succeed(*command: str, **options: object) -> str:
    ended = run(*command, **options)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """Built without network, by what the test environment holds."""
    out = tmp_path_factory.mktemp("wheel")
    succeed(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out))
    [built] = out.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def python(tmp_path_factory) -> str:
    """A fresh environment that sees what the app depends on, and not the app."""
    home = tmp_path_factory.mktemp("fresh")
    succeed(sys.executable, "-m", "venv", "--without-pip", str(home))
    scheme = {"base": str(home), "platbase": str(home)}
    fresh = Path(sysconfig.get_path("purelib", "venv", vars=scheme))
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (fresh / "dependencies.pth").write_text("\n".join(sorted(dependencies)))
    return str(home / "bin" / "python")


class Project:
    """What `startproject` makes, with an app of the user's own."""

    def __init__(self, home: Path, python: str) -> None:
        self.home = home
        self.python = python
        self.environment = {"TAVUS_HOOKS_SECRET": "a-long-random-text-of-the-user's-making"}
        succeed(python, "-m", "django", "startproject", "site1", str(home), cwd=home)
        self.manage("startapp", "shop")
        self.append("site1/settings.py", 'INSTALLED_APPS += ["shop"]\nLOGIN_URL = "admin:login"')

    def append(self, path: str, code: str) -> None:
        with (self.home / path).open("a") as file:
            file.write(f"\n{code}\n")

    def replace(self, path: str, code: str) -> None:
        (self.home / path).write_text(code)

    def manage(self, *arguments: str, **variables: str) -> str:
        ended = manage(
            *arguments, cwd=self.home, python=self.python, **self.environment, **variables
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout + ended.stderr

    @contextmanager
    def served(self):
        port = free_port()
        server = started(
            self.python,
            "manage.py",
            "runserver",
            "--noreload",
            str(port),
            cwd=self.home,
            **self.environment,
        )
        with server as program:
            wait_for(port, program)
            yield f"http://127.0.0.1:{port}", program


def install(python: str, wheel: Path) -> None:
    """The README's first step, with the wheel where it has a clone."""
    [install] = [words for words in commands("README.md") if "install" in words]
    assert install == ["python", "-m", "pip", "install", "path/to/this/clone"]
    pip = (sys.executable, "-m", "pip", "--python", python, "--disable-pip-version-check")
    succeed(*pip, "install", "--no-index", "--no-deps", "--quiet", str(wheel))


def test_everything_of_the_package_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        shipped = {name for name in archive.namelist() if name.startswith("tavus_hooks/")}
    files = {
        str(path.relative_to(ROOT))
        for path in PACKAGE.rglob("*")
        if path.is_file() and not NOT_SHIPPED & set(path.parts)
    }
    assert shipped == files
    for kind in (
        "py.typed",
        "templates/*/*.html",
        "static/*/*.css",
        "samples/*.json",
        "samples/*/*.txt",
    ):
        assert any(Path(name).match(f"tavus_hooks/{kind}") for name in shipped), kind
    assert "tavus_hooks/migrations/0001_initial.py" in shipped


def test_nothing_but_the_package_is_in_the_wheel(wheel):
    with zipfile.ZipFile(wheel) as archive:
        folders = {name.partition("/")[0] for name in archive.namelist()}
        [metadata] = [name for name in archive.namelist() if name.endswith("/METADATA")]
        required = re.findall(
            r"^Requires-Dist: ([\w-]+)[^;\n]*$", archive.read(metadata).decode(), re.MULTILINE
        )
    assert folders == {"tavus_hooks", metadata.partition("/")[0]}
    assert sorted(required) == ["django", "django-filter", "djangorestframework"]


def test_whoever_follows_the_readme_sees_the_first_callback(wheel, python, tmp_path):
    install(python, wheel)
    project = Project(tmp_path, python)
    project.append("site1/settings.py", module("README.md", "settings.py"))
    project.append("site1/urls.py", module("README.md", "urls.py"))
    project.replace("shop/apps.py", module("docs/receivers.md", "apps.py"))
    project.replace("shop/receivers.py", module("README.md", "receivers.py"))
    project.append("shop/receivers.py", module("docs/receivers.md", "receivers.py"))
    project.replace("shop/tests.py", module("docs/receivers.md", "tests.py"))

    steps = [words[2:] for words in commands("README.md") if words[1] == "manage.py"]
    assert [step[0] for step in steps] == ["migrate", "tavus_url"]
    for step in steps:
        printed = project.manage(*step)
    url = printed.split()[0]  # after it come the warnings of the system checks
    assert url.startswith("https://example.com/tavus/callbacks/")
    assert "Ran 1 test" in project.manage("test", "shop")

    login = {"DJANGO_SUPERUSER_USERNAME": "ada", "DJANGO_SUPERUSER_PASSWORD": "lovelace"}
    project.manage("createsuperuser", "--noinput", "--email=ada@example.com", **login)
    with project.served() as (base, program):
        body = (PACKAGE / "samples" / "video.ready.json").read_bytes()
        answer = post(url.replace("https://example.com", base), body)
        assert answer.status == 200
        program.read_until(r"\S+ is ready: https://")
        visitor = Visitor(base)
        assert visitor.log_in("/admin/login/", "ada", "lovelace")
        for path in (
            "/admin/tavus_hooks/callback/",
            "/admin/tavus_hooks/callback/1/change/",
            "/admin/tavus_hooks/video/1/change/",
            "/tavus/",
            "/tavus/videos/",
            "/tavus/api/videos/",
        ):
            assert visitor.get(path)[0] == 200, program.output
        assert "video.ready" in visitor.get("/admin/tavus_hooks/callback/")[1]


def test_the_fresh_environment_gets_the_app_from_the_wheel_alone(wheel, python, tmp_path):
    install(python, wheel)
    where = succeed(python, "-c", "import tavus_hooks; print(tavus_hooks.__file__)", cwd=tmp_path)
    assert not Path(where.strip()).is_relative_to(ROOT)
