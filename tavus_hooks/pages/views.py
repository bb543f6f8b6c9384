"""The pages: what arrived and what became of it, for whoever may view it.

Each page asks for the view permission of its model, and shows of it what `access` says. What has
pages of its own is shown on others only to those who may see it there.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.mixins import PermissionRequiredMixin
from django.core.paginator import Paginator
from django.db.models import Count, Model, Q, QuerySet
from django.forms import BoundField
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.functional import cached_property
from django.views.generic import DetailView, TemplateView
from django.views.generic.base import ContextMixin, View
from django_filters.views import FilterView

from .. import access, filters
from ..access import access_log
from ..models import Access, Callback, Conversation, Document, Failure, Replica, Turn, Video
from ..models import events as happened
from ..models.callback import CallbackQuerySet
from ..models.conditions import KEPT
from ..models.long_text import IN_DETAIL
from ..models.state import with_state
from ..models.subjects import SUBJECTS
from ..presentation.bounds import Budget, html_size
from ..presentation.headers import protected
from ..presentation.whole import WITH_TEXTS, whole
from .login import LOGIN

PAGE_SIZE = 25
FEW = 10
"""Rows of a table that only gives a first impression."""
MAX_TURNS = 1000
"""Of a transcript on one page; a long call has some hundred turns."""
TURNS_BYTES = 600_000
"""Of HTML that the turns on one page may take."""
TURN_BYTES = 400
"""Of the markup around a turn."""
MAX_EVENTS = 25
"""Each brings its body along."""
MAX_RECORDINGS = 20
MAX_FAILURES = 20
MAX_ERROR = 5000
"""Characters of a message, and of a traceback."""

MODELS: Sequence[type[Model]] = (Callback, Video, Replica, Conversation, Document)
"""What has pages, in the order of the navigation."""


@method_decorator(protected, name="dispatch")
class Page(PermissionRequiredMixin, ContextMixin, View):
    """Behind login and the view permission of `model`; carries the navigation."""

    model: Any = None
    login_url = LOGIN

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view = super().as_view(**initkwargs)
        # Where Django's LoginRequiredMiddleware looks for it.
        view.login_url = initkwargs.get("login_url", cls.login_url)  # type: ignore[attr-defined]
        return view

    def setup(self, request: HttpRequest, *args: Any, **kwargs: Any) -> None:
        super().setup(request, *args, **kwargs)
        self.budget = Budget()

    def visible(self, rows: Any) -> Any:
        """Those of the rows that the user may see."""
        return access.visible(self.request.user, rows)

    def note_opened(self, row: Model) -> None:
        """For the access log."""
        access_log.opened([row], Access.Door.PAGES, by=self.request.user.get_username())

    def may_see(self, model: type[Model], name: str) -> bool:
        """Whether the user may see a field."""
        return access.may_see(self.request.user, model, name)

    def why_not(self) -> str:
        """Which permission is missing."""
        return access.needs(self.get_permission_required())

    def handle_no_permission(self) -> Any:
        if not self.request.user.is_authenticated:
            return super().handle_no_permission()
        context = {**self.shell, "why": self.why_not()}
        return TemplateResponse(self.request, "tavus_hooks/forbidden.html", context, status=403)

    @cached_property
    def viewable(self) -> dict[str, str]:
        """The models whose pages the user may see, by name, each with the URL of its list."""
        return {
            _name(model): reverse(f"tavus_hooks:{_name(model)}-list")
            for model in MODELS
            if self.request.user.has_perm(access.view(model))
        }

    def get_permission_required(self) -> Sequence[str]:
        return [access.view(self.model)]

    @property
    def shell(self) -> dict[str, Any]:
        """What is around every page."""
        navigation = [
            {"label": model._meta.verbose_name_plural, "url": url, "here": model is self.model}
            for model in MODELS
            if (url := self.viewable.get(_name(model)))
        ]
        return {"navigation": navigation, "viewable": self.viewable, "query": self.request.GET}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(**self.shell, budget=self.budget, **kwargs)


class ListPage(Page, FilterView):
    """A table of one model's rows, chosen by the query string."""

    paginate_by = PAGE_SIZE
    template_name_suffix = "_list"

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.visible(self.model.objects.brief())
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

    def get_queryset(self) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.visible(self.model.objects.brief(IN_DETAIL))
        return rows

    @property
    def callbacks(self) -> CallbackQuerySet:
        found: CallbackQuerySet = self.visible(self.object.callbacks)
        return found

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        if "callback" in self.viewable:
            callbacks = Paginator(_for_tables(self.callbacks), PAGE_SIZE)
            kwargs["page_obj"] = callbacks.get_page(self.request.GET.get("page"))
        return super().get_context_data(back=self.viewable[_name(self.model)], **kwargs)

    def newest_callback(self) -> Callback | None:
        """What Tavus said last, with its body: nothing that is contested and was only kept."""
        return self.callbacks.exclude(KEPT).first() if "callback" in self.viewable else None

    def replica(self) -> Replica | None:
        """The replica that the row names, where one is known and may be seen."""
        if not self.object.replica_id or "replica" not in self.viewable:
            return None
        rows = self.visible(Replica.objects.brief())
        found: Replica | None = rows.filter(replica_id=self.object.replica_id).first()
        return found


