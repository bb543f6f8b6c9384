"""The fact groups that kinds declare, and those of the models, are the same."""

from collections import defaultdict
from itertools import chain

import pytest
from django.db import models

from tavus_hooks.kinds import all_kinds
from tavus_hooks.kinds.fields import Group, Identifier, Number, SourceTime, Text, Time
from tavus_hooks.models import Conversation, Document, Recording, Replica, Video
from tavus_hooks.models.long_text import LongTextField
from tavus_hooks.models.subjects import SUBJECTS
from tests.kinds import columns

MODELS = (Video, Replica, Conversation, Recording, Document)
OF_THE_APP = {"reference", "expected_at", "transcript_pruned_at", "analysis_pruned_at"}
"""Columns that come from no callback."""
BY_HAND = {Conversation: {"transcribed_at", "transcript_seconds", "user_turns"}}
"""Columns that a kind writes without declaring them."""
STAYS = {"shutdown_reason", "bucket_name", "s3_key", "storage_uri", "recording_id"}
"""Long texts that forgetting leaves: why a conversation ended, and where a recording lies."""
JUDGED = {
    Video: columns.VIDEO,
    Replica: columns.REPLICA,
    Document: columns.DOCUMENT,
    Conversation: [*columns.CONVERSATION, *chain.from_iterable(columns.OF_KIND.values())],
    Recording: [*chain.from_iterable(columns.RECORDING.values())],
}
FIELDS = {
    models.DateTimeField: (Time, SourceTime),
    models.FloatField: (Number,),
    models.CharField: (Text, Identifier),
    models.TextField: (Text,),
}
"""What is read for a column of such a type."""


def declared() -> list[tuple[type[models.Model], Group]]:
    """Each group that a kind writes, with the model that has it."""
    found = [(SUBJECTS[kind.subject_type], group) for kind in all_kinds() for group in kind.groups]
    return found + [
        (Recording, group)
        for kind in all_kinds()
        for group in getattr(kind, "recording_groups", ())
    ]


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_column_of_a_fact_group_is_declared_by_some_kind_and_no_other_column_is(model):
    columns = defaultdict(set)
    for about, group in declared():
        if about is model:
            columns[group.name] |= {field.column for field in group.fields}
    own = OF_THE_APP | BY_HAND.get(model, set())
    expected = {name: set(facts) - own for name, facts in model.FACTS.items()}
    assert dict(columns) == {name: facts for name, facts in expected.items() if facts}, (
        f"A column of {model.__name__} stands in its FACTS, and in the group of that name in "
        "tavus_hooks/kinds/."
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_a_kind_reads_fits_into_the_column(model):
    for about, group in declared():
        for field in group.fields if about is model else ():
            column = model._meta.get_field(field.column)
            read = next(FIELDS[base] for base in type(column).__mro__ if base in FIELDS)
            assert isinstance(field, read), f"{model.__name__}.{field.column}"
            if isinstance(field, Text | Identifier):
                assert field.max_length == column.max_length, f"{model.__name__}.{field.column}"


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_what_every_column_holds_is_judged_by_fields_that_are_written_down_apart(model):
    own = OF_THE_APP | {"transcript_seconds", "user_turns"}
    expected = set(chain.from_iterable(model.FACTS.values())) - own
    judged = {column.name for column in JUDGED[model]} - {model.ID_FIELD}
    assert judged == expected - {model.ID_FIELD}, (
        f"Say in tests/kinds/columns.py from which field each column of {model.__name__} comes."
    )


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_every_long_text_is_erased_by_forgetting_unless_it_is_known_to_stay(model):
    texts = {field.name for field in model._meta.fields if isinstance(field, LongTextField)}
    assert set(model.SAID) == texts - STAYS, (
        f"Name what forgetting erases in SAID of {model.__name__}, and what stays in "
        "tests/kinds/test_groups.py."
    )
