"""Which conversations each filter finds."""

from typing import get_args

import pytest
from django.http import QueryDict
from django.utils import timezone

from tavus_hooks import filters
from tavus_hooks.models import Conversation, explain
from tests.factories import (
    joined,
    shutdown,
)
from tests.filters.asking import conversations

pytestmark = pytest.mark.django_db


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
    assert conversations("q=sil") == ["silent"]
    assert conversations("q=il") == []


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
