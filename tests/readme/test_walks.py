"""Whoever follows the README to the letter, in a new project or in a grown one, gets what it says;
and no line of it can be left out.
"""

import shutil
from functools import cache

import pytest

from tests.readme.walking import (
    FRESH,
    GROWN,
    LostError,
    Walk,
    environment,
    run_through,
    snippets,
    started_project,
)
from tests.running import ROOT

pytestmark = pytest.mark.skipif(not shutil.which("curl"), reason="the README posts with curl")

SNIPPETS = snippets()
LINES = [
    (place, number)
    for place, snippet in enumerate(SNIPPETS)
    for number, line in enumerate(snippet.lines)
    if line.strip()
]


@pytest.mark.slow
@pytest.mark.parametrize(("project", "source"), [(FRESH, "clone"), (GROWN, "wheel")])
def test_whoever_follows_the_readme_gets_what_it_says(project, source, wheel, tmp_path):
    home = started_project(tmp_path / "project", grown=project == GROWN)
    programs = environment(tmp_path / "environment")
    walk = Walk(home, programs, wheel if source == "wheel" else ROOT)
    walk.follow(SNIPPETS)
    ask = ("-c", "import tavus_hooks; print(tavus_hooks.__file__)")
    where = run_through(str(programs / "python"), *ask, cwd=tmp_path)
    assert where.startswith(str(tmp_path)), "not the checkout"


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """A fresh project; an environment that has the app, and one that has not."""
    folder = tmp_path_factory.mktemp("prepared")
    home = started_project(folder / "project", grown=False)
    installed = environment(folder / "installed")
    bare = environment(folder / "bare")
    walk = Walk(home, installed, ROOT)
    run_through("python", "-m", "pip", "install", "--quiet", str(ROOT), **walk.variables)
    return home, installed, bare


def installs(line):
    return line.startswith("python -m pip install")


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("place", "number"),
    LINES,
    ids=[
        f"{place}-{number}-{SNIPPETS[place].lines[number].strip()[:40]}" for place, number in LINES
    ],
)
def test_no_line_of_the_readme_can_be_left_out(place, number, prepared, tmp_path):
    home, installed, bare = prepared
    shutil.copytree(home, tmp_path / "project")
    left_out = SNIPPETS[place].lines[number]
    # What is installed stays, so as not to install it for every line of them.
    walk = Walk(tmp_path / "project", bare if installs(left_out) else installed, ROOT)
    rest = [it.without(number) if position == place else it for position, it in enumerate(SNIPPETS)]
    with pytest.raises(LostError):
        walk.follow([_without_installing(it) for it in rest])


@pytest.mark.heavy
def test_with_all_its_lines_the_same_walk_arrives(prepared, tmp_path):
    home, installed, _ = prepared
    shutil.copytree(home, tmp_path / "project")
    Walk(tmp_path / "project", installed, ROOT).follow([_without_installing(it) for it in SNIPPETS])


@cache
def _without_installing(snippet):
    return type(snippet)(
        snippet.language, tuple(line for line in snippet.lines if not installs(line))
    )
