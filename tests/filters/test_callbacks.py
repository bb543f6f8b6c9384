"""Which callbacks each filter of the inbox finds."""

from datetime import timedelta

import pytest
from django.http import QueryDict
from django.utils import timezone

from tavus_hooks import filters
from tavus_hooks.kinds.doctor import signed
from tavus_hooks.models import Callback
from tavus_hooks.signals import callback_received
from tests.databases import connection
from tests.factories import (
    document,
    event,
    joined,
    replica,
    shutdown,
    transcript,
    video,
)
from tests.filters.asking import FILTERSETS, found

pytestmark = pytest.mark.django_db


def callbacks(query):
    return found(filters.CallbackFilter, query, "event_type")


@pytest.fixture
def broken_receiver(connect):
    def receiver(callback, **kwargs):
        if callback.event_type == "broken":
            raise RuntimeError("as it was told to")

    connect(callback_received, receiver, "tests.broken")


@pytest.fixture
def inbox(receive, broken_receiver, hooks):
    """One callback in each state, each with its own event type."""
    receive(event("handled"))
    receive(event("broken"))
    receive(b"\x1f\x8b gzip")
    for _ in range(2):
        receive(shutdown(shutdown_reason="x"))
    hooks(DISPATCHER="deferred")
    receive(event("waiting"))


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
    receive(event("never.seen"))
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
    receive(event("a"), reference="shop:1")
    receive(event("b"), reference="shop:12")
    receive(event("c"), reference="sh%p:1")
    assert callbacks("reference=shop:1") == ["a"]
    assert callbacks("reference__startswith=shop:1") == ["b", "a"]
    assert callbacks("reference__startswith=sh%25") == ["c"]
    assert callbacks("reference__startswith=SHOP:1") == []
    assert callbacks("reference__startswith=shop:1 ") == []


def test_callbacks_are_found_by_whether_they_are_contested(receive):
    receive(joined(), reference="mine")
    receive(shutdown(), reference="theirs")
    assert callbacks("contested=true") == ["system.shutdown"]
    assert callbacks("contested=false") == ["system.replica_joined"]


def test_callbacks_are_found_by_when_they_occurred(receive):
    receive(event("a", timestamp="2025-07-11T06:00:00Z"))
    receive(event("b", timestamp="2025-07-11T07:00:00Z"))
    receive(event("c", timestamp=None))
    assert callbacks("occurred_at__gte=2025-07-11T07:00:00Z") == ["b"]
    assert callbacks("occurred_at__lt=2025-07-11T07:00:00Z") == ["a"]
    assert callbacks("occurred_at__gte=2025-07-11T09:00:00%2B02:00") == ["b"]
    assert callbacks("occurred_at__gte=2025-07-11") == ["b", "a"]
    assert callbacks("occurred_at__lt=2025-07-11") == []


def test_a_moment_without_a_zone_is_in_the_current_one(receive):
    receive(event("a", timestamp="2025-07-11T06:00:00Z"))
    with timezone.override("Europe/Berlin"):
        assert callbacks("occurred_at__gte=2025-07-11T08:00") == ["a"]
        assert callbacks("occurred_at__gte=2025-07-11T08:01") == []


def test_callbacks_are_found_by_when_they_were_received(receive):
    old = receive(event("old"))
    Callback.objects.filter(pk=old.pk).update(received_at=timezone.now() - timedelta(days=2))
    receive(event("new"))
    yesterday = (timezone.now() - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M:%SZ")
    assert callbacks(f"received_at__gte={yesterday}") == ["new"]
    assert callbacks(f"received_at__lt={yesterday}") == ["old"]


def test_the_search_looks_in_ids_and_event_types(receive):
    receive(shutdown("abc_1"))
    receive(event("never.seen", "abcX1"), reference="order:7")
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
    receive(event("never.seen"))
    assert callbacks("internal=true") == ["tavus_hooks.doctor"]
    assert callbacks("internal=false") == ["never.seen"]
    for callback in Callback.objects.all():
        assert callback.is_internal == (callback.event_type in callbacks("internal=true"))


@pytest.mark.parametrize(
    ("name", "asked"),
    [("Plant.Care", "t.care"), ("plant.care", "CARE"), ("ÄRGER", "ÄRGER"), ("5_%\\", "5_%\\")],
)
def test_the_search_takes_no_notice_of_case_and_every_character_for_itself(name, asked, receive):
    receive(event(name))
    receive(event("5xy\\"))
    query = QueryDict(mutable=True)
    query["q"] = asked
    assert callbacks(query.urlencode()) == [name]


def test_all_parts_that_are_typed_have_to_be_there(receive):
    receive(event("plant.care"))
    receive(event("plant.water"))
    assert callbacks("q=care plant") == ["plant.care"]
    assert callbacks("q=care shade") == []


def test_a_search_ignores_the_case_of_every_letter_that_the_database_knows(receive):
    receive(event("a.Öl"))
    assert callbacks("q=Öl") == callbacks("q=A.Öl") == ["a.Öl"]
    if connection.vendor != "sqlite":  # it knows only ASCII
        assert callbacks("q=öL") == ["a.Öl"]


def test_an_id_or_a_reference_that_is_found_is_found_alone(receive):
    for number, name in enumerate(["v1", "v12", "V1"]):
        receive(event(f"about.v1.{number}", name), reference=f"shop:{name}")
    assert callbacks("q=v1") == ["about.v1.0"]
    assert callbacks("q=shop:v1") == ["about.v1.0"]
    assert callbacks("q=shop:v") == ["about.v1.1", "about.v1.0"]
    assert callbacks("q=bout.v1") == ["about.v1.2", "about.v1.1", "about.v1.0"]
