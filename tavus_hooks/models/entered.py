"""What people enter about rows, in tables of its own: no callback writes it, and no rebuild."""

from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ..db.writing import written
from ..payload import clean
from .facts import ForgottenError


class Entered(models.Model):
    """A row that a person entered. It belongs to the person who changed it last."""

    entered_by = models.CharField(_("entered by"), max_length=150, blank=True)
    entered_at = models.DateTimeField(_("entered at"), default=timezone.now)

    class Meta:
        abstract = True


def entered(by: str) -> dict[str, Any]:
    """The columns that say who enters a row now."""
    return {"entered_by": clean(by)[:150], "entered_at": timezone.now()}


def usable_text(text: str, most: int) -> str:
    """The text as it is kept: without white space around it, and such that it can be stored.

    Raises ValueError if nothing is left that can be seen, or more than `most` characters.
    """
    found = clean(text).strip()
    if not any(each.isprintable() and not each.isspace() for each in found):
        raise ValueError("Nothing was entered.")
    if len(found) > most:
        raise ValueError(f"At most {most} characters can be entered, not {len(found)}.")
    return found


def lock_to_enter(rows: Any) -> Any:
    """Lock the one row among these of a subject until the transaction ends, and return it.

    Raises ValueError if there is none, and ForgottenError if it was forgotten: nothing new is
    entered about that. A process that forgets it meanwhile waits, and erases what was entered.
    """
    model = rows.model
    found = written(rows).only(model.ID_FIELD, "forgotten_at").select_for_update().first()
    if found is None:
        raise ValueError(f"There is no such {model._meta.verbose_name}.")
    if found.forgotten_at is not None:
        key = getattr(found, model.ID_FIELD)
        raise ForgottenError(f"The {model._meta.verbose_name} {key} was forgotten.")
    return found
