"""The front page: counts and newest rows, with a part for each model."""

from datetime import timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone
from django.views.generic import TemplateView

from .. import access
from ..models import Callback, Conversation, Document, Failure, Replica, Video
from .base import FEW, MODELS, Page, for_tables, name_of


class IndexPage(Page, TemplateView):
    """The front page; it has a part for each model that the user may view."""

    template_name = "tavus_hooks/index.html"

    def has_permission(self) -> bool:
        return bool(self.viewable)

    def why_not(self) -> str:
        return access.needs_one_of([access.view(model) for model in MODELS])

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        parts = {
            Callback: self.about_callbacks,
            Video: self.about_videos,
            Replica: self.about_replicas,
            Conversation: self.about_conversations,
            Document: self.about_documents,
        }
        for model, about in parts.items():
            if name_of(model) in self.viewable:
                kwargs |= about()
        return super().get_context_data(**kwargs)

    def about_callbacks(self) -> dict[str, Any]:
        now = timezone.now()
        callbacks = self.visible(Callback.objects.all())
        rows = for_tables(callbacks)
        about = {
            "callback_count": callbacks.count(),
            "callbacks_today": callbacks.filter(received_at__gte=now - timedelta(days=1)).count(),
            "newest": rows[:FEW],
            "due": rows.due(now).order_by("due_at")[:FEW],
            "due_count": callbacks.due(now).count(),
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
        failed = Video.with_status(Video.FAILED)
        videos = self.visible(Video.objects.all())
        return {
            "video_counts": videos.aggregate(
                all=Count("pk"),
                ready=Count("pk", filter=Video.with_status(Video.READY)),
                failed=Count("pk", filter=failed),
            ),
            "failed_videos": videos.filter(failed).brief()[:FEW],
        }

    def about_replicas(self) -> dict[str, Any]:
        failed = Replica.with_status(Replica.FAILED)
        replicas = self.visible(Replica.objects.all())
        return {
            "replica_counts": replicas.aggregate(
                all=Count("pk"),
                ready=Count("pk", filter=Replica.with_status(Replica.READY)),
                failed=Count("pk", filter=failed),
            ),
            "failed_replicas": replicas.filter(failed).brief()[:FEW],
        }

    def about_documents(self) -> dict[str, Any]:
        documents = self.visible(Document.objects.all())
        return {
            "document_count": documents.count(),
            "failed_documents": documents.filter(Document.with_status(Document.FAILED)).brief()[
                :FEW
            ],
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
