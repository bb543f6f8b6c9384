"""Which words are read of what is typed, and how they are marked in what was said."""

import pytest

from tavus_hooks.search.turns import Part, marked
from tavus_hooks.search.words import MOST_WORDS, words_in


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("", []),
        (" \t\n\x00 ", []),
        ("Ada  ADA ada", ["Ada"]),
        ("well-known, isn't it?", ["well", "known", "isn", "t", "it"]),
        ("“Übermut” … «tut»", ["Übermut", "tut"]),
        ("snake_case __ _", ["snake_case"]),
        ("\U0001f600 \u200b \u0301", []),
        ("हिन्दी", ["हिन्दी"]),
        ("3.14 1e5 ½", ["3", "14", "1e5", "½"]),
        ("a" * 5000, ["a" * 1000]),
    ],
)
def test_words_are_what_stands_between_punctuation(typed, words):
    assert words_in(typed) == words


def test_of_very_many_words_the_first_are_read():
    typed = [f"w{number}" for number in range(100)]
    assert words_in(" ".join(typed)) == typed[:MOST_WORDS]


@pytest.mark.parametrize(
    ("text", "sought", "parts"),
    [
        ("The garden", ["garden"], [("The ", False), ("garden", True)]),
        ("Garden!", ["garden"], [("Garden", True), ("!", False)]),
        ("gardens", ["garden"], [("gardens", False)]),
        ("a.b a", ["a", "b"], [("a", True), (".", False), ("b", True), (" ", False), ("a", True)]),
        ("c++ (x)", ["x"], [("c++ (", False), ("x", True), (")", False)]),
        ("a_b c", ["A_b"], [("a", True), ("_", False), ("b", True), (" c", False)]),
        ("x" * 300, ["x" * 300], [("x" * 300, True)]),
        ("", ["x"], []),
    ],
)
def test_whole_words_are_marked_and_nothing_is_lost(text, sought, parts):
    found = marked(text, sought)
    assert found == [Part(*part) for part in parts]
    assert "".join(part.text for part in found) == text


def test_an_excerpt_begins_shortly_before_the_first_word_that_is_marked():
    found = marked("one two three " * 30 + "garden" + " four" * 200, ["garden"])
    text = "".join(part.text for part in found)
    assert text.startswith("…")
    assert text.endswith("…")
    assert len(text) <= 245
    assert Part("garden", True) in found
