"""The pages: what arrived and what became of it, for whoever may view it.

Each page asks for the view permission of its model. What has pages of its own is shown on others
only to those who may see it there.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.paginator import Paginator
from django.db.models import Count, Model, Q, QuerySet
from django.forms import BoundField
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import DetailView, TemplateView
from django.views.generic.base import ContextMixin, View
from django_filters.views import FilterView

from .. import filters
from ..headers import protected
from ..models import Callback, Conversation, Document, Failure, Replica, Video, events
from ..models.callback import CallbackQuerySet
from ..models.state import with_state

PAGE_SIZE = 25
FEW = 10
"""Rows of a table that only gives a first impression."""
MAX_TURNS = 2000
"""What a browser shows without stalling; a long call has some hundred turns."""
MAX_EVENTS = 25
"""Each brings its body along."""

MODELS: Sequence[type[Model]] = (Callback, Video, Replica, Conversation, Document)
"""What has pages, in the order of the navigation."""


@method_decorator(protected, name="dispatch")
class Page(PermissionRequiredMixin, ContextMixin, View):
    """Behind login and the view permission of `model`; carries the navigation."""

    model: Any = None

    @cached_property
    def viewable(self) -> dict[str, str]:
        """The models whose pages the user may see, by name, each with the URL of its list."""
        return {
            _name(model): reverse(f"tavus_hooks:{_name(model)}-list")
            for model in MODELS
            if self.request.user.has_perm(_view_permission(model))
        }

    def get_permission_required(self) -> Sequence[str]:
        return [_view_permission(self.model)]

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        navigation = [
            {"label": model._meta.verbose_name_plural, "url": url, "here": model is self.model}
            for model in MODELS
            if (url := self.viewable.get(_name(model)))
        ]
        return super().get_context_data(
            navigation=navigation,
            viewable=self.viewable,
            query=self.request.GET,
            may_handle=self.request.user.has_perm("tavus_hooks.handle_callback"),
            **kwargs,
        )


class ListPage(Page, FilterView):
    """A table of one model's rows, chosen by the query string."""

    paginate_by = PAGE_SIZE
    template_name_suffix = "_list"
    unneeded: ClassVar[Sequence[str]] = ()
    """Columns that may be large and are not shown."""

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.model.objects.defer(*self.unneeded)
        return rows

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        fields = {field.name: field for field in kwargs["filter"].form}
        first = [
            fields.pop(name) for name in ("q", "state", "status", "ordering") if name in fields
        ]
        return super().get_context_data(
            first_fields=first,
            more_fields=fields.values(),
            more_fields_used=any(map(_is_used, fields.values())),
            **kwargs,
        )


class DetailPage(Page, DetailView):
    """One row and its callbacks."""

    @property
    def callbacks(self) -> CallbackQuerySet:
        found: CallbackQuerySet = self.object.callbacks
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if "callback" in self.viewable:
            callbacks = Paginator(_for_tables(self.callbacks), PAGE_SIZE)
            kwargs["page_obj"] = callbacks.get_page(self.request.GET.get("page"))
        return super().get_context_data(back=self.viewable[_name(self.model)], **kwargs)

    def newest_callback(self) -> Callback | None:
        """What Tavus said last, with its body."""
        return self.callbacks.first() if "callback" in self.viewable else None

    def replica(self) -> Replica | None:
        """The replica that the row names, where one is known and may be seen."""
        if not self.object.replica_id or "replica" not in self.viewable:
            return None
        return Replica.objects.filter(replica_id=self.object.replica_id).first()


class IndexPage(Page, TemplateView):
    """How things stand. Whoever may see any of the pages may see its part of this one."""

    template_name = "tavus_hooks/index.html"

    def has_permission(self) -> bool:
        return bool(self.viewable)

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        for name in self.viewable:
            kwargs |= getattr(self, f"about_{name}s")()
        return super().get_context_data(**kwargs)

    def about_callbacks(self) -> dict[str, Any]:
        now = timezone.now()
        rows = _for_tables(Callback.objects.all())
        failures = Failure.objects.select_related("callback")
        return {
            "callback_count": Callback.objects.count(),
            "callbacks_today": Callback.objects.filter(
                received_at__gte=now - timedelta(days=1)
            ).count(),
            "newest": rows[:FEW],
            "waiting": rows.due(now).order_by("due_at")[:FEW],
            "waiting_count": Callback.objects.due(now).count(),
            "failures": failures.only(
                *(
                    "receiver",
                    "exception",
                    "attempts",
                    "last_at",
                    "next_attempt_at",
                    "abandoned_at",
                ),
                *("callback__event_type", "callback__kind"),
            )[:FEW],
            "failure_count": Failure.objects.count(),
        }

    def about_videos(self) -> dict[str, Any]:
        failed = Q(status="error")
        return {
            "video_counts": Video.objects.aggregate(
                all=Count("pk"),
                ready=Count("pk", filter=Q(status="ready")),
                failed=Count("pk", filter=failed),
            ),
            "failed_videos": Video.objects.filter(failed).defer("script")[:FEW],
        }

    def about_replicas(self) -> dict[str, Any]:
        failed = Q(status="error")
        return {
            "replica_counts": Replica.objects.aggregate(
                all=Count("pk"),
                ready=Count("pk", filter=Q(status__in=["ready", "completed"])),
                failed=Count("pk", filter=failed),
            ),
            "failed_replicas": Replica.objects.filter(failed)[:FEW],
        }

    def about_documents(self) -> dict[str, Any]:
        return {
            "document_count": Document.objects.count(),
            "failed_documents": Document.objects.filter(status="error")[:FEW],
        }

    def about_conversations(self) -> dict[str, Any]:
        live = Q(ended_at__isnull=True)
        return {
            "conversation_counts": Conversation.objects.aggregate(
                all=Count("pk"),
                live=Count("pk", filter=live),
                ended=Count("pk", filter=~live),
            )
        }


