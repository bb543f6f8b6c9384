"""Many callbacks at the same moment, each over a connection of its own, and what came of them.

    python -m tests.concurrency.crowd identical|mixed|expected

prints the outcome as JSON. It needs a database that is migrated and empty.
"""

import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from io import StringIO
from threading import Barrier, Lock, Thread
from typing import Any

import django

from tests.factories import event, replica, video

CROWD = 50
PATIENCE = 60
IDENTICAL = {
    "video_id": "v1",
    "video_name": "Hello",
    "replica_id": "r1",
    "status": "ready",
    "hosted_url": "https://example.com/v1",
    "updated_at": "2026-05-12 09:17:41.902377",
}
TIMELESS = replica()


def mixed() -> list[dict[str, Any]]:
    """Fifty callbacks about one conversation: no two are the same event."""
    told = [
        _event("system.replica_joined", 0, replica_id="r1"),
        *(_event("system.shutdown", 300 + n, shutdown_reason=f"reason {n}") for n in range(5)),
        *(
            _event("application.transcription_ready", 310 + n, transcript=_transcript(n))
            for n in range(15)
        ),
        *(
            _event("application.recording_ready", 320 + n, s3_key=f"k{n % 5}", duration=n)
            for n in range(10)
        ),
        *(_event("application.recording_copy_failed", 340 + n, s3_key=f"k{n}") for n in range(8)),
        *(_event("application.perception_analysis", 350 + n, analysis=f"{n}") for n in range(5)),
        *(
            _event("application.post_call_action_executed", 360, tool_id=f"t{n}", status="success")
            for n in range(3)
        ),
        *(
            {"conversation_id": "c1", "objective_name": f"o{n}", "output_variables": {"n": n}}
            for n in range(3)
        ),
    ]
    assert len(told) == CROWD
    return told


def _event(event_type: str, seconds: int, **properties: Any) -> dict[str, Any]:
    return event(event_type, timestamp=1_778_763_600 + seconds, **properties)


def _transcript(length: int) -> list[dict[str, Any]]:
    """The newer, the longer or the shorter, in turns."""
    entries = length if length % 2 else 20 - length
    return [{"role": "user", "content": f"{length}: {entry}"} for entry in range(entries)]


def at_once(callbacks: list[dict[str, Any]]) -> list[int]:
    """Post each from a thread of its own, all released together; return the statuses."""
    return together([partial(post, callback) for callback in callbacks])


def together(works: list[Callable[[], int]]) -> list[int]:
    """Do each in a thread of its own, all released together; return what they return."""
    from django.db import connections

    barrier, statuses, lock = Barrier(len(works)), [], Lock()

    def do(work: Callable[[], int]) -> None:
        try:
            connections["default"].ensure_connection()
            barrier.wait(PATIENCE)
            status = work()
        finally:
            connections.close_all()
        with lock:
            statuses.append(status)

    threads = [Thread(target=do, args=[work]) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * PATIENCE)
    return statuses


def one_by_one(callbacks: list[dict[str, Any]]) -> list[int]:
    return [post(callback) for callback in callbacks]


def post(callback: dict[str, Any], reference: str = "") -> int:
    from django.test import Client

    from tests.conftest import receiving_path

    # The client would pass an exception on; a server answers 500.
    client = Client(raise_request_exception=False)
    path = receiving_path(reference)
    return client.post(path, callback, content_type="application/json").status_code


@contextmanager
def heard() -> Iterator[Counter[str]]:
    """How often each signal was sent meanwhile, from whichever thread."""
    from tests.conftest import all_signals

    count: Counter[str] = Counter()
    lock = Lock()

    def listener(**kwargs: Any) -> None:
        with lock:
            count[kwargs["signal"].name] += 1

    for signal in all_signals():
        signal.connect(listener, dispatch_uid="tests.crowd")
    yield count
    for signal in all_signals():
        signal.disconnect(dispatch_uid="tests.crowd")


