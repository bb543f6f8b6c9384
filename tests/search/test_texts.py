"""What was said is searched as it is in the turns, whatever becomes of them."""

import logging
from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError
from django.urls import reverse
from django.utils import timezone

from tavus_hooks import inbox
from tavus_hooks.actions import expect
from tavus_hooks.models import Callback, Conversation, Failure, SearchText, Turn
from tavus_hooks.search import fill, fill_due
from tavus_hooks.search.texts import MOST_BYTES
from tavus_hooks.signals import transcription_ready
from tests.databases import connection
from tests.factories import shutdown
from tests.search.conftest import said

pytestmark = pytest.mark.django_db(transaction=True)

LATER = "2025-07-11T06:55:47Z"
EARLIER = "2025-07-11T06:35:47Z"


class EndedError(BaseException):
    """As the end of the process."""


def indexing_fails(error):
    """Each statement that writes a text raises."""

    def execute(run, sql, *args):
        if "searchtext" in sql and ("ON CONFLICT" in sql or "ON DUPLICATE" in sql):
            raise error
        return run(sql, *args)

    return connection.execute_wrapper(execute)


def process():
    call_command("tavus_process", stdout=StringIO())


def make_due():
    """As if the time were over in which the others are left to do it."""
    SearchText.objects.filter(due_at__isnull=False).update(due_at=timezone.now())


@pytest.mark.one_database
def test_when_a_worker_calls_the_receivers_it_is_found_already(receive, find, connect, hooks):
    hooks(DISPATCHER="deferred")
    found = []
    connect(transcription_ready, lambda **kwargs: found.extend(find("heliotrope")))
    callback = receive(said("heliotrope"))
    inbox.handle(inbox.claim(callback.pk))
    assert found == ["c1"]


def test_tavus_does_not_wait_for_the_index(send, find):
    send(said("heliotrope"))
    assert find("heliotrope") == []
    [text] = SearchText.objects.all()
    assert timedelta() < text.due_at - timezone.now() <= timedelta(minutes=1)
    make_due()
    process()
    assert find("heliotrope") == ["c1"]


def test_with_a_newer_transcript_the_words_of_the_older_one_are_not_found(receive, find):
    receive(said("heliotrope", "garden"))
    receive(said("violet", timestamp=LATER))
    receive(said("carnation", timestamp=EARLIER))
    assert (find("heliotrope"), find("garden"), find("carnation")) == ([], [], [])
    assert find("violet") == ["c1"]


def test_a_transcript_in_which_nobody_spoke_is_no_text(receive):
    receive(said(" ", ""))
    assert Conversation.objects.get().transcribed_at is not None
    assert not SearchText.objects.exists()


def test_a_conversation_without_transcript_takes_no_row(receive):
    receive(shutdown())
    assert not SearchText.objects.exists()


def test_what_others_said_is_not_found_once_the_site_says_whose_it_is(receive, find, keep):
    receive(said("heliotrope"), reference="theirs")
    receive(said("violet"), reference="mine")
    assert (find("heliotrope"), find("violet")) == (["c1"], [])
    expect(conversation="c1", reference="mine")
    assert (find("heliotrope"), find("violet")) == ([], ["c1"])


def test_so_it_is_where_an_earlier_callback_that_is_handled_later_gives_the_reference(
    receive, find, keep, hooks
):
    hooks(DISPATCHER="deferred")
    earlier = receive(shutdown(), reference="mine")
    theirs = receive(said("heliotrope"), reference="theirs")
    mine = receive(said("violet", timestamp=EARLIER), reference="mine")
    for callback, found in ((theirs, "heliotrope"), (mine, "heliotrope"), (earlier, "violet")):
        inbox.handle(inbox.claim(callback.pk))
        assert find(found) == ["c1"]
    assert find("heliotrope") == []


