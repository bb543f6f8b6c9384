"""The turns of a transcript: what is kept of whatever came, and what the tables hold after it."""

import json
from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.db import IntegrityError, transaction
from hypothesis import given
from hypothesis import strategies as st

from tavus_hooks.db import statements
from tavus_hooks.kinds.transcript import read_turns
from tavus_hooks.models import Conversation, Turn
from tavus_hooks.payload import Payload, clean, decode
from tests.databases import OURS, connection
from tests.factories import transcript

pytestmark = pytest.mark.also_in_autocommit

any_text = st.text(st.characters(exclude_categories=[]))
any_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | any_text,
    lambda children: st.lists(children) | st.dictionaries(any_text, children),
    max_leaves=15,
)


def read(transcript):
    """The turns, and the remarks about what is no turn."""
    properties = Payload({"transcript": transcript})
    return read_turns(properties), properties.remarks


def said(turns):
    return [(turn.role, turn.content) for turn in turns]


def user(*texts):
    return [{"role": "user", "content": text} for text in texts]


# Reading


@pytest.mark.parametrize(
    ("role", "read_as"),
    [
        ("user", "user"),
        ("assistant", "replica"),
        ("replica", "replica"),
        ("pal", "replica"),
        ("face", "replica"),
        ("system", "system"),
        ("tool", "tool"),
        (" User\n", "user"),
        ("ASSISTANT", "replica"),
        ("narrator", ""),
        ("", ""),
        (None, ""),
        (7, ""),
        (["user"], ""),
    ],
)
def test_roles_are_told_in_four_words_and_an_unknown_one_in_none(role, read_as):
    turns, _ = read([{"role": role, "content": "Hello"}])
    assert said(turns) == [(read_as, "Hello")]


def test_an_entry_without_a_role_keeps_what_was_said():
    assert said(read([{"content": "Hello"}])[0]) == [("", "Hello")]


@pytest.mark.parametrize(
    "entry", [{}, None, "", {"role": "user"}, {"role": "user", "content": None}, {"content": ""}]
)
def test_an_entry_that_says_nothing_is_left_out_with_a_remark(entry):
    turns, remarks = read([*user("before"), entry, *user("after")])

    assert said(turns) == [("user", "before"), ("user", "after")]
    assert [turn.position for turn in turns] == [0, 1]
    assert len(remarks) == 1
    assert remarks[0].startswith("transcript[1]")


@pytest.mark.parametrize(
    ("content", "text"),
    [
        (42, "42"),
        (False, "false"),
        ("a\x00b\ud800", "a\ufffdb\ufffd"),
        ("🍅", "🍅"),
        ([{"type": "text", "text": "größer"}], '[{"type": "text", "text": "größer"}]'),
    ],
)
def test_content_of_any_type_is_kept_as_text(content, text):
    assert said(read([{"role": "user", "content": content}])[0]) == [("user", text)]


def test_content_is_never_cut():
    (turn,), remarks = read(user("x" * 1_000_000))

    assert len(turn.content) == 1_000_000
    assert remarks == []


@pytest.mark.parametrize(
    "timestamp",
    [
        "2026-05-15T13:00:10.500000Z",
        "2026-05-15T13:00:10.500000",
        "2026-05-15 13:00:10.5",
        1778850010.5,
        "1778850010.5",
    ],
)
def test_a_turns_time_is_read_in_every_notation(timestamp):
    (turn,), remarks = read([{"role": "user", "content": "Hello", "timestamp": timestamp}])

    assert turn.occurred_at == datetime(2026, 5, 15, 13, 0, 10, 500000, UTC)
    assert remarks == []


@pytest.mark.parametrize("odd", ["not a time", [], {}, True, "9" * 5000])
def test_an_odd_time_or_duration_costs_no_more_than_itself(odd):
    (turn,), remarks = read(
        [
            {
                "role": "user",
                "content": "Hello",
                "timestamp": odd,
                "duration": odd,
                "inference_id": "i",
            }
        ]
    )

    assert (turn.content, turn.inference_id) == ("Hello", "i")
    assert (turn.occurred_at, turn.duration) == (None, None)
    assert len(remarks) == 2


