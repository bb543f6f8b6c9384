"""Several querysets counted in one query."""

import pytest
from django.utils import timezone

from tavus_hooks.db.counting import count_each
from tavus_hooks.models import Callback, Refusal
from tests.databases import reading

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def rows():
    for number in range(5):
        Callback.objects.create(body=b"", digest="d", kind=f"%s {number % 2}")
    Refusal.objects.create(reason="size", hour=timezone.now())


def test_each_is_counted_in_one_query(django_assert_num_queries):
    asked = {
        "all": Callback.objects.all(),
        "some": Callback.objects.filter(kind="%s 1"),
        "for tables": Callback.objects.for_tables().order_by("due_at"),
        ("another", "model"): Refusal.objects.all(),
        "distinct": Callback.objects.order_by().values("kind").distinct(),
        "none": Callback.objects.none(),
        "nowhere": Callback.objects.filter(pk__in=[]),
    }
    with django_assert_num_queries(1, connection=reading):
        counts = count_each(asked)
    assert counts == {
        "all": 5,
        "some": 2,
        "for tables": 5,
        ("another", "model"): 1,
        "distinct": 2,
        "none": 0,
        "nowhere": 0,
    }


def test_a_slice_is_counted_no_further_than_it_goes():
    assert count_each({"few": Callback.objects.all()[:3], "many": Callback.objects.all()[:9]}) == {
        "few": 3,
        "many": 5,
    }


def test_where_nothing_can_be_found_nothing_is_asked(django_assert_num_queries):
    with django_assert_num_queries(0, connection=reading):
        assert count_each({"none": Callback.objects.none()}) == {"none": 0}
        assert count_each({}) == {}
