"""Holds: shown on the page of the conversation that they keep, and placed and lifted there."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..access import needs
from ..actions.hold import PERMISSION, hold, lift
from ..filters.search_filter import SearchFilter
from ..models import Conversation, Hold
from ..models.held import belonging_to_held, lock_conversations_of
from ..models.long_text import with_owner
from .base import ReadOnlyAdmin
from .moment_filter import MomentListFilter
from .presented import PresentedAdmin

MAX_NOTE = 2000


class NoteForm(forms.Form):
    note = forms.CharField(
        label=_("Why"), max_length=MAX_NOTE, widget=forms.Textarea(attrs={"rows": 4})
    )


class HeldRowsAdmin(ReadOnlyAdmin):
    """For callbacks, failures, turns and recordings: none of a held conversation is deleted."""

    def reasons_to_stay(self, rows: QuerySet[Any]) -> list[str]:
        number = belonging_to_held(rows).count()
        text = gettext("Rows of held conversations, which cannot be deleted: %d")
        return [text % number] if number else []

    def lock(self, rows: QuerySet[Any]) -> None:
        lock_conversations_of(rows)


class HeldAdmin(PresentedAdmin):
    """For the model that can be held: pages to place a hold and to lift one."""

    def has_hold_permission(self, request: HttpRequest) -> bool:
        may_view = self.has_view_permission(request)
        return bool(may_view and request.user.has_perm(PERMISSION))

    def get_urls(self) -> list[URLPattern]:
        view = self.own_view
        names = "tavus_hooks_conversation_hold", "tavus_hooks_conversation_lift"
        return [
            path("<int:pk>/hold/", view(self.hold_view), name=names[0]),
            path("<int:pk>/lift/<int:number>/", view(self.lift_view), name=names[1]),
            *super().get_urls(),
        ]

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """Name holds as the reason why nothing is deleted, not as a missing permission."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        return deleted, counts, lacking - {str(Hold._meta.verbose_name)}, protected

    def hold_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks for the note on GET, acts on POST."""
        conversation = self._conversation(request, pk)
        form = NoteForm(request.POST if request.method == "POST" else None)
        if form.is_valid():
            by = request.user.get_username()
            try:
                hold(conversation.conversation_id, note=form.cleaned_data["note"], by=by)
            except ValueError as error:  # the conversation was forgotten
                self.message_user(request, str(error), messages.ERROR)
            else:
                self.log_change(request, conversation, gettext("Placed a hold."))
                text = gettext("The conversation is held: it is neither pruned nor forgotten.")
                self.message_user(request, text, messages.SUCCESS)
            return self._back(conversation)
        return self._ask(request, conversation, title=_("Hold this conversation?"), form=form)

    def lift_view(self, request: HttpRequest, pk: int, number: int) -> HttpResponse:
        """Asks on GET, acts on POST."""
        conversation = self._conversation(request, pk)
        found = conversation.holds.filter(pk=number).first()
        if found is None:
            raise Http404
        if request.method != "POST":
            return self._ask(request, conversation, title=_("Lift this hold?"), hold=found)
        by = request.user.get_username()
        if lift(conversation.conversation_id, by=by, number=number):
            self.log_change(request, conversation, gettext("Lifted a hold."))
            self.message_user(request, gettext("The hold was lifted."), messages.SUCCESS)
        else:
            self.message_user(request, gettext("It had already been lifted."), messages.WARNING)
        return self._back(conversation)

    def _conversation(self, request: HttpRequest, pk: int) -> Conversation:
        self.ask_for_view_permission(request)
        if not self.has_hold_permission(request):
            raise PermissionDenied(needs([PERMISSION]))
        rows = self.get_queryset(request).filter(pk=pk)
        found: Conversation | None = rows.defer(*Conversation.SAID).first()
        if found is None:
            raise Http404
        return found

    def _ask(self, request: HttpRequest, conversation: Conversation, **more: Any) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "conversation": conversation,
            "list_url": self.address(Conversation, "changelist"),
            "back": self.address(Conversation, "change", conversation.pk),
            "media": self.media,
            **more,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tavus_hooks/conversation/hold.html", context)

    def _back(self, conversation: Conversation) -> HttpResponse:
        return HttpResponseRedirect(self.address(Conversation, "change", conversation.pk))


@admin.register(Hold)
class HoldAdmin(PresentedAdmin):
    """The record of all holds: none is deleted here."""

    list_filter = [
        ("lifted_at", admin.EmptyFieldListFilter),
        ("placed_at", MomentListFilter),
    ]
    search = SearchFilter("conversation__conversation_id")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def for_list(self, queryset: QuerySet[Any], user: Any) -> QuerySet[Any]:
        rows = super().for_list(queryset, user)
        return with_owner(rows, "conversation", "conversation_id")
