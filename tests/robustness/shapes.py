"""Callbacks as nobody should send them: samples with one field changed, and JSON of any shape."""

import copy
import json
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tavus_hooks.payload import decode
from tests.conftest import EVERY_SAMPLE

Place = tuple[str | int, ...]
"""Where a value stands within JSON: `("properties", "transcript", 0, "role")`."""

MISSING = object()
ODD_TEXT = "a\x00b 😀 \ud800 ü\u202e"
MEGABYTE = "long " * 200_000
VALUES = {
    "missing": MISSING,
    "null": None,
    "a whole number": 7,
    "a fraction": 1.5,
    "a number of 400 digits": 10**399,
    "true": True,
    "a list": ["a", 1, None],
    "an empty list": [],
    "an object": {"a": {"b": [1]}},
    "an empty object": {},
    "an empty text": "",
    "white space": " \n",
    "odd text": ODD_TEXT,
    "HTML": "<script>alert('x')</script>&amp;",
}
# Of interest where a number or a time is expected.
NUMBERS = {
    "a negative number": -1,
    "zero": 0,
    "false": False,
    "a number beyond every column": -1e308,
    "the end of time": "9999-12-31T23:59:59.999999Z",
    "the year 1": "0001-01-01T00:00:00+14:00",
    "before the epoch": -62135596800,
    "nonsense about a time": "Tue, 99 Foo 2025 25:61:61 GMT",
}


def all_samples() -> dict[str, Any]:
    """The JSON of every sample by its name."""
    return {path.stem: decode(path.read_bytes()).value for path in EVERY_SAMPLE}


def main_samples() -> dict[str, Any]:
    """One sample of each kind."""
    return {name: value for name, value in all_samples().items() if "__" not in name}


def places(value: Any, at: Place = ()) -> Iterator[Place]:
    """Every place in it, outer ones first. Of several entries of a list only the second last."""
    if at:
        yield at
    if isinstance(value, dict):
        children = list(value.items())
    elif isinstance(value, list):
        children = list(enumerate(value))[-2:-1] or list(enumerate(value))
    else:
        return
    for name, child in children:
        yield from places(child, (*at, name))


def changed(value: Any, place: Place, new: Any) -> Any:
    """A copy with another value at that place, or nothing there."""
    value = copy.deepcopy(value)
    parent = value
    for step in place[:-1]:
        parent = parent[step]
    if new is MISSING:
        del parent[place[-1]]
    else:
        parent[place[-1]] = new
    return value


def dumped(value: Any) -> bytes:
    return json.dumps(value).encode()


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from value
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _names(child)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _texts(child)


_SAMPLES = list(all_samples().values())
NAMES = sorted({name for value in _SAMPLES for name in _names(value)} | {"reason", "face_id"})
# Above all what decides the kind, and short texts, which are likely to be equal.
TEXTS = sorted({text for value in _SAMPLES for text in _texts(value) if len(text) < 40})
# Everything that some database or encoder refuses.
any_text = st.text(st.characters(exclude_categories=[]), max_size=20)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**400), 10**400),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(TEXTS),
    st.sampled_from(
        [*(value for value in VALUES.values() if value is not MISSING), *NUMBERS.values()]
    ),
    any_text,
)


def any_json() -> st.SearchStrategy[Any]:
    """JSON of any shape, under the names that Tavus uses."""
    names = st.sampled_from(NAMES) | any_text
    inner = st.recursive(
        scalars,
        lambda children: (
            st.lists(children, max_size=4) | st.dictionaries(names, children, max_size=6)
        ),
        max_leaves=12,
    )
    # Two halves of a pair side by side are one character as soon as they have been JSON.
    likely = st.dictionaries(st.sampled_from(NAMES), inner, max_size=8)
    return st.one_of(inner, likely, likely).map(lambda value: json.loads(json.dumps(value)))


@st.composite
def mutated_samples(draw: st.DrawFn) -> Any:
    """A sample with up to three places changed."""
    value = draw(st.sampled_from(_SAMPLES))
    for _ in range(draw(st.integers(1, 3))):
        found = list(places(value))
        if not found:
            break
        new = draw(st.one_of(st.just(MISSING), scalars, any_json()))
        value = changed(value, draw(st.sampled_from(found)), new)
    return json.loads(json.dumps(value))
