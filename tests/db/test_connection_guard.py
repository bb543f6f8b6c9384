"""What is answered 200 is committed, whatever was done to the connection before or meanwhile."""

import logging
import re
from contextlib import closing, suppress
from io import StringIO
from types import SimpleNamespace
from unittest.mock import Mock

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connections, transaction
from django.db.backends.signals import connection_created
from django.db.utils import ProgrammingError

from tavus_hooks import dispatchers, inbox
from tavus_hooks.db import connection_guard
from tavus_hooks.db.connection_guard import is_idle
from tavus_hooks.db.dialects import mysql
from tavus_hooks.models import Callback, Video
from tavus_hooks.signals import callback_received, video_ready
from tests.databases import OURS, connection
from tests.factories import shutdown, video

pytestmark = pytest.mark.django_db(transaction=True)

VIDEO, SHUTDOWN = video(), shutdown()

BEFORE = "a transaction was left open before a callback came; it is rolled back"
NOT_COMMITTED = "a callback was written and not committed; the connection is renewed"


def run_sql(sql, using=OURS):
    with connections[using].cursor() as cursor:
        cursor.execute(sql)


def begin():
    """Behind Django's back."""
    run_sql("BEGIN")


def begin_and_write():
    begin()
    Group.objects.create(name="never committed")


def begin_and_fail():
    begin()
    run_sql("SELECT * FROM there_is_no_such_table")


def switch_the_drivers_autocommit_off():
    raw = connection.connection
    if connection.vendor == "sqlite":
        raw.isolation_level = "DEFERRED"
    elif connection.vendor == "mysql":
        raw.autocommit(False)
    else:
        raw.autocommit = False


def switch_the_servers_autocommit_off():
    if connection.vendor == "mysql":
        run_sql("SET autocommit = 0")
    else:
        switch_the_drivers_autocommit_off()


def switch_djangos_autocommit_off():
    transaction.set_autocommit(False, using=OURS)


READ_ONLY = {
    "sqlite": "PRAGMA query_only = 1",
    "postgresql": "SET default_transaction_read_only = on",
    "mysql": "SET SESSION TRANSACTION READ ONLY",
}


def make_it_read_only():
    run_sql(READ_ONLY[connection.vendor])


def make_it_read_only_and_begin():
    make_it_read_only()
    begin()


LEFT_OPEN = [
    begin,
    begin_and_write,
    switch_the_drivers_autocommit_off,
    switch_the_servers_autocommit_off,
    switch_djangos_autocommit_off,
    make_it_read_only,
    make_it_read_only_and_begin,
]


def committed():
    """How many callbacks are in the table once what was not committed is gone."""
    connection.ensure_connection()
    connection.connection.rollback()
    return Callback.objects.count()


@pytest.fixture
def other(tmp_path, monkeypatch, django_db_blocker):
    """A second database, an SQLite file with one table; yields its name."""
    monkeypatch.setitem(
        connections.databases,
        "other",
        connections.databases[OURS]
        | {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "other", "OPTIONS": {}},
    )
    with django_db_blocker.unblock():
        run_sql("CREATE TABLE notes (text)", "other")
        yield "other"
        connections["other"].close()
    del connections["other"]


@pytest.fixture
def opened():
    """The databases to which connections were opened, in order."""
    found = []

    def note(connection, **kwargs):
        found.append(connection.alias)

    connection_created.connect(note, dispatch_uid="tests.opened")
    yield found
    connection_created.disconnect(dispatch_uid="tests.opened")


@pytest.fixture
def warnings(caplog):
    """What was logged as warnings, or as worse."""
    return lambda: [
        record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING
    ]


@pytest.mark.parametrize("mishap", LEFT_OPEN)
@pytest.mark.parametrize("body", [VIDEO, SHUTDOWN], ids=["video", "conversation"])
def test_what_was_left_open_before_a_callback_came_does_not_swallow_it(send, mishap, body):
    """As by a view before it, over a connection that is kept."""
    connection.ensure_connection()
    mishap()
    for number in range(3):
        changed = {**body, "number": number, "timestamp": 1_750_748_517 + number}
        assert send(changed).status_code == 200
    assert committed() == 3
    assert Callback.objects.exclude(handled_at=None).count() >= 1
    assert not Group.objects.exists()


