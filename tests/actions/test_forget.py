"""What is forgotten is gone from every table, whatever arrives or is handled meanwhile."""

import json
import re
import sys
from io import StringIO
from urllib.parse import quote_plus

import pytest
from django.apps import apps
from django.contrib.admin.models import DELETION, LogEntry
from django.contrib.auth.models import User
from django.contrib.contenttypes.models import ContentType
from django.core.management import CommandError, call_command
from django.test import Client

from tavus_hooks import actions, inbox, kinds
from tavus_hooks.actions.forget import forget, plan, subjects_of
from tavus_hooks.db.dialects import sqlite
from tavus_hooks.inbox import failures, lifecycle, storing
from tavus_hooks.inbox.forgotten import FORGOTTEN, erase
from tavus_hooks.maintenance import erasing
from tavus_hooks.models import (
    Callback,
    Conversation,
    Document,
    Expectation,
    Failure,
    Note,
    Recording,
    RecordingOffset,
    Replica,
    ReplicaLabel,
    Tag,
    Tagging,
    Turn,
    Video,
)
from tavus_hooks.models.subjects import Subject
from tavus_hooks.payload import decode
from tavus_hooks.payload import mentions as mentions_module
from tavus_hooks.payload.mentions import mentions, names_of
from tavus_hooks.signals import callback_received, conversation_ended, forgotten
from tests.databases import connection
from tests.factories import event, joined, recording, replica, shutdown, video
from tests.running import ROOT
from tests.webhook.spelling import percent

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

SAID = "Ada has gout"
C1 = Subject("conversation", "c1")
SUMMARY = {
    "event_type": "application.call_summary",
    "conversation_id": "c1",
    "timestamp": "2026-07-01T10:00:00Z",
    "properties": {"summary": SAID},
}


def transcript(**more):
    said = [{"role": "user", "content": SAID}, {"role": "assistant", "content": "Oh."}]
    return event("application.transcription_ready", transcript=said, **more)


def dump():
    """Everything that the database holds, as text."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")  # noqa: S608
            for row in cursor.fetchall():
                cells = (bytes(it) if isinstance(it, memoryview) else it for it in row)
                found.append(f"{table} {list(cells)}")
    return "\n".join(found)


def run(*arguments):
    out = StringIO()
    call_command("tavus_forget", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def deferred(hooks):
    hooks(DISPATCHER="deferred")


class TestWhereItStands:
    BODIES = {
        "a transcript": transcript(),
        "an analysis": event("application.perception_analysis", analysis=SAID),
        "an unknown kind": SUMMARY,
        "no event type": {"conversation_id": "c1", "note": SAID},
        "a forwarded message": event("conversation.utterance", text=SAID),
        "a guardrail": {"conversation_id": "c1", "properties": {"guardrail": SAID}},
        "an objective": {"conversation_id": "c1", "objective_name": "o", "output_variables": SAID},
        "a card": event("canvas.interaction", interaction_id="i", value=SAID),
        "an id elsewhere": {"event_type": "x", "data": [{"call": "c1"}], "note": SAID},
        "an id as a key": {"event_type": "x", "calls": {"c1": SAID}},
        "an id in JSON text": {"event_type": "x", "body": json.dumps({"id": "c1", "n": SAID})},
        "another subject": {
            "video_id": "v1",
            "status": "ready",
            "data": {"conversation": "c1", "note": SAID},
        },
        "a forwarder's body": [{"headers": {}, "body": {"conversation_id": "c1", "n": SAID}}],
        "cut off": b'{"conversation_id": "c1", "summary": "Ada has gout',
        "no JSON": b"call=c1&note=Ada has gout",
        "a form": b"call=%63%31&note=Ada has gout",
        "a form within JSON": json.dumps({"d": "call=c%31&x=y", "note": SAID}).encode(),
        "UTF-16": json.dumps({"conversation_id": "c1", "note": SAID}).encode("utf-16"),
        "UTF-16, cut off": json.dumps({"conversation_id": "c1", "n": SAID}).encode("utf-16")[:-4],
        "an id in escapes": b'{"conversation_id": "\\u0063\\u0031", "note": "Ada has gout"}',
    }

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    def test_it_is_gone_when_it_came_before(self, receive, body):
        receive(body)
        assert SAID in dump() or b"A\x00d\x00a" in bytes(Callback.objects.get().body)
        forget([C1])
        assert SAID not in dump()
        assert bytes(Callback.objects.get().body) == b""

    @pytest.mark.parametrize("body", BODIES.values(), ids=BODIES)
    def test_it_is_not_kept_when_it_comes_later(self, receive, announced, body):
        forget([C1])
        callback = receive(body)
        if callback.subject_type == "video":  # about that, and only naming the conversation
            return
        assert SAID not in dump()
        assert bytes(callback.body) == b""
        assert (callback.due_at, callback.error) == (None, "")
        assert callback.pruned_at == callback.received_at
        assert announced == []

    def test_a_longer_id_is_another_one(self, receive):
        """`c1` is not `c12`, and not a part of a word or of a text."""
        others = [
            {"event_type": "x", "conversation_id": "c12", "note": SAID},
            {"event_type": "x", "note": f"{SAID} in c1", "url": "https://example.com/c1"},
            b'{"conversation_id": "c12", "summary": "Ada has gout',
            b"call=xc1&note=Ada has gout",
            {"event_type": "x", "id": "C1", "note": SAID},
        ]
        kept = [receive(body).pk for body in others]
        forget([C1])
        assert not Callback.objects.filter(pk__in=kept, pruned_at__isnull=False).exists()
        assert not Callback.objects.filter(pk__in=[receive(b).pk for b in others], body=b"")

    @pytest.mark.parametrize("subject_type", ["video", "replica", "document"])
    def test_what_only_names_another_subject_stays(self, receive, subject_type):
        """A replica's id stands in every video and every conversation."""
        receive(transcript(inference_id="id1"))
        receive(video(replica_id="id1"))
        forget([Subject(subject_type, "id1")])
        assert not Callback.objects.filter(pruned_at__isnull=False).exists()


