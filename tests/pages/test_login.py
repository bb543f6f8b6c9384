"""A visitor who is not logged in is sent to where one can log in, in every host."""

from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import global_settings
from django.conf.urls.i18n import i18n_patterns
from django.contrib.admin import AdminSite, site
from django.contrib.auth.models import User
from django.contrib.auth.views import LoginView
from django.http import HttpResponse
from django.test import Client
from django.test.utils import override_script_prefix
from django.urls import include, path, re_path, reverse, reverse_lazy
from django.utils.functional import lazystr

from tests.pages.reading import read

pytestmark = pytest.mark.django_db

OURS = path("tavus/", include("tavus_hooks.urls"))
ADMIN = path("back-office/", site.urls)
ADMIN_LOGIN = "/back-office/login/"
LOGIN = path("log-in/", LoginView.as_view(), name="log-in")
REQUIRED = "django.contrib.auth.middleware.LoginRequiredMiddleware"


@pytest.fixture(params=["by our views", "by Django's middleware"], autouse=True)
def middleware(request, settings):
    """Who notices first that nobody is logged in."""
    if request.param == "by Django's middleware":
        settings.MIDDLEWARE = [*settings.MIDDLEWARE, REQUIRED]


@pytest.fixture
def untold(settings):
    """A host that has neither a LOGIN_URL nor templates of its own."""
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": []}]
    settings.LOGIN_URL = global_settings.LOGIN_URL


def sent_to(page="/tavus/videos/"):
    """Where a stranger is sent from the page, which is named as the next."""
    answer = Client().get(page)
    assert answer.status_code == 302
    parts = urlsplit(answer.url)
    assert parse_qs(parts.query)["next"] == [
        page if not parts.netloc else f"http://testserver{page}"
    ]
    return answer.url.partition("?")[0]


@pytest.mark.usefixtures("untold")
class TestAFreshProject:
    def test_it_leads_to_the_login_of_the_admin_wherever_that_is(self, urlconf):
        urlconf(ADMIN, OURS)
        for page in (
            "/tavus/",
            "/tavus/videos/",
            "/tavus/inbox/7/",
            "/tavus/whole/turn/7/content/",
        ):
            assert sent_to(page) == ADMIN_LOGIN

    def test_a_user_who_logs_in_there_comes_to_the_page(self, urlconf):
        urlconf(ADMIN, OURS)
        User.objects.create_superuser("ada", password="lovelace")  # noqa: S106 - a test's
        client = Client()
        form = client.get("/tavus/videos/", follow=True)
        assert form.status_code == 200
        fields = {"username": "ada", "password": "lovelace", "next": "/tavus/videos/"}
        answer = client.post(form.redirect_chain[-1][0], fields, follow=True)
        assert answer.redirect_chain == [("/tavus/videos/", 302)]
        assert answer.status_code == 200

    def test_an_admin_of_the_hosts_own_serves_as_well(self, urlconf):
        urlconf(path("staff/", AdminSite(name="shop").urls), OURS)
        assert sent_to() == "/staff/login/"

    def test_an_admin_below_everything_does(self, urlconf):
        urlconf(OURS, path("", site.urls))
        assert sent_to() == "/login/"

    def test_an_admin_below_a_language_does(self, urlconf):
        urlconf(OURS, *i18n_patterns(ADMIN))
        assert sent_to() == f"/en{ADMIN_LOGIN}"

    def test_below_a_prefix_it_does(self, urlconf):
        urlconf(ADMIN, OURS)
        with override_script_prefix("/below/"):
            answer = Client().get("/tavus/videos/", SCRIPT_NAME="/below")
        assert answer.url == f"/below{ADMIN_LOGIN}?next=/below/tavus/videos/"

    def test_the_address_that_django_assumes_is_used_where_there_is_something(self, urlconf):
        urlconf(ADMIN, OURS, path("accounts/", include("django.contrib.auth.urls")))
        assert sent_to() == "/accounts/login/"

    def test_without_an_admin_it_is_as_django_has_it(self, urlconf):
        urlconf(OURS)
        assert sent_to() == "/accounts/login/"


