"""The package is laid out as CONTRIBUTING.md says, and its modules stay small."""

import ast
import tomllib
from pathlib import Path

from tests.running import ROOT

PACKAGE = ROOT / "tavus_hooks"
MODULES = sorted(path for path in PACKAGE.rglob("*.py") if path.parent.name != "migrations")
MOST_LINES = 250
MOST_LAYERS = 9


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def contract() -> list[str]:
    """The layers from the top one down, as import-linter is told them."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    contracts = settings["tool"]["importlinter"]["contracts"]
    layers: list[str] = next(it["layers"] for it in contracts if it["type"] == "layers")
    return layers


def test_the_map_for_contributors_is_the_contract_on_imports():
    text = (ROOT / "CONTRIBUTING.md").read_text().partition("## Where things are")[2]
    drawn = [line.partition("  ")[0] for line in text.split("```")[1].strip().splitlines()]
    assert drawn == [layer.replace(" : ", " ") for layer in contract()]
    assert len(drawn) <= MOST_LAYERS


def test_the_way_of_a_callback_names_files_that_exist():
    text = (ROOT / "CONTRIBUTING.md").read_text()
    way = text.partition("## The way of a callback")[2].partition("\n## ")[0]
    adding = text.partition("## Adding something")[2].partition("\n## ")[0]
    names = [
        name
        for name in (way + adding).split("`")[1::2]
        if name.endswith((".py", "/")) and " " not in name
    ]
    assert len(names) > 15
    homes = (PACKAGE, ROOT, ROOT / "tests" / "kinds")
    assert [name for name in names if not any((home / name).exists() for home in homes)] == []


def test_no_module_is_longer_than_can_be_read_at_once():
    longer = {
        relative(module): lines
        for module in MODULES
        if (lines := len(module.read_text().splitlines())) > MOST_LINES
    }
    assert longer == {}


def test_the_first_line_of_each_module_says_what_it_is_about():
    texts = {relative(module): module.read_text() for module in MODULES}
    assert [name for name, text in texts.items() if text and not described(text)] == []


def described(text: str) -> str | None:
    return ast.get_docstring(ast.parse(text))