def test_bodies_that_hold_an_id_in_a_way_that_is_not_spelled_out():
    assert mentions(json.dumps({"a": "ü1"}).encode(), {"ü1"})
    assert mentions(b'{"a": 17}', {"17"})
    assert not mentions(b'{"a": 17.0, "b": true, "c": null}', {"17", "True", "None"})
    assert mentions(b'{"a": " c1\\n"}', {"c1"})
    twice = json.dumps(json.dumps({"id": "c1"}))
    for hidden in (
        json.dumps(twice),  # JSON in JSON in JSON
        json.dumps({"d": json.dumps({"id": "c1"})[:-2]}),  # cut off within
        json.dumps({"d": "id=c1&x=y"}),
        '{"id": "\\u00631", "x',  # cut off, and escaped
        '{"body": "{\\u0022id\\u0022:\\u0022c1\\u0022',
        '{"note": "call\\nc1\\n',
        "payload=%7B%22id%22%3A%22c1%22%7D",
        json.dumps({"headers": {}, "body": '{"id": "c1"}\n{"id": "c2"}'}),  # two texts of JSON
    ):
        assert mentions(hidden.encode(), {"c1"}), hidden
        assert not mentions(hidden.encode(), {"c", "1", "c12"}), hidden
        value = decode(hidden.encode()).value
        assert "c1" in names_of(value, hidden.encode()), hidden
    for other in (
        {"body": json.dumps({"conversation_id": "c1-2"})},
        {"body": json.dumps({"content": "I said c1 today"})},
        {"content": 'I said "c1" today'},
        {"content": '"c1", she said'},
        {"content": "[laughs] c1"},
        {"content": "c1 = c2, {c1}"},
    ):
        assert not mentions(json.dumps(other).encode(), {"c1"}), other
    assert mentions(rb'{"id": "\ud83d\ude00", "x', {"\U0001f600"})
    assert mentions(json.dumps({"too deep": f"{'[' * 65}12345{']' * 65}"}).encode(), {"12345"})
    assert mentions("id=ü1&x".encode("latin-1"), {"ü1"})


