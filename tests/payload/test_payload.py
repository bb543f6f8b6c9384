"""Reading JSON that anybody may have sent: what is read, what is not, and never an exception."""

import gzip
import json
import math
import time
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tavus_hooks.payload import MAX_DEPTH, MAX_TEXT, Payload, clean, decode, parse_time

# Text with everything in it that some database or encoder refuses.
any_text = st.text(st.characters(exclude_categories=[]))
numbers = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
any_json = st.recursive(
    st.none() | st.booleans() | numbers | any_text,
    lambda children: st.lists(children) | st.dictionaries(any_text, children),
    max_leaves=20,
).map(
    # Two halves of a pair side by side are one character as soon as they have been JSON.
    lambda value: json.loads(json.dumps(value))
)
readable_times = st.datetimes(
    datetime.fromisoformat("2001-01-01"), datetime.fromisoformat("2099-01-01")
)

JSON_ENCODINGS = ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]


def nested(depth, opening="[", closing="]"):
    return (opening * depth + "1" + closing * depth).encode()


# decode


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        pytest.param(b"", "empty", id="nothing"),
        pytest.param(b" \r\n\t", "empty", id="white space"),
        pytest.param(b'{"video_id": "1e3', "not JSON", id="cut off in a text"),
        pytest.param(b'{"video_id": "1e30440cf9"', "not JSON", id="cut off before the end"),
        pytest.param(b'{"video_id": "1e30440cf9",', "not JSON", id="cut off after a comma"),
        pytest.param(b'{"status": "ready\\', "not JSON", id="cut off in an escape"),
        pytest.param(b"status=ready&video_id=1e30440cf9", "not JSON", id="a form"),
        pytest.param(b"{'status': 'ready'}", "not JSON", id="Python"),
        pytest.param(b'{"status": "ready"} {}', "not JSON", id="two values"),
        pytest.param(b'{"status": "ready"}\x00', "not JSON", id="a NUL behind it"),
        pytest.param(b"\x00", "not JSON", id="a NUL"),
        pytest.param(b"\xef\xbb\xbf", "not JSON", id="a byte order mark and nothing else"),
        pytest.param(b'{"status": "\xff"}', "not utf-8 text", id="invalid UTF-8"),
        pytest.param(b'{"status": "\xc3', "not utf-8 text", id="cut off in a character"),
        pytest.param('{"name": "Zoë"}'.encode("latin-1"), "not utf-8 text", id="Latin-1"),
        pytest.param('"Zoë"'.encode("utf-16")[:-1], "not utf-16", id="cut-off UTF-16"),
        pytest.param(gzip.compress(b"{}"), "compressed with gzip", id="gzip"),
        pytest.param(nested(5000), "nested deeper", id="5000 lists"),
        pytest.param(nested(5000, '{"a":', "}"), "nested deeper", id="5000 objects"),
        pytest.param(b"[" * 200_000, "nested deeper", id="200,000 brackets"),
        pytest.param(b"[" * 1_000_000, "more than 250000 values", id="a million brackets"),
        pytest.param(b'"' * 1_000_001, "more than 250000 values", id="a million quotes"),
        pytest.param(b"[" + rb'"\\",' * 250_001, "more than 250000 values", id="many short texts"),
    ],
)
def test_what_cannot_be_read_says_why(body, reason):
    value, unreadable = decode(body)

    assert value is None
    assert unreadable.startswith(reason)


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b"[]", []),
        (b'[{"status": "ready"}]', [{"status": "ready"}]),
        (b'"ready"', "ready"),
        (b"17", 17),
        (b"true", True),
        (b"null", None),
    ],
)
def test_json_that_is_no_object_is_read_all_the_same(body, value):
    assert decode(body) == (value, "")


@pytest.mark.parametrize(
    "number", ["NaN", "Infinity", "-Infinity", "1e400", "-1e400", "1E+999999999", "9" * 400 + ".5"]
)
def test_what_is_no_finite_number_becomes_none_and_the_rest_is_read(number):
    body = f'{{"duration": {number}, "list": [{number}, 1.5e3], "status": "ready"}}'.encode()

    value = {"duration": None, "list": [None, 1500.0], "status": "ready"}
    assert decode(body) == (value, "")


