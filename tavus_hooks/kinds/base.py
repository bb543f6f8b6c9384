"""What a kind of callback is.

A kind recognises its callbacks, says what distinguishes two of them, and writes their facts into
the tables. `matches()`, `subject_id()`, `occurred_at()` and `identity()` are pure and never raise,
for any payload.
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
"""The parts of a conversation that hold what was said or seen in it, as named in `RETAIN`."""

Rows = Mapping[str, Any]
"""The rows that a kind wrote, by the name of the signal's argument: `{"video": <Video>}`."""


class DuplicatePolicy(Enum):
    """When a second callback of the same identity is a duplicate and not a new event."""

    SAME_TIME = "the source time is the same to the second"
    """Without a source time: the same content, within `DUPLICATE_WINDOW_SECONDS`."""
    SAME_CONTENT = "source time and content are the same"
    """Without a source time: never."""
    ALWAYS = "always"


class Kind:
    """Base of all kinds. One instance of each subclass is registered."""

    name: ClassVar[str]
    """`Callback.kind`: Tavus's event type, or family and status: `video.ready`."""
    signal: ClassVar[CallbackSignal | None] = None
    subject_type: ClassVar[str] = ""
    """The model it is about, in lower case; empty for none."""
    claims: ClassVar[tuple[Claim, ...]] = ()
    """The event types and families that `matches()` is called for; empty: for all."""
    duplicate_policy: ClassVar[DuplicatePolicy] = DuplicatePolicy.SAME_TIME
    carries_reference: ClassVar[bool] = True
    """Whether it comes to its subject's own URL, so that the reference is the subject's. If not,
    its callbacks are never contested, and so may not write facts of the subject."""
    completes: ClassVar[str] = ""
    """What it contributes to a complete conversation, as named in `COMPLETION_EXPECTS`."""
    supersedes: ClassVar[bool] = False
    """Whether it reports a state of its subject. Then, if callbacks have no source time, a state
    that returns after another one is a new event; only the latest can have duplicates."""
    changes_tables: ClassVar[bool] = True
    """Whether derived rows depend on callbacks of this kind."""
    ages_with: ClassVar[str] = ""
    """`transcripts` or `analyses`, for a kind about a conversation: its body holds the same content
    and is pruned together with it, at the age in `RETAIN`."""
    groups: ClassVar[tuple[Group, ...]] = ()
    """What it writes into the row of its subject; the row is created if it does not exist."""
    rank: ClassVar[int] = 50
    """Of two callbacks with the same source time, the kind with the higher rank is believed."""

    @property
    def contests(self) -> bool:
        """Whether its callbacks are compared with the reference of the row that they are about."""
        is_about_a_row = bool(self.subject_type) and self.name not in INTERNAL
        return is_about_a_row and self.changes_tables and self.carries_reference

    def matches(self, payload: Payload) -> bool:
        """Whether a callback is of this kind; by default, whether it has what the kind claims."""
        if payload.get("event_type") in self.claims:
            return True
        return family_of(payload) in self.claims

    def subject_id(self, payload: Payload) -> str:
        """Tavus's id of its subject; empty if there is no usable id."""
        return ""

    def occurred_at(self, payload: Payload) -> datetime | None:
        """The source time."""
        return None

    def identity(self, payload: Payload) -> tuple[str, ...]:
        """What distinguishes two callbacks besides their time."""
        return (self.name, self.subject_id(payload))

    def policy_for(self, payload: Payload) -> DuplicatePolicy:
        """`duplicate_policy`, unless this callback has no id that distinguishes it from others."""
        if self.subject_type and not self.subject_id(payload):
            return DuplicatePolicy.SAME_CONTENT
        return self.duplicate_policy

    def prepare(self, callback: Callback) -> Callable[[], Rows]:
        """Return the function that writes the tables within a transaction: by default `apply()`.

        A kind with much to parse does so here, before the transaction makes others wait.
        """
        return partial(self.apply, callback)

    def apply(self, callback: Callback) -> Rows:
        """Write the callback's facts into the tables; return the rows written.

        By default these are `groups`, in the row of the subject.
        """
        if not self.groups:
            return {}
        row = self.upsert(SUBJECTS[self.subject_type], callback, self.facts_in(callback))
        return {self.subject_type: row}

    def facts_in(self, callback: Callback) -> dict[str, dict[str, Any]]:
        """The columns of `groups`.

        For a kind whose callbacks are never contested, groups with `if_said` are left out, and
        `upsert()` refuses the others.
        """
        groups = [group for group in self.groups if self.contests or not group.if_said]
        return facts_in(callback, groups)

    def is_final(self, payload: Payload) -> bool:
        """Whether it reports a final state, which an intermediate one that arrives late must not
        replace. Called only if no source time orders the two.
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

        Of two callbacks with the same time the one with the greater `weight` takes precedence.
        Raises ForgottenError, so that the transaction is rolled back, for a forgotten subject, and
        TypeError if the row's reference would not be compared: for facts of a kind whose callbacks
        are never contested, and for another subject than the callback's.
        """
        facts = dict(facts)
        key = key or callback.subject_id
        self._refuse_what_is_not_compared(model, key, callback, facts)
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

    def _refuse_what_is_not_compared(
        self, model: type[Row], key: str, callback: Callback, facts: Mapping[str, Any]
    ) -> None:
        if facts and not self.contests:
            raise TypeError(f"The kind {self.name} contests nothing, so it may write no facts.")
        about = (callback.subject_type, callback.subject_id)
        if "reference" in model.FACTS and about != (model._meta.model_name, key):
            raise TypeError(
                f"The kind {self.name} may write no {model._meta.model_name} but its own."
            )
