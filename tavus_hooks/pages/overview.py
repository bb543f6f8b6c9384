"""The front page: counts and newest rows, with a part for each model."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.views.generic import TemplateView

from .. import access
from ..filters import ConversationFilter
from ..filters.listing import Count, counts
from ..models import Callback, Conversation, Document, Failure
from ..models.received_hour import received_since
from ..models.status import WithStatus
from ..presentation.panels import FEW
from .base import MODELS, Page, name_of


class Figure(NamedTuple):
    """How many rows of a model there are, and how many of them are in some state."""

    model: type[Model]
    label: str
    url: str
    number: Count
    parts: list[tuple[str, str]]
    """A text, and the URL of the list that it counts; empty for none."""


Counted = dict[tuple[type[Model], str], QuerySet[Any]]
"""What is counted, by model and name."""
ALL, DUE, TODAY = "all", "due", "today"


class IndexPage(Page, TemplateView):
    """The front page; it has a part for each model that the user may view."""

    template_name = "tavus_hooks/index.html"

    def has_permission(self) -> bool:
        return bool(self.viewable)

    def why_not(self) -> str:
        return access.needs_one_of([access.view(model) for model in MODELS])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        seen = [model for model in MODELS if name_of(model) in self.viewable]
        counted: Counted = {}
        for model in seen:
            rows = self.visible(model._default_manager.all())
            counted[model, ALL] = rows
            for name, (_label, condition, _url) in self.parts(model).items():
                counted[model, name] = rows.filter(condition)
        shows_failures = Callback in seen and self.may_see(Callback, "failures")
        if shows_failures:
            counted[Failure, ALL] = self.visible(Failure.objects.all())
        if Callback in seen:
            counted[Callback, DUE] = counted[Callback, ALL].due(self.now)  # type: ignore[attr-defined]
            self.received, rest = self.received_today(counted[Callback, ALL])
            counted |= {(Callback, f"{TODAY} {n}"): rows for n, rows in enumerate(rest)}
        numbers = dict(zip(counted, counts([*counted.values()]), strict=True))
        figures = [self.figure(model, numbers) for model in seen]
        kwargs["figures"] = [it for it in figures if it.number.number or it.model is not Document]
        failed = [self.failed(model) for model in seen if issubclass(model, WithStatus)]
        if Callback in seen:
            kwargs |= self.about_callbacks() | {"due_count": numbers[Callback, DUE]}
        if shows_failures:
            failed.insert(0, self.failures(numbers[Failure, ALL]))
        kwargs["failed"] = [part for part in failed if part["table"].lines]
        return super().get_context_data(**kwargs)

    @cached_property
    def now(self) -> datetime:
        return timezone.now()

    def received_today(self, rows: QuerySet[Any]) -> tuple[int, list[QuerySet[Any]]]:
        """How many were received in the last 24 hours: a number, and what is left to count."""
        since = self.now - timedelta(days=1)
        everything = Callback.objects.all()
        if self.visible(everything) is everything:
            return received_since(since)
        return 0, [rows.filter(received_at__gte=since)]

    def parts(self, model: Any) -> dict[str, tuple[str, Q, str]]:
        """Of some models: a text with `%(count)s`, the condition, and the URL of that list."""
        if issubclass(model, WithStatus):
            ready, failed = gettext("%(count)s ready"), gettext("%(count)s failed")
            return {
                "ready": (ready, model.with_status(model.READY), self.those(model, model.READY)),
                "failed": (
                    failed,
                    model.with_status(model.FAILED),
                    self.those(model, model.FAILED),
                ),
            }
        if model is Conversation:
            facts = ConversationFilter.base_filters["state"]
            return {
                state.value: (
                    f"%(count)s {state.label}",
                    facts.conditions[state.value],
                    self.list_url(Conversation, state=state.value),
                )
                for state in Conversation.State
            }
        return {}

    def figure(self, model: type[Model], numbers: dict[tuple[type[Model], str], Count]) -> Figure:
        parts = [
            (text % {"count": numbers[model, name]}, url)
            for name, (text, _condition, url) in self.parts(model).items()
        ]
        if model is Callback:
            today = [it for (_m, name), it in numbers.items() if name.startswith(TODAY)]
            count = Count(
                self.received + sum(it.number for it in today), all(it.is_exact for it in today)
            )
            parts = [(gettext("%(count)s in the last 24 hours") % {"count": count}, "")]
        label = str(model._meta.verbose_name_plural)
        return Figure(model, label, self.list_url(model), numbers[model, ALL], parts)

    def those(self, model: type[Model], statuses: Collection[str]) -> str:
        """The list of the rows with this status; the filter takes only one."""
        return self.list_url(model, status=min(statuses)) if len(statuses) == 1 else ""

    def list_url(self, model: type[Model], **filters: str) -> str:
        return self.viewer.door.list_url(model, **filters)

    def about_callbacks(self) -> dict[str, Any]:
        rows = self.visible(Callback.objects.all()).for_tables()
        return {
            "newest": self.table(Callback, rows[:FEW]),
            "due": self.table(Callback, rows.due(self.now).order_by("due_at")[:FEW]),
        }

    def failures(self, count: Count) -> dict[str, Any]:
        failures = self.visible(Failure.objects.all())
        shown = failures.select_related("callback").only(
            *("receiver", "exception", "attempts", "last_at", "next_attempt_at", "abandoned_at"),
            *("acknowledged_at", "callback__event_type", "callback__kind"),
        )
        table = self.table(Failure, shown[:FEW])
        return {"title": gettext("Failed receivers"), "count": count, "table": table}

    def failed(self, model: Any) -> dict[str, Any]:
        """The newest rows of the model that failed."""
        rows = self.visible(model.objects.brief()).filter(model.with_status(model.FAILED))
        table = self.table(model, rows[:FEW])
        title = gettext("Failed %(names)s") % {"names": model._meta.verbose_name_plural}
        return {"title": title, "table": table}