@pytest.mark.parametrize("mishap", [*LEFT_OPEN, begin_and_fail])
def test_what_a_receiver_leaves_open_swallows_nothing_that_comes_later(send, connect, mishap):
    connect(callback_received, lambda **kwargs: mishap(), "tests.mishap")
    heard = []
    connect(video_ready, lambda video, **kwargs: heard.append(video.video_id), "tests.heard")
    for number in range(3):
        assert send(video(f"v{number}")).status_code == 200
    assert committed() == 3
    assert heard == ["v0", "v1", "v2"]
    assert Callback.objects.exclude(handled_at=None).count() == 3
    assert Video.objects.count() == 3
    assert not Group.objects.exists()


def test_what_a_receiver_leaves_open_on_another_database_swallows_nothing(
    send, connect, other, warnings
):
    def leave_open(**kwargs):
        run_sql("BEGIN", other)
        run_sql("INSERT INTO notes VALUES ('lost')", other)

    def write(**kwargs):
        run_sql("INSERT INTO notes VALUES ('kept')", other)

    connect(callback_received, leave_open, "tests.leave_open")
    connect(video_ready, write, "tests.write")
    assert send(VIDEO).status_code == 200
    [warning] = warnings()
    assert f"database={other}" in warning
    connections[other].connection.rollback()
    with connections[other].cursor() as cursor:
        cursor.execute("SELECT text FROM notes")
        assert cursor.fetchall() == [("kept",)]


def test_what_was_open_before_a_receiver_runs_stays_open(send, connect, other):
    """A transaction of the host's on another database, around the callback."""

    def fail(**kwargs):
        run_sql("INSERT INTO notes VALUES ('lost')", other)
        raise ValueError

    connect(callback_received, fail, "tests.fail")
    with transaction.atomic(using=other):
        run_sql("INSERT INTO notes VALUES ('kept')", other)
        assert send(VIDEO).status_code == 200
    with connections[other].cursor() as cursor:
        cursor.execute("SELECT text FROM notes")
        assert cursor.fetchall() == [("kept",)]


def test_beside_receivers_that_leave_nothing_open_no_connection_is_renewed_and_nobody_warned(
    send, connect, other, opened, warnings
):
    """Whether or not the host has a transaction of another database open around it."""

    def write(callback, **kwargs):
        with transaction.atomic(using=OURS):
            Group.objects.create(name=str(callback.pk))
        run_sql("INSERT INTO notes VALUES ('kept')", other)

    connect(callback_received, write, "tests.write")
    connection.ensure_connection()
    opened.clear()
    assert send(VIDEO).status_code == 200
    with transaction.atomic(using=other):
        assert send(SHUTDOWN).status_code == 200
    call_command("tavus_process", "--once", stdout=StringIO())
    assert Group.objects.count() == 2
    assert opened == []
    assert warnings() == []


def test_a_loop_whose_connection_was_left_open_handles_what_is_due(send, hooks):
    hooks(DISPATCHER="deferred")
    send(VIDEO)
    begin()
    call_command("tavus_process", "--once")
    connection.connection.rollback()
    assert Callback.objects.get().handled_at is not None


def test_a_worker_whose_connection_was_left_open_handles_what_it_is_given(send, hooks):
    hooks(DISPATCHER="deferred")
    send(VIDEO)
    begin()
    dispatchers.process(Callback.objects.get().pk)
    connection.connection.rollback()
    assert Callback.objects.get().handled_at is not None


def test_a_replay_goes_on_when_a_receiver_costs_it_its_connection(send, connect):
    send(VIDEO)
    send(SHUTDOWN)
    heard = []

    def leave_open(**kwargs):
        heard.append(kwargs["callback"].pk)
        begin()

    connect(callback_received, leave_open, "tests.leave_open")
    out = StringIO()
    call_command("tavus_replay", "--since", "2020-01-01", "--noinput", stdout=out)
    assert "2 handled again" in out.getvalue()
    assert len(heard) == 2


