"""A URL that has ended or was withdrawn is refused, and every other one is accepted."""

import re
from datetime import timedelta
from io import StringIO
from threading import Event, Thread, current_thread
from unittest import mock

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError, router, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tavus_hooks.actions.withdraw import withdraw
from tavus_hooks.address import callback_url
from tavus_hooks.models import Callback, Withdrawal, withdrawn_urls
from tests.databases import connection
from tests.webhook.conftest import path_with, token_of

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

DAY = timedelta(days=1)


def made(**options):
    return callback_url(base_url="https://testserver", reference="shop.order:42", **options)


@pytest.fixture
def later(monkeypatch):
    """Let it be so much later."""

    def later(span):
        then = timezone.now() + span
        monkeypatch.setattr("django.utils.timezone.now", lambda: then)

    return later


@pytest.fixture(autouse=True)
def withdrawn(clock, monkeypatch):
    """What this process knows, by the clock of the test."""
    here = withdrawn_urls.Withdrawn(clock)
    monkeypatch.setattr(withdrawn_urls, "withdrawn", here)
    return here


@pytest.fixture
def elsewhere(monkeypatch):
    """Do something as another process does: this one is not told."""

    def elsewhere(action, *args, **options):
        with monkeypatch.context() as there:
            there.setattr(withdrawn_urls, "withdrawn", withdrawn_urls.Withdrawn())
            return action(*args, **options)

    return elsewhere


def run(*args, **options):
    out = StringIO()
    call_command("tavus_withdraw", *args, stdout=out, **options)
    return out.getvalue()


class TestExpiry:
    def test_a_url_is_taken_until_it_ends_and_then_refused_for_that(self, knock, later, refused):
        url = made(expires_in=DAY)
        later(DAY - timedelta(seconds=1))
        assert knock(url) == 200
        assert Callback.objects.get().reference == "shop.order:42"
        later(timedelta(seconds=3))
        assert knock(url) == 403
        assert Client().post(url).json() == {"detail": "This URL has ended."}
        assert refused() == {"expired URL": 2}

    def test_at_the_moment_of_its_end_it_has_ended(self, knock, monkeypatch):
        moment = timezone.now().replace(microsecond=0)
        monkeypatch.setattr(timezone, "now", lambda: moment)
        url = made(expires_in=DAY)
        moment += DAY - timedelta(microseconds=1)
        assert knock(url) == 200
        moment += timedelta(microseconds=1)
        assert knock(url) == 403

    def test_a_url_without_an_end_is_taken_a_century_later(self, knock, later):
        url = made()
        later(36500 * DAY)
        assert knock(url) == 200

    def test_an_end_cannot_be_moved(self, knock, later, refused):
        token = token_of(made(expires_in=DAY))
        signature, named, reference = token.split(".")
        later(2 * DAY)
        for other in (f"{named[:12]}ffffffff", named[:12], f"{named}0"):
            assert knock(path_with(f"{signature}.{other}.{reference}")) == 403
        assert refused() == {"bad token": 3}

    @pytest.mark.parametrize("span", [timedelta(), -DAY, timedelta.max], ids=str)
    def test_a_span_that_leads_to_no_later_moment_is_refused(self, span):
        with pytest.raises(ValueError, match="URL"):
            made(expires_in=span)

    def test_a_text_is_no_span(self):
        with pytest.raises(TypeError, match="expires_in is a timedelta, not '90d'"):
            made(expires_in="90d")

    def test_the_command_prints_a_url_that_ends(self, knock, later, capsys):
        call_command("tavus_url", base="https://testserver", expires_in=90 * DAY)
        url = capsys.readouterr().out.strip()
        assert knock(url) == 200
        later(91 * DAY)
        assert knock(url) == 403

    @pytest.mark.parametrize("span", ["90", "90 d", "-1d", "d", "\u0661d", "never"])
    def test_the_command_refuses_what_is_no_span(self, span):
        with pytest.raises(CommandError, match="90d"):
            call_command("tavus_url", "--base", "https://testserver", f"--expires-in={span}")


