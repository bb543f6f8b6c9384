"""The list of callbacks: what it shows, how it is narrowed, and what it costs."""

import re
from html import unescape
from urllib.parse import parse_qsl

import pytest
from django.test.utils import CaptureQueriesContext

from tavus_hooks.models import Callback
from tavus_hooks.presentation.formats import NOTHING
from tests.badges import badges
from tests.databases import reading
from tests.factories import event, replica, shutdown, video


def ids(html):
    """Primary keys of the rows shown."""
    return {int(pk) for pk in re.findall(r'name="_selected_action" value="(\d+)"', html)}


@pytest.fixture
def listed(page):
    def listed(**query):
        return ids(page("callback", **query))

    return listed


def test_a_row_links_to_what_it_is_about(receive, page):
    receive(video("v1"))
    html = page("callback")
    assert re.search(r'href="/admin/tavus_hooks/video/\d+/change/">v1<', html)


def test_a_row_about_what_has_no_row_yet_shows_the_id_alone(receive, page, hooks):
    hooks(DISPATCHER="deferred")
    receive(video("v1"))
    html = page("callback")
    [about] = re.findall(r'field-subject_id[^"]*">(.*?)</td>', html, re.S)
    assert about == "video <code>v1</code>"


def test_a_row_of_which_not_even_the_kind_is_known_is_called_a_callback(receive, page):
    callback = receive(b"{")
    Callback.objects.update(kind="", event_type="")
    html = page("callback")
    [title] = re.findall(r'field-title[^"]*">(.*?)</th>', html, re.S)
    assert re.sub("<[^>]*>", "", title) == f"callback #{callback.pk}"
    [about] = re.findall(r'field-subject_id[^"]*">(.*?)</td>', html, re.S)
    assert about == NOTHING


def test_what_failed_is_seen_and_found(receive, page, listed, broken_receiver):
    failed = receive(replica("r9"))
    assert ("failed", "bad") in badges(page("callback"))
    assert listed(state="failed") == {failed.pk}


def test_the_state_filter_finds_what_it_names(receive, listed, hooks):
    handled, duplicate, unreadable = receive(video()), receive(video()), receive(b"{")
    hooks(DISPATCHER="deferred")
    waiting = receive(video("v2"))
    assert listed(state="duplicate") == {duplicate.pk}
    assert listed(state="unreadable") == {unreadable.pk}
    assert listed(state="waiting") == {waiting.pk}
    assert listed(state="failed") == set()
    assert handled.pk in listed(state="handled")
    assert waiting.pk not in listed(state="handled")
    assert len(listed(state="nonsense")) == 4


def test_the_kind_filter_offers_the_kinds_that_came(receive, page, listed):
    ready = receive(video("v1"))
    receive(video("v2", status="error"))
    assert listed(kind="video.ready") == {ready.pk}
    assert "?kind=video.error" in page("callback")
    assert "?kind=system.shutdown" not in page("callback")


def test_a_date_filter_leaves_out_what_came_before(receive, page, listed):
    old, new = receive(video("v1")), receive(video("v2"))
    Callback.objects.filter(pk=old.pk).update(received_at="2020-01-01T00:00:00Z")
    link = re.search(r'href="\?([^"]*)"[^>]*>Past 7 days', page("callback"))
    assert listed(**dict(parse_qsl(unescape(link[1])))) == {new.pk}


@pytest.mark.parametrize("term", ["c-123", "c-12", "system.shut", "order:7"])
def test_search_finds_ids_event_types_and_references_in_whole_or_in_part(receive, listed, term):
    wanted = receive(shutdown("c-123"), reference="order:7")
    receive(video())
    assert listed(q=term) == {wanted.pk}


def test_search_for_a_whole_id_finds_that_id_alone(receive, listed):
    wanted = receive(video("v1"))
    receive(video("v12"))
    assert listed(q="v1") == {wanted.pk}


def test_a_filter_by_subject_is_exact(receive, listed):
    wanted = receive(video("x"))
    receive(replica("x"))
    receive(video("xy"))
    assert listed(subject_type="video", subject_id="x") == {wanted.pk}


def test_a_list_asks_as_often_for_twenty_rows_as_for_one(receive, opened, broken_receiver):
    receive(video("v0"))
    receive(replica("r"))
    receive(shutdown("c"))
    opened("callback")  # content types and the like are remembered
    with CaptureQueriesContext(reading) as one:
        opened("callback")
    for number in range(7):
        receive(video(f"v{number + 1}"))
        receive(replica(f"r{number}"))
        receive(shutdown(f"c{number}"))
    with CaptureQueriesContext(reading) as many:
        opened("callback")
    assert len(many) == len(one)


def test_a_list_reads_neither_bodies_nor_tracebacks(receive, opened):
    receive(event("application.new", "c1"))
    with CaptureQueriesContext(reading) as queries:
        opened("callback")
    columns = [
        reading.ops.quote_name(Callback._meta.db_table) + "." + reading.ops.quote_name(name)
        for name in ("body", "remarks")
    ]
    assert not [q for q in queries if any(column in q["sql"] for column in columns)]


def test_only_what_an_index_sorts_can_be_sorted(receive, page):
    receive(video())
    html = page("callback")
    assert "sortable column-received_at" in html
    assert "sortable column-occurred_at" in html
    assert "sortable column-kind" not in html


def test_what_is_contested_says_so_and_is_found(receive, page, listed, keep):
    own = receive(video(), reference="mine")
    contested = receive(video(), reference="theirs")
    html = page("callback")
    assert badges(html).count(("contested", "bad")) == 1
    assert ("kept", "busy") in badges(html)
    assert listed(contested="true") == listed(state="kept") == {contested.pk}
    assert listed(contested="false") == {own.pk}