def test_in_whatever_way_it_is_spelled_the_database_is_asked_for_it(db):
    """So that `mentions()` is asked about every body of which it would say yes."""

    def escaped(text):
        return "".join(f"\\u{unit}" for unit in text.encode("utf-16-be").hex(" ", 2).split())

    ways = {
        "plain": lambda text: json.dumps({"id": text}, ensure_ascii=False),
        "escaped": lambda text: json.dumps({"id": text}),
        "escapes": lambda text: f'{{"id": "{escaped(text)}"}}',
        "the last one escaped": lambda text: (
            f'{{"id": {json.dumps(text[:-1])[:-1]}{escaped(text[-1])}"}}'
        ),
        "within a text": lambda text: json.dumps({"a": json.dumps({"id": text})}),
        "a form": lambda text: f"a=b&id={quote_plus(text)}&c=d",
        "percent-encoded": lambda text: f"id={percent(text)}",
        "in lower case": lambda text: f"id={percent(text).lower()}",
        "the first one alone": lambda text: f"id={percent(text[0])}{quote_plus(text[1:])}",
        "the last one alone": lambda text: f"id={quote_plus(text[:-1])}{percent(text[-1]).lower()}",
        "spaces plain": lambda text: f"id={text.replace(' ', '+')}&x",
        "UTF-16": lambda text: json.dumps({"id": text}).encode("utf-16"),
        "UTF-32": lambda text: json.dumps({"id": text}).encode("utf-32-be"),
    }
    for text in ("c1", "c-1_b.Z", "a b", "ü1", "x/y", 'q"r', "z\\9", "1e5", "\U0001f600é"):
        for name, spelled in ways.items():
            body = spelled(text)
            body = body if isinstance(body, bytes) else body.encode()
            assert mentions(body, {text}), (text, name)
            row = Callback.objects.create(body=body, digest="0" * 64)
            assert row in Callback.objects.holding({text}), (text, name)
            row.delete()


@pytest.mark.parametrize("large", [f"[{','.join(['[]'] * 100_000)}]", f'["{"x" * 1_500_000}"]'])
def test_an_id_is_found_in_json_within_texts_however_much_there_is_of_it(large):
    """Only so much of it is parsed; the rest is searched for words."""
    body = json.dumps({"a": [large] * 3, "b": '[1, "c1"]'}).encode()
    assert mentions(body, {"c1"})
    assert not mentions(body, {"c", "c12"})
    assert "c1" in names_of(json.loads(body), body)


@pytest.mark.parametrize("value", [None, {"a": "{" * 9}, {"a": '={"' + "%" * 99_999 + "c2"}])
def test_of_a_long_body_only_its_beginning_is_looked_at(value, monkeypatch):
    """It is asked while Tavus waits: no more is undone than needs be."""
    undone = []
    undo = mentions_module._undone

    def watched(text):
        undone.append(len(text))
        return undo(text)

    monkeypatch.setattr(mentions_module, "_undone", watched)
    body = json.dumps(value).encode() if value else b"{" + b'"%c1\\n" ' * 1_000_000
    found = names_of(value, body)
    assert len(found) <= 2 * mentions_module.MOST_NAMES
    assert sum(undone) <= mentions_module.MOST_CHARACTERS * 4
    assert "c2" not in found


def test_words_are_counted_once(receive):
    words = " ".join(f"w{number}" for number in range(480))
    assert "c1" in names_of(None, f"{{{words} c1".encode())


@pytest.mark.parametrize("nothing", ["", "c" * 129])
def test_what_is_no_id_is_refused_before_anything_is_erased(receive, nothing):
    receive({"event_type": "y", "conversation_id": "c2", "note": ""})
    for what in ("conversation", "reference"):
        if what == "reference" and nothing:
            continue
        with pytest.raises(CommandError):
            run(what, nothing, "--noinput")
    assert not Callback.objects.filter(pruned_at__isnull=False).exists()
    assert not Conversation.objects.exists()


def test_what_a_completion_would_tell_is_told_to_nobody(receive, announced, hooks):
    hooks(COMPLETION_EXPECTS=["shutdown"])

    def forget_it(**kwargs):
        forget([C1])

    conversation_ended.connect(forget_it, dispatch_uid="tests.forget")
    receive(shutdown(shutdown_reason="x"))
    conversation_ended.disconnect(dispatch_uid="tests.forget")
    assert "conversation_completed" not in [heard["signal"] for heard in announced]


def test_what_a_recording_failed_with_goes(receive):
    receive(event("application.recording_copy_failed", s3_key="k", error_message=SAID))
    forget([C1])
    assert SAID not in dump()
    assert Recording.objects.get().s3_key == "k"


