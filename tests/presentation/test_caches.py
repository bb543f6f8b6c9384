"""Caches of the host keep nothing personal, and its policy is sent beside our headers."""

from types import ModuleType

import django
import pytest
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.urls import URLPattern, URLResolver, include, path
from django.utils.deprecation import MiddlewareMixin
from django.views.decorators.cache import cache_control, cache_page

import project.urls
from tavus_hooks import urls
from tavus_hooks.models import Callback, Conversation
from tests.presentation.people import SAID, person

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rows")]

CACHED = [
    "django.middleware.cache.UpdateCacheMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
]
LAST = ["django.middleware.cache.FetchFromCacheMiddleware"]


@pytest.fixture(params=["the whole site", "each view", "each view, and made public"])
def cached(request, settings):
    """A host that keeps for ten minutes what it may."""
    settings.CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "LOCATION": request.node.name,
        }
    }
    settings.CACHE_MIDDLEWARE_SECONDS = 600
    if request.param == "the whole site":
        settings.MIDDLEWARE = [*CACHED, *settings.MIDDLEWARE, *LAST]
        return
    settings.ROOT_URLCONF = ModuleType("cached_urls")
    settings.ROOT_URLCONF.urlpatterns = [
        path("tavus/", include((_decorated(urls.urlpatterns, request.param), "tavus_hooks"))),
        *(it for it in project.urls.urlpatterns if str(it.pattern) != "tavus/"),
    ]


def _decorated(patterns, how):
    """The include as a host would have it that decorates each view of it."""
    made = []
    for it in patterns:
        if isinstance(it, URLResolver):
            below = (_decorated(it.url_patterns, how), it.app_name)
            made.append(path(str(it.pattern), include(below, namespace=it.namespace)))
            continue
        view = it.callback
        if how.endswith("public"):
            view = cache_control(public=True, max_age=600)(view)
        made.append(URLPattern(it.pattern, cache_page(600)(view), it.default_args, it.name))
    return made


def personal():
    """Where what was said can be read, and the URL of the row's download."""
    conversation = Conversation.objects.get()
    callback = Callback.objects.get(subject_type="conversation")
    return [
        conversation.get_absolute_url(),
        callback.get_absolute_url(),
        "/tavus/api/conversations/c1/",
        f"/tavus/api/callbacks/{callback.pk}/",
        f"/admin/tavus_hooks/conversation/{conversation.pk}/change/",
        f"/admin/tavus_hooks/callback/{callback.pk}/whole/body/",
    ]


def test_nobody_reads_what_a_cache_was_given_to_keep_for_another(cached, people):
    for url in personal():
        assert SAID in people["permitted"].get(url).content.decode(), url
        for who in ("anonymous", "unpermitted"):
            answer = people[who].get(url)
            assert answer.status_code in {302, 401, 403}, (who, url)
            assert SAID not in answer.content.decode(), (who, url)


def test_a_session_that_was_deleted_reads_nothing_more(cached):
    reader = person(
        *("view_conversation", "view_callback", "view_turn", "view_transcript"), is_staff=True
    )
    for url in personal():
        assert SAID in reader.get(url).content.decode(), url
    User.objects.get(pk=reader.session["_auth_user_id"]).user_permissions.clear()
    for url in personal():
        assert reader.get(url).status_code == 403, url
    Session.objects.all().delete()
    for url in personal():
        assert reader.get(url).status_code in {302, 401, 403}, url


class PolicyAsDjangoCspHasIt(MiddlewareMixin):
    """Sets the site's policy where there is none, as django-csp does."""

    def process_request(self, request):
        request.csp_nonce = "n"

    def process_response(self, request, response):
        response.headers.setdefault("Content-Security-Policy", "default-src 'self'")
        return response


MIDDLEWARE_WITH_A_POLICY = [f"{__name__}.PolicyAsDjangoCspHasIt"]
if django.VERSION >= (6, 0):
    MIDDLEWARE_WITH_A_POLICY.append("django.middleware.csp.ContentSecurityPolicyMiddleware")


@pytest.mark.parametrize("middleware", MIDDLEWARE_WITH_A_POLICY)
def test_the_policy_of_the_host_is_sent_and_frames_are_forbidden_beside_it(
    middleware, settings, people
):
    settings.SECURE_CSP = {"default-src": ["'self'"]}
    settings.MIDDLEWARE = [middleware, *settings.MIDDLEWARE]
    for url in personal()[:4]:
        answer = people["permitted"].get(url)
        assert answer["Content-Security-Policy"] == "default-src 'self'"
        assert answer["X-Frame-Options"] == "DENY"


def test_the_download_keeps_the_stricter_policy_of_its_own(people):
    answer = people["permitted"].get(personal()[-1])
    assert answer["Content-Security-Policy"] == (
        "default-src 'none'; frame-ancestors 'none'; sandbox"
    )
