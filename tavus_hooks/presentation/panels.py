"""What a section shows beside its fields: rows of other models, and what was said."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Model
from django.utils.html import format_html
from django.utils.safestring import SafeString

from ..filters.listing import counted
from ..models import Callback, Conversation, Turn, Video
from ..models.conditions import KEPT
from .base import presentation_of
from .components import (
    RowTold,
    body_html,
    chat_html,
    each_html,
    events_html,
    player_html,
    rows_html,
)
from .events import events_in
from .media import sources_of
from .transcript import turns_from
from .viewer import Viewer
from .whole import TRANSCRIPTS

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

FEW = 10
"""Rows of a table that is a summary of a list."""
NOTHING = SafeString("")


@dataclass(frozen=True)
class Rows:
    """The first rows of another model, as a table, and a link to the list of all of them."""

    model: type[Model]
    rows: Callable[[Any], Any]
    """Takes the row."""
    _: KW_ONLY
    are_parts: bool = False
    """Whether all who may see the row may see them."""
    limit: int = FEW
    filters: Callable[[Any], Mapping[str, str]] | None = None
    """Takes the row; what the list of all of them is filtered by."""
    without: Sequence[str] = ()
    """Columns that say the same of each."""
    empty: "StrOrPromise" = ""
    """What is said if there are none; by default nothing."""

    def html(self, row: Any, viewer: Viewer) -> SafeString:
        rows = self.rows(row)
        found = rows if self.are_parts else viewer.visible(rows)
        first = list(found[: self.limit + 1])
        if not first:
            return format_html("<p>{}</p>", self.empty) if self.empty else NOTHING
        shown = first[: self.limit]
        table = presentation_of(self.model).table(shown, viewer, without=self.without)
        url = viewer.door.list_url(self.model, **self.filters(row)) if self.filters else ""
        is_cut = len(first) > self.limit
        number = counted({"rows": found})["rows"] if url and is_cut else len(shown)
        return rows_html(table, viewer.budget, url=url, number=number, is_cut=is_cut)


@dataclass(frozen=True)
class Each:
    """The first parts of a row, with all that there is to say of each."""

    model: type[Model]
    rows: Callable[[Any], Any]
    _: KW_ONLY
    limit: int
    filters: Callable[[Any], Mapping[str, str]] | None = None
    """Takes the row; what the list of all of them is filtered by."""
    without: Sequence[str] = ()

    def html(self, row: Any, viewer: Viewer) -> SafeString:
        presentation = presentation_of(self.model)
        first = list(self.rows(row)[: self.limit + 1])
        told = [
            RowTold(
                presentation.title(each),
                presentation.url(each, viewer),
                presentation.told(each, viewer, without=self.without, panels=False),
            )
            for each in first[: self.limit]
        ]
        if not told:
            return NOTHING
        is_cut = len(first) > self.limit
        filters = self.filters(row) if self.filters else None
        url = viewer.door.list_url(self.model, **filters) if filters and is_cut else ""
        label = str(self.model._meta.verbose_name_plural)
        return each_html(told, viewer.budget, url=url, label=label, is_cut=is_cut)


class Transcript:
    """The turns as a chat, from the one that the viewer asks for on, or why there are none."""

    def html(self, row: Conversation, viewer: Viewer) -> SafeString:
        if not viewer.may_see(Conversation, "turns"):
            return chat_html([], row, viewer)
        turns, following = turns_from(row, viewer.turn)
        url = viewer.door.list_url(Turn, conversation=str(row.pk))
        files = {file.label: viewer.door.whole_url(row, name) for name, file in TRANSCRIPTS.items()}
        return chat_html(turns, row, viewer, following=following, url=url, files=files)


class Events:
    """The first objectives, guardrails, actions and cards of a conversation."""

    def html(self, row: Conversation, viewer: Viewer) -> SafeString:
        if not viewer.may_see(Conversation, "events"):
            return NOTHING
        happened = events_in(viewer.visible(Callback.objects.about(row)), viewer)
        return events_html(happened, viewer) if happened else NOTHING


class Body:
    """What a callback said."""

    def html(self, row: Callback, viewer: Viewer) -> SafeString:
        return body_html(row, viewer)


class NewestBody:
    """What the newest callback about a row said. Contested ones that were only kept say nothing
    about it.
    """

    def html(self, row: Any, viewer: Viewer) -> SafeString:
        newest = viewer.visible(Callback.objects.about(row)).exclude(KEPT).first()
        if newest is None:
            return NOTHING
        return body_html(newest, viewer, origin=viewer.door.url(newest))


class Player:
    """A video, and what else can be done with its addresses."""

    def html(self, row: Video, viewer: Viewer) -> SafeString:
        sources = sources_of(row)
        return player_html(sources, str(row)) if sources else NOTHING
