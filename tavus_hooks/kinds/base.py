"""What a kind of callback is, and the register of them all.

A kind recognises its callbacks, says what tells two of them apart, and writes what they say into
the tables. `matches()`, `subject_id()`, `occurred_at()` and `identity()` are pure and never raise,
whatever the payload holds.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any, ClassVar, TypeVar

from django.db.models import Q
from django.utils import timezone

from ..conf import conf
from ..db.writing import written
from ..models import INTERNAL, Callback, Conversation, ForgottenError
from ..models.facts import Row
from ..models.precedence import by_receipt, precedence
from ..models.subjects import SUBJECTS
from ..payload import Payload
from ..signals.callback_signal import CallbackSignal

logger = logging.getLogger(__name__)

TRANSCRIPTS, ANALYSES = SAID = tuple(Conversation.AGING)
"""What a conversation holds that was said or seen in it, in the words of `RETAIN`."""

Rows = Mapping[str, Any]
"""What a kind wrote, by the name under which its signal carries it: `{"video": <Video>}`."""


class DuplicatePolicy(Enum):
    """When a second callback of the same identity is a duplicate and not news."""

    SAME_TIME = "the source time is the same to the second"
    """Without a source time: the same content, within `DUPLICATE_WINDOW_SECONDS`."""
    SAME_CONTENT = "source time and content are the same"
    """Without a source time: never."""
    ALWAYS = "always"


class Kind:
    """Base of all kinds. Subclasses say what is theirs; one instance of each is registered."""

    name: ClassVar[str]
    """`Callback.kind`: Tavus's event type, or family and status: `video.ready`."""
    signal: ClassVar[CallbackSignal | None] = None
    subject_type: ClassVar[str] = ""
    """The model it is about, in lower case; empty for none."""
    claims: ClassVar[tuple[str, ...]] = ()
    """Families and event types, of which alone it can match any; empty: it is asked about all."""
    duplicate_policy: ClassVar[DuplicatePolicy] = DuplicatePolicy.SAME_TIME
    carries_reference: ClassVar[bool] = True
    """Whether it comes to its subject's own URL, so that the reference is the subject's. One that
    does not is contested by nothing, and so it may write nothing of the subject."""
    completes: ClassVar[str] = ""
    """What it is towards a complete conversation, in the words of `COMPLETION_EXPECTS`."""
    supersedes: ClassVar[bool] = False
    """Whether it tells a state of its subject: then, where no time tells, what was said of that
    before and is said again is news, and only the last one can be repeated."""
    changes_tables: ClassVar[bool] = True
    """Whether what is derived from the callbacks depends on those of this kind."""
    ages_with: ClassVar[str] = ""
    """`transcripts` or `analyses`: its body holds what these hold, and goes with them when they are
    as old as `RETAIN` says. Of a kind about a conversation."""
    rank: ClassVar[int] = 50
    """Of two callbacks with the same source time, the kind with the higher rank is believed."""

    @property
    def contests(self) -> bool:
        """Whether its callbacks are measured by the reference of the row that they are about."""
        is_about_a_row = bool(self.subject_type) and self.name not in INTERNAL
        return is_about_a_row and self.changes_tables and self.carries_reference

    def matches(self, payload: Payload) -> bool:
        raise NotImplementedError

    def subject_id(self, payload: Payload) -> str:
        """Tavus's id of what it is about; empty: there is none that could be used."""
        return ""

    def occurred_at(self, payload: Payload) -> datetime | None:
        """The source time."""
        return None

    def identity(self, payload: Payload) -> tuple[str, ...]:
        """What, beside the time, tells two callbacks apart."""
        return (self.name, self.subject_id(payload))

    def policy_for(self, payload: Payload) -> DuplicatePolicy:
        """`duplicate_policy`, unless this one callback has no id that could tell it from others."""
        if self.subject_type and not self.subject_id(payload):
            return DuplicatePolicy.SAME_CONTENT
        return self.duplicate_policy

    def prepare(self, callback: Callback) -> Callable[[], Rows]:
        """What writes the tables, to be called within a transaction: `apply()`, as a rule.

        A kind with much to read does so here, before others have to wait for its writing.
        """
        return partial(self.apply, callback)

    def apply(self, callback: Callback) -> Rows:
        """Write what the callback says into the tables; return the rows written."""
        return {}

    def is_final(self, payload: Payload) -> bool:
        """Whether it tells a state that one on the way to it does not undo by coming late.

        Asked only where no time tells which of two came first.
        """
        return False

    def as_of(self, callback: Callback, *, earliest: bool = False, weight: int = 0) -> str:
        """The precedence of what this kind writes for a callback: see `precedence()`."""
        untimed = callback.occurred_at is None
        lead = conf.DUPLICATE_WINDOW_SECONDS if untimed and self.is_final(callback.facts) else 0
        return precedence(callback, rank=self.rank, earliest=earliest, weight=weight, lead=lead)

    def upsert(
        self,
        model: type[Row],
        callback: Callback,
        facts: Mapping[str, Mapping[str, Any]],
        *,
        key: str = "",
        weight: int = 0,
        **fixed: Any,
    ) -> Row:
        """Write fact groups of the callback's subject, or of the row with that key.

        Of two callbacks with the same time the one with more `weight` is believed. Raises
        ForgottenError, which undoes it, for a subject that was forgotten, and TypeError where the
        reference of the row would not be asked: for facts of a kind that contests nothing, and for
        another subject than the callback's.
        """
        facts = dict(facts)
        key = key or callback.subject_id
        self._refuse_what_is_not_measured(model, key, callback, facts)
        as_of = {
            group: self.as_of(callback, earliest=group in model.EARLIEST, weight=weight)
            for group in facts
        }
        if "reference" in model.FACTS:
            fixed["made_by"] = callback.pk
            if self.contests and callback.reference:
                facts["reference"] = {"reference": callback.reference}
                as_of["reference"] = by_receipt(callback)
        row = model.upsert(key, facts, as_of, **fixed)
        if getattr(row, "forgotten_at", None) is not None:
            raise ForgottenError(callback.subject_id)
        if self.contests and "reference" in model.FACTS:
            _compare_references(callback, row)
        return row

    def _refuse_what_is_not_measured(
        self, model: type[Row], key: str, callback: Callback, facts: Mapping[str, Any]
    ) -> None:
        if facts and not self.contests:
            raise TypeError(f"The kind {self.name} contests nothing, so it may write no facts.")
        about = (callback.subject_type, callback.subject_id)
        if "reference" in model.FACTS and about != (model._meta.model_name, key):
            raise TypeError(
                f"The kind {self.name} may write no {model._meta.model_name} but its own."
            )


