"""What `make bench-read` counts grows with the rows that a query goes through, and with nothing
else.
"""

import pytest
from django.db import connections, router
from django.utils import timezone

from benchmarks.read.work import UNITS, counted
from tavus_hooks.models import Refusal

SMALL, LARGE = 1_000, 2_000
MORE = LARGE - SMALL
IN_A_PAGE = 200
"""More rows of refusals than these fit into no page of PostgreSQL's."""
DEEPER = {"pages": 2}
"""To find a row PostgreSQL looks at a page of each level of the index, which may have become
deeper. SQLite takes one step, and MariaDB one read, however deep it is."""

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor(db):
    return connections[router.db_for_read(Refusal)].vendor


def fill(number):
    at, so_far = timezone.now(), Refusal.objects.count()
    Refusal.objects.bulk_create(
        Refusal(reason=f"{so_far + each}", hour=at, number=1, last_at=at, last_path="/path/")
        for each in range(number)
    )


def work(ask):
    """What it takes, once the plan and all else that is remembered is there."""
    ask()
    with counted() as once:
        ask()
    with counted() as again:
        ask()
    assert once == again
    assert once.done > 0
    return once.done


def grown(ask):
    """How much more it takes with MORE rows more."""
    fill(SMALL)
    before = work(ask)
    fill(MORE)
    return work(ask) - before


WAYS = {
    "rows are read": lambda: list(Refusal.objects.order_by()),
    "rows are looked through": lambda: list(Refusal.objects.filter(last_path="/nowhere/")),
    "all rows are counted": Refusal.objects.count,
    "some rows are counted": Refusal.objects.filter(number=1).count,
    "rows are sorted": lambda: list(Refusal.objects.order_by("last_path", "pk")[:5]),
}


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_through_a_thousand_rows_more_counts_more(way, vendor):
    expected = MORE if UNITS[vendor].name != "pages" else MORE / IN_A_PAGE
    assert grown(WAYS[way]) >= expected


def test_what_finds_one_row_counts_the_same_with_more_rows(vendor):
    key = Refusal.objects.create(reason="one", hour=timezone.now(), number=1).pk
    more = grown(lambda: Refusal.objects.get(pk=key))
    assert more <= DEEPER.get(UNITS[vendor].name, 0)


def test_the_first_rows_count_the_same_with_more_rows(vendor):
    more = grown(lambda: list(Refusal.objects.order_by("pk")[:5]))
    assert more <= DEEPER.get(UNITS[vendor].name, 0)


def test_what_the_counting_asks_itself_is_no_work(vendor):
    with counted() as nothing:
        pass
    assert nothing.done == 0
