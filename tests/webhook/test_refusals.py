"""Refusals are counted, at next to no cost."""

import sqlite3
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.db import DatabaseError, DataError, OperationalError
from django.test import Client, RequestFactory
from django.utils import timezone

from tavus_hooks.models import Callback, Refusal
from tavus_hooks.webhook.delivery import RefusedError
from tavus_hooks.webhook.refusals import Refusals
from tavus_hooks.webhook.views import receive
from tests.conftest import receiving_path
from tests.databases import connection
from tests.running import run
from tests.webhook.conftest import VIDEO, path_with

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

BODY = b"a body that nobody may keep"


def statements():
    """How many were run on the connection so far: append to the list to count on."""
    ran = []

    def wrapper(execute, sql, params, many, context):
        ran.append(sql)
        return execute(sql, params, many, context)

    connection.execute_wrappers.append(wrapper)
    return ran


@pytest.fixture(autouse=True)
def no_wrappers_left():
    yield
    connection.execute_wrappers.clear()


@pytest.fixture
def away():
    """Take the database away, or give it back."""
    state = {"error": None}

    def wrapper(execute, *args):
        if state["error"] is not None:
            raise state["error"]
        return execute(*args)

    connection.execute_wrappers.append(wrapper)

    def away(error=None):
        state["error"] = error

    return away


def test_ten_thousand_bad_posts_add_a_handful_of_rows(clock, refusals):
    ran = statements()
    requests = RequestFactory()
    for number in range(10_000):
        token = f"guess-{number}"
        request = requests.post(f"/tavus/callbacks/{token}/", BODY, content_type="text/plain")
        assert receive(request, token=token).status_code == 403
        clock.tick(0.01)
    refusals.write()
    assert 1 <= Refusal.objects.count() <= 2  # more than one only when an hour ends meanwhile
    assert sum(Refusal.objects.values_list("number", flat=True)) == 10_000
    assert not Callback.objects.exists()
    # A hundred seconds: eleven times a handful of statements, and the few of this test.
    assert len(ran) < 80


class BreaksOff(BytesIO):
    """A body over a connection that breaks."""

    def read(self, size=-1):
        if found := super().read(size):
            return found
        raise ConnectionResetError


CHUNKED = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}


@pytest.mark.parametrize(
    ("reason", "status", "ask"),
    [
        ("bad token", 403, lambda c: c.post(path_with("guess"), BODY, content_type="a/b")),
        ("bad token", 403, lambda c: c.post("/tavus/callbacks/", BODY, content_type="a/b")),
        ("method", 405, lambda c: c.get(receiving_path())),
        ("method", 405, lambda c: c.get(path_with("guess"))),
        ("too large", 413, lambda c: c.post(receiving_path(), b"x" * 101, content_type="a/b")),
        (
            "unreadable length",
            411,
            lambda c: c.post(receiving_path(), BODY, content_type="a/b", CONTENT_LENGTH="\xb2"),
        ),
        (
            "unreadable length",
            411,
            lambda c: c.post(receiving_path(), BODY, content_type="a/b", **CHUNKED),
        ),
        (
            "cut off",
            400,
            lambda c: c.post(
                receiving_path(),
                BODY,
                content_type="a/b",
                **CHUNKED,
                **{"wsgi.input": BreaksOff(BODY), "wsgi.input_terminated": True},
            ),
        ),
        (
            "cut off",
            400,
            lambda c: c.post(
                receiving_path(),
                BODY,
                content_type="a/b",
                **{"CONTENT_LENGTH": "99", "wsgi.input": BytesIO(BODY)},
            ),
        ),
    ],
)
def test_every_refusal_is_counted_by_its_reason(hooks, refused, reason, status, ask):
    hooks(MAX_BODY_BYTES=100)
    for _ in range(3):
        assert ask(Client()).status_code == status
    assert refused() == {reason: 3}


