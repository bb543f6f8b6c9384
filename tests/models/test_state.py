"""Where a callback stands: every one has a state, and lists, pages and filters agree on it."""

import pytest
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tavus_hooks.actions.forget import forget
from tavus_hooks.filters import CallbackFilter
from tavus_hooks.inbox.forgotten import erase
from tavus_hooks.maintenance.health import health
from tavus_hooks.models import Callback, Failure, State
from tavus_hooks.models.subjects import Subject
from tavus_hooks.signals import callback_received
from tests.databases import reading
from tests.factories import event, joined, shutdown

SHUTDOWN = shutdown()


@pytest.fixture
def broken_receiver(connect):
    def broken(**kwargs):
        raise RuntimeError("as it was told to")

    connect(callback_received, broken, "tests.broken")


def later(hooks):
    hooks(DISPATCHER="deferred")


def found(state):
    asked = CallbackFilter(QueryDict(f"state={state}"), queryset=Callback.objects.all())
    return set(asked.qs)


def test_what_is_done_with_is_handled(receive):
    assert receive(SHUTDOWN).state == State.HANDLED


def test_what_is_due_is_waiting(receive, hooks):
    later(hooks)
    assert receive(SHUTDOWN).state == State.WAITING


def test_what_failed_is_failed_while_it_waits_for_its_retry_and_after(receive, broken_receiver):
    callback = receive(SHUTDOWN)
    assert callback.state == State.FAILED
    assert callback in found("waiting")
    Callback.objects.update(due_at=None)
    assert Callback.objects.get().state == State.FAILED


def test_a_body_that_cannot_be_read_is_unreadable(receive):
    assert receive(b"{").state == State.UNREADABLE


def test_the_same_words_again_are_a_duplicate(receive):
    receive(SHUTDOWN)
    assert receive(SHUTDOWN).state == State.DUPLICATE


def test_what_is_contested_and_only_kept_says_so(receive, hooks):
    hooks(CONTESTED="keep")
    receive(SHUTDOWN, reference="mine")
    kept = receive(SHUTDOWN, reference="theirs")
    assert kept.state == State.KEPT
    assert kept in found("kept")
    assert kept not in found("handled")


def test_a_duplicate_in_other_words_waits_until_it_is_applied(receive, hooks):
    receive(SHUTDOWN)
    other = {**SHUTDOWN, "note": "the same second"}
    assert receive(other).state == State.DUPLICATE
    later(hooks)
    assert receive({**other, "note": "again"}).state == State.WAITING


def test_a_duplicate_whose_original_is_gone_has_nothing_left_to_do(receive):
    original, duplicate = receive(SHUTDOWN), receive(SHUTDOWN)
    original.delete()
    duplicate = Callback.objects.get(pk=duplicate.pk)
    assert duplicate.state == State.HANDLED
    assert duplicate in found("handled")


def test_what_is_forgotten_has_nothing_left_to_do(receive, hooks):
    receive(SHUTDOWN)
    later(hooks)
    waiting = receive(joined())
    erase(waiting)
    forget([Subject("conversation", "c1")])
    receive(event("application.perception_analysis"))
    assert {callback.state for callback in Callback.objects.all()} == {State.HANDLED}


def test_a_list_brings_states_along_and_a_row_asks_for_its_own(receive, broken_receiver, hooks):
    receive(SHUTDOWN)
    receive(SHUTDOWN)
    receive(b"{")
    later(hooks)
    receive({"video_id": "v1"})
    with CaptureQueriesContext(reading) as queries:
        brought = {callback.pk: callback.state for callback in Callback.objects.with_state()}
    assert len(queries) == 1
    assert brought == {callback.pk: callback.state for callback in Callback.objects.all()}
    for callback in Callback.objects.all():
        assert callback in found(callback.state)


def test_queries_states_and_figures_mean_the_same_by_waiting_and_failed(
    receive, hooks, broken_receiver
):
    receive(SHUTDOWN)  # it failed, and waits for its retry
    receive(shutdown("c2"))
    Callback.objects.filter(subject_id="c2").update(due_at=None)  # it was abandoned
    Failure.objects.filter(callback__subject_id="c2").update(abandoned_at=timezone.now())
    later(hooks)
    receive(shutdown("c3"))
    callbacks = Callback.objects.all()
    assert set(callbacks.waiting()) == found("waiting")
    assert set(callbacks.failed()) == found("failed")
    assert set(callbacks.not_failed()) == set(callbacks) - found("failed")
    assert {it.subject_id for it in found("waiting")} == {"c1", "c3"}
    assert {it.subject_id for it in found("failed")} == {"c1", "c2"}
    figures = health()
    assert figures["waiting"] == len(found("waiting"))
    assert figures["retrying"] == len(found("waiting") & found("failed"))
