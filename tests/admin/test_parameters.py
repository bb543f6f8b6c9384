"""Whatever a list or a page is asked by its URL, the admin answers, and never with a 500."""

from itertools import cycle

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.contrib.auth.models import User
from django.db import transaction
from django.test import RequestFactory
from django.urls import reverse

from tavus_hooks.models import Callback, Conversation
from tests.databases import OURS, reading
from tests.factories import document, recording, replica, shutdown, transcript, video

MODELS = [
    model
    for model in apps.get_app_config("tavus_hooks").get_models()
    if django_admin.site.is_registered(model)
]
VALUES = {
    "nothing": "",
    "NUL": "a\x00b",
    "twenty digits": "9" * 20,
    "a negative number": "-1",
    "an open bracket": "(",
    "half a pair": b"\xed\xa0\x80",
}
MORE_VALUES = {
    "five thousand digits": "9" * 5000,
    "many words": "a " * 240,
    "very many words": "a " * 2000,
    "a date that is none": "9999-99-99",
    "the last moment": "9999-12-31 23:59:59",
    "a list": "1,a,99999999999999999999",
    "an emoji": "\U0001f600",
}
STANDARD = ["q", "o", "p", "_to_field"]
SWITCHES = ["e", "all", "_facets", "_popup", "_changelist_filters"]
LOOKUPS = ["exact", "contains", "iregex", "gt", "in", "range", "isnull", "year", "date", "nonsense"]
PLAIN = {
    "callback": ["kind", "subject_id", "failures__receiver", "failures__exception"],
    "turn": ["conversation"],
}
"""Lookups that other pages of the admin lead to."""

pytestmark = pytest.mark.django_db


def asked(model):
    """What a list takes: what Django's lists all take, and what its own filters do. Of each name,
    what reads it: the same code for many lists, but for what looks into columns of the model.
    """
    model_admin = django_admin.site.get_model_admin(model)
    request = RequestFactory().get("/")
    request.user = User(is_superuser=True)
    specs = model_admin.get_changelist_instance(request).filter_specs
    found = {name: name if name != "q" else ("q", model) for name in STANDARD}
    for spec in specs:
        for name in spec.expected_parameters():
            found[name] = (type(spec), name.rpartition("__")[2] if "__" in name else "")
    return found | {name: (name, model) for name in PLAIN.get(model._meta.model_name, [])}


def one_or_all():
    """Each parameter of each list with the values to give it: all the first time that something
    reads one, and from then on one of them, another each time.
    """
    read, turn = set(), cycle(VALUES)
    for model in MODELS:
        for name, reader in asked(model).items():
            yield model, name, [next(turn)] if reader in read else [*VALUES]
            read.add(reader)


def in_every_way():
    """A column of each class by each lookup: (name of the model, parameter)."""
    columns = {
        field.get_internal_type(): (model._meta.model_name, field.name)
        for model in MODELS
        for field in model._meta.concrete_fields
    }
    return [(name, f"{column}__{how}") for name, column in columns.values() for how in LOOKUPS]


@pytest.fixture(autouse=True)
def rows(receive):
    for body in (video(), replica(), document(), shutdown(), recording(), transcript()):
        receive(body)


@pytest.fixture
def status(admin, without_navigation):
    """How the admin answers, whatever that does to the transaction of the test."""
    admin.raise_request_exception = False

    def status(url, query=None):
        with transaction.atomic(using=OURS):
            answer = admin.get(url, query)
            transaction.set_rollback(True, using=OURS)
        return answer.status_code

    return status


def list_url(name):
    return reverse(f"admin:tavus_hooks_{name}_changelist")


def test_whatever_the_parameters_of_a_list_say_it_is_answered(status):
    answers = {
        (model._meta.model_name, name, said): status(
            list_url(model._meta.model_name), {name: VALUES[said]}
        )
        for model, name, values in one_or_all()
        for said in values
    }
    assert {case: code for case, code in answers.items() if code not in {200, 302, 400}} == {}


@pytest.mark.heavy
def test_whatever_the_inbox_is_asked_it_is_answered(status):
    asked_for = [*SWITCHES, *asked(Callback)]
    answers = {
        (name, said): status(list_url("callback"), {name: value})
        for name in asked_for
        for said, value in MORE_VALUES.items()
    }
    assert {case: code for case, code in answers.items() if code not in {200, 302, 400}} == {}


@pytest.mark.heavy
def test_whatever_a_lookup_of_a_column_says_it_is_answered(status):
    wanted = ("nothing", "twenty digits", "an open bracket")
    answers = {
        (name, lookup, said): status(list_url(name), {lookup: VALUES[said]})
        for name, lookup in in_every_way()
        for said in wanted
    }
    assert {case: code for case, code in answers.items() if code not in {200, 302, 400}} == {}


@pytest.mark.parametrize(
    "query",
    [
        {"kind": "\x00"},
        {"subject_id": "\x00"},
        {"body__contains": "\x00"},
        {"failures__receiver": "\x00"},
        {"received_at__year": "9" * 20},
        {"kin\x00d": "a"},
    ],
    ids=lambda query: next(iter(query)),
)
def test_what_no_database_can_be_asked_is_answered_as_django_answers_a_wrong_lookup(query, admin):
    answer = admin.get(list_url("callback"), query)
    assert answer.status_code == 302
    assert answer.url == f"{list_url('callback')}?e=1"
    assert admin.get(answer.url).status_code == 200


def test_a_search_of_very_many_words_is_not_sent_to_the_database(
    admin, django_assert_max_num_queries
):
    with django_assert_max_num_queries(4, connection=reading):  # session, user
        answer = admin.get(list_url("callback"), {"q": "a " * 2000})
    assert answer.status_code == 302


def test_a_database_that_fails_is_not_taken_for_a_wrong_lookup(admin, monkeypatch):
    def fails(*args):
        raise RuntimeError("It is away.")

    monkeypatch.setattr("tavus_hooks.admin.paginator.BoundedPaginator.count", property(fails))
    with pytest.raises(RuntimeError, match="It is away"):
        admin.get(list_url("callback"), {"e": "1"})


PKS = ["0", "9" * 20, "9" * 5000, "x" * 3000, "%00", "%ED%A0%80", "_00"]


def test_whatever_stands_for_a_row_in_a_path_it_is_answered(status):
    """All of them for each class of primary key and each view, one in turn for other models."""
    views = ["", "change/", "delete/", "history/", "handle/", "change/?_to_field=%00"]
    views += ["whole/body/", "withdraw/", "hold/", "lift/1/"]
    seen, turn = set(), cycle(PKS)
    for model in MODELS:
        # Conversations have views of their own, and callbacks are the first of all.
        key = (type(model._meta.pk), model is Conversation)
        for view in views:
            for pk in [next(turn)] if key in seen else PKS:
                url = f"{list_url(model._meta.model_name)}{pk}/{view}"
                assert status(url) in {200, 301, 302, 400, 403, 404}, url
        seen.add(key)
