"""What is shown can be read: it has contrast, fits the window, and needs nothing from outside."""

from collections import defaultdict

import pytest

from tavus_hooks.filters.listing import MOST
from tavus_hooks.models import State
from tests.browser.looks import DESKTOP, HEIGHT, SCHEMES, WIDTHS

pytest.importorskip("pytest_playwright", reason="make e2e installs what these need")

PHONE = 375
MOST_LINES = 3
FIRST = 6
"""Columns that there is room for beside the navigation and the filters of the admin."""
OURS_ALONE = ["pages", "admin"]
LITTLE = 300
"""With fewer texts than this on all pages, hardly anything has been looked at."""

LINES_AND_EXCESS = """(each, text) => each.map(it => {
    it.textContent = text;
    const lines = it.offsetHeight / parseFloat(getComputedStyle(it).lineHeight);
    return [Math.round(lines), it.scrollWidth - it.clientWidth];
})"""


def in_words(looks, scheme):
    """What is faint, a line for each selector and pair of colours, with the page it is on first."""
    first, names = {}, defaultdict(set)
    for look in looks:
        for found in look.faint[scheme]:
            key = found["selector"], found["colours"]
            first.setdefault(key, (look.name, found))
            names[key].add(look.name)
    line = (
        "{page} (and {more} more), {scheme}: {selector} {text!r} has {ratio} of {needed}: {colours}"
    )
    return [
        line.format(page=page, more=len(names[key]) - 1, scheme=scheme, **found)
        for key, (page, found) in first.items()
    ]


@pytest.mark.parametrize("door", SCHEMES)
def test_there_is_a_page_of_each_state_of_a_callback(filled, door):
    for state in State:
        assert any(name.startswith(f"callback {state.label}") for name in filled[door]), state


@pytest.mark.parametrize(
    ("door", "scheme"),
    [
        pytest.param(door, scheme, id=f"{door}, {scheme}")
        for door in SCHEMES
        for scheme in SCHEMES[door]
    ],
)
def test_text_and_what_shows_the_focus_stand_out_from_what_is_behind(looks, door, scheme):
    found = looks(door)
    assert sum(look.looked[scheme] for look in found) > LITTLE
    faint = in_words(found, scheme)
    assert not faint, "\n".join(["", *faint])


@pytest.mark.parametrize("door", OURS_ALONE)
@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_scrolls_sideways_and_nothing_is_cut_off(looks, door, width):
    layouts = {look.name: look.layouts[width] for look in looks(door)}
    wide = {name: (it["over"], it["widest"]) for name, it in layouts.items() if it["over"] > 0}
    cut = {name: it["cut"] for name, it in layouts.items() if it["cut"]}
    assert (wide, cut) == ({}, {})


@pytest.mark.parametrize("door", OURS_ALONE)
def test_a_list_shows_its_first_columns_on_a_small_desktop(looks, door):
    lists = {look.name: look.layouts[DESKTOP] for look in looks(door) if look.name.endswith("list")}
    assert all(it["rows"] for it in lists.values())
    assert {name: it["hidden"] for name, it in lists.items() if it["hidden"]} == {}
    few = {
        name: it["shown"] for name, it in lists.items() if it["shown"] < min(it["columns"], FIRST)
    }
    assert few == {}


@pytest.mark.parametrize("door", OURS_ALONE)
def test_a_row_of_a_list_has_few_lines_on_a_phone(looks, door):
    lists = {look.name: look.layouts[PHONE] for look in looks(door) if look.name.endswith("list")}
    rows = [(name, *row) for name, it in lists.items() for row in it["rows"]]
    assert rows
    assert [row for row in rows if row[1] > MOST_LINES] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_most_that_is_counted_fits_its_card_on_one_line(visit, base, filled, width):
    page = visit("pages")
    page.set_viewport_size({"width": width, "height": HEIGHT})
    page.goto(base("pages") + filled["pages"]["overview"])
    figures = page.locator(".tavus-figure").evaluate_all(LINES_AND_EXCESS, f"{MOST:,}+")
    assert len(figures) > 1
    assert figures == [[1, 0]] * len(figures)


@pytest.mark.parametrize("door", OURS_ALONE)
def test_nothing_offends_a_strict_policy_or_fails_in_the_browser(looks, door):
    found = looks(door)
    assert {look.name: look.complaints for look in found if look.complaints} == {}


@pytest.mark.parametrize("door", SCHEMES)
def test_nothing_is_asked_of_another_host(looks, door):
    found = looks(door)
    assert {look.name: look.strangers for look in found if look.strangers} == {}