@pytest.mark.one_database
@pytest.mark.django_db(transaction=True)
def test_a_reference_that_only_the_database_knows_stops_nothing(receive):
    receive(transcript())
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE host_note (turn bigint NOT NULL, FOREIGN KEY (turn) "
            "REFERENCES tavus_hooks_turn (id))"
        )
        try:
            pk = Turn.objects.first().pk
            cursor.execute("INSERT INTO host_note VALUES (%s)", [pk])
            forget([C1])
            assert Turn.everything.filter(pk=pk).exists()
            assert SAID not in dump()
        finally:
            cursor.execute("DROP TABLE host_note")


class TestTables:
    def test_of_a_conversation_it_stays_that_it_took_place(self, receive, announced):
        receive(joined(timestamp="2026-07-01T10:00:00Z", replica_id="r1"))
        receive(transcript())
        receive(event("application.perception_analysis", analysis=SAID))
        receive(event("application.recording_ready", s3_key="k", bucket_name="b"))
        receive(shutdown(timestamp="2026-07-01T10:10:00Z", shutdown_reason="x"))
        done = forget([C1])
        row = Conversation.objects.get()
        assert (row.replica_id, row.duration.total_seconds()) == ("r1", 600)
        assert row.perception_analysis == ""
        assert not Turn.everything.exists()
        assert (done.turns, done.bodies) == (2, 6)
        assert "in your bucket: b/k" in done.remaining
        assert Recording.objects.get().s3_key == "k"

    FORGETTABLE = {
        "video": {
            "video_id": "id1",
            "status": "ready",
            "video_name": SAID,
            "data": {"script": SAID, "audio_url": SAID},
            "status_details": SAID,
            "error_details": SAID,
            "hosted_url": f"https://example.com/{SAID}",
            "stream_url": SAID,
            "download_url": SAID,
        },
        "replica": {
            "replica_id": "id1",
            "status": "error",
            "replica_name": SAID,
            "error_message": SAID,
        },
        "document": {
            "document_id": "id1",
            "status": "ready",
            "document_name": SAID,
            "document_url": SAID,
            "error_message": SAID,
        },
    }

    @pytest.mark.parametrize("subject_type", FORGETTABLE)
    def test_of_anything_else_its_status_stays(self, receive, subject_type):
        body = self.FORGETTABLE[subject_type]
        row = receive(body).subject
        forget([Subject(subject_type, "id1")])
        assert SAID not in dump()
        row.refresh_from_db()
        assert row.status == body["status"]
        assert row.forgotten_at is not None

    @pytest.mark.parametrize("subject_type", FORGETTABLE)
    @pytest.mark.parametrize("known", [True, False])
    def test_what_arrives_later_is_not_kept(self, receive, announced, subject_type, known):
        body = self.FORGETTABLE[subject_type]
        if known:
            receive(body)
        forget([Subject(subject_type, "id1")])
        announced.clear()
        for late in (body, {**body, "status": "started"}, {**body, "status": "started"}):
            callback = receive(late)
            assert bytes(callback.body) == b""
            assert (callback.due_at, callback.remarks) == (None, FORGOTTEN)
            assert callback.pruned_at is not None
        assert announced == []
        assert SAID not in dump()

    @pytest.mark.parametrize("subject_type", FORGETTABLE)
    def test_a_duplicate_that_arrives_later_is_not_even_stored_at_first(
        self, receive, monkeypatch, subject_type
    ):
        receive(self.FORGETTABLE[subject_type])
        forget([Subject(subject_type, "id1")])
        insert, stored = storing.statements.insert, []

        def note(row, using):
            insert(row, using)
            stored.append(bytes(row.body))

        monkeypatch.setattr(storing.statements, "insert", note)
        assert receive(self.FORGETTABLE[subject_type]).is_duplicate
        assert stored == [b""]

    @pytest.mark.usefixtures("deferred")
    @pytest.mark.parametrize("subject_type", FORGETTABLE)
    def test_what_waits_to_be_handled_is_not_applied(self, receive, announced, subject_type):
        receive(self.FORGETTABLE[subject_type])
        forget([Subject(subject_type, "id1")])
        receive({**self.FORGETTABLE[subject_type], "status": "started"})
        call_command("tavus_process", "--once", stdout=StringIO())
        assert announced == []
        assert SAID not in dump()

    def test_without_a_row_one_is_made_that_remembers_it(self, receive):
        forget([C1])
        assert Conversation.objects.get().forgotten_at is not None
        receive(transcript())
        assert SAID not in dump()

    def test_forgetting_twice_changes_nothing_more(self, receive):
        receive(transcript())
        forget([C1])
        first = Conversation.objects.get().forgotten_at
        assert forget([C1]).bodies == 0
        assert Conversation.objects.get().forgotten_at == first

    def test_nothing_is_due_any_more_and_nothing_expected(self, receive, hooks):
        receive(shutdown(shutdown_reason="x"))
        assert Expectation.objects.exists()
        hooks(DISPATCHER="deferred")
        assert receive(transcript(timestamp="soon")).remarks
        forget([C1])
        assert not Callback.objects.exclude(due_at=None).exists()
        assert not Callback.objects.filter(pruned_at=None).exists()
        assert not Callback.objects.exclude(remarks="").exists()
        assert not Expectation.objects.exists()

    def test_a_rebuild_brings_nothing_back(self, receive):
        receive(transcript())
        forget([C1])
        call_command("tavus_rebuild", stdout=StringIO())
        assert SAID not in dump()
        assert Conversation.objects.get().user_turns == 1

    def test_the_admins_log_does_not_tell(self, receive, admin_user):
        video = receive(self.FORGETTABLE["video"]).subject
        client = Client()
        client.force_login(admin_user)
        turn = receive(transcript()).subject.turns.first()
        client.post(f"/admin/tavus_hooks/turn/{turn.pk}/delete/", {"post": "yes"})
        LogEntry.objects.create(
            user=User.objects.get(),
            content_type=ContentType.objects.get_for_model(Video),
            object_id=video.pk,
            object_repr=str(video),
            action_flag=DELETION,
        )
        assert LogEntry.objects.count() == 2
        forget([C1, Subject("video", "id1")])
        assert SAID not in dump()

    def test_a_host_may_be_without_the_admin(self, receive, monkeypatch):
        monkeypatch.setattr(apps, "is_installed", lambda name: name != "django.contrib.admin")
        monkeypatch.setitem(sys.modules, "django.contrib.admin.models", None)  # cannot be imported
        receive(transcript())
        forget([C1])
        assert SAID not in dump()


