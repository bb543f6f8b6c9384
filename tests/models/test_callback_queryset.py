"""What can be asked of the inbox as a whole."""

import pytest

from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tavus_hooks.models.spellings import patterns_of
from tests.conftest import case
from tests.databases import OURS
from tests.factories import shutdown, video

pytestmark = pytest.mark.django_db

SHUTDOWN = shutdown()


def test_about_a_row_are_all_its_callbacks_duplicates_included(receive):
    first, again = receive(SHUTDOWN), receive(SHUTDOWN)
    receive(shutdown("c2"))
    receive(video("c1"))
    conversation = Conversation.objects.get(conversation_id="c1")
    assert set(Callback.objects.about(conversation)) == {first, again}


@pytest.mark.parametrize("model", [Video, Replica, Conversation, Document])
def test_a_row_of_any_kind_has_its_own(model):
    row = model(**{model.ID_FIELD: "x1"})
    row._state.db = OURS
    theirs = Callback.objects.create(
        body=b"", digest="1", subject_type=model._meta.model_name, subject_id="x1"
    )
    Callback.objects.create(body=b"", digest="2", subject_type="other", subject_id="x1")
    assert Callback.objects.about(row).get() == theirs


def test_it_is_asked_of_the_database_that_the_row_is_from():
    row = Video(video_id="v1")
    row._state.db = "elsewhere"
    assert Callback.objects.about(row).db == "elsewhere"


def test_failed_and_not_failed_part_all_callbacks(receive):
    failed, well = receive(SHUTDOWN), receive(video())
    failed.failures.create(signal="s", receiver="r", exception="E")
    well.failures.create(signal="s", receiver="r", exception="")  # has yet to be called
    assert (Callback.objects.failed().get(), Callback.objects.not_failed().get()) == (failed, well)


def test_a_body_that_holds_a_text_is_found_in_whatever_way_it_is_spelled():
    text = "Ärger & Söhne"
    spelled = {
        text.encode(): True,
        text.encode("latin-1"): True,
        text.encode("utf-16"): True,
        text.replace(" ", "+").encode(): True,
        b"\\u00c4rger": True,
        b"%C3%84rger": True,
        b"%c3%84rger": True,
        b"something else": False,
    }
    for body, is_found in spelled.items():
        row = Callback.objects.create(body=b"<" + body + b">", digest="d")
        with case(body):
            assert (row in Callback.objects.holding([text])) is is_found
    assert not Callback.objects.holding([]).exists()


def test_a_plain_id_is_not_looked_for_behind_every_backslash():
    """JSON has a backslash in most bodies, and each that is found is read."""
    assert b"\\" not in patterns_of({"c123"})
    assert b"\\u00" in patterns_of({"c123"})
    assert b"\\" in patterns_of({'c"123'})
