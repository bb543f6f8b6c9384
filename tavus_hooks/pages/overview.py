"""The front page: counts and newest rows, with a part for each model."""

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any, NamedTuple

from django.db.models import Count, Model, Q
from django.utils import timezone
from django.utils.translation import gettext
from django.views.generic import TemplateView

from .. import access
from ..models import Callback, Conversation, Document, Failure, Replica, Video
from ..models.status import WithStatus
from ..presentation.panels import FEW
from .base import MODELS, Page, name_of


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
        figures: dict[type[Model], Callable[[], Figure]] = {
            Callback: self.callbacks_counted,
            Video: partial(self.statuses_counted, Video),
            Replica: partial(self.statuses_counted, Replica),
            Conversation: self.conversations_counted,
            Document: partial(self.statuses_counted, Document),
        }
        seen = [model for model in MODELS if name_of(model) in self.viewable]
        counted = [figures[model]() for model in seen]
        kwargs["figures"] = [it for it in counted if it.number or it.model is not Document]
        failed = [self.failed(model) for model in seen if issubclass(model, WithStatus)]
        if Callback in seen:
            kwargs |= self.about_callbacks()
            if self.may_see(Callback, "failures"):
                failed.insert(0, self.failures())
        kwargs["failed"] = [part for part in failed if part["table"].lines]
        return super().get_context_data(**kwargs)

    def callbacks_counted(self) -> Figure:
        callbacks = self.visible(Callback.objects.all())
        a_day_ago = timezone.now() - timedelta(days=1)
        today = callbacks.filter(received_at__gte=a_day_ago).count()
        text = gettext("%(count)s in the last 24 hours") % {"count": today}
        return self.figure(Callback, callbacks.count(), [(text, "")])

    def statuses_counted(self, model: Any) -> Figure:
        ready, failed = Q(status__in=sorted(model.READY)), Q(status__in=sorted(model.FAILED))
        counts = self.visible(model.objects.all()).aggregate(
            all=Count("pk"),
            ready=Count("pk", filter=ready),
            failed=Count("pk", filter=failed),
        )
        parts = [
            (
                gettext("%(count)s ready") % {"count": counts["ready"]},
                self.those(model, model.READY),
            ),
            (
                gettext("%(count)s failed") % {"count": counts["failed"]},
                self.those(model, model.FAILED),
            ),
        ]
        return self.figure(model, counts["all"], parts)

    def conversations_counted(self) -> Figure:
        live = Q(ended_at__isnull=True)
        counts = self.visible(Conversation.objects.all()).aggregate(
            all=Count("pk"),
            live=Count("pk", filter=live),
            ended=Count("pk", filter=~live),
        )
        parts = [
            (f"{counts[state.value]} {state.label}", self.list_url(Conversation, state=state.value))
            for state in Conversation.State
        ]
        return self.figure(Conversation, counts["all"], parts)

    def figure(self, model: type[Model], count: int, parts: list[tuple[str, str]]) -> Figure:
        return Figure(
            model, str(model._meta.verbose_name_plural), self.list_url(model), count, parts
        )

    def those(self, model: type[Model], statuses: Collection[str]) -> str:
        """The list of the rows with this status; the filter takes only one."""
        return self.list_url(model, status=min(statuses)) if len(statuses) == 1 else ""

    def list_url(self, model: type[Model], **filters: str) -> str:
        return self.viewer.door.list_url(model, **filters)

    def about_callbacks(self) -> dict[str, Any]:
        now = timezone.now()
        callbacks = self.visible(Callback.objects.all())
        rows = callbacks.for_tables()
        return {
            "newest": self.table(Callback, rows[:FEW]),
            "due": self.table(Callback, rows.due(now).order_by("due_at")[:FEW]),
            "due_count": callbacks.due(now).count(),
        }

    def failures(self) -> dict[str, Any]:
        failures = self.visible(Failure.objects.all())
        shown = failures.select_related("callback").only(
            *("receiver", "exception", "attempts", "last_at", "next_attempt_at", "abandoned_at"),
            *("acknowledged_at", "callback__event_type", "callback__kind"),
        )
        table = self.table(Failure, shown[:FEW])
        return {"title": gettext("Failed receivers"), "count": failures.count(), "table": table}

    def failed(self, model: Any) -> dict[str, Any]:
        """The newest rows of the model that failed."""
        rows = self.visible(model.objects.brief()).filter(model.with_status(model.FAILED))
        table = self.table(model, rows[:FEW])
        title = gettext("Failed %(names)s") % {"names": model._meta.verbose_name_plural}
        return {"title": title, "table": table}