class TestMeanwhile:
    @pytest.mark.django_db(transaction=True)
    @pytest.mark.parametrize("body", [transcript(), SUMMARY], ids=["known", "unknown"])
    def test_what_a_receiver_raises_after_it_was_forgotten_leaves_no_trace(
        self, receive, connect, body
    ):
        def forget_and_fail(callback, **kwargs):
            forget([C1])
            raise ValueError(SAID)

        connect(callback_received, forget_and_fail, "tests.fails")
        callback = receive(body)
        assert not Failure.everything.exists()
        assert SAID not in dump()
        assert callback.due_at is None

    @pytest.mark.django_db(transaction=True)
    def test_nor_does_it_at_a_retry(self, receive, connect):
        told = []

        def fail_then_forget_and_fail(callback, **kwargs):
            told.append(callback.pk)
            if len(told) > 1:
                forget([C1])
            raise ValueError(SAID)

        connect(callback_received, fail_then_forget_and_fail, "tests.fails")
        callback = receive(transcript())
        assert Failure.objects.exists()
        inbox.replay(callback.pk)
        assert len(told) == 2
        assert not Failure.everything.exists()
        assert SAID not in dump()

    def test_a_duplicate_that_is_stored_after_the_look_is_erased(self, receive, monkeypatch):
        receive(transcript())
        store = lifecycle.store

        def forget_and_store(callback):
            forget([C1])
            return store(callback)

        monkeypatch.setattr(lifecycle, "store", forget_and_store)
        duplicate = receive(transcript())
        assert duplicate.is_duplicate
        assert SAID not in dump()

    @pytest.mark.django_db(transaction=True)
    def test_the_very_same_bytes_that_were_stored_after_the_look_are_erased(
        self, receive, monkeypatch
    ):
        """As if the insert had begun when the first one still had its body."""
        first = receive(transcript())
        insert = storing._insert_as_duplicate

        def forget_and_insert(callback):
            forget([C1])
            Callback.objects.filter(pk=first.pk).update(pruned_at=None)
            return insert(callback)

        monkeypatch.setattr(storing, "_insert_as_duplicate", forget_and_insert)
        assert receive(transcript()).is_duplicate
        assert SAID not in dump()

    def test_a_duplicate_whose_original_is_erased_before_it_is_stored_is_erased_too(
        self, receive, monkeypatch
    ):
        """As in a process that did not receive the original, and has looked for it already."""
        receive(transcript())
        original_of = storing.original_of

        def find_and_forget(key):
            found = original_of(key)
            forget([C1])
            return found

        monkeypatch.setattr(storing, "_recent", storing.RecentKeys(most=0))
        monkeypatch.setattr(storing, "original_of", find_and_forget)
        assert receive(transcript()).is_duplicate
        assert SAID not in dump()

    def test_a_duplicate_that_comes_while_the_others_are_erased_is_erased_too(
        self, receive, monkeypatch
    ):
        """Its insert had begun before, and is committed behind the look which ones there are."""
        first = receive(video(video_name=SAID))
        duplicate = Callback.objects.get(pk=first.pk)
        duplicate.pk, duplicate.idempotency_key, duplicate.duplicate_of = None, None, first
        arriving = [duplicate]
        erase_callbacks = erasing._erase_callbacks

        def erase_and_store(rows, done):
            erase_callbacks(rows, done)
            if arriving:
                arriving.pop().save(force_insert=True)

        monkeypatch.setattr(erasing, "_erase_callbacks", erase_and_store)
        forget([Subject("video", "v1")])
        assert Callback.objects.count() == 2
        assert SAID not in dump()

    def test_news_that_is_stored_after_the_look_is_erased(self, receive, announced, monkeypatch):
        receive(transcript())
        announced.clear()
        store = lifecycle.store

        def forget_and_store(callback):
            forget([C1])
            return store(callback)

        monkeypatch.setattr(lifecycle, "store", forget_and_store)
        for body in (transcript(timestamp="2026-07-01T11:00:00Z"), {**SUMMARY, "note": "news"}):
            receive(body)
            Conversation.objects.update(forgotten_at=None)
        assert SAID not in dump()
        assert announced == []

    @pytest.mark.usefixtures("deferred")
    def test_what_a_process_has_claimed_already_is_not_applied(self, receive, announced):
        for body in (transcript(), SUMMARY, event("conversation.utterance", text=SAID)):
            claimed = inbox.claim(receive(body).pk)
            forget([C1])
            inbox.handle(claimed)
            Conversation.objects.update(forgotten_at=None)
        assert announced == []
        assert SAID not in dump()

    def test_a_call_that_is_owed_is_made_no_more(self, receive, announced):
        callback = receive(transcript())
        announced.clear()
        failures.schedule_calls(callback, [], replayed=True)
        forget([C1])
        call_command("tavus_process", "--once", stdout=StringIO())
        assert announced == []
        assert not Failure.everything.exists()


