"""Ids and addresses are copied by a button, where the browser lets a page do so."""

import pytest

pytest.importorskip("pytest_playwright", reason="make e2e installs what these need")


@pytest.fixture
def page(visit, base, filled):
    page = visit("pages")
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(base("pages") + filled["pages"]["video v-playable"])
    yield page
    page.close()


def copied(page):
    return page.evaluate("navigator.clipboard.readText()")


def test_the_address_of_a_video_is_copied(page):
    page.get_by_role("button", name="Copy link").click()
    page.get_by_role("button", name="Copied", exact=True).wait_for()
    assert copied(page) == page.get_by_role("link", name="Open it at Tavus").get_attribute("href")


def test_each_id_and_address_among_the_facts_is_copied_by_a_button_that_names_it(page):
    page.get_by_role("button", name="Copy: v-playable", exact=True).click()
    page.get_by_text("Copied", exact=True).wait_for()
    assert copied(page) == "v-playable"
    stream = page.locator("dd a", has_text="film.m3u8")
    page.get_by_role("button", name=f"Copy: {stream.text_content()}", exact=True).click()
    page.wait_for_function(
        "async it => await navigator.clipboard.readText() === it", arg=stream.text_content()
    )


def test_without_a_clipboard_there_is_no_button(visit, base, filled):
    page = visit("pages")
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(base("pages") + filled["pages"]["video v-playable"])
    assert page.locator(".tavus-copy").count() > 3
    assert page.locator(".tavus-copy:visible").count() == 0
    page.close()
