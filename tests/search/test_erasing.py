"""What is erased leaves the index's own storage, too, or the command says where it is left."""

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone

from tavus_hooks import actions
from tavus_hooks.models import Callback, Conversation, ReplicaLabel, SearchText, Turn, Video
from tavus_hooks.search.indexes import INDEXES, erase_words
from tests.databases import connection
from tests.factories import document, replica, video
from tests.search.conftest import said

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.one_database]

WORD = "heliotrope"
NAMES = ("said", "video", "replica", "label", "document")
TABLES = ("searchtext", "video", "replica", "replicalabel", "document")


def stored():
    """Everything that the indexes hold, as bytes: their tables, vectors and words."""
    found = []
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            for name in NAMES:
                cursor.execute(f"SELECT block FROM tavus_hooks_words_{name}_data")  # noqa: S608
                found += [bytes(block) for (block,) in cursor.fetchall()]
        if connection.vendor == "postgresql":
            cursor.execute("SELECT vector::text FROM tavus_hooks_searchtext")
            found += [str(vector).encode() for (vector,) in cursor.fetchall()]
        for table in TABLES if connection.vendor == "mysql" else ():
            name = f"{connection.settings_dict['NAME']}/tavus_hooks_{table}"
            cursor.execute("SET GLOBAL innodb_ft_aux_table = %s", [name])
            for words in ("INDEX_TABLE", "INDEX_CACHE"):
                cursor.execute(f"SELECT word FROM INFORMATION_SCHEMA.INNODB_FT_{words}")  # noqa: S608
                found += [str(word).encode() for (word,) in cursor.fetchall()]
    return b"\n".join(found)


def is_stored():
    # FTS5 leaves out what a word has in common with the one before.
    return WORD[4:].encode() in stored()


def run(name, *arguments):
    out = StringIO()
    call_command(name, *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def others(receive):
    """Rows that stay, so that there is an index to look at; and nothing of earlier tests."""
    erase_words(INDEXES)
    receive(said("hello garden", conversation_id="c2"))
    receive(video("v2", video_name="hello garden"))


@pytest.mark.usefixtures("others")
class TestForgetting:
    def test_a_conversation(self, receive):
        receive(said(f"Ada has a {WORD}"))
        assert is_stored()
        told = run("tavus_forget", "conversation", "c1", "--noinput")
        assert not is_stored()
        assert ("until REINDEX" in told) == (connection.vendor == "postgresql")
        assert SearchText.objects.count() == 1

    @pytest.mark.parametrize(
        ("subject_type", "body"),
        [
            ("video", video("x1", video_name=WORD)),
            ("video", video("x1", data={"script": WORD})),
            ("replica", replica("x1", replica_name=WORD)),
            ("document", document("x1", document_name=WORD)),
        ],
    )
    def test_another_subject(self, receive, subject_type, body):
        receive(body)
        assert is_stored() or connection.vendor == "postgresql"
        run("tavus_forget", subject_type, "x1", "--noinput")
        assert not is_stored()

    def test_the_label_of_a_replica(self, receive):
        receive(replica("r1"))
        actions.label("r1", name=WORD)
        run("tavus_forget", "replica", "r1", "--noinput")
        assert not ReplicaLabel.objects.exists()
        assert not is_stored()

    def test_what_was_said_before_a_newer_transcript(self, receive):
        receive(said(WORD))
        receive(said("violet", timestamp="2030-01-01T00:00:00Z"))
        run("tavus_forget", "conversation", "c1", "--noinput")
        assert not is_stored()

    def test_a_held_conversation_keeps_its_words(self, receive, find):
        receive(said(WORD))
        actions.hold("c1", note="n")
        with pytest.raises(Exception, match="is held"):
            run("tavus_forget", "conversation", "c1", "--noinput")
        assert is_stored()
        assert find(WORD) == ["c1"]


@pytest.mark.usefixtures("others")
def test_pruning_transcripts(receive, hooks):
    receive(said(WORD))
    long_ago = timezone.now() - timedelta(days=800)
    Conversation.objects.filter(conversation_id="c1").update(transcribed_at=long_ago)
    Conversation.objects.filter(conversation_id="c2").update(transcribed_at=timezone.now())
    Callback.objects.update(received_at=long_ago)
    hooks(RETAIN={"transcripts": "300d"})
    run("tavus_prune")
    assert Conversation.objects.exclude(transcript_pruned_at=None).count() == 1
    assert not is_stored()


@pytest.mark.usefixtures("others")
@pytest.mark.parametrize("model", [Conversation, Turn, Video])
def test_what_is_deleted_in_the_admin_goes_at_once_or_with_the_next_pruning(
    receive, hooks, client, model
):
    receive(video("v1", video_name=WORD) if model is Video else said(f"one {WORD}"))
    client.force_login(User.objects.create_superuser("admin"))
    row = model.objects.order_by("pk").last()
    path = reverse(f"admin:tavus_hooks_{model._meta.model_name}_delete", args=[row.pk])
    assert client.post(path, {"post": "yes"}).status_code == 302
    if connection.vendor == "mysql":
        hooks(RETAIN={"transcripts": "300d"})
        run("tavus_prune")
    assert not is_stored()