class TestWhatFails:
    def test_a_callback_is_handled_all_the_same(self, receive, find, caplog, announced):
        with indexing_fails(DatabaseError("disk full")), caplog.at_level(logging.ERROR):
            callback = receive(said("heliotrope"))
        assert callback.handled_at is not None
        assert not Failure.objects.exists()
        assert [it["signal"] for it in announced] == ["callback_received", "transcription_ready"]
        assert "could not be indexed" in caplog.text
        assert Turn.objects.count() == 1

    def test_it_is_made_up_for_by_tavus_process(self, receive, find):
        with indexing_fails(DatabaseError("disk full")):
            receive(said("heliotrope"))
        process()
        assert find("heliotrope") == []
        make_due()
        process()
        assert find("heliotrope") == ["c1"]
        assert not SearchText.objects.filter(due_at__isnull=False).exists()

    def test_so_it_is_where_a_process_ends_in_between(self, receive, find):
        with indexing_fails(EndedError), pytest.raises(EndedError):
            receive(said("heliotrope"))
        assert Callback.objects.get().applied_at is not None
        make_due()
        process()
        assert find("heliotrope") == ["c1"]

    def test_one_that_fails_again_is_put_off_and_stops_no_other(self, receive, find, caplog):
        with indexing_fails(DatabaseError("disk full")):
            for number in range(3):
                receive(said("heliotrope", conversation_id=f"c{number}"))
        make_due()
        pk = Conversation.objects.get(conversation_id="c1").pk
        refused = []

        def execute(run, sql, params, *args):
            is_filling = "searchtext" in sql and ("ON CONFLICT" in sql or "ON DUPLICATE" in sql)
            if is_filling and pk in _flat(params):
                refused.append(sql)
                raise DatabaseError("bad text")
            return run(sql, params, *args)

        with connection.execute_wrapper(execute), caplog.at_level(logging.ERROR):
            process()
        assert len(refused) == 2  # among the others, and alone
        assert sorted(find("heliotrope")) == ["c0", "c2"]
        assert SearchText.objects.get(due_at__isnull=False).due_at > timezone.now()

    def test_a_pass_of_a_loop_does_some_of_many(self, receive):
        with indexing_fails(DatabaseError("disk full")):
            for number in range(3):
                receive(said("heliotrope", conversation_id=f"c{number}"))
        make_due()
        assert fill_due(2) == 2
        assert fill_due(2) == 1
        assert fill_due(2) == 0


def _flat(params):
    for it in params or ():
        yield from _flat(it) if isinstance(it, list | tuple) else [it]