def test_seconds_may_be_text_or_whole_numbers():
    (turn,), _ = read([{"content": "Hello", "seconds_from_start": "3.25", "duration": 2}])
    assert (turn.seconds_from_start, turn.duration) == (3.25, 2.0)


def test_an_inference_id_too_long_for_its_column_is_remarked_upon_and_the_turn_kept():
    (turn,), remarks = read([{"content": "Hello", "inference_id": "i" * 129}])

    assert (turn.content, turn.inference_id) == ("Hello", "")
    assert len(remarks) == 1


def test_a_tool_call_without_content_is_a_turn():
    calls = [{"id": "call_7Yq2mZ", "function": {"name": "check_stock"}}]

    (turn,), remarks = read([{"role": "assistant", "content": None, "tool_calls": calls}])

    assert json.loads(turn.tool_calls) == calls
    assert turn.content == ""
    assert not turn.is_spoken_by_user
    assert remarks == []


def test_a_list_that_came_as_text_is_read_with_a_remark():
    turns, remarks = read(json.dumps(user("Hello", "Goodbye")))

    assert said(turns) == [("user", "Hello"), ("user", "Goodbye")]
    assert len(remarks) == 1


@pytest.mark.parametrize("text", ["user: Hello", "{", "7", "null", '"Hello"', "[" * 100_000])
def test_text_that_is_no_list_is_one_turn(text):
    turns, remarks = read(text)

    assert said(turns) == [("", text)]
    assert len(remarks) == 1


def test_a_single_entry_without_its_list_is_one_turn():
    assert said(read(user("Hello")[0])[0]) == [("user", "Hello")]


@pytest.mark.parametrize("transcript", [7, True, 1.5])
def test_what_cannot_be_a_transcript_is_none_and_remarked_upon(transcript):
    turns, remarks = read(transcript)

    assert turns is None
    assert len(remarks) == 1


@pytest.mark.parametrize("properties", [{}, {"transcript": None}])
def test_a_missing_transcript_is_no_empty_one(properties):
    payload = Payload(properties)

    assert read_turns(payload) is None
    assert len(payload.remarks) == 1


def test_an_empty_transcript_is_nothing_to_remark_upon():
    assert read([]) == ([], [])


@pytest.mark.django_db
def test_a_transcript_that_is_none_does_not_erase_the_one_before_it(receive, sample):
    receive(sample("application.transcription_ready"))
    conversation = Conversation.objects.get()
    turns = conversation.turns.count()
    event = json.loads(sample("application.transcription_ready"))
    event["timestamp"] = "2026-11-01T00:00:00Z"
    event["properties"]["transcript"] = 7
    receive(event)
    conversation.refresh_from_db()
    assert conversation.turns.count() == turns > 0
    assert conversation.user_turns


def test_only_words_make_a_user_speak():
    turns, _ = read(user("Hello", "   ", "\n"))
    assert [turn.is_spoken_by_user for turn in turns] == [True, False, False]


@given(any_json)
def test_no_value_makes_reading_raise_and_every_turn_fits_its_columns(transcript):
    turns, remarks = read(transcript)

    assert all(remark == clean(remark) for remark in remarks)
    if turns is None:
        return
    assert [turn.position for turn in turns] == list(range(len(turns)))
    for turn in turns:
        assert turn.content or turn.tool_calls
        assert turn.role in ["", *Turn.Role.values]
        for text in (turn.content, turn.tool_calls, turn.inference_id):
            assert text == clean(text)


field_names = st.sampled_from(["role", "content", "tool_calls", "timestamp", "duration"])
odd_entries = any_json | st.dictionaries(field_names, any_json)


@given(st.lists(st.lists(odd_entries, max_size=3), max_size=4))
def test_good_turns_survive_whatever_stands_between_them(gaps):
    transcript = []
    for number, gap in enumerate(gaps):
        transcript += [*gap, {"role": "user", "content": f"good turn {number}"}]

    turns, _ = read(transcript)

    good = [turn.content for turn in turns if turn.content.startswith("good turn ")]
    assert good == [f"good turn {number}" for number in range(len(gaps))]