def test_no_two_urls_are_the_same_and_each_callback_tells_by_which_it_came(knock):
    urls = [made() for _ in range(3)]
    for url in urls:
        assert knock(url) == 200
    ids = [callback.url_id for callback in Callback.objects.order_by("pk")]
    assert len(set(ids)) == 3
    assert [f".{url_id}." in url for url, url_id in zip(urls, ids, strict=True)] == [True] * 3


@pytest.mark.parametrize(
    "named",
    [lambda url: url, token_of, lambda url: token_of(url).split(".")[1]],
    ids=["by the URL", "by its token", "by its id"],
)
def test_a_withdrawn_url_is_refused_for_that_and_every_other_is_taken(knock, refused, named):
    url, other = made(), made()
    assert "is withdrawn" in run("--by", "ada", "--note", "rubbish", "--", named(url))
    assert knock(url) == 403
    assert Client().post(url).json() == {"detail": "This URL was withdrawn."}
    assert knock(other) == 200
    assert refused() == {"withdrawn URL": 2}
    row = Withdrawal.objects.get()
    assert (row.withdrawn_by, row.note) == ("ada", "rubbish")
    assert token_of(url) not in str(vars(row))
    assert "was withdrawn before" in run(row.url_id)


def test_a_url_by_which_nothing_came_is_withdrawn_and_that_is_said(knock):
    url, other = made(), made()
    assert knock(other) == 200
    assert "Is it the right one?" in run(url)
    assert "Is it the right one?" not in run(other)


def test_who_withdraws_a_url_need_not_say_for_what_it_was_made():
    run(made())
    assert Withdrawal.objects.get().reference == "shop.order:42"


def test_a_url_that_was_withdrawn_by_mistake_is_let_in_again(knock):
    url = made()
    run(url)
    assert "accepts callbacks again" in run(url, "--undo")
    assert knock(url) == 200
    with pytest.raises(CommandError, match="was not withdrawn"):
        run(url, "--undo")


@pytest.mark.parametrize("wrong", ["", "https://example.com/tavus/callbacks/", "x" * 60, "guess"])
def test_what_is_no_url_of_this_site_cannot_be_withdrawn(wrong):
    with pytest.raises(CommandError, match="nor the id of such a URL"):
        run(wrong)
    assert not Withdrawal.objects.exists()


def test_a_static_token_is_withdrawn_in_the_settings(hooks):
    hooks(STATIC_TOKENS=["a-static-token-that-was-typed-by-hand"])
    with pytest.raises(CommandError, match="STATIC_TOKENS"):
        run("https://example.com/tavus/callbacks/a-static-token-that-was-typed-by-hand/")


def test_a_withdrawn_url_opens_nothing_where_other_verifiers_decide(hooks, knock):
    hooks(VERIFIERS=["tavus_hooks.verifiers.header_token"], HEADER_TOKENS=["h" * 40])
    url, headers = made(), {"authorization": "h" * 40}
    assert knock(url, headers=headers) == 200
    run(url)
    assert knock(url, headers=headers) == 403


def test_every_process_knows_within_ten_seconds_and_asks_no_sooner(knock, clock, elsewhere):
    url = made()
    assert knock(url) == 200
    elsewhere(run, url)
    with CaptureQueriesContext(connection) as queries:
        clock.tick(9.9)
        assert knock(url) == 200
    assert not [it for it in queries if "withdrawal" in it["sql"]]
    clock.tick(0.1)
    with CaptureQueriesContext(connection) as queries:
        assert [knock(url), knock(url), knock(made())] == [403, 403, 200]
    assert len([it for it in queries if "withdrawal" in it["sql"]]) == 1


