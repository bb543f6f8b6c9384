"""What may be long stands last in its table: SQLite reads through it to reach what is behind."""

import pytest

from tavus_hooks.models import Callback, Conversation, Failure, SearchText, Turn, Video
from tests.databases import connection

LONG = {
    Callback: ["body"],
    Conversation: ["perception_analysis"],
    Failure: ["message", "traceback"],
    SearchText: ["text"],
    Turn: ["content", "tool_calls"],
    Video: ["script"],
}
"""Texts that may fill pages of the database, by table."""


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "names"), LONG.items(), ids=[model._meta.model_name for model in LONG]
)
def test_long_texts_are_the_last_columns(model, names):
    with connection.cursor() as cursor:
        table = connection.introspection.get_table_description(cursor, model._meta.db_table)
    ours = [column.name for column in table if column.name != "vector"]  # PostgreSQL's own
    assert ours[-len(names) :] == names