def test_where_nothing_can_be_committed_nothing_is_answered_200(send, monkeypatch, warnings):
    """As with AUTOCOMMIT switched off in the settings: a new connection is no better."""
    monkeypatch.setitem(connection.settings_dict, "AUTOCOMMIT", False)
    connection_guard.renew(connection)
    try:
        assert send(VIDEO).status_code == 503
        assert committed() == 0
        assert warnings().count(NOT_COMMITTED) == 2
        with pytest.raises(transaction.TransactionManagementError):
            inbox.accept(b"{}")
    finally:
        connection.rollback()
        transaction.set_autocommit(True, using=OURS)


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite is never away")
def test_a_database_that_is_away_is_no_error_of_a_receivers(send, connect, monkeypatch):
    """What was left open is rolled back by the server, and the next to need it finds out."""

    def leave_open_and_lose_the_database(**kwargs):
        begin()
        monkeypatch.setattr(connection, "get_new_connection", raise_as_the_driver_does)

    def raise_as_the_driver_does(parameters):
        raise connection.Database.OperationalError("the server is down")

    connect(callback_received, leave_open_and_lose_the_database, "tests.lose")
    assert send(VIDEO).status_code == 200
    monkeypatch.undo()
    connection.connect()
    assert Callback.objects.get().attempts == 1


def test_a_new_connection_that_cannot_be_had_is_an_error_of_djangos(monkeypatch):
    """Those who ask for one know no driver."""

    def raise_as_the_driver_does(parameters):
        raise connection.Database.OperationalError("the server is down")

    connection.ensure_connection()
    with monkeypatch.context() as down:
        # A database in memory lives as long as its connection.
        down.setattr(connection, "close", lambda: None)
        down.setattr("tavus_hooks.db.connection_guard._close", lambda raw: None)
        down.setattr(connection, "get_new_connection", raise_as_the_driver_does)
        with pytest.raises(OperationalError, match="the server is down"):
            connection_guard.renew(connection)


def test_another_database_that_is_away_is_no_error_of_the_receivers_that_used_it(
    receive, connect, other, monkeypatch
):
    def raise_as_django_does(parameters):
        raise OperationalError("the server is down")

    def leave_open_and_lose_the_database(**kwargs):
        run_sql("BEGIN", other)
        monkeypatch.setattr(connections[other], "get_new_connection", raise_as_django_does)

    connect(callback_received, leave_open_and_lose_the_database, "tests.lose")
    callback = receive(VIDEO)
    monkeypatch.undo()
    assert callback.handled_at
    assert not callback.failures.exists()


def test_connections_that_were_dropped_are_opened_anew_however_they_stood(opened):
    """As `tavus_process --loop` does after an error."""
    for mishap in (begin, make_it_read_only, lambda: connection.connection.close()):
        connection.ensure_connection()
        if connection.vendor != "sqlite":  # a database in memory lives as long as its connection
            mishap()
        opened.clear()
        connection_guard.drop_connections()
        assert not Callback.objects.exists()
        Group.objects.create(name="kept").delete()
        assert opened == ([] if connection.vendor == "sqlite" else [OURS])


def test_a_connection_that_is_replaced_is_closed():
    connection.ensure_connection()
    raw = connection.connection
    connection_guard.renew(connection)
    with pytest.raises(connection.Database.Error):
        raw.cursor().execute("SELECT 1")


def test_one_that_was_never_open_or_cannot_be_closed_is_opened_anew(other, monkeypatch):
    """As where the first try could not connect."""
    connections[other].close()
    connection_guard.renew(connections[other])
    run_sql("INSERT INTO notes VALUES ('kept')", other)
    with monkeypatch.context() as stuck:
        stuck.setattr(connections[other], "close", Mock(side_effect=InterfaceError))
        connection_guard.renew(connections[other])
        connection_guard.drop_connections()
    connection_guard.drop_connections()
    assert connections[other].connection is None
    run_sql("INSERT INTO notes VALUES ('kept')", other)


