"""`make bench-read` asks for everything that can be read, and every answer comes."""

import re
import sys
from collections import Counter
from urllib.parse import parse_qs, urlsplit

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.urls import URLResolver, resolve
from django.utils import timezone

from benchmarks.read.__main__ import SIZES
from benchmarks.read.ask import ask
from benchmarks.read.fill import fill
from benchmarks.read.made_callbacks import callbacks
from benchmarks.read.report import MILLISECONDS, beyond, compare, lines
from benchmarks.read.requests import admins, api, everything
from benchmarks.read.scale import Scale
from benchmarks.read.sized import MOST_TRIES, measured
from benchmarks.read.work import QUERIES, UNITS
from tavus_hooks import filters, urls
from tavus_hooks.admin.bounded import search_of
from tavus_hooks.api.pagination import Pages
from tavus_hooks.models import Callback, State
from tavus_hooks.models.state import conditions
from tests.running import run

SMALL, LARGE = 50, 200
AT_MOST = 20
"""So many rows are few."""
FILTERSETS = [getattr(filters, name) for name in filters.__all__ if name != "FactFilter"]
NOT_READ = {"receive", "receive-without-token"}


@pytest.fixture
def user(db, hooks):
    # The health page answers 503 beyond a limit, and something has failed.
    hooks(HEALTH_LIMITS={"abandoned": None, "oldest_due_seconds": None})
    return User.objects.create_superuser("reader")


@pytest.fixture
def scale():
    return Scale(SMALL, timezone.now())


@pytest.fixture
def asked(scale, user):
    """By the view that answers: the parameters of each request. Cursors lead from a row."""
    fill(scale)
    found = {}
    for _name, path in everything(scale, user):
        parts = urlsplit(path)
        found.setdefault(resolve(parts.path).view_name, []).append(parse_qs(parts.query))
    return found


def patterns(found, prefix="tavus_hooks:"):
    """Every URL of the app that has a name, with its view."""
    for it in found:
        if isinstance(it, URLResolver):
            yield from patterns(it.url_patterns, f"{prefix}{it.namespace}:")
        elif it.name not in (None, *NOT_READ):
            yield prefix + it.name, it.callback


def test_every_address_of_the_app_is_on_the_bench(asked):
    names = {name for name, _view in patterns(urls.urlpatterns)}
    assert len(names) > 20
    assert names - asked.keys() == set()


def test_every_filter_and_ordering_is_on_the_bench(asked):
    lacking, seen = [], set()
    for name, view in patterns(urls.urlpatterns):
        view_class = getattr(view, "view_class", None) or view.cls
        filterset = getattr(view_class, "filterset_class", None)
        if filterset is None or not name.endswith("-list"):
            continue
        seen.add(filterset)
        given = {(key, value) for it in asked[name] for key in it for value in it[key]}
        for key, each in filterset.base_filters.items():
            values = {value for asked_for, value in given if asked_for == key}
            choices = {value for value, _label in each.extra.get("choices", ())}
            if not values or choices - values:
                lacking.append((name, key, choices - values))
    assert lacking == []
    assert seen == set(FILTERSETS)


def test_every_list_asks_for_a_page_that_is_not_the_first(asked):
    lists = [name for name in asked if name.endswith(("-list", "_changelist"))]
    assert len(lists) > 25
    assert [it for it in lists if {} not in asked[it]] == []
    assert [
        it for it in lists if not any({"cursor", "p"} & query.keys() for query in asked[it])
    ] == []


def test_every_filter_and_search_of_the_admin_is_on_the_bench(asked):
    lacking = []
    for model_admin in admins():
        list_name = f"admin:tavus_hooks_{model_admin.opts.model_name}_changelist"
        given = {key for query in asked[list_name] for key in query}
        for each in model_admin.list_filter:
            lacking += [(list_name, key) for key in keys_of(each) if not asks_by(key, given)]
        searches = search_of(model_admin) or model_admin.search_fields
        if searches and "q" not in given:
            lacking.append((list_name, "q"))
    assert lacking == []
    registered = [model for model in admin.site._registry if model._meta.app_label == "tavus_hooks"]
    assert len(admins()) == len(registered)


def keys_of(each):
    """The parameters of a filter of the admin, or the column by which it filters."""
    if isinstance(each, str | tuple):
        return [each if isinstance(each, str) else each[0]]
    return getattr(each, "names", None) or [each.parameter_name]


def asks_by(key, given):
    return any(it == key or it.startswith(f"{key}__") for it in given)


def test_a_filling_has_rows_in_every_list_and_callbacks_in_every_state(scale, db):
    fill(Scale(LARGE, scale.until))
    assert Callback.objects.count() == LARGE
    found = {state: Callback.objects.filter(conditions()[state]).count() for state in State}
    assert [state for state, number in found.items() if number == 0] == []
    managers = [it.model._default_manager for it in admins()]
    assert [it.model for it in managers if not it.exists()] == []


def test_a_filling_is_the_same_each_time(scale):
    assert [*callbacks(scale)] == [*callbacks(scale)]


@pytest.mark.django_db(transaction=True)  # MariaDB's index of words holds what was committed
def test_the_values_find_a_page_or_a_few_or_nothing(scale, user, client):
    scale = Scale(SIZES[0], scale.until, turns=1)
    fill(scale)
    client.force_login(user)
    found = {label: {} for label in ("frequent", "half", "rare", "few", "nothing")}
    for name, path in api(scale):
        way, _, label = name.rpartition(": ")
        if label in found:
            found[label][way] = len(client.get(f"{path}&page_size=100").json()["results"])
    much, little = found["frequent"] | found["half"], found["rare"] | found["few"]
    assert len(much) > 25
    assert {way: number for way, number in much.items() if number < Pages.page_size} == {}
    assert {way: number for way, number in little.items() if not 0 < number <= AT_MOST} == {}
    assert {way: number for way, number in found["nothing"].items() if number} == {}


