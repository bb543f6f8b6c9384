"""Counting up to a bound."""

import pytest
from django.test.utils import CaptureQueriesContext

from tavus_hooks.db.counting import counted
from tavus_hooks.models import Callback, Replica, Video
from tests.databases import reading

pytestmark = pytest.mark.django_db


def test_many_querysets_are_counted_by_one_query_and_no_further_than_the_bound():
    Video.objects.bulk_create(
        Video(video_id=f"v{number}", status="error" if number % 5 == 0 else "100%s")
        for number in range(20)
    )
    videos = Video.objects.all()
    with CaptureQueriesContext(reading) as queries:
        numbers = counted(
            [
                videos,
                videos.filter(status="error"),
                videos.filter(status="100%s"),
                videos.none(),
                videos.filter(pk__in=[]),
                videos.brief().order_by("status"),
                Replica.objects.all(),
                Callback.objects.for_tables().failed(),
            ],
            10,
        )
    assert numbers == [10, 4, 10, 0, 0, 10, 0, 0]
    assert len(queries) == 1


def test_of_nothing_no_query_is_made(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert counted([], 10) == []
        assert counted([Video.objects.none()], 10) == [0]
