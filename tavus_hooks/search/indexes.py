"""Of which columns the words are indexed; making these indexes, and erasing from them."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Any

from django.db import connections, models, router, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from ..db.fulltext import Words, fulltext_of
from ..models import Conversation, Document, Replica, ReplicaLabel, SearchText, Video

SAID = Words("tavus_hooks_words_said", SearchText, ("text",), is_filled=True)
VIDEOS = Words("tavus_hooks_words_video", Video, ("video_name", "script"), ranked=200)
REPLICAS = Words("tavus_hooks_words_replica", Replica, ("replica_name",), ranked=200)
LABELS = Words("tavus_hooks_words_label", ReplicaLabel, ("name",), ranked=200)
DOCUMENTS = Words("tavus_hooks_words_document", Document, ("document_name",), ranked=200)

INDEXES: Mapping[type[models.Model], Sequence[Words]] = {
    Conversation: [SAID],
    Video: [VIDEOS],
    Replica: [REPLICAS, LABELS],
    Document: [DOCUMENTS],
}
"""By the model whose rows are found."""
EVERY: Sequence[Words] = [words for each in INDEXES.values() for words in each]


def create_all(connection: BaseDatabaseWrapper) -> None:
    """For the migration."""
    for words in EVERY:
        fulltext_of(connection).create(words, connection)


def drop_all(connection: BaseDatabaseWrapper) -> None:
    """For the migration."""
    for words in EVERY:
        fulltext_of(connection).drop(words, connection)


def renew_all() -> None:
    """Make the indexes anew, as the setting `SEARCH_CONFIGURATION` says; not the texts of what was
    said.
    """
    connection = _connection()
    for words in EVERY:
        fulltext_of(connection).renew(words, connection)


def mend(using: str, **kwargs: Any) -> None:
    """After `migrate`: make the indexes that are not there, if their tables are."""
    connection = connections[using]
    if not router.allow_migrate_model(using, SearchText):
        return
    if SearchText._meta.db_table in connection.introspection.table_names():
        fulltext_of(connection).mend(EVERY, connection)


def erase_words(found: Collection[type[models.Model]]) -> list[str]:
    """Overwrite the words of erased rows in the indexes of these models, or by which their rows are
    found; return where some are left, one line each.

    Call it once after erasing, and outside of a transaction: it reads much of the index.
    """
    connection = _connection()
    chosen = [words for model in found for words in _indexes_of(model)]
    return fulltext_of(connection).erase(chosen, connection) if chosen else []


def erase_words_soon(model: type[models.Model]) -> None:
    """After rows were deleted in a request: `erase_words()` once it is committed, if that is quick;
    elsewhere `tavus_prune` does it.
    """
    connection = _connection()
    if _indexes_of(model) and fulltext_of(connection).erases_in_requests:
        erase: Any = partial(erase_words, [model])
        transaction.on_commit(erase, using=connection.alias, robust=True)


def _indexes_of(model: type[models.Model]) -> Sequence[Words]:
    return INDEXES.get(model) or [words for words in EVERY if words.model is model]


def _connection() -> BaseDatabaseWrapper:
    return connections[router.db_for_write(SearchText)]
