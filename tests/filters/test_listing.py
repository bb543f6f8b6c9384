"""The pages of a list: every row once, in order, and nothing read that is far from the page."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from django.db.models import F
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext

from tavus_hooks import filters
from tavus_hooks.admin.sorted_rows import some_of
from tavus_hooks.filters import listing, search_filter
from tavus_hooks.filters import page as pages
from tavus_hooks.filters.cursor import Cursor, CursorError
from tavus_hooks.filters.keyset import Order, Position, position_after
from tavus_hooks.filters.listing import Listing
from tavus_hooks.models import Callback, Conversation, Failure, Turn, Video
from tests.databases import reading

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
MANY = 5_000
SIZE = 1_000


def of(filterset, query="", *, rows=None, **options):
    rows = filterset._meta.model.objects.all() if rows is None else rows
    asked = filterset(QueryDict(query), queryset=rows)
    assert asked.is_valid(), asked.errors
    return Listing(rows, asked, **options)


def walked(listed, size, *, from_the_end=False):
    """The primary keys on each page, from the first to the last, or back again."""
    page = listed.page(size)
    pages = [page]
    while page.following:
        page = listed.page(size, page.following)
        pages.append(page)
    if from_the_end:
        pages = [page]
        while page.preceding:
            page = listed.page(size, page.preceding)
            pages.insert(0, page)
    return [[row.pk for row in each.rows] for each in pages]


def together(pages):
    return [key for keys in pages for key in keys]


@pytest.fixture
def equal_videos():
    """Of which most have the same status."""
    statuses = ["ready"] * MANY + ["error", "queued"] * 10
    Video.objects.bulk_create(
        Video(video_id=f"v{number}", status=status) for number, status in enumerate(statuses)
    )


@pytest.fixture
def unjoined_conversations():
    """Of which most have no time at which anybody joined, and some have the same."""
    Conversation.objects.bulk_create(
        Conversation(
            conversation_id=f"c{number}",
            joined_at=NOON - timedelta(minutes=number // 3) if number % 100 < 10 else None,
        )
        for number in range(MANY)
    )


@pytest.mark.parametrize("order", ["", "status", "-status"])
def test_rows_of_equal_value_are_each_on_one_page(order, equal_videos):
    pages = walked(of(filters.VideoFilter, f"ordering={order}"), SIZE)
    key = "pk" if order == "status" else "-pk"
    columns = [order, key] if order else ["-pk"]
    assert together(pages) == [*Video.objects.order_by(*columns).values_list("pk", flat=True)]
    assert [len(keys) for keys in pages] == [SIZE] * 5 + [20]


@pytest.mark.parametrize("order", ["joined_at", "-joined_at"])
def test_empty_values_come_last_and_are_each_on_one_page(order, unjoined_conversations):
    pages = walked(of(filters.ConversationFilter, f"ordering={order}"), SIZE)
    column, key = F("joined_at").asc(nulls_last=True), "pk"
    if order.startswith("-"):
        column, key = F("joined_at").desc(nulls_last=True), "-pk"
    expected = Conversation.objects.order_by(column, key).values_list("pk", flat=True)
    assert together(pages) == [*expected]


@pytest.mark.parametrize(
    ("filterset", "order"),
    [
        (filters.VideoFilter, ""),
        (filters.VideoFilter, "status"),
        (filters.VideoFilter, "-status"),
        (filters.ConversationFilter, "joined_at"),
        (filters.ConversationFilter, "-joined_at"),
    ],
)
def test_from_the_end_the_same_rows_lead_back(
    filterset, order, equal_videos, unjoined_conversations
):
    listed = of(filterset, f"ordering={order}")
    back = walked(listed, SIZE, from_the_end=True)
    assert together(back)[-len(back[-1]) :] == walked(listed, SIZE)[-1]
    # The first page is full, so it may share rows with the second.
    assert list(dict.fromkeys(together(back))) == together(walked(listed, SIZE))


def test_back_from_the_third_row_the_first_page_is_full(equal_videos):
    listed = of(filters.VideoFilter, "ordering=-status")
    first = listed.page(10)
    third = listed.order.position(first.rows[2])
    back = listed.page(10, Cursor(third, is_backward=True).written(listed.order))
    assert (back.rows, back.preceding, back.following) == (first.rows, "", first.following)


def test_turns_are_listed_by_conversation_and_position():
    rooms = [Conversation.objects.create(conversation_id=f"c{number}") for number in range(3)]
    Turn.objects.bulk_create(
        Turn(conversation=rooms[number % 3], position=50 - number // 3, content="Hello")
        for number in range(60)
    )
    order = Order("conversation_id", is_descending=False, key="position")
    by_both = Turn.objects.order_by("conversation_id", "position").values_list("pk", flat=True)
    assert together(walked(of(filters.TurnFilter, order=order), 7)) == [*by_both]
    of_one = of(filters.TurnFilter, "conversation_id=c1", order=order)
    assert together(walked(of_one, 7)) == [*by_both.filter(conversation=rooms[1])]
    assert of_one.page(7).looked is None


@pytest.fixture
def few(monkeypatch):
    """As if a list looked through, and had found by keys, only twenty rows."""
    monkeypatch.setattr(pages, "LOOKED_THROUGH", {})
    monkeypatch.setattr(pages, "LOOKED_THROUGH_ELSEWHERE", 20)
    monkeypatch.setattr(listing, "MOST", 20)
    monkeypatch.setattr(listing, "MOST_KEYS", 20)


@pytest.fixture
def inbox():
    """A hundred callbacks, one a minute; one in thirty is of another kind."""
    Callback.objects.bulk_create(
        Callback(
            body=b"{}",
            kind="video.error" if number % 30 == 0 else "video.ready",
            subject_type="video",
            subject_id=f"v{number % 50:02}",
            reference=f"shop/{number % 4}" if number % 4 else "",
            received_at=NOON + timedelta(minutes=number),
            occurred_at=NOON + timedelta(minutes=number, seconds=-5) if number % 9 else None,
        )
        for number in range(100)
    )


def minutes(rows):
    return [int((row.received_at - NOON).total_seconds()) // 60 for row in rows]


@pytest.mark.usefixtures("few", "inbox")
class TestLookingThrough:
    def test_what_no_index_finds_is_looked_for_among_the_next_rows(self):
        listed = of(filters.CallbackFilter, "kind=video.error")
        page = listed.page(5)
        assert minutes(page.rows) == [90]
        assert page.looked == (20, NOON + timedelta(minutes=80), False, False, None)
        assert listed.count() is None

    def test_the_way_on_finds_everything_once(self):
        listed = of(filters.CallbackFilter, "kind=video.error")
        pages = walked(listed, 5)
        assert [len(keys) for keys in pages] == [1, 1, 0, 1, 1]
        assert together(walked(listed, 5, from_the_end=True)) == together(pages)
        full = walked(of(filters.CallbackFilter, "kind=video.ready"), 5)
        assert len(together(full)) == len({*together(full)}) == 96

    @pytest.mark.parametrize("ordering", ["", "received_at", "-received_at", "-occurred_at"])
    @pytest.mark.parametrize("at", [19, 20, 40, 99])
    def test_turning_round_leads_to_the_rows_that_were_there(self, ordering, at):
        """Rows at the ends of what is looked through, and in the middle of it."""
        Callback.objects.update(kind="video.ready")
        listed = of(filters.CallbackFilter, f"kind=video.error&ordering={ordering}")
        keys = [row.pk for row in of(filters.CallbackFilter, f"ordering={ordering}").page(100).rows]
        Callback.objects.filter(pk__in=[keys[at], keys[70]]).update(kind="video.error")
        both = [keys[it] for it in sorted([at, 70])]
        way = [listed.page(1)]
        while way[-1].following:
            way.append(listed.page(1, way[-1].following))
        for turned in way[1:]:
            page = listed.page(1, turned.preceding)
            found = [row.pk for row in page.rows]
            while page.following:
                page = listed.page(1, page.following)
                found += [row.pk for row in page.rows]
            shown = [row.pk for it in way[way.index(turned) :] for row in it.rows]
            assert found[len(found) - len(shown) :] == shown
            assert found == both[len(both) - len(found) :]
        for turned in way[:-1]:
            page = listed.page(1, turned.following)
            found = [row.pk for row in page.rows]
            while page.preceding:
                page = listed.page(1, page.preceding)
                found = [*(row.pk for row in page.rows), *found]
            shown = [row.pk for it in way[: way.index(turned) + 1] for row in it.rows]
            assert [it for it in dict.fromkeys(found) if it in shown] == shown

    @pytest.mark.parametrize(("ordering", "reached"), [("", 60), ("received_at", 39)])
    def test_on_the_way_back_a_page_says_the_same_end(self, ordering, reached):
        listed = of(filters.CallbackFilter, f"kind=nothing&ordering={ordering}")
        second = listed.page(5, listed.page(5).following)
        third = listed.page(5, second.following)
        again = listed.page(5, third.preceding)
        for page in (second, again):
            assert page.looked.back_to == NOON + timedelta(minutes=reached)
            assert not page.looked.is_all
        # The first of those twenty rows.
        step = 19 if ordering == "" else -19
        assert again.looked.since == NOON + timedelta(minutes=reached + step)
        assert second.looked.since is None

    def test_a_list_that_is_sorted_by_no_moment_says_how_many_rows(self):
        Video.objects.bulk_create(
            Video(video_id=f"v{number}", replica_id="r1", updated_at=NOON) for number in range(50)
        )
        looked = of(filters.VideoFilter, "replica_id=r1&ordering=status").page(5).looked
        assert (looked.rows, looked.back_to, looked.is_all) == (20, None, False)

    def test_more_rows_are_looked_through_when_asked(self):
        listed = of(filters.CallbackFilter, "kind=video.error", look_through=100)
        page = listed.page(5)
        assert minutes(page.rows) == [90, 60, 30, 0]
        assert (page.looked.back_to, page.looked.is_all, page.following) == (None, True, "")

    def test_an_answer_says_how_to_look_further_until_there_is_nothing_left(self):
        looked = of(filters.CallbackFilter, "kind=nothing").page(5).looked
        assert looked.more == 200
        assert (
            of(filters.CallbackFilter, "kind=nothing", look_through=200).page(5).looked.more is None
        )

    def test_looking_begins_at_the_moment_asked_for(self):
        before = (NOON + timedelta(minutes=35)).isoformat().replace("+", "%2B")
        page = of(filters.CallbackFilter, f"kind=video.error&received_at__lt={before}").page(5)
        assert minutes(page.rows) == [30]

    def test_a_page_that_is_full_says_how_far_it_came(self):
        page = of(filters.CallbackFilter, "kind=video.ready").page(5)
        assert minutes(page.rows) == [99, 98, 97, 96, 95]
        assert (page.looked.back_to, page.looked.is_full) == (NOON + timedelta(minutes=95), True)

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            ("subject_id=v05", [55, 5]),
            ("q=v05", [55, 5]),
            ("subject_id=v05&kind=video.ready", [55, 5]),
            ("subject_id=v00&kind=video.error", [0]),
            ("reference=nowhere", []),
            ("state=failed", [7]),
            ("state=failed&kind=video.ready&ordering=received_at", [7]),
        ],
    )
    def test_what_an_index_finds_is_found_however_old(self, query, found):
        callback = Callback.objects.get(received_at=NOON + timedelta(minutes=7))
        Failure.objects.create(callback=callback, receiver="r", exception="E")
        listed = of(filters.CallbackFilter, query)
        page = listed.page(5)
        assert minutes(page.rows) == found
        assert page.looked is None
        assert listed.count() == (len(found), True)

    def test_what_an_index_finds_is_cut_into_pages_that_lead_on_and_back(self):
        listed = of(filters.CallbackFilter, "reference__startswith=shop/1&ordering=")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(listing, "MOST_KEYS", 25)
            pages = walked(listed, 10)
            assert [len(keys) for keys in pages] == [10, 10, 5]
            assert together(pages) == sorted(together(pages), reverse=True)
            assert walked(listed, 10, from_the_end=True)[1:] == pages[1:]
            assert str(listed.count()) == "20+"

    def test_what_an_index_finds_too_often_is_looked_for_among_the_next_rows(self):
        page = of(filters.CallbackFilter, "reference__startswith=shop/1").page(50)
        assert len(page.rows) == 5
        assert not page.looked.is_all
        # An index of references goes on by key: this one is a list of its own.
        whole = of(filters.CallbackFilter, "reference=shop/1")
        assert whole.page(5).looked is None
        assert len(together(walked(whole, 5))) == 25

    def test_a_count_ends_at_the_bound(self):
        assert of(filters.CallbackFilter).count() == (20, False)
        assert str(of(filters.CallbackFilter).count()) == "20+"

    def test_where_few_rows_are_looked_through_they_are_counted(self):
        Callback.objects.filter(received_at__lt=NOON + timedelta(minutes=85)).delete()
        assert of(filters.CallbackFilter, "kind=video.error").count() == (1, True)


@pytest.mark.usefixtures("inbox")
def test_a_range_of_moments_is_sorted_by_these_moments():
    since = (NOON + timedelta(minutes=97)).isoformat().replace("+", "%2B")
    assert str(of(filters.CallbackFilter, f"received_at__gte={since}").order) == "-received_at"
    listed = of(filters.CallbackFilter, f"occurred_at__gte={since}")
    assert (str(listed.order), minutes(listed.page(5).rows)) == ("-occurred_at", [98])
    listed = of(filters.CallbackFilter, f"received_at__gte={since}&ordering=occurred_at")
    assert minutes(listed.page(5).rows) == [97, 98, 99]


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize("ordering", ["", "received_at", "-occurred_at"])
def test_a_page_takes_at_most_three_queries(ordering):
    listed = of(filters.CallbackFilter, f"ordering={ordering}")
    cursor = ""
    while True:
        with CaptureQueriesContext(reading) as queries:
            page = listed.page(30, cursor)
        assert len(queries) <= 3
        if not page.following:
            break
        cursor = page.following


def written(*parts):
    return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode()


@pytest.mark.parametrize(
    "text",
    [
        "x",
        "\x00",
        "ä",
        "W10",
        "9" * 5000,
        written("-received_at", 0, None, 5),
        written("-received_at", 0, "2026-03-02T12:00:00", 5),
        written("-received_at", 0, "2026-99-02T12:00:00Z", 5),
        written("-received_at", 0, "0001-01-01T00:00:00Z"),
        written("-received_at", 0, "0001-01-01T00:00:00+14:00", 5),
        written("-received_at", 0, "9999-12-31T23:59:59-14:00", 5),
        written("-received_at", 0, "\ud800", 5),
        written("-received_at", 0, {"a": 1}, 5),
        written("-received_at", 0, "2026-03-02T12:00:00Z", 2**63),
        written("-received_at", 0, "2026-03-02T12:00:00Z", True),
        written("-received_at", 0, "2026-03-02T12:00:00Z", "5"),
        written("-received_at", 0, "2026-03-02T12:00:00Z", 1e400),
        written("-received_at", 2, "2026-03-02T12:00:00Z", 5),
        written("-occurred_at", 0, "2026-03-02T12:00:00Z", 5),
        written("-pk", 0, None, 5),
        json.dumps([[[]]]),
    ],
)
def test_what_is_no_cursor_of_the_order_is_refused(text):
    with pytest.raises(CursorError):
        of(filters.CallbackFilter, "ordering=-received_at").page(5, text)


def test_a_text_in_a_cursor_is_only_compared():
    hostile = Cursor(Position("a'; --%", 3), is_backward=False).written(
        Order.named("status", Video)
    )
    assert of(filters.VideoFilter, "ordering=status").page(5, hostile).rows == []
    with pytest.raises(CursorError):
        of(filters.VideoFilter, "ordering=status").page(5, written("status", 0, "a\x00", 1))
    with pytest.raises(CursorError):
        of(filters.VideoFilter, "ordering=status").page(5, written("status", 0, "\ud800", 1))
    early = written("status", 0, "0001-01-01T00:00:00+14:00", -(2**63) + 1)
    assert of(filters.VideoFilter, "ordering=status").page(5, early).rows == []


@pytest.mark.parametrize("number", [10**30, 2**63, -(2**63), 1.5, "x"])
def test_a_key_in_a_cursor_is_one_that_a_row_can_have(number):
    order = Order("conversation_id", is_descending=False, key="position")
    with pytest.raises(CursorError):
        of(filters.TurnFilter, order=order).page(5, written("conversation_id", 0, number, 1))


def test_what_has_failed_is_counted_by_its_failures_where_all_may_be_seen():
    rows = [Callback.objects.create(body=b"{}") for _ in range(3)]
    for row, receiver in [(rows[0], "shop.a"), (rows[0], "shop.b"), (rows[1], "shop.a")]:
        Failure.objects.create(callback=row, receiver=receiver, exception="ValueError")
    with CaptureQueriesContext(reading) as queries:
        assert of(filters.CallbackFilter, "state=failed").count() == (2, True)
    assert "tavus_hooks_callback" not in queries[0]["sql"]
    seen = Callback.objects.filter(pk=rows[1].pk)
    assert of(filters.CallbackFilter, "state=failed", rows=seen).count() == (1, True)


@pytest.mark.usefixtures("few")
def test_what_was_typed_is_found_alone_however_many_rows_have_it(monkeypatch):
    monkeypatch.setattr(search_filter, "MOST_KEYS", 20)
    names = ["rA"] * 30 + ["rAB"] * 5
    Video.objects.bulk_create(
        Video(video_id=f"v{number}", replica_id=name) for number, name in enumerate(names)
    )
    of_one = Video.objects.filter(replica_id="rA").order_by("-pk").values_list("pk", flat=True)
    assert together(walked(of(filters.VideoFilter, "q=rA"), 10)) == [*of_one]


@pytest.mark.usefixtures("inbox")
@pytest.mark.parametrize(
    ("text", "arriving"),
    [
        ("video", {"reference": "video:77"}),  # it begins so: the others only hold it
        ("video", {"subject_id": "video"}),
        ("shop", {"reference": "shop"}),  # it is so: the others only begin so
    ],
)
def test_what_arrives_does_not_end_a_search(text, arriving):
    pages, cursor = [], ""
    expected = together(walked(of(filters.CallbackFilter, f"q={text}"), 30))
    assert len(expected) > 60
    while cursor or not pages:
        page = of(filters.CallbackFilter, f"q={text}").page(30, cursor)
        pages.append([row.pk for row in page.rows])
        cursor = page.following
        if len(pages) == 1:
            new = Callback.objects.create(body=b"{}", **arriving)
    assert together(pages) == expected
    back = of(filters.CallbackFilter, f"q={text}").page(30, page.preceding)
    assert [row.pk for row in back.rows] == pages[-2]
    assert of(filters.CallbackFilter, f"q={text}").page(30).rows == [new]


@pytest.mark.usefixtures("inbox")
def test_a_cursor_that_names_no_way_of_the_search_is_refused():
    cursor = of(filters.CallbackFilter, "q=video").page(5).following
    before, _separator, way = cursor.partition(".")
    assert way == "parts"
    for made_up in ("words", "x", "exact.parts"):
        with pytest.raises(CursorError):
            of(filters.CallbackFilter, "q=video").page(5, f"{before}.{made_up}")


def test_what_is_found_by_its_id_and_by_its_reference_is_listed_and_counted_once():
    Callback.objects.create(body=b"{}", subject_id="order-1", reference="order-1")
    listed = of(filters.CallbackFilter, "q=order-1")
    assert len(listed.page(5).rows) == 1
    assert listed.count() == (1, True)


@pytest.mark.parametrize("door", ["page", "admin"])
def test_what_is_skipped_is_counted_without_its_texts(door):
    Video.objects.bulk_create(
        Video(video_id=f"v{number}", updated_at=NOON if number else None) for number in range(3)
    )
    rows, order = Video.objects.brief(), Order("updated_at", has_nulls=True)
    with CaptureQueriesContext(reading) as asked:
        if door == "page":
            position_after(rows, order, 3, Position(NOON, 4_000_000_000))
        else:
            assert [row.video_id for row in some_of(rows, order, 2, 1)] == ["v0"]
    counts = [it["sql"] for it in asked.captured_queries if "COUNT" in it["sql"]]
    assert counts
    assert not any("video_name" in sql for sql in counts)