def test_a_database_of_which_this_process_has_no_driver_harms_nothing(
    receive, connect, monkeypatch
):
    """As long as nobody uses it."""
    unknown = connections.databases[OURS] | {"ENGINE": "there_is_no_such_driver"}
    monkeypatch.setitem(connections.databases, "unknown", unknown)
    connect(callback_received, lambda **kwargs: None, "tests.works")
    callback = receive(VIDEO)
    assert callback.handled_at
    assert not callback.failures.exists()
    call_command("tavus_process", "--once", stdout=StringIO())


def test_a_refusal_of_the_database_is_tried_again_over_a_new_connection_whatever_it_says(
    send, caplog
):
    """Such as a table that is not found, because a receiver has set another search path."""
    connection.ensure_connection()
    raw = connection.connection

    def refuse_over_the_old_one(execute, sql, params, many, context):
        if connection.connection is raw and sql.startswith("INSERT INTO"):
            raise ProgrammingError("no such table")
        return execute(sql, params, many, context)

    with connection.execute_wrapper(refuse_over_the_old_one):
        assert send(VIDEO).status_code == 200
    assert committed() == 1
    [record] = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert record.exc_info[0] is ProgrammingError


def test_what_was_left_open_before_is_rolled_back_before_anything_is_written(
    send, opened, warnings
):
    connection.ensure_connection()
    opened.clear()
    switch_the_drivers_autocommit_off()  # which the driver tells without asking the server
    assert send(VIDEO).status_code == 200
    assert committed() == 1
    assert (opened, warnings()) == ([OURS], [BEFORE])


def test_what_turns_out_not_to_be_committed_is_written_again_over_a_new_connection(
    send, opened, warnings
):
    """Such as where only the server knows that autocommit is off."""
    connection.ensure_connection()
    opened.clear()
    raw = connection.connection

    def begin_over_the_old_one(execute, sql, params, many, context):
        is_first = connection.connection is raw and is_idle(connection)
        if is_first and sql.startswith("INSERT INTO"):
            begin()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(begin_over_the_old_one):
        assert send(VIDEO).status_code == 200
    assert committed() == 1
    assert (opened, warnings()) == ([OURS], [NOT_COMMITTED])


class TestDrivers:
    """`is_idle()` of the driver that is installed."""

    @pytest.fixture(autouse=True)
    def connected(self):
        connection.ensure_connection()
        assert is_idle(connection)
        yield
        connection_guard.renew(connection)

    def test_a_transaction_that_was_begun_by_a_cursor_is_seen(self):
        begin()
        assert not is_idle(connection)

    def test_one_that_is_over_is_not(self):
        begin()
        run_sql("COMMIT")
        assert is_idle(connection)

    def test_one_that_failed_is_seen(self):
        with pytest.raises(Exception, match="there_is_no_such_table"):
            begin_and_fail()
        assert not is_idle(connection)

    def test_autocommit_that_the_driver_has_switched_off_is_seen_without_asking_the_server(self):
        switch_the_drivers_autocommit_off()
        assert not is_idle(connection, ask_server=False)

    def test_a_connection_that_was_closed_behind_djangos_back_is_not_idle(self):
        another = connection.copy()  # a database in memory needs one
        another.ensure_connection()
        with closing(another.connection):  # Django closes none in memory
            connection.connection.close()
            assert not is_idle(connection)
            connection.connect()

    def test_one_that_is_not_open_yet_is_idle(self):
        connection.close()
        if connection.vendor != "sqlite":  # Django closes none in memory
            assert connection.connection is None
        assert is_idle(connection)

    def test_djangos_own_transaction_is_none_of_ours(self):
        with transaction.atomic(using=OURS):
            assert not is_idle(connection)
        assert is_idle(connection)

    @pytest.mark.skipif(connection.vendor != "mysql", reason="on MariaDB and MySQL only")
    @pytest.mark.parametrize("ask", [mysql.asked_mariadb, mysql.asked_mysql])
    def test_the_server_tells_whether_a_transaction_is_open(self, ask):
        assert not ask(connection.connection)
        begin()
        assert ask(connection.connection)
        run_sql("ROLLBACK")
        assert not ask(connection.connection)


