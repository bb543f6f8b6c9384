"""What can be asked of the tables, and that no question is answered with an error."""

from datetime import timedelta
from typing import get_args

import pytest
from django.http import QueryDict
from django.utils import timezone, translation
from django_filters import CharFilter

from tavus_hooks import filters
from tavus_hooks.filters.base import LabelledFilterSet
from tavus_hooks.kinds.tavus_hooks_doctor import signed
from tavus_hooks.models import Callback, Conversation, Video, explain
from tavus_hooks.signals import callback_received
from tests.conftest import case
from tests.factories import (
    conversation_event,
    document,
    joined,
    replica,
    shutdown,
    transcript,
    video,
)

pytestmark = pytest.mark.django_db

FILTERSETS = [
    filters.CallbackFilter,
    filters.VideoFilter,
    filters.ReplicaFilter,
    filters.ConversationFilter,
    filters.DocumentFilter,
]
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


def found(filterset, query, show):
    """What a query string finds; it must be a valid one."""
    model = filterset._meta.model
    asked = filterset(QueryDict(query), queryset=model.objects.all())
    assert asked.is_valid(), asked.errors
    return [getattr(row, show) for row in asked.qs]


def callbacks(query):
    return found(filters.CallbackFilter, query, "event_type")


def videos(query):
    return found(filters.VideoFilter, query, "video_id")


def replicas(query):
    return found(filters.ReplicaFilter, query, "replica_id")


def conversations(query):
    return found(filters.ConversationFilter, query, "conversation_id")


def documents(query):
    return found(filters.DocumentFilter, query, "document_id")


@pytest.fixture
def broken_receiver():
    def receiver(callback, **kwargs):
        if callback.event_type == "broken":
            raise RuntimeError("as it was told to")

    callback_received.connect(receiver, weak=False, dispatch_uid="tests.broken")
    yield
    callback_received.disconnect(dispatch_uid="tests.broken")


@pytest.fixture
def inbox(receive, broken_receiver, settings):
    """One callback in each state, each with its own event type."""
    receive(conversation_event("handled"))
    receive(conversation_event("broken"))
    receive(b"\x1f\x8b gzip")
    for _ in range(2):
        receive(shutdown(shutdown_reason="x"))
    settings.TAVUS_HOOKS = {**settings.TAVUS_HOOKS, "DISPATCHER": "deferred"}
    receive(conversation_event("waiting"))


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


# Callbacks


def test_waiting_is_what_falls_due(inbox):
    assert callbacks("state=waiting") == ["waiting", "broken"]


def test_handled_is_what_needs_nothing_more(inbox):
    assert callbacks("state=handled") == ["system.shutdown", "", "handled"]


def test_failed_is_what_a_receiver_could_not_take(inbox):
    assert callbacks("state=failed") == ["broken"]


def test_failed_is_also_what_was_given_up(inbox):
    Callback.objects.filter(event_type="broken").update(due_at=None)
    assert callbacks("state=failed") == ["broken"]
    assert callbacks("state=waiting") == ["waiting"]
    assert "broken" not in callbacks("state=handled")


def test_a_receiver_that_has_yet_to_be_called_is_no_failure(inbox):
    Callback.objects.get(event_type="broken").failures.update(exception="")
    assert callbacks("state=failed") == []


def test_failed_finds_a_callback_once_though_several_receivers_failed(inbox):
    broken = Callback.objects.get(event_type="broken")
    failure = broken.failures.get()
    failure.pk, failure.receiver = None, "another"
    failure.save()
    assert callbacks("state=failed") == ["broken"]


def test_duplicate_is_what_had_come_before(inbox):
    found = Callback.objects.filter(duplicate_of__isnull=False)
    asked = filters.CallbackFilter(QueryDict("state=duplicate"), queryset=Callback.objects.all())
    assert list(asked.qs) == list(found)
    assert len(found) == 1


def test_unreadable_is_what_has_no_payload(inbox):
    asked = filters.CallbackFilter(QueryDict("state=unreadable"), queryset=Callback.objects.all())
    assert [callback.payload for callback in asked.qs] == [None]


