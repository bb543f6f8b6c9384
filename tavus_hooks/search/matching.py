"""Which rows of a model match a text: by a word, or by the beginning of their id."""

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections, router
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import BigIntegerField, Model, Q
from django.db.models.expressions import RawSQL

from .. import access
from ..db.fulltext import NEWEST, Asked, Sql, Words, fulltext_of
from ..models import Conversation
from ..models.callback import ID_LENGTH
from ..payload import clean
from .indexes import INDEXES, LABELS
from .words import words_in


def keys(model: type[Model], text: str, user: Any) -> list[int]:
    """The primary keys of the rows of a model that the user finds by a text, in one query or two.

    The model is Video, Replica, Conversation or Document. Found are the rows that have all words of
    the text, and those whose id begins with it: the newest `NEWEST` by words (on MariaDB those that
    it ranks highest), and as many by id, of those that the user may see. What was said is searched
    only for a user who may see it. White space alone finds nothing.
    """
    connection = connections[router.db_for_read(model)]
    asked = asking(text, connection, is_ranked=False)
    found = [sql for _is_id, sql in queries(model, text, asked, user)]
    if not found:
        return []
    union = " UNION ".join(f"SELECT pk FROM ({sql.text}) each_{n}" for n, sql in enumerate(found))  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(union, [value for sql in found for value in sql.params])
        return [pk for (pk,) in cursor.fetchall()]


def matching(model: type[Model], text: str, user: Any) -> Q:
    """The condition for these rows: it can be combined with any other, and be used on the database
    that `model` is read from.
    """
    return Q(pk__in=keys(model, text, user))


def asking(text: str, connection: BaseDatabaseWrapper, *, is_ranked: bool = True) -> Asked:
    """What the database is asked for: the words that it can find."""
    limits = fulltext_of(connection).limits(connection)
    return Asked(list(filter(limits.has, words_in(text))), limits, connection, is_ranked)


def queries(model: type[Model], text: str, asked: Asked, user: Any) -> Iterator[tuple[bool, Sql]]:
    """The queries of `pk` and `score` for the rows of a model, each with whether it is by id."""
    if (by_id := _by_id(model, text, user, asked.connection)) is not None:
        yield True, by_id
    if not asked.sought or (
        model is Conversation and not access.may_see(user, Conversation, "turns")
    ):
        return
    for words in INDEXES[model]:
        seen = _seen_by(user, words, asked.connection)
        found = fulltext_of(asked.connection).found(words, asked, seen)
        yield False, _of_replicas(found, asked.connection) if words is LABELS else found


def _by_id(model: Any, text: str, user: Any, connection: BaseDatabaseWrapper) -> Sql | None:
    given = clean(text).strip()
    if not 0 < len(given) <= ID_LENGTH:
        return None
    rows = model._base_manager.using(connection.alias)
    rows = access.visible(user, rows.filter(**{f"{model.ID_FIELD}__startswith": given}))
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