@pytest.mark.skipif(connection.vendor != "mysql", reason="on MariaDB and MySQL only")
def test_the_server_is_asked_once_for_each_receiver(send, connect, monkeypatch):
    """Each question is a round trip."""
    connection.ensure_connection()
    if hasattr(connection.connection, "server_status"):
        pytest.skip("PyMySQL asks nobody")
    asked = []
    ask = mysql.asked_mariadb
    monkeypatch.setattr(mysql, "asked_mariadb", lambda raw: asked.append(raw) or ask(raw))
    send(VIDEO)
    before = len(asked)
    for number in range(2):
        connect(callback_received, lambda **kwargs: None, f"tests.works_{number}")
    send(video("v2"))
    assert before
    assert len(asked) - before == before + 2


def test_the_server_is_asked_once_for_a_callback_that_is_stored(monkeypatch):
    asked = []

    def ask(connection, *, ask_server=True):
        asked.append(ask_server)
        return is_idle(connection, ask_server=ask_server)

    monkeypatch.setattr(connection_guard, "is_idle", ask)
    inbox.accept(b"{}")
    assert asked == [False, True]


def test_an_unknown_driver_is_believed_what_django_believes():
    unknown = {"in_atomic_block": False, "autocommit": True, "vendor": "unheard-of"}
    for raw in (object(), None):
        assert is_idle(SimpleNamespace(connection=raw, **unknown))
        assert not is_idle(SimpleNamespace(connection=raw, **unknown | {"in_atomic_block": True}))
    assert not is_idle(SimpleNamespace(connection=object(), **unknown | {"autocommit": False}))


@pytest.mark.skipif(connection.vendor != "postgresql", reason="on PostgreSQL only")
@pytest.mark.parametrize(
    "let_go",
    [lambda: connection_guard.renew(connections["pooled"]), connection_guard.drop_connections],
    ids=["renew", "drop"],
)
def test_a_pool_never_gets_back_a_connection_that_is_closed_later(
    monkeypatch, django_db_blocker, let_go
):
    """It would lend it to another thread, which loses its transaction."""
    pytest.importorskip("psycopg_pool")
    pooled = connections.databases[OURS] | {"CONN_MAX_AGE": 0, "OPTIONS": {"pool": True}}
    monkeypatch.setitem(connections.databases, "pooled", pooled)
    with django_db_blocker.unblock():
        run_sql("BEGIN", "pooled")
        raw = connections["pooled"].connection
        given_back = []
        putconn = connections["pooled"].pool.putconn
        monkeypatch.setattr(
            connections["pooled"].pool,
            "putconn",
            lambda raw: (given_back.append(raw.closed), putconn(raw)),
        )
        let_go()
        assert given_back == [True]
        connections["pooled"].ensure_connection()
        assert connections["pooled"].connection is not raw
        assert is_idle(connections["pooled"])
        connections["pooled"].close()
        connections["pooled"].close_pool()
    del connections["pooled"]


