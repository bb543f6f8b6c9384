"""Counting rows up to a bound, for as many querysets as there are in one query."""

from collections.abc import Sequence
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet


def counted(querysets: Sequence[QuerySet[Any]], most: int) -> list[int]:
    """The number of rows of each, but no more than `most`, beyond which none is read.

    All are read from the database of the first.
    """
    if not querysets:
        return []
    using = querysets[0].db
    numbers, selects, parameters = [0] * len(querysets), {}, []
    for place, rows in enumerate(querysets):
        limited = rows.order_by().values("pk")[:most]
        try:
            sql, given = limited.query.get_compiler(using).as_sql()
        except EmptyResultSet:
            continue
        selects[place] = f"(SELECT COUNT(*) FROM ({sql}) rows_{place})"  # noqa: S608
        parameters += given
    if selects:
        with connections[using].cursor() as cursor:
            cursor.execute(f"SELECT {', '.join(selects.values())}", parameters)
            for place, number in zip(selects, cursor.fetchone(), strict=True):
                numbers[place] = number
    return numbers