class CallbackListPage(ListPage):
    model = Callback
    filterset_class = filters.CallbackFilter

    def get_queryset(self) -> CallbackQuerySet:
        return _for_tables(Callback.objects.all())


class CallbackPage(DetailPage):
    """One callback with all it said; its table holds the repeats."""

    model = Callback

    def get_queryset(self) -> QuerySet[Callback]:
        return with_state(Callback.objects.all())

    @property
    def callbacks(self) -> CallbackQuerySet:
        # By subject too, for that has an index, and a repeat has the subject of its original.
        return Callback.objects.filter(
            subject_type=self.object.subject_type,
            subject_id=self.object.subject_id,
            duplicate_of=self.object.pk,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        visible = self.object.subject_type in self.viewable
        return super().get_context_data(
            subject=self.object.subject if visible else None,
            failures=self.object.failures.all(),
            **kwargs,
        )


class VideoListPage(ListPage):
    model = Video
    filterset_class = filters.VideoFilter
    unneeded = ["script", "audio_url", "hosted_url", "stream_url", "download_url"]


class VideoPage(DetailPage):
    model = Video

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(
            replica=self.replica(), newest=self.newest_callback(), **kwargs
        )


class ReplicaListPage(ListPage):
    model = Replica
    filterset_class = filters.ReplicaFilter


class ReplicaPage(DetailPage):
    """A replica, and what was made with it."""

    model = Replica

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        for made, rows in (("video", Video.objects), ("conversation", Conversation.objects)):
            if made in self.viewable:
                kwargs[f"{made}s"] = rows.filter(replica_id=self.object.replica_id)[:FEW]
        return super().get_context_data(newest=self.newest_callback(), **kwargs)


class ConversationListPage(ListPage):
    model = Conversation
    filterset_class = filters.ConversationFilter
    unneeded = ["perception_analysis"]


class ConversationPage(DetailPage):
    """A conversation: its course, its transcript as a chat, its recordings."""

    model = Conversation

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        turns = list(self.object.turns.all()[: MAX_TURNS + 1])
        happened = self.events() if "callback" in self.viewable else []
        return super().get_context_data(
            shutdown_category=filters.CATEGORIES[self.object.shutdown.category],
            turns=turns[:MAX_TURNS],
            more_turns=len(turns) > MAX_TURNS,
            recordings=self.object.recordings.all(),
            objectives=[event for event in happened if event.kind == events.OBJECTIVE],
            guardrails=[event for event in happened if event.kind == events.GUARDRAIL],
            events=happened,
            more_events=len(happened) == MAX_EVENTS,
            replica=self.replica(),
            **kwargs,
        )

    def events(self) -> list[events.Event]:
        """The objectives, guardrails, actions and cards, without the many callbacks beside them."""
        kinds = (events.OBJECTIVE, events.GUARDRAIL, events.ACTION, events.CANVAS)
        found = self.callbacks.originals().filter(kind__in=kinds)[:MAX_EVENTS]
        return events.events_in(found)


class DocumentListPage(ListPage):
    model = Document
    filterset_class = filters.DocumentFilter


class DocumentPage(DetailPage):
    model = Document

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(newest=self.newest_callback(), **kwargs)


def _name(model: type[Model]) -> str:
    return str(model._meta.model_name)


def _view_permission(model: type[Model]) -> str:
    return f"tavus_hooks.view_{_name(model)}"


def _is_used(field: BoundField) -> bool:
    return bool(field.data) or bool(field.errors)


def _for_tables(callbacks: CallbackQuerySet) -> CallbackQuerySet:
    """Without the columns that may be megabytes, and with their state, which is told from some."""
    return with_state(callbacks).defer("body", "remarks")
