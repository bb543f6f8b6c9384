"""docs/extending.md: which of Django's signals are sent, and which of ours tell of a write."""

import re
from collections import Counter
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.utils import timezone

from tavus_hooks import signals
from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.kinds.doctor import signed
from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from tavus_hooks.models.subjects import Subject
from tavus_hooks.signals import callback_received
from tests.conftest import EVERY_SAMPLE
from tests.pages.extending import FAILED, PAGE, READY
from tests.webhook.test_docs import run, tables

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]


FILLED = [Callback, Video, Replica, Conversation, Turn, Recording, Document]
"""The tables that callbacks fill."""


class TestSignals:
    @pytest.fixture
    def sent(self):
        """How often Django sent which of its signals for which of our tables, and which kind."""
        sent = Counter()
        named = {
            pre_save: "pre_save",
            post_save: "post_save",
            pre_delete: "pre_delete",
            post_delete: "post_delete",
        }

        def hear(signal, sender, instance, **kwargs):
            if sender in FILLED:
                sent[sender.__name__, getattr(instance, "kind", ""), named[signal]] += 1

        for signal in named:
            signal.connect(hear, dispatch_uid="tests.extending")
        yield sent
        for signal in named:
            signal.disconnect(dispatch_uid="tests.extending")

    @pytest.fixture
    def told(self):
        """The names of our signals that were sent since it was asked last."""
        heard = []

        def hear(signal, **kwargs):
            heard.append((signal.name, kwargs.get("replayed", False)))

        every = [it for it in vars(signals).values() if isinstance(it, signals.CheckedSignal)]
        for signal in every:
            signal.connect(hear, dispatch_uid="tests.extending")

        def told():
            found = set(heard)
            heard.clear()
            return found

        yield told
        for signal in every:
            signal.disconnect(dispatch_uid="tests.extending")

    def test_only_those_are_sent_that_the_page_names(self, sent, receive, hooks):
        def broken(**kwargs):
            raise RuntimeError

        callback_received.connect(broken, dispatch_uid="tests.extending.broken")
        try:
            for _ in range(2):
                for sample in EVERY_SAMPLE:
                    receive(sample.read_bytes())
        finally:
            callback_received.disconnect(dispatch_uid="tests.extending.broken")
        assert all(model.objects.exists() for model in FILLED)
        assert set(sent) == {
            ("Callback", "conversation.completed", "pre_save"),
            ("Callback", "conversation.completed", "post_save"),
        }
        sent.clear()
        receive({"event_type": "of no kind and about nothing"})
        receive(READY, reference="theirs")
        expect(video="v1", reference="mine")
        Callback.objects.exclude(due_at=None).update(due_at=timezone.now())
        call_command("tavus_process", "--once", stdout=StringIO())
        call_command("tavus_replay", "--noinput", "--kind", "video.ready", stdout=StringIO())
        call_command("tavus_rebuild", stdout=StringIO())
        forget([Subject("video", "v1"), Subject("conversation", "c4f1d07e2b9a6358")])
        long_ago = timezone.now() - timedelta(days=900)
        Callback.objects.update(received_at=long_ago, due_at=None)
        Conversation.objects.exclude(transcribed_at=None).update(transcribed_at=long_ago)
        parts = ("transcripts", "analyses", "bodies", "failures", "refusals")
        hooks(RETAIN=dict.fromkeys(parts, "1d"))
        before = Callback.objects.count()
        assert Turn.objects.exists()
        call_command("tavus_prune", stdout=StringIO())
        assert Callback.objects.count() < before
        assert not Turn.objects.exists()
        assert not sent

    def test_what_the_doctor_posted_goes_with_django_s_signals(self, sent, receive):
        receive(signed("1"))
        with pytest.raises(CommandError):  # nobody answers there
            call_command("tavus_doctor", "--base", "http://127.0.0.1:1", stdout=StringIO())
        assert {signal for _, _, signal in sent} == {"pre_delete", "post_delete"}

    def test_the_page_names_the_tables_that_callbacks_fill(self):
        [rows] = [rows for heading, rows in tables(PAGE) if heading == ["Table", "Sent"]]
        named = {name for table, _ in rows[:2] for name in re.findall(r"`(\w+)`", table)}
        assert named == {model.__name__ for model in FILLED}
        assert [said for _, said in rows][1] == "none"

    def test_deleting_by_hand_sends_them_for_what_goes_along(
        self, sent, receive, admin_client, sample
    ):
        receive(sample("application.transcription_ready"))
        row = Conversation.objects.get()
        address = f"/admin/tavus_hooks/conversation/{row.pk}/delete/"
        assert admin_client.post(address, {"post": "yes"}).status_code == 302
        assert {(name, signal) for name, _, signal in sent} == {
            (name, signal)
            for name in ("Conversation", "Turn")
            for signal in ("pre_delete", "post_delete")
        }

    def test_each_write_is_told_as_the_page_says(self, told, receive, hooks, keep):
        of_its_kind = {("callback_received", False), ("video_ready", False)}
        callback = receive(READY, reference="a")
        assert told() == of_its_kind
        receive(READY, reference="a")
        assert told() == set()  # a duplicate
        call_command("tavus_replay", str(callback.pk), "--noinput", stdout=StringIO())
        assert told() == {(name, True) for name, _ in of_its_kind}
        expect(video="v1", reference="b")  # what came is contested now
        call_command("tavus_process", "--once", stdout=StringIO())
        assert Video.objects.get().status == "queued"
        assert told() == set()
        call_command("tavus_rebuild", stdout=StringIO())
        assert told() == set()
        forget([Subject("video", "v1")])
        assert told() == {("forgotten", False)}
        Callback.objects.update(received_at=timezone.now() - timedelta(days=9))
        hooks(RETAIN={"bodies": "1d"})
        call_command("tavus_prune", stdout=StringIO())
        assert told() == set()

    def test_an_index_follows_them(self, receive):
        names = run(PAGE, "search.py")
        index = names["INDEX"]
        try:
            receive({**READY, "data": {"script": "Hello!"}})
            receive({**FAILED, "data": {"script": "Not to be."}})
            assert index == {"v1": "Hello!", "v2": "Not to be."}
            forget([Subject("conversation", "v2"), Subject("video", "v1")])
            assert index == {"v2": "Not to be."}
        finally:
            for signal in (signals.video_ready, signals.video_failed, signals.video_updated):
                signal.disconnect(names["index_video"])
            signals.forgotten.disconnect(names["forget_video"])
