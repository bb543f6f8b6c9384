"""What must hold for every callback, whatever it is."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client

from tavus_hooks.models import Callback, Failure
from tests.conftest import receiving_path
from tests.kinds.columns import lost
from tests.robustness.shapes import dumped

Endure = Callable[..., Callback]


# One for all: a new one would load the middleware anew.
_client = Client()


def token_in(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[1]


def post(body: bytes) -> Callback:
    """Post it as Tavus does; return the row, once all that is promised was found to be true."""
    path = receiving_path()
    answer = _client.post(path, data=body, content_type="application/json")
    assert answer.status_code == 200, (answer.status_code, answer.content, body[:500])
    assert token_in(path).encode() not in answer.content
    said = json.loads(answer.content)
    assert said.keys() == {"callback", "status"}
    callback = Callback.objects.get(pk=said["callback"])
    # What begins as gzip does, and is none, could hide the token: it is not kept.
    assert bytes(callback.body) == (b"" if body.startswith(b"\x1f\x8b") else body)
    assert callback.kind, "it could not be classified"
    assert callback.error == ""
    assert callback.due_at is None
    assert not Failure.objects.exists()
    return callback


@pytest.fixture
def endure(db: None, announced: list[dict[str, Any]]) -> Iterator[Endure]:
    """Post what is no duplicate; also see that it was applied and announced, and nothing was lost.

    Nothing is lost when each field is in its column or the row says why not. That is looked at
    unless others have told of the subject as well (`alone=False`), and may be believed instead.
    """

    def endure(value: Any, *, alone: bool = True) -> Callback:
        announced.clear()
        callback = post(value if isinstance(value, bytes) else dumped(value))
        assert not callback.is_duplicate, "the test told the same event twice"
        assert callback.applied_at is not None
        assert callback.handled_at is not None
        assert announced[0]["signal"] == "callback_received"
        if alone:
            assert lost(callback) == [], (callback.remarks, callback.body[:1000])
        return callback

    return endure
