"""What there is to say about the rows of a model, in which order, and what a list says of each."""

from collections.abc import Iterable, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, ClassVar, Literal, NamedTuple, Protocol, get_args

from django.db.models import Model
from django.utils.safestring import SafeString

from ..models.long_text import shortened
from .actions import Action, Offer
from .fields import Fact, Field, may_see_column
from .viewer import Viewer

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

Place = Literal["main", "side"]
PLACES: Sequence[Place] = get_args(Place)

IN_TITLE = 80
"""Characters of a title in a list."""


class Panel(Protocol):
    """What a section shows beside fields."""

    def html(self, row: Any, viewer: Viewer) -> SafeString:
        """Empty if there is nothing for the viewer to see."""
        ...


class Section(NamedTuple):
    name: str
    """Its anchor on a page."""
    title: "StrOrPromise"
    """Empty for the first, which is about the row as a whole."""
    fields: tuple[Field, ...] = ()
    panel: Panel | None = None
    """What comes below the fields."""
    permission: str = ""
    """Without it the section is left out."""
    is_folded: bool = False
    """Whether it is folded away at first."""
    place: Place = "side"
    """The column of a page: what people come for stands in the main one, and first on a phone."""


class Told(NamedTuple):
    """A section of one row, ready to be shown."""

    section: Section
    facts: list[Fact]
    html: SafeString
    """What the panel shows."""


class Column(NamedTuple):
    name: str
    label: str
    is_minor: bool
    """Whether it is left out on a narrow screen."""


class Line(NamedTuple):
    """A row of a list."""

    row: Model
    title: str
    subtitle: str
    url: str
    cells: list[tuple[Column, Fact]]


class Table(NamedTuple):
    label: str
    """What the rows are called."""
    title: str
    """The label of the first column."""
    columns: list[Column]
    lines: list[Line]


class Presentation:
    """Base of the presentations, one for each model."""

    model: ClassVar[Any]
    sections: ClassVar[tuple[Section, ...]]
    columns: ClassVar[Sequence[str]]
    """The fields that a list shows beside the title, in this order."""
    major: ClassVar[Sequence[str]]
    """Of these the ones that stay on a narrow screen."""
    actions: ClassVar[Sequence[Action]] = ()
    """What can be done with a row, for those with the permission."""

    @property
    def fields(self) -> dict[str, Field]:
        return {field.name: field for section in self.sections for field in section.fields}

    def title(self, row: Any) -> str:
        return str(row)

    def subtitle(self, row: Any) -> str:
        """What tells it from other rows of the same title."""
        found: str = getattr(row, row.ID_FIELD)
        return "" if found == self.title(row) else found

    def url(self, row: Any, viewer: Viewer) -> str:
        """Its page; empty if there is none for the viewer."""
        return viewer.door.url(row)

    def told(
        self, row: Model, viewer: Viewer, *, without: Sequence[str] = (), panels: bool = True
    ) -> list[Told]:
        """The sections with what there is to say of the row; one without anything is left out."""
        found = []
        for section in self.sections:
            if section.permission and not viewer.user.has_perm(section.permission):
                continue
            fields = [field for field in section.fields if field.name not in without]
            facts = [(field, field.fact(row, viewer)) for field in fields]
            shown = [fact for field, fact in facts if field.always or not fact.is_empty]
            panel = section.panel if panels else None
            html = panel.html(row, viewer) if panel else SafeString("")
            if shown or html:
                found.append(Told(section, shown, html))
        return found

    def offers(self, row: Model, viewer: Viewer) -> list[Offer]:
        """What the viewer can do with the row, or why not."""
        may = viewer.user.has_perm
        allowed = [it for it in self.actions if not it.permission or may(it.permission)]
        return list(chain.from_iterable(action.offers(row, viewer) for action in allowed))

    def listed(self, viewer: Viewer, more: Sequence[str] = ()) -> list[Field]:
        """The fields that a list shows the viewer beside the title, the major ones first, and of
        `more` those that are fields and that it does not show already.
        """
        names = dict.fromkeys([*self.major, *self.columns, *more])
        fields = [self.fields[name] for name in names if name in self.fields]
        return [field for field in fields if may_see_column(field, self.model, viewer)]

    def prepare(self, rows: Iterable[Any], viewer: Viewer, *without: str) -> None:
        """Called for all tables of a page before the first is made, what they name is looked up
        for all of them at once.
        """
        for field in self.listed(viewer):
            if field.name not in without:
                field.prepare(rows, viewer)

    def table(
        self,
        rows: Iterable[Any],
        viewer: Viewer,
        *,
        without: Sequence[str] = (),
        also: Sequence[str] = (),
    ) -> Table:
        """A list of rows. `without` are columns that say the same of each, and `also` are fields
        that no other list shows: each cell says so if it is hidden.
        """
        rows = list(rows)
        fields = [field for field in self.listed(viewer) if field.name not in without]
        fields += [self.fields[name] for name in also]
        for field in fields:
            field.prepare(rows, viewer)
        columns = [
            Column(field.name, field.label_for(self.model), field.name not in self.major)
            for field in fields
        ]
        lines = []
        for row in rows:
            facts = [field.brief(row, viewer) for field in fields]
            cells = list(zip(columns, facts, strict=True))
            title = shortened(self.title(row), IN_TITLE)
            lines.append(Line(row, title, self.subtitle(row), self.url(row, viewer), cells))
        names = self.model._meta
        return Table(str(names.verbose_name_plural), str(names.verbose_name), columns, lines)


PRESENTATIONS: dict[type[Model], Presentation] = {}
"""That of each model; `registry` has them all."""


def presentation_of(model: type[Model]) -> Presentation:
    return PRESENTATIONS[model]
