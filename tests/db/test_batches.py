"""Each row is met once, in order, also where many have the same value."""

from datetime import timedelta
from itertools import chain

import pytest
from django.utils import timezone

from tavus_hooks.db.batches import in_batches
from tavus_hooks.models import Refusal
from tests.databases import reading

NOW = timezone.now()


@pytest.fixture
def refusals():
    """Five rows of two hours, the later ones first."""
    hours = [1, 0, 1, 0, 1]
    return [
        Refusal.objects.create(reason=f"reason {number}", hour=NOW - timedelta(hours=hour))
        for number, hour in enumerate(hours)
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_in_the_order_of_the_primary_keys(refusals, size):
    batches = list(in_batches(Refusal.objects.all(), size))
    assert [*chain.from_iterable(batches)] == refusals
    assert max(map(len, batches)) <= size


@pytest.mark.django_db
@pytest.mark.parametrize("size", [1, 2, 5, 9])
def test_in_the_order_of_another_column(refusals, size):
    found = [*chain.from_iterable(in_batches(Refusal.objects.all(), size, by="hour"))]
    assert found == [refusals[number] for number in (0, 2, 4, 1, 3)]


@pytest.mark.django_db
def test_what_is_deleted_meanwhile_stops_nothing_and_what_is_added_behind_is_found(refusals):
    batches = in_batches(Refusal.objects.all(), 2)
    first = next(batches)
    Refusal.objects.filter(pk__in=[it.pk for it in first]).delete()
    added = Refusal.objects.create(reason="later", hour=NOW)
    assert [*chain.from_iterable(batches)] == [*refusals[2:], added]


@pytest.mark.django_db
def test_a_batch_is_one_query_and_no_more_are_read_than_asked_for(
    refusals, django_assert_num_queries
):
    batches = in_batches(Refusal.objects.all(), 2)
    with django_assert_num_queries(1, connection=reading):
        assert len(next(batches)) == 2
