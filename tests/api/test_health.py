"""The health page: figures for monitors, and a status that says whether all is well."""

import base64
from datetime import timedelta

import pytest
from django.contrib.auth.models import Permission, User
from django.urls import reverse
from django.utils import timezone
from django.utils.crypto import get_random_string
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIClient
from rest_framework.views import APIView

from tavus_hooks.maintenance.health import health
from tavus_hooks.models import Callback, Failure
from tavus_hooks.signals import callback_received

pytestmark = pytest.mark.django_db

URL = "/tavus/health/"


@pytest.fixture
def watcher(login):
    return login("view_callback")


@pytest.fixture
def limits(hooks):
    def limits(**figures):
        hooks(HEALTH_LIMITS=figures)

    return limits


@pytest.fixture
def late(receive, hooks):
    """A callback that should have been handled an hour ago."""
    hooks(DISPATCHER="deferred")
    callback = receive({"event_type": "never.seen"})
    Callback.objects.update(due_at=timezone.now() - timedelta(hours=1))
    return callback


def test_it_has_a_name():
    assert reverse("tavus_hooks:health") == URL


def test_an_empty_inbox_is_well(watcher):
    answer = watcher.get(URL)
    assert answer.status_code == 200
    assert answer.json() == {**health(), "exceeded": []}
    assert answer.json()["seconds_since_last"] is None


def test_it_shows_the_figures_that_the_command_prints(watcher, receive):
    receive({"event_type": "never.seen"})
    figures = watcher.get(URL).json()
    assert figures.keys() == health().keys() | {"exceeded"}
    assert (figures["received_last_hour"], figures["waiting"], figures["abandoned"]) == (1, 0, 0)


def test_what_is_long_overdue_is_not_well(watcher, late):
    answer = watcher.get(URL)
    assert answer.status_code == 503
    overdue, unseen = answer.json()["exceeded"]
    assert overdue.startswith("oldest_due_seconds 36")
    assert overdue.endswith("> 900")
    assert unseen.startswith("loop_unseen_seconds 36")
    assert unseen.endswith("> 300")
    assert answer.json()["waiting"] == 1


def test_a_limit_can_be_lifted(watcher, late, limits):
    limits(oldest_due_seconds=None, loop_unseen_seconds=None)
    assert watcher.get(URL).status_code == 200


def test_every_figure_can_have_a_limit(watcher, receive, limits):
    def broken(**kwargs):
        raise RuntimeError("as it was told to")

    callback_received.connect(broken, weak=False, dispatch_uid="tests.broken")
    try:
        receive({"event_type": "never.seen"})
        Failure.objects.update(abandoned_at=timezone.now())
        receive({"event_type": "never.seen.either"})
    finally:
        callback_received.disconnect(dispatch_uid="tests.broken")
    limits(abandoned=0, retrying=0, received_last_hour=1, waiting=1)
    answer = watcher.get(URL)
    assert answer.status_code == 503
    assert answer.json()["exceeded"] == [
        "waiting 2 > 1",
        "retrying 1 > 0",
        "abandoned 1 > 0",
        "received_last_hour 2 > 1",
    ]


def test_a_figure_at_its_limit_is_well(watcher, receive, limits):
    receive({"event_type": "never.seen"})
    limits(received_last_hour=1)
    assert watcher.get(URL).status_code == 200


def test_a_limit_for_an_unknown_figure_changes_nothing(watcher, limits):
    limits(nonsense=0)
    assert watcher.get(URL).status_code == 200


def test_no_answer_is_ever_cached(watcher, late):
    answers = [watcher.get(URL), watcher.head(URL), watcher.post(URL), APIClient().get(URL)]
    assert {answer.status_code for answer in answers} == {503, 405, 403}
    for answer in answers:
        assert "no-store" in answer["Cache-Control"]


def test_a_cache_of_the_whole_site_does_not_keep_it(watcher, receive, settings):
    settings.MIDDLEWARE = [
        "django.middleware.cache.UpdateCacheMiddleware",
        *settings.MIDDLEWARE,
        "django.middleware.cache.FetchFromCacheMiddleware",
    ]
    assert watcher.get(URL).json()["received_last_hour"] == 0
    receive({"event_type": "never.seen"})
    assert watcher.get(URL).json()["received_last_hour"] == 1