def tables() -> dict[str, Any]:
    """What is derived, as JSON; without primary keys, which follow arrival."""
    from tavus_hooks.models import Conversation, Document, Recording, Replica, Turn, Video

    keys = {"id", "conversation_id"}
    as_they_came = {"id", "made_by"}
    return {
        model.__name__: sorted(
            json.dumps(_plain(row, keys if model in (Recording, Turn) else as_they_came))
            for row in model.objects.values()
        )
        for model in (Conversation, Document, Recording, Replica, Turn, Video)
    }


def _plain(row: dict[str, Any], without: set[str]) -> dict[str, str]:
    # What carries no time goes by arrival, and so does its place among others.
    return {name: str(value) for name, value in row.items() if name not in without}


def inbox() -> dict[str, Any]:
    """What is in the inbox, as numbers."""
    from tavus_hooks.models import Callback, Expectation, Failure

    received = Callback.objects.received()
    originals = received.originals()
    return {
        "rows": received.count(),
        "originals": originals.count(),
        "duplicates of an original": received.filter(duplicate_of__in=originals).count(),
        "with a key": received.exclude(idempotency_key=None).count(),
        "without a kind": received.filter(kind="").count(),
        "not applied": originals.filter(applied_at=None).count(),
        "not handled": originals.filter(handled_at=None).count(),
        "due": Callback.objects.exclude(due_at=None).count(),
        "errors": list(Failure.objects.values_list("traceback", flat=True)),
        "failures": Failure.objects.count(),
        "completed": Callback.objects.filter(kind="conversation.completed").count(),
        "expectations": Expectation.objects.count(),
    }


def forget_everything() -> None:
    from tavus_hooks.models import Callback, Conversation, Replica, Video

    for model in (Conversation, Replica, Video, Callback):
        model.objects.all().delete()


def identical() -> dict[str, Any]:
    """The same callback fifty times at once, with a time and without one."""
    outcome = {}
    for name, callback in (("timed", IDENTICAL), ("timeless", TIMELESS)):
        forget_everything()
        with heard() as count:
            statuses = at_once([callback] * CROWD)
        outcome[name] = {
            "statuses": statuses,
            "heard": dict(count),
            "inbox": inbox(),
            "derived": {model: len(rows) for model, rows in tables().items() if rows},
        }
    return outcome


def differing() -> dict[str, Any]:
    """Fifty callbacks about one conversation: all at once, and one after the other."""
    outcome = {}
    for name, tell in (("at once", at_once), ("one by one", one_by_one)):
        forget_everything()
        with heard() as count:
            statuses = tell(mixed())
        outcome[name] = {
            "statuses": statuses,
            "heard": dict(count),
            "inbox": inbox(),
            "tables": tables(),
        }
    return outcome


def expected() -> dict[str, Any]:
    """The site says whose a video is while forged and genuine callbacks about it arrive."""
    from django.conf import settings
    from django.core.management import call_command
    from django.test import override_settings

    from tavus_hooks.models import Callback, Failure, Video

    outcome = {}
    for setting in ("apply", "keep"):
        forget_everything()
        with override_settings(TAVUS_HOOKS=settings.TAVUS_HOOKS | {"CONTESTED": setting}):
            statuses = together([_expect, *(partial(post, *told) for told in _by_two_urls())])
            for _ in range(3):
                call_command("tavus_process", "--once", stdout=StringIO())
        outcome[setting] = {
            "statuses": statuses,
            "video": list(Video.objects.values_list("reference", "video_name")),
            "contested": sorted((it.reference, it.is_contested) for it in Callback.objects.all()),
            "applied": Callback.objects.exclude(applied_at=None).count(),
            "failures": Failure.objects.count(),
        }
    return outcome


def _expect() -> int:
    from tavus_hooks.actions import expect

    expect(video="v1", reference="genuine")
    return 200


def _by_two_urls() -> Iterator[tuple[dict[str, Any], str]]:
    """Callbacks with their references; what is forged is newer."""
    for number in range(20):
        for reference, hour in (("forged", 10), ("genuine", 9)):
            at = f"2026-05-12 {hour:02}:17:{number:02}"
            yield video(video_name=reference, updated_at=at), reference


if __name__ == "__main__":
    django.setup()
    run = {"identical": identical, "mixed": differing, "expected": expected}[sys.argv[1]]
    sys.stdout.write(json.dumps(run()))