@pytest.mark.parametrize("length", ["\xb2", "x", "-1", "1e3", " 5", "\u0661", "9" * 5000, "0x10"])
@pytest.mark.parametrize("path", ["guess", ""])
def test_no_declared_length_makes_the_door_fail(knock, refused, length, path):
    status = knock(path_with(path) if path else receiving_path(), CONTENT_LENGTH=length)
    assert status in ({403} if path else {411, 413})
    assert sum(refused().values()) == 1


@pytest.mark.parametrize(("digits", "is_kept"), [(18, True), (19, False)])
def test_a_declared_length_is_kept_as_far_as_a_column_holds_it(knock, refusals, digits, is_kept):
    assert knock(path_with("guess"), CONTENT_LENGTH="9" * digits) == 403
    refusals.write()
    assert Refusal.objects.get().last_size == (10**digits - 1 if is_kept else None)


def test_of_the_last_one_shape_address_and_size_are_kept_and_never_the_body(knock, refusals):
    knock(path_with("guess"), body=BODY, REMOTE_ADDR="192.0.2.7")
    knock(path_with("a longer guess"), body=BODY * 2, REMOTE_ADDR="2001:db8::7")
    refusals.write()
    row = Refusal.objects.get()
    assert row.number == 2
    assert row.last_path == "/tavus/callbacks/<14 characters>"
    assert row.last_address == "2001:db8::7"
    assert row.last_size == 2 * len(BODY)
    assert abs(timezone.now() - row.last_at) < timedelta(minutes=5)
    assert BODY.decode() not in str(vars(row))


def test_whatever_a_stranger_sends_fits_the_table(knock, refused, hooks):
    hooks(NUM_PROXIES=1)
    header = {"x-forwarded-for": "fe80::1%" + "a" * 300}
    assert knock(path_with("x" * 100_000), headers=header, REMOTE_ADDR="x" * 300) == 403
    assert knock("/tavus/callbacks/a%00b%F0%9F%98%80/", headers=header) == 403
    assert knock(path_with("x"), CONTENT_LENGTH="9" * 18) == 403
    assert refused() == {"bad token": 3}


def test_each_hour_has_its_own_row(refusals, knock, monkeypatch):
    hour = datetime(2026, 1, 2, 10, tzinfo=UTC)
    for moment in (hour, hour + timedelta(minutes=59, seconds=59.9), hour + timedelta(hours=1)):
        monkeypatch.setattr(timezone, "now", lambda moment=moment: moment)
        knock(path_with("guess"))
    refusals.write()
    rows = Refusal.objects.order_by("hour").values_list("hour", "number", "last_at")
    assert list(rows) == [
        (hour, 2, hour + timedelta(minutes=59, seconds=59.9)),
        (hour + timedelta(hours=1), 1, hour + timedelta(hours=1)),
    ]


def test_they_are_written_at_most_every_ten_seconds(clock, knock):
    def written():
        return sum(Refusal.objects.values_list("number", flat=True))

    knock(path_with("guess"))
    assert written() == 1
    for _ in range(9):
        clock.tick(1)
        knock(path_with("guess"))
    assert written() == 1
    clock.tick(1)
    knock(path_with("guess"))
    assert written() == 11


def test_a_good_callback_takes_the_counts_along(clock, knock, receive):
    knock(path_with("guess"))
    knock(path_with("guess"))
    assert Refusal.objects.get().number == 1
    clock.tick(10)
    receive(VIDEO)
    assert Refusal.objects.get().number == 2


def test_what_is_refused_after_a_good_callback_is_written_at_once(clock, knock, receive):
    receive(VIDEO)
    knock(path_with("guess"))
    assert Refusal.objects.get().number == 1


def test_nothing_is_written_where_nothing_was_refused(receive):
    receive(VIDEO)
    ran = statements()
    receive(VIDEO)
    assert not [sql for sql in ran if "refusal" in sql]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("error", [OperationalError("gone"), DatabaseError("x"), ValueError("x")])
