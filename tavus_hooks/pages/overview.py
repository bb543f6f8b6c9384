"""The front page: counts and newest rows, with a part for each model."""

from collections.abc import Collection, Iterator, Mapping
from datetime import timedelta
from itertools import chain
from typing import Any, NamedTuple

from django.db.models import Model, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext
from django.views.generic import TemplateView

from .. import access
from ..filters.listing import Count, counted
from ..models import Callback, Conversation, Document, Failure
from ..models.received_hour import received_since
from ..models.status import WithStatus
from ..presentation.panels import FEW
from ..presentation.registry import presentation_of
from .base import MODELS, Page, name_of

Counted = tuple[type[Model], str]
"""Rows of a model, of which some are counted."""
TODAY = "today"
WITHOUT = ("replica_id",)
"""Columns that the tables leave out: whose replica it is says nothing of why a video failed."""


class Figure(NamedTuple):
    """How many rows of a model there are, and how many of them are in some state."""

    model: type[Model]
    label: str
    url: str
    number: Count
    parts: list[tuple[str, str]]
    """A text, and the URL of the list that it counts; empty for none."""


class IndexPage(Page, TemplateView):
    """The front page; it has a part for each model that the user may view."""

    template_name = "tavus_hooks/index.html"

    def has_permission(self) -> bool:
        return bool(self.viewable)

    def why_not(self) -> str:
        return access.needs_one_of([access.view(model) for model in MODELS])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        seen = [model for model in MODELS if name_of(model) in self.viewable]
        to_count = dict(chain.from_iterable(self.to_count(model) for model in seen))
        counts = counted(to_count)
        figures = [self.figure(model, counts) for model in seen]
        kwargs["figures"] = [it for it in figures if it.number.number or it.model is not Document]
        shown: dict[str, tuple[type[Model], list[Any]]] = {}
        for model in seen:
            if model is Callback:
                rows = self.visible(Callback.objects.all()).for_tables()
                shown["newest"] = model, list(rows[:FEW])
                due = rows.due(timezone.now()).order_by("due_at")[:FEW]
                shown["due"] = model, list(due) if counts[model, "due"].number else []
                kwargs["due_count"] = counts[model, "due"]
            if issubclass(model, WithStatus) and counts[model, "failed"].number:
                shown[name_of(model)] = model, list(self.failed(model))
        for model, found in shown.values():
            presentation_of(model).prepare(found, self.viewer, *WITHOUT)
        tables = {name: self.table(*it, *WITHOUT) for name, it in shown.items()}
        kwargs["failed"] = [
            {
                "title": gettext("Failed %(names)s") % {"names": model._meta.verbose_name_plural},
                "table": tables[name_of(model)],
            }
            for model in seen
            if name_of(model) in tables
        ]
        failures = counts.get((Callback, "failures"))
        if failures and failures.number:
            kwargs["failed"].insert(0, self.failures(failures))
        kwargs |= {name: tables[name] for name in ("newest", "due") if name in tables}
        return super().get_context_data(**kwargs)

    def to_count(self, model: Any) -> Iterator[tuple[Counted, QuerySet[Any]]]:
        """What the page says numbers of."""
        rows = self.visible(model.objects.all())
        yield (model, "all"), rows
        if model is Callback:
            for number, part in enumerate(self.received_today(rows)):
                yield (model, f"{TODAY} {number}"), part
            yield (model, "due"), rows.due()
            if self.may_see(Callback, "failures"):
                yield (model, "failures"), self.visible(Failure.objects.all())
        elif model is Conversation:
            live = Q(ended_at__isnull=True)
            yield (model, Conversation.State.LIVE), rows.filter(live)
            yield (model, Conversation.State.ENDED), rows.exclude(live)
        else:
            yield (model, "ready"), rows.filter(model.with_status(model.READY))
            yield (model, "failed"), rows.filter(model.with_status(model.FAILED))

    def received_today(self, rows: QuerySet[Any]) -> list[QuerySet[Any]]:
        """What is left to count of the last 24 hours, beside the hours that were counted."""
        since = timezone.now() - timedelta(days=1)
        everything = Callback.objects.all()
        self.received = 0
        if self.visible(everything) is not everything:
            return [rows.filter(received_at__gte=since)]
        self.received, rest = received_since(since)
        return rest

    def figure(self, model: Any, counts: Mapping[Counted, Count]) -> Figure:
        parts: list[tuple[str, str]]
        if model is Callback:
            rest = [count for (_, name), count in counts.items() if name.startswith(TODAY)]
            number = self.received + sum(count.number for count in rest)
            today = {"count": Count(number, all(count.is_exact for count in rest))}
            parts = [(gettext("%(count)s in the last 24 hours") % today, "")]
        elif model is Conversation:
            parts = [
                (f"{counts[model, state]} {state.label}", self.list_url(model, state=state.value))
                for state in Conversation.State
            ]
        else:
            ready, failed = ({"count": counts[model, name]} for name in ("ready", "failed"))
            parts = [
                (gettext("%(count)s ready") % ready, self.those(model, model.READY)),
                (gettext("%(count)s failed") % failed, self.those(model, model.FAILED)),
            ]
        label = str(model._meta.verbose_name_plural)
        return Figure(model, label, self.list_url(model), counts[model, "all"], parts)

    def those(self, model: type[Model], statuses: Collection[str]) -> str:
        """The list of the rows with this status; the filter takes only one."""
        return self.list_url(model, status=min(statuses)) if len(statuses) == 1 else ""

    def list_url(self, model: type[Model], **filters: str) -> str:
        return self.viewer.door.list_url(model, **filters)

    def failures(self, count: Count) -> dict[str, Any]:
        failures = self.visible(Failure.objects.all())
        shown = failures.select_related("callback").only(
            *("receiver", "exception", "attempts", "last_at", "next_attempt_at", "abandoned_at"),
            *("acknowledged_at", "callback__event_type", "callback__kind"),
        )
        table = self.table(Failure, shown[:FEW])
        return {"title": gettext("Failed receivers"), "count": count, "table": table}

    def failed(self, model: Any) -> QuerySet[Any]:
        """The newest rows of the model that failed."""
        rows = self.visible(model.objects.brief()).filter(model.with_status(model.FAILED))
        newest: QuerySet[Any] = rows[:FEW]
        return newest
