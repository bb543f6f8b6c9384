"""The inbox: one row for every callback that was accepted, kept byte for byte."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import models
from django.db.models.functions import Length
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..address import reference_object
from ..db.batches import in_batches
from ..payload import Payload, decode
from ..payload.forwarded import unwrap
from ..payload.mentions import names_of
from .conditions import WAITING, has_failed
from .long_text import LongTextField, shortened
from .reference import ForObject

if TYPE_CHECKING:
    from .facts import DerivedModel
    from .state import State

ID_LENGTH = 128
COMPLETED = "conversation.completed"
"""The kind of a row that is ours, not Tavus's: a conversation is complete."""
DOCTOR = "tavus_hooks.doctor"
"""The kind of what `tavus_doctor` posts to see whether it arrives."""
INTERNAL = frozenset({COMPLETED, DOCTOR})


MOST_BYTES_AT_ONCE = 1024 * 1024
"""Of bodies that are read together; parsed they take up to ten times as much memory."""


def in_chunks(sized: Iterable[tuple[int, int]], most: int) -> Iterator[list[int]]:
    """Primary keys with the sizes of their bodies, so many at a time as can be read together."""
    keys: list[int] = []
    total = 0
    for pk, size in sized:
        if keys and (len(keys) == most or total + size > MOST_BYTES_AT_ONCE):
            yield keys
            keys, total = [], 0
        keys.append(pk)
        total += size
    if keys:
        yield keys


class _Holds(models.Func):
    """Whether bytes hold other bytes, byte for byte."""

    output_field = models.BooleanField()
    conditional = True
    template = "(%(function)s(%(expressions)s) > 0)"
    function = "INSTR"

    def as_postgresql(self, compiler: Any, connection: Any, **more: Any) -> Any:
        more["arg_joiner"] = " IN "
        return self._reversed().as_sql(compiler, connection, function="POSITION", **more)

    def _reversed(self) -> "_Holds":
        copy: _Holds = self.copy()
        copy.set_source_expressions(self.get_source_expressions()[::-1])
        return copy


def _begun_escapes(text: str) -> set[bytes]:
    """With what the percent-encoding of any of its characters begins, in either case."""
    digits = {f"{byte:02x}"[0] for byte in text.encode("utf-8", "replace")}
    return {f"%{digit}".encode() for each in digits for digit in (each, each.upper())}


class CallbackQuerySet(ForObject):
    def originals(self) -> "CallbackQuerySet":
        """Without the duplicates of what had already arrived."""
        return self.filter(duplicate_of__isnull=True)

    def received(self) -> "CallbackQuerySet":
        """Without the rows that the app made for itself."""
        return self.exclude(kind__in=INTERNAL)

    def replayable(self) -> "CallbackQuerySet":
        """What can be handled again: neither duplicates nor what has lost its body."""
        return self.originals().filter(pruned_at__isnull=True)

    def failed(self) -> "CallbackQuerySet":
        """Those for which a receiver, or a table, failed and has not succeeded since."""
        return self.filter(has_failed())

    def not_failed(self) -> "CallbackQuerySet":
        return self.exclude(has_failed())

    def waiting(self) -> "CallbackQuerySet":
        """Those for which something is left to do, now or later."""
        return self.filter(WAITING)

    def holding(self, texts: Collection[str]) -> "CallbackQuerySet":
        """Those whose body may hold one of the texts; in what way, is for the caller to see.

        Found are the plain text, and whatever could be spelled otherwise: with JSON's escapes, with
        some of its characters as a form has them, or in UTF-16 and UTF-32, which have NULs. Reads
        all bodies.
        """
        patterns = {b"\x00"}
        for text in texts:
            spaced = text.replace(" ", "+")
            patterns |= {text.encode("utf-8", "replace"), text.encode("latin-1", "replace")}
            patterns |= {spaced.encode("utf-8", "replace"), *_begun_escapes(text)}
        is_plain = all(text.isascii() and text.isprintable() for text in texts)
        patterns.add(b"\\u00" if is_plain and not set("".join(texts)) & set('"\\/') else b"\\")
        found = models.Q()
        for pattern in patterns:
            found |= models.Q(_Holds("body", models.Value(pattern, models.BinaryField())))
        return self.filter(found) if texts else self.none()

    def in_batches(self, size: int) -> Iterator[list["Callback"]]:
        """In the order of their primary keys, at most so many at a time: see `db.batches`."""
        return in_batches(self, size)

    def whole_in_batches(self, size: int) -> Iterator[list["Callback"]]:
        """The same for those of which the body is read: of large ones there are fewer at a time."""
        for batch in in_batches(self.only("pk").annotate(size=Length("body")), size):
            for keys in in_chunks(((row.pk, row.size) for row in batch), size):
                yield list(self.filter(pk__in=keys).order_by("pk"))

    def with_sizes(self) -> "models.QuerySet[Any, tuple[int, int]]":
        """Primary keys, and how many bytes the bodies have, which are not read for it."""
        return self.values_list("pk", Length("body"))

    def by_kind(self) -> dict[str, int]:
        """How many there are of which kind, by the kind's name."""
        counts = self.order_by("kind").values_list("kind").annotate(models.Count("pk"))
        return dict(counts)

    def due(self, now: datetime | None = None) -> "CallbackQuerySet":
        """What can be handled now: new, left behind by a worker, or ready for its retry."""
        return self.filter(due_at__lte=now or timezone.now())