def test_without_a_database_nothing_is_raised_and_every_count_is_kept(clock, away, refusals, error):
    away(error)
    for number in range(3):
        clock.tick(60)
        for path in (path_with("guess"), receiving_path()):
            ask = Client().post if "guess" in path else Client().get
            assert ask(path, REMOTE_ADDR=f"192.0.2.{number}").status_code in (403, 405)
    away(None)
    refusals.write()
    rows = Refusal.objects.order_by("reason").values_list("reason", "number", "last_address")
    assert list(rows) == [("bad token", 3, "192.0.2.2"), ("method", 3, "192.0.2.2")]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_is_waited_for_once_and_not_for_each_reason(refusals, caplog):
    tried = []

    def wrapper(execute, sql, *args):
        tried.append(sql)
        raise OperationalError("database is locked")

    for reason in ("bad token", "method", "too large"):
        refusals.count(reason, path="", address="", size=None)
    with connection.execute_wrapper(wrapper):
        refusals.write()
    assert len(tried) == 1
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_a_reason_that_cannot_be_written_holds_up_no_other(refusals, caplog):
    def wrapper(execute, sql, params, *args):
        if "bad token" in (params or ()):
            raise DataError("no such character")
        return execute(sql, params, *args)

    for reason in ("bad token", "method", "too large"):
        refusals.count(reason, path="", address="", size=None)
    with connection.execute_wrapper(wrapper):
        refusals.write()
    assert {row.reason for row in Refusal.objects.all()} == {"method", "too large"}
    [record] = caplog.records
    assert record.exc_info[0] is DataError
    refusals.write()
    assert Refusal.objects.get(reason="bad token").number == 1


def test_what_another_process_wrote_between_the_look_and_the_insert_is_added_to(clock, refusals):
    theirs, quicker = Refusals(clock), []

    def wrapper(execute, sql, params, *args):
        found = execute(sql, params, *args)
        if sql.startswith("UPDATE") and not quicker:
            quicker.append(theirs)
            theirs.write()
        return found

    for _ in range(2):
        theirs.count("bad token", path="theirs", address="192.0.2.1", size=1)
    for _ in range(3):
        refusals.count("bad token", path="ours", address="192.0.2.2", size=2)
    with connection.execute_wrapper(wrapper):
        refusals.write()
    row = Refusal.objects.get()
    assert (row.number, row.last_path) == (5, "ours")
    assert (row.last_address, row.last_size) == ("192.0.2.2", 2)
    assert quicker
    refusals.write()
    assert Refusal.objects.get().number == 5


@pytest.mark.django_db(transaction=True)
def test_what_is_counted_while_the_table_is_written_is_not_lost(refusals):
    def meanwhile(execute, sql, *args):
        if not meanwhile.done:
            meanwhile.done = True
            refusals.count("bad token", path="newer", address="", size=None)
            raise OperationalError("and then it fails")
        return execute(sql, *args)

    meanwhile.done = False
    refusals.count("bad token", path="older", address="", size=None)
    with connection.execute_wrapper(meanwhile):
        refusals.write()
        refusals.write()
    row = Refusal.objects.get()
    assert (row.number, row.last_path) == (2, "newer")


def test_threads_that_refuse_at_once_lose_no_count(refusals):
    def count(_):
        for _ in range(500):
            refusals.count("bad token", path="", address="", size=None)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(count, range(8)))
    refusals.write()
    assert sum(Refusal.objects.values_list("number", flat=True)) == 4000


def test_nobody_counts_or_writes_without_the_lock(refusals, monkeypatch):
    """Threads change places so seldom that none would be seen to lose a count."""
    changed = []

    class Watched(dict):
        def setdefault(self, *args):
            assert refusals._lock.locked()
            return super().setdefault(*args)

    def change(counts, name, value):
        assert counts._lock.locked()
        changed.append(name)
        counts.__dict__[name] = Watched(value) if name == "_counts" else value

    monkeypatch.setattr(Refusals, "__setattr__", change)
    with refusals._lock:
        refusals._counts = {}
    refusals.count("bad token", path="", address="", size=None)
    with monkeypatch.context() as failing:
        failing.setattr("tavus_hooks.webhook.refusals._add", None)
        refusals.write_if_due()
    assert changed == ["_counts", "_written_at", "_counts"]
    assert sum(count.number for count in refusals._counts.values()) == 1