class TestAtOnce:
    """What this process withdraws it knows at once, whatever else it does at the moment."""

    def test_also_if_the_list_is_being_read(self, withdrawn, monkeypatch):
        read = withdrawn._read_ids

        def withdraw_meanwhile():
            known = read()
            withdraw("A" * 12)
            return known

        monkeypatch.setattr(withdrawn, "_read_ids", withdraw_meanwhile)
        assert not withdrawn.holds("B" * 12)
        monkeypatch.setattr(withdrawn, "_read_ids", read)
        assert withdrawn.holds("A" * 12)

    def test_also_if_another_thread_has_yet_to_end_reading_what_was_before(
        self, withdrawn, monkeypatch
    ):
        """It is waited for, and the list read again."""
        read, reads, has_read, goes_on = withdrawn._read_ids, [], Event(), Event()

        def slowly():
            reads.append(current_thread().name)
            if current_thread().name != "slow":
                return read()
            has_read.set()
            assert goes_on.wait(10)
            return frozenset()

        monkeypatch.setattr(withdrawn, "_read_ids", slowly)
        slow = Thread(target=withdrawn.holds, args=["B" * 12], name="slow")
        slow.start()
        assert has_read.wait(10)
        withdraw("A" * 12)
        lock = withdrawn._lock
        withdrawn._lock = mock.Mock(wraps=lock)
        withdrawn._lock.acquire.side_effect = lambda blocking: (
            goes_on.set() or lock.acquire(blocking=blocking)
        )
        assert withdrawn.holds("A" * 12)
        slow.join()
        assert reads == ["slow", current_thread().name]

    @pytest.mark.django_db(transaction=True)
    def test_also_if_a_transaction_around_it_ends_later(self, withdrawn, monkeypatch):
        """Others read the list before that is committed."""
        with transaction.atomic(using=router.db_for_write(Withdrawal)):
            withdraw("A" * 12)
            with monkeypatch.context() as elsewhere:
                elsewhere.setattr(withdrawn, "_read_ids", frozenset)
                assert not withdrawn.holds("A" * 12)
        assert withdrawn.holds("A" * 12)

    def test_a_list_that_cannot_be_read_is_not_asked_for_at_each_callback(
        self, withdrawn, monkeypatch
    ):
        reads = []

        def away():
            reads.append(1)
            raise OperationalError

        monkeypatch.setattr(withdrawn, "_read_ids", away)
        withdraw("A" * 12)
        assert [withdrawn.holds("B" * 12) for _ in range(3)] == [False] * 3
        assert len(reads) == 1


def test_where_the_list_cannot_be_read_what_was_read_last_holds(knock, clock, caplog):
    def away(execute, sql, *args):
        if "withdrawal" in sql:
            raise OperationalError("no route to it")
        return execute(sql, *args)

    bad, good = made(), made()
    run(bad)
    assert knock(bad) == 403
    clock.tick(60)
    with connection.execute_wrapper(away):
        assert [knock(bad), knock(good)] == [403, 200]
    [said] = [it for it in caplog.records if it.name == "tavus_hooks.models.withdrawn_urls"]
    assert "what was read last holds" in said.message


def test_a_callback_is_taken_where_the_list_was_never_read(knock):
    def away(execute, sql, *args):
        if "withdrawal" in sql:
            raise OperationalError("no such table")
        return execute(sql, *args)

    with connection.execute_wrapper(away):
        assert knock(made()) == 200


def test_the_id_of_a_url_can_be_typed_after_a_command():
    assert all(re.fullmatch("[A-Za-z0-9]{12}", token_of(made()).split(".")[1]) for _ in range(50))


def test_a_withdrawal_forgets_its_reference_with_everything_else_and_holds(knock):
    url = made()
    run(url)
    call_command("tavus_forget", "reference", "shop.order:42", "--no-input", stdout=StringIO())
    row = Withdrawal.objects.get()
    assert (row.reference, row.url_id) == ("", token_of(url).split(".")[1])
    assert knock(url) == 403


def test_who_withdraws_it_and_why_is_cut_to_its_column():
    assert withdraw("a" * 12, by="x" * 151, note="y" * 201)
    row = Withdrawal.objects.get()
    assert (row.withdrawn_by, row.note) == ("x" * 150, "y" * 200)


@pytest.mark.parametrize(
    "no_id", ["", "A" * 11, "A" * 13, "https://example.com/tavus/callbacks/x/"]
)
def test_what_is_no_id_withdraws_nothing(knock, hooks, no_id):
    """A callback that came by a static token has an empty one: all of these would be refused."""
    hooks(STATIC_TOKENS=["a-text-of-more-than-thirty-two-characters"])
    with pytest.raises(ValueError, match="no id of a callback URL"):
        withdraw(no_id)
    assert not Withdrawal.objects.exists()
    assert (
        knock("https://testserver/tavus/callbacks/a-text-of-more-than-thirty-two-characters/")
        == 200
    )
