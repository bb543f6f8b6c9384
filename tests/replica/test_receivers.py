"""What a receiver is given knows what was just written, though a replica does not."""

from datetime import timedelta

import pytest

from tavus_hooks.models import Callback, Conversation
from tavus_hooks.models.state import State
from tavus_hooks.signals import objective_completed, transcription_ready
from tests.factories import transcript

pytestmark = pytest.mark.django_db

TURN = {"role": "user", "content": "Hi", "seconds_from_start": 58.5, "duration": 1.5}


def test_the_replica_is_behind_while_something_is_written(receive, connect):
    heard = []
    connect(transcription_ready, lambda **kwargs: heard.append(Conversation.objects.count()))
    receive(transcript())
    assert heard == [0]
    assert Conversation.objects.count() == 1


def test_a_conversation_knows_its_turns(receive, connect):
    heard = {}

    def receiver(conversation, callback, **kwargs):
        heard["duration"] = conversation.duration
        heard["spoken"] = [turn.content for turn in conversation.spoken_turns]
        heard["callbacks"] = list(Callback.objects.about(conversation))
        heard["subject"] = callback.subject
        heard["state"] = callback.state

    connect(transcription_ready, receiver)
    callback = receive(transcript(TURN))
    assert heard == {
        "duration": timedelta(seconds=60),
        "spoken": ["Hi"],
        "callbacks": [callback],
        "subject": Conversation.objects.get(),
        "state": State.WAITING,
    }


def test_a_conversation_knows_its_events(receive, connect):
    heard = []
    connect(
        objective_completed, lambda conversation, **kwargs: heard.append(conversation.objectives)
    )
    receive({"conversation_id": "c1", "objective_name": "ask", "output_variables": {}})
    [[objective]] = heard
    assert objective.name == "ask"
