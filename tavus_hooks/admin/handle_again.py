"""Handling callbacks again: a selection by an action, a single one from its own page."""

from collections import Counter
from collections.abc import Callable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from ..access import needs, replayable_if_contested
from ..actions.replay import PERMISSION, Replay, replay_for
from ..db.connection_guard import outside_transactions
from ..db.writing import written
from ..models import Callback
from .base import ReadOnlyAdmin
from .plan import plan_for, receiver_form

MAX_AT_ONCE = 500
"""Callbacks that one request handles again; receivers may be slow."""


def _handled(count: int) -> str:
    return ngettext("%d callback was handled again.", "%d callbacks were handled again.", count)


def _failed(count: int) -> str:
    return ngettext(
        "%d of them failed; its page says why.", "%d of them failed; their pages say why.", count
    )


def _duplicates(count: int) -> str:
    return ngettext(
        "%d duplicate was skipped: its original can be handled again.",
        "%d duplicates were skipped: their originals can be handled again.",
        count,
    )


def _not_found(count: int) -> str:
    return ngettext(
        "%d callback was skipped: it no longer exists.",
        "%d callbacks were skipped: they no longer exist.",
        count,
    )


def _pruned(count: int) -> str:
    return ngettext(
        "%d callback was skipped: its body is gone.",
        "%d callbacks were skipped: their bodies are gone.",
        count,
    )


def _not_announced(count: int) -> str:
    return ngettext(
        "%d callback was skipped: it has not been announced to all receivers yet.",
        "%d callbacks were skipped: they have not been announced to all receivers yet.",
        count,
    )


def _no_receiver(count: int) -> str:
    return ngettext(
        "%d callback was skipped: the receiver is not connected to its signals.",
        "%d callbacks were skipped: the receiver is not connected to their signals.",
        count,
    )


def _busy(count: int) -> str:
    return ngettext(
        "%d callback was skipped: it is being handled, or waits for its turn.",
        "%d callbacks were skipped: they are being handled, or wait for their turn.",
        count,
    )


def _kept(count: int) -> str:
    return ngettext(
        "%d callback was skipped: it is contested, and you may not see what it is about.",
        "%d callbacks were skipped: they are contested, and you may not see what they are about.",
        count,
    )


def _held(count: int) -> str:
    return ngettext(
        "%d callback was skipped: it is contested, and its conversation is held.",
        "%d callbacks were skipped: they are contested, and their conversations are held.",
        count,
    )


_SAID: dict[Replay, tuple[int, Callable[[int], str]]] = {
    Replay.DONE: (messages.SUCCESS, _handled),
    Replay.DUPLICATE: (messages.WARNING, _duplicates),
    Replay.NOT_FOUND: (messages.WARNING, _not_found),
    Replay.PRUNED: (messages.WARNING, _pruned),
    Replay.NOT_ANNOUNCED: (messages.WARNING, _not_announced),
    Replay.NO_RECEIVER: (messages.WARNING, _no_receiver),
    Replay.BUSY: (messages.WARNING, _busy),
    Replay.KEPT: (messages.WARNING, _kept),
    Replay.HELD: (messages.WARNING, _held),
}


class HandleAgainAdmin(ReadOnlyAdmin):
    actions = ["handle_again"]

    def has_handle_permission(self, request: HttpRequest) -> bool:
        return bool(request.user.has_perm(PERMISSION))

    # The list, because the action runs in it.
    @outside_transactions
    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().changelist_view(request, extra_context)

    @admin.action(description=_("Handle selected callbacks again …"), permissions=["handle"])
    def handle_again(
        self, request: HttpRequest, queryset: QuerySet[Callback]
    ) -> HttpResponse | None:
        """Shows the plan first; acts on a confirmed POST."""
        # In the order of their arrival, as the first time.
        callbacks = list(queryset.order_by("pk")[: MAX_AT_ONCE + 1])
        if len(callbacks) > MAX_AT_ONCE:
            text = gettext("At most %d callbacks can be handled again at once; nothing was done.")
            self.message_user(request, text % MAX_AT_ONCE, messages.ERROR)
            return None
        back = request.get_full_path()
        return self._act_or_ask(request, callbacks, back, confirmed="confirmed" in request.POST)

    @outside_transactions
    def handle_again_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks on GET, acts on POST."""
        self.ask_for_view_permission(request)
        if not self.has_handle_permission(request):
            raise PermissionDenied(needs([PERMISSION]))
        callback = self.get_queryset(request).filter(pk=pk).defer("body").first()
        if callback is None:
            raise Http404
        back = self.address(Callback, "change", pk)
        confirmed = request.method == "POST"
        asked = self._act_or_ask(request, [callback], back, confirmed=confirmed)
        return asked or HttpResponseRedirect(back)

    def _act_or_ask(
        self, request: HttpRequest, callbacks: list[Callback], back: str, *, confirmed: bool
    ) -> HttpResponse | None:
        plan = plan_for(callbacks, replayable_if_contested(request.user, callbacks))
        proposed = request.GET.get("receiver", "")
        form = receiver_form(request.POST if confirmed else None, plan.receivers, proposed)
        if form.is_valid():
            self._act(request, callbacks, form.cleaned_data["receiver"])
            return None
        context = {
            **self.admin_site.each_context(request),
            "title": _("Handle again?"),
            "opts": self.opts,
            "plan": plan,
            "form": form,
            "callbacks": callbacks,
            "action": request.POST.get("action", ""),
            "list_url": self.address(Callback, "changelist"),
            "back": back,
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tavus_hooks/callback/handle_again.html", context)

    def _act(self, request: HttpRequest, callbacks: list[Callback], receiver: str) -> None:
        """Handle the callbacks again, one after the other, and show the results."""
        results = replay_for(request.user, callbacks, receiver=receiver)
        handled = [callback for callback, result in results if result]
        text = gettext("Handled again.")
        if receiver:
            text = gettext("Handled again, told to %(receiver)s alone.") % {"receiver": receiver}
        for callback in handled:
            self.log_change(request, callback, text)
        counts = Counter(result for _callback, result in results)
        for result, (level, say) in _SAID.items():
            if count := counts[result]:
                self.message_user(request, say(count) % count, level)
        pks = [callback.pk for callback in handled]
        if failed := written(Callback.objects).filter(pk__in=pks).failed().count():
            self.message_user(request, _failed(failed) % failed, messages.ERROR)
