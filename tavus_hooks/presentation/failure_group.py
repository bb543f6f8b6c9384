"""Failures in groups, and what people say of them: which receiver raised which exception."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max, Min, Model, Q, QuerySet
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from .. import access
from ..models import Callback, Failure, FailureGroup
from .base import Presentation, Section, presentation_of
from .components import rows_html
from .fields import Fact, Field, Id, Moment, Number, Text
from .states import Status
from .viewer import Viewer

OF_PEOPLE = frozenset({"state", "note", "entered_by", "entered_at", "marking"})
"""What people say of a group, which tells of the site as a whole."""


@dataclass(frozen=True)
class Those(Field):
    """How many rows there are, with a link to the list of them."""

    template = "row"
    of: type[Model] = Failure
    relation: str = ""
    """How the rows are related to failures."""

    def more(self, row: Any, value: Any, viewer: Viewer) -> dict[str, Any]:
        alike = {f"{self.relation}{name}": text for name, text in _alike(row).items()}
        return {"url": viewer.door.list_url(self.of, **alike)}


class Marking(Field):
    """The way to say something of a group, or to change it; nothing for who may not."""

    template = "row"

    def value(self, row: Any) -> str:
        return gettext("Mark it …") if row.pk is None else gettext("Change …")

    def fact(self, row: Model, viewer: Viewer) -> Fact:
        entered = None if row.pk is None else row
        url = viewer.door.entry_url(FailureGroup, entered, **_alike(row))
        return Fact(self, type(row), self.value(row) if url else None, url=url)


class FailureGroupPresentation(Presentation):
    """Of the groups that `groups()` finds."""

    model = FailureGroup
    sections = (
        Section(
            "group",
            "",
            (
                Id("exception"),
                Those("number", _("Failures")),
                Status("state"),
                Marking("marking", _("Mark")),
                Moment("last_seen", _("Last seen")),
                Those("callback_number", _("Callbacks"), of=Callback, relation="failures__"),
                Number("retrying", _("Retrying")),
                Number("abandoned", _("Abandoned")),
                Moment("first_seen", _("First seen")),
                Text("note"),
                Text("entered_by"),
                Moment("entered_at"),
            ),
        ),
    )
    columns = tuple(field.name for field in sections[0].fields)
    major = ("exception", "number", "state", "marking")

    def title(self, row: FailureGroup) -> str:
        return row.receiver

    def subtitle(self, row: FailureGroup) -> str:
        return ""

    def url(self, row: FailureGroup, viewer: Viewer) -> str:
        return ""  # its numbers are links

    def listed(self, viewer: Viewer, more: Sequence[str] = ()) -> list[Field]:
        fields = super().listed(viewer, more)
        if viewer.user.has_perm(access.view(FailureGroup)) and access.sees_whole_site(viewer.user):
            return fields
        return [field for field in fields if field.name not in OF_PEOPLE]


class Alike:
    """The group that a failure belongs to."""

    def html(self, row: Failure, viewer: Viewer) -> SafeString:
        found = groups(viewer).filter(**_alike(row))
        return groups_html(marked(found), viewer, url=viewer.door.list_url(FailureGroup))


def groups_html(groups: Collection[FailureGroup], viewer: Viewer, *, url: str = "") -> SafeString:
    """A table of groups, with a link to all of them."""
    return rows_html(presentation_of(FailureGroup).table(groups, viewer), viewer.budget, url=url)


def marked(groups: Any) -> list[FailureGroup]:
    """These rows as groups, with what people said of them."""
    rows = list(groups)
    said = FailureGroup.objects.filter(
        receiver__in={row["receiver"] for row in rows},
        exception__in={row["exception"] for row in rows},
    )
    of_each = {(it.receiver, it.exception): it for it in said}
    found = []
    for row in rows:
        key = row["receiver"], row["exception"]
        group = of_each.get(key) or FailureGroup(receiver=key[0], exception=key[1])
        if group._state.adding:
            row = {**row, "entered_at": None}
        vars(group).update(row)
        found.append(group)
    return found


def _alike(row: Any) -> dict[str, str]:
    return {"receiver": row.receiver, "exception": row.exception}


def groups(viewer: Viewer) -> QuerySet[Any, Any]:
    """One row for each receiver and exception among the failures that the viewer may see, the most
    recent first.
    """
    failures: QuerySet[Any, Any] = viewer.visible(Failure.objects.all())
    counted: QuerySet[Any, Any] = (
        failures.order_by()
        .values("receiver", "exception")
        .annotate(
            number=Count("pk"),
            retrying=Count("pk", filter=Q(abandoned_at=None)),
            abandoned=Count("abandoned_at"),
            callback_number=Count("callback", distinct=True),
            first_seen=Min("first_at"),
            last_seen=Max("last_at"),
        )
        .order_by("-last_seen", "receiver", "exception")
    )
    return counted