def test_an_unknown_state_is_refused():
    assert filters.CallbackFilter(QueryDict("state=nonsense")).errors
    assert filters.CallbackFilter(QueryDict("state=null")).errors


def test_callbacks_are_found_by_kind_and_event_type(receive, sample):
    receive(sample("video.ready"))
    receive(shutdown())
    receive(conversation_event("never.seen"))
    assert callbacks("kind=video.ready") == [""]
    assert callbacks("kind=unknown") == ["never.seen"]
    assert callbacks("event_type=system.shutdown") == ["system.shutdown"]
    assert callbacks("event_type=system") == []


def test_callbacks_are_found_by_their_subject(receive):
    receive(shutdown("c1"))
    receive(joined("c2"))
    receive(video("c1"))
    assert callbacks("subject_type=conversation&subject_id=c1") == ["system.shutdown"]
    assert callbacks("subject_type=video") == [""]
    assert callbacks("subject_id=c1") == ["", "system.shutdown"]
    assert callbacks("subject_type=replica") == []


def test_an_id_is_compared_as_a_whole(receive):
    receive(shutdown("c12"))
    assert callbacks("subject_id=c12") == ["system.shutdown"]
    assert callbacks("subject_id=c1") == []
    assert callbacks("subject_id=C12") == []


def test_callbacks_are_found_by_reference_and_its_beginning(receive):
    receive(conversation_event("a"), reference="shop:1")
    receive(conversation_event("b"), reference="shop:12")
    receive(conversation_event("c"), reference="sh%p:1")
    assert callbacks("reference=shop:1") == ["a"]
    assert callbacks("reference__startswith=shop:1") == ["b", "a"]
    assert callbacks("reference__startswith=sh%25") == ["c"]


def test_callbacks_are_found_by_whether_they_are_contested(receive):
    receive(joined(), reference="mine")
    receive(shutdown(), reference="theirs")
    assert callbacks("contested=true") == ["system.shutdown"]
    assert callbacks("contested=false") == ["system.replica_joined"]


def test_callbacks_are_found_by_when_they_occurred(receive):
    receive(conversation_event("a", timestamp="2025-07-11T06:00:00Z"))
    receive(conversation_event("b", timestamp="2025-07-11T07:00:00Z"))
    receive(conversation_event("c", timestamp=None))
    assert callbacks("occurred_at__gte=2025-07-11T07:00:00Z") == ["b"]
    assert callbacks("occurred_at__lt=2025-07-11T07:00:00Z") == ["a"]
    assert callbacks("occurred_at__gte=2025-07-11T09:00:00%2B02:00") == ["b"]
    assert callbacks("occurred_at__gte=2025-07-11") == ["b", "a"]
    assert callbacks("occurred_at__lt=2025-07-11") == []


def test_a_moment_without_a_zone_is_in_the_current_one(receive):
    receive(conversation_event("a", timestamp="2025-07-11T06:00:00Z"))
    with timezone.override("Europe/Berlin"):
        assert callbacks("occurred_at__gte=2025-07-11T08:00") == ["a"]
        assert callbacks("occurred_at__gte=2025-07-11T08:01") == []


def test_callbacks_are_found_by_when_they_were_received(receive):
    old = receive(conversation_event("old"))
    Callback.objects.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=2))
    receive(conversation_event("new"))
    yesterday = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert callbacks(f"received_at__gte={yesterday}") == ["new"]
    assert callbacks(f"received_at__lt={yesterday}") == ["old"]


def test_the_search_looks_in_ids_and_event_types(receive):
    receive(shutdown("abc_1"))
    receive(conversation_event("never.seen", "abcX1"), reference="order:7")
    receive(video("v9"))
    assert callbacks("q=abc_1") == ["system.shutdown"]
    assert callbacks("q=shutdown") == ["system.shutdown"]
    assert callbacks("q=%20order:7%20") == ["never.seen"]
    assert callbacks("q=video.ready") == [""]
    assert callbacks("q=nowhere") == []