class TestReferences:
    def test_all_that_a_reference_finds_is_forgotten_and_the_reference_too(self, receive):
        receive(transcript(), reference="auth.user:7")
        receive(TestTables.FORGETTABLE["video"], reference="auth.user:7")
        receive(b"no JSON: " + SAID.encode(), reference="auth.user:7")
        assert plan([], "auth.user:7").bodies == 3
        other = receive(transcript(conversation_id="c2"), reference="auth.user:8")
        assert set(subjects_of("auth.user:7")) == {C1, Subject("video", "id1")}
        forget(subjects_of("auth.user:7"), "auth.user:7")
        assert "auth.user:7" not in dump()
        other.refresh_from_db()
        assert bytes(other.body)
        assert Turn.objects.get(position=0).conversation.conversation_id == "c2"

    def test_what_has_no_row_yet_is_remembered_too(self, receive):
        receive(SUMMARY, reference="auth.user:7")
        assert subjects_of("auth.user:7") == [C1]
        forget(subjects_of("auth.user:7"), "auth.user:7")
        receive(transcript(), reference="auth.user:7")
        assert SAID not in dump()
        assert "auth.user:7" not in dump()

    def test_the_url_of_a_guardrail_finds_no_conversation(self, receive):
        receive(transcript(), reference="auth.user:8")
        guardrail = {"conversation_id": "c1", "properties": {"guardrail": "g"}}
        came = receive(guardrail, reference="guardrail")
        assert subjects_of("guardrail") == []
        forget([], "guardrail")
        came.refresh_from_db()
        assert bytes(came.body) == b""
        assert Turn.objects.exists()


