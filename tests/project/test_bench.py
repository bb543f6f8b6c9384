"""`make bench` knows each index of the inbox, and says what is beyond its bounds."""

from benchmarks.__main__ import out_of_bounds
from benchmarks.indexes import CHOICES, LISTS
from tavus_hooks.models import Callback


def test_every_index_of_the_inbox_says_what_it_costs():
    alone = [choice.indexes[0] for choice in CHOICES if len(choice.indexes) == 1]
    assert sorted(alone) == sorted(index.name for index in Callback._meta.indexes)


def test_those_of_lists_have_a_bound_in_sum_however_callbacks_are_handled():
    bounds = {choice.dispatcher: choice.bound for choice in CHOICES if choice.indexes == LISTS}
    assert bounds == {"deferred": 0.95, "inline": 0.95}


def test_what_costs_more_than_its_bound_is_named():
    index = {"without": [*LISTS], "dispatcher": "inline", "database": "sqlite", "bound": 0.95}
    alone = index | {"without": [LISTS[0]], "bound": None}
    found = {
        "receiving": [],
        "indexes": [index | {"ratio": 0.95}, index | {"ratio": 0.94}, alone | {"ratio": 0.5}],
    }
    assert list(out_of_bounds(found)) == ["indexes of lists cost too much: inline on sqlite"]