@pytest.mark.parametrize("filterset", FILTERSETS)
def test_everything_is_found_by_what_its_callback_url_was_made_for(filterset, receive):
    for reference in ("shop:1", "shop:12"):
        receive(video("v" + reference), reference=reference)
        receive(replica("r" + reference), reference=reference)
        receive(document("d" + reference), reference=reference)
        receive(shutdown("c" + reference), reference=reference)
    assert set(found(filterset, "reference=shop:1", "reference")) == {"shop:1"}
    assert found(filterset, "reference=shop", "reference") == []


def test_what_the_app_made_for_itself_can_be_told_from_what_was_received(receive):
    receive(shutdown())
    receive(transcript())
    kinds = ["application.transcription_ready", "system.shutdown"]
    assert found(filters.CallbackFilter, "internal=true", "kind") == ["conversation.completed"]
    assert found(filters.CallbackFilter, "internal=false", "kind") == kinds
    assert len(callbacks("")) == 3
    assert filters.CallbackFilter(QueryDict("internal=maybe")).errors


def test_what_the_doctor_posted_is_internal_too(receive):
    receive(signed("1"))
    receive(conversation_event("never.seen"))
    assert callbacks("internal=true") == ["tavus_hooks.doctor"]
    assert callbacks("internal=false") == ["never.seen"]
    for callback in Callback.objects.all():
        assert callback.is_internal == (callback.event_type in callbacks("internal=true"))


@pytest.mark.parametrize(
    ("name", "asked"),
    [("Plant Care", "plant care"), ("plant care", "CARE"), ("ÄRGER", "ÄRGER"), ("5_%\\", "5_%\\")],
)
def test_the_search_takes_no_notice_of_case_and_every_character_for_itself(name, asked, receive):
    receive(video("v1", video_name=name))
    receive(video("v2", video_name="5xy\\"))
    query = QueryDict(mutable=True)
    query["q"] = asked
    assert videos(query.urlencode()) == ["v1"]


# Videos, replicas and documents


def test_videos_are_found_by_status_and_ids(receive):
    receive(video("v1", replica_id="r1"))
    receive(video("v2", status="error", replica_id="r2"))
    assert videos("status=error") == ["v2"]
    assert videos("replica_id=r1") == ["v1"]
    assert videos("video_id=v2") == ["v2"]
    assert videos("video_id=v") == []


def test_videos_are_found_by_when_they_were_made_and_changed(receive):
    receive(video("v1", created_at="2024-08-28 15:00:00", updated_at="2024-08-28 16:00:00"))
    receive(video("v2", created_at="2024-08-29 15:00:00", updated_at="2024-08-29 16:00:00"))
    assert videos("created_at__gte=2024-08-29") == ["v2"]
    assert videos("created_at__lt=2024-08-29") == ["v1"]
    assert videos("updated_at__gte=2024-08-29") == ["v2"]
    assert videos("updated_at__lt=2024-08-29T16:00:00Z") == ["v1"]


def test_the_search_for_videos_looks_in_ids_and_the_name(receive):
    receive(video("v1", video_name="Welcome, Ada", replica_id="r1"))
    receive(video("v2", video_name="100% off", replica_id="r2"))
    assert videos("q=Ada") == ["v1"]
    assert videos("q=0%25") == ["v2"]
    assert videos("q=r2") == ["v2"]
    assert videos("q=v1") == ["v1"]


def test_replicas_are_found_by_status_id_name_and_time(receive):
    receive(replica(replica_name="Ada"))
    receive(replica("r2", status="error", error_message="no"))
    assert replicas("status=error") == ["r2"]
    assert replicas("replica_id=r1") == ["r1"]
    assert replicas("q=Ada") == ["r1"]
    assert replicas("q=r") == ["r2", "r1"]
    assert replicas("updated_at__gte=2000-01-01") == ["r2", "r1"]
    assert replicas("updated_at__lt=2000-01-01") == []


