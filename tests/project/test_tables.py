"""The tables of the documentation that `.ci/tables.py` writes are those of the code."""

import importlib.util
import shutil

import pytest

from tavus_hooks.conf import Settings
from tavus_hooks.conf.ages import RETAINED
from tavus_hooks.dispatchers import NAMES
from tests.running import ROOT


@pytest.fixture
def tables(tmp_path, monkeypatch):
    """The script, and a copy of the documentation for it."""
    spec = importlib.util.spec_from_file_location("tables", ROOT / ".ci" / "tables.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    shutil.copytree(module.DOCS, tmp_path / "docs")
    monkeypatch.setattr(module, "DOCS", tmp_path / "docs")
    return module


def test_the_tables_are_up_to_date(tables):
    tables.update(check=True)


@pytest.mark.parametrize(
    ("page", "old", "new"),
    [
        ("settings.md", "| `NUM_PROXIES` | `0` |", "| `NUM_PROXIES` | `1` |"),
        ("settings.md", "| `MAX_TURNS` |", "| `MAX_TURN` |"),
        ("settings.md", "the site", "a site"),
        ("security.md", "| `path_token` |", "| `path` |"),
        ("checks.md", "| `USE_TZ` is off |", "| `USE_TZ` is on |"),
        ("operations.md", "`--note NOTE`", "`--note TEXT`"),
    ],
)
def test_what_differs_is_found_and_written_anew(tables, page, old, new):
    path = tables.DOCS / page
    before = path.read_text()
    assert old in before
    path.write_text(before.replace(old, new))
    with pytest.raises(SystemExit, match=f"docs/{page} differs"):
        tables.update(check=True)
    tables.update(check=False)
    tables.update(check=True)
    assert old in path.read_text()


def test_a_table_that_has_lost_its_place_is_found(tables):
    path = tables.DOCS / "settings.md"
    path.write_text(path.read_text().replace("<!-- settings", "<!-- sittings"))
    with pytest.raises(ValueError, match="There are 0 places for the table of settings"):
        tables.update(check=True)


def test_settings_name_what_can_be_chosen():
    assert [name for name in NAMES if f"`{name}`" not in Settings.DISPATCHER.__doc__] == []
    assert [part for part in RETAINED if f"`{part}`" not in Settings.RETAIN.__doc__] == []
