"""Following the README's text in a project, to the letter."""

import re
import shutil
import sys
import sysconfig
import textwrap
from pathlib import Path
from typing import NamedTuple

from tests.running import ROOT, free_port, run

HERE = Path(__file__).parent
README = ROOT / "README.md"
RECEIVERS = ROOT / "docs" / "receivers.md"
CLONE = "path/to/this/clone"
GROWN = "grown"
FRESH = "fresh"
SITE_FILES = {"settings.py", "urls.py"}
"""The files that a project has already: snippets for them are added at the end."""


SERVE = "python manage.py runserver"
SERVE_AND_GO_ON = """
python manage.py runserver --noreload {port} > served.txt 2>&1 &
server=$!
trap 'kill $server' EXIT
until (exec 3<>/dev/tcp/127.0.0.1/{port}) 2>/dev/null; do kill -0 $server; sleep 0.1; done
"""
"""In one terminal what the README has two for."""


class LostError(Exception):
    """The README does not say how to go on, or what it says does not work."""


class Snippet(NamedTuple):
    language: str
    lines: tuple[str, ...]

    def without(self, number: int) -> "Snippet":
        return Snippet(self.language, (*self.lines[:number], *self.lines[number + 1 :]))


def snippets(page: Path = README) -> list[Snippet]:
    """Those of the page, in its order."""
    found = re.findall(r"^( *)```(\w+)\n(.*?)^\1```$", page.read_text(), re.MULTILINE | re.DOTALL)
    return [
        Snippet(language, tuple(textwrap.dedent(code).splitlines())) for _, language, code in found
    ]


def environment(home: Path) -> Path:
    """A fresh one that sees what the app depends on, and not the app."""
    run_through(sys.executable, "-m", "venv", "--without-pip", str(home))
    scheme = {"base": str(home), "platbase": str(home)}
    fresh = Path(sysconfig.get_path("purelib", "venv", vars=scheme))
    dependencies = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    (fresh / "dependencies.pth").write_text("\n".join(sorted(dependencies)))
    return home / "bin"


def run_through(*command: str, **options: object) -> str:
    """What it prints. Raises LostError where it fails."""
    ended = run(*command, **options)
    if ended.returncode:
        raise LostError(f"{command}\n{ended.stdout}{ended.stderr}")
    return ended.stdout


def started_project(home: Path, *, grown: bool) -> Path:
    """What `startproject` makes, with an app of the user's own; and what comes with the years."""
    home.mkdir()
    run_through(sys.executable, "-m", "django", "startproject", "site1", str(home), cwd=home)
    run_through(sys.executable, "manage.py", "startapp", "shop", cwd=home)
    append(home / "site1" / "settings.py", 'INSTALLED_APPS += ["shop"]')
    # The page that the README refers to has it.
    [connecting] = [it for it in snippets(RECEIVERS) if it.lines[0] == "# apps.py"]
    (home / "shop" / "apps.py").write_text("\n".join(connecting.lines))
    (home / "shop" / "receivers.py").touch()
    if grown:
        append(home / "site1" / "settings.py", (HERE / GROWN / "settings_end.txt").read_text())
        shutil.copy(HERE / GROWN / "urls.py", home / "site1" / "urls.py")
        shutil.copytree(HERE / GROWN / "accounts", home / "accounts")
    shutil.copy(HERE / "tavus.py", home / "requests.py")
    shutil.copy(HERE / "visit.py", home)
    return home


def append(file: Path, code: str) -> None:
    with file.open("a") as stream:
        stream.write(f"\n{code}\n")


class Walk:
    """A user in a project, who has a command line with the environment's programs."""

    def __init__(self, home: Path, programs: Path, source: Path) -> None:
        self.home = home
        self.source = source
        # pip takes nothing from anywhere: what the app depends on is there, and what builds it.
        self.variables = {
            "PATH": f"{programs}:/usr/bin:/bin",
            "PIP_NO_INDEX": "1",
            "PIP_NO_BUILD_ISOLATION": "0",  # which means none
            "PIP_DISABLE_PIP_VERSION_CHECK": "1",
            "PIP_ROOT_USER_ACTION": "ignore",
            "PYTHONWARNINGS": "ignore",
        }

    def follow(self, found: list[Snippet]) -> None:
        """Do what the snippets say, then use the site. Raises LostError."""
        for snippet in found:
            if snippet.language == "python":
                self._write(snippet)
        port = free_port()
        lines = [
            self._typed(line, port) for it in found if it.language == "console" for line in it.lines
        ]
        script = "\n".join(["set -e", *lines, "python visit.py"])
        run_through("bash", "-c", script, cwd=self.home, **self.variables)

    def _typed(self, line: str, port: int) -> str:
        if line == SERVE:
            return SERVE_AND_GO_ON.format(port=port)
        return line.replace(CLONE, str(self.source)).replace(":8000", f":{port}")

    def _write(self, snippet: Snippet) -> None:
        named = re.fullmatch(r"# (\w+\.py)", snippet.lines[0])
        if named is None:
            raise LostError(f"Into which file does this belong?\n{snippet.lines}")
        code = "\n".join(snippet.lines)
        if named[1] in SITE_FILES:
            append(self.home / "site1" / named[1], code)
        else:
            (self.home / "shop" / named[1]).write_text(f"{code}\n")
