"""Withdrawing the URL by which a callback came, from the page of the callback."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..access import needs
from ..actions.withdraw import PERMISSION, withdraw
from ..db.writing import written
from ..models import Callback, Withdrawal
from ..models.withdrawn_urls import READ_SECONDS
from ..presentation.badges import BAD, Badge
from ..presentation.components import badge_html
from ..presentation.formats import NOTHING
from .base import ReadOnlyAdmin


class NoteForm(forms.Form):
    note = forms.CharField(label=_("Note"), max_length=200, required=False)


class WithdrawUrlAdmin(ReadOnlyAdmin):
    """For callbacks: the URL that a callback came by, and a page to withdraw it."""

    @admin.display(description=_("withdrawal"))
    def withdrawal(self, callback: Any) -> SafeString:
        """Whether the URL was withdrawn. Its id identifies the URL and grants nothing."""
        url_id = callback.url_id
        found = Withdrawal.objects.filter(url_id=url_id).first() if url_id else None
        if found is None:
            return NOTHING
        shown = self.link(format_html("<code>{}</code>", url_id), callback.viewer.door.url(found))
        return format_html("{} {}", shown, badge_html(Badge(_("withdrawn"), BAD)))

    @admin.display(description=_("withdraw the URL"))
    def withdraw_link(self, callback: Callback) -> SafeString:
        if not callback.url_id:
            return format_html("{}", _("It has no id: it is a static token, or none at all."))
        if Withdrawal.objects.filter(url_id=callback.url_id).exists():
            return format_html("{}", _("Nothing is taken from it any more."))
        url = self.address(Callback, "withdraw", callback.pk)
        return self.link(_("Withdraw the URL it came by …"), url)

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
