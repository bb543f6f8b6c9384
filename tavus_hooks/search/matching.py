"""Which rows of a model match a text: by a word, or by the beginning of their id."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Model, Q
from django.db.models.expressions import RawSQL

from .. import access
from ..db.fulltext import NEWEST, SCANNED, Asked, Sql, Words, fulltext_of
from ..models import Conversation
from ..models.callback import ID_LENGTH
from ..payload import clean
from .indexes import INDEXES, LABELS
from .words import words_in


class Cut(NamedTuple):
    """How far was looked for words, where not all rows that have them were found."""

    rows: int
    back_to: int
    """The primary key of the last of them."""


class Matches(NamedTuple):
    """The primary keys of the rows that were found by a text."""

    keys: list[int]
    cut: Cut | None = None
    """None if these are all."""


def matches(
    model: type[Model], text: str, user: Any, among: Sequence[int] | None = None
) -> Matches:
    """The rows of a model that the user finds by a text, in one query or two.

    The model is Video, Replica, Conversation or Document. Found are the rows that have all words of
    the text, and those whose id begins with it: the newest `NEWEST` by words (on MariaDB those that
    it ranks highest), and as many by id, of those that the user may see. What was said is searched
    only for a user who may see it. White space alone finds nothing.

    With `among`, the primary keys of some rows, all of these that match are found.
    """
    connection = connections[router.db_for_read(model)]
    asked = asking(text, connection, is_ranked=False)
    if among is None:
        return _found_by(list(queries(model, text, asked, user)), model, asked)
    found: list[int] = []
    for start in range(0, len(among), NEWEST):  # no more match than are found at most
        some = list(queries(model, text, asked, user, among[start : start + NEWEST]))
        found += _found_by(some, model, asked).keys
    return Matches(found, _beyond(model, asked))


def _found_by(each: Sequence[tuple[bool, Sql]], model: type[Model], asked: Asked) -> Matches:
    if not each:
        return Matches([])
    union = " UNION ALL ".join(
        f"SELECT {number} AS part, pk FROM ({sql.text}) each_{number}"  # noqa: S608
        for number, (_is_id, sql) in enumerate(each)
    )
    parts: list[list[int]] = [[] for _ in each]
    with asked.connection.cursor() as cursor:
        cursor.execute(union, [value for _is_id, sql in each for value in sql.params])
        for number, pk in cursor.fetchall():
            parts[number].append(pk)
    ends = [min(part) for part in parts if len(part) >= NEWEST]
    cut = Cut(NEWEST, max(ends)) if ends else None
    if cut is None and not all(is_id for is_id, _sql in each):
        cut = _beyond(model, asked)
    return Matches(list(dict.fromkeys(pk for part in parts for pk in part)), cut)


def _beyond(model: Any, asked: Asked) -> Cut | None:
    """How far is looked without an index; None if that is to the end."""
    if asked.limits.is_indexed or not asked.sought:
        return None
    rows = model._base_manager.using(asked.connection.alias).order_by("-pk")
    last = list(rows.values_list("pk", flat=True)[SCANNED - 1 : SCANNED + 1])
    return Cut(SCANNED, last[0]) if len(last) > 1 else None


def matching(model: type[Model], text: str, user: Any) -> Q:
    """The condition for these rows: it can be combined with any other, and be used on the database
    that `model` is read from.
    """
    return Q(pk__in=matches(model, text, user).keys)


def asking(text: str, connection: BaseDatabaseWrapper, *, is_ranked: bool = True) -> Asked:
    """What the database is asked for: the words that it can find."""
    limits = fulltext_of(connection).limits(connection)
    return Asked(list(filter(limits.has, words_in(text))), limits, connection, is_ranked)


def queries(
    model: type[Model], text: str, asked: Asked, user: Any, among: Sequence[int] | None = None
) -> Iterator[tuple[bool, Sql]]:
    """The queries of `pk` and `score` for the rows of a model, each with whether it is by id."""
    if (by_id := _by_id(model, text, user, asked.connection, among)) is not None:
        yield True, by_id
    if not asked.sought or (
        model is Conversation and not access.may_see(user, Conversation, "turns")
    ):
        return
    for words in INDEXES[model]:
        seen = _both(
            _among(among, words, asked.connection), _seen_by(user, words, asked.connection)
        )
        found = fulltext_of(asked.connection).found(words, asked, seen)
        yield False, _of_replicas(found, asked.connection) if words is LABELS else found


def _by_id(
    model: Any,
    text: str,
    user: Any,
    connection: BaseDatabaseWrapper,
    among: Sequence[int] | None,
) -> Sql | None:
    given = clean(text).strip()
    if not 0 < len(given) <= ID_LENGTH:
        return None
    rows = model._base_manager.using(connection.alias)
    rows = access.visible(user, rows.filter(**{f"{model.ID_FIELD}__startswith": given}))
    if among is not None:
        rows = rows.filter(pk__in=among)
    # In the order of the index: those with the shortest ids, which may be it, come first.
    compiled = _compiled(rows.order_by(model.ID_FIELD)[:NEWEST], connection)
    if compiled is None:
        return None
    return Sql(
        f"WITH by_id(pk) AS ({compiled.text}) SELECT pk, 0 AS score FROM by_id",  # noqa: S608
        compiled.params,
    )


def _seen_by(user: Any, words: Words, connection: BaseDatabaseWrapper) -> Sql | None:
    """The condition that a row is one that the user may see, if the host has a rule."""
    if access.rule_of_host() is None:
        return None
    this: Any = RawSQL("found.pk", (), BigIntegerField())
    rows = words.model._base_manager.using(connection.alias).order_by().filter(pk=this)
    compiled = _compiled(access.visible(user, rows), connection)
    return Sql("1 = 0") if compiled is None else Sql(f"EXISTS ({compiled.text})", compiled.params)


def _among(keys: Sequence[int] | None, words: Words, connection: BaseDatabaseWrapper) -> Sql | None:
    """The condition that a row is of one of these; None if it may be of any."""
    if keys is None:
        return None
    listed = ", ".join(str(int(key)) for key in keys)
    name = connection.ops.quote_name
    key: Any = words.model._meta.pk
    column = name("replica_id" if words is LABELS else key.column)
    # Not `found.pk IN`, for which SQLite searches for the words again by each key.
    return Sql(
        f"EXISTS (SELECT 1 FROM {name(words.model._meta.db_table)} few "  # noqa: S608
        f"WHERE few.{name(key.column)} = found.pk AND few.{column} IN ({listed}))"
    )


def _both(one: Sql | None, other: Sql | None) -> Sql | None:
    if one is None or other is None:
        return one or other
    return Sql(f"{one.text} AND {other.text}", (*one.params, *other.params))


def _of_replicas(labels: Sql, connection: BaseDatabaseWrapper) -> Sql:
    table = connection.ops.quote_name(LABELS.model._meta.db_table)
    return Sql(
        f"SELECT label.replica_id AS pk, score FROM ({labels.text}) labels "  # noqa: S608
        f"JOIN {table} label ON label.id = labels.pk",
        labels.params,
    )


def _compiled(rows: Any, connection: BaseDatabaseWrapper) -> Sql | None:
    """A query of the primary keys of these rows; None if there can be none."""
    try:
        sql, params = rows.values("pk").query.get_compiler(connection=connection).as_sql()
    except EmptyResultSet:
        return None
    return Sql(sql, tuple(params))
