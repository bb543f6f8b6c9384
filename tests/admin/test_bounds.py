"""What a list of the admin counts and looks through, however many rows there are."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from tavus_hooks.filters import listing
from tavus_hooks.models import Callback, Failure, Replica, Turn, Video
from tests.factories import transcript

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def few(monkeypatch):
    """As if a list looked through only sixty rows."""
    monkeypatch.setattr(listing, "MOST", 60)


@pytest.fixture
def inbox(few):
    """Three hundred callbacks, one a minute; one in ninety is of another kind."""
    Callback.objects.bulk_create(
        Callback(
            body=b"{}",
            kind="video.error" if number % 90 == 0 else "video.ready",
            subject_type="video",
            subject_id=f"v{number % 150:03}",
            reference=f"shop/{number % 4}" if number % 4 else "",
            received_at=NOON + timedelta(minutes=number),
        )
        for number in range(300)
    )


@pytest.fixture
def listed(opened):
    """The primary keys of the rows on the first page of a list."""

    def listed(model="callback", **query):
        return {row.pk for row in opened(model, **query).context_data["cl"].result_list}

    return listed


@pytest.fixture
def found(listed):
    """The minutes of the callbacks that a list finds."""

    def found(**query):
        rows = Callback.objects.filter(pk__in=listed(**query))
        return sorted(int((row.received_at - NOON).total_seconds()) // 60 for row in rows)

    return found


@pytest.mark.usefixtures("inbox")
class TestInbox:
    def test_a_list_counts_and_numbers_pages_up_to_the_bound(self, found, page):
        assert found() == [*range(250, 300)]
        assert found(p="2") == [*range(240, 250)]
        assert "60 callbacks" in page("callback")

    @pytest.mark.parametrize("dates", [{}, {"received_at__gte": str(NOON)}])
    def test_an_action_for_all_rows_is_done_to_those_that_were_counted(self, dates, admin):
        address = f"{reverse('admin:tavus_hooks_callback_changelist')}?{urlencode(dates)}"
        newest = [*Callback.objects.order_by("-pk").values_list("pk", flat=True)]
        chosen = {"action": "delete_selected", "select_across": "1", "index": "0"}
        asked = admin.post(address, {**chosen, "_selected_action": newest[0]})
        assert asked.status_code == 200
        for name in ("post", "_selected_action"):
            chosen[name] = newest[0]
        admin.post(address, chosen)
        assert Callback.objects.count() == 240
        assert not Callback.objects.filter(pk__in=newest[:60]).exists()

    def test_what_no_index_finds_is_looked_for_among_the_newest(self, found, page):
        assert found(kind="video.error") == [270]
        html = page("callback", kind="video.error")
        assert "By searched rows" in html
        assert re.search(r"the newest 60, back to 03/02/2026 4 p\.m\.", html)
        assert "By searched rows" not in page("callback")

    def test_more_is_looked_through_when_asked(self, found):
        assert found(kind="video.error", look_through="600") == [0, 90, 180, 270]
        assert found(kind="video.error", look_through="nonsense") == [270]

    def test_looking_begins_at_the_dates_that_are_asked_for(self, found):
        before = str(NOON + timedelta(minutes=200))
        assert found(kind="video.error", received_at__lt=before) == [180]
        assert found(received_at__lt=before, received_at__gte=str(NOON)) == [*range(150, 200)]

    @pytest.mark.parametrize(
        ("query", "minutes"),
        [
            ({"q": "v005"}, [5, 155]),
            ({"q": "v00", "kind": "video.error"}, [0]),
            ({"q": "nowhere"}, []),
            ({"reference": "shop/9"}, []),
            ({"subject_id": "v005"}, [5, 155]),
            ({"subject_id__exact": "v005", "kind": "video.ready"}, [5, 155]),
            ({"state": "failed"}, [7]),
            ({"failures__receiver": "r"}, [7]),
        ],
    )
    def test_what_an_index_finds_is_found_however_old(self, query, minutes, found):
        callback = Callback.objects.get(received_at=NOON + timedelta(minutes=7))
        Failure.objects.create(callback=callback, receiver="r", exception="E")
        assert found(**query) == minutes


def test_a_search_among_names_looks_through_the_newest(few, listed):
    Video.objects.bulk_create(
        Video(video_id=f"v{number}", video_name=f"Tour{number}") for number in range(100)
    )
    names = {video.video_name for video in Video.objects.filter(pk__in=listed("video", q="our4"))}
    assert names == {f"Tour{number}" for number in range(40, 50)}


def test_turns_are_listed_newest_first_and_by_the_conversation_they_belong_to(
    few, receive, listed, page
):
    for number in range(3):
        turns = [{"role": "user", "content": f"Hello {n}"} for n in range(40)]
        receive(transcript(*turns, conversation_id=f"c{number}"))
    newest = [*Turn.objects.order_by("-pk").values_list("pk", flat=True)]
    assert listed("turn") == {*newest[:50]}
    oldest = Turn.objects.filter(conversation__conversation_id="c0")
    found = listed("turn", conversation__id__exact=str(oldest[0].conversation_id))
    assert found == {*oldest.values_list("pk", flat=True)}


def test_only_columns_with_an_index_can_be_sorted_by(page):
    Replica.objects.create(replica_id="r1", replica_name="Ada", updated_at=timezone.now())
    html = page("replica")
    assert "sortable column-updated_at" in html
    assert "sortable column-status" in html
    assert "sortable column-replica_name" not in html