def test_numbers_that_are_extreme_in_several_ways_are_read_beside_each_other():
    digits = "7" * 5000
    body = f"[1e999, 1E+999, {digits}, 1.5]".encode()
    assert decode(body) == ([None, None, digits, 1.5], "")


def test_the_word_nan_in_a_text_stays():
    assert decode(b'["NaN", "1e400", "-Infinity"]').value == ["NaN", "1e400", "-Infinity"]


def test_an_integer_of_400_digits_is_read_exactly():
    assert decode(b'{"duration": %s}' % (b"7" * 400)).value == {"duration": int("7" * 400)}


@pytest.mark.parametrize("sign", ["", "-"])
def test_an_integer_too_long_for_python_stays_text_and_its_neighbours_stay_numbers(sign):
    digits = sign + "7" * 5000

    assert decode(f"[{digits}, 7, 7.5]".encode()) == ([digits, 7, 7.5], "")


@pytest.mark.parametrize(
    ("opening", "closing"), [("[", "]"), ('{"a":', "}"), ('[{"a":', "}]"), ('{"a":[', "]}")]
)
def test_nesting_is_read_to_the_limit_and_no_deeper(opening, closing):
    levels = opening.count("[") + opening.count("{")
    allowed = MAX_DEPTH // levels

    assert decode(nested(allowed, opening, closing)).unreadable == ""
    too_deep = nested(allowed + 1, opening, closing)
    assert decode(too_deep).unreadable == f"nested deeper than {MAX_DEPTH}"


def test_many_brackets_beside_each_other_are_not_deep():
    assert decode(b"[" + b"[{}]," * 10_000 + b"1]").unreadable == ""


def test_brackets_in_a_text_are_not_deep():
    assert decode(b'["' + b"[" * 1000 + b'"]').value == ["[" * 1000]


@pytest.mark.parametrize(
    ("body", "text"),
    [
        pytest.param(rb'["a\u0000b"]', "a\x00b", id="NUL"),
        pytest.param(rb'["a\ud83db"]', "a\ud83db", id="half a pair"),
        pytest.param(rb'["a\ude00\ud83d"]', "a\ude00\ud83d", id="a pair the wrong way round"),
        pytest.param(b'["a\xed\xa0\xbdb"]', "a\ud83db", id="half a pair in UTF-8"),
        pytest.param(rb'["\ud83d\ude00"]', "😀", id="a whole pair"),
    ],
)
def test_text_that_databases_refuse_is_read_as_it_came(body, text):
    assert decode(body) == ([text], "")


@pytest.mark.parametrize("encoding", JSON_ENCODINGS)
def test_every_encoding_that_json_allows_is_read(encoding):
    body = '{"name": "Zoë 😀"}'.encode(encoding)
    assert decode(body) == ({"name": "Zoë 😀"}, "")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"status": "ready",}', {"status": "ready"}),
        (b'{"status": "ready" ,\r\n\t }', {"status": "ready"}),
        (b'{"a": [1, 2,], "b": {"c": 3,},}', {"a": [1, 2], "b": {"c": 3}}),
        (b'\xef\xbb\xbf{"a": 1,}', {"a": 1}),
        (b'{"a": 1e400,}', {"a": None}),
    ],
)
def test_a_comma_before_a_closing_bracket_is_forgiven(body, value):
    assert decode(body) == (value, "")


def test_the_documented_training_example_is_read_as_it_stands(sample):
    body = sample("replica.ready__trailing_comma")

    with pytest.raises(json.JSONDecodeError):
        json.loads(body)
    assert decode(body).value["status"] == "ready"


@pytest.mark.parametrize(
    "text", [",}", ", ]", '",}', "\\", '\\",]', ",}\n", "{,}", "[1,]", '","}', "a,\u2028}"]
)
def test_a_comma_within_a_text_stays_while_another_is_forgiven(text):
    quoted = json.dumps(text)
    assert decode(f'{{"said": {quoted}, {quoted}: [{quoted},],}}'.encode()) == (
        {"said": text, text: [text]},
        "",
    )


