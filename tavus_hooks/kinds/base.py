"""What a kind of callback is.

A kind recognises its callbacks, says what tells two of them apart, and writes what they say into
the tables. `matches()`, `subject_id()`, `occurred_at()` and `identity()` are pure and never raise,
whatever the payload holds.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from enum import Enum
from functools import partial
from typing import Any, ClassVar

from ..conf import conf
from ..models import INTERNAL, Callback, Conversation, ForgottenError
from ..models.facts import Row
from ..models.precedence import by_receipt, precedence
from ..models.subjects import SUBJECTS
from ..payload import Payload
from ..signals.callback_signal import CallbackSignal
from .families import Claim, family_of
from .fields import Group, facts_in
from .references import compare_references

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
    claims: ClassVar[tuple[Claim, ...]] = ()
    """The event types and families that it is asked about; empty: it is asked about all."""
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
    groups: ClassVar[tuple[Group, ...]] = ()
    """What it writes into the row of its subject: the row is made where there is none."""
    rank: ClassVar[int] = 50
    """Of two callbacks with the same source time, the kind with the higher rank is believed."""

    @property
    def contests(self) -> bool:
        """Whether its callbacks are measured by the reference of the row that they are about."""
        is_about_a_row = bool(self.subject_type) and self.name not in INTERNAL
        return is_about_a_row and self.changes_tables and self.carries_reference

    def matches(self, payload: Payload) -> bool:
        """Whether a callback is of this kind: as a rule, when it carries what the kind claims."""
        if payload.get("event_type") in self.claims:
            return True
        return family_of(payload) in self.claims

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
        """Write what the callback says into the tables; return the rows written.

        As a rule these are `groups`, in the row of the subject.
        """
        if not self.groups:
            return {}
        row = self.upsert(SUBJECTS[self.subject_type], callback, self.facts_in(callback))
        return {self.subject_type: row}

    def facts_in(self, callback: Callback) -> dict[str, dict[str, Any]]:
        """The columns of `groups`.

        A kind that contests nothing may write none of them: those that a callback need not say are
        left out, and `upsert()` refuses the others.
        """
        groups = [group for group in self.groups if self.contests or not group.if_said]
        return facts_in(callback, groups)

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
            compare_references(callback, row)
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
