"""The documentation says what the code does: no more, no less, and its links lead somewhere."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from shutil import which

import pytest
from django.core.management import get_commands, load_command_class

from benchmarks.chart import NAMES
from benchmarks.receiving import SCENARIOS
from tavus_hooks import signals
from tests.conftest import SAMPLES, all_signals
from tests.factories import shutdown, transcript
from tests.running import ROOT, run

DOCS = ROOT / "docs"
PAGES = sorted(
    [
        *DOCS.glob("*.md"),
        *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING", "SECURITY")),
    ]
)
COMMANDS = [name for name, app in get_commands().items() if app == "tavus_hooks"]
CARRIED_BY_ALL = {"signal", "sender", "callback", "reference", "replayed"}


def rows(page: str, heading: str) -> Iterator[list[str]]:
    """The cells of each row of the page's table whose first column has that heading."""
    _, found, table = (DOCS / page).read_text().partition(f"\n| {heading} |")
    assert found, f"docs/{page} has no table of {heading!r}"
    for line in table.partition("\n\n")[0].splitlines()[2:]:
        yield [cell.strip() for cell in line.strip("|").split("|")]


def named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_signal_says_when_it_is_sent():
    documented = [named(name)[0] for name, *_ in rows("receivers.md", "Signal")]
    assert documented == [signal.name for signal in all_signals()], (
        "Say below each signal in tavus_hooks/signals/ when it is sent, then run: "
        "python .ci/tables.py"
    )


def test_callback_received_may_carry_what_the_others_carry():
    carried = {name for it in all_signals() for name in it.all_it_carries - CARRIED_BY_ALL}
    assert signals.callback_received.may_carry == carried - {"missing"}  # that one is the app's own


@pytest.mark.django_db
def test_signals_carry_what_the_documentation_says(receive, announced):
    documented = {
        named(name)[0]: set(named(carries)) for name, _, carries in rows("receivers.md", "Signal")
    }
    samples = (path.read_bytes() for path in sorted(SAMPLES.glob("*.json")))
    for body in (*samples, shutdown(), transcript()):
        receive(body)
    carried: dict[str, set[str]] = {}
    for heard in announced:
        carried.setdefault(heard["signal"], set()).update(heard.keys() - CARRIED_BY_ALL)
    carried["callback_received"] = set()  # what its kind carries
    assert carried == documented


@pytest.mark.skipif(which("make") is None, reason="make is not installed here")
def test_the_documentation_uses_options_that_the_commands_have():
    used = set()
    text = "\n".join(page.read_text().replace("check --deploy", "") for page in PAGES)
    for line in text.splitlines():
        if len(commands := {name for name in COMMANDS if re.search(rf"\b{name}\b", line)}) == 1:
            used |= {(*commands, option) for option in re.findall(r"--[a-z-]+", line)}
    assert len(used) > 20
    for command, option in sorted(used):
        parser = load_command_class("tavus_hooks", command).create_parser("manage.py", command)
        assert option in parser._option_string_actions, f"{command} has no option {option}."


def test_every_command_of_make_stands_beside_its_plain_form():
    documented = {
        named(cell)[0]: named(plain)[0]
        for cell, plain, _ in rows("../CONTRIBUTING.md", "With make")
    }
    listed = re.findall(r"^  (make [\w-]+) ", run("make", "help").stdout, re.MULTILINE)
    assert {*documented} == {*listed} - {"make help", "make clean"}
    for command, plain in documented.items():
        runs = run(*command.split(), "--dry-run").stdout.replace(".venv/bin/", "")
        assert plain in runs, f"{command} does not run {plain}"


def test_every_variable_that_the_demo_site_reads_stands_in_the_documentation():
    documented = {named(variable)[0] for variable, _ in rows("operations.md", "Variable")}
    source = (ROOT / "project" / "settings.py").read_text()
    read = set(re.findall(r"\benv\.\w+\(\s*\"(\w+)\"", source))
    assert documented == read - {"PROJECT_SERVER"}, "docs/operations.md and the settings differ."


def test_every_page_can_be_reached_from_the_first():
    linked = set(re.findall(r"\]\(([\w-]+\.md)\)", (DOCS / "index.md").read_text()))
    assert linked == {page.name for page in DOCS.glob("*.md")} - {"index.md"}


HOME = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["urls"]["Source"]
PLACES = (f"{HOME}/blob/main/", f"{HOME.replace('github.com', 'raw.githubusercontent.com')}/main/")
"""Where the files of the project are found by those who have no clone."""


def links_of(page: Path) -> list[str]:
    return re.findall(r"\]\(([^)\s]+)\)", page.read_text())


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_and_headings_that_exist(page: Path):
    for link in links_of(page):
        inside, base = link, page.parent
        for place in PLACES:
            if link.startswith(place):
                inside, base = link.removeprefix(place), ROOT
        if inside.startswith("https://"):
            continue
        path, _, anchor = inside.partition("#")
        target = (base / path).resolve() if path else page
        assert target.exists(), f"{page.name} links to {link}, which is not there"
        if anchor:
            headings = re.findall(r"^#+ (.+)$", target.read_text(), re.MULTILINE)
            slugs = [re.sub(r"[^\w -]", "", title).lower().replace(" ", "-") for title in headings]
            assert anchor in slugs, f"{page.name} links to {link}, a heading that is not there"


def test_the_links_of_the_readme_work_where_only_its_text_is_shown():
    links = links_of(ROOT / "README.md")
    assert len(links) > 5
    assert [link for link in links if not link.startswith("https://")] == []


def test_the_table_of_performance_holds_every_bound_that_is_measured():
    measured = [
        (way, database, bound, float(ratio.strip("*")))
        for way, database, ratio, _, _, bound, *_ in rows("performance.md", "Way")
    ]
    scenarios = [
        (scenario.name, name, dict(scenario.bound).get(vendor))
        for scenario in SCENARIOS
        for vendor, name in NAMES.items()
    ]
    assert [
        (way, database, float(bound) if bound else None) for way, database, bound, _ in measured
    ] == scenarios
    assert [row for row in measured if row[2] and row[3] < float(row[2])] == []
