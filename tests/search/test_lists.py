"""The words that the lists of pages, API and admin find."""

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tests.conftest import grant
from tests.databases import connection
from tests.factories import document, replica, transcript, video

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def story(receive):
    receive(video("v1", video_name="Plant care in autumn", data={"script": "Water the ferns."}))
    receive(video("v2", video_name="Winter"))
    receive(replica("r1", replica_name="Anna the gardener"))
    receive(document("d1", document_name="Prices of ferns"))
    said = {"role": "user", "content": "My ferns are dry."}
    receive(transcript(said, conversation_id="c1"))


def client(*codenames, superuser=False):
    user = User.objects.create_user("reader", is_staff=True, is_superuser=superuser)
    grant(user, *codenames)
    client = Client()
    client.force_login(user)
    return client


def found(reader, model, words):
    """The ids that the lists of pages, API and admin find: they have to agree."""
    name = f"{model}_id"
    api = reader.get(reverse(f"tavus_hooks:api:{model}-list"), {"q": words}).json()["results"]
    admin = reader.get(reverse(f"admin:tavus_hooks_{model}_changelist"), {"q": words})
    listed = [getattr(row, name) for row in admin.context_data["cl"].result_list]
    page = reader.get(reverse(f"tavus_hooks:{model}-list"), {"q": words})
    shown = [getattr(row, name) for row in page.context_data["object_list"]]
    assert [row[name] for row in api] == listed == shown
    return shown


@pytest.mark.usefixtures("story")
def test_lists_find_rows_by_their_words():
    reader = client(superuser=True)
    assert found(reader, "video", "CARE plant") == ["v1"]
    assert found(reader, "video", "ferns") == ["v1"]
    assert found(reader, "replica", "gardener anna") == ["r1"]
    assert found(reader, "document", "ferns") == ["d1"]
    assert found(reader, "conversation", "dry ferns") == ["c1"]
    assert found(reader, "conversation", "nowhere") == []


@pytest.mark.usefixtures("story")
def test_of_a_name_the_beginning_of_the_last_word_is_enough():
    reader = client(superuser=True)
    assert found(reader, "video", "care aut") == ["v1"]
    assert found(reader, "replica", "garde") == ["r1"]
    assert found(reader, "document", "ric") == []


@pytest.mark.usefixtures("story")
def test_an_id_is_found_before_any_word(receive):
    receive(video("ferns", video_name="Something else"))
    assert found(client(superuser=True), "video", "ferns") == ["ferns"]


@pytest.mark.usefixtures("story")
def test_what_was_said_is_found_only_by_those_who_may_see_it():
    reader = client("view_conversation", "view_video")
    assert found(reader, "conversation", "ferns") == []
    assert found(reader, "conversation", "c1") == ["c1"]
    assert found(reader, "video", "ferns") == ["v1"]


@pytest.mark.skipif(connection.vendor != "mysql", reason="on MariaDB and MySQL only")
@pytest.mark.usefixtures("story")
def test_words_that_the_database_leaves_out_do_not_matter_unless_there_is_no_other():
    reader = client(superuser=True)
    assert found(reader, "video", "what is care") == ["v1"]
    assert found(reader, "video", "in") == []