def test_documents_are_found_by_status_id_name_and_time(receive):
    garden = document(document_name="Plant care")
    receive({**garden, "updated_at": "2026-05-11T07:00:00"})
    receive(document("d2", status="error", updated_at="2026-05-12T07:00:00"))
    assert documents("status=error") == ["d2"]
    assert documents("document_id=d1") == ["d1"]
    assert documents("q=plant") == ["d1"]
    assert documents("q=d") == ["d2", "d1"]
    assert documents("updated_at__gte=2026-05-12") == ["d2"]
    assert documents("updated_at__lt=2026-05-12") == ["d1"]
    assert documents("ordering=updated_at") == ["d1", "d2"]


# Conversations


@pytest.fixture
def calls(receive):
    receive(joined("live", timestamp="2025-07-11T06:00:00Z", replica_id="r1"))
    receive(joined("ended", timestamp="2025-07-12T06:00:00Z", replica_id="r2"))
    receive(
        shutdown(
            "ended",
            timestamp="2025-07-12T07:00:00Z",
            shutdown_reason="participant_left_timeout reached",
        )
    )
    for conversation_id, said in [("ended", "Hello"), ("silent", None)]:
        turns = [{"role": "assistant", "content": "Hi"}, {"role": "user", "content": said}]
        receive(transcript(*turns, conversation_id=conversation_id))


def test_conversations_are_live_until_they_have_ended(calls):
    assert conversations("state=live") == ["silent", "live"]
    assert conversations("state=ended") == ["ended"]


def test_conversations_are_found_by_a_part_of_the_shutdown_reason(calls):
    assert conversations("shutdown_reason=participant_left_timeout") == ["ended"]
    assert conversations("shutdown_reason=LEFT_timeout") == ["ended"]
    assert conversations("shutdown_reason=internal") == []


REASONS = [
    "end_conversation_endpoint_hit",
    "End conversation endpoint hit",
    "participant_left_timeout reached",
    "  Participant absent timeout ",
    "Max call duration reached",
    "bot_could_not_join_meeting_it_was_probably_ended",
    "Internal error occurred at step one",
    "internal_error_occurred",
    "internal_error_occurred" + "!" * 100_000,
    "daily_room_has_been_deleted",
    "the cat sat on it",
    "THE CAT SAT ON IT",
    "the cat sat on it ",
    "x" * 100_000,
    "\x00🤖\n",
    "",
    "internal_error_occurredly",
    "internal_error_occurre",
    "max_call_duration_reached_reached",
    "max call duration\n",
    "\n\tMAX-CALL--DURATION.",
    "max_call_duration_x",
    "x max_call_duration",
    "maxcallduration",
    "max call durat\N{LATIN SMALL LETTER DOTLESS I}on",
    "\N{KELVIN SIGN} max_call_duration \N{LATIN SMALL LETTER LONG S}",
    "daily_room_ha\N{LATIN SMALL LETTER LONG S}_been_deleted",
    "x" * 490 + " max_call_duration",
    " " * 490 + "internal_error_occurred",
    " " * 480 + "max_call_duration and more",
    " " * 483 + "max_call_duration and more",
]


def test_conversations_are_found_by_the_category_that_their_shutdown_is_shown_with(receive):
    for number, reason in enumerate(REASONS):
        receive(shutdown(f"c{number}", shutdown_reason=reason))
    receive(joined("live"))
    shown = {it.conversation_id: it.shutdown.category for it in Conversation.objects.all()}
    del shown["live"]
    assert set(shown.values()) == set(get_args(explain.Category))
    for category in get_args(explain.Category):
        expected = {name for name, told in shown.items() if told == category}
        assert set(conversations(f"shutdown_category={category}")) == expected


def test_a_category_that_nothing_belongs_to_finds_nothing(calls):
    assert conversations("shutdown_category=timeout") == ["ended"]
    for category in ("normal", "limit", "error", "other"):
        assert conversations(f"shutdown_category={category}") == []


