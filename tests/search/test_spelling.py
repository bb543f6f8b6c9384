"""Case and punctuation mean the same on every database, in names and in what was said."""
# ruff: noqa: RUF001

import string
from itertools import product

import pytest
from django.contrib.auth.models import User

from tavus_hooks.models import Conversation, Video
from tavus_hooks.search import matches
from tests.conftest import case
from tests.databases import connection
from tests.factories import video
from tests.search.conftest import links, marks, said, shown

# MariaDB's index holds what was committed, and nothing else.
pytestmark = pytest.mark.django_db(transaction=True)

BEYOND_ASCII = "–—‑…“”‘’‚«»·•¡¿§¶†′⁄×÷±→€™©、。・，！？：；～＿＠（）「」‿\u00a0\u2009\u3000\u200b"
SEPARATING = string.punctuation + " \t\n" + BEYOND_ASCII
CASES = [
    ("İstanbul", "İstanbul"),
    ("İSTANBUL", "İstanbul"),
    ("ΟΔΟΣ", "ΟΔΟΣ"),
    ("ΟΔΟΣ", "οδος"),
    ("οδος", "ΟΔΟΣ"),
    ("Οδος", "οδοσ"),
    ("ΟΔΟΣ.Α", "οδος"),
    ("ÜBERMUT", "übermut"),
    ("Мама", "МАМА"),
    ("Straße", "STRAßE"),
    ("STRASSE", "straße"),
    ("ǅungla", "ǆungla"),
    ("हिन्दी", "हिन्दी"),
]


def test_all_punctuation_separates_words(receive):
    # Words of four letters, which every database takes.
    words = iter(map("".join, product("klmn", repeat=4)))
    texts = {each: f"{next(words)}{each}{next(words)}" for each in SEPARATING}
    for number, text in enumerate(texts.values()):
        receive(video(f"v{number:03}", video_name=text))
        receive(said(text, conversation_id=f"c{number:03}"))
    reader = User.objects.create_superuser("reader")
    for number, (each, text) in enumerate(texts.items()):
        for word in text.split(each):
            with case(f"{each!a} {word}"):
                found = matches(Conversation, word, reader).keys
                ids = Conversation.objects.filter(pk__in=found)
                assert [it.conversation_id for it in ids] == [f"c{number:03}"]
                if each == "_" and connection.vendor == "mysql":
                    continue  # a name that it joins is one word there
                found = matches(Video, word, reader).keys
                assert [it.video_id for it in Video.objects.filter(pk__in=found)] == [
                    f"v{number:03}"
                ]


@pytest.mark.parametrize(("text", "typed"), CASES)
def test_case_does_not_matter_of_a_name(receive, find, text, typed):
    receive(video("v1", video_name=f"{text} tour"))
    assert find(typed) == [f"{text} tour"]
    assert find(f"{typed} tour") == [f"{text} tour"]


@pytest.mark.parametrize(("text", "typed"), CASES)
def test_nor_of_what_was_said(receive, client, text, typed):
    receive(said(f"My {text} tour"))
    page = shown(client, typed)
    assert links(page) == ["c1"]
    assert marks(page) == [text.partition(".")[0]]


def test_accents_matter_of_what_was_said(receive, find):
    receive(said("In the café"))
    assert find("cafe") == []
    assert find("CAFÉ") == ["c1"]


def test_words_that_an_underscore_joins_are_found_in_any_order(receive, find):
    receive(said("Open foo_barn please"))
    for typed in ("foo_barn", "barn_foo", "foo", "barn", "please barn", "please_foo"):
        with case(typed):
            assert find(typed) == ["c1"]
