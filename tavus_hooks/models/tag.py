"""Tags by which people sort conversations."""

from collections.abc import Collection

from django.db import models
from django.utils.translation import gettext_lazy as _

from ..db.exact import ExactField
from ..db.writing import written
from .conversation import Conversation
from .entered import Entered

MAX_TAG = 60
"""Characters of a tag."""


class Tag(Entered):
    """A word for conversations. The first conversation that gets it creates the row."""

    name = ExactField(_("name"), max_length=MAX_TAG)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["name"], name="tavus_hooks_tag_name")]

    def __str__(self) -> str:
        # Not the name: the admin keeps this in its log.
        return str(self.pk)


class Tagging(Entered):
    """A conversation has a tag."""

    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.CASCADE,
        related_name="taggings",
        db_index=False,  # the constraint's index begins with it
    )
    tag = models.ForeignKey(
        Tag, verbose_name=_("tag"), on_delete=models.CASCADE, related_name="taggings"
    )

    class Meta:
        verbose_name = _("tag of a conversation")
        verbose_name_plural = _("tags of conversations")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["conversation", "tag"], name="tavus_hooks_tagging_once")
        ]

    def __str__(self) -> str:
        # Not the name of the tag: the admin keeps this in its log.
        return f"{self.pk}: {self.conversation}"


def delete_unused(pks: Collection[int]) -> None:
    """Delete those of the tags that no conversation has any more, within a transaction."""
    rows = written(Tag.objects).filter(pk__in=pks)
    # Locked: who gives one of them to a conversation has done so before, or makes it again.
    found = set(rows.order_by("pk").select_for_update().values_list("pk", flat=True))
    used = written(Tagging.objects).filter(tag__in=found).order_by()
    rows.filter(pk__in=found - set(used.values_list("tag", flat=True))).delete()
