"""Ids are whatever anybody put there: two that differ are two, and none breaks anything."""

import re
from typing import Any

import pytest

from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Video
from tests.conftest import case
from tests.robustness.shapes import MISSING, changed, main_samples

pytestmark = pytest.mark.django_db

EVENT = ("conversation_id", Conversation)
SUBJECTS = {
    "video.ready": ("video_id", Video),
    "video.error": ("video_id", Video),
    "video.status": ("video_id", Video),
    "replica.ready": ("replica_id", Replica),
    "replica.error": ("replica_id", Replica),
    "replica.status": ("replica_id", Replica),
    "document.status": ("document_id", Document),
} | {
    name: EVENT
    for name in main_samples()
    if re.match(r"system|application|canvas|objective|guardrail", name)
}
EVERY_SUBJECT = pytest.mark.parametrize(
    ("name", "field", "model"), [(name, *rest) for name, rest in SUBJECTS.items()]
)
# Each line holds ids that must stay apart.
ODD_IDS = (
    "../../etc/passwd",
    "a/b\\c",
    "%2e%2e%2f",
    "<b onmouseover=alert(1)>x</b>",
    "' OR 1=1 --",
    "{{ 7 * 7 }}",
    "two\nlines",
    "two\r\nlines",
    "tab\there",
    "\u202egnorts",
    "😀" * 128,
    "ﬀ",
    "ff",
    "ß",
    "ss",
    "é",
    "e\u0301",
    "null",
    "None",
    "0",
    "00",
    "0.0",
)


@EVERY_SUBJECT
def test_any_text_up_to_128_characters_is_an_id_of_its_own(endure, name, field, model):
    for number, odd in enumerate(ODD_IDS):
        sample = {**main_samples()[name], "note": number}
        callback = endure(told(sample, field, odd))
        assert callback.subject_id == odd
        assert getattr(callback.subject, model.ID_FIELD) == odd
    assert model.objects.count() == len(ODD_IDS)


def told(sample: dict[str, Any], field: str, value: Any) -> dict[str, Any]:
    sample = {**sample, field: value}
    if "interaction_id" in sample.get("properties", {}):
        return changed(sample, ("properties", "interaction_id"), f"of {value}")
    return sample


@EVERY_SUBJECT
def test_ids_that_differ_only_in_case_are_two_subjects(endure, name, field, model):
    sample = main_samples()[name]
    for same_but_for_case in ("rABCx", "rabcx", "RABCX"):
        callback = endure(told(sample, field, same_but_for_case))
        assert callback.subject_id == same_but_for_case
    found = sorted(model.objects.values_list(model.ID_FIELD, flat=True))
    assert found == ["RABCX", "rABCx", "rabcx"]
    for row in model.objects.all():
        about = Callback.objects.about(row)
        assert [callback.subject_id for callback in about] == [str(getattr(row, field))]


@EVERY_SUBJECT
def test_128_characters_are_an_id_and_129_are_none_and_say_so(endure, name, field, model):
    sample = main_samples()[name]
    longest = endure(told(sample, field, "x" * 128))
    assert longest.subject.pk
    assert longest.remarks == ""
    for too_long in ("x" * 129, "x" * 10_000, "😀" * 10_000):
        callback = endure(told(sample, field, too_long))
        assert (callback.subject_id, callback.subject_type) == ("", "")
        assert f"{field}: {len(too_long)} characters, more than 128" in callback.remarks
    assert model.objects.count() == 1


@EVERY_SUBJECT
def test_a_whole_number_is_an_id(endure, name, field, model):
    callback = endure(told(main_samples()[name], field, 4711))
    assert callback.subject_id == "4711"
    assert getattr(callback.subject, model.ID_FIELD) == "4711"


@EVERY_SUBJECT
def test_white_space_around_an_id_is_no_part_of_it(endure, receive, name, field, model):
    """MariaDB takes `rabc` and `rabc ` for one, the others do not."""
    sample = main_samples()[name]
    endure(told(sample, field, "rabc"))
    for blanks in ("  ", "\n", "\t "):
        again = changed(told(sample, field, f"rabc{blanks}"), ("note",), blanks)
        callback = receive(again)
        assert callback.subject_id == "rabc"
    assert model.objects.count() == 1


@EVERY_SUBJECT
def test_a_blank_id_is_none_and_the_row_says_that_nothing_came_of_it(endure, name, field, model):
    sample = main_samples()[name]
    for number, blank in enumerate(("", " ", "\n", "\u00a0", None, MISSING)):
        if "interaction_id" in sample.get("properties", {}):  # which makes a duplicate of the next
            sample = changed(sample, ("properties", "interaction_id"), f"i{number}")
        with case(blank):
            callback = endure(changed(sample, (field,), blank))
            assert (callback.subject_type, callback.subject_id) == ("", "")
            assert callback.remarks or callback.kind == "unknown"
    for table in (Conversation, Document, Recording, Replica, Video):
        assert not table.objects.exists()


class TestIdsOfLesserThings:
    """They name no subject: long ones are kept, or remarked on, and two are two."""

    def test_a_replica_named_by_a_call_may_be_odd_and_must_not_be_long(self, endure):
        sample = main_samples()["system.shutdown"]
        place = ("properties", "replica_id")
        for number, odd in enumerate(ODD_IDS):
            callback = endure(changed({**sample, "conversation_id": f"c{number}"}, place, odd))
            assert callback.subject.replica_id == odd
        callback = endure(changed({**sample, "conversation_id": "long"}, place, "r" * 10_000))
        assert callback.subject.replica_id == ""
        assert "replica_id: 10000 characters" in callback.remarks

    def test_recordings_whose_keys_differ_in_case_are_two(self, endure):
        sample = main_samples()["application.recording_ready"]
        keys = ["a/K", "a/k", "A/K", "../k", "k" * 10_000, "K" * 10_000, "a/k "]
        for number, key in enumerate(keys):
            # Of one conversation, each told by a callback of its own.
            value = changed(sample, ("properties", "s3_key"), key)
            endure({**value, "timestamp": f"2026-05-14T13:05:{number:02}Z"}, alone=False)
        assert sorted(Recording.objects.values_list("s3_key", flat=True)) == sorted(keys)

    @pytest.mark.parametrize(
        ("name", "field"),
        [
            ("canvas.interaction", "interaction_id"),
            ("application.post_call_action_executed", "tool_id"),
            ("application.recording_copy_failed", "recording_id"),
            ("guardrail.triggered", "guardrail_uuid"),
        ],
    )
    def test_what_differs_in_such_an_id_is_news(self, endure, name, field):
        sample = main_samples()[name]
        for odd in (*ODD_IDS, "rABC", "rabc", "x" * 10_000, "x" * 10_001):
            endure(changed(sample, ("properties", field), odd), alone=False)