@pytest.mark.parametrize("body", [b'{"a": 1,,}', b"[1,,]", b"[,1]", b'{"a":,}', b"[1],"])
def test_no_other_stray_comma_is_forgiven(body):
    assert decode(body).unreadable.startswith("not JSON")


def test_of_a_repeated_key_the_last_one_counts():
    assert decode(b'{"status": "error", "status": "ready"}').value == {"status": "ready"}


@given(st.binary())
def test_no_bytes_make_decode_raise(body):
    value, unreadable = decode(body)

    assert value is None or unreadable == ""
    assert len(unreadable) <= 200
    assert unreadable.isprintable()


@given(st.text(st.sampled_from('{}[]",:\\u0d8e1+-.NaInfty \n\x00😀')))
def test_no_almost_json_makes_decode_raise(text):
    for encoding in JSON_ENCODINGS:
        decode(text.encode(encoding))


@given(any_json, st.sampled_from(JSON_ENCODINGS))
def test_json_is_read_as_it_was_written(value, encoding):
    assert decode(json.dumps(value).encode(encoding)) == (value, "")


def with_stray_commas(value):
    if isinstance(value, dict):
        pairs = (f"{json.dumps(key)}: {with_stray_commas(child)}," for key, child in value.items())
        return "{" + " ".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + "".join(f"{with_stray_commas(child)} ,\n" for child in value) + "]"
    return json.dumps(value)


@given(any_json)
def test_stray_commas_change_nothing(value):
    assert decode(with_stray_commas(value).encode()) == (value, "")


@given(st.lists(st.floats() | st.integers(), max_size=5))
def test_no_number_that_is_read_is_infinite_or_nan(values):
    for number in decode(json.dumps(values).encode()).value:
        assert number is None or math.isfinite(number)


# clean


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("a\x00b", "a\ufffdb"),
        ("\ud800", "\ufffd"),
        ("x\udfff\x00y", "x\ufffd\ufffdy"),
        ("😀 stays,\n\tas do these\x1f", "😀 stays,\n\tas do these\x1f"),
    ],
)
def test_only_what_databases_refuse_is_replaced(text, cleaned):
    assert clean(text) == cleaned


@given(any_text)
def test_cleaned_text_can_be_encoded_and_has_its_length(text):
    cleaned = clean(text)

    assert cleaned.encode().count(0) == 0
    assert len(cleaned) == len(text)
    assert clean(cleaned) == cleaned


