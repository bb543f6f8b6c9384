"""Which fields tell two callbacks of a kind apart, and which make no difference."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tavus_hooks.kinds import all_kinds
from tavus_hooks.models import INTERNAL, Callback
from tests.robustness.shapes import Place, changed, main_samples

pytestmark = pytest.mark.django_db

EVERYTHING = "everything"
VIDEO = {"video_id", "status", "updated_at"}
DOCUMENT = {"document_id", "status", "progress", "updated_at"}
EVENT = {"conversation_id", "timestamp"}
TELLS_APART: dict[str, set[str] | str] = {
    "video.ready": VIDEO,
    "video.error": VIDEO,
    "video.status": VIDEO | {"generation_progress"},
    "replica.ready": EVERYTHING,
    "replica.error": EVERYTHING,
    "replica.status": EVERYTHING,
    "document.status": DOCUMENT,
    "system.replica_joined": {"conversation_id"},
    "system.pal_joined": {"conversation_id"},
    "system.shutdown": EVENT | {"properties.shutdown_reason"},
    "application.transcription_ready": EVENT,
    "application.recording_ready": EVENT | {"properties.s3_key"},
    "application.recording_copy_failed": EVENT | {"properties.s3_key", "properties.recording_id"},
    "application.perception_analysis": EVENT,
    "application.perception_unavailable": EVENT,
    "application.post_call_action_executed": EVENT
    | {f"properties.{name}" for name in ("tool_id", "tool_name", "status", "request", "response")},
    "application.memory_consolidation": EVERYTHING,
    "application.raven_memory_evidence": EVERYTHING,
    "canvas.interaction": {"conversation_id", "properties.interaction_id"},
    "objective.completed": EVERYTHING,
    "guardrail.triggered": EVERYTHING,
}
# Without a time these are told apart by content, and each is news all the same.
NEVER_DUPLICATES = {"conversation.message", "unknown"}


def test_every_kind_stands_here():
    names = {kind.name for kind in all_kinds()} - INTERNAL | {"unknown"}
    assert names == TELLS_APART.keys() | NEVER_DUPLICATES, (
        "Say in tests/kinds/test_identity.py which fields tell two callbacks of a kind apart."
    )


def _places(value: dict[str, Any]) -> list[Place]:
    inner = value.get("properties")
    within = [("properties", name) for name in inner] if isinstance(inner, dict) else []
    return [(name,) for name in value if name not in ("properties", "event_type")] + within


def _another(value: Any, place: Place) -> Any:
    """Another value of the same sort."""
    if place[-1] in ("timestamp", "updated_at", "created_at"):
        return "2026-05-11T05:05:05Z"
    if isinstance(value, str):
        return f"{value}x"
    if isinstance(value, dict):
        return {**value, "more": 1}
    if isinstance(value, list):
        return [*value, {"role": "user", "content": "more"}]
    return 1 if value is None else value + 1


@pytest.mark.parametrize("name", TELLS_APART)
def test_what_differs_in_a_field_that_tells_apart_is_news_and_else_a_duplicate(
    receive, announced, name
):
    sample = main_samples()[name]
    apart = set()
    for place in _places(sample):
        old = sample[place[0]] if len(place) == 1 else sample[place[0]][place[1]]
        Callback.objects.all().delete()
        receive(sample)
        announced.clear()
        other = receive(changed(sample, place, _another(old, place)))
        assert bool(announced) == (not other.is_duplicate)
        if not other.is_duplicate:
            apart.add(".".join(str(step) for step in place))
    if TELLS_APART[name] == EVERYTHING:
        assert apart == {".".join(map(str, place)) for place in _places(sample)}
    else:
        assert apart == TELLS_APART[name]


@pytest.mark.parametrize("name", main_samples())
def test_the_same_bytes_again_are_a_duplicate_that_nobody_hears_of(receive, announced, name):
    first = receive(main_samples()[name])
    heard = len(announced)
    second = receive(main_samples()[name])
    expected = None if name == "conversation.message" else first.pk
    assert second.duplicate_of_id == expected
    assert len(announced) == (2 * heard if expected is None else heard)
    assert second.due_at is None


@pytest.mark.parametrize("name", main_samples())
def test_the_same_bytes_by_a_url_of_another_reference_are_news(receive, announced, name):
    receive(main_samples()[name], reference="theirs")
    heard = [(it["signal"], it["reference"]) for it in announced]
    announced.clear()
    assert not receive(main_samples()[name], reference="mine").is_duplicate
    assert [(it["signal"], "theirs") for it in announced if it["reference"] == "mine"] == heard
    again = receive(main_samples()[name], reference="mine")
    assert again.is_duplicate == (name != "conversation.message")


@pytest.mark.parametrize("name", main_samples())
def test_after_the_window_only_what_carries_no_time_is_news(receive, name):
    first = receive(main_samples()[name])
    long_ago = timezone.now() - timedelta(days=30)
    Callback.objects.filter(pk=first.pk).update(received_at=long_ago)
    again = receive(main_samples()[name])
    assert again.is_duplicate == (first.occurred_at is not None)


@pytest.mark.parametrize(
    ("body", "reference", "key"),
    [
        ({"replica_id": "r1", "status": "ready", "ü": [1, 2.5]}, "", "8a5f51a7f2f7e5b5"),
        (
            {"video_id": "v1", "status": "ready", "updated_at": "2024-08-28 15:29:19.8"},
            "",
            "61df2423124ec514",
        ),
        ({"video_id": "v1", "status": "error"}, "shop.order:ü", "32cf0807144c6190"),
        ({"event_type": "system.replica_joined", "conversation_id": "c1"}, "", "2efed190a258fe8f"),
    ],
)
def test_the_key_of_an_event_is_the_same_in_every_release(receive, body, reference, key):
    """It is looked for among those that are stored, by whichever release."""
    assert receive(body, reference=reference).idempotency_key.startswith(key)