class Callback(models.Model):
    """One accepted POST. The row is the record of what arrived, and the queue of what is to do."""

    body = models.BinaryField(
        _("body"),
        help_text=_("The bytes as they arrived; only the credential of the URL is blanked."),
    )
    digest = models.CharField(
        _("digest"), max_length=64, help_text=_("SHA-256 of the body as it is kept, in hex.")
    )
    kind = models.CharField(_("kind"), max_length=64, blank=True)
    event_type = models.CharField(
        _("event type"), max_length=ID_LENGTH, blank=True, help_text=_("As Tavus wrote it.")
    )
    subject_type = models.CharField(_("about a"), max_length=16, blank=True)
    subject_id = models.CharField(_("about"), max_length=ID_LENGTH, blank=True)
    reference = models.CharField(
        _("reference"),
        max_length=200,
        blank=True,
        help_text=_("What the callback URL was made for. It routes; it authorises nothing."),
    )
    contested_at = models.DateTimeField(
        _("contested at"),
        null=True,
        blank=True,
        help_text=_("Since when its reference is known to differ from that of what it is about."),
    )
    key_id = models.CharField(
        _("key"), max_length=8, blank=True, help_text=_("Which secret the URL was made with.")
    )
    url_id = models.CharField(
        _("URL"),
        max_length=12,
        blank=True,
        help_text=_("What tells the URL that it came by from all others. It opens nothing."),
    )
    content_type = models.CharField(_("content type"), max_length=255, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=255, blank=True)
    request_id = models.CharField(_("request id"), max_length=128, blank=True)
    remote_address = models.CharField(_("remote address"), max_length=45, blank=True)
    unreadable = models.CharField(
        _("unreadable"), max_length=200, blank=True, help_text=_("Why the body cannot be read.")
    )
    remarks = LongTextField(
        _("remarks"), blank=True, help_text=_("What of it could not go into the tables, and why.")
    )
    idempotency_key = models.CharField(  # noqa: DJ001 - NULLs never collide
        _("idempotency key"),
        max_length=64,
        null=True,
        editable=False,
    )
    duplicate_of = models.ForeignKey(
        "self",
        verbose_name=_("duplicate of"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="duplicates",
        # Duplicates are looked for through their subject: an index would slow every insert, and
        # without one the database would search the whole table to check a constraint.
        db_index=False,
        db_constraint=False,
    )
    occurred_at = models.DateTimeField(
        _("occurred at"), null=True, blank=True, help_text=_("When it happened, as Tavus says.")
    )
    received_at = models.DateTimeField(_("received at"), default=timezone.now)
    applied_at = models.DateTimeField(
        _("applied at"), null=True, blank=True, help_text=_("When the tables were written.")
    )
    handled_at = models.DateTimeField(
        _("handled at"),
        null=True,
        blank=True,
        help_text=_("When every receiver had returned, or was noted as one to be called."),
    )
    due_at = models.DateTimeField(
        _("due at"),
        null=True,
        blank=True,
        help_text=_("When whoever is free may handle it; empty when nothing is left to do."),
    )
    pruned_at = models.DateTimeField(
        _("pruned at"),
        null=True,
        blank=True,
        help_text=_("When the body was erased; the row stays, so that a duplicate remains one."),
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)

    takes_reference = False
    """Whether its reference became, when it was applied just now, that of a row which others had
    written: what was measured by another one has to be measured anew."""

    is_measured = False
    """Whether it was compared with the reference of its row when it was applied just now."""

    objects = CallbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        ordering = ["-id"]
        permissions = [("handle_callback", _("Can handle callbacks again"))]
        # Ids and keys are unique by a constraint: a field that is unique itself has two indexes on
        # PostgreSQL, one of them for searches by prefix that nobody makes.
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="tavus_hooks_idempotency_key")
        ]
        # Together with the primary key and the idempotency key these are all the indexes there are:
        # every one is paid for at each insert.
        indexes = [
            # tavus_process: what is due.
            models.Index(fields=["due_at"], name="tavus_hooks_due"),
            # A video's, replica's or conversation's callbacks, on its page and in a rebuild.
            models.Index(fields=["subject_type", "subject_id"], name="tavus_hooks_subject"),
            # Filters by date, and how many came within the last hour.
            models.Index(fields=["received_at"], name="tavus_hooks_received"),
        ]

    def __str__(self) -> str:
        return shortened(f"{self.pk}: {self.event_type or self.kind or 'callback'}")

    def get_absolute_url(self) -> str:
        return reverse("tavus_hooks:callback-detail", args=[self.pk])

    @cached_property
    def payload(self) -> Any:
        """What Tavus said, parsed: usually a dict. None when it is unreadable (or is a JSON null).

        Without what a forwarder put around it, of which the remarks tell.
        """
        return unwrap(decode(bytes(self.body)).value).content

    def let_go_of_payload(self) -> None:
        """It is parsed again when it is asked for: a driver may need its memory meanwhile."""
        for name in ("payload", "facts"):
            self.__dict__.pop(name, None)

    @cached_property
    def facts(self) -> Payload:
        """The payload behind accessors that take any shape."""
        return Payload(self.payload)

    @cached_property
    def named(self) -> list[str]:
        """What in its body could be an id, wherever it stands: for one that is about nothing."""
        value = None if self.unreadable else self.payload
        return [name for name in names_of(value, bytes(self.body)) if len(name) <= ID_LENGTH]

    @property
    def error(self) -> str:
        """The tracebacks of the receivers that failed, as each was raised last; empty: none did."""
        tracebacks = self.failures.order_by("pk").values_list("traceback", flat=True)
        return "\n".join(tracebacks)

    @property
    def is_duplicate(self) -> bool:
        return self.duplicate_of_id is not None

    @property
    def is_contested(self) -> bool:
        """Whether it came by a URL of another reference than that of the row it is about."""
        return self.contested_at is not None

    @cached_property
    def state(self) -> "State":
        """Where it stands, in one word, when first asked; lists bring it along: `with_state()`."""
        from .state import State, with_state

        found: Any = self
        if not hasattr(self, "stands"):
            found = with_state(Callback.objects.using(self._state.db)).only("pk").get(pk=self.pk)
        return State(found.stands)

    @property
    def is_internal(self) -> bool:
        """Whether the app made the row for itself; Tavus never sent it."""
        return self.kind in INTERNAL

    @cached_property
    def reference_object(self) -> models.Model | None:
        """The host's instance that the callback URL was made for; None when it is gone."""
        return reference_object(self.reference)

    async def areference_object(self) -> models.Model | None:
        """`reference_object`, for async code."""
        return await sync_to_async(lambda: self.reference_object)()

    async def asubject(self) -> "DerivedModel | None":
        """`subject`, for async code."""
        return await sync_to_async(lambda: self.subject)()

    @cached_property
    def subject(self) -> "DerivedModel | None":
        """The video, replica or conversation that it is about; None when there is no such row."""
        try:
            model: Any = apps.get_model("tavus_hooks", self.subject_type)
        except LookupError:  # about nothing, or about something of the host's own
            return None
        rows = model.objects.using(self._state.db)  # where this was read, or written
        found: DerivedModel | None = rows.filter(**{model.ID_FIELD: self.subject_id}).first()
        return found
