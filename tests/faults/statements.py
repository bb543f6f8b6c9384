"""A process is killed before each statement of a story and before each commit; then the loop runs,
and what is promised must be true.

    python -m tests.faults.statements STORY

prints at how many points it was killed. It needs a database that is migrated and empty.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from io import StringIO
from itertools import count, product
from pathlib import Path
from signal import SIGKILL
from tempfile import TemporaryDirectory
from typing import Any

import django

django.setup()

from django.core.management import call_command  # noqa: E402
from django.db import connection, connections  # noqa: E402
from django.db.backends.base.base import BaseDatabaseWrapper  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from tavus_hooks import inbox, kinds, signals  # noqa: E402
from tavus_hooks.actions.forget import forget  # noqa: E402
from tavus_hooks.address import callback_url  # noqa: E402
from tavus_hooks.kinds.conversation import ConversationKind  # noqa: E402
from tavus_hooks.models import (  # noqa: E402
    Callback,
    Conversation,
    Expectation,
    Failure,
    Heartbeat,
    SearchText,
    Turn,
    Video,
)
from tavus_hooks.models.subjects import Subject  # noqa: E402

SECRET = "Ada has gout"  # noqa: S105
RECEIVERS = ("first", "shaky", "last")
VIDEO = {"video_id": "v1", "status": "ready", "updated_at": "2026-07-01T10:00:00Z"}
TRAINED = {"replica_id": "r1", "status": "ready"}
SHUTDOWN = {"event_type": "system.shutdown", "conversation_id": "c1", "timestamp": 1_782_900_000}
TRANSCRIPT = {
    "event_type": "application.transcription_ready",
    "conversation_id": "c1",
    "timestamp": 1_782_900_001,
    "properties": {"transcript": [{"role": "user", "content": SECRET}]},
}
UNKNOWN = {"event_type": "application.brand_new", "conversation_id": "c1", "note": SECRET}

brand_new = signals.CallbackSignal("brand_new")


class BrandNew(ConversationKind):
    """What a newer version of the app, or a host, has learnt since."""

    name = "application.brand_new"
    signal = brand_new


class Story:
    """What a process does, and what must be true after it was killed and the loop has run."""

    shaky = 0
    """How often the receiver in the middle fails."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def prepare(self) -> None:
        """What was before."""

    def act(self) -> None:
        raise NotImplementedError

    def check(self) -> None:
        raise NotImplementedError

    def again(self) -> None:
        """What an operator does once more after a command was killed."""

    def clean_up(self) -> None:
        """What the next point may not find."""

    # The receivers keep a ledger in a file.

    def note(self, name: str, line: str) -> None:
        file = os.open(self.home / name, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(file, line.encode() + b"\n")
        os.close(file)

    def lines(self, name: str) -> list[str]:
        path = self.home / name
        return path.read_text().splitlines() if path.exists() else []

    @contextmanager
    def connected(self) -> Iterator[None]:
        heard = (signals.callback_received, brand_new, signals.conversation_completed)
        for signal, name in product(heard, RECEIVERS):
            signal.connect(self.receiver(name), weak=False, dispatch_uid=name)
        yield
        for signal, name in product(heard, RECEIVERS):
            signal.disconnect(dispatch_uid=name)

    def receiver(self, name: str) -> Callable[..., None]:
        def receive(callback: Callback, signal: Any, replayed: bool, **kwargs: Any) -> None:
            if name == "shaky" and len(self.lines("failed")) < self.shaky:
                self.note("failed", name)
                raise RuntimeError(SECRET)
            self.note("told", f"{signal.name} {name} {callback.pk} {replayed}")

        return receive

    def told(self, signal: str = "callback_received", replayed: bool = False) -> dict[str, int]:
        heard = [line.split() for line in self.lines("told")]
        counted = [
            name for sent, name, _, again in heard if (sent, again) == (signal, str(replayed))
        ]
        return {name: counted.count(name) for name in counted}

    def post(self, body: Any) -> None:
        url = callback_url(base_url="https://testserver")
        client = Client(raise_request_exception=False)
        answer = client.post(url, body, content_type="application/json")
        self.note("answers", f"{answer.status_code} {json.loads(answer.content)['callback']}")

    def answered(self) -> list[int]:
        return [int(pk) for status, pk in map(str.split, self.lines("answers")) if status == "200"]

    def everything_is_done(self) -> None:
        for pk in self.answered():
            assert Callback.objects.filter(pk=pk).exists(), "answered 200, and lost"
        left = Callback.objects.exclude(due_at=None) | Callback.objects.filter(
            handled_at=None, duplicate_of=None, pruned_at=None
        )
        assert not left.exists(), f"left undone: {list(left.values())}"
        assert not Failure.everything.exists(), list(Failure.everything.values())
        assert not Expectation.objects.exists()
        said = set(Turn.objects.values_list("conversation", flat=True))
        assert set(SearchText.objects.values_list("pk", flat=True)) == said, "not searched"
        assert not SearchText.objects.exclude(due_at=None).exists(), "searched as it was before"


class Receive(Story):
    def act(self) -> None:
        self.post(VIDEO)

    def check(self) -> None:
        self.everything_is_done()
        if Callback.objects.exists():
            assert set(self.told()) == set(RECEIVERS), self.told()
            assert Video.objects.get().status == "ready"


class ReceiveWithAFailure(Receive):
    shaky = 1


class ReceiveWithoutATime(Receive):
    def act(self) -> None:
        self.post(TRAINED)

    def check(self) -> None:
        self.everything_is_done()
        assert set(self.told()) == (set(RECEIVERS) if Callback.objects.exists() else set())


class ReceiveARepeat(Receive):
    def prepare(self) -> None:
        self.post(VIDEO)

    def check(self) -> None:
        super().check()
        assert self.told() == dict.fromkeys(RECEIVERS, 1), "a duplicate was told"
        assert Callback.objects.filter(duplicate_of=None).count() == 1


class Complete(Story):
    def prepare(self) -> None:
        self.post(SHUTDOWN)

    def act(self) -> None:
        self.post(TRANSCRIPT)

    def check(self) -> None:
        if not Callback.objects.filter(kind=TRANSCRIPT["event_type"]).exists():
            return
        self.everything_is_done()
        assert Callback.objects.filter(kind="conversation.completed").count() == 1
        assert set(self.told("conversation_completed")) == set(RECEIVERS)
        assert Turn.objects.get().content == SECRET


class Retry(Story):
    shaky = 2

    def prepare(self) -> None:
        self.post(VIDEO)

    def act(self) -> None:
        fall_due()
        process()

    def check(self) -> None:
        self.everything_is_done()
        told = self.told()
        assert (told["first"], told["last"]) == (1, 1), "one that succeeded was told again"
        assert told["shaky"] >= 1


class Replay(Story):
    def prepare(self) -> None:
        self.post(VIDEO)

    def act(self) -> None:
        self.note("begun", "")
        assert inbox.replay(Callback.objects.get().pk)
        self.note("done", "")

    def check(self) -> None:
        self.everything_is_done()
        told = self.told(replayed=True)
        # Either it was not begun yet, or nobody is left out.
        assert set(told) in (set(), set(RECEIVERS)), told
        assert told or not self.lines("done")


class GoOn(Story):
    """What a process left behind that was killed in its first attempt."""

    shaky = 1

    def prepare(self) -> None:
        self.post(VIDEO)
        Callback.objects.update(handled_at=None, applied_at=None, due_at=timezone.now(), attempts=1)
        Failure.everything.all().delete()

    act = Retry.act

    def check(self) -> None:
        self.everything_is_done()
        assert set(self.told()) == set(RECEIVERS)


class Rebuild(Story):
    def prepare(self) -> None:
        self.post(SHUTDOWN)
        self.post(TRANSCRIPT)
        self.before = self.tables()

    def tables(self) -> list[Any]:
        return [list(model.objects.order_by("pk").values()) for model in (Conversation, Turn)]

    def act(self) -> None:
        quietly("tavus_rebuild")

    def check(self) -> None:
        assert self.tables() == self.before, "readers see the old rows or the new ones"
        self.everything_is_done()


class Learn(Story):
    def prepare(self) -> None:
        self.post(UNKNOWN)
        kinds.register(BrandNew)

    def clean_up(self) -> None:
        kinds.unregister(BrandNew.name)

    def act(self) -> None:
        quietly("tavus_rebuild", "--announce")

    again = act

    def check(self) -> None:
        self.everything_is_done()
        assert Callback.objects.get().kind == UNKNOWN["event_type"]
        assert set(self.told("brand_new")) == set(RECEIVERS), self.told("brand_new")


class Prune(Story):
    def prepare(self) -> None:
        for body in (VIDEO, VIDEO, {"event_type": "x"}, UNKNOWN):
            self.post(body)
        Callback.objects.update(received_at=timezone.now() - timedelta(days=100))

    def act(self) -> None:
        quietly("tavus_prune", "--older-than", "90d")

    again = act

    def check(self) -> None:
        assert Callback.objects.count() == 1
        assert bytes(Callback.objects.get().body) == b""


class PruneWhatWasSaid(Story):
    def prepare(self) -> None:
        self.post(TRANSCRIPT)
        long_ago = timezone.now() - timedelta(days=400)
        Conversation.objects.update(transcribed_at=long_ago)
        Callback.objects.update(received_at=long_ago)

    def act(self) -> None:
        quietly("tavus_prune")

    again = act

    def check(self) -> None:
        assert SECRET not in dump()
        assert Conversation.objects.get().transcript_pruned_at is not None
        self.post(TRANSCRIPT)
        assert SECRET not in dump()


class Forget(Story):
    shaky = 99

    def prepare(self) -> None:
        for body in (TRANSCRIPT, UNKNOWN, {"event_type": "x", "call": ["c1"], "note": SECRET}):
            self.post(body)

    def act(self) -> None:
        forget([Subject("conversation", "c1")])

    again = act

    def check(self) -> None:
        assert SECRET not in dump()
        assert not Callback.objects.exclude(due_at=None).exists()
        self.post(TRANSCRIPT)
        assert SECRET not in dump()


STORIES = {
    story.__name__: story
    for story in (
        Receive,
        ReceiveWithAFailure,
        ReceiveWithoutATime,
        ReceiveARepeat,
        Complete,
        Retry,
        Replay,
        GoOn,
        Rebuild,
        Learn,
        Prune,
        PruneWhatWasSaid,
        Forget,
    )
}


def quietly(*command: str) -> None:
    call_command(*command, stdout=StringIO())


def process() -> None:
    quietly("tavus_process", "--once")


def fall_due() -> None:
    past = timezone.now() - timedelta(seconds=1)
    Callback.objects.exclude(due_at=None).update(due_at=past)
    Failure.everything.exclude(next_attempt_at=None).update(next_attempt_at=past, called_at=None)
    Expectation.objects.update(due_at=past)
    SearchText.objects.exclude(due_at=None).update(due_at=past)


def dump() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                found += [bytes(it) if isinstance(it, memoryview) else it for it in row]
    return repr(found)


def empty() -> None:
    of_conversations = (Turn, Expectation, SearchText)
    for model in (Failure, *of_conversations, Conversation, Video, Callback, Heartbeat):
        manager = getattr(model, "everything", model.objects)
        manager.all()._raw_delete("default")
    with connection.cursor() as cursor:
        for name in ("recording", "replica", "document", "refusal"):
            cursor.execute(f"DELETE FROM tavus_hooks_{name}")  # noqa: S608


def in_a_process(work: Callable[[], None]) -> int:
    """Do it in a child, which shares no connection; return how that ended."""
    connections.close_all()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except BaseException:
            import traceback

            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1]


