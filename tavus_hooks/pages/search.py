"""The search: one box for what was said, for names, scripts and ids."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.db.models import Model
from django.utils.functional import cached_property
from django.utils.text import capfirst
from django.views.generic import TemplateView

from .. import access, search
from ..access import access_log
from ..models import Access, Conversation, Document, Replica, Video
from ..presentation.base import Table
from .base import MODELS, Page, name_of

SEARCHED: Sequence[type[Model]] = (Conversation, Video, Replica, Document)
"""In the order of the page."""
MOST_TYPED = 200
"""Characters of the box."""


class Group(NamedTuple):
    """What was found of one model."""

    name: str
    title: str
    table: Table
    said: dict[int, list[search.Said]]
    """By the primary key of a conversation: its best turns."""
    is_cut: bool


class SearchPage(Page, TemplateView):
    """For users who may view any of what is searched. Of what was said, words are found and shown
    only for those who may see it.
    """

    template_name = "tavus_hooks/search.html"

    def has_permission(self) -> bool:
        return bool(self.viewable)

    def why_not(self) -> str:
        return access.needs_one_of([access.view(model) for model in MODELS])

    @cached_property
    def typed(self) -> str:
        """What is searched for."""
        return str(self.request.GET.get("q", ""))[:MOST_TYPED].strip()

    @property
    def shell(self) -> dict[str, Any]:
        return super().shell | {"searched": self.typed, "is_search": True}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(most_typed=MOST_TYPED, **kwargs)
        if not self.typed:
            return context
        models = [model for model in SEARCHED if name_of(model) in self.viewable]
        found = search.search(self.typed, models, self.request.user)
        groups = [self.group(model, found) for model in models if found.hits[model].pks]
        missing = access.missing(self.request.user, Conversation, "turns")
        hidden = access.needs(missing) if missing and Conversation in models else ""
        return context | {"found": found, "groups": groups, "why_nothing_said": hidden}

    def group(self, model: Any, found: search.Found) -> Group:
        hits = found.hits[model]
        rows = self.visible(model.objects.brief()).in_bulk(hits.pks)
        ordered = [rows[pk] for pk in hits.pks if pk in rows]
        # Whose replica it is would be asked for in one more query for each model.
        table = self.table(model, ordered, "replica_id")
        label = str(capfirst(model._meta.verbose_name_plural))
        said = self.said(ordered, found) if model is Conversation else {}
        return Group(name_of(model), label, table, said, hits.is_cut)

    def said(
        self, conversations: Sequence[Conversation], found: search.Found
    ) -> dict[int, list[search.Said]]:
        """The best turns; whose turns are shown is in the access log."""
        if not self.may_see(Conversation, "turns"):
            return {}
        said = search.best_turns([row.pk for row in conversations], found.sought)
        opened = [row for row in conversations if row.pk in said]
        by = self.request.user.get_username()
        access_log.opened(opened, Access.Interface.PAGES, by=by)
        return said