class IndexPage(Page, TemplateView):
    """How things stand. Whoever may see any of the pages may see its part of this one."""

    template_name = "tavus_hooks/index.html"

    def has_permission(self) -> bool:
        return bool(self.viewable)

    def why_not(self) -> str:
        return access.needs_one_of([access.view(model) for model in MODELS])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        for name in self.viewable:
            kwargs |= getattr(self, f"about_{name}s")()
        return super().get_context_data(**kwargs)

    def about_callbacks(self) -> dict[str, Any]:
        now = timezone.now()
        callbacks = self.visible(Callback.objects.all())
        rows = _for_tables(callbacks)
        about = {
            "callback_count": callbacks.count(),
            "callbacks_today": callbacks.filter(received_at__gte=now - timedelta(days=1)).count(),
            "newest": rows[:FEW],
            "waiting": rows.due(now).order_by("due_at")[:FEW],
            "waiting_count": callbacks.due(now).count(),
        }
        return about | (self.about_failures() if self.may_see(Callback, "failures") else {})

    def about_failures(self) -> dict[str, Any]:
        failures = self.visible(Failure.objects.all())
        shown = failures.select_related("callback").only(
            *("receiver", "exception", "attempts", "last_at", "next_attempt_at", "abandoned_at"),
            *("callback__event_type", "callback__kind"),
        )
        return {"failures": shown[:FEW], "failure_count": failures.count()}

    def about_videos(self) -> dict[str, Any]:
        failed = Q(status="error")
        videos = self.visible(Video.objects.all())
        return {
            "video_counts": videos.aggregate(
                all=Count("pk"),
                ready=Count("pk", filter=Q(status="ready")),
                failed=Count("pk", filter=failed),
            ),
            "failed_videos": videos.filter(failed).brief()[:FEW],
        }

    def about_replicas(self) -> dict[str, Any]:
        failed = Q(status="error")
        replicas = self.visible(Replica.objects.all())
        return {
            "replica_counts": replicas.aggregate(
                all=Count("pk"),
                ready=Count("pk", filter=Q(status__in=["ready", "completed"])),
                failed=Count("pk", filter=failed),
            ),
            "failed_replicas": replicas.filter(failed).brief()[:FEW],
        }

    def about_documents(self) -> dict[str, Any]:
        documents = self.visible(Document.objects.all())
        return {
            "document_count": documents.count(),
            "failed_documents": documents.filter(status="error").brief()[:FEW],
        }

    def about_conversations(self) -> dict[str, Any]:
        live = Q(ended_at__isnull=True)
        return {
            "conversation_counts": self.visible(Conversation.objects.all()).aggregate(
                all=Count("pk"),
                live=Count("pk", filter=live),
                ended=Count("pk", filter=~live),
            )
        }


class CallbackListPage(ListPage):
    model = Callback
    filterset_class = filters.CallbackFilter

    def get_queryset(self) -> CallbackQuerySet:
        return _for_tables(self.visible(Callback.objects.all()))


class CallbackPage(DetailPage):
    """One callback with all it said; its table holds the duplicates."""

    model = Callback

    def get_queryset(self) -> QuerySet[Callback]:
        return with_state(self.visible(Callback.objects.brief(IN_DETAIL)))

    @property
    def callbacks(self) -> CallbackQuerySet:
        # By subject too, for that has an index, and a duplicate has the subject of its original.
        return self.visible(Callback.objects.all()).filter(  # type: ignore[no-any-return]
            subject_type=self.object.subject_type,
            subject_id=self.object.subject_id,
            duplicate_of=self.object.pk,
        )

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.note_opened(self.object)
        if self.may_see(Callback, "failures"):
            kwargs["failures"] = self.object.failures.brief(MAX_ERROR)[:MAX_FAILURES]
        return super().get_context_data(subject=self.subject(), **kwargs)

    def subject(self) -> Model | None:
        """What it is about, where there is a row for it that may be seen."""
        callback = self.object
        if callback.subject_type not in self.viewable:
            return None
        model = SUBJECTS[callback.subject_type]
        rows = self.visible(model.objects.brief())
        found: Model | None = rows.filter(**{model.ID_FIELD: callback.subject_id}).first()
        return found


