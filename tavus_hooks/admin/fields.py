"""Fields of a page, and columns of a list, that show one column of the model under its name."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..payload import clean
from ..presentation.formats import NOTHING
from .html import excerpt, external_link

Field = Callable[[Any, Any], SafeString]

IN_COLUMN = 100
"""Characters of a text in a column of a list."""


def text_field(model: type[Model], name: str) -> Field:
    """A read-only field with the beginning of a long text, for users who may see it."""

    @admin.display(description=_label(model, name))
    def shown(self: Any, obj: Any) -> SafeString:
        why: SafeString = self.hidden(obj, name)
        if why:
            return why
        text = getattr(obj, name)
        if not text:
            return NOTHING
        return format_html(
            '<span class="tavus-text">{}</span> {}', clean(text), self.all_of_it(obj, name)
        )

    return shown


def link_field(model: type[Model], name: str) -> Field:
    """A read-only field that shows a URL as a link."""

    @admin.display(description=_label(model, name))
    def shown(self: Any, obj: Any) -> SafeString:
        return external_link(getattr(obj, name))

    return shown


def text_column(model: type[Model], name: str) -> Field:
    """A column of a list that shows the beginning of a text, and sorts by the text."""

    @admin.display(description=_label(model, name), ordering=name)
    def shown(self: Any, obj: Any) -> SafeString:
        return excerpt(getattr(obj, name), IN_COLUMN)

    return shown


def _label(model: type[Model], name: str) -> Any:
    field: Any = model._meta.get_field(name)
    return field.verbose_name
