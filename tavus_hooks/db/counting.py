"""Counts the rows of several querysets in one query."""

from collections import defaultdict
from collections.abc import Hashable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import QuerySet

Key = TypeVar("Key", bound=Hashable)


def count_each(querysets: Mapping[Key, QuerySet[Any]]) -> dict[Key, int]:
    """How many rows each of them has. Of a slice no further rows are looked at."""
    counts = dict.fromkeys(querysets, 0)
    asked: dict[str, list[tuple[Key, str, tuple[Any, ...]]]] = defaultdict(list)
    for key, rows in querysets.items():
        # Of what chooses columns, as `values().distinct()` does, these make a row.
        query = (rows if rows.query.values_select else rows.values("pk")).query
        query.clear_ordering(force=False)
        try:
            sql, params = query.get_compiler(rows.db).as_sql()
        except EmptyResultSet:
            continue
        asked[rows.db].append((key, sql, tuple(params)))
    for using, parts in asked.items():
        connection = connections[using]
        columns = ", ".join(f"(SELECT COUNT(*) FROM ({sql}) counted)" for _, sql, _ in parts)  # noqa: S608
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {columns}{connection.features.bare_select_suffix}",
                [value for _, _, params in parts for value in params],
            )
            found = cursor.fetchone()
        counts |= {key: number for (key, _, _), number in zip(parts, found, strict=True)}
    return counts
