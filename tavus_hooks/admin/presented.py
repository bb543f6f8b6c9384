"""Pages and lists that say of a row what its presentation says, and our panels beside that."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from ..models.long_text import shortened
from ..presentation.base import IN_TITLE, Presentation, Told
from ..presentation.components import actions_html, value_html
from ..presentation.fields import Fact, Field
from ..presentation.registry import presentation_of
from ..presentation.viewer import Viewer
from .base import ReadOnlyAdmin

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

TITLE = "title"
"""The name of a list's first column."""


@dataclass(frozen=True, eq=False)
class Shown:
    """A fact of the row whose page is opened, as a read-only field of Django's."""

    fact: Fact
    viewer: Viewer

    @property
    def __name__(self) -> str:
        return self.fact.name

    @property
    def short_description(self) -> "StrOrPromise":
        return self.fact.label

    def __call__(self, row: Model) -> SafeString:
        html = value_html(self.fact, self.viewer.budget)
        return format_html('<div class="tavus-panel">{}</div>', html) if self.fact.is_wide else html


@dataclass(frozen=True, eq=False)
class Html:
    """HTML about the row whose page is opened, as a read-only field of Django's."""

    name: str
    short_description: "StrOrPromise"
    html: SafeString

    @property
    def __name__(self) -> str:
        return self.name

    def __call__(self, row: Model) -> SafeString:
        return self.html


@dataclass(frozen=True)
class Column:
    """A column of a list of Django's; two of the same name are the same one."""

    name: str
    short_description: "StrOrPromise" = field(compare=False)
    admin_order_field: str = field(compare=False)
    viewer: Viewer = field(compare=False)

    @property
    def __name__(self) -> str:
        return self.name

    # Django writes it into an exception for each cell, which it catches.
    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True)
class TitleColumn(Column):
    presentation: Presentation = field(compare=False)

    def __call__(self, row: Model) -> SafeString:
        title = shortened(self.presentation.title(row), IN_TITLE)
        if not (subtitle := self.presentation.subtitle(row)):
            return format_html('<span class="tavus-text">{}</span>', title)
        return format_html('<span class="tavus-text">{}</span> <small>{}</small>', title, subtitle)


@dataclass(frozen=True)
class FieldColumn(Column):
    shown: Field = field(compare=False)

    def __call__(self, row: Model) -> SafeString:
        return value_html(self.shown.brief(row, self.viewer), self.viewer.budget)


class PresentedAdmin(ReadOnlyAdmin):
    """For the models that have a presentation. A `fieldsets`, `fields` or `list_display` of a
    subclass takes the place of what it says, and `readonly_fields` come beside that.
    """

    also_listed: Sequence[str] = ()
    """What the list shows beside what the lists of the pages show, too: methods, behind the title,
    and fields of the presentation, at the end."""
    orders: Mapping[str, str] = {}
    """The columns of the table by which columns of the list sort, where the names differ."""

    @property
    def presentation(self) -> Presentation:
        return presentation_of(self.model)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        if obj is None or self.fieldsets or self.fields:
            return super().get_fieldsets(request, obj)
        viewer = self.viewer_of(request)
        told = self.presentation.told(obj, viewer)
        fieldsets = [self._fieldset(section, viewer) for section in told]
        if offers := self.presentation.offers(obj, viewer):
            fieldsets[0][1]["fields"].append(Html("actions", _("actions"), actions_html(offers)))
        fieldsets[0][1]["fields"].extend(self.readonly_fields)
        return fieldsets

    def _fieldset(self, told: Told, viewer: Viewer) -> tuple[Any, dict[str, Any]]:
        name, title = told.section.name, told.section.title
        facts = [Shown(fact, viewer) for fact in told.facts]
        fields: list[Any] = [shown for shown in facts if not shown.fact.is_wide]
        if told.html:
            panel = format_html('<div class="tavus-panel" id="{}">{}</div>', name, told.html)
            fields.append(Html(name, title, panel))
        fields += [shown for shown in facts if shown.fact.is_wide]
        return title or None, {
            "fields": fields,
            "classes": ["collapse"] if told.section.is_folded else [],
        }

    def get_list_display(self, request: HttpRequest) -> Any:
        if tuple(self.list_display) != ("__str__",):
            return super().get_list_display(request)
        viewer = self.viewer_of(request)
        label = str(self.opts.verbose_name)
        title = TitleColumn(TITLE, label, self._order(TITLE), viewer, self.presentation)
        fields = [
            FieldColumn(it.name, it.label_for(self.model), self._order(it.name), viewer, it)
            for it in self._listed(viewer)
        ]
        methods = [name for name in self.also_listed if name not in self.presentation.fields]
        return [title, *methods, *fields]

    def prepare(self, request: HttpRequest, rows: Iterable[Any]) -> None:
        viewer = self.viewer_of(request)
        for each in self._listed(viewer):
            each.prepare(rows, viewer)

    def _listed(self, viewer: Viewer) -> list[Field]:
        return self.presentation.listed(viewer, self.also_listed)

    def _order(self, name: str) -> str:
        """The column of the table that the column of the list sorts by; empty if there is none."""
        if name in self.orders:
            return self.orders[name]
        if name == TITLE:
            return str(getattr(self.model, "ID_FIELD", "pk"))
        try:
            self.opts.get_field(name)
        except FieldDoesNotExist:
            return ""
        return name
