"""A URL that Tavus already holds: docs/install.md, as it stands there."""

import sys
from types import ModuleType

import pytest
from django.test import Client

from project.urls import urlpatterns
from tavus_hooks.conf import conf
from tavus_hooks.models import Callback
from tests.factories import video
from tests.running import ROOT
from tests.webhook.conftest import VIDEO
from tests.webhook.test_docs import run, snippets

pytestmark = pytest.mark.django_db

PAGE = (ROOT / "docs" / "install.md").read_text()
OLD = ["/old/hook/", "/old/hook"]


@pytest.fixture(autouse=True)
def host(settings, monkeypatch):
    """A site that has the documented settings and URLs at the end of its own."""
    monkeypatch.setenv("OLD_HOOK_TOKEN", "a-random-text-for-the-old-address-alone")
    pasted = run(PAGE, "settings.py", holding="OLD_HOOK", TAVUS_HOOKS={**settings.TAVUS_HOOKS})
    settings.OLD_HOOK_TOKEN = pasted["OLD_HOOK_TOKEN"]
    settings.TAVUS_HOOKS = pasted["TAVUS_HOOKS"]
    urls = ModuleType("tests.webhook.urls_of_install")
    vars(urls).update(run(PAGE, "urls.py", urlpatterns=urlpatterns))
    monkeypatch.setitem(sys.modules, urls.__name__, urls)
    settings.ROOT_URLCONF = urls.__name__


def post(path, body=VIDEO, **extra):
    return Client(enforce_csrf_checks=True).post(path, body, "application/json", **extra)


@pytest.mark.parametrize("path", OLD)
def test_what_tavus_posts_there_is_taken_with_and_without_the_slash(path):
    answer = post(path)
    assert answer.status_code == 200
    callback = Callback.objects.get(pk=answer.json()["callback"])
    assert (callback.kind, callback.reference) == ("video.ready", "")
    assert Client().get(path).status_code == 405


def test_it_is_taken_where_every_view_asks_for_a_login(settings):
    required = "django.contrib.auth.middleware.LoginRequiredMiddleware"
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, required]
    assert post(OLD[0]).status_code == 200


@pytest.mark.parametrize("path", ["/old/hooks/", "/old/hook/x/", "/old/", "/tavus/callbacks/"])
def test_no_other_path_is_opened_by_it(path):
    assert post(path).status_code in (403, 404)
    assert not Callback.objects.exists()


def test_the_last_callback_that_came_by_it_is_found(receive):
    post(OLD[0])
    last = post(OLD[1], video("v2"))
    receive(video("v3"))
    told = run(PAGE, "last_by_old_url.py")
    assert told["by_old_url"].count() == 2
    assert told["last"].pk == last.json()["callback"]


def test_without_the_token_it_is_refused(hooks, receive):
    hooks(STATIC_TOKENS=[])
    assert [post(path).status_code for path in OLD] == [403, 403]
    assert receive(VIDEO).kind == "video.ready"


def test_the_path_is_blanked_nowhere():
    post(OLD[0], {**VIDEO, "webhook_url": "https://example.com/old/hook/"})
    assert "https://example.com/old/hook/" in Callback.objects.get().payload["webhook_url"]


def test_secrets_are_read_from_the_environment(hooks, settings, monkeypatch, receive):
    monkeypatch.setenv("TAVUS_HOOKS_SECRETS", "a-new-secret-of-32-characters-or-more the-older-one")
    given = {"TAVUS_HOOKS": {**settings.TAVUS_HOOKS}}
    settings.TAVUS_HOOKS = run(PAGE, "settings.py", holding="HOOKS_SECRETS", **given)["TAVUS_HOOKS"]
    assert conf.SECRETS == ["a-new-secret-of-32-characters-or-more", "the-older-one"]
    assert receive(VIDEO).kind == "video.ready"


def test_all_python_of_the_page_can_be_compiled():
    assert [compile(code, name, "exec") for name, code in snippets(PAGE)]