@pytest.mark.django_db(transaction=False)
class TestWithinAHostsTransaction:
    """pytest's own stands for Django's TestCase."""

    def test_a_receiver_may_use_a_durable_block(self, receive, connect):
        def write(**kwargs):
            with transaction.atomic(durable=True, using=OURS):
                Group.objects.create(name="kept")

        connect(callback_received, write, "tests.write")
        assert receive(VIDEO).handled_at is not None
        assert Callback.objects.get().failures.count() == 0
        assert Group.objects.get().name == "kept"

    def test_a_block_that_a_receiver_enters_and_never_leaves_is_undone(self, receive, connect):
        def leave_open(**kwargs):
            transaction.atomic(using=OURS).__enter__()
            Group.objects.create(name="lost")

        depth = len(connection.atomic_blocks), len(connection.savepoint_ids)
        connect(callback_received, leave_open, "tests.leave_open")
        assert receive(VIDEO).handled_at is not None
        assert not Group.objects.exists()
        assert (len(connection.atomic_blocks), len(connection.savepoint_ids)) == depth

    def test_an_error_that_a_receiver_swallows_spoils_nothing(self, receive, connect):
        def swallow(**kwargs):
            with suppress(OperationalError, ProgrammingError):
                run_sql("SELECT * FROM there_is_no_such_table")

        connect(callback_received, swallow, "tests.swallow")
        assert receive(VIDEO).handled_at is not None
        assert Video.objects.get().status == "ready"

    def test_a_block_that_a_receiver_has_broken_and_left_is_undone_and_no_failure(
        self, receive, connect
    ):
        def break_and_go_on(**kwargs):
            with suppress(LookupError), transaction.atomic(using=OURS, savepoint=False):
                Group.objects.create(name="lost")
                raise LookupError

        connect(callback_received, break_and_go_on, "tests.break_and_go_on")
        assert receive(VIDEO).handled_at is not None
        assert Callback.objects.get().failures.count() == 0
        assert not Group.objects.exists()

    @pytest.mark.django_db(transaction=True)
    def test_one_that_a_receiver_has_ended_behind_djangos_back_takes_no_more(self, send, connect):
        """It would be committed bit by bit, though the host relies on all or nothing."""
        connect(callback_received, lambda **kwargs: run_sql("ROLLBACK"), "tests.roll_back")
        with transaction.atomic(using=OURS):
            Group.objects.create(name="lost")
            send(VIDEO)
            with pytest.raises(transaction.TransactionManagementError):
                Group.objects.create(name="alone")
        assert not Group.objects.exists()
        assert not Callback.objects.exists()

    def test_savepoints_are_released(self, receive, connect):
        """PostgreSQL slows down where a transaction has many."""
        said = []

        def hear(execute, sql, params, many, context):
            said.append(sql.split()[0])
            return execute(sql, params, many, context)

        connect(callback_received, lambda **kwargs: None, "tests.works")
        connect(video_ready, lambda **kwargs: 1 / 0, "tests.fails")
        with connection.execute_wrapper(hear):
            receive(VIDEO)
        assert "ROLLBACK" in said
        assert said.count("RELEASE") == said.count("SAVEPOINT")

    def test_its_connection_is_not_dropped(self):
        Group.objects.create(name="kept")
        connection_guard.drop_connections()
        assert Group.objects.get().name == "kept"

    def test_a_refusal_of_the_database_is_not_tried_again(self, send, opened):
        """Over a new connection what the host has written before would be lost."""
        Group.objects.create(name="kept")
        refused = []

        def refuse(execute, sql, params, many, context):
            if sql.startswith("UPDATE") and "handled_at" in sql:
                refused.append(sql)
                raise OperationalError
            return execute(sql, params, many, context)

        opened.clear()
        with connection.execute_wrapper(refuse):
            assert send(VIDEO).status_code == 200
        assert len(refused) == 1
        assert opened == []
        assert Group.objects.get().name == "kept"
        assert Callback.objects.get().handled_at is None

    def test_what_a_failed_receiver_wanted_done_on_commit_is_not_done(
        self, receive, connect, django_capture_on_commit_callbacks
    ):
        done = []

        def fail(**kwargs):
            transaction.on_commit(lambda: done.append("failed"), using=OURS)
            raise ValueError

        def work(**kwargs):
            transaction.on_commit(lambda: done.append("worked"), using=OURS)

        connect(callback_received, fail, "tests.fail")
        connect(video_ready, work, "tests.work")
        with django_capture_on_commit_callbacks(using=OURS, execute=True):
            receive(VIDEO)
        assert done == ["worked"]


def test_no_wrapper_of_djangos_hears_what_the_server_is_asked(send):
    """Neither a host's counts of statements nor its log have to do with it."""
    heard = []

    def hear(execute, sql, params, many, context):
        heard.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(hear):
        send(VIDEO)
    assert heard
    assert not [sql for sql in heard if re.search("in_transaction|SET TRANSACTION", sql)]
