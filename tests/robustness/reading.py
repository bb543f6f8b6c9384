"""Everything that pages, the admin and the API read of the rows, to see that nothing raises."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import QuerySet
from django.utils import timezone

from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Turn, Video

MODELS = (Callback, Conversation, Document, Recording, Replica, Turn, Video)
# A page shows times in the reader's zone, which must not lie beyond the calendar.
ZONES = [ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Etc/GMT+12")]


def read_everything() -> None:
    """Raises, or fails, when something of what is stored cannot be shown."""
    for model in MODELS:
        names = list(_properties(model))
        for row in model.objects.all():
            assert isinstance(str(row), str)
            for name in names:
                value = getattr(row, name)
                if isinstance(value, timedelta):
                    assert value >= timedelta(), f"{model.__name__}.{name} is negative"
                if isinstance(value, QuerySet):
                    list(value)
                str(value)
            for moment in _moments(row):
                for zone in ZONES:
                    timezone.localtime(moment, zone)


def _properties(model: type[Any]) -> Iterator[str]:
    """The properties that the app gives the model."""
    for base in model.__mro__:
        if base.__module__.startswith("tavus_hooks."):
            for name, value in vars(base).items():
                if isinstance(value, property | cached_property):
                    yield name


def _moments(row: Any) -> Iterator[datetime]:
    for field in row._meta.concrete_fields:
        value = getattr(row, field.attname)
        if isinstance(value, datetime):
            yield value