# parse_time


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2025-07-11T06:45:47.472000Z", datetime(2025, 7, 11, 6, 45, 47, 472000, UTC)),
        ("2026-04-30T22:11:14Z", datetime(2026, 4, 30, 22, 11, 14, 0, UTC)),
        ("2024-08-28 15:27:40.824457", datetime(2024, 8, 28, 15, 27, 40, 824457, UTC)),
        ("Tue, 24 Jun 2025 07:01:57 GMT", datetime(2025, 6, 24, 7, 1, 57, 0, UTC)),
        ("2026-06-09T21:14:03.518923", datetime(2026, 6, 9, 21, 14, 3, 518923, UTC)),
        (1779475660.12, datetime(2026, 5, 22, 18, 47, 40, 120000, UTC)),
        ("1779475660.12", datetime(2026, 5, 22, 18, 47, 40, 120000, UTC)),
        (1779475660, datetime(2026, 5, 22, 18, 47, 40, 0, UTC)),
        (1779475660120, datetime(2026, 5, 22, 18, 47, 40, 120000, UTC)),
        ("1779475660120", datetime(2026, 5, 22, 18, 47, 40, 120000, UTC)),
        (" 2026-04-30T22:11:14Z\n", datetime(2026, 4, 30, 22, 11, 14, 0, UTC)),
        ("2026-05-01T00:11:14+02:00", datetime(2026, 4, 30, 22, 11, 14, 0, UTC)),
        ("2026-04-30T16:41:14-05:30", datetime(2026, 4, 30, 22, 11, 14, 0, UTC)),
        ("Tue, 24 Jun 2025 00:01:57 -0700", datetime(2025, 6, 24, 7, 1, 57, 0, UTC)),
        ("Tue, 24 Jun 2025 07:01:57 -0000", datetime(2025, 6, 24, 7, 1, 57, 0, UTC)),
        ("2000-01-01T00:00:00Z", datetime(2000, 1, 1, tzinfo=UTC)),
        ("9998-12-31T23:59:59Z", datetime(9998, 12, 31, 23, 59, 59, 0, UTC)),
        (99_999_999_999, datetime(5138, 11, 16, 9, 46, 39, 0, UTC)),
        (f"2026-04-30T22:11:14.{'0' * 43}Z", datetime(2026, 4, 30, 22, 11, 14, 0, UTC)),
    ],
)
def test_every_notation_of_a_moment_is_read(value, moment):
    assert parse_time(value) == moment


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        " ",
        "now",
        "not a time",
        "2026-13-01T00:00:00Z",
        "2026-02-30 10:00:00",
        "12:30",
        "Tue, 99 Jun 2025 07:01:57 GMT",
        "Tue, 24 Jun 99999999 07:01:57 GMT",
        "Tue, 24 Jun 2025 07:01:57 +9999999",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
        "1899-12-31T00:00:00Z",
        "1999-12-31T23:59:59Z",
        "9999-01-01T00:00:00Z",
        100_000_000_000,
        f"2026-04-30T22:11:14.{'0' * 44}Z",
        "1e9",
        "0x6a10",
        "NaN",
        "inf",
        "9" * 5000,
        "2026-04-30T22:11:14Z" + " " * 40 + "x" * 10,
        "\x00",
        "\ud800",
        True,
        False,
        math.nan,
        math.inf,
        -math.inf,
        -1779475660,
        1e300,
        10**400,
        [],
        {},
        ["2026-04-30T22:11:14Z"],
        {"$date": "2026-04-30T22:11:14Z"},
        b"2026-04-30T22:11:14Z",
    ],
)
def test_what_is_no_moment_yields_none(value):
    assert parse_time(value) is None


zones = st.integers(-14 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(readable_times, zones)
def test_a_moment_is_the_same_in_whatever_zone_and_notation_it_is_written(naive, zone):
    moment = naive.replace(tzinfo=UTC)
    whole = moment.replace(microsecond=0)

    assert parse_time(moment.astimezone(zone).isoformat()) == moment
    assert parse_time(moment.isoformat().replace("+00:00", "Z")) == moment
    assert parse_time(naive.isoformat(sep=" ")) == moment
    assert parse_time(format_datetime(whole.astimezone(zone))) == whole
    assert parse_time(format_datetime(whole, usegmt=True)) == whole
    assert parse_time(int(whole.timestamp())) == whole
    assert parse_time(str(int(whole.timestamp()) * 1000)) == whole
    assert abs(parse_time(moment.timestamp()) - moment) < timedelta(microseconds=10)
    assert abs(parse_time(f"{moment.timestamp():.6f}") - moment) < timedelta(microseconds=10)


almost_times = st.text(st.sampled_from("0123456789-:+.,TZ WGMJunTe"), max_size=40)


@given(any_json | st.floats() | almost_times | st.binary())
def test_whatever_comes_as_a_time_is_an_aware_moment_in_utc_or_none(value):
    moment = parse_time(value)

    assert moment is None or moment.utcoffset() == timedelta()
    assert moment is None or moment.year >= 1970


# Payload


@pytest.mark.parametrize("value", [None, [], [1], "text", 7, True])
def test_what_is_no_object_reads_as_an_empty_one(value):
    payload = Payload(value)

    assert payload.get("status") is None
    assert payload.text("status") == ""
    assert payload.object("properties").data == {}
    assert payload.remarks == []


def test_the_first_name_that_is_not_null_is_read():
    payload = Payload({"face_id": "rnew", "replica_id": None, "count": 0, "flag": False})

    assert payload.get("replica_id", "face_id") == "rnew"
    assert payload.identifier("replica_id", "face_id") == "rnew"
    assert payload.get("count", "face_id") == 0
    assert payload.get("flag", "face_id") is False
    assert payload.get("missing") is None


def test_an_object_says_a_name_even_when_it_holds_null():
    payload = Payload({"replica_id": None})

    assert payload.says("face_id", "replica_id")
    assert not payload.says("face_id")
    assert not Payload(["face_id"]).says("face_id")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("ready", "ready"),
        ("", ""),
        (None, ""),
        (" kept \n", " kept \n"),
        ("a\x00b\ud800", "a\ufffdb\ufffd"),
        (7, "7"),
        (1.5, "1.5"),
        (True, "true"),
        ([], "[]"),
        ({"größe": ["😀"]}, '{"größe": ["😀"]}'),
        (["\ud800"], '["\ufffd"]'),
    ],
)
def test_text_takes_any_value_in_a_form_fit_for_a_column(value, text):
    payload = Payload({"name": value})

    assert payload.text("name") == text
    assert payload.remarks == []