class TestCut:
    def test_what_is_said_behind_two_hundred_kilobytes_is_not_found(self, receive, find):
        receive(said("heliotrope", "word " * (MOST_BYTES // 5), "violet"))
        assert find("heliotrope") == ["c1"]
        assert find("violet") == []

    def test_the_worst_text_is_indexed_by_every_database(self, receive, find):
        """As many words as fit, and none twice."""
        words = (f"{number:x}" for number in range(4096, 200_000))
        receive(said("heliotrope", " ".join(words)[: MOST_BYTES * 2]))
        receive(said("violet " + "".join(map(chr, range(0x4E00, 0x9FFF))), conversation_id="c2"))
        receive(said("\U0001f600 " * 100_000 + " rose", conversation_id="c3"))
        assert find("heliotrope") == ["c1"]
        assert find("violet") == ["c2"]
        assert find("1000") == ["c1"]
        assert not SearchText.objects.filter(due_at__isnull=False).exists()


class TestErasing:
    def test_what_is_forgotten_is_not_found(self, receive, find):
        receive(said("heliotrope"))
        call_command("tavus_forget", "conversation", "c1", "--noinput", stdout=StringIO())
        assert find("heliotrope") == []
        assert not SearchText.objects.exists()
        assert find("c1") == ["c1"]

    def test_what_is_pruned_is_not_found(self, receive, find, hooks):
        receive(said("heliotrope"))
        receive(said("heliotrope", conversation_id="c2"))
        long_ago = timezone.now() - timedelta(days=800)
        Conversation.objects.filter(conversation_id="c1").update(transcribed_at=long_ago)
        Callback.objects.update(received_at=long_ago)
        Conversation.objects.filter(conversation_id="c2").update(transcribed_at=timezone.now())
        hooks(RETAIN={"transcripts": "300d"})
        call_command("tavus_prune", stdout=StringIO())
        assert find("heliotrope") == ["c2"]
        assert SearchText.objects.count() == 1

    def test_what_is_held_stays_found(self, receive, find, hooks):
        receive(said("heliotrope"))
        call_command("tavus_hold", "conversation", "c1", "--note", "n", stdout=StringIO())
        Conversation.objects.update(transcribed_at=timezone.now() - timedelta(days=800))
        Callback.objects.update(received_at=timezone.now() - timedelta(days=800))
        hooks(RETAIN={"transcripts": "300d"})
        call_command("tavus_prune", stdout=StringIO())
        assert find("heliotrope") == ["c1"]

    def test_turns_that_are_deleted_in_the_admin_are_not_found(self, receive, find, client):
        receive(said("heliotrope", "violet", "rose"))
        admin = User.objects.create_superuser("admin")
        client.force_login(admin)
        pk = Turn.objects.get(content="violet").pk
        client.post(reverse("admin:tavus_hooks_turn_delete", args=[pk]), {"post": "yes"})
        assert (find("heliotrope"), find("violet")) == (["c1"], [])
        pks = list(Turn.objects.values_list("pk", flat=True))
        client.post(
            reverse("admin:tavus_hooks_turn_changelist"),
            {"action": "delete_selected", "_selected_action": pks, "post": "yes"},
        )
        assert not Turn.objects.exists()
        assert (find("heliotrope"), find("rose")) == ([], [])

    def test_a_conversation_is_deleted_with_its_text(self, receive, find, client):
        receive(said("heliotrope"))
        client.force_login(User.objects.create_superuser("admin"))
        pk = Conversation.objects.get().pk
        path = reverse("admin:tavus_hooks_conversation_delete", args=[pk])
        client.post(path, {"post": "yes"})
        assert not Conversation.objects.exists()
        assert find("heliotrope") == []


class TestRebuild:
    def rebuild(self, *arguments):
        out = StringIO()
        call_command("tavus_rebuild", *arguments, stdout=out)
        return out.getvalue()

    def test_only_search_makes_it_of_the_turns(self, receive, find):
        for number in range(3):
            receive(said("heliotrope", conversation_id=f"c{number}"))
        SearchText.objects.filter(conversation__conversation_id="c0").delete()
        Turn.objects.filter(conversation__conversation_id="c1").update(content="violet")
        assert "search: 3 rebuilt" in self.rebuild("--only", "search")
        assert sorted(find("heliotrope")) == ["c0", "c2"]
        assert find("violet") == ["c1"]

    def test_without_a_transcript_there_is_nothing_to_do(self, receive):
        receive(shutdown())
        assert "search: nothing to do" in self.rebuild("--only", "search")

    def test_what_fails_is_counted(self, receive, caplog):
        receive(said("heliotrope"))
        with (
            indexing_fails(DatabaseError("disk full")),
            pytest.raises(Exception, match="1 could not be rebuilt"),
        ):
            self.rebuild("--only", "search")

    def test_a_rebuild_of_the_tables_keeps_the_index_right(self, receive, find):
        receive(said("heliotrope"))
        Turn.objects.update(content="violet")
        SearchText.objects.all().delete()
        self.rebuild()
        assert find("heliotrope") == ["c1"]
        assert find("violet") == []

    def test_without_its_transcript_a_conversation_loses_its_text(self, receive, find):
        receive(shutdown())
        receive(said("heliotrope"))
        Callback.objects.filter(kind="application.transcription_ready").delete()
        self.rebuild("--only", "conversation")
        assert Conversation.objects.get().transcribed_at is None
        assert find("heliotrope") == []


def test_one_that_is_gone_is_passed_over(receive):
    receive(said("heliotrope"))
    fill([0])
    assert SearchText.objects.count() == 1