# In the tables


def test_a_transcript_becomes_rows_in_the_order_of_speaking(receive, sample):
    callback = receive(sample("application.transcription_ready"))

    conversation = Conversation.objects.get(conversation_id=callback.subject_id)
    expected = decode(sample("application.transcription_ready")).value["properties"]["transcript"]
    turns = list(conversation.turns.all())
    assert [turn.content for turn in turns] == [entry["content"] for entry in expected]
    assert [turn.role for turn in turns] == ["system", "replica", "user", "replica", "user"]
    assert turns[1].occurred_at == datetime(2026, 5, 14, 13, 0, 9, 120000, UTC)
    assert conversation.user_turns == 2
    assert conversation.transcribed_at == callback.occurred_at
    assert callback.remarks == ""


@pytest.mark.parametrize(
    ("case", "user_turns", "remarked"),
    [
        ("numeric_times", 1, False),
        ("null_content", 1, True),
        ("odd_entries", 2, True),
        ("nobody_spoke", 0, False),
        ("tool_calls", 1, False),
        ("string_transcript", 1, True),
    ],
)
def test_every_shape_of_transcript_is_applied(receive, sample, case, user_turns, remarked):
    callback = receive(sample(f"application.transcription_ready__{case}"))

    conversation = Conversation.objects.get(conversation_id=callback.subject_id)
    assert callback.applied_at is not None
    assert conversation.user_turns == user_turns
    assert conversation.turns.exists()
    assert bool(callback.remarks) is remarked


def test_the_whole_entries_among_odd_ones_are_kept_in_order(receive, sample):
    callback = receive(sample("application.transcription_ready__odd_entries"))

    turns = Turn.objects.filter(conversation__conversation_id=callback.subject_id)
    kept = [text for text in turns.values_list("content", flat=True) if text.endswith(".")]
    assert kept == [
        "This one is whole.",
        "Nobody says who said this.",
        "A role that is new.",
        "A role that is a list.",
        "So is this.",
    ]


def test_text_that_databases_refuse_arrives_cleaned_and_the_rest_unchanged(receive):
    receive(transcript(*user("a\x00b", "half a \ud83d pair", "🍅 größer", "x" * 100_000)))

    contents = list(Turn.objects.values_list("content", flat=True))
    assert contents == ["a\ufffdb", "half a \ufffd pair", "🍅 größer", "x" * 100_000]


def test_a_thousand_turns_are_kept(receive):
    receive(transcript(*user(*map(str, range(1000)))))

    contents = list(Turn.objects.values_list("content", flat=True))
    assert contents == [str(number) for number in range(1000)]


def test_a_newer_transcript_takes_the_place_of_the_older_and_rows_keep_their_keys(receive):
    receive(transcript(*user("one", "two", "three"), timestamp="2026-05-14T13:04:22Z"))
    before = dict(Turn.objects.values_list("position", "pk"))
    receive(transcript(*user("1", "2"), timestamp="2026-05-14T13:05:00Z"))

    assert list(Turn.objects.values_list("content", flat=True)) == ["1", "2"]
    assert dict(Turn.objects.values_list("position", "pk")) == {0: before[0], 1: before[1]}
    assert Conversation.objects.get().user_turns == 2


def test_an_older_transcript_that_comes_late_changes_nothing(receive):
    receive(transcript(*user("new"), timestamp="2026-05-14T13:05:00Z"))
    receive(transcript(*user("old", "older"), timestamp="2026-05-14T13:04:22Z"))

    assert list(Turn.objects.values_list("content", flat=True)) == ["new"]
    assert Conversation.objects.get().user_turns == 1


def test_a_transcript_touches_no_other_conversation(receive):
    receive(transcript(*user("mine"), conversation_id="c1"))
    receive(transcript(*user("yours", "too"), conversation_id="c2"))
    receive(transcript(conversation_id="c2", timestamp="2026-05-14T14:00:00Z"))

    assert list(Turn.objects.values_list("content", flat=True)) == ["mine"]


def test_the_same_transcript_twice_leaves_one_set_of_turns(receive):
    first = receive(transcript(*user("Hello")))
    second = receive(transcript(*user("Hello")))

    assert second.duplicate_of_id == first.pk
    assert Turn.objects.count() == 1