def test_text_that_is_too_long_is_left_out_whole_and_remarked_upon():
    payload = Payload({"status": "x" * 65, "other": "x" * 64})

    assert payload.text("status", max_length=64) == ""
    assert payload.text("other", max_length=64) == "x" * 64
    assert payload.remarks == ["status: 65 characters, more than 64"]


def test_a_text_as_long_as_a_column_is_whole_and_of_a_longer_one_it_is_said_once():
    payload = Payload({"fits": "x" * MAX_TEXT, "long": "x" * (MAX_TEXT + 1)})

    assert payload.text("fits") == "x" * MAX_TEXT
    assert payload.remarks == []
    assert payload.text("long") == "x" * MAX_TEXT
    assert payload.text("long", max_length=64) == ""
    assert payload.remarks == [
        f"long: of {MAX_TEXT + 1} characters the first {MAX_TEXT}",
        f"long: {MAX_TEXT + 1} characters, more than 64",
    ]


def test_text_is_not_cut_without_a_limit():
    assert Payload({"script": "x" * 1_000_000}).text("script") == "x" * 1_000_000


@pytest.mark.parametrize(
    ("value", "identifier"),
    [
        ("r79e1c033f", "r79e1c033f"),
        ("../../etc/passwd", "../../etc/passwd"),
        ("<b>", "<b>"),
        ("R79E", "R79E"),
        ("x" * 128, "x" * 128),
        (12345678901234567890, "12345678901234567890"),
        (0, "0"),
        ("", ""),
        (None, ""),
    ],
)
def test_an_id_is_text_or_a_whole_number(value, identifier):
    payload = Payload({"video_id": value})

    assert payload.identifier("video_id") == identifier
    assert payload.remarks == []


@pytest.mark.parametrize(
    "value", [True, False, 1.5, [], ["r79e1c033f"], {}, {"id": 7}, "x" * 129, 10**128]
)
def test_what_is_no_id_reads_as_none_and_is_remarked_upon(value):
    payload = Payload({"video_id": value})

    assert payload.identifier("video_id") == ""
    assert len(payload.remarks) == 1
    assert payload.remarks[0].startswith("video_id: ")


def test_a_time_is_read_under_the_first_name_that_has_one():
    payload = Payload({"updated_at": None, "timestamp": "2026-04-30T22:11:14Z"})

    assert payload.time("updated_at", "timestamp") == datetime(2026, 4, 30, 22, 11, 14, 0, UTC)
    assert payload.remarks == []


@pytest.mark.parametrize(
    ("value", "remarks"),
    [
        (None, []),
        ("", []),
        ("soon", ["at: text of 4 characters that is no moment"]),
        (-1, ["at: a number that is no moment"]),
        (True, ["at: a boolean that is no moment"]),
        ([], ["at: a list that is no moment"]),
        ({}, ["at: an object that is no moment"]),
    ],
)
def test_a_time_that_is_none_is_remarked_upon_unless_nothing_was_said(value, remarks):
    payload = Payload({"at": value})

    assert payload.time("at") is None
    assert payload.time("missing") is None
    assert payload.remarks == remarks


@pytest.mark.parametrize(
    ("value", "number"),
    [(0, 0), (-3, -3), (14, 14), (2.5, 2.5), ("2.5", 2.5), (" 14 ", 14), ("-1e3", -1000)],
)
def test_a_number_may_come_as_text(value, number):
    payload = Payload({"duration": value})

    assert payload.number("duration") == number
    assert payload.remarks == []


