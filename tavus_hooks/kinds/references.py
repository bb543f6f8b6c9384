"""Whether a callback is contested: its reference is compared with that of the row it is about."""

from typing import Any

from django.utils import timezone

from ..models import Callback
from ..models.precedence import by_receipt


def compare_references(callback: Callback, row: Any) -> None:
    """Mark the callback as contested or not, and note whether others now have to be compared."""
    callback.is_compared = True
    is_contested = row.reference not in ("", callback.reference)
    callback.contested_at = (callback.contested_at or timezone.now()) if is_contested else None
    gave_it = bool(callback.reference) and row.reference_as_of == by_receipt(callback)
    callback.takes_reference = gave_it and row.made_by != callback.pk
