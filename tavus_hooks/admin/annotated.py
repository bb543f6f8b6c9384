"""Notes and tags on the page of the conversation that they are about."""

from typing import Any

from django.contrib import admin
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from .. import access
from ..models import Note, Tagging
from ..presentation.formats import NOTHING
from .entering import EnteringAdmin, joined_by_dots
from .presented import Panels

MAX_NOTES = 50
MAX_TAGS = 50

NOTES_AND_TAGS = Panels(
    ["notes", "tags", "enter_links"], section="conversation", title=_("Notes and tags")
)


class AnnotatedAdmin(EnteringAdmin):
    """For conversations: the panels in `NOTES_AND_TAGS`."""

    linking = ["enter_links"]

    def _is_shown(self, request: Any, obj: Any, name: Any) -> bool:
        of = {"notes": Note, "tags": Tagging}.get(name)
        if of is not None and not request.user.has_perm(access.view(of)):
            return False
        return super()._is_shown(request, obj, name)

    @admin.display(description=_("notes"))
    def notes(self, conversation: Any) -> SafeString:
        """The newest ones."""
        newest = conversation.notes.all()[:MAX_NOTES]
        return self.table_of(conversation, Note, newest) or NOTHING

    @admin.display(description=_("tags"))
    def tags(self, conversation: Any) -> SafeString:
        rows = conversation.taggings.select_related("tag").order_by("tag__name")[:MAX_TAGS]
        return self.table_of(conversation, Tagging, rows) or NOTHING

    @admin.display(description=_("add"))
    def enter_links(self, conversation: Any) -> SafeString:
        if conversation.forgotten_at is not None:
            return SafeString("")
        given = {"conversation": conversation.pk}
        note = self.link_to_enter(conversation, Note, _("Add a note …"), **given)
        tag = self.link_to_enter(conversation, Tagging, _("Tag it …"), **given)
        return joined_by_dots([*note, *tag])
