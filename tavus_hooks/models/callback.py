"""The inbox: one row for every callback that was accepted, kept byte for byte."""

from functools import cached_property
from typing import Any

from asgiref.sync import sync_to_async
from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..address import reference_object
from ..db.exact import ExactField
from ..payload import Payload, decode
from ..payload.forwarded import unwrap
from ..payload.mentions import names_of
from .callback_queryset import CallbackQuerySet
from .facts import DerivedModel
from .internal import INTERNAL
from .long_text import LongTextField, shortened
from .state import State

ID_LENGTH = 128


class Callback(models.Model):
    """One accepted POST. The row is both the record of what arrived and an entry in the queue."""

    digest = ExactField(
        _("digest"), max_length=64, help_text=_("SHA-256 of the body as it is kept, in hex.")
    )
    kind = ExactField(_("kind"), max_length=64, blank=True)
    event_type = ExactField(
        _("event type"), max_length=ID_LENGTH, blank=True, help_text=_("As Tavus wrote it.")
    )
    subject_type = ExactField(_("about a"), max_length=16, blank=True)
    subject_id = ExactField(_("about"), max_length=ID_LENGTH, blank=True)
    reference = ExactField(
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
    key_id = ExactField(
        _("key"), max_length=8, blank=True, help_text=_("Which secret the URL was made with.")
    )
    url_id = ExactField(
        _("URL"),
        max_length=12,
        blank=True,
        help_text=_("What tells the URL that it came by from all others. It opens nothing."),
    )
    content_type = models.CharField(_("content type"), max_length=255, blank=True)
    user_agent = models.CharField(_("user agent"), max_length=255, blank=True)
    request_id = ExactField(_("request id"), max_length=128, blank=True)
    remote_address = models.CharField(_("remote address"), max_length=45, blank=True)
    unreadable = models.CharField(
        _("unreadable"), max_length=200, blank=True, help_text=_("Why the body cannot be read.")
    )
    remarks = LongTextField(
        _("remarks"), blank=True, help_text=_("What of it could not go into the tables, and why.")
    )
    idempotency_key: "models.CharField[str | None, str | None]" = ExactField(  # type: ignore[assignment,misc]
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
        # Duplicates are found through their subject. An index would slow down every insert, and
        # checking a constraint without one would scan the whole table.
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
        help_text=_("When it may be handled by any free worker; empty when nothing is left to do."),
    )
    pruned_at = models.DateTimeField(
        _("pruned at"),
        null=True,
        blank=True,
        help_text=_("When the body was erased; the row stays, so that a duplicate remains one."),
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    # The last column: SQLite reads through it to reach those behind it, page after page.
    body = models.BinaryField(
        _("body"),
        help_text=_("The bytes as they arrived; only the credential of the URL is blanked."),
    )

    takes_reference = False
    """Whether applying it just now gave its reference to a row that other callbacks had written:
    those have to be compared with the new reference."""

    is_compared = False
    """Whether applying it just now compared it with the reference of its row."""

    objects = CallbackQuerySet.as_manager()

    class Meta:
        verbose_name = _("callback")
        verbose_name_plural = _("callbacks")
        ordering = ["-id"]
        permissions = [("handle_callback", _("Can handle callbacks again"))]
        # Ids and keys are unique by a constraint: on PostgreSQL a field with `unique=True` has a
        # second index, for searches by prefix, which is never used.
        constraints = [
            models.UniqueConstraint(fields=["idempotency_key"], name="tavus_hooks_idempotency_key")
        ]
        # Besides those of the primary key and the idempotency key there is no other index: each one
        # slows down every insert.
        indexes = [
            # tavus_process: due callbacks.
            models.Index(fields=["due_at"], name="tavus_hooks_due"),
            # A video's, replica's or conversation's callbacks, on its page and in a rebuild; the id
            # first, so that one without its type is found, too, and what begins with a text.
            models.Index(fields=["subject_id", "subject_type"], name="tavus_hooks_subject"),
            # Lists by and from a moment, and the number received within the last hour.
            models.Index(fields=["received_at", "id"], name="tavus_hooks_received"),
            models.Index(fields=["occurred_at", "id"], name="tavus_hooks_occurred"),
            # What came for an object of the host.
            models.Index(fields=["reference", "id"], name="tavus_hooks_reference"),
        ]

    def __str__(self) -> str:
        return shortened(f"{self.pk}: {self.event_type or self.kind or 'callback'}")

    def get_absolute_url(self) -> str:
        return reverse("tavus_hooks:callback-detail", args=[self.pk])

    @cached_property
    def payload(self) -> Any:
        """The parsed body: usually a dict. None if it is unreadable (or a JSON null).

        A forwarder's wrapping is removed, and mentioned in the remarks.
        """
        return unwrap(decode(bytes(self.body)).value).content

    def drop_payload(self) -> None:
        """Free its memory, which a driver may need. The next access parses the body again."""
        for name in ("payload", "facts"):
            self.__dict__.pop(name, None)

    @cached_property
    def facts(self) -> Payload:
        """The payload, with accessors that work for any shape."""
        return Payload(self.payload)

    @cached_property
    def named(self) -> list[str]:
        """All possible ids in its body, for a callback without a subject."""
        value = None if self.unreadable else self.payload
        return [name for name in names_of(value, bytes(self.body)) if len(name) <= ID_LENGTH]

    @property
    def body_size(self) -> int:
        """Of the body, in bytes."""
        return len(self.body)

    @property
    def error(self) -> str:
        """The latest tracebacks of the receivers that failed; empty if none did."""
        tracebacks = self.failures.order_by("pk").values_list("traceback", flat=True)
        return "\n".join(tracebacks)

    @property
    def is_duplicate(self) -> bool:
        return self.duplicate_of_id is not None

    @property
    def is_contested(self) -> bool:
        """Whether its reference differs from that of the row it is about."""
        return self.contested_at is not None

    @cached_property
    def state(self) -> State:
        """Its state in one word, cached at the first access; `with_state()` annotates lists."""
        found: Any = self
        if not hasattr(self, "stands"):
            rows = Callback.objects.using(self._state.db)
            found = rows.with_state().only("pk").get(pk=self.pk)
        return State(found.stands)

    @property
    def is_internal(self) -> bool:
        """Whether the app made the row itself; Tavus never sends it."""
        return self.kind in INTERNAL

    @cached_property
    def reference_object(self) -> models.Model | None:
        """The host's instance that the callback URL was made for; None if it does not exist."""
        return reference_object(self.reference)

    async def areference_object(self) -> models.Model | None:
        """`reference_object`, for async code."""
        return await sync_to_async(lambda: self.reference_object)()

    async def asubject(self) -> DerivedModel | None:
        """`subject`, for async code."""
        return await sync_to_async(lambda: self.subject)()

    @cached_property
    def subject(self) -> DerivedModel | None:
        """The video, replica, conversation or document it is about; None if there is no row."""
        try:
            model: Any = apps.get_model("tavus_hooks", self.subject_type)
        except LookupError:  # no subject, or one of the host's own
            return None
        rows = model.objects.using(self._state.db)  # where this was read, or written
        found: DerivedModel | None = rows.filter(**{model.ID_FIELD: self.subject_id}).first()
        return found
