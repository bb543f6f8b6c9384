"""Which turns of a conversation stand below it."""

import pytest

from tests.search.conftest import links, marks, said, shown

# MariaDB's index holds what was committed, and nothing else.
pytestmark = pytest.mark.django_db(transaction=True)


def turns(page):
    return [it.text.partition(" ")[2] for it in page.all("li") if it.is_within("ol")]


def test_turns_that_have_a_word_within_another_are_none(receive, client):
    receive(said(*["please start now"] * 300, "modern art zebra"))
    for typed in ("art", "art zebra"):
        page = shown(client, typed)
        assert links(page) == ["c1"]
        assert turns(page) == ["modern art zebra"]


def test_the_turn_with_most_of_the_words_may_be_the_last_of_many(receive, client):
    receive(said(*["hello"] * 300, "hello quagga"))
    assert turns(shown(client, "hello quagga")) == ["hello", "hello", "hello quagga"]
    assert turns(shown(client, "hello")) == ["hello"] * 3


def test_those_of_several_conversations_stay_apart(receive, client):
    receive(said("hello", "hello quagga"))
    receive(said("quagga", "hello", conversation_id="c2"))
    page = shown(client, "hello quagga")
    found = dict(zip(links(page), page.all("ol", class_="tavus-chat"), strict=True))
    assert len(found["c1"].all("li")) == len(found["c2"].all("li")) == 2


def test_a_word_at_the_end_of_a_long_turn_is_shown(receive, client):
    receive(said("x " * 20_000 + "okapi"))
    page = shown(client, "okapi")
    assert links(page) == ["c1"]
    assert marks(page) == ["okapi"]
    assert turns(page)[0].startswith("…")


def test_words_that_an_underscore_joins_are_marked(receive, client):
    receive(said("the foo_barn is full"))
    for typed in ("barn", "foo_barn"):
        page = shown(client, typed)
        assert links(page) == ["c1"]
        assert marks(page) == typed.split("_")


def test_no_further_than_what_is_found(receive, client, monkeypatch):
    monkeypatch.setattr("tavus_hooks.search.turns.MOST_BYTES", 15)
    receive(said("garden", "the garden", "garden again"))
    assert turns(shown(client, "garden")) == ["garden", "the garden"]


def test_where_the_end_of_what_is_found_is_the_end_of_what_is_shown(receive, client):
    receive(said("garden", "." * 150_000, "a heliotrope", " " * 60_000, "okapi"))
    assert turns(shown(client, "heliotrope")) == ["a heliotrope"]
    assert links(shown(client, "okapi")) == []
