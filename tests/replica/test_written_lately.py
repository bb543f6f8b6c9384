"""What goes by what was written a moment ago looks where it was written."""

import pytest
from django.urls import reverse
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.actions.forget import forget
from tavus_hooks.actions.hold import hold
from tavus_hooks.inbox.rebuild import Result, rebuild
from tavus_hooks.kinds.doctor import signed
from tavus_hooks.maintenance import doctor
from tavus_hooks.models import Callback, Conversation
from tavus_hooks.models.subjects import Subject
from tests.factories import shutdown
from tests.replica.plugin import writing

pytestmark = pytest.mark.django_db


def test_what_was_stored_a_moment_ago_is_claimed(send, hooks):
    hooks(DISPATCHER="deferred")
    with writing():
        send(shutdown())
        assert not Callback.objects.exists()  # the replica is behind
        claimed = inbox.claim_next(Callback.objects.due(timezone.now()))
    assert claimed == Callback.objects.get()


def test_a_conversation_that_was_held_a_moment_ago_is_not_deleted_by_hand(receive, admin_client):
    receive(shutdown())
    conversation = Conversation.objects.get()
    page = reverse("admin:tavus_hooks_conversation_delete", args=[conversation.pk])
    with writing():
        hold("c1", note="a court asks")
        answer = admin_client.post(page, {"post": "yes"})
    assert answer.status_code == 200
    assert "holds: 1" in answer.content.decode()
    assert Conversation.objects.exists()


def test_the_doctor_finds_what_it_has_posted_a_moment_ago(send):
    with writing():
        send(signed("1"))
        assert doctor._arrived("1") is not None


def test_what_was_forgotten_a_moment_ago_is_not_rebuilt():
    with writing():
        forget([Subject("video", "v1")])
        assert rebuild(Subject("video", "v1")) is Result.LEFT
