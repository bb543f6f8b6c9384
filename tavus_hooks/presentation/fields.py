"""Facts of a row: for each its label, its value, what kind of value it is, and who may see it."""

from collections.abc import Iterable
from dataclasses import KW_ONLY, dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar

from django.core.exceptions import FieldDoesNotExist
from django.db.models import Model
from django.utils.text import capfirst

from .. import access
from ..models.long_text import IN_DETAIL, long_texts, shortened
from ..payload import clean
from .keys import key_name
from .links import safe_url
from .viewer import Viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


IN_COLUMN = 120
"""Characters of a text in a list."""


@dataclass(frozen=True)
class Fact:
    """A field of a row, ready to be shown."""

    field: "Field"
    model: type[Model]
    value: Any
    url: str = ""
    whole: str = ""
    """Where all of it is, if `value` is only the beginning."""
    note: "StrOrPromise" = ""
    """A sentence that comes before the value."""
    why: str = ""
    """Why the user may not see it; then there is no value."""

    @property
    def name(self) -> str:
        return self.field.name

    @property
    def label(self) -> str:
        return self.field.label_for(self.model)

    @property
    def is_wide(self) -> bool:
        """Whether it takes the whole width."""
        return self.field.is_wide and not self.why

    @property
    def is_empty(self) -> bool:
        return not self.why and is_empty(self.value)


@dataclass(frozen=True)
class Field:
    """An attribute of the model, under the name that the API gives it, too."""

    name: str
    label: "StrOrPromise" = ""
    """By default the `verbose_name` of the column."""
    _: KW_ONLY
    needs: str = ""
    """The field of `access.FIELDS` whose permissions it asks for; by default that of its name."""
    in_api: bool = True
    is_detail: bool = False
    """Whether the API leaves it out of lists."""
    always: bool = False
    """Whether a page says so if there is nothing."""
    note: "StrOrPromise" = ""
    """A sentence that comes before the value."""

    template: ClassVar[str] = "text"
    """The file in `components/values/` that shows such a value."""
    is_wide: ClassVar[bool] = False

    def label_for(self, model: type[Model]) -> str:
        return str(capfirst(self.label or _verbose_name(model, self.name)))

    @property
    def asks_for(self) -> str:
        return self.needs or self.name

    def value(self, row: Any) -> Any:
        return getattr(row, self.name)

    def fact(self, row: Model, viewer: Viewer) -> Fact:
        """What the viewer is shown of the row."""
        value = self.value(row)
        if is_empty(value):
            return Fact(self, type(row), value)
        if why := viewer.why_hidden(row, self.asks_for):
            return Fact(self, type(row), None, why=why)
        shown = {"value": value, "note": self.note} | self.more(row, value, viewer)
        return Fact(self, type(row), **shown)

    def brief(self, row: Model, viewer: Viewer) -> Fact:
        """The same for a list."""
        fact = self.fact(row, viewer)
        if not isinstance(fact.value, str):
            return fact
        return replace(fact, value=shortened(fact.value, IN_COLUMN), whole="")

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        """Further attributes of the fact, if there is a value."""
        return {}

    def prepare(self, rows: Iterable[Any], viewer: Viewer) -> None:
        """Read for all rows of a list at once what `fact()` would read for each."""


class Text(Field):
    """Text from outside; of a long one the beginning, as the page's budget allows, with a link to
    all of it.
    """

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        text, left_out = viewer.budget.text(clean(value))
        is_cut = bool(left_out) or len(value) > IN_DETAIL
        is_kept = is_cut and self.name in long_texts(type(row))
        whole = viewer.door.whole_url(row, self.name) if is_kept else ""
        # Not empty, or else nothing would be said of it.
        return {"value": text if text or not left_out else "…", "whole": whole}


class Prose(Text):
    """Text in which line breaks matter."""

    template = "prose"
    is_wide = True


class Preformatted(Text):
    """Text in which line breaks and spaces matter, such as a traceback."""

    template = "preformatted"
    is_wide = True


class Id(Field):
    """An id of Tavus's, or another word for programs."""

    template = "id"


class Link(Text):
    """A URL from a payload: a link if it is safe to follow."""

    template = "link"

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        return super().more(row, value, viewer) | {"url": safe_url(value)}


class Key(Field):
    """The secret that a callback URL was made with, by its place in the settings."""

    template = "key"

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        return {"value": key_name(value, viewer.key_names)}


class Moment(Field):
    """A time."""

    template = "moment"


class Duration(Field):
    """A length of time: a timedelta, or seconds. The API gives seconds, and says so in its name."""

    template = "duration"


class Seconds(Duration):
    """A number of seconds that matters to the last digit."""

    template = "seconds"


class Number(Field):
    """A number."""


class Percentage(Field):
    """A number from 0 to 100."""

    template = "percentage"


class Size(Field):
    """A number of bytes."""

    template = "size"


class Json(Field):
    """A value as in JSON, as far as the budget of the page goes."""

    template = "json"
    is_wide = True


class Choice(Field):
    """One of the column's choices, in words."""

    def value(self, row: Any) -> Any:
        return getattr(row, f"get_{self.name}_display")()


class Advice(Field):
    """Tavus's name for an error or a status, and what to do about it."""

    template = "advice"


class Reference(Field):
    """The reference of the host's, with a link to what it names."""

    template = "reference"

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        return {"url": viewer.door.reference_url(value)}


def is_empty(value: Any) -> bool:
    return value is None or value == "" or value == []


def may_see_column(field: Field, model: type[Model], viewer: Viewer) -> bool:
    return access.may_see(viewer.user, model, field.asks_for)


def _verbose_name(model: type[Model], name: str) -> Any:
    try:
        column: Any = model._meta.get_field(name)
    except FieldDoesNotExist:
        raise TypeError(f"Give {model.__name__}.{name} a label: it is no column.") from None
    return column.verbose_name
