"""Tavus's ids in code of the host's: read as the webhook reads them."""

import pytest

from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget, plan
from tavus_hooks.actions.hold import hold, lift
from tavus_hooks.management.selection import selected
from tavus_hooks.models import Callback, Conversation, Hold, Turn, Video
from tavus_hooks.models.held import open_holds
from tavus_hooks.models.subjects import SUBJECTS, Subject
from tests.factories import video
from tests.maintenance.test_retention import transcript

pytestmark = pytest.mark.django_db

SPELLED = ["c1 ", " c1", "\tc1\n", "\u00a0c1\u2003"]
"""As a form or a file may bring them. MariaDB takes the first for the same id."""
NONE = ["", " ", "c" * 129, "c\x00", "c\ud800"]


@pytest.mark.parametrize("spelled", SPELLED)
class TestWhiteSpace:
    def test_a_hold_keeps_the_conversation_and_is_lifted(self, receive, spelled):
        receive(transcript())
        assert hold(spelled, note="a dispute").conversation == Conversation.objects.get()
        assert list(open_holds(["c1"])) == [Hold.objects.get()]
        assert lift(spelled) == 1

    def test_what_is_expected_is_what_the_door_names(self, receive, spelled):
        assert expect(video=spelled, reference="mine").video_id == "c1"
        assert receive(video(spelled), reference="theirs").is_contested
        assert Video.objects.get().reference == "mine"

    def test_what_is_forgotten_is_what_the_door_names(self, receive, spelled):
        receive(transcript())
        named = [Subject("conversation", spelled), Subject("conversation", "c1")]
        assert plan(named).turns == 1
        done = forget(named)
        assert done.subjects == [Subject("conversation", "c1")]
        assert not Turn.everything.exists()
        assert Conversation.objects.get().forgotten_at

    def test_a_command_chooses_what_the_door_names(self, receive, spelled):
        callback = receive(transcript())
        names = ("callback", "kind", "since", "until", "failed")
        options = {**dict.fromkeys(names), "subject": f"conversation:{spelled}"}
        assert list(selected(options)) == [callback]


@pytest.mark.parametrize("text", NONE)
def test_what_can_be_no_id_is_refused_everywhere(text):
    tries = [
        lambda: hold(text, note="x"),
        lambda: lift(text),
        lambda: forget([Subject("conversation", text)]),
        lambda: plan([Subject("conversation", text)]),
        *(lambda name=name: expect(**{name: text}, reference="mine") for name in SUBJECTS),
    ]
    for attempt in tries:
        with pytest.raises(ValueError, match="is no id of a"):
            attempt()
    assert not Callback.objects.exists()
    assert not Conversation.objects.exists()
