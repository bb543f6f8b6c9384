"""What is personal comes out of no cache, and no other site shows our pages in a frame."""

import re

import pytest
from django.apps import apps
from django.contrib import admin as django_admin
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.http import Http404
from django.test import Client
from django.urls import URLPattern, URLResolver, reverse

from tavus_hooks import urls
from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tests.factories import video

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rows")]

ANYWHERE = {"video_id": "v1", "replica_id": "r1", "conversation_id": "c1", "document_id": "d1"}


def routes(patterns, prefix="/"):
    """The path of every URL below these, with something in the place of its arguments."""
    for it in patterns:
        route = prefix + filled(str(it.pattern))
        if isinstance(it, URLResolver):
            yield from routes(it.url_patterns, route)
        else:
            assert isinstance(it, URLPattern)
            yield route


def filled(route):
    """A route with arguments: of a row that is there, where the argument names one."""
    for model, name in (
        (Callback, "inbox"),
        (Callback, "callbacks"),
        (Video, "videos"),
        (Replica, "replicas"),
        (Conversation, "conversations"),
        (Document, "documents"),
    ):
        if route.lstrip("^").startswith(name):
            route = route.replace("<int:pk>", str(model.objects.first().pk))
    for name, value in ANYWHERE.items():
        route = route.replace(f"<tavus_hooks_id:{name}>", value)
    route = re.sub(r"<[^>]+:(token)>", "x", route)
    if route.startswith("whole"):
        body = Callback.objects.values_list("pk", flat=True)[0]
        route = f"whole/callback/{body}/body/"
    assert not re.search(r"[<(]", route), f"What is to stand in {route}?"
    return route.strip("^$").removesuffix("\\Z")


def ours_in_the_admin():
    """Each of our model admins' URLs, with the row or without it; and whether the view is ours."""
    own = {
        "tavus_hooks_callback_handle",
        "tavus_hooks_callback_withdraw",
        "tavus_hooks_conversation_hold",
        "tavus_hooks_conversation_lift",
        "tavus_hooks_failure_groups",
    }
    for model in apps.get_app_config("tavus_hooks").get_models():
        model_admin = django_admin.site.get_model_admin(model)
        above = reverse(f"admin:tavus_hooks_{model._meta.model_name}_changelist")
        row = model.objects.first()
        for it in model_admin.urls:
            for pk in (row.pk if row else 0, 0):
                route = re.sub(r"<(int:pk|path:object_id)>", str(pk), str(it.pattern))
                route = route.replace("<str:column>", "body").replace("<int:number>", "1")
                assert "<" not in route, f"What is to stand in {route}?"
                is_own = it.name in own or str(it.name).endswith("_whole")
                yield above + route, is_own


def varies(answer):
    return {name.strip() for name in answer["Vary"].split(",")}


def is_kept_by_no_cache(answer):
    return (
        answer["Cache-Control"] == "private, no-store"
        and varies(answer) >= {"Cookie", "Authorization"}
        and not answer.has_header("ETag")
        and not answer.has_header("Last-Modified")
    )


def is_shown_in_no_frame(answer):
    return (
        answer["X-Frame-Options"] == "DENY"
        and "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        and answer["X-Content-Type-Options"] == "nosniff"
    )


@pytest.fixture
def bare(settings):
    """A host that sends none of these headers by itself, and makes ETags."""
    protecting = ("SecurityMiddleware", "XFrameOptionsMiddleware")
    settings.MIDDLEWARE = [
        "django.middleware.http.ConditionalGetMiddleware",
        *(it for it in settings.MIDDLEWARE if not it.endswith(protecting)),
    ]


HTML = "text/html"


@pytest.mark.parametrize("accept", ["*/*", HTML])
def test_every_url_of_ours_says_that_no_cache_may_keep_it_and_no_frame_show_it(
    bare, people, accept
):
    paths = list(routes(urls.urlpatterns, reverse("tavus_hooks:index")))
    assert len(paths) > 25
    for who, client in people.items():
        for url in paths:
            for ask in (client.get, client.head):
                answer = ask(url, headers={"accept": accept})
                case = (who, url, answer.status_code, dict(answer.headers))
                is_receiver = "/callbacks" in url and "/api/" not in url
                assert answer.status_code in ({405} if is_receiver else ALLOWED[who]), case
                assert is_kept_by_no_cache(answer), case
                assert is_receiver or is_shown_in_no_frame(answer), case
                assert answer["X-Content-Type-Options"] == "nosniff", case
                assert "/api/" not in url or "Accept" in varies(answer), case


ALLOWED = {
    "permitted": {200, 302, 403, 404},
    "unpermitted": {200, 302, 403, 404},
    "anonymous": {302, 401, 403, 404},
}


NOT_THERE = [
    "inbox/0/",
    "videos/0/",
    "api/videos/nobody/",
    "api/callbacks/0/",
    "api/?x=1",
    "whole/x/1/body/",
    "api/whole/x/1/body/",
    "api/whole/video/0/script/",
    "api/whole/video/1/x/",
]


@pytest.mark.parametrize("accept", ["*/*", HTML])
def test_a_row_that_is_not_there_says_so_too(bare, people, accept):
    for url in NOT_THERE:
        for who, client in people.items():
            path = f"{reverse('tavus_hooks:index')}{url}"
            answer = client.get(path, headers={"accept": accept})
            case = (who, url, answer.status_code, dict(answer.headers))
            assert answer.status_code >= 300, case
            assert is_kept_by_no_cache(answer), case
            assert is_shown_in_no_frame(answer), case


@pytest.mark.heavy
def test_every_page_of_our_tables_in_the_admin_says_that_no_cache_may_keep_it(bare, people):
    paths = dict(ours_in_the_admin())
    assert len(paths) > 60
    for who, client in people.items():
        for url, is_own in paths.items():
            for ask in (client.get, client.head):
                answer = ask(url)
                case = (who, url, answer.status_code, dict(answer.headers))
                assert answer.status_code in ALLOWED[who], case
                assert is_kept_by_no_cache(answer), case
                assert not is_own or is_shown_in_no_frame(answer), case


@pytest.mark.parametrize("raised", [Http404, PermissionDenied, SuspiciousOperation])
def test_what_is_refused_while_a_browsable_page_is_made_says_so_too(
    bare, people, monkeypatch, raised
):
    def refuse(*args):
        raise raised

    monkeypatch.setattr("tavus_hooks.api.renderers.SafeLinks.get_content", refuse)
    answer = people["permitted"].get("/tavus/api/videos/", headers={"accept": HTML})
    assert answer.status_code in {400, 403, 404}
    assert is_kept_by_no_cache(answer)
    assert is_shown_in_no_frame(answer)


def test_the_receiver_says_so_to_whom_it_takes_and_to_whom_it_refuses(bare, send, path):
    for answer in (
        send(video("v2")),
        Client().post("/tavus/callbacks/x/", b"{}", content_type="application/json"),
        Client().get(path),
    ):
        assert is_kept_by_no_cache(answer), dict(answer.headers)