def test_processes_add_up(clock):
    processes = [Refusals(clock) for _ in range(3)]
    for process in processes:
        process.count("bad token", path="", address="", size=None)
    for process in processes:
        process.write_if_due()
    assert sum(Refusal.objects.values_list("number", flat=True)) == 3


def test_what_was_counted_on_one_database_is_not_written_to_another(refusals, monkeypatch):
    """Tests end, and the process that ran them still has counts."""
    connection.ensure_connection()  # or one to the other would be opened
    refusals.count("bad token", path="", address="", size=None)
    with monkeypatch.context() as elsewhere:
        elsewhere.setitem(connection.settings_dict, "NAME", "the real one")
        refusals.write()
    assert not Refusal.objects.exists()


def test_a_verifiers_own_long_reason_and_a_long_path_are_cut_to_their_columns(refusals):
    refusals.count("why " * 20 + "\x00", path="/p" * 200, address="", size=None)
    refusals.write()
    row = Refusal.objects.get()
    assert (row.reason, row.last_path) == (("why " * 20)[:32], ("/p" * 200)[:255])


def test_a_refused_body_is_neither_answered_nor_logged(knock, caplog):
    caplog.set_level("DEBUG")
    answer = Client().post(path_with("guess"), BODY, content_type="text/plain")
    assert BODY not in answer.content
    assert BODY.decode() not in caplog.text


def busy(delivery):
    """A verifier of the host's."""
    raise RefusedError("busy", "Later.", status=429)


class RefusalsAreNowhere:
    """A router of the host's that fails for the table of refusals."""

    def db_for_write(self, model, **hints):
        if model is Refusal:
            raise LookupError("there is no such database")


@pytest.mark.parametrize("is_counted", [True, False])
def test_a_refusal_is_answered_with_its_status_whether_or_not_it_can_be_counted(
    hooks, settings, refused, caplog, is_counted
):
    hooks(MAX_BODY_BYTES=100)
    routers = settings.DATABASE_ROUTERS
    if not is_counted:
        settings.DATABASE_ROUTERS = [RefusalsAreNowhere(), *routers]
    answers = [
        Client().post(path_with("guess"), BODY, content_type="a/b"),
        Client().get(receiving_path()),
        Client().post(receiving_path(), b"x" * 101, content_type="a/b"),
    ]
    hooks(VERIFIERS=[f"{__name__}.busy"])
    answers.append(Client().post(receiving_path(), VIDEO, content_type="application/json"))
    told = [(it.status_code, it.get("Allow"), it.get("Retry-After")) for it in answers]
    assert told == [(403, None, None), (405, "POST", None), (413, None, None), (429, None, "60")]
    assert all(set(answer.json()) == {"detail"} for answer in answers)
    said = [it.getMessage() for it in caplog.records if it.name.startswith("tavus_hooks")]
    assert said == ["refusal could not be counted"] * (0 if is_counted else 4)
    settings.DATABASE_ROUTERS = routers
    assert sum(refused().values()) == (4 if is_counted else 0)


REFUSE_THREE_AND_END = """
import django
django.setup()
from django.core.management import call_command
from django.test import Client
from tavus_hooks.models import Refusal
call_command("migrate", verbosity=0)
for number in range(3):
    assert Client().post("/tavus/callbacks/guess/").status_code == 403
print(Refusal.objects.get().number)
"""


@pytest.mark.slow
def test_what_was_counted_last_is_written_when_the_process_ends(tmp_path):
    ended = run(
        *(sys.executable, "-c", REFUSE_THREE_AND_END),
        DATABASE_URL=f"sqlite:///{tmp_path / 'db.sqlite3'}",
        DJANGO_SETTINGS_MODULE="project.settings",
        ALLOWED_HOSTS="testserver",
    )
    assert (ended.returncode, ended.stdout) == (0, "1\n"), ended.stderr
    with closing(sqlite3.connect(tmp_path / "db.sqlite3")) as database:
        rows = database.execute("SELECT reason, number FROM tavus_hooks_refusal").fetchall()
    assert rows == [("bad token", 3)]
