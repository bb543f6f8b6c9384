"""The base of the admin of what people enter: with forms, and otherwise guarded like all else."""

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import router
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .. import access
from ..db.sqlite_lock import sqlite_write_lock
from ..models import ForgottenError
from ..models.facts import DerivedModel
from ..models.held import HeldError
from .base import ReadOnlyAdmin, is_key


class EnteredAdmin(ReadOnlyAdmin):
    """Rows are added and changed with Django's permissions, by the actions alone."""

    asked: Sequence[str] = ()
    """The fields of the form."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        allowed = admin.ModelAdmin.has_add_permission(self, request)
        return allowed and self._may_enter(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = admin.ModelAdmin.has_change_permission(self, request, obj)
        return allowed and self._may_enter(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return super().has_delete_permission(request, obj) and self._may_enter(request)

    def _may_enter(self, request: HttpRequest) -> bool:
        """Whether the user may see what the form shows."""
        return access.may_see(request.user, self.model, self.tells)

    def write(self, row: Any, form: Any, by: str) -> Any:
        """Add the row, or change it if it has a primary key; return it as it was saved."""
        raise NotImplementedError

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = [*self.before(obj), *self.asked]
        return [(None, {"fields": shown if obj is None else [*shown, "entered_by", "entered_at"]})]

    def before(self, obj: Any) -> Sequence[str]:
        """The fields that come before those that are asked for; of a row read-only ones."""
        return ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else [*self.before(obj), "entered_by", "entered_at"]

    def changeform_view(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        # Around the transaction that Django begins.
        is_written = request.method == "POST"
        using = router.db_for_write(self.model)
        with sqlite_write_lock(using) if is_written else nullcontext():
            return super().changeform_view(request, *args, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        try:
            saved = self.write(obj, form, request.user.get_username())
        except (ForgottenError, HeldError, ValueError) as error:  # since the form was checked
            raise PermissionDenied(str(error)) from error
        vars(obj).update(vars(saved))

    def shown_at(self, row: Any) -> str:
        """The page on which the row is shown, to which saving it leads back; empty if the admin
        site lacks it.
        """
        raise NotImplementedError

    def response_post_save_add(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._back(obj)

    def response_post_save_change(self, request: HttpRequest, obj: Any) -> HttpResponseRedirect:
        return self._back(obj)

    def _back(self, row: Any) -> HttpResponseRedirect:
        return HttpResponseRedirect(self.shown_at(row) or self.address(self.model, "changelist"))


class OwnedAdmin(EnteredAdmin):
    """What is entered about a row of another model, from whose page a link leads to the form."""

    owner = ""
    """The foreign key to that row."""
    owner_help: Any = _("The id that Tavus gave it.")

    @property
    def owner_model(self) -> Any:
        field: Any = self.opts.get_field(self.owner)
        return field.related_model

    @property
    def owner_key(self) -> str:
        """The column by which the row is named in the form."""
        return str(self.owner_model.ID_FIELD)

    def owners(self, request: HttpRequest) -> QuerySet[Any]:
        """The rows about which the user may enter something."""
        rows = access.visible(request.user, self.owner_model._default_manager.all())
        found: QuerySet[Any] = rows.filter(forgotten_at=None)
        return found

    def before(self, obj: Any) -> Sequence[str]:
        return [self.owner if obj is None else "owner_link"]

    @admin.display(description=_("about"))
    def owner_link(self, row: Any) -> SafeString:
        owner = getattr(row, self.owner)
        return self.link_to(type(owner), owner.pk, owner)

    def _may_enter(self, request: HttpRequest) -> bool:
        may_see = request.user.has_perm(access.view(self.owner_model))
        return may_see and super()._may_enter(request)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name != self.owner:
            return super().formfield_for_dbfield(db_field, request, **kwargs)
        return forms.ModelChoiceField(
            self.owners(request),
            # No menu: there may be a million.
            widget=forms.TextInput(attrs={"class": "vTextField"}),
            to_field_name=self.owner_key,
            label=db_field.verbose_name,
            help_text=self.owner_help,
            error_messages={"invalid_choice": _("There is no such row, or it was forgotten.")},
        )

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """The row whose primary key the link names, if the user may see it."""
        given = request.GET.get(self.owner, "")
        if not is_key(given):
            return {}
        return {self.owner: self.owners(request).filter(pk=int(given)).first()}

    def shown_at(self, row: Any) -> str:
        owner: DerivedModel = getattr(row, self.owner)
        return self.address(type(owner), "change", owner.pk)
