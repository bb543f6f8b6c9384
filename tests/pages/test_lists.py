"""The lists: filters, pages, and what they cost."""

import json
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tavus_hooks.filters import listing
from tavus_hooks.filters import page as pages
from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tests.conftest import case
from tests.databases import reading
from tests.factories import document, joined, replica, video
from tests.pages.conftest import MODELS
from tests.pages.details import section
from tests.pages.reading import read
from tests.pages.rows import count_of, path_of


def test_twenty_rows_take_as_many_queries_as_one(receive_many, client):
    def asked():
        """How many queries each list takes, and the front page."""
        counted = {}
        for path in [*map(path_of, MODELS), reverse("tavus_hooks:index")]:
            with CaptureQueriesContext(reading) as queries:
                assert client.get(path).status_code == 200
            counted[path] = len(queries)
        return counted

    receive_many(1)
    asked()
    few = asked()
    receive_many(20)

    assert asked() == few


def test_no_list_loads_bodies_and_tracebacks(story, client):
    story()

    with CaptureQueriesContext(reading) as queries:
        for path in [*map(path_of, MODELS), reverse("tavus_hooks:index")]:
            client.get(path)
        client.get(Conversation.objects.get().get_absolute_url())

    quoted = reading.ops.quote_name
    whole = [sql["sql"].partition(" FROM ")[0] for sql in queries]
    lists = [sql for sql in whole if quoted("received_at") in sql]
    assert lists
    with_body = [sql for sql in lists if quoted("body") in sql]
    # One: the events of the conversation are read from the bodies.
    assert len(with_body) == 1
    assert not [sql for sql in whole if quoted("traceback") in sql]


def test_a_list_is_cut_into_pages_that_keep_the_filters(receive, page):
    for i in range(60):
        receive(video(f"v{i}"), reference="Ä & <b>")
    receive(video("other", status="error"))

    first = page(path_of(Video), status="ready", q="Ä & <b>")
    assert len(first.one("tbody").all("tr")) == 25
    assert not first.all("a", rel="prev")
    assert first.one("h1").text.split() == ["Videos", "60"]

    second = page(path_of(Video) + first.one("a", rel="next").attrs["href"])
    assert second.one("input", name="status").attrs["value"] == "ready"

    third = page(path_of(Video) + second.one("a", rel="next").attrs["href"])
    assert len(third.one("tbody").all("tr")) == 10
    assert not third.all("a", rel="next")
    back = page(path_of(Video) + third.one("a", rel="prev").attrs["href"])
    assert back.one("tbody").text == second.one("tbody").text
    assert not page(path_of(Video) + back.one("a", rel="prev").attrs["href"]).all("a", rel="prev")


def test_of_the_callbacks_of_a_row_the_newest_are_shown_and_lead_to_all(receive, page):
    for i in range(30):
        receive(video("v", status="generating", generation_progress=f"{i}/100"))

    receive(video("another"))

    shown = section(page(Video.objects.get(video_id="v")), "Callbacks")
    assert len(shown.one("tbody").all("tr")) == 20
    assert shown.text.endswith("All callbacks 30")
    everything = page(shown.all("a")[-1].attrs["href"])
    assert everything.one("h1").text == "Callbacks 30"


def test_a_cursor_that_is_none_leads_to_the_first_page(receive, page):
    receive(video("v"))

    for text in ("0", "99", "x", "-1", "9" * 30, "\x00", "W10", "9" * 5000):
        with case(text):
            for name in ("cursor", "look_through"):
                assert page(path_of(Video), **{name: text}).one("tbody").one("a").text == "v"
            assert page(Video.objects.get(), cursor=text).one("h1").text


@pytest.mark.parametrize("model", MODELS)
def test_a_row_that_is_not_there_is_not_found(model, client):
    for pk in ("0", "99", "9" * 18, "9" * 30, "9" * 5000):
        assert client.get(f"{path_of(model)}{pk}/").status_code == 404, pk


def test_filters_choose_rows_and_stay_filled_in(receive, page):
    receive(video())
    receive(video("v2", status="error"))

    found = page(path_of(Video), status="error")

    assert [row.all("a")[0].text for row in found.one("tbody").all("tr")] == ["v2"]
    assert found.one("input", name="status").attrs["value"] == "error"
    assert "open" not in found.one("form", aria_label="Filter").one("details").attrs


def test_rows_are_found_by_a_reference_or_by_its_beginning(receive, page):
    for reference in ("shop.order:1", "shop.order:12", "blog.post:1"):
        receive(video(reference), reference=reference)
        receive(replica(reference), reference=reference)
        receive(document(reference), reference=reference)
        receive(joined(reference), reference=reference)

    def count(model, **query):
        return len(page(path_of(model), **query).one("tbody").all("tr"))

    for model in MODELS:
        each = 4 if model is Callback else 1
        with case(model):
            assert count(model, reference="shop.order:1") == each
            assert count(model, reference__startswith="shop.") == 2 * each
            assert count(model) == 3 * each


def test_documents_are_found_by_what_their_filters_name(receive, page):
    receive(document(document_name="Prices"))
    receive(document("d2", document_name="Terms", status="error"))

    for query in (
        {"q": "d1"},
        {"status": "ready"},
        {"ordering": "updated_at", "document_id": "d1"},
    ):
        row = page(path_of(Document), **query).one("tbody").one("tr")
        assert "Prices" in row.text


def test_filters_that_are_folded_away_are_unfolded_while_they_are_in_use(receive, page):
    receive(video())

    assert (
        "open"
        in page(path_of(Video), video_id="v1").one("form", aria_label="Filter").one("details").attrs
    )


