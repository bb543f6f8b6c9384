"""Positions of rows as texts for URLs, which anybody can change."""

import base64
import binascii
import json
from datetime import UTC, datetime
from typing import Any, NamedTuple

from django.core.exceptions import ValidationError
from django.db.models import Model
from django.utils.timezone import is_aware

from .keyset import Order, Position

MAX_CURSOR = 2_000
"""In characters. A column that sorts holds at most 200."""
MAX_KEY = 2**63 - 1


class CursorError(ValueError):
    """The text is no cursor of this order."""


class Cursor(NamedTuple):
    """A position to go on from, and in which direction, as a text for URLs."""

    position: Position
    is_backward: bool

    def written(self, order: Order) -> str:
        value = self.position.value
        text = value.isoformat() if isinstance(value, datetime) else value
        parts = [str(order), int(self.is_backward), text, self.position.key]
        return base64.urlsafe_b64encode(json.dumps(parts).encode()).decode().rstrip("=")

    @classmethod
    def read(cls, text: str, order: Order, model: type[Model]) -> "Cursor":
        """Raises CursorError unless it was written for this order."""
        try:
            padded = text[:MAX_CURSOR] + "=" * (-len(text[:MAX_CURSOR]) % 4)
            name, is_backward, value, key = json.loads(base64.urlsafe_b64decode(padded))
        except (ValueError, TypeError, RecursionError, binascii.Error) as error:
            raise CursorError("It is no cursor.") from error
        if name != str(order):
            raise CursorError("It belongs to another order.")
        if is_backward not in (0, 1) or not _is_key(key):
            raise CursorError("It is no cursor.")
        return cls(Position(_value(value, order, model), key), bool(is_backward))


def _is_key(key: object) -> bool:
    return isinstance(key, int) and not isinstance(key, bool) and abs(key) <= MAX_KEY


def _value(value: object, order: Order, model: type[Model]) -> Any:
    if value is None and (order.has_nulls or not order.column):
        return None
    if not order.column or not isinstance(value, str | int) or "\x00" in str(value):
        raise CursorError("It is no cursor.")
    field: Any = model._meta.get_field(order.column)
    try:
        str(value).encode()
        found = field.to_python(value)
        if isinstance(found, datetime):
            return _in_utc(found)
    except (ValidationError, ValueError, TypeError, OverflowError) as error:
        raise CursorError("It is no cursor.") from error
    if not isinstance(found, str) and not _is_key(found):
        raise CursorError("It is no cursor.")
    return found


def _in_utc(moment: datetime) -> datetime:
    """As it is stored; a moment that no row can have is a ValueError or an OverflowError."""
    if not is_aware(moment):
        raise ValueError("It has no time zone.")
    return moment.astimezone(UTC)
