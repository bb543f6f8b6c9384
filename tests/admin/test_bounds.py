"""What a list of the admin counts and looks through, however many rows there are."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from tavus_hooks.admin import bounded, look_through
from tavus_hooks.admin.filters import MAX_OFFERED, recent_rows
from tavus_hooks.admin.paginator import AtLeast
from tavus_hooks.filters import listing, search_filter
from tavus_hooks.models import Callback, Conversation, Failure, Note, Replica, Tag, Tagging, Turn
from tests.factories import transcript
from tests.running import ROOT

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


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

    def test_a_number_that_is_not_exact_says_so_wherever_it_is_shown(
        self, page, monkeypatch, settings
    ):
        settings.USE_THOUSAND_SEPARATOR = True  # commas of its own, and not among the sign, too
        monkeypatch.setattr(listing, "MOST", 200)
        html = page("callback", received_at__gte=str(NOON))
        assert "200+ results" in html
        assert "200+ callbacks" in html
        assert "Select all of the first 200 callbacks" in html
        assert "All of the first 200 selected" in html
        html = page("callback", q="v00")
        assert "20 results" in html
        assert "20 callbacks" in html
        monkeypatch.setattr(listing, "MOST", 300)
        html = page("callback", received_at__gte=str(NOON))
        for text in ("300 results", "300 callbacks", "Select all 300", "All 300 selected"):
            assert text in html

    def test_only_a_list_that_was_asked_something_offers_to_show_all(self, page):
        offer = '(<a href="?">Show all</a>)'
        for query in ({"kind": "video.error"}, {"q": "v00"}, {"received_at__gte": str(NOON)}):
            assert offer in page("callback", **query)
        for query in ({}, {"q": " ", "kind": ""}, {"p": "2"}, {"o": "-2"}):
            assert offer not in page("callback", **query)

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

    def test_what_an_index_sorts_is_listed_as_if_it_were_all(self, found, page, admin, monkeypatch):
        monkeypatch.setattr(bounded, "MOST_KEYS", 20)
        of_one = [number for number in range(300) if number % 4 == 1]
        assert found(reference="shop/1") == of_one[-50:]
        assert found(reference="shop/1", p="2") == of_one[-60:-50]
        html = page("callback", reference="shop/1")
        assert "60 callbacks" in html
        assert "By searched rows" not in html
        address = f"{reverse('admin:tavus_hooks_callback_changelist')}?reference=shop/1"
        chosen = {"action": "delete_selected", "select_across": "1", "index": "0"}
        chosen["_selected_action"] = Callback.objects.filter(reference="shop/1").latest("pk").pk
        admin.post(address, {**chosen, "post": "yes"})
        assert Callback.objects.filter(reference="shop/1").count() == 15
        assert Callback.objects.count() == 240

    def test_what_no_index_finds_is_looked_for_among_the_newest(self, found, page):
        assert found(kind="video.error") == [270]
        html = page("callback", kind="video.error")
        assert "By searched rows" in html
        assert re.search(r"the newest 60, back to 03/02/2026 4 p\.m\.", html)
        assert "By searched rows" not in page("callback")

    def test_boxes_that_are_left_empty_are_not_asked(self, found, page, monkeypatch):
        monkeypatch.setattr(bounded, "MOST_KEYS", 20)
        of_one = [number for number in range(300) if number % 4 == 1]
        assert found(reference="shop/1", reference__startswith="") == of_one[-50:]
        names = "reference reference__startswith kind state key_id subject_id__exact id__lt q"
        names += " received_at__lt received_at__gte failures__receiver"
        empty = dict.fromkeys(names.split(), "")
        assert found(**empty) == [*range(250, 300)]
        assert "By searched rows" not in page("callback", **empty)

    def test_django_s_own_parameters_filter_nothing(self, page):
        for name in ("_facets", "_popup", "all", "o", "p", "e"):
            assert "By searched rows" not in page("callback", **{name: "1"})

    def test_of_several_values_of_a_parameter_any_will_do(self, found, opened):
        assert found(subject_id=["v005", "v006"]) == [5, 6, 155, 156]
        assert found(kind=["video.error", "video.ready"]) == [*range(250, 300)]
        assert found(kind=["video.error", "none"]) == [270]
        assert found(reference=["shop/9", "shop/1"])[-1] == 297
        days = [str(NOON + timedelta(minutes=number)) for number in (10, 20)]
        assert found(received_at__lt=days) == [*range(20)]

    @pytest.mark.parametrize(
        "query", [{"id__gte": "1"}, {"pk__gte": "1"}, {"subject_id__gte": "a"}, {"kind__lt": "w"}]
    )
    def test_a_range_of_what_is_no_moment_is_looked_through(self, query, found, page):
        assert found(**query, kind="video.error") == [270]
        assert "back to 03/02/2026 4 p.m." in page("callback", **query, kind="video.error")

    def test_a_range_of_keys_leads_to_all_rows_in_it(self, found):
        assert found(id__lt="20261101") == [*range(250, 300)]  # no day
        key = Callback.objects.get(received_at=NOON + timedelta(minutes=100)).pk
        assert found(id__lt=str(key)) == [*range(50, 100)]
        assert found(pk__lt=str(key), kind="video.error") == [90]

    def test_white_space_around_what_is_searched_is_not_searched(self, found, page):
        assert found(q=" v005\t") == [5, 155]
        assert found(q=" ") == [*range(250, 300)]
        assert "By searched rows" not in page("callback", q=" ")

    def test_more_is_looked_through_when_asked(self, found):
        assert found(kind="video.error", look_through="600") == [0, 90, 180, 270]
        assert found(kind="video.error", look_through="nonsense") == [270]

    def test_a_list_that_was_not_searched_to_the_end_says_so_beside_its_numbers(
        self, page, monkeypatch
    ):
        for order in ({}, {"o": "1"}):  # the newest are searched, whatever the order
            html = page("callback", kind="nope", **order)
            for number in ("0 results", "0 callbacks"):
                following = html.partition(number)[2].partition('class="tavus-looked"')[2]
                beside = following.partition("</div>")[0]
                assert "Searched back to <time" in beside
                assert 'look_through=600">Search 600 rows</a>' in beside
            assert html.count("Searched back to <time") == 2
        assert "Searched back to" not in page("callback", kind="nope", look_through="600")
        assert "Searched back to" not in page("callback")
        monkeypatch.setattr(look_through, "STEPS", (1,))
        html = page("callback", kind="nope")
        assert "Searched back to <time" in html
        assert "Search 600 rows" not in html

    def test_a_filter_offers_values_of_the_newest_rows_and_finds_others(self, found, page):
        older = NOON + timedelta(minutes=250)
        Callback.objects.filter(received_at=older).update(kind="replica.error")
        offered = set(re.findall(r'href="\?kind=([^"&]*)"', page("callback")))
        assert offered == {"video.error", "video.ready"}
        assert found(kind="replica.error") == [250]

    def test_looking_begins_at_the_dates_that_are_asked_for(self, found):
        before = str(NOON + timedelta(minutes=200))
        assert found(kind="video.error", received_at__lt=before) == [180]
        assert found(received_at__lt=before, received_at__gte=str(NOON)) == [*range(150, 200)]

    @pytest.mark.parametrize(
        ("day", "latest"), [("2026-03-02", None), ("2026-03-03", 299), ("2026-03-04", 299)]
    )
    def test_a_day_that_is_typed_in_leads_to_the_rows_before_it(self, day, latest, found, page):
        assert found(received_at__lt=day)[-1:] == ([] if latest is None else [latest])
        [box] = re.findall(r'<input type="date"[^>]*received_at__lt[^>]*>', page("callback"))
        assert 'value=""' in box
        html = page("callback", received_at__lt=day, reference="shop/1")
        [box] = re.findall(r'<input type="date"[^>]*received_at__lt[^>]*>', html)
        assert f'value="{day}"' in box
        assert '<input type="hidden" name="reference" value="shop/1">' in html

    def test_a_day_begins_in_the_current_time_zone(self, found, settings):
        settings.TIME_ZONE = "Pacific/Auckland"  # the noon in UTC is one o'clock at night there
        assert found(received_at__lt="2026-03-03") == []
        assert found(received_at__lt="2026-03-04") == [*range(250, 300)]

    @pytest.mark.parametrize("written", ["2026-03-03T01:10", "2026-03-02 12:10:00+00:00"])
    def test_a_moment_without_a_time_zone_is_in_the_current_one(self, written, found, settings):
        settings.TIME_ZONE = "Pacific/Auckland"
        assert found(received_at__lt=written) == [*range(10)]

    @pytest.mark.parametrize("day", ["", "2026-02-30", "0001-01-01", "9999-12-31", "soon"])
    def test_whatever_is_typed_as_a_day_is_answered(self, day, admin):
        address = reverse("admin:tavus_hooks_callback_changelist")
        answer = admin.get(address, {"received_at__lt": day}, follow=True)
        assert answer.status_code == 200

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
    def test_what_an_index_finds_is_found_however_old(self, query, minutes, found, opened):
        callback = Callback.objects.get(received_at=NOON + timedelta(minutes=7))
        for signal in ("video_ready", "callback_received"):
            Failure.objects.create(callback=callback, signal=signal, receiver="r", exception="E")
        assert found(**query) == minutes
        assert opened("callback", **query).context_data["cl"].result_count == len(minutes)


def test_a_large_number_that_is_not_exact_is_written_as_on_the_pages():
    assert str(AtLeast(10_000)) == "10,000+"


def test_the_documentation_says_how_many_rows_are_searched_and_offer_values():
    text = " ".join((ROOT / "docs" / "lists.md").read_text().split())
    assert f"occur in the newest {recent_rows(Callback):,} callbacks" in text
    assert f"newest {recent_rows(Failure):,} rows of other tables" in text
    assert f"at most the {MAX_OFFERED} most frequent" in text
    assert look_through.STEPS == (1, 10, 100)
    assert "offers ten and a hundred times as many" in text


def test_a_search_by_a_part_looks_through_the_newest(few, listed):
    Callback.objects.bulk_create(
        Callback(body=b"{}", event_type=f"tour.{number}") for number in range(100)
    )
    found = Callback.objects.filter(pk__in=listed(q="our.4"))
    assert {row.event_type for row in found} == {f"tour.{number}" for number in range(40, 50)}


def test_rows_of_a_conversation_are_found_by_its_id_however_old(few, listed, page, monkeypatch):
    rooms = [Conversation.objects.create(conversation_id=f"room-{n:03}") for n in range(100)]
    notes = [Note.objects.create(conversation=room, text="Ask again") for room in rooms]
    assert listed("note", q="room-001") == {notes[1].pk}
    assert listed("note", q="room-00") == {it.pk for it in notes[:10]}
    monkeypatch.setattr(search_filter, "MOST_KEYS", 20)  # too many begin with it
    assert listed("note", q="room-") == {it.pk for it in notes[50:]}
    assert listed("note", q="AGAIN ask") == {it.pk for it in notes[50:]}
    assert listed("note", q="nowhere") == set()
    assert "Searched the newest 60 rows" in page("note", q="nowhere")


def test_a_list_by_a_moment_looks_back_by_that_moment(few, listed, admin):
    at = NOON + timedelta(days=1)
    rows = Failure.objects.bulk_create(
        Failure(
            callback=Callback.objects.create(body=b"{}"),
            receiver="shop.tell",
            exception="ValueError" if number % 2 else "KeyError",
            last_at=at - timedelta(minutes=number),  # the first row is the newest
        )
        for number in range(100)
    )
    newest = {row.pk for row in rows[:60]}
    assert listed("failure", exception="KeyError") == {it.pk for it in rows[:60:2]}
    address = reverse("admin:tavus_hooks_failure_changelist")
    chosen = {"action": "delete_selected", "select_across": "1", "index": "0"}
    admin.post(address, {**chosen, "_selected_action": rows[0].pk, "post": "yes"})
    left = {*Failure.objects.values_list("pk", flat=True)}
    assert left == {row.pk for row in rows} - newest


def test_the_conversations_of_a_tag_are_counted_up_to_a_bound(page, monkeypatch):
    monkeypatch.setattr("tavus_hooks.admin.tag.MOST_COUNTED", 3)
    rare, often = (Tag.objects.create(name=name) for name in ("rare", "often"))
    for number in range(5):
        room = Conversation.objects.create(conversation_id=f"c{number}")
        Tagging.objects.create(conversation=room, tag=often)
        if number < 3:
            Tagging.objects.create(conversation=room, tag=rare)
    shown = re.findall(r'tag=(?:rare|often)">([^<]*)<', page("tag"))
    assert shown == ["3+", "3"]


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