def test_a_filter_that_makes_no_sense_says_so_and_finds_nothing(receive, page):
    receive(video())

    found = page(path_of(Callback), received_at__gte="nonsense", state="odd")

    for name in ("received_at__gte", "state"):
        [field] = [it for it in found if it.attrs.get("name") == name]
        assert field.attrs["aria-invalid"] == "true"
        assert found.one("ul", id=field.attrs["aria-describedby"], class_="errorlist").text
    assert "until the filter above can be read" in found.one("main").text
    assert "Nothing matches" not in found.text
    assert not found.all("tbody")
    assert found.one("a", href="?").text == "Show all"


@pytest.mark.parametrize("model", MODELS)
def test_an_empty_list_says_how_to_get_a_callback(model, page):
    assert "python manage.py tavus_url" in page(path_of(model)).text


@pytest.mark.parametrize("model", [Video, Replica, Document])
def test_a_list_is_headed_by_how_many_rows_were_chosen(model, receive, page):
    name = model._meta.model_name
    for number, status in enumerate(["ready", "error", "error", "error", "ready", "error"]):
        receive({f"{name}_id": f"{number}", "status": status}, reference=f"order:{number // 3}")

    assert count_of(page(path_of(model))) == 6
    assert count_of(page(path_of(model), status="error")) == 4
    assert count_of(page(path_of(model), status="error", reference="order:0")) == 2
    assert count_of(page(path_of(model), reference="order:1", status="ready")) == 1


def test_states_of_callbacks_are_told_apart(receive, page, hooks):
    body = json.dumps(video(updated_at="2026-05-12 09:17:41"))
    receive(body)
    receive(body)
    receive(b"{")
    hooks(DISPATCHER="deferred")
    receive(video("v2"))

    rows = page(path_of(Callback)).one("tbody").all("tr")

    badges = [[e.text for e in row if "tavus-badge" in e.classes] for row in rows]
    assert badges == [["waiting"], ["unreadable"], ["duplicate"], ["handled"]]


@pytest.mark.parametrize(
    ("ordering", "said"), [("", "Searched back to"), ("joined_at", "Searched up to")]
)
def test_a_list_says_how_far_it_was_searched_and_by_which_links_to_go_on(
    ordering, said, page, monkeypatch
):
    monkeypatch.setattr(pages, "LOOKED_THROUGH_ELSEWHERE", 10)
    monkeypatch.setattr(listing, "MOST_KEYS", 10)
    Conversation.objects.bulk_create(
        Conversation(
            conversation_id=f"c{number:02}",
            joined_at=datetime(2026, 3, 2, 12, number, tzinfo=UTC),
            user_turns=0 if number == 15 else 3,
        )
        for number in range(30)
    )
    path = path_of(Conversation)

    def followed(shown, rel):
        return page(path + shown.one("a", rel=rel).attrs["href"])

    first = page(path, nobody_spoke="true", ordering=ordering)
    assert said in first.one("main").text
    second = followed(first, "next")
    assert "c15" in second.one("main").text
    assert said in second.one("main").text
    back = followed(second, "prev")
    assert "c15" not in back.one("main").text
    assert "Searched between" in back.one("main").text
    assert "Nothing matches among the rows that were searched." in back.one("main").text
    assert "c15" in followed(back, "next").one("main").text


def test_a_full_page_says_nothing_of_how_far_was_searched(page, monkeypatch):
    monkeypatch.setattr(pages, "LOOKED_THROUGH_ELSEWHERE", 50)
    monkeypatch.setattr(listing, "MOST_KEYS", 10)
    Conversation.objects.bulk_create(
        Conversation(conversation_id=f"c{number:02}", user_turns=0) for number in range(30)
    )
    shown = page(path_of(Conversation), nobody_spoke="true").one("main")
    assert "Searched" not in shown.text
    assert len(shown.one("tbody").all("tr")) == 25


COMBINED = [
    (Conversation, {"ordering": "joined_at", "replica_id": "r1", "state": "live"}),
    (Conversation, {"ordering": "-joined_at", "replica_id": "r1", "has_transcript": "false"}),
    (Callback, {"ordering": "occurred_at", "reference": "a", "received_at__gte": "2026-01-01"}),
    (Callback, {"reference": "a", "reference__startswith": "a", "subject_id": "v", "q": "v"}),
]


def test_many_filters_take_at_most_twelve_queries_on_each_page(client, monkeypatch):
    monkeypatch.setattr(pages, "LOOKED_THROUGH", {})
    monkeypatch.setattr(pages, "LOOKED_THROUGH_ELSEWHERE", 35)
    monkeypatch.setattr(listing, "MOST_KEYS", 40)
    hours = [hour // 3 if hour % 3 else None for hour in range(60)]
    moments = [None if it is None else datetime(2026, 3, 2, it, tzinfo=UTC) for it in hours]
    Conversation.objects.bulk_create(
        Conversation(conversation_id=f"c{number}", replica_id="r1", joined_at=moment)
        for number, moment in enumerate(moments)
    )
    Callback.objects.bulk_create(
        Callback(
            body=b"{}", reference="a", subject_type="video", subject_id="v", occurred_at=moment
        )
        for moment in moments
    )
    for model, query in COMBINED:
        further, asked = f"?{urlencode(query)}", []
        for direction in ("next", "prev"):
            while further:
                asked.append(further)
                with case(model, further):
                    with CaptureQueriesContext(reading) as queries:
                        response = client.get(path_of(model) + further)
                    assert len(queries) <= 12
                links = read(response).all("a", rel=direction)
                further = links[0].attrs["href"] if links else ""
            further = asked[-1]
        assert len(asked) > 4