class TestWhatPeopleEntered:
    R1 = Subject("replica", "r1")

    @pytest.fixture
    def entered(self, receive, admin_client):
        """By the admin, which keeps a log of it."""
        for body in (shutdown("c1"), shutdown("c2"), recording("c1"), recording("c2"), replica()):
            receive(body)
        found = Recording.objects.get(conversation__conversation_id="c1")
        for model, data in {
            "note": {"conversation": "c1", "text": SAID},
            "tagging": {"conversation": "c1", "name": SAID},
            "replicalabel": {"replica": "r1", "name": SAID},
            "recordingoffset": {"recording": found.pk, "seconds": "2.5"},
        }.items():
            answer = admin_client.post(f"/admin/tavus_hooks/{model}/add/", data)
            assert answer.status_code == 302, answer.text
        assert LogEntry.objects.count() == 4
        found, of_c1 = Note.objects.get(), Tag.objects.get()
        for path, data in (
            (f"note/{found.pk}/change/", {"text": f"{SAID}."}),
            (f"tag/{of_c1.pk}/change/", {"name": f"{SAID}."}),
        ):
            assert admin_client.post(f"/admin/tavus_hooks/{path}", data).status_code == 302

    def test_about_a_conversation_it_is_gone(self, entered, admin_client):
        ReplicaLabel.objects.all().delete()
        assert SAID in dump()
        assert plan([C1]).entered == 3
        assert forget([C1]).entered == 3
        assert SAID not in dump()
        for model in (Note, Tagging, Tag, RecordingOffset):
            assert not model.objects.exists()

    def test_about_a_replica_it_is_gone(self, entered):
        for model in (Note, Tag):
            model.objects.all().delete()
        assert SAID in dump()
        assert plan([self.R1]).entered == 1
        assert forget([self.R1]).entered == 1
        assert SAID not in dump()
        assert str(Replica.objects.get()) == "r1"

    def test_of_a_replica_that_was_called_so_in_the_admins_log_it_is_gone_as_well(self, entered):
        row = Replica.objects.get()
        assert str(row) == SAID
        LogEntry.objects.create(
            user=User.objects.get(),
            content_type=ContentType.objects.get_for_model(row),
            object_id=str(row.pk),
            object_repr=str(row),
            action_flag=DELETION,
        )
        forget([self.R1, C1])
        assert SAID not in dump()

    def test_about_other_conversations_it_stays(self, entered):
        other = Recording.objects.get(conversation__conversation_id="c2")
        actions.note("c2", text="other")
        actions.tag("c2", name="other")
        actions.tag("c2", name=f"{SAID}.")
        actions.set_offset(other.pk, seconds=1)
        forget([C1])
        assert Note.objects.get().text == "other"
        assert set(Tag.objects.values_list("name", flat=True)) == {"other", f"{SAID}."}
        assert Tagging.objects.count() == 2
        assert RecordingOffset.objects.get().recording == other
        assert ReplicaLabel.objects.exists()

    def test_what_is_entered_while_it_is_forgotten_is_gone_as_well(self, receive, monkeypatch):
        """Between the record that it is forgotten and the erasing."""
        receive(shutdown("c1"))
        remember = erasing._remember_that_they_are_forgotten

        def enter_first(subjects):
            actions.note("c1", text=SAID)
            actions.tag("c1", name=SAID)
            remember(subjects)
            with pytest.raises(actions.ForgottenError):
                actions.note("c1", text=SAID)

        monkeypatch.setattr(erasing, "_remember_that_they_are_forgotten", enter_first)
        forget([C1])
        assert SAID not in dump()

    def test_the_command_counts_it(self, entered):
        assert "3 notes, tags, labels and offsets" in run("conversation", "c1", "--dry-run")
        assert "1 notes, tags, labels and offsets" in run("replica", "r1", "--noinput")


def test_the_documented_way_to_erase_a_user_does(receive, admin_user):
    text = (ROOT / "docs" / "retention.md").read_text()
    [snippet] = re.findall(r"```python\n# erasure.py\n(.*?)```", text, re.DOTALL)
    documented = {}
    exec(snippet, documented)  # noqa: S102 - our own documentation
    receive(transcript(), reference=f"auth.user:{admin_user.pk}")
    assert documented["erase"](admin_user).subjects == [C1]
    assert SAID not in dump()


