"""The hours of which it is known how many callbacks were received."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.core.management import call_command
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tavus_hooks.maintenance.health import health
from tavus_hooks.maintenance.hours import BACK, count_hours
from tavus_hooks.models import Callback, ReceivedHour
from tavus_hooks.models.received_hour import GRACE, HOUR, closed_hours, hour_of, received_since
from tests.databases import connection

pytestmark = pytest.mark.django_db


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""

    def at(moment):
        monkeypatch.setattr("django.utils.timezone.now", lambda: moment)

    return at


def store(*moments, kind="video.ready"):
    Callback.objects.bulk_create(
        Callback(body=b"{}", kind=kind, received_at=moment) for moment in moments
    )


def number_since(since):
    number, rest = received_since(since)
    return number + sum(rows.count() for rows in rest)


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_an_hour_is_counted_once_when_it_is_over(at):
    store(NOON, NOON + timedelta(minutes=59), NOON + HOUR)
    at(NOON + HOUR + GRACE - timedelta(seconds=1))
    count_hours()
    assert not ReceivedHour.objects.filter(hour=NOON).exists()
    at(NOON + HOUR + GRACE)
    assert count_hours() == 1
    assert ReceivedHour.objects.get(hour=NOON).number == 2
    Callback.objects.all().delete()
    assert count_hours() == 0
    assert ReceivedHour.objects.get(hour=NOON).number == 2


def test_what_the_app_made_itself_was_not_received(at):
    store(NOON, kind="conversation.completed")
    at(NOON + 2 * HOUR)
    count_hours()
    assert ReceivedHour.objects.get(hour=NOON).number == 0


def test_hours_are_counted_a_week_back(at):
    store(NOON, NOON - BACK - HOUR)
    at(NOON)
    assert count_hours() == BACK // HOUR - 1
    assert ReceivedHour.objects.order_by("hour").first().hour == NOON - BACK


def test_hours_without_callbacks_are_passed_over(at):
    store(NOON - 100 * HOUR, NOON - 99 * HOUR, NOON - 50 * HOUR)
    at(NOON)
    with CaptureQueriesContext(connection) as queries:
        assert count_hours() == BACK // HOUR - 1
    assert len(queries) < 20
    counted = ReceivedHour.objects.filter(number__gt=0).values_list("hour", "number")
    assert dict(counted) == {NOON - hours * HOUR: 1 for hours in (100, 99, 50)}


@pytest.mark.parametrize("counted", [True, False])
def test_a_number_is_the_same_whether_or_not_its_hours_were_counted(counted, at):
    store(*(NOON - timedelta(minutes=7 * number) for number in range(300)))
    at(NOON + timedelta(minutes=25))
    if counted:
        count_hours()
        # One that was missed.
        ReceivedHour.objects.filter(hour=NOON - 5 * HOUR).delete()
    for since in (NOON - timedelta(days=1, minutes=-25), NOON - timedelta(minutes=90), NOON):
        expected = Callback.objects.filter(received_at__gte=since).count()
        assert number_since(since) == expected


def test_the_part_of_a_day_that_was_counted_is_not_read_again(at):
    store(*(NOON - timedelta(minutes=number) for number in range(600)))
    at(NOON + timedelta(minutes=20))
    count_hours()
    number, rest = received_since(NOON - timedelta(hours=9, minutes=30))
    assert (number, [rows.count() for rows in rest]) == (540, [30, 1])
    assert health()["received_last_day"] == 600


def test_the_loop_counts_them(receive, monkeypatch):
    store(timezone.now() - timedelta(hours=3))
    call_command("tavus_process", once=True)
    assert sum(ReceivedHour.objects.values_list("number", flat=True)) == 1


def test_hours_begin_in_utc_and_none_is_left_out():
    half = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)
    assert hour_of(half) == NOON
    since = timezone.now() - timedelta(hours=5)
    hours = [*closed_hours(since)]
    assert all(later - hour == HOUR for hour, later in pairwise(hours))
    assert hours[0] >= since > hours[0] - HOUR