def test_a_category_is_found_however_many_reasons_belong_to_it(db):
    now = timezone.now()
    Conversation.objects.bulk_create(
        Conversation(conversation_id=f"{text}{number}", ended_at=now, shutdown_reason=text + number)
        for number in map(str, range(3000))
        for text in ("new ", "internal error occurred ")
    )
    for category, count in (("other", 3000), ("error", 3000), ("limit", 0)):
        found = filters.ConversationFilter(QueryDict(f"shutdown_category={category}")).qs
        assert found.count() == count
        sql, values = found.query.get_compiler(found.db).as_sql()
        assert len(sql % values) < 5000


def test_every_category_can_be_asked_for_and_no_other():
    asked = filters.ConversationFilter.base_filters["shutdown_category"].extra["choices"]
    assert {name for name, _label in asked} == set(get_args(explain.Category))
    assert filters.ConversationFilter(QueryDict("shutdown_category=nonsense")).errors


def test_a_category_and_another_question_are_both_held_to(calls):
    asked = "shutdown_category=timeout&replica_id={}"
    assert conversations(asked.format("r2")) == ["ended"]
    assert conversations(asked.format("r1")) == []
    assert conversations("shutdown_category=timeout&ordering=-joined_at") == ["ended"]


def test_conversations_are_found_by_ids(calls):
    assert conversations("replica_id=r1") == ["live"]
    assert conversations("conversation_id=ended") == ["ended"]
    assert conversations("q=r2") == ["ended"]
    assert conversations("q=il") == ["silent"]


def test_conversations_are_found_by_when_they_began_and_ended(calls):
    assert conversations("joined_at__gte=2025-07-12") == ["ended"]
    assert conversations("joined_at__lt=2025-07-12") == ["live"]
    assert conversations("ended_at__gte=2025-07-12T07:00:00Z") == ["ended"]
    assert conversations("ended_at__lt=2025-07-12T07:00:00Z") == []


def test_conversations_are_found_by_whether_there_is_a_transcript(calls):
    assert conversations("has_transcript=true") == ["silent", "ended"]
    assert conversations("has_transcript=false") == ["live"]
    assert filters.ConversationFilter(QueryDict("has_transcript=maybe")).errors


def test_nobody_spoke_where_a_transcript_says_so(calls):
    assert conversations("nobody_spoke=true") == ["silent"]
    assert conversations("nobody_spoke=false") == ["ended"]


# Ordering


def test_rows_are_sorted_as_asked_and_empty_values_come_last(calls):
    assert conversations("ordering=joined_at") == ["live", "ended", "silent"]
    assert conversations("ordering=-joined_at") == ["ended", "live", "silent"]


def test_what_is_equal_is_sorted_by_newest_arrival(receive):
    for video_id in ("v1", "v2", "v3"):
        receive(video(video_id))
    receive(video("v0", status="error"))
    assert videos("ordering=-status") == ["v3", "v2", "v1", "v0"]
    assert videos("ordering=status") == ["v0", "v3", "v2", "v1"]


def test_several_columns_sort_one_after_the_other(receive):
    for number, name in enumerate(["b", "a", "b", "a"]):
        receive(video(f"v{number}", video_name=name, updated_at=f"2024-08-2{number} 15:00:00"))
    assert videos("ordering=video_name,-updated_at") == ["v3", "v1", "v2", "v0"]


def test_only_columns_named_for_it_can_be_sorted_by():
    for column in ("pk", "body", "failures__traceback", "duplicate_of__body", "?"):
        asked = filters.CallbackFilter({"ordering": column}, queryset=Callback.objects.all())
        assert asked.errors


def test_every_column_that_sorts_exists():
    for filterset in FILTERSETS:
        for column in filterset.base_filters["ordering"].param_map:
            assert filterset._meta.model._meta.get_field(column)


def test_two_questions_are_both_held_to(receive):
    receive(video("v1", status="error", replica_id="r1"))
    receive(video("v2", replica_id="r1"))
    assert videos("status=ready&replica_id=r1") == ["v2"]
    assert Video.objects.count() == 2
