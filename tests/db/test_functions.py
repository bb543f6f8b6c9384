"""Functions that the ORM lacks."""

import pytest
from django.db.models import BinaryField, Value

from tavus_hooks.db.functions import Holds
from tavus_hooks.models import Callback
from tests.databases import reading

pytestmark = pytest.mark.django_db


def found(pattern):
    callbacks = Callback.objects.filter(Holds("body", Value(pattern, BinaryField())))
    return {bytes(callback.body) for callback in callbacks}


@pytest.fixture(autouse=True)
def bodies():
    bodies = {b"plain", b"PLAIN", b"\x00\xff%_\\"}
    for body in bodies:
        Callback.objects.create(body=body, digest="d")
    return bodies


@pytest.mark.parametrize(
    ("pattern", "bodies_with_it"),
    [
        (b"lai", {b"plain"}),
        (b"\x00", {b"\x00\xff%_\\"}),
        (b"\xff%", {b"\x00\xff%_\\"}),
        (b"p_ain", set()),
        (b"elsewhere", set()),
    ],
)
def test_bytes_are_found_byte_for_byte(pattern, bodies_with_it):
    assert found(pattern) == bodies_with_it


def test_all_rows_are_left_to_the_caller_where_it_is_not_known_how_to_ask(monkeypatch, bodies):
    monkeypatch.setattr(reading, "vendor", "unheard-of")
    assert found(b"elsewhere") == bodies