class VideoListPage(ListPage):
    model = Video
    filterset_class = filters.VideoFilter


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
        for model in (Video, Conversation):
            if _name(model) in self.viewable:
                rows = self.visible(model.objects.brief())
                made = rows.filter(replica_id=self.object.replica_id)
                kwargs[f"{_name(model)}s"] = made[:FEW]
        return super().get_context_data(newest=self.newest_callback(), **kwargs)


class ConversationListPage(ListPage):
    model = Conversation
    filterset_class = filters.ConversationFilter


class ConversationPage(DetailPage):
    """A conversation: its course, its transcript as a chat, its recordings."""

    model = Conversation

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        self.note_opened(self.object)
        if self.request.user.has_perm(access.view(Access)):
            kwargs["accesses"] = access_log.to(self.object)[:FEW]
        events = self.events() if self.may_see(Conversation, "events") else []
        if self.may_see(Conversation, "turns"):
            kwargs |= self.transcript()
        if self.may_see(Conversation, "recordings"):
            kwargs["recordings"] = self.object.recordings.brief()[:MAX_RECORDINGS]
        return super().get_context_data(
            shutdown_category=filters.CATEGORIES[self.object.shutdown.category],
            objectives=_named(events, happened.OBJECTIVE),
            guardrails=_named(events, happened.GUARDRAIL),
            events=events,
            more_events=len(events) == MAX_EVENTS,
            replica=self.replica(),
            **kwargs,
        )

    def transcript(self) -> dict[str, Any]:
        """The turns from the position in the query string on, as many as one page takes."""
        start = _number(self.request.GET.get("turn", ""))
        rows = self.object.turns.brief(IN_DETAIL).filter(position__gte=start)
        turns: list[Turn] = []
        left = TURNS_BYTES
        for turn in rows[: MAX_TURNS + 1].iterator(chunk_size=20):
            left -= TURN_BYTES + html_size(turn.content) + html_size(turn.tool_calls)
            if turns and (left < 0 or len(turns) == MAX_TURNS):
                return {"turns": turns, "first_turn": start, "next_turn": turn.position}
            turns.append(turn)
        return {"turns": turns, "first_turn": start}

    def events(self) -> list[happened.Event]:
        """The objectives, guardrails, actions and cards, without the many callbacks beside them."""
        found = happened.with_bodies(self.callbacks)
        return happened.events_in(found[:MAX_EVENTS])


class DocumentListPage(ListPage):
    model = Document
    filterset_class = filters.DocumentFilter


class DocumentPage(DetailPage):
    model = Document

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return super().get_context_data(newest=self.newest_callback(), **kwargs)


class WholePage(Page):
    """One text of a row, or the body of a callback, whole and as a download."""

    def get_permission_required(self) -> Sequence[str]:
        return [access.row_permission(self.row_model)]

    @property
    def row_model(self) -> type[Model]:
        models = {_name(model): model for model in WITH_TEXTS}
        try:
            return models[self.kwargs["model"]]
        except KeyError as error:
            raise Http404 from error

    def get(self, request: HttpRequest, **kwargs: Any) -> HttpResponse:
        rows = self.visible(self.row_model._default_manager.all())
        pk, column = kwargs["pk"], kwargs["column"]
        return whole(request.user, rows, pk, column, door=Access.Door.PAGES)


def _name(model: type[Model]) -> str:
    return str(model._meta.model_name)


def _named(events: list[happened.Event], kind: str) -> list[happened.Event]:
    return [event for event in events if event.kind == kind and event.name]


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def _is_used(field: BoundField) -> bool:
    return bool(field.data) or bool(field.errors)


def _for_tables(callbacks: CallbackQuerySet) -> CallbackQuerySet:
    """Without the columns that may be megabytes, and with their state, which is told from some."""
    return with_state(callbacks).defer("body", "remarks")