def die_before(point: int) -> None:
    """Kill this process before its statement, or commit, of that number."""
    seen = 0

    def count() -> None:
        nonlocal seen
        seen += 1
        if seen == point:
            os.kill(os.getpid(), SIGKILL)

    def wrapper(execute: Any, *args: Any) -> Any:
        count()
        return execute(*args)

    def commit(wrapped: Any) -> Any:
        count()
        return original(wrapped)

    original = BaseDatabaseWrapper._commit
    BaseDatabaseWrapper._commit = commit  # type: ignore[method-assign]
    connection.execute_wrappers.append(wrapper)


def killed_before(point: int, story: Story) -> bool:
    """Whether the story came that far."""

    def doomed() -> None:
        connection.ensure_connection()
        die_before(point)
        story.act()

    def recover() -> None:
        story.again()
        for _ in range(4):
            fall_due()
            process()
        story.check()

    empty()
    story.prepare()
    try:
        ended = in_a_process(doomed)
        assert ended in (0, SIGKILL), f"point {point}: ended with {ended}"
        assert in_a_process(recover) == 0, f"point {point} of {type(story).__name__}"
    finally:
        story.clean_up()
    return ended == SIGKILL


def at_each_point(story_class: type[Story]) -> int:
    """How many points there were."""
    for point in count(1):
        with TemporaryDirectory() as home:
            story = story_class(Path(home))
            with story.connected():
                if not killed_before(point, story):
                    return point - 1
    raise AssertionError


if __name__ == "__main__":
    sys.stdout.write(f"{at_each_point(STORIES[sys.argv[1]])}\n")