@pytest.mark.parametrize(
    "value",
    [True, "long", "nan", "inf", "1e400", "0x10", math.inf, math.nan, 10**400, "9" * 5000, [], {}],
)
def test_what_is_no_finite_number_reads_as_none_and_is_remarked_upon(value):
    payload = Payload({"duration": value})

    assert payload.number("duration") is None
    assert len(payload.remarks) == 1
    assert payload.remarks[0].startswith("duration: ")


@pytest.mark.parametrize("value", [None, ""])
def test_a_number_that_nobody_gave_is_not_remarked_upon(value):
    payload = Payload({"duration": value})

    assert payload.number("duration") is None
    assert payload.remarks == []


def test_an_object_within_an_object_collects_its_remarks_at_the_outer_one():
    payload = Payload({"properties": {"duration": "long", "data": {"at": "soon"}}})

    payload.properties.number("duration")
    payload.properties.object("data").time("at")

    assert [remark.split(":")[0] for remark in payload.remarks] == ["duration", "at"]


@pytest.mark.parametrize("value", ["text", 7, True, []])
def test_what_should_be_an_object_and_is_none_is_remarked_upon(value):
    payload = Payload({"properties": value})

    assert payload.properties.data == {}
    assert len(payload.remarks) == 1
    assert payload.remarks[0].startswith("properties: ")


@pytest.mark.parametrize(
    ("value", "held"),
    [
        ({"a": 1, "properties": {"b": 2}}, {"a": 1, "properties": {"b": 2}}),
        ({"a": "", "b": None, "properties": {"b": 2}}, {"b": 2}),
        ({"properties": {"c": 3}}, {}),
        ({}, {}),
    ],
    ids=["the object itself", "its properties", "neither", "nothing"],
)
def test_what_may_stand_in_the_object_or_in_its_properties_is_found(value, held):
    assert Payload(value).holder_of("a", "b").data == held


def test_what_is_read_from_where_it_stands_is_remarked_upon_in_the_whole():
    payload = Payload({"properties": {"a": "soon"}})
    payload.holder_of("a").time("a")
    payload.holder_of("b").object("c")
    assert [remark.split(":")[0] for remark in payload.remarks] == ["a"]


@given(any_json | st.floats())
def test_no_value_makes_an_accessor_raise(value):
    payload = Payload({"a": value})

    payload.time("a")
    payload.number("a")
    payload.object("a").text("b", "c")
    assert len(payload.identifier("a")) <= 128
    for text in (payload.text("a"), payload.identifier("a"), *payload.remarks):
        assert text == clean(text)


@given(any_json)
def test_a_remark_never_duplicates_what_was_sent(value):
    payload = Payload({"a": value})

    payload.time("a")
    payload.number("a")
    payload.object("a")
    payload.text("a", max_length=3)

    assert all(len(remark) < 60 for remark in payload.remarks)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-32"])
@pytest.mark.parametrize("number", ["1e400", "7" * 5000])
def test_extreme_numbers_are_harmless_in_every_encoding(number, encoding):
    value = decode(f'{{"duration": {number}}}'.encode(encoding)).value
    assert value == decode(f'{{"duration": {number}}}'.encode()).value


@pytest.mark.parametrize("value", [0, 0.0, "0", 12.5, "12.5", "20260512", "202605121530"])
def test_small_numbers_are_no_moments(value):
    assert parse_time(value) is None


@pytest.mark.parametrize("char", ["\x00", "\n", "\t", "\x1b"])
def test_a_raw_control_character_in_a_text_is_read(char):
    assert decode(f'{{"said": "a{char}b"}}'.encode()) == ({"said": f"a{char}b"}, "")


@pytest.fixture
def far_from_utc(monkeypatch):
    """A machine whose own time is another one."""
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def test_a_time_without_a_zone_is_in_utc_wherever_the_machine_stands(far_from_utc):
    assert parse_time("2024-08-28 15:29:19") == datetime(2024, 8, 28, 15, 29, 19, tzinfo=UTC)
