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
from ..db.counting import count_each
from ..models import Callback, Conversation, Document, Failure
from ..models.status import WithStatus
from ..presentation.panels import FEW
from ..presentation.registry import presentation_of
from .base import MODELS, Page, name_of

Counted = tuple[type[Model], str]
"""Rows of a model, of which some are counted."""


class Figure(NamedTuple):
    """How many rows of a model there are, and how many of them are in some state."""

    model: type[Model]
    label: str
    url: str
    number: int
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
        counts = count_each(dict(chain.from_iterable(self.to_count(model) for model in seen)))
        figures = [self.figure(model, counts) for model in seen]
        kwargs["figures"] = [it for it in figures if it.number or it.model is not Document]
        shown: dict[str, tuple[type[Model], list[Any]]] = {}
        for model in seen:
            if model is Callback:
                rows = self.visible(Callback.objects.all()).for_tables()
                shown["newest"] = model, list(rows[:FEW])
                due = rows.due(timezone.now()).order_by("due_at")[:FEW]
                shown["due"] = model, list(due) if counts[model, "due"] else []
                kwargs["due_count"] = counts[model, "due"]
            if issubclass(model, WithStatus) and counts[model, "failed"]:
                shown[name_of(model)] = model, list(self.failed(model))
        for model, found in shown.values():
            presentation_of(model).prepare(found, self.viewer)
        tables = {name: self.table(*it) for name, it in shown.items()}
        kwargs["failed"] = [
            {
                "title": gettext("Failed %(names)s") % {"names": model._meta.verbose_name_plural},
                "table": tables[name_of(model)],
            }
            for model in seen
            if name_of(model) in tables
        ]
        if counts.get((Callback, "failures")):
            kwargs["failed"].insert(0, self.failures(counts[Callback, "failures"]))
        kwargs |= {name: tables[name] for name in ("newest", "due") if name in tables}
        return super().get_context_data(**kwargs)

    def to_count(self, model: Any) -> Iterator[tuple[Counted, QuerySet[Any]]]:
        """What the page says numbers of."""
        rows = self.visible(model.objects.all())
        yield (model, "all"), rows
        if model is Callback:
            now = timezone.now()
            yield (model, "today"), rows.filter(received_at__gte=now - timedelta(days=1))
            yield (model, "due"), rows.due(now)
            if self.may_see(Callback, "failures"):
                yield (model, "failures"), self.visible(Failure.objects.all())
        elif model is Conversation:
            live = Q(ended_at__isnull=True)
            yield (model, Conversation.State.LIVE), rows.filter(live)
            yield (model, Conversation.State.ENDED), rows.exclude(live)
        else:
            yield (model, "ready"), rows.filter(model.with_status(model.READY))
            yield (model, "failed"), rows.filter(model.with_status(model.FAILED))

    def figure(self, model: Any, counts: Mapping[Counted, int]) -> Figure:
        parts: list[tuple[str, str]]
        if model is Callback:
            today = {"count": counts[model, "today"]}
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

    def failures(self, count: int) -> dict[str, Any]:
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