def answered(scale, user, choose):
    """Fill, ask what is chosen of all requests, and return their names."""
    fill(scale)
    requests = choose([*everything(scale, user)])
    answers = [*ask(user, requests)]
    assert [it.name for it in answers] == [it.name for it in requests]
    assert {it.name: it.queries for it in answers if len(it.queries) > QUERIES} == {}
    return [it.name for it in answers]


@pytest.mark.parametrize("size", [SMALL, LARGE])
def test_every_way_to_ask_is_answered_in_twelve_queries(size, scale, user):
    """One value of each filter and one order of each list, half of them at each size."""

    def choose(requests):
        ways = {it.name.rpartition(": ")[0] or it.name: it for it in reversed(requests)}
        return [*ways.values()][size == LARGE :: 2]

    assert len(answered(Scale(size, scale.until, turns=2), user, choose)) > 100


@pytest.mark.heavy
def test_everything_on_the_bench_is_answered_in_twelve_queries(scale, user):
    names = answered(Scale(LARGE, scale.until, turns=2), user, list)
    assert [name for name, times in Counter(names).items() if times > 1] == []


def answer(name, taken, queries=3):
    return {"name": name, "taken": taken, "queries": queries}


def test_the_table_marks_what_takes_too_much_longer():
    small = [answer("a", 10.0), answer("b", 10.0)]
    rows = compare("sqlite", small, [answer("a", 15.0, 5), answer("b", 16.0)])
    assert [it.request for it in beyond(rows, 1.5, MILLISECONDS)] == ["b"]
    _head, first, second = lines(rows, (1_000, 20_000), 1.5, MILLISECONDS)
    assert first.split() == ["a", "10.0", "15.0", "1.50", "3,", "5"]
    assert second.split() == ["b", "10.0", "16.0", "1.60", "3", "!"]


def test_a_few_more_pages_of_postgresql_are_no_growth():
    unit = UNITS["postgresql"]
    at_most, too_many = 4 + unit.allowance, 5 + unit.allowance
    rows = compare(
        "postgresql", [answer("a", 4)] * 2, [answer("a", at_most), answer("a", too_many)]
    )
    assert [it.large for it in beyond(rows, 1.0, unit)] == [too_many]
    _head, first, second = lines(rows, (1_000, 20_000), 1.0, unit)
    assert first.split()[:3] == ["a", "4", str(at_most)]
    assert second.endswith("!")


class Stand:
    """In place of a process of one size: each request takes the next of its times."""

    def __init__(self, *taken, names=("a",)):
        self.said_so_far = [{"vendor": "sqlite", "names": list(names)}]
        self.taken, self.asked = iter(taken), []

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        pass

    def ask(self, number):
        self.asked.append(number)
        self.said_so_far.append(answer("a", next(self.taken)))

    def said(self):
        return self.said_so_far.pop(0)


def test_the_shortest_of_four_times_counts():
    small, large = Stand(9.0, 8.0, 7.0, 6.0), Stand(9.0, 6.0, 7.0, 8.0)
    found = measured([small, large], is_counted=False, bound=1.5)
    assert [found.small[0]["taken"], found.large[0]["taken"]] == [6.0, 6.0]


@pytest.mark.parametrize(("quiet_at", "tries"), [(3, 4), (7, 8), (99, MOST_TRIES)])
def test_what_seems_to_come_near_the_bound_is_asked_until_it_does_not(quiet_at, tries):
    small = Stand(*[10.0] * MOST_TRIES)
    large = Stand(*(12.0 if number >= quiet_at else 13.0 for number in range(MOST_TRIES)))
    measured([small, large], is_counted=False, bound=1.5)
    assert len(small.asked) == len(large.asked) == tries


def test_what_is_counted_is_asked_once():
    small, large = Stand(1.0), Stand(9.0)
    found = measured([small, large], is_counted=True, bound=1.5)
    assert (len(small.asked), found.large[0]["taken"]) == (1, 9.0)


def test_what_was_not_asked_at_both_sizes_is_an_error():
    pair = [Stand(1.0), Stand(1.0, names=("a", "b"))]
    with pytest.raises(SystemExit, match=re.escape("['b']")):
        measured(pair, is_counted=False, bound=1.5)


@pytest.mark.heavy
def test_it_ends_with_1_beyond_the_bound_unless_it_only_reports(tmp_path):
    command = [sys.executable, "-m", "benchmarks.read", "--sizes", "50,60", "--only", "overview"]
    command += ["--out", str(tmp_path), "--bound", "0.001"]
    failed, reported = run(*command), run(*command, "--report")
    assert failed.returncode == 1, failed.stderr
    assert reported.returncode == 0, reported.stderr
    assert "pages: overview" in failed.stdout
    assert [it.name for it in tmp_path.iterdir()] == ["read.json"]


@pytest.mark.heavy
def test_what_is_counted_is_the_same_each_time(tmp_path):
    command = [sys.executable, "-m", "benchmarks.read", "--sizes", "50,60", "--only", "first"]
    command += ["--count", "--report", "--out", str(tmp_path)]
    once, again = run(*command), run(*command)
    assert once.returncode == 0, once.stderr
    assert "60 steps" in once.stdout
    assert "pages: callback, first" in once.stdout
    assert once.stdout == again.stdout