def _compare_references(callback: Callback, row: Any) -> None:
    """Say on the callback whether it is contested, and whether others may be by now."""
    callback.is_measured = True
    is_contested = row.reference not in ("", callback.reference)
    callback.contested_at = (callback.contested_at or timezone.now()) if is_contested else None
    gave_it = bool(callback.reference) and row.reference_as_of == by_receipt(callback)
    callback.takes_reference = gave_it and row.made_by != callback.pk


class UnknownKind(Kind):
    """Whatever no kind recognises: kept, shown and announced like any other."""

    name = "unknown"
    ages_with = TRANSCRIPTS  # about a conversation it may hold all that was said
    duplicate_policy = DuplicatePolicy.SAME_CONTENT
    changes_tables = False

    def matches(self, payload: Payload) -> bool:
        return False

    def occurred_at(self, payload: Payload) -> datetime | None:
        return payload.time("timestamp", "updated_at")


UNKNOWN = UnknownKind()
UNREADABLE = "unreadable"
"""`Callback.kind` of what could not be decoded. It is announced as any unknown one."""
NOT_KNOWN = ("", UNREADABLE, UNKNOWN.name)
"""Kinds of which a later version, or one with other kinds registered, may know more."""

_NAMED_BY = {
    "conversation": ("conversation_id",),
    "video": ("video_id",),
    "document": ("document_id",),
    "replica": ("replica_id", "face_id"),
}

_registered: dict[str, Kind] = {}
# By what they claim, so that a callback need not be shown to every kind.
_claimed: dict[str, list[Kind]] = {}
_ASKED_ABOUT_ALL = ""
AnyKind = TypeVar("AnyKind", bound=type[Kind])


def register(kind: AnyKind) -> AnyKind:
    """Class decorator: the kind is known from now on. A later kind of the same name replaces it.

    Raises LookupError for a `subject_type` that is none of video, replica, conversation, document,
    for an `ages_with` that is none of transcripts, analyses, and for one with `completes` or
    `supersedes` whose callbacks carry no reference of their subject.
    """
    if kind.subject_type and kind.subject_type not in SUBJECTS:
        raise LookupError(f"{kind.subject_type!r} is none of {', '.join(SUBJECTS)}.")
    if kind.ages_with and kind.ages_with not in SAID:
        raise LookupError(f"{kind.ages_with!r} is none of {', '.join(SAID)}.")
    if not kind.carries_reference and (kind.completes or kind.supersedes):
        raise LookupError(f"{kind.name} carries no reference: it completes and supersedes nothing.")
    unregister(kind.name)
    _registered[kind.name] = instance = kind()
    for claim in instance.claims or (_ASKED_ABOUT_ALL,):
        _claimed.setdefault(claim, []).append(instance)
    return kind


def unregister(name: str) -> None:
    """Forget a kind. What it stored remains, as of an unknown kind."""
    gone = _registered.pop(name, None)
    for claimants in _claimed.values():
        if gone in claimants:
            claimants.remove(gone)


def all_kinds() -> list[Kind]:
    return list(_registered.values())


