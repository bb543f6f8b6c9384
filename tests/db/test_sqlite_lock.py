"""Writers on SQLite wait in order, and never longer than they must."""

import os
import sys
from datetime import timedelta
from fcntl import LOCK_EX, LOCK_NB, flock
from io import StringIO
from pathlib import Path
from signal import SIGSTOP
from threading import Event, Thread

import pytest
from django.core.management import call_command
from django.db import connections, transaction
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.access.access_log import note
from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.actions.hold import hold, lift
from tavus_hooks.actions.withdraw import undo_withdrawal, withdraw
from tavus_hooks.db import sqlite_lock
from tavus_hooks.db.sqlite_lock import sqlite_write_lock
from tavus_hooks.inbox.forgotten import erase
from tavus_hooks.maintenance.heartbeat import note_that_a_loop_is_at_work
from tavus_hooks.models import Access, Callback, Conversation, Failure, Refusal, Turn
from tavus_hooks.signals import video_ready
from tavus_hooks.webhook.refusals import Refusals
from tests.conftest import case
from tests.databases import OURS, connection
from tests.factories import event, joined, shutdown, video
from tests.running import Program, run

VIDEO = video()
WRITES = ("INSERT", "UPDATE", "DELETE")


def is_free(queue: Path) -> bool:
    """Whether the next one would not have to wait."""
    with queue.open("ab") as probe:
        try:
            flock(probe, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.fixture
def database(tmp_path, monkeypatch, django_db_blocker):
    """A second database: an SQLite file."""
    monkeypatch.setitem(
        connections.databases,
        "file",
        connections.databases[OURS]
        | {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "db.sqlite3", "OPTIONS": {}},
    )
    with django_db_blocker.unblock():
        yield tmp_path / "db.sqlite3"
        connections["file"].close()
    del connections["file"]


@pytest.fixture
def queue(tmp_path, monkeypatch):
    """The database that is written to has a queue, whichever it is, and no other has."""
    path = tmp_path / "queue"

    def queue_of(using):
        return path if using == OURS and not connection.in_atomic_block else None

    monkeypatch.setattr(sqlite_lock, "_queue", queue_of)
    return path


@pytest.fixture
def waited(queue):
    """Of every write since: whether it had its turn."""
    waited = []

    def watch(execute, sql, params, many, context):
        if sql.startswith(WRITES):
            waited.append(not is_free(queue))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield waited


def test_the_next_one_waits_until_the_turn_is_over(database):
    with sqlite_write_lock("file"):
        assert not is_free(database.with_name("db.sqlite3-queue"))
    assert is_free(database.with_name("db.sqlite3-queue"))


def test_a_turn_within_a_turn_waits_for_nobody(database, monkeypatch):
    monkeypatch.setattr(sqlite_lock, "PATIENCE", 0.0)
    with sqlite_write_lock("file"), sqlite_write_lock("file"):
        assert not is_free(database.with_name("db.sqlite3-queue"))
    assert database.with_name("db.sqlite3-queue") not in sqlite_lock._nobody_waits_until


def test_a_process_that_was_forked_meanwhile_does_not_keep_the_turn(database):
    """It has the file open as well: a second descriptor of the same opening."""
    queue = database.with_name("db.sqlite3-queue")
    with sqlite_write_lock("file"):
        [descriptor] = (fd for fd in range(3, 4096) if is_of(fd, queue))
        copy = os.dup(descriptor)
    try:
        assert is_free(queue)
    finally:
        os.close(copy)


def is_of(descriptor, path):
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except OSError:  # it is not open
        return False


def test_the_file_says_once_what_it_is(database):
    for _ in range(3):
        with sqlite_write_lock("file"):
            pass
    [line] = database.with_name("db.sqlite3-queue").read_text().splitlines()
    assert "tavus_hooks" in line
    assert "may be deleted" in line


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a file that is always full")
def test_on_a_full_disk_the_work_is_done_all_the_same(database):
    database.with_name("db.sqlite3-queue").symlink_to("/dev/full")
    with sqlite_write_lock("file"):
        done = True
    assert done


def test_a_turn_ends_with_an_error(database):
    with pytest.raises(ZeroDivisionError), sqlite_write_lock("file"):
        raise ZeroDivisionError
    assert is_free(database.with_name("db.sqlite3-queue"))


HOLDER = """
import fcntl, sys, time
queue = open(sys.argv[1], "ab")
fcntl.flock(queue, fcntl.LOCK_EX)
print("has its turn", flush=True)
time.sleep(600)
"""


@pytest.fixture
def holder(database):
    """Another process whose turn does not end."""
    program = Program(sys.executable, "-c", HOLDER, f"{database}-queue")
    program.read_until("has its turn")
    yield program
    program.kill()


def test_behind_a_process_that_was_stopped_the_work_is_done_all_the_same(
    database, holder, monkeypatch
):
    """As after Ctrl-Z on a rebuild."""
    os.kill(holder.process.pid, SIGSTOP)
    monkeypatch.setattr(sqlite_lock, "PATIENCE", 0.0)
    with sqlite_write_lock("file"):
        done = True
    assert done
    assert not is_free(database.with_name("db.sqlite3-queue"))


def test_after_one_has_waited_in_vain_the_next_ones_only_look(database, holder, monkeypatch):
    """A callback writes several times. That after a lull somebody waits again is for the queue's
    sake: the one in front may only have been slow.
    """
    seconds = [0.0]
    monkeypatch.setattr(sqlite_lock, "monotonic", lambda: seconds[0])

    def sleep(pause):
        seconds[0] += pause

    monkeypatch.setattr(sqlite_lock, "sleep", sleep)

    def wait():
        before = seconds[0]
        with sqlite_write_lock("file"):
            return seconds[0] - before

    assert wait() >= sqlite_lock.PATIENCE
    assert [wait(), wait()] == [0.0, 0.0]
    seconds[0] += sqlite_lock.LULL
    assert wait() >= sqlite_lock.PATIENCE
    assert wait() == 0.0
    holder.kill()
    assert wait() == 0.0
    assert database.with_name("db.sqlite3-queue") not in sqlite_lock._nobody_waits_until


def test_behind_another_process_a_writer_waits_for_its_turn(database, holder, monkeypatch):
    paused = []

    def pause(seconds):
        paused.append(seconds)
        holder.kill()

    monkeypatch.setattr(sqlite_lock, "sleep", pause)
    with sqlite_write_lock("file"):
        assert len(paused) == 1


def test_behind_another_thread_the_work_is_done_after_the_patience_is_over(database, monkeypatch):
    has_turn, may_end = Event(), Event()

    def hold():
        with sqlite_write_lock("file"):
            has_turn.set()
            may_end.wait()

    holds = Thread(target=hold)
    holds.start()
    has_turn.wait()
    monkeypatch.setattr(sqlite_lock, "PATIENCE", 0.0)
    with sqlite_write_lock("file"):
        done = not may_end.is_set()
    assert done
    may_end.set()
    holds.join()
    assert is_free(database.with_name("db.sqlite3-queue"))


FORKS = r"""
import os, sys
from io import StringIO
from fcntl import LOCK_EX, LOCK_NB, flock

import django

django.setup()

from tavus_hooks.db import sqlite_lock

reading, writing = os.pipe()
with sqlite_lock.sqlite_write_lock("default"):
    child = os.fork()
    if child == 0:
        os.close(writing)
        # Neither its parent's threads nor its parent's turn are its own.
        os.write(1, f"{sqlite_lock._threads} {vars(sqlite_lock._mine)}\n".encode())
        os.read(reading, 1)  # until its parent ends it
        os._exit(0)
flock(open(sys.argv[1], "ab"), LOCK_EX | LOCK_NB)
os.write(1, b"free\n")
os.close(writing)
os.waitpid(child, 0)
"""


def test_a_child_that_was_forked_meanwhile_does_not_keep_the_turn(tmp_path):
    """As by `multiprocessing`: the child has the open file, too."""
    database = tmp_path / "db.sqlite3"
    done = run(
        sys.executable,
        "-c",
        FORKS,
        f"{database}-queue",
        DATABASE_URL=f"sqlite:///{database}",
        DJANGO_SETTINGS_MODULE="project.settings",
    )
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == ["free", "{} {}"]


def test_within_a_transaction_nobody_waits(database):
    with sqlite_write_lock("file"), transaction.atomic(using="file"), sqlite_write_lock("file"):
        pass  # would wait for itself


def test_a_turn_within_a_turn_does_not_wait_for_itself_and_ends_none(database):
    with sqlite_write_lock("file"):
        with sqlite_write_lock("file"):
            pass
        assert not is_free(database.with_name("db.sqlite3-queue"))
    assert is_free(database.with_name("db.sqlite3-queue"))
    with sqlite_write_lock("file"):
        assert not is_free(database.with_name("db.sqlite3-queue"))


def test_without_a_queue_the_work_is_done_all_the_same(database):
    database.with_name("db.sqlite3-queue").mkdir()
    with sqlite_write_lock("file"):
        done = True
    assert done


def test_a_file_system_without_locks_is_no_error(database, monkeypatch):
    def unsupported(*args):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(sqlite_lock, "flock", unsupported)
    with sqlite_write_lock("file"):
        done = True
    assert done


@pytest.mark.parametrize("name", [":memory:", "", "file:shared?mode=memory&cache=shared"])
def test_memory_has_no_queue(database, monkeypatch, name):
    monkeypatch.setitem(connections["file"].settings_dict, "NAME", name)
    assert sqlite_lock._queue("file") is None


def test_other_databases_have_none(database, monkeypatch):
    monkeypatch.setattr(connections["file"], "vendor", "postgresql")
    assert sqlite_lock._queue("file") is None


@pytest.mark.django_db(transaction=True)
def test_every_write_of_a_callback_waits_for_its_turn_and_no_receiver_has_it(queue, waited, send):
    heard = []

    def receiver(**kwargs):
        heard.append(is_free(queue))

    video_ready.connect(receiver)
    try:
        send(VIDEO)
        send(VIDEO)
    finally:
        video_ready.disconnect(receiver)
    assert waited == [True] * 5
    assert heard == [True]


@pytest.mark.django_db(transaction=True)
def test_every_write_of_the_commands_waits_for_its_turn(waited, receive, hooks):
    hooks(DISPATCHER="deferred")
    receive(VIDEO)
    receive(joined())
    waited.clear()
    call_command("tavus_process", "--once")
    call_command("tavus_rebuild")
    call_command("tavus_prune", "--older-than", "0d")
    call_command("tavus_forget", "conversation", "c1", "--noinput", stdout=StringIO())
    assert Callback.objects.filter(pruned_at=None).count() == 0
    assert Conversation.objects.get().forgotten_at is not None
    assert len(waited) >= 12
    assert all(waited)


@pytest.mark.django_db(transaction=True)
def test_every_write_of_what_a_site_or_a_process_calls_waits_for_its_turn(waited, hooks, receive):
    hooks(ACCESS_LOG=True)
    callback = receive(VIDEO)
    refusals = Refusals()
    refusals.count("bad token", path="", address="", size=None)
    calls = {
        "expect": lambda: expect(conversation="c1", reference="mine"),
        "hold": lambda: hold("c1", note="a court asks"),
        "lift": lambda: lift("c1"),
        "withdraw": lambda: withdraw("A" * 12, reference="mine"),
        "undo": lambda: undo_withdrawal("A" * 12),
        "opened": lambda: note(["c1"], Access.Action.OPENED, Access.Interface.CODE, by="ada"),
        "a loop is at work": note_that_a_loop_is_at_work,
        "refused": refusals.write,
        "forget a reference": lambda: forget([], "mine"),
        "erase what is stored": lambda: erase(callback),
    }
    for name, call in calls.items():
        waited.clear()
        with case(name):
            call()
            assert waited
            assert all(waited)


@pytest.mark.django_db(transaction=True)
def test_every_write_of_what_completes_a_conversation_waits_for_its_turn(waited, send, hooks):
    """Of which the transcript never came."""
    hooks(COMPLETION_EXPECTS=["shutdown", "transcript"], COMPLETION_WAIT_SECONDS=0)
    send(shutdown())
    waited.clear()
    assert inbox.complete_overdue() == 1
    assert waited
    assert all(waited)


@pytest.mark.django_db(transaction=True)
def test_every_write_of_what_fails_and_is_handled_again_waits_for_its_turn(waited, receive):
    def receiver(**kwargs):
        raise ValueError

    video_ready.connect(receiver)
    try:
        callback = receive(VIDEO)
        assert inbox.replay(callback.pk) is inbox.Replay.DONE
    finally:
        video_ready.disconnect(receiver)
    assert Failure.objects.exists()
    assert all(waited)


@pytest.mark.django_db(transaction=True)
def test_every_write_of_what_is_kept_for_a_time_waits_for_its_turn(waited, receive, hooks):
    parts = ("transcripts", "analyses", "bodies", "failures", "refusals", "accesses")
    hooks(RETAIN=dict.fromkeys(parts, "0d"))
    said = [{"role": "user", "content": "Hello"}]
    for event_type, properties in (
        ("application.transcription_ready", {"transcript": said}),
        ("application.perception_analysis", {"analysis": "calm"}),
        ("system.shutdown", {"shutdown_reason": "x"}),
    ):
        receive(event(event_type, **properties))
    long_ago = timezone.now() - timedelta(days=1)
    Refusal.objects.create(reason="bad token", hour=long_ago, last_at=long_ago)
    waited.clear()
    call_command("tavus_prune", stdout=StringIO())
    assert not Refusal.objects.exists()
    assert not Turn.objects.exclude(content="").exists()
    assert waited
    assert all(waited)


@pytest.mark.django_db(transaction=True)
def test_every_write_of_what_is_classified_again_waits_for_its_turn(waited, receive):
    """One turns out to be a duplicate."""
    receive(VIDEO)
    Callback.objects.update(kind="unknown", idempotency_key=None)
    receive(VIDEO)
    receive(video("v2"))
    Callback.objects.filter(subject_id="v2").update(kind="unknown", idempotency_key=None)
    waited.clear()
    call_command("tavus_rebuild", stdout=StringIO())
    assert sorted(Callback.objects.values_list("kind", flat=True)) == ["video.ready"] * 3
    assert Callback.objects.filter(duplicate_of=None).count() == 2
    assert waited
    assert all(waited)
