"""The words that the lists of pages, API and admin find."""

from datetime import UTC, datetime, timedelta
from importlib import import_module

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from tavus_hooks.admin import VideoAdmin, bounded
from tavus_hooks.api.videos import VideoViewSet
from tavus_hooks.db.fulltext import base, mysql, postgresql, sqlite
from tavus_hooks.filters import listing
from tavus_hooks.models import Replica, ReplicaLabel, Video
from tavus_hooks.pages.videos import VideoListPage
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


def answers(reader, model, words, **more):
    """The lists of API, admin and pages."""
    asked = {"q": words, **more}
    api = reader.get(reverse(f"tavus_hooks:api:{model}-list"), asked)
    admin = reader.get(reverse(f"admin:tavus_hooks_{model}_changelist"), asked)
    return api.json(), admin, reader.get(reverse(f"tavus_hooks:{model}-list"), asked)


def found(reader, model, words, **more):
    """The ids that the lists of pages, API and admin find: they have to agree."""
    name = f"{model}_id"
    api, admin, page = answers(reader, model, words, **more)
    listed = [getattr(row, name) for row in admin.context_data["cl"].result_list]
    shown = [getattr(row, name) for row in page.context_data["object_list"]]
    assert [row[name] for row in api["results"]] == listed == shown
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


NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def newest_five(monkeypatch):
    """As if words found only the newest five rows."""
    matching = import_module("tavus_hooks.search.matching")  # a function there has its name
    for module in (base, matching, mysql, postgresql, sqlite):
        monkeypatch.setattr(module, "NEWEST", 5)


@pytest.fixture
def sales(newest_five):
    """Twelve videos that have the words, one a day, of which the older half has one replica."""
    for number in range(12):
        Video.objects.create(
            video_id=f"v{number:02}",
            replica_id="rx" if number < 6 else "ry",
            status="error" if number < 2 else "ready",
            video_name="Sales hello",
            updated_at=NOON + timedelta(days=number),
        )
    Video.objects.create(video_id="v99", replica_id="rx", status="error", video_name="Other")


@pytest.mark.usefixtures("sales")
@pytest.mark.parametrize(
    ("more", "ids"),
    [
        ({"video_id": "v01"}, ["v01"]),
        ({"status": "error"}, ["v01", "v00"]),
        ({"replica_id": "rx"}, ["v05", "v04", "v03", "v02", "v01", "v00"]),
        ({"updated_at__lt": "2026-03-04"}, ["v01", "v00"]),
        ({"status": "error", "updated_at__lt": "2026-03-03"}, ["v00"]),
        ({"video_id": "v99"}, []),
    ],
)
def test_words_are_looked_for_in_all_rows_of_another_filter_that_finds_few(more, ids):
    reader = client(superuser=True)
    assert found(reader, "video", "sales hello", **more) == ids
    api, admin, page = answers(reader, "video", "sales hello", **more)
    assert (api["next"], api["looked_back_to"]) == (None, None)
    assert page.context_data["count"] == (len(ids), True)
    assert "By searched rows" not in admin.text


@pytest.mark.usefixtures("sales")
def test_a_list_says_that_not_all_rows_with_the_words_were_found(monkeypatch):
    reader = client(superuser=True)
    assert len(found(reader, "video", "sales hello")) == 5
    api, admin, page = answers(reader, "video", "sales hello")
    oldest = api["results"][-1]["updated_at"]
    assert api["looked_back_to"] == oldest
    assert str(page.context_data["count"]) == "5+"
    assert "Searched back to" in page.text
    assert "look_through" not in page.text  # there would not be more
    assert "the newest 5 found, back to" in admin.text
    assert "Searched back to" in admin.text
    assert "5+ results" in admin.text
    assert "5+ videos" in admin.text
    for module in (listing, bounded):
        monkeypatch.setattr(module, "MOST_KEYS", 5)
    assert found(reader, "video", "sales hello", replica_id="rz") == []
    api, admin, page = answers(reader, "video", "sales hello", status="ready")
    assert api["looked_back_to"] == oldest
    assert page.context_data["count"] is None
    assert "Searched back to" in page.text
    assert "the newest 5 found, back to" in admin.text


@pytest.mark.usefixtures("newest_five")
def test_labels_and_what_was_said_are_looked_for_in_few_rows_likewise(receive):
    for number in range(7):
        said = {"role": "user", "content": "My ferns are dry."}
        receive(transcript(said, conversation_id=f"c{number}"))
        named = Replica.objects.create(replica_id=f"r{number}", status="ready")
        ReplicaLabel.objects.create(replica=named, name="Gardener")
    Replica.objects.create(replica_id="r9", status="ready")
    reader = client(superuser=True)
    assert found(reader, "conversation", "ferns", conversation_id="c0") == ["c0"]
    assert found(reader, "replica", "gardener", replica_id="r0") == ["r0"]
    assert len(found(reader, "replica", "gardener", status="ready")) == 7


@pytest.mark.skipif(connection.vendor != "mysql", reason="on MariaDB and MySQL only")
@pytest.mark.usefixtures("story")
def test_words_that_the_database_leaves_out_do_not_matter_unless_there_is_no_other():
    reader = client(superuser=True)
    assert found(reader, "video", "what is care") == ["v1"]
    assert found(reader, "video", "in") == []


@pytest.fixture
def failed_alone(monkeypatch):
    """As if a host had extended the lists, to those rows that failed; two of them on a page."""

    def narrowed(cls):
        every = cls.get_queryset
        return lambda *args: every(*args).filter(status="error")

    for cls in (VideoListPage, VideoViewSet, VideoAdmin):
        monkeypatch.setattr(cls, "get_queryset", narrowed(cls))
    monkeypatch.setattr("tavus_hooks.pages.base.PAGE_SIZE", 2)


@pytest.mark.usefixtures("failed_alone")
def test_a_list_of_a_hosts_own_has_only_rows_of_its_own_with_the_words():
    for number in range(7):
        status = ("error", "ready")[number > 2]
        Video.objects.create(video_id=f"v{number}", video_name="Fern", status=status)
    reader = client(superuser=True)
    _api, admin, page = answers(reader, "video", "fern")
    assert admin.context_data["cl"].result_count == 3
    assert str(page.context_data["count"]) == "3"
    api = reader.get(reverse("tavus_hooks:api:video-list"), {"q": "fern", "page_size": 2}).json()
    assert [row["video_id"] for row in api["results"]] == ["v2", "v1"]
    assert [row["video_id"] for row in reader.get(api["next"]).json()["results"]] == ["v0"]
    further = {"q": "fern", "cursor": page.context_data["page"].following}
    last = reader.get(reverse("tavus_hooks:video-list"), further)
    assert [row.video_id for row in last.context_data["object_list"]] == ["v0"]


@pytest.mark.usefixtures("sales", "failed_alone")
def test_words_are_looked_for_in_all_rows_of_a_list_of_a_hosts_own_that_has_few():
    reader = client(superuser=True)
    assert found(reader, "video", "sales hello") == ["v01", "v00"]
