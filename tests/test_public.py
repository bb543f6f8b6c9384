"""What docs/public.md promises is there, and the documentation imports nothing else."""

import re
from collections.abc import Iterator
from importlib import import_module

import pytest

from tests.running import ROOT

DOCS = ROOT / "docs"
PAGE = (DOCS / "public.md").read_text()
TEMPLATES = ROOT / "tavus_hooks" / "templates" / "tavus_hooks"


def rows() -> Iterator[tuple[str, list[str]]]:
    """Each module of the first table with the names that are public in it."""
    table = PAGE.partition("| From | Names |\n|---|---|\n")[2].partition("\n\n")[0]
    for line in table.splitlines():
        module, names = line.strip("| ").split(" | ", 1)
        yield module.strip("`"), re.findall(r"`([^`]+)`", names)


PUBLIC = dict(rows())
SNIPPETS = [
    (page.name, module, names)
    for page in [*sorted(DOCS.glob("*.md")), ROOT / "README.md"]
    for module, names in re.findall(
        r"^\s*from (tavus_hooks[\w.]*) import ([\w, ]+)$", page.read_text(), re.MULTILINE
    )
]


@pytest.mark.parametrize(("module", "names"), PUBLIC.items())
def test_what_is_named_can_be_imported(module, names):
    for name in names:
        found = import_module(module)
        for part in name.split("."):
            if hasattr(found, part):
                found = getattr(found, part)
            else:
                found = import_module(f"{found.__name__}.{part}")


def test_there_is_much_to_import():
    assert len(PUBLIC) > 10
    assert len(SNIPPETS) > 20


@pytest.mark.parametrize(("page", "module", "names"), SNIPPETS)
def test_examples_import_what_is_public(page, module, names):
    imported = {f"{module}.{name.strip()}" for name in names.split(",")}
    public = {f"{home}.{name}" for home, names in PUBLIC.items() for name in names} | set(PUBLIC)
    # Of these the table does not name each class.
    whole = (
        *(
            "tavus_hooks.admin.",
            "tavus_hooks.filters.",
            "tavus_hooks.models.",
            "tavus_hooks.pages.",
        ),
        *(f"tavus_hooks.api.{each}." for each in PUBLIC["tavus_hooks.api"] if "." not in each),
        "tavus_hooks.signals.",
    )
    assert {each for each in imported - public if not each.startswith(whole)} == set(), (
        f"docs/public.md does not name what {page} imports."
    )


def test_every_block_of_the_templates_is_named():
    blocks = {
        name
        for template in TEMPLATES.rglob("*.html")
        for name in re.findall(r"{% block (\w+) %}", template.read_text())
    }
    assert blocks == set(
        re.findall(r"`(tavus_\w+)`", PAGE.partition("| templates by")[2].partition("\n")[0])
    )
