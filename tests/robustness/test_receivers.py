"""Receivers that fail with whatever the callback holds: recorded as any other failure."""

import pytest

from tavus_hooks.models import Failure
from tavus_hooks.signals import video_ready
from tests.robustness.shapes import ODD_TEXT, main_samples

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]


class UnspeakableError(Exception):
    def __str__(self) -> str:
        raise ValueError("not even this can be said")


class FalsyError(Exception):
    def __len__(self) -> int:
        return 0


class NamelessError(Exception):
    def __str__(self) -> str:
        return None  # type: ignore[return-value]


ERRORS = {
    "what no database holds": ValueError(ODD_TEXT),
    "a megabyte": ValueError("long " * 200_000),
    "what cannot be said": UnspeakableError(),
    "what says nothing": NamelessError(),
    "what is false": FalsyError(),
    "bytes": ValueError(b"\x00\xff"),
    "many": ExceptionGroup("two", [ValueError(ODD_TEXT), UnspeakableError()]),
}
ERRORS["a cause"] = ValueError("effect")
ERRORS["a cause"].__cause__ = ValueError(ODD_TEXT)


@pytest.mark.parametrize("error", ERRORS.values(), ids=ERRORS)
def test_a_receiver_that_raises_it_is_recorded_and_nobody_else_suffers(receive, announced, error):
    def broken(**kwargs):
        raise error

    video_ready.connect(broken)
    try:
        callback = receive(main_samples()["video.ready"])
    finally:
        video_ready.disconnect(broken)
    failure = Failure.objects.get()
    assert failure.exception.endswith(type(error).__qualname__)
    assert "Traceback" in failure.traceback
    # A database may refuse more, and then nothing of it would be noted.
    assert len(failure.message) + len(failure.traceback) < 41_000
    assert callback.error == failure.traceback
    assert callback.handled_at is not None
    assert callback.due_at == failure.next_attempt_at
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]
