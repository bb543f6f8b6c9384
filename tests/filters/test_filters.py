"""What all filters promise: no value raises, each has a label, and each order is stable."""

import pytest
from django.http import QueryDict
from django.utils import translation
from django_filters import CharFilter

from tavus_hooks import filters
from tavus_hooks.filters.base import LabelledFilterSet
from tavus_hooks.models import Callback, Video
from tests.conftest import case
from tests.factories import (
    shutdown,
    video,
)
from tests.filters.asking import FILTERSETS, conversations, videos

pytestmark = pytest.mark.django_db


HOSTILE = [
    "\x00",
    "a\x00b",
    " ",
    "%",
    "_",
    "\\",
    "'",
    "\n",
    "\ufffd",
    "🤖",
    "x" * 60_000,
    "null",
    "NaN",
    "-1",
    "9" * 5000,
    "2024-02-30",
    "2024-13-01T99:99",
    "0001-01-01T00:00:00+14:00",
    "9999-12-31T23:59:59-14:00",
    "0002-01-01T00:00:00+14:00",
    "9998-12-31T23:59:59-14:00",
    ",,,",
    ",".join(["updated_at", "-received_at", "joined_at"] * 2000),
    ",".join(["-updated_at"] * 3000),
    ",".join(["-received_at"] * 3000),
    ",".join(["-joined_at"] * 3000),
]


@pytest.mark.parametrize("filterset", FILTERSETS)
def test_no_value_of_any_filter_raises(filterset, receive):
    receive(shutdown())
    rows, names = filterset._meta.model.objects.all(), [*filterset.base_filters]
    for value in HOSTILE:
        for name in names:
            with case(name, value):
                asked = filterset(query_of({name: value}), queryset=rows)
                list(asked.qs)
                asked.qs.count()
        # A form shows each of its fields by itself, so that one can show them all.
        with case(value):
            assert filterset(query_of(dict.fromkeys(names, value)), queryset=rows).form.as_p()


def query_of(asked):
    query = QueryDict(mutable=True)
    query.update(asked)
    return query


@pytest.mark.parametrize("filterset", FILTERSETS)
def test_a_form_that_was_sent_empty_asks_the_database_for_nothing_more(filterset):
    rows = filterset._meta.model.objects.all()
    asked = filterset(query_of(dict.fromkeys(filterset.base_filters, "")), queryset=rows)
    assert asked.is_valid()
    assert not asked.qs.query.where
    assert asked.qs.query.order_by == rows.query.order_by


@pytest.mark.parametrize("filterset", FILTERSETS)
def test_a_nul_character_is_refused_with_a_reason(filterset):
    for name in set(filterset.base_filters) - {"ordering"}:
        asked = filterset(QueryDict(f"{name}=a%00b"), queryset=filterset._meta.model.objects.all())
        assert list(asked.errors) == [name]


@pytest.mark.parametrize("filterset", FILTERSETS)
def test_every_filter_has_a_label_that_is_translated_when_it_is_shown(filterset):
    for field in filterset().form.fields.values():
        assert field.label
        assert type(field.label) is not str, field.label


def test_a_filter_without_a_label_is_called_as_its_column_also_in_a_schema():
    asked = filters.VideoFilter.base_filters
    assert asked["replica_id"].label == "Replica id"
    assert asked["created_at__lt"].label == "Created before"
    assert filters.TurnFilter.base_filters["conversation_id"].label == "Conversation id"


def test_a_filter_of_a_host_is_labelled_too():
    class Films(filters.VideoFilter):
        video_name = CharFilter()
        sold = CharFilter(method="filter_sold")

    assert Films.base_filters["video_name"].label == "Video name"
    assert Films.base_filters["sold"].label is None

    class OfAnyModel(LabelledFilterSet):
        video_name = CharFilter()

    assert OfAnyModel.base_filters["video_name"].label is None


@pytest.mark.parametrize("filterset", FILTERSETS)
def test_nothing_asked_is_everything_by_newest_arrival(filterset, receive, sample):
    names = ["video.ready", "video.error", "replica.ready", "replica.error", "system.shutdown"]
    for name in names:
        receive(sample(name))
    rows = filterset._meta.model.objects.all()
    assert list(filterset(QueryDict(""), queryset=rows).qs) == list(rows.order_by("-pk"))


def test_the_labels_of_the_ordering_follow_the_language():
    choices = dict(filters.VideoFilter().form.fields["ordering"].choices)
    with translation.override("de"):
        assert str(choices["-created_at"])
    assert str(choices["-created_at"]) == "created at, descending"


def test_rows_are_sorted_as_asked_and_empty_values_come_last(calls):
    assert conversations("ordering=joined_at") == ["live", "ended", "silent"]
    assert conversations("ordering=-joined_at") == ["ended", "live", "silent"]


def test_what_is_equal_is_sorted_by_arrival(receive):
    for video_id in ("v1", "v2", "v3"):
        receive(video(video_id))
    receive(video("v0", status="error"))
    assert videos("ordering=-status") == ["v3", "v2", "v1", "v0"]
    assert videos("ordering=status") == ["v0", "v1", "v2", "v3"]


def test_only_columns_named_for_it_can_be_sorted_by():
    for column in ("pk", "body", "failures__traceback", "duplicate_of__body", "?"):
        asked = filters.CallbackFilter({"ordering": column}, queryset=Callback.objects.all())
        assert asked.errors


def test_every_column_that_sorts_has_an_index():
    for filterset in FILTERSETS:
        indexed = {index.fields[0] for index in filterset._meta.model._meta.indexes}
        assert {*filterset.base_filters["ordering"].columns} <= indexed


def test_two_questions_are_both_held_to(receive):
    receive(video("v1", status="error", replica_id="r1"))
    receive(video("v2", replica_id="r1"))
    assert videos("status=ready&replica_id=r1") == ["v2"]
    assert Video.objects.count() == 2
