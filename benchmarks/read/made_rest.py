"""All other tables of a filling: failures, refusals, the access log, and what people enter."""

from collections.abc import Iterator
from datetime import timedelta
from random import Random
from typing import Any

from .made_callbacks import SEED, Row, has_failed
from .scale import DAYS, LEAST, OFTEN_WORD, ONCE_WORD, ONE, Scale, conversation_id, words

RECEIVERS = tuple(
    f"shop.receivers.{name}" for name in ("bill", "mail", "index", "publish", "count", "tell")
)
EXCEPTIONS = ("builtins.KeyError", "requests.exceptions.ReadTimeout", "builtins.ValueError")
REASONS = ("token", "size", "signature")
TAGS = 40
PEOPLE = ("ada", "grace", "alan")


def failures(scale: Scale) -> Iterator[Row]:
    """One receiver of each callback that failed, or more if these do not fill a page.

    Half of them are called again, the others abandoned, and half of these acknowledged.
    """
    of = scale.callbacks
    failed = [number for number in range(of) if has_failed(number)]
    each = min(-(-LEAST // len(failed)), len(RECEIVERS)) if failed else 0
    for count, number in enumerate(number for number in failed for _ in range(each)):
        at = scale.moment(number, of)
        abandoned_at = at + timedelta(hours=1) if count % 2 else None
        yield {
            "id": count + 1,
            "callback": number + 1,
            "signal": "video_ready",
            "receiver": ONCE_WORD if count == ONE else RECEIVERS[count % len(RECEIVERS)],
            "exception": EXCEPTIONS[count // len(RECEIVERS) % len(EXCEPTIONS)],
            "message": words(number, 8),
            "traceback": "Traceback (most recent call last):\n" + "  File, line, call\n" * 40,
            "attempts": 8 if abandoned_at else 1,
            "first_at": at,
            "last_at": at,
            "next_attempt_at": None if abandoned_at else scale.until + timedelta(days=1),
            "abandoned_at": abandoned_at,
            "acknowledged_at": abandoned_at if count % 4 == 1 else None,
            "acknowledged_by": PEOPLE[0] if count % 4 == 1 else "",
        }


def failure_groups(scale: Scale) -> Iterator[Row]:
    for number, receiver in enumerate(RECEIVERS):
        yield {
            "id": number + 1,
            "receiver": receiver,
            "exception": EXCEPTIONS[0],
            "state": "resolved" if number % 2 else "acknowledged",
            "note": words(number, 20),
            **_entered(number, scale, len(RECEIVERS)),
        }


def refusals(scale: Scale) -> Iterator[Row]:
    """One for each reason and hour, of one hour for each hundred callbacks."""
    hours = min(max(scale.callbacks // 100, 1), 24 * DAYS)
    for number in range(hours * len(REASONS)):
        hour = scale.until.replace(minute=0, second=0, microsecond=0)
        hour -= timedelta(hours=number // len(REASONS))
        yield {
            "id": number + 1,
            "reason": REASONS[number % len(REASONS)],
            "hour": hour,
            "number": 1 + number % 50,
            "last_at": hour,
            "last_path": f"/tavus/callbacks/{number}/",
            "last_address": "203.0.113.7",
        }


def accesses(scale: Scale) -> Iterator[Row]:
    """Each conversation was opened once, and the last one all the time."""
    random = Random(f"{SEED} accesses")  # noqa: S311
    of = scale.conversations
    for number in range(of):
        conversation = of - 1 if number % 20 == 0 else number
        yield {
            "id": number + 1,
            "conversation_id": conversation_id(conversation),
            "action": "erased" if number == ONE else random.choice(("opened", "exported")),
            "interface": random.choice(("pages", "api", "admin")),
            "username": ONCE_WORD if number == ONE else random.choice(PEOPLE),
            "at": scale.moment(number, of),
        }


def withdrawals(scale: Scale) -> Iterator[Row]:
    for number in range(scale.share(1000)):
        yield {
            "id": number + 1,
            "url_id": f"{number:012x}",
            "reference": ONCE_WORD if number == ONE else "",
            "withdrawn_at": scale.until,
        }


def tags(scale: Scale) -> Iterator[Row]:
    for number in range(TAGS):
        name = {0: OFTEN_WORD, ONE: ONCE_WORD}.get(number, f"tag {number}")
        yield {"id": number + 1, "name": name, **_entered(number, scale, TAGS)}


def taggings(scale: Scale) -> Iterator[Row]:
    """Of every other conversation; one of them alone has the tag that is rare."""
    for conversation in range(0, scale.conversations, 2):
        number = conversation // 2
        tag = number % TAGS if number % 3 else 0
        yield {
            "id": number + 1,
            "conversation": conversation + 1,
            "tag": ONE + 1 if conversation == 2 else 1 if tag == ONE else tag + 1,
            **_entered(conversation, scale, scale.conversations),
        }


def notes(scale: Scale) -> Iterator[Row]:
    """About every fourth conversation."""
    for conversation in range(ONE, scale.conversations, 4):
        yield {
            "id": conversation // 4 + 1,
            "conversation": conversation + 1,
            "text": words(conversation, 30),
            **_entered(conversation, scale, scale.conversations),
        }


def holds(scale: Scale) -> Iterator[Row]:
    """Of every fifth conversation; every other one was lifted."""
    for number, conversation in enumerate(range(ONE, scale.conversations, 5)):
        at = scale.moment(conversation, scale.conversations)
        yield {
            "id": number + 1,
            "conversation": conversation + 1,
            "note": words(number, 8),
            "placed_by": PEOPLE[0],
            "placed_at": at,
            "lifted_at": at if number % 2 else None,
            "lifted_by": PEOPLE[1] if number % 2 else "",
        }


def expectations(scale: Scale) -> Iterator[Row]:
    """Of as many conversations as are live."""
    for number in range(scale.live):
        yield {"conversation": number + 1, "due_at": scale.until}


def recording_offsets(scale: Scale) -> Iterator[Row]:
    """Of every tenth recording."""
    recordings = len(range(0, scale.conversations, 2))
    for number in range(0, recordings, 10):
        yield {
            "id": number // 10 + 1,
            "recording": number + 1,
            "seconds": 1.5,
            **_entered(number, scale, recordings),
        }


def replica_labels(scale: Scale) -> Iterator[Row]:
    """Of every other replica."""
    for number in range(1, scale.replicas, 2):
        yield {
            "id": number // 2 + 1,
            "replica": number + 1,
            "name": f"label {words(number, 2)}",
            **_entered(number, scale, scale.replicas),
        }


def heartbeats(scale: Scale) -> Iterator[Row]:
    yield {"id": 1, "seen_at": scale.until}


def _entered(number: int, scale: Scale, of: int) -> Row:
    return {"entered_by": PEOPLE[number % len(PEOPLE)], "entered_at": scale.moment(number, of)}


def of_the_rest(scale: Scale) -> Any:
    """Each model's name with its rows, in the order in which they can be written."""
    return {
        "failure": failures(scale),
        "failuregroup": failure_groups(scale),
        "refusal": refusals(scale),
        "access": accesses(scale),
        "withdrawal": withdrawals(scale),
        "tag": tags(scale),
        "tagging": taggings(scale),
        "note": notes(scale),
        "hold": holds(scale),
        "expectation": expectations(scale),
        "recordingoffset": recording_offsets(scale),
        "replicalabel": replica_labels(scale),
        "heartbeat": heartbeats(scale),
    }
