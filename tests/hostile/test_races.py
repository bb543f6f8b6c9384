"""Somebody else is quicker, between one statement and the next: told by stepping in between."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from tavus_hooks import inbox, storing
from tavus_hooks.models import Callback, Video
from tavus_hooks.references import expect

TRAINED = {"replica_id": "r1", "status": "ready"}


@contextmanager
def before(pattern: str, meanwhile: Callable[[], object]) -> Iterator[list[str]]:
    """Do something once, right before the first statement that matches."""
    seen: list[str] = []

    def wrapper(execute, sql, params, many, context):
        if not seen and re.match(pattern, sql, re.DOTALL):
            seen.append(sql)
            meanwhile()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield seen


@pytest.fixture(autouse=True)
def nothing_is_remembered(nothing_came_lately, monkeypatch):
    """As in a process that did not receive the original."""
    monkeypatch.setattr(storing, "_recent", storing.RecentKeys(most=0))


@pytest.fixture
def long_ago(receive) -> Callback:
    """The original of what is trained again much later."""
    first = receive(TRAINED)
    moment = timezone.now() - timedelta(days=1)
    Callback.objects.filter(pk=first.pk).update(received_at=moment)
    return first


@pytest.mark.django_db(transaction=True)
class TestWhileItIsStored:
    def test_an_original_that_gives_its_key_away_costs_no_kind(self, long_ago, receive, announced):
        """Two of the same come after the window: the other one frees the key, and has not yet
        taken it when this one looks for who has it.
        """

        def give_away() -> None:
            Callback.objects.update(identity_key=None)

        with before(r"SELECT.*WHERE.*identity_key", give_away) as seen:
            second = receive(TRAINED)
        assert seen
        assert second.kind == "replica.ready"
        assert not second.is_repeat
        assert second.applied_at is not None
        assert [heard["signal"] for heard in announced] == ["callback_received", "replica_ready"]

    @pytest.mark.one_database
    def test_of_two_that_come_after_the_window_the_second_is_a_repeat(self, long_ago, receive):
        others = []

        def come_first() -> None:
            others.append(receive(TRAINED))

        with before(r"UPDATE.*identity_key", come_first):
            second = receive(TRAINED)
        assert not others[0].is_repeat
        assert second.duplicate_of_id == others[0].pk

    def test_an_original_that_is_deleted_meanwhile_is_followed_by_this_one(
        self, receive, announced
    ):
        first = receive(TRAINED)
        announced.clear()
        with before(r"SELECT.*WHERE.*identity_key", Callback.objects.all().delete) as seen:
            second = receive(TRAINED)
        assert seen
        assert not Callback.objects.filter(pk=first.pk).exists()
        assert second.kind == "replica.ready"
        assert not second.is_repeat
        assert [heard["signal"] for heard in announced] == ["callback_received", "replica_ready"]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_else_claims_between_the_look_and_the_claim_is_theirs(receive, settings):
    settings.TAVUS_HOOKS = {**settings.TAVUS_HOOKS, "DISPATCHER": "deferred"}
    callback = receive(TRAINED)
    theirs = []
    with before(r"UPDATE", lambda: theirs.append(inbox.claim(callback.pk))) as seen:
        ours = inbox.claim(callback.pk)
    assert seen
    assert theirs[0] is not None
    assert ours is None


@pytest.mark.django_db(transaction=True)
def test_what_the_site_expects_after_it_was_found_contested_is_not_kept(receive, keep, announced):
    first = {"video_id": "v1", "status": "ready", "updated_at": "2026-05-12 09:17:41"}
    receive(first, reference="forged")
    announced.clear()
    with before(
        r"SELECT \S*reference\S* (AS \S+ )?FROM",
        lambda: expect(video="v1", reference="genuine"),
    ) as seen:
        callback = receive({**first, "status": "error"}, reference="genuine")
    assert seen
    assert (callback.contested_at, callback.due_at is None) == (None, False)
    call_command("tavus_process", "--once", stdout=StringIO())
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_failed"]
    assert Video.objects.get().status == "error"