def names_that_change_no_table() -> list[str]:
    """The kinds of callbacks on which no derived row depends. One that is not registered may."""
    silent = [kind.name for kind in all_kinds() if not kind.changes_tables]
    return [*NOT_KNOWN, *silent]


def names_that_contest() -> list[str]:
    """The kinds whose callbacks are measured by the reference of the row that they write."""
    return [kind.name for kind in all_kinds() if kind.contests]


def holding(part: str) -> Q:
    """The callbacks about conversations whose bodies hold what `transcripts` or `analyses` hold.

    A kind that is not known, or not registered here, may hold a transcript.
    """
    about = Q(subject_type="conversation")
    if part == UNKNOWN.ages_with:
        return about & ~Q(kind__in=[kind.name for kind in all_kinds() if kind.ages_with != part])
    return about & Q(kind__in=[kind.name for kind in all_kinds() if kind.ages_with == part])


def kind_named(name: str) -> Kind:
    return _registered.get(name, UNKNOWN)


def classify(payload: Payload) -> Kind:
    """The kind that claims the payload. A host's own that claim nothing are asked first, and of
    several with the same claim the one registered last. One that raises claims nothing.
    """
    asked = [_ASKED_ABOUT_ALL, payload.family]
    if payload.family == "event":
        asked.insert(1, payload.text("event_type", max_length=128))
    for claim in asked:
        for kind in reversed(_claimed.get(claim, ())):
            if _matches(kind, payload):
                return kind
    return UNKNOWN


def _matches(kind: Kind, payload: Payload) -> bool:
    try:
        return kind.matches(payload)
    except Exception:  # a host's own is asked about everything: the others would stay unknown
        logger.exception("kind raised in matches() and is passed over kind=%s", kind.name)
        payload.remarks.append(f"the kind {kind.name} failed in matches() and was passed over")
        return False


def subject(kind: Kind, payload: Payload) -> tuple[str, str]:
    """The model, in lower case, and the id of what a payload is about; both empty: of nothing.

    A kind without a model of its own is about whatever the payload names: a conversation first,
    because what was said in it belongs to it, then whichever of the others.
    """
    if kind.subject_type:
        found = kind.subject_id(payload)
        return (kind.subject_type, found) if found else ("", "")
    aside = Payload(payload.data)  # nothing has to be there: what is missing is no remark
    for model, names in _NAMED_BY.items():
        if found := named(aside, *names):
            return model, found
    return "", ""


def named(payload: Payload, *names: str) -> str:
    """The id under the first of these names, else the one among its properties; empty: none."""
    for place in (payload, payload.properties):
        if found := place.identifier(*names):
            return found
    return ""


def status(payload: Payload) -> str:
    """Tavus's word for how it stands, as long as a column is; empty: none."""
    return payload.text("status", max_length=64)


def writing(callback: Callback) -> Callable[[], Rows]:
    """What writes the tables of a callback, to be called within a transaction.

    It writes nothing where no id told what the callback is about. Afterwards the callback says
    whether it is contested, also where the kind writes nothing but tables of the host's.
    """
    kind = kind_named(callback.kind)
    if kind.subject_type and callback.subject_type != kind.subject_type:
        return dict
    write = kind.prepare(callback)
    return partial(_measured, callback, write) if kind.contests else write


def _measured(callback: Callback, write: Callable[[], Rows]) -> Rows:
    callback.is_measured = False
    rows = write()
    if not callback.is_measured:
        model = SUBJECTS[callback.subject_type]
        about = {model.ID_FIELD: callback.subject_id}
        for row in (
            written(model._base_manager)
            .filter(**about)
            .only("reference", "reference_as_of", "made_by")
        ):
            _compare_references(callback, row)
    return rows


def idempotency_key(
    kind: Kind,
    payload: Payload,
    occurred_at: datetime | None,
    digest: Callable[[], str],
    *,
    reference: str,
) -> str | None:
    """SHA-256 in hex of what makes a callback the same event as another; None: nothing does.

    By a URL with another reference the same event is another one: who holds that URL must not be
    able to silence it. `digest` returns that of its content, and is asked only where the content
    tells.
    """
    parts: list[Any] = [reference, *kind.identity(payload)]
    duplicate_policy = kind.policy_for(payload)
    if duplicate_policy is DuplicatePolicy.SAME_CONTENT and occurred_at is None:
        return None
    if duplicate_policy is not DuplicatePolicy.ALWAYS:
        parts.append(occurred_at and int(occurred_at.timestamp()))
        if duplicate_policy is DuplicatePolicy.SAME_CONTENT or occurred_at is None:
            parts.append(digest())
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def duplicates_only_within_window(
    kind: Kind, payload: Payload, occurred_at: datetime | None
) -> bool:
    """Whether the identity holds no longer than `DUPLICATE_WINDOW_SECONDS`."""
    return kind.policy_for(payload) is DuplicatePolicy.SAME_TIME and occurred_at is None
