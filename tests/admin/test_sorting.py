"""In which order a list of the admin comes, and that what is acted on is what it shows."""

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from django.utils.http import urlencode

from tavus_hooks.admin import bounded
from tavus_hooks.filters import listing
from tavus_hooks.models import Callback, Conversation, Failure, Replica
from tests.databases import reading

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def number(opened):
    """The number that a list has for a column of its table, to be sorted by."""

    def number(model, column):
        changelist = opened(model).context_data["cl"]
        columns = [changelist.get_ordering_field(each) for each in changelist.list_display]
        return columns.index(column)

    return number


@pytest.fixture
def shown(opened):
    """The primary keys on the first pages of a list, in its order."""

    def shown(model, *, pages=1, **query):
        lists = [opened(model, p=page + 1, **query).context_data["cl"] for page in range(pages)]
        return [row.pk for each in lists for row in each.result_list]

    return shown


@pytest.fixture
def act(admin):
    """Do something to all rows that a list has counted."""

    def act(model, action, **query):
        address = f"{reverse(f'admin:tavus_hooks_{model}_changelist')}?{urlencode(query)}"
        chosen = {"action": action, "select_across": "1", "index": "0", "post": "yes"}
        assert admin.post(address, {**chosen, "_selected_action": "1"}).status_code == 302

    return act


@pytest.fixture
def rooms():
    """Two hundred conversations, of which every third has not ended, and two end at a time."""
    Conversation.objects.bulk_create(
        Conversation(
            conversation_id=f"c{number:03}",
            joined_at=NOON - timedelta(minutes=number),
            ended_at=NOON + timedelta(minutes=number * 7 % 200 // 2) if number % 3 else None,
        )
        for number in range(200)
    )
    ended = Conversation.objects.exclude(ended_at=None)
    live = Conversation.objects.filter(ended_at=None)
    ascending = [*ended.order_by("ended_at", "pk"), *live.order_by("pk")]
    descending = [*ended.order_by("-ended_at", "-pk"), *live.order_by("-pk")]
    return {
        "": [row.pk for row in ascending],
        "-": [row.pk for row in descending],
    }


@pytest.mark.parametrize("sign", ["", "-"])
class TestEmptyValues:
    def test_they_come_last_on_each_page(self, sign, rooms, number, shown, few):
        sort = f"{sign}{number('conversation', 'ended_at')}"
        listing.MOST = 170  # `few` brings it back
        assert shown("conversation", pages=4, o=sort) == rooms[sign][:170]
        found = {*shown("conversation", q="c00")}
        assert len(found) == 10
        assert shown("conversation", o=sort, q="c00") == [
            key for key in rooms[sign] if key in found
        ]

    def test_an_index_is_read_up_to_the_page(self, sign, rooms, number, admin, opened):
        sort = f"{sign}{number('conversation', 'ended_at')}"
        if reading.vendor != "sqlite":
            pytest.skip("how SQLite says that it sorts")
        rows = opened("conversation", o=sort).context_data["cl"]
        for stretch in rows.by.stretches(None, None):
            part = rows.queryset.filter(stretch.condition).order_by(*stretch.terms)
            assert "TEMP B-TREE" not in part[:50].explain()

    def test_all_that_are_counted_are_acted_on_in_this_order(self, sign, rooms, number, act, few):
        sort = f"{sign}{number('conversation', 'ended_at')}"
        listing.MOST = 150  # the last of them have no value
        act("conversation", "delete_selected", o=sort)
        left = {*Conversation.objects.values_list("pk", flat=True)}
        assert left == {*rooms[sign][150:]}


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_action_for_all_rows_of_a_sorted_list_is_done_to_those_that_it_shows(
    sign, few, number, shown, act
):
    Failure.objects.bulk_create(
        Failure(
            callback=Callback.objects.create(body=b"{}"),
            receiver="shop.tell",
            exception="ValueError",
            # Many at a time: which of them are counted, the key decides.
            last_at=NOON + timedelta(minutes=number // 40),
            abandoned_at=NOON,
        )
        for number in range(100)
    )
    sort = f"{sign}{number('failure', 'last_at')}"
    counted = shown("failure", pages=2, o=sort)
    assert len(counted) == 60
    act("failure", "acknowledge", o=sort)
    done = Failure.objects.exclude(acknowledged_at=None).values_list("pk", flat=True)
    assert {*done} == {*counted}


def test_what_is_looked_through_and_sorted_is_acted_on_as_it_is_shown(
    few, rooms, number, shown, act, monkeypatch
):
    monkeypatch.setattr(bounded, "MOST_KEYS", 20)
    sort = number("conversation", "ended_at")
    query = {"joined_at__gte": str(NOON - timedelta(minutes=150)), "o": sort}
    # The index of one moment finds them, and that of another would have to sort all of them.
    counted = shown("conversation", all="", **query)
    assert {*counted} == {
        *Conversation.objects.order_by("-joined_at").values_list("pk", flat=True)[:60]
    }
    act("conversation", "delete_selected", **query)
    left = {*Conversation.objects.values_list("pk", flat=True)}
    assert left == {*rooms[""]} - {*counted}


def test_of_several_columns_the_first_that_can_be_sorted_by_sorts(opened, shown, number):
    minutes = [3, 1, 4, 0, 5, 2]
    rows = Replica.objects.bulk_create(
        Replica(
            replica_id=f"r{minute}",
            replica_name=f"Ada {minute}",
            status="ready" if minute % 2 else "error",
            updated_at=NOON + timedelta(minutes=minute),
        )
        for minute in minutes
    )
    updated, status = number("replica", "updated_at"), number("replica", "status")
    changelist = opened("replica").context_data["cl"]
    columns = [*enumerate(changelist.list_display)]
    unsorted = ".".join(str(n) for n, each in columns if each not in changelist.sortable_by)
    by_status = sorted(rows, key=lambda row: (row.status, row.pk), reverse=True)
    by_moment = sorted(rows, key=lambda row: row.updated_at)
    assert shown("replica", o=f"-{status}.{updated}") == [row.pk for row in by_status]
    assert shown("replica", o=f"{unsorted}.99.x.{updated}") == [row.pk for row in by_moment]
    assert shown("replica", o=unsorted) == [row.pk for row in reversed(rows)]
    found = opened("replica", o=f"{unsorted}.{updated}.-{status}").context_data["cl"]
    assert found.get_ordering_field_columns() == {updated: "asc"}
