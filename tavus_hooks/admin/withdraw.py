"""Withdrawing the URL by which a callback came, from the page of the callback."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..access import needs
from ..actions.withdraw import PERMISSION, withdraw
from ..db.writing import written
from ..models import Callback, Withdrawal
from ..models.withdrawn_urls import READ_SECONDS
from .base import ReadOnlyAdmin


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class WithdrawUrlAdmin(ReadOnlyAdmin):
    """For callbacks: a page to withdraw the URL that one came by."""

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Asks on GET, acts on POST."""
        self.ask_for_view_permission(request)
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied(needs([PERMISSION]))
        callback = self.get_queryset(request).filter(pk=pk).defer("body", "remarks").first()
        if callback is None or not callback.url_id:
            raise Http404
        back = self.address(Callback, "change", pk)
        form = NoteForm(request.POST or None)
        if form.is_valid():
            self._withdraw(request, callback, form.cleaned_data["note"])
            return HttpResponseRedirect(back)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Withdraw the URL?"),
            "opts": self.opts,
            "callback": callback,
            "form": form,
            "seconds": READ_SECONDS,
            "list_url": self.address(Callback, "changelist"),
            "back": back,
            "media": self.media,
        }
        request.current_app = self.admin_site.name
        return TemplateResponse(request, "admin/tavus_hooks/callback/withdraw.html", context)

    def _withdraw(self, request: HttpRequest, callback: Callback, note: str) -> None:
        is_new = withdraw(
            callback.url_id,
            reference=callback.reference,
            by=request.user.get_username(),
            note=note,
        )
        if not is_new:
            self.message_user(request, gettext("The URL was withdrawn before."), messages.WARNING)
            return
        row = written(Withdrawal.objects).get(url_id=callback.url_id)
        self.log_addition(request, row, gettext("Withdrawn, from the page of a callback."))
        self.message_user(request, gettext("The URL is withdrawn."), messages.SUCCESS)