def test_it_is_for_those_who_may_view_callbacks(login, reader, admin_user):
    others = ("view_video", "view_failure", "change_callback", "handle_callback")
    assert APIClient().get(URL).status_code in {401, 403}
    for asked_by, status in [(login(), 403), (login(*others), 403), (reader, 200)]:
        assert asked_by.get(URL).status_code == status
        assert asked_by.head(URL).status_code == status
    admin = APIClient()
    admin.force_login(admin_user)
    assert admin.get(URL).status_code == 200


def test_who_may_not_see_it_learns_nothing(login, late):
    answer = login("view_video").get(URL)
    assert answer.status_code == 403
    assert answer.json().keys() == {"detail"}


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_there_is_nothing_to_write(method, watcher):
    answer = getattr(watcher, method)(URL, {}, format="json")
    assert answer.status_code == 405
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def test_a_monitor_may_log_in_as_for_the_rest_of_the_api():
    user = User.objects.create_user("monitor", password=(right := get_random_string(20)))
    user.user_permissions.set(Permission.objects.filter(codename="view_callback"))
    for password, statuses in [(right, {200}), ("wrong", {401, 403})]:
        credentials = base64.b64encode(f"monitor:{password}".encode()).decode()
        answer = APIClient().get(URL, headers={"authorization": f"Basic {credentials}"})
        assert answer.status_code in statuses


def test_the_hosts_way_to_log_in_is_the_one_that_counts(monkeypatch, settings, admin_user):
    class Token(BaseAuthentication):
        def authenticate(self, request):
            return (admin_user, None) if request.headers.get("X-Token") == "right" else None

    monkeypatch.setattr(APIView, "authentication_classes", [Token])
    # Which would send users without a session to the login page.
    settings.MIDDLEWARE = [
        *settings.MIDDLEWARE,
        "django.contrib.auth.middleware.LoginRequiredMiddleware",
    ]
    for url in (URL, "/tavus/api/documents/"):
        assert APIClient().get(url, headers={"x-token": "right"}).status_code == 200
        assert APIClient().get(url, headers={"x-token": "wrong"}).status_code == 403


class TestAMonitorsToken:
    TOKEN = "a-token-of-more-than-thirty-two-characters"  # noqa: S105

    @pytest.fixture(autouse=True)
    def tokens(self, hooks):
        hooks(HEALTH_TOKENS=["", self.TOKEN])

    def ask(self, authorization, url=URL):
        return APIClient().get(url, headers={"authorization": authorization}).status_code

    def test_it_is_enough(self):
        assert self.ask(f"Bearer {self.TOKEN}") == 200
        assert self.ask(f"bearer {self.TOKEN}") == 200

    @pytest.mark.parametrize(
        "wrong", ["", "Bearer", "Bearer ", f"Token {TOKEN}", TOKEN, f"Bearer {TOKEN}x", "Bearer é"]
    )
    def test_nothing_else_is(self, wrong):
        assert self.ask(wrong) in {401, 403}

    def test_it_opens_no_other_page(self):
        for url in ("/tavus/api/", "/tavus/api/callbacks/", "/tavus/api/videos/"):
            assert self.ask(f"Bearer {self.TOKEN}", url) in {401, 403}

    def test_the_hosts_own_way_to_log_in_does_not_see_it(self, monkeypatch):
        class Refusing(BaseAuthentication):
            def authenticate(self, request):
                raise AuthenticationFailed("This is no token of ours.")

        monkeypatch.setattr(APIView, "authentication_classes", [Refusing])
        assert self.ask(f"Bearer {self.TOKEN}") == 200
        assert self.ask("Bearer another") == 403


def test_a_person_may_look_at_it_in_the_browser_when_the_host_has_browsable_pages(watcher, late):
    answer = watcher.get(URL, headers={"accept": "text/html"})
    assert answer.status_code == 503
    assert answer["Content-Type"].startswith("text/html")
    assert b"oldest_due_seconds" in answer.content