class TestAnAddressThatTheHostHasSet:
    @pytest.mark.parametrize(
        "address",
        [
            "log-in",
            "/log-in/",
            "/log-in",
            "/log-in/?by=page",
            reverse_lazy("log-in"),
            lazystr("log-in"),
        ],
        ids=["name", "path", "no slash", "query", "reversed later", "lazy"],
    )
    def test_it_is_used_where_it_leads_to_a_view(self, urlconf, settings, address):
        urlconf(ADMIN, LOGIN, OURS)
        settings.LOGIN_URL = address
        assert sent_to().rstrip("/") == "/log-in"

    @pytest.mark.parametrize("route", ["вход/", "sign in/"])
    def test_it_is_used_whatever_characters_it_has(self, urlconf, settings, route):
        urlconf(ADMIN, OURS, path(route, lambda request: HttpResponse(), name="log-in"))
        settings.LOGIN_URL = "log-in"
        assert sent_to() == reverse("log-in")

    @pytest.mark.parametrize("address", ["/log-in/", "/de/log-in/", "/en/log-in/", "log-in"])
    def test_it_is_used_below_a_language(self, urlconf, settings, address):
        urlconf(ADMIN, OURS, *i18n_patterns(LOGIN))
        settings.LANGUAGES = [("en", "English"), ("de", "German")]
        settings.LOGIN_URL = address
        assert sent_to() == ("/en/log-in/" if address == "log-in" else address)

    def test_it_is_used_where_something_catches_all(self, urlconf, settings):
        urlconf(ADMIN, OURS, re_path("", lambda request: HttpResponse()))
        settings.LOGIN_URL = "/app/sign-in"
        assert sent_to() == "/app/sign-in"

    @pytest.mark.parametrize("address", ["https://sso.example/in", "//sso.example/in"])
    def test_it_is_used_where_it_is_of_another_host(self, urlconf, settings, address):
        urlconf(ADMIN, OURS)
        settings.LOGIN_URL = address
        assert sent_to() == address

    def test_it_is_used_where_it_is_of_another_site_of_the_host(self, urlconf, settings):
        urlconf(ADMIN, OURS)
        settings.LOGIN_URL = "/portal/login/"
        with override_script_prefix("/below/"):
            answer = Client().get("/tavus/videos/", SCRIPT_NAME="/below")
        assert answer.url.startswith("/portal/login/?")

    @pytest.mark.parametrize(
        "address",
        ["no-such-name", "/nowhere/", reverse_lazy("none"), "", None],
        ids=["name", "path", "reversed later", "empty", "none"],
    )
    def test_where_there_is_nothing_it_leads_to_the_admin(self, urlconf, settings, address):
        urlconf(ADMIN, OURS)
        settings.LOGIN_URL = address
        assert sent_to() == ADMIN_LOGIN

    def test_where_there_is_no_admin_either_it_is_used_though_nothing_is_there(
        self, urlconf, settings
    ):
        urlconf(OURS)
        settings.LOGIN_URL = "/nowhere/"
        assert sent_to() == "/nowhere/"

    def test_where_no_slash_is_appended_it_is_used_as_it_stands(self, urlconf, settings):
        urlconf(ADMIN, LOGIN, OURS)
        settings.APPEND_SLASH = False
        settings.LOGIN_URL = "/log-in/"
        assert sent_to() == "/log-in/"
        settings.LOGIN_URL = "/log-in"
        assert sent_to() == ADMIN_LOGIN

    def test_a_page_of_the_hosts_own_has_its_own(self, urlconf):
        from tavus_hooks.pages import VideoListPage

        page = path("films/", VideoListPage.as_view(login_url="/log-in/"))
        urlconf(ADMIN, LOGIN, OURS, page)
        assert sent_to("/films/") == "/log-in/"


def test_a_user_without_permission_reads_which_are_needed_and_where_they_come_from(viewer):
    answer = viewer().get(reverse("tavus_hooks:index"))
    text = read(answer).one("main").text
    assert answer.status_code == 403
    for model in ("callback", "video", "replica", "conversation", "document"):
        assert f"tavus_hooks.view_{model}" in text
    assert "in the admin" in text
    assert "tavus_roles" in text


@pytest.mark.parametrize("page", ["/tavus/health/", "/tavus/api/", "/tavus/api/videos/"])
def test_the_api_sends_nobody_to_a_page_that_is_not_there(page, urlconf, untold):
    urlconf(ADMIN, OURS)
    for accept in ("text/html", "application/json"):
        answer = Client().get(page, headers={"accept": accept})
        assert answer.status_code in (401, 403)
        assert not answer.has_header("Location")
    assert answer.json() == {"detail": "Authentication credentials were not provided."}
