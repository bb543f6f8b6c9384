"""Who may read, and that nobody may write."""

import pytest
from rest_framework.test import APIClient
from rest_framework.views import APIView

from tavus_hooks.api import viewsets
from tavus_hooks.api.callbacks import CallbackViewSet
from tavus_hooks.api.conversations import ConversationViewSet
from tavus_hooks.api.documents import DocumentViewSet
from tavus_hooks.api.health import HealthView
from tavus_hooks.api.replicas import ReplicaViewSet
from tavus_hooks.api.turns import TurnViewSet
from tavus_hooks.api.videos import VideoViewSet
from tavus_hooks.api.whole import WholeView
from tavus_hooks.models import Callback, Video
from tests.factories import document, replica, shutdown, video

COLLECTIONS = ["callbacks", "videos", "replicas", "conversations", "documents"]
VIEWS = [
    viewsets.RootView,
    CallbackViewSet,
    VideoViewSet,
    ReplicaViewSet,
    ConversationViewSet,
    DocumentViewSet,
    TurnViewSet,
    WholeView,
    HealthView,
]
ROWS = {
    "callbacks": "{pk}",
    "videos": "v1",
    "replicas": "r1",
    "conversations": "c1",
    "documents": "d1",
}

pytestmark = pytest.mark.django_db


@pytest.fixture
def rows(receive):
    """Where each collection has its one row (of the callbacks: the last)."""
    receive(video())
    receive(replica())
    receive(shutdown())
    callback = receive(document())
    return {name: f"/tavus/api/{name}/{ROWS[name].format(pk=callback.pk)}/" for name in ROWS}


@pytest.mark.parametrize("path", ["", *(f"{name}/" for name in COLLECTIONS)])
def test_nobody_reads_without_having_logged_in(path):
    assert APIClient().get(f"/tavus/api/{path}").status_code in {401, 403}


def test_no_row_is_read_without_having_logged_in(rows):
    for url in rows.values():
        assert APIClient().get(url).status_code in {401, 403}


@pytest.mark.parametrize("name", COLLECTIONS)
def test_the_view_permission_of_one_model_opens_that_collection_alone(name, login, rows):
    client = login(f"view_{name[:-1]}")
    opened = [it for it in COLLECTIONS if client.get(f"/tavus/api/{it}/").status_code == 200]
    rows_opened = [it for it in COLLECTIONS if client.get(rows[it]).status_code == 200]
    assert opened == [name]
    assert rows_opened == [name]


@pytest.mark.parametrize("name", COLLECTIONS)
def test_other_permissions_open_nothing(name, login, rows):
    client = login(*(f"{may}_{name[:-1]}" for may in ("add", "change", "delete")))
    for url in (f"/tavus/api/{name}/", rows[name]):
        for ask in (client.get, client.head, client.options):
            assert ask(url).status_code == 403


def test_an_inactive_user_reads_nothing(login):
    client = login("view_video")
    client.get("/tavus/api/videos/").wsgi_request.user.__class__.objects.update(is_active=False)
    assert client.get("/tavus/api/videos/").status_code in {401, 403}


def test_the_root_names_the_collections_to_users_who_are_logged_in(login):
    answer = login().get("/tavus/api/")
    found = [*COLLECTIONS, "turns"]
    assert answer.json() == {name: f"http://testserver/tavus/api/{name}/" for name in found}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_written_even_by_who_may_do_everything(method, rows, admin_user):
    client = APIClient()
    client.force_login(admin_user)
    for name in COLLECTIONS:
        for url in (f"/tavus/api/{name}/", rows[name]):
            answer = getattr(client, method)(url, {"video_id": "v2"}, format="json")
            assert answer.status_code == 405
            assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert Callback.objects.count() == 4
    assert Video.objects.get().video_id == "v1"


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "rule",
    [
        "permission_classes",
        "renderer_classes",
        "versioning_class",
        "pagination_class",
        "filter_backends",
    ],
)
def test_no_rule_is_left_to_the_defaults_of_the_host(view, rule):
    if not hasattr(view, rule):
        assert not issubclass(view, viewsets.ListingViewSet)
        return
    owner = next(parent for parent in view.__mro__ if rule in vars(parent))
    assert owner.__module__.startswith("tavus_hooks"), owner


def test_no_collection_is_missing_from_the_rules():
    def below(view):
        return {view, *(it for child in view.__subclasses__() for it in below(child))}

    ours = {view for view in below(APIView) if view.__module__.startswith("tavus_hooks")}
    assert ours - set(VIEWS) == {
        viewsets.ReadingView,
        viewsets.ListingViewSet,
        viewsets.ReadingViewSet,
    }


def test_the_browsable_pages_are_there_when_the_host_has_them(reader, receive):
    receive(video(video_name="<script>alert(1)</script>"))
    for path in ("", "videos/", "videos/v1/", "callbacks/?state=failed", "conversations/"):
        answer = reader.get(f"/tavus/api/{path}", headers={"accept": "text/html"})
        assert answer.status_code == 200
        assert answer["Content-Type"].startswith("text/html")
        assert b"<script>alert" not in answer.content


def test_there_is_only_json_when_the_host_has_no_browsable_pages(reader, settings):
    theirs = "rest_framework.renderers.StaticHTMLRenderer"
    settings.REST_FRAMEWORK = {"DEFAULT_RENDERER_CLASSES": [theirs]}
    answer = reader.get("/tavus/api/videos/", headers={"accept": "text/html, */*"})
    assert answer["Content-Type"] == "application/json"
    assert answer.json()["results"] == []


def test_a_version_that_the_host_asks_for_changes_nothing(reader, receive):
    receive(video())
    answer = reader.get("/tavus/api/videos/v1/", headers={"accept": "application/json; version=9"})
    assert answer.status_code == 200
