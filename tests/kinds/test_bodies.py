"""docs/kinds.md shows what a body looks like, and says from which field each column comes."""

import json
import re
from datetime import UTC, datetime
from typing import Any, NamedTuple

import pytest

from tavus_hooks.kinds import all_kinds
from tavus_hooks.models import Conversation, Document, Recording, Replica, Turn, Video
from tests.conftest import SAMPLES
from tests.running import ROOT

PAGE = (ROOT / "docs" / "kinds.md").read_text()
MODELS = [Video, Replica, Conversation, Turn, Recording, Document]
KINDS = {kind.name for kind in all_kinds()}
TIME = datetime(2026, 5, 14, 13, 4, 22, tzinfo=UTC)

OF_THE_APP = {
    "id",
    "conversation",
    "identity",
    "made_by",
    "reference",
    "expected_at",
    "forgotten_at",
    "transcript_pruned_at",
    "analysis_pruned_at",
}
"""Columns that come from no body."""
FLAT = {
    Video: {"video_id": "v1", "status": "ready"},
    Replica: {"replica_id": "r1", "status": "ready"},
    Document: {"document_id": "d1"},
}
KIND_BY_DEFAULT = {
    Conversation: "system.replica_joined",
    Recording: "application.recording_copy_failed",
}
SPEAKS = [{"role": "user", "content": "said"}, {"role": "user", "content": " "}, {"content": "x"}]
PARTICULAR = {
    "role": ("assistant", "replica"),
    "tool_calls": ([{"name": "look"}], '[{"name": "look"}]'),
    "user_turns": (SPEAKS, 1),
    "transcript_seconds": ([{"content": "Hi", "seconds_from_start": 10, "duration": 2.5}], 12.5),
}
"""What is put into the field of such a column, and what the column holds then."""


class Row(NamedTuple):
    column: str
    fields: list[str]
    kinds: list[str]
    form: str


def table(model):
    """The rows of the model's table."""
    section = PAGE.partition(f"\n### {model.__name__}\n")[2].partition("\n##")[0]
    rows = []
    for line in re.findall(r"^\| `.*", section, re.MULTILINE):
        column, said, form = (cell.strip() for cell in line.strip("|").split("|"))
        names = re.findall(r"`([^`]+)`", said)
        kinds = [name for name in names if name in KINDS]
        fields = [name for name in names if name not in KINDS]
        rows.append(Row(column.strip("`"), fields, kinds, form))
    return rows


EVERY_MODEL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
CASES = [
    (model, row, field, kind)
    for model in MODELS
    for row in table(model)
    for field in row.fields
    for kind in row.kinds or [None]
]


def placed(field, value):
    """`data.script` as `{"data": {"script": value}}`."""
    for name in reversed(field.split(".")):
        value = {name: value}
    return value


def merged(one, other):
    both = {**one, **other}
    for name in one.keys() & other.keys():
        if isinstance(one[name], dict) and isinstance(other[name], dict):
            both[name] = merged(one[name], other[name])
    return both


def told(row) -> tuple[Any, Any]:
    """What to put into the field of a row, and what its column has to hold."""
    if row.column in PARTICULAR:
        return PARTICULAR[row.column]
    if row.form.startswith("time"):
        return "2026-05-14T13:04:22Z", TIME
    if row.form.startswith("seconds"):
        return 12.5, 12.5
    assert row.form.startswith(("id", "text")), row
    longest = int(found[1]) if (found := re.match(r"text of (\d+)", row.form)) else 128
    text = f"told of {row.column} ".ljust(longest, "x")
    return text, text


def body_with(model, field, value, kind):
    if model is Turn:
        turn = {"content": "x", field: value}
        told = {"properties": {"transcript": [{"content": ""}, turn]}}
        return {"event_type": "application.transcription_ready", "conversation_id": "c1", **told}
    if model in FLAT:
        own = {**FLAT[model]}
        if model is Replica and field == "face_id":
            del own["replica_id"]
        return merged(own, placed(field, value))
    event = {"event_type": kind or KIND_BY_DEFAULT[model], "conversation_id": "c1"}
    if kind == "application.transcription_ready":
        event["properties"] = {"transcript": []}
    return merged(event, placed(field, value))


@EVERY_MODEL
def test_every_column_of_a_body_has_its_row(model):
    columns = {
        field.name for field in model._meta.concrete_fields if not field.name.endswith("_as_of")
    }
    documented = [row.column for row in table(model)]
    assert sorted(documented) == sorted(columns - OF_THE_APP), (
        f"docs/kinds.md: give each column of {model.__name__} one row."
    )


def test_the_columns_that_come_from_no_body_are_named():
    text = PAGE.partition("The other columns of these tables come from no body")[2]
    named = set(re.findall(r"`(\w+)`", text.partition("\n\n")[0]))
    assert named == OF_THE_APP - {"id", "conversation"} | {"_as_of"}


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("model", "row", "field", "kind"),
    CASES,
    ids=[f"{model.__name__}.{row.column}-{field}-{kind}" for model, row, field, kind in CASES],
)
def test_what_a_field_says_stands_in_the_column_of_its_row(receive, model, row, field, kind):
    value, held = told(row)
    receive(body_with(model, field, value, kind))
    found = model.objects.get()
    assert getattr(found, row.column) == held


@pytest.mark.django_db
def test_the_columns_of_a_video_hold_what_each_field_says_and_nothing_else(receive):
    rows = table(Video)
    times = {"created_at": "2026-05-12 09:14:03", "updated_at": "2026-05-12 09:17:41"}
    body: dict[str, Any] = {}
    for row in rows:
        body = merged(body, placed(row.fields[0], times.get(row.column, f"the {row.column}")))
    receive(body)
    video = Video.objects.get()
    assert {row.column: getattr(video, row.column) for row in rows} == {
        row.column: datetime.fromisoformat(times[row.column]).replace(tzinfo=UTC)
        if row.column in times
        else f"the {row.column}"
        for row in rows
    }


@pytest.mark.django_db
def test_a_turn_has_its_place_among_those_that_say_something(receive):
    receive(body_with(Turn, "content", "first", None))
    assert Turn.objects.get().position == 0


def is_part(part, whole):
    """Whether all of it stands in the other, in that order."""
    if isinstance(part, dict):
        return isinstance(whole, dict) and all(
            name in whole and is_part(value, whole[name]) for name, value in part.items()
        )
    if isinstance(part, list):
        left = iter(whole)
        return all(any(is_part(value, other) for other in left) for value in part)
    return part == whole


@pytest.mark.parametrize("number", [0, 1], ids=["video", "transcript"])
def test_a_body_that_is_shown_is_a_part_of_its_sample(number):
    body = json.loads(re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)[number])
    before = PAGE.split("```json\n")[number]
    [name] = re.findall(r"`tavus_hooks/samples/([\w.]+\.json)`", before)[-1:]
    assert len(body) > 3
    assert is_part(body, json.loads((SAMPLES / name).read_bytes()))
