"""Somebody else is quicker, between one statement and the next: told by stepping in between."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import DataError, IntegrityError, transaction
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.actions import expect
from tavus_hooks.address import key_id
from tavus_hooks.conf import conf
from tavus_hooks.db.connection_guard import renew
from tavus_hooks.inbox import storing
from tavus_hooks.inbox.completion import complete
from tavus_hooks.models import COMPLETED, Callback, Conversation, Expectation, Failure, Video
from tests.databases import OURS, connection
from tests.factories import replica, shutdown, transcript, video

TRAINED = replica()


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


@contextmanager
def after(pattern: str, meanwhile: Callable[[], object]) -> Iterator[list[str]]:
    """Do something once, right after the first statement that matches."""
    seen: list[str] = []

    def wrapper(execute, sql, params, many, context):
        found = execute(sql, params, many, context)
        if not seen and re.match(pattern, sql, re.DOTALL):
            seen.append(sql)
            meanwhile()
        return found

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
            Callback.objects.update(idempotency_key=None)

        with before(r"SELECT.*WHERE.*idempotency_key", give_away) as seen:
            second = receive(TRAINED)
        assert seen
        assert second.kind == "replica.ready"
        assert not second.is_duplicate
        assert second.applied_at is not None
        assert [heard["signal"] for heard in announced] == ["callback_received", "replica_ready"]

    @pytest.mark.one_database
    def test_of_two_that_come_after_the_window_the_second_is_a_duplicate(self, long_ago, receive):
        others = []

        def come_first() -> None:
            others.append(receive(TRAINED))

        with before(r"UPDATE.*idempotency_key", come_first):
            second = receive(TRAINED)
        assert not others[0].is_duplicate
        assert second.duplicate_of_id == others[0].pk

    def test_an_original_that_is_deleted_meanwhile_is_followed_by_this_one(
        self, receive, announced
    ):
        first = receive(TRAINED)
        announced.clear()
        with before(r"SELECT.*WHERE.*idempotency_key", Callback.objects.all().delete) as seen:
            second = receive(TRAINED)
        assert seen
        assert not Callback.objects.filter(pk=first.pk).exists()
        assert second.kind == "replica.ready"
        assert not second.is_duplicate
        assert [heard["signal"] for heard in announced] == ["callback_received", "replica_ready"]


@pytest.mark.django_db(transaction=True)
def test_what_somebody_else_claims_between_the_look_and_the_claim_is_theirs(receive, hooks):
    hooks(DISPATCHER="deferred")
    callback = receive(TRAINED)
    theirs = []
    with before(r"UPDATE", lambda: theirs.append(inbox.claim(callback.pk))) as seen:
        ours = inbox.claim(callback.pk)
    assert seen
    assert theirs[0] is not None
    assert ours is None


@pytest.mark.django_db(transaction=True)
def test_what_the_site_expects_after_it_was_found_contested_is_not_kept(receive, keep, announced):
    receive(video(), reference="forged")
    announced.clear()
    with before(
        r"SELECT \S*reference\S* (AS \S+ )?FROM",
        lambda: expect(video="v1", reference="genuine"),
    ) as seen:
        callback = receive(video(status="error"), reference="genuine")
    assert seen
    assert (callback.contested_at, callback.due_at is None) == (None, False)
    call_command("tavus_process", "--once", stdout=StringIO())
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_failed"]
    assert Video.objects.get().status == "error"


WAIT_NO_LONGER = {
    "postgresql": "SET lock_timeout = '2s'",
    "mysql": "SET innodb_lock_wait_timeout = 2",
}


@pytest.mark.django_db(transaction=True)
def test_what_another_process_is_taking_is_passed_over_and_not_waited_for(receive, hooks):
    if not connection.features.has_select_for_update_skip_locked:
        pytest.skip("this database cannot pass over what is locked")
    hooks(DISPATCHER="deferred")
    first, second = (receive(video(f"v{it}")) for it in range(2))
    theirs = connection.copy()
    try:
        theirs.set_autocommit(False)
        with theirs.cursor() as cursor, connection.cursor() as ours:
            cursor.execute(
                "SELECT 1 FROM tavus_hooks_callback WHERE id = %s FOR UPDATE", [first.pk]
            )
            ours.execute(WAIT_NO_LONGER[connection.vendor])
            assert inbox.claim_next(Callback.objects.due()) == second
            assert inbox.claim_next(Callback.objects.due()) is None
    finally:
        theirs.rollback()
        theirs.close()
        renew(connection)
    assert inbox.claim_next(Callback.objects.due()) == first


class TestWhileItIsCompleted:
    """Another process completes the same conversation after this one has looked whether any did."""

    LOOK = r"SELECT \S+ AS \S+ FROM \S*callback\S* WHERE.*idempotency_key"

    @pytest.fixture
    def theirs(self) -> list[Callback | None]:
        return []

    @pytest.fixture
    def quicker(self, theirs) -> Callable[[], None]:
        return lambda: theirs.append(complete(Conversation.objects.get()))

    @pytest.mark.django_db(transaction=True)
    def test_by_what_arrives(self, receive, announced, theirs, quicker):
        receive(shutdown())
        with after(self.LOOK, quicker) as seen:
            last = receive(transcript())
        assert seen
        assert last.handled_at
        assert last.due_at is None
        assert not Failure.everything.exists()
        assert Conversation.objects.get().transcribed_at
        self.assert_it_is_theirs(theirs, announced)

    @pytest.mark.django_db(transaction=True)
    def test_by_the_end_of_the_wait(self, receive, announced, theirs, quicker):
        receive(shutdown())
        Expectation.objects.update(due_at=timezone.now())
        with after(self.LOOK, quicker) as seen:
            call_command("tavus_process", "--once", stdout=StringIO())
        assert seen
        self.assert_it_is_theirs(theirs, announced)

    def assert_it_is_theirs(self, theirs, announced):
        """Told by nobody until they tell it, and then once."""
        [row] = theirs
        assert row == Callback.objects.get(kind=COMPLETED)
        assert not Expectation.objects.exists()
        assert "conversation_completed" not in [heard["signal"] for heard in announced]
        past = timezone.now() - timedelta(seconds=1)
        Callback.objects.filter(pk=row.pk).update(due_at=past)  # they were killed
        for _ in range(2):
            call_command("tavus_process", "--once", stdout=StringIO())
        told = [heard for heard in announced if heard["signal"] == "conversation_completed"]
        assert [heard["callback"].pk for heard in told] == [row.pk]


TOO_MUCH = "\N{SNOWMAN}"
"""What the database has no character for; the wrapper raises what its driver would."""


@contextmanager
def no_snowman_fits() -> Iterator[list[str]]:
    refused: list[str] = []

    def wrapper(execute, sql, params, many, context):
        if sql.startswith("INSERT") and any(TOO_MUCH in str(it) for it in params):
            refused.append(sql)
            # As with PostgreSQL: up to a savepoint nothing of the transaction can go on.
            connection.needs_rollback = connection.in_atomic_block
            raise DataError("character has no equivalent in encoding LATIN1")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield refused


class TestWhatTheDatabaseDoesNotTake:
    BODY = json.dumps(video(f"v{TOO_MUCH}"))

    @pytest.mark.parametrize("dispatcher", ["inline", "deferred"])
    @pytest.mark.django_db(transaction=True)
    def test_its_body_is_kept_with_whose_it_is_and_the_next_one_is_taken(
        self, receive, announced, hooks, caplog, dispatcher
    ):
        hooks(DISPATCHER=dispatcher)
        before = timezone.now()
        with no_snowman_fits() as refused:
            kept = receive(self.BODY, reference="shop.order:42")
            assert len(refused) == 1
            assert kept.due_at == (None if dispatcher == "inline" else kept.received_at)
            call_command("tavus_process", "--once", stdout=StringIO())
        kept.refresh_from_db()
        assert bytes(kept.body).decode() == self.BODY
        assert kept.digest == hashlib.sha256(self.BODY.encode()).hexdigest()
        assert (kept.reference, kept.key_id) == ("shop.order:42", key_id(conf.SECRETS[0]))
        assert kept.url_id
        assert before <= kept.received_at <= timezone.now()
        assert (kept.kind, kept.subject_id, kept.idempotency_key) == ("", "", None)
        assert [heard["signal"] for heard in announced] == ["callback_received"]
        assert kept.handled_at
        assert (kept.due_at, kept.attempts) == (None, 1)
        [said] = [it for it in caplog.records if it.levelname == "ERROR"]
        assert said.getMessage() == f"callback kept without kind and key digest={kept.digest}"
        other = receive(video())
        assert (other.kind, other.is_duplicate) == ("video.ready", False)

    @pytest.mark.django_db(transaction=True)
    def test_what_could_never_be_a_duplicate_becomes_none_of_another(self, receive, announced):
        """Such as of a host's trigger: the insert fails, whatever it says."""
        receive(b"no json")

        def refuse_at_first(execute, sql, params, many, context):
            if sql.startswith("INSERT") and not refused:
                refused.append(sql)
                raise IntegrityError
            return execute(sql, params, many, context)

        refused = []
        with connection.execute_wrapper(refuse_at_first):
            second = receive(b"no json either")
        assert refused
        assert not second.is_duplicate
        assert bytes(second.body) == b"no json either"
        assert len(announced) == 2

    @pytest.mark.django_db(transaction=True)
    def test_when_it_comes_again_it_is_kept_again(self, receive, monkeypatch):
        monkeypatch.setattr(storing, "_recent", storing.RecentKeys(most=1024))
        with no_snowman_fits():
            rows = [receive(self.BODY) for _ in range(3)]
        assert [bytes(row.body).decode() for row in rows] == [self.BODY] * 3
        assert all(row.handled_at and not row.is_duplicate for row in rows)

    @pytest.mark.django_db
    def test_within_a_hosts_transaction_it_spoils_nothing(self, receive, monkeypatch):
        monkeypatch.setattr(storing, "_recent", storing.RecentKeys(most=1024))
        with transaction.atomic(using=OURS), no_snowman_fits() as refused:
            for _ in range(2):
                receive(self.BODY)
            assert refused
        assert [bytes(it.body).decode() for it in Callback.objects.all()] == [self.BODY] * 2

    @pytest.mark.django_db(transaction=True)
    def test_a_database_that_takes_nothing_is_told_to_tavus(self, send):
        def wrapper(execute, sql, params, many, context):
            if sql.startswith("INSERT"):
                raise DataError("nothing")
            return execute(sql, params, many, context)

        with connection.execute_wrapper(wrapper):
            assert send(self.BODY).status_code == 503
        assert not Callback.objects.exists()