@pytest.mark.parametrize("number", [1, 19, 20, 21, 40, 41])
@pytest.mark.parametrize("replaced", [False, True], ids=["at first", "in place of another"])
def test_every_column_of_every_turn_is_kept_however_many_there_are(receive, number, replaced):
    if replaced:
        receive(transcript(*user(*["older"] * 30), timestamp="2025-07-11T06:00:00Z"))
    entries = [
        {
            "role": "assistant",
            "content": f"turn {n}",
            "tool_calls": [n],
            "timestamp": f"2026-05-14T13:00:{n:02}.{n:06}+02:00",
            "seconds_from_start": n + 0.5,
            "duration": 1 / (n + 1),
            "inference_id": f"i{n}",
        }
        for n in range(number)
    ]
    receive(transcript(*entries, {"role": "user", "content": "silence"}))

    *kept, last = Turn.objects.values_list(
        "position",
        "role",
        "content",
        "tool_calls",
        "occurred_at",
        "seconds_from_start",
        "duration",
        "inference_id",
    )
    assert last == (number, "user", "silence", "", None, None, None, "")
    start = datetime(2026, 5, 14, 11, 0, tzinfo=UTC)
    assert kept == [
        (
            n,
            "replica",
            f"turn {n}",
            f"[{n}]",
            start + timedelta(seconds=n, microseconds=n),
            n + 0.5,
            pytest.approx(1 / (n + 1)),
            f"i{n}",
        )
        for n in range(number)
    ]


@pytest.mark.parametrize("text", ["\\N", "\\.", "a\tb\nc\rd", "back\\slash \\t", 'it\'s "so" %s'])
def test_what_means_something_to_a_database_is_only_text(receive, text):
    receive(transcript(*user(text, "next")))
    assert list(Turn.objects.values_list("content", flat=True)) == [text, "next"]


@pytest.mark.django_db
def test_what_the_database_refuses_is_an_error_of_django():
    turn = {"position": [0], "role": ["user"], "content": [None], "conversation": [1]}
    with pytest.raises(IntegrityError), transaction.atomic(using=OURS):
        statements.insert_many(Turn, turn, OURS)


@pytest.mark.django_db(transaction=True)
def test_a_transcript_is_read_before_others_have_to_wait_for_its_writing(receive, monkeypatch):
    waited = []

    def reading(properties):
        waited.append(connection.in_atomic_block)
        return read_turns(properties)

    kind = import_module("tavus_hooks.kinds.conversation")
    monkeypatch.setattr(kind, "read_turns", reading)
    receive(transcript(*user("Hello")))
    assert waited == [False]


def test_a_conversation_may_end_when_it_began_but_not_before(receive):
    began = datetime(2026, 5, 14, 13, tzinfo=UTC)
    receive(transcript({"role": "user", "content": "Hello", "seconds_from_start": 7}))
    conversation = Conversation.objects.get()
    conversation.joined_at = conversation.ended_at = began
    assert conversation.duration == timedelta()
    conversation.joined_at += timedelta(microseconds=1)
    assert conversation.duration == timedelta(seconds=7)  # by its last turn


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("turns", "seconds"),
    [
        ([{"seconds_from_start": 1}, {"seconds_from_start": 30, "duration": 1.5}], 31.5),
        ([{"seconds_from_start": 1}, {"seconds_from_start": 30}], 30),
        ([{"timestamp": 1e9}, {"timestamp": 1e9 + 60, "duration": 2}], 62),
        ([{"timestamp": 1e9 + 60}, {"timestamp": 1e9}], None),
        ([{}, {"timestamp": 1e9}], None),
        ([{"seconds_from_start": 1e300}], None),
        ([{"seconds_from_start": -5, "duration": 1}], None),
        ([], None),
    ],
)
def test_a_transcript_is_as_long_as_its_turns_say(receive, turns, seconds):
    receive(transcript(*({"role": "user", "content": "Hello", **turn} for turn in turns)))
    assert Conversation.objects.get().transcript_seconds == seconds
