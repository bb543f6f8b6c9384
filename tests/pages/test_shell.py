"""What all pages have in common: they are whole, accessible, and work under a strict policy."""

import itertools
import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import reverse
from django.utils import translation

from tests.pages.reading import foreign_scripts, read

BARE = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
    }
]


@pytest.fixture
def pages(story, all_paths, client):
    """Every page by its path, once something of every kind has arrived."""
    story()
    search = reverse("tavus_hooks:search")
    found = [search, f"{search}?q=welcome", f"{search}?q=c"]
    return lambda: {path: read(client.get(path)) for path in [*all_paths(), *found]}


_SEEN = {}


@pytest.fixture
def seen(db, request):
    """The same, for those who only look: opened once for all of them."""
    if not _SEEN:
        _SEEN.update(request.getfixturevalue("pages")())
    return _SEEN


def test_pages_need_nothing_of_the_host_but_a_login(pages, settings):
    settings.TEMPLATES = BARE

    for path, page in pages().items():
        assert page.all("main"), path
        assert not page.all("form", method="post"), path


def test_a_host_can_put_the_pages_into_its_own_shell(pages, settings):
    shell = """
        <html><head><title>Shop: {% block tavus_title %}{% endblock %}</title>
        {% include "tavus_hooks/includes/head.html" %}</head><body><h2>The shop</h2>
        <div class="pico tavus">{% include "tavus_hooks/includes/navigation.html" %}
        {% block tavus_content %}{% endblock %}</div></body></html>
    """
    loaders = [
        ("django.template.loaders.locmem.Loader", {"tavus_hooks/base.html": shell}),
        "django.template.loaders.app_directories.Loader",
    ]
    settings.TEMPLATES = [{"BACKEND": BARE[0]["BACKEND"], "OPTIONS": {"loaders": loaders}}]

    for page in pages().values():
        assert page.all("h2")[0].text == "The shop"
        assert page.one("title").text.removeprefix("Shop:")
        assert page.one("nav").all("a")
        assert page.one("h1").text


def test_the_demo_adds_who_is_logged_in(seen):
    for page in seen.values():
        assert page.one("form", method="post").attrs["action"] == reverse("logout")


def test_the_demos_login_and_errors_wear_the_same_shell(client, viewer, settings):
    strangers = Client()
    login = read(strangers.get(reverse("login")))
    missing = read(strangers.get("/nothing-here/"))
    refused = read(viewer().get(reverse("tavus_hooks:video-list")))

    assert login.one("input", type="password")
    assert [page.one("h1").text for page in (login, missing, refused)] == [
        "Log in",
        "Not found",
        "Not allowed",
    ]
    assert all("tavus-page" in page.one("body").classes for page in (login, missing, refused))


def test_pages_work_under_a_policy_that_allows_only_files_of_the_site_itself(seen):
    for path, page in seen.items():
        assert not foreign_scripts(page), path
        for element in page:
            assert element.tag not in {"style", "iframe", "base", "object"}, path
            assert "style" not in element.attrs, path
            assert not [name for name in element.attrs if name.startswith("on")], path
        for link in page.all("link"):
            assert link.attrs["href"].startswith("/static/"), path


def test_every_file_that_pages_and_style_sheets_name_is_there(seen):
    wanted = {link.attrs["href"] for page in seen.values() for link in page.all("link")}
    wanted |= {it.attrs["src"] for page in seen.values() for it in page.all("script")}

    assert len(wanted) == 4
    for path in wanted:
        assert finders.find(path.removeprefix(f"/{django_settings.STATIC_URL.strip('/')}/"))
    sheet = Path(finders.find("tavus_hooks/pages.css"))
    for url in re.findall(r'url\("(.*?)"\)', sheet.read_text()):
        assert (sheet.parent / url).is_file()


def test_our_style_sheet_shows_no_image_that_a_strict_policy_refuses():
    ours = Path(finders.find("tavus_hooks/pages.css")).read_text()
    pico = Path(finders.find("tavus_hooks/vendor/pico/pico.conditional.min.css")).read_text()

    assert not re.search(r"url\([\"']?data:", ours)
    used = set(re.findall(r"background-image:[^;}]*?var\((--pico-icon-[a-z]+)\)", pico))
    switched_off = set(re.findall(r"(--pico-icon-[a-z]+): none;", ours))
    # Only for what is not on our pages: aria-busy, and the dialogue's close button.
    assert used - switched_off == {"--pico-icon-loading", "--pico-icon-close"}


def test_every_page_is_titled_and_outlined(seen):
    titles = []
    for path, page in seen.items():
        titles.append(page.one("title").text)
        assert page.one("html").attrs["lang"] == "en"
        assert page.one("h1").text, path
        levels = [int(e.tag[1]) for e in page if re.fullmatch("h[1-6]", e.tag)]
        assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(titles)


def test_the_content_can_be_reached_without_the_navigation(seen):
    for page in seen.values():
        skip = page.one("body").all("a")[0]
        assert page.one(id=skip.attrs["href"].removeprefix("#")).tag == "main"


def test_ids_are_unique_and_whatever_refers_to_one_finds_it(seen):
    for path, page in seen.items():
        ids = [element.attrs["id"] for element in page if "id" in element.attrs]
        assert len(ids) == len(set(ids)), path
        for element in page:
            for name in ("for", "aria-labelledby", "aria-describedby"):
                if name in element.attrs:
                    assert element.attrs[name] in ids, path


def test_every_field_and_every_region_has_a_name(seen):
    for path, page in seen.items():
        labelled = {label.attrs["for"] for label in page.all("label")}
        for field in (*page.all("input"), *page.all("select")):
            if field.attrs.get("type") != "hidden":
                assert field.attrs.get("aria-label") or field.attrs["id"] in labelled, path
        for element in page:
            is_card = element.tag == "article" and bool(element.all("dl"))
            if (
                element.tag in {"nav", "section"}
                or element.attrs.get("role") == "region"
                or is_card
            ):
                named = {"aria-label", "aria-labelledby"} & element.attrs.keys()
                assert named or element.all("h2"), path


def test_cells_know_their_headers_and_moments_their_time(seen):
    for path, page in seen.items():
        for header in page.all("th"):
            assert header.attrs["scope"] == ("col" if header.is_within("thead") else "row"), path
        for table in page.all("table"):
            columns = len(table.one("thead").all("th"))
            for row in table.one("tbody").all("tr"):
                assert len(row.all("th") + row.all("td")) == columns, path
        for moment in page.all("time"):
            assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", moment.attrs["datetime"]), path


def test_every_link_leads_somewhere(pages, client):
    links = {(path, link.attrs["href"]) for path, page in pages().items() for link in page.all("a")}
    local = {f"{path}{href}" if href[0] == "?" else href for path, href in links}
    for href in local:
        if href.startswith("/tavus/"):
            assert client.get(href).status_code == 200, href


def test_pages_open_in_a_language_that_is_written_from_right_to_left(pages, settings):
    settings.LANGUAGE_CODE = "ar"
    settings.USE_THOUSAND_SEPARATOR = True
    with translation.override("ar"):
        for path, page in pages().items():
            assert page.one("html").attrs == {"lang": "ar", "dir": "rtl"}, path