class TestTelling:
    def test_a_host_is_told_of_each(self, receive):
        told = []

        def listener(**kwargs):
            told.append(kwargs)

        receive(transcript(), reference="shop.order:1")
        forgotten.connect(listener)
        try:
            forget([C1], "shop.order:1")
        finally:
            forgotten.disconnect(listener)
        [heard] = told
        assert (heard["sender"], heard["instance"]) == (Conversation, Conversation.objects.get())
        assert (heard["subject_type"], heard["subject_id"]) == C1
        assert heard["reference"] == "shop.order:1"
        assert heard["instance"].forgotten_at is not None

    def test_a_host_that_fails_is_named_and_stops_nothing(self, receive):
        def broken(**kwargs):
            raise RuntimeError

        receive(transcript())
        forgotten.connect(broken)
        try:
            with pytest.raises(CommandError, match=r"broken for conversation c1") as raised:
                run("conversation", "c1", "--noinput")
        finally:
            forgotten.disconnect(broken)
        assert raised.value.returncode == 1
        assert SAID not in dump()

    def test_what_is_erased_alone_is_overwritten_in_the_file_as_well(self, receive):
        if connection.vendor != "sqlite":
            pytest.skip("on SQLite only")

        def secure_delete():
            with connection.cursor() as cursor:
                return cursor.execute("PRAGMA secure_delete").fetchone()[0]

        def look(execute, sql, params, many, context):
            if sql.startswith(("UPDATE", "DELETE")):
                found.append(secure_delete())
            return execute(sql, params, many, context)

        callback, before, found = receive(transcript()), secure_delete(), []
        with connection.execute_wrapper(look):
            erase(callback)
        assert set(found) == {1}
        assert secure_delete() == before

    def test_what_a_reader_keeps_in_the_write_ahead_log_is_told(self, receive, monkeypatch):
        if connection.vendor != "sqlite":
            pytest.skip("on SQLite only")
        receive(transcript())
        assert "write-ahead log" not in "".join(forget([C1]).remaining)
        monkeypatch.setattr(sqlite, "_is_checkpointed", lambda connection: False)
        assert "write-ahead log: it is being read" in "".join(forget([C1]).remaining)

    def test_the_command_shows_first_what_would_go(self, receive):
        receive(transcript())
        receive(SUMMARY)
        shown = run("conversation", "c1", "--dry-run")
        assert "conversation c1" in shown
        assert "2 bodies, 2 turns, 0 failures" in shown
        assert "at Tavus: the conversation c1" in shown
        assert SAID in dump()
        with pytest.raises(CommandError, match="--noinput"):
            run("conversation", "c1")
        assert SAID in dump()
        assert run("conversation", "c1", "--noinput").count("2 bodies") == 2
        assert SAID not in dump()

    def test_what_it_shows_is_what_goes(self, receive):
        for body in TestWhereItStands.BODIES.values():
            receive(body)
        planned, done = plan([C1]), forget([C1])
        assert (planned.bodies, planned.turns) == (done.bodies, done.turns)
        assert done.bodies == len(TestWhereItStands.BODIES)

    @pytest.mark.parametrize("subject_type", TestTables.FORGETTABLE)
    def test_of_a_conversation_with_the_same_id_it_counts_and_takes_nothing(
        self, receive, subject_type
    ):
        receive(transcript())
        same = Subject(subject_type, "c1")
        assert (plan([same]).turns, forget([same]).turns) == (0, 0)
        assert Turn.objects.count() == 2

    @pytest.mark.parametrize("what", ["conversation", "video", "replica", "document", "reference"])
    def test_it_takes_whatever_can_be_forgotten(self, what):
        assert "Erased:" in run(what, "id1", "--noinput")
        made = sum(model.objects.count() for model in (Conversation, Video, Replica, Document))
        assert made == (what != "reference")


def test_a_hosts_kind_is_not_asked_about_what_is_forgotten(receive):
    class Notes(kinds.Kind):
        name = "notes"

        def matches(self, payload):
            return payload.get("event_type") == "notes"

        def apply(self, callback):
            raise AssertionError("it would have kept it")

    kinds.register(Notes)
    try:
        forget([C1])
        callback = receive({"event_type": "notes", "conversation_id": "c1", "note": SAID})
    finally:
        kinds.unregister("notes")
    assert callback.error == ""
    assert SAID not in dump()


def test_a_type_that_there_is_not_is_told_before_anything_is_erased(receive):
    callback = receive(SUMMARY)
    with pytest.raises(ValueError, match="'turn' is none of video, replica, conversation"):
        forget([C1, Subject("turn", "c1")])
    callback.refresh_from_db()
    assert bytes(callback.body)
