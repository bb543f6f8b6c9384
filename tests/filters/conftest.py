"""Rows for the filters to find."""

import pytest

from tests.factories import (
    joined,
    shutdown,
    transcript,
)


@pytest.fixture
def calls(receive):
    receive(joined("live", timestamp="2025-07-11T06:00:00Z", replica_id="r1"))
    receive(joined("ended", timestamp="2025-07-12T06:00:00Z", replica_id="r2"))
    receive(
        shutdown(
            "ended",
            timestamp="2025-07-12T07:00:00Z",
            shutdown_reason="participant_left_timeout reached",
        )
    )
    for conversation_id, said in [("ended", "Hello"), ("silent", None)]:
        turns = [{"role": "assistant", "content": "Hi"}, {"role": "user", "content": said}]
        receive(transcript(*turns, conversation_id=conversation_id))
