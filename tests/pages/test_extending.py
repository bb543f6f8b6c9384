"""docs/extending.md: each of its snippets in a host."""

import json
import re
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.test import Client
from django.urls import include, path

from tavus_hooks.admin import VideoAdmin
from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tests.conftest import grant
from tests.factories import event, replica
from tests.pages import test_django_signals as django_signals
from tests.pages.extending import FAILED, PAGE, READY
from tests.running import ROOT
from tests.webhook.test_docs import run, snippets, tables

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]


def files(language):
    """What the page shows in a language, by the path in its first line."""
    blocks = re.findall(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    return {re.search(r"[\w/]+\.\w+", block)[0]: block for block in blocks}


def visible_rows(user, queryset):
    """The rule of a host with tenants: each user has one reference."""
    return queryset.filter(reference=f"shop.order:{user.username}")


@pytest.fixture
def user():
    def user(*codenames, name="ada", **options):
        made = User.objects.create_user(name, is_staff=True, **options)
        grant(made, *codenames)
        client = Client()
        client.force_login(made)
        return client

    return user


@pytest.fixture
def tenants(hooks):
    hooks(VISIBLE_ROWS=f"{__name__}.visible_rows")


@pytest.fixture
def registry():
    """Whatever is registered with the admin in a test is not afterwards."""
    before = dict(admin.site._registry)
    yield
    admin.site._registry.clear()
    admin.site._registry.update(before)


OURS = path("tavus/", include("tavus_hooks.urls"))
ADMIN = path("admin/", admin.site.urls)


class TestLayout:
    @pytest.fixture
    def host(self, tmp_path, settings):
        """A site with a layout of its own, and the templates of the page."""
        base = (
            "<title>Shop: {% block title %}{% endblock %}</title>"
            "{% block head %}<link href='/shop.css'>{% endblock %}"
            "<h2>The shop</h2>{% block content %}{% endblock %}"
        )
        for name, text in {"templates/base.html": base, **files("html")}.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        settings.TEMPLATES = [
            {**django_settings.TEMPLATES[0], "DIRS": [tmp_path / "templates"]},
        ]

    def test_every_page_is_shown_in_the_layout_of_the_host(self, host, user, receive):
        receive(READY)
        client = user(*(f"view_{name}" for name in ("video", "callback", "conversation")))
        for page in ("", "videos/", f"videos/{Video.objects.get().pk}/", "inbox/", "replicas/"):
            text = client.get(f"/tavus/{page}").content.decode()
            assert "<h2>The shop</h2>" in text
            assert "/shop.css" in text
            assert "tavus_hooks/pages.css" in text
            assert 'href="/tavus/videos/"' in text
            assert re.search(r"<title>Shop: \S.*</title>", text)
            assert "<h1>" in text.partition('<div class="pico tavus">')[2]

    def test_a_page_of_ours_is_extended_under_its_name(self, host, user, receive):
        receive(READY, reference="shop.order:7")
        page = user("view_video").get(f"/tavus/videos/{Video.objects.get().pk}/")
        assert "<p>Ordered as shop.order:7.</p>" in page.content.decode()
        assert "<code>v1</code>" in page.content.decode()

    def test_the_blocks_that_are_named_are_those_that_there_are(self):
        templates = ROOT / "tavus_hooks" / "templates" / "tavus_hooks"
        there_are = set(re.findall(r"{% block (\w+)", (templates / "base.html").read_text()))
        [rows] = [rows for heading, rows in tables(PAGE) if heading[0] == "Block"]
        assert {row[0].strip("`") for row in rows} == there_are
        for name, block in (("list", "tavus_rows"), ("detail", "tavus_row")):
            assert f"{{% block {block} %}}" in (templates / f"{name}.html").read_text()
        for model in (Callback, Video, Replica, Conversation, Document):
            for kind in ("list", "detail"):
                assert (templates / f"{model._meta.model_name}_{kind}.html").exists()

    def test_the_colours_that_are_named_are_used(self):
        ours = Path(finders.find("tavus_hooks/pages.css"))
        pico = ours.parent / "vendor" / "pico" / "pico.conditional.min.css"
        sheets = (ours, ours.parent / "components.css", pico)
        used = {name for it in sheets for name in re.findall(r"var\((--[\w-]+)", it.read_text())}
        [sheet] = files("css").values()
        named = re.findall(r"^  (--[\w-]+):", sheet, re.MULTILINE)
        assert named
        assert set(named) <= used

    def test_a_page_of_the_hosts_own_keeps_the_rules(
        self, user, receive, urlconf, tenants, settings
    ):
        settings.TEMPLATES = [{**django_settings.TEMPLATES[0], "DIRS": []}]
        urlconf(OURS, ADMIN, path("failed/", run(PAGE, "pages.py")["FailedVideos"].as_view()))
        for body in (READY, FAILED):
            receive(body, reference="shop.order:ada")
        receive({**FAILED, "video_id": "v3"}, reference="shop.order:bob")
        assert Client().get("/failed/").status_code == 302
        assert user(name="eve").get("/failed/").status_code == 403
        answer = user("view_video").get("/failed/")
        assert [video.video_id for video in answer.context["object_list"]] == ["v2"]
        assert answer["Cache-Control"] == "private, no-store"


class TestAdmin:
    def test_a_column_is_added_and_the_rules_are_kept(
        self, registry, urlconf, user, receive, tenants
    ):
        run(PAGE, "admin.py")
        urlconf(OURS, path("admin/", admin.site.urls))
        receive(READY, reference="shop.order:ada")
        receive(FAILED, reference="shop.order:bob")
        address = "/admin/tavus_hooks/video/"
        shown = user("view_video").get(address)
        assert '<td class="field-order">ada</td>' in shown.content.decode()
        assert [row.video_id for row in shown.context["cl"].result_list] == ["v1"]
        assert user("view_callback", name="eve").get(address).status_code == 403
        of_ours = VideoAdmin(Video, admin.site).get_list_display(shown.wsgi_request)
        assert shown.context["cl"].list_display == [*of_ours, "order"]

    def test_what_was_said_is_hidden_from_a_panel_of_the_hosts(
        self, registry, urlconf, user, receive
    ):
        from tavus_hooks.admin import ConversationAdmin

        class WithPanel(ConversationAdmin):
            fieldsets = [(None, {"fields": ["seen"]})]

            def seen(self, row):
                if why := self.hidden(row, "perception_analysis"):
                    return why
                return row.perception_analysis

        assert "self.hidden(row, " in PAGE
        admin.site.unregister(Conversation)
        admin.site.register(Conversation, WithPanel)
        urlconf(OURS, path("admin/", admin.site.urls))
        receive(event("application.perception_analysis", analysis="a red hat"))
        address = f"/admin/tavus_hooks/conversation/{Conversation.objects.get().pk}/change/"
        assert "a red hat" not in user("view_conversation").get(address).content.decode()
        allowed = user("view_conversation", "view_transcript", name="bob")
        assert "a red hat" in allowed.get(address).content.decode()

    def test_in_a_site_of_the_hosts_own_links_lead_to_what_is_registered_there(
        self, urlconf, user, receive
    ):
        urlconf(OURS, path("shop/", run(PAGE, "sites.py")["shop_admin"].urls))
        callback = receive({**READY, "replica_id": "r1"})
        receive(replica())
        client = user("view_video", "view_callback", "view_replica")
        page = client.get(f"/shop/tavus_hooks/video/{Video.objects.get().pk}/change/")
        text = page.content.decode()
        assert f'href="/shop/tavus_hooks/callback/{callback.pk}/change/"' in text
        assert "/tavus_hooks/replica/" not in text
        assert user(name="eve").get("/shop/tavus_hooks/video/").status_code == 403


class TestApi:
    def test_a_field_is_added_and_the_rules_are_kept(self, urlconf, user, receive, tenants):
        urlconf(OURS, path("api/", include(run(PAGE, "api.py")["router"].urls)))
        receive(READY, reference="shop.order:ada")
        receive(FAILED, reference="shop.order:bob")
        client = user("view_video")
        [film] = client.get("/api/films/").json()["results"]
        assert (film["video_id"], film["order"]) == ("v1", "ada")
        assert client.get("/api/films/v1/").json()["order"] == "ada"
        assert client.get("/api/films/v2/").status_code == 404
        assert client.get("/api/films/?staus=ready").status_code == 400
        assert user("view_callback", name="eve").get("/api/films/").status_code == 403
        assert Client().get("/api/films/").status_code in (401, 403)

    def test_a_view_of_the_hosts_own_keeps_the_rules(self, urlconf, user, receive, tenants):
        urlconf(OURS, path("calls/", run(PAGE, "views.py")["Calls"].as_view()))
        for number, name in enumerate(("ada", "bob")):
            said = event("application.perception_analysis", f"c{number}", analysis="a red hat")
            receive(said, reference=f"shop.order:{name}")
        [call] = user("view_conversation").get("/calls/").json()
        assert call == {"conversation_id": "c0", "ended_at": None}
        [call] = user("view_conversation", "view_transcript", name="bob").get("/calls/").json()
        assert (call["conversation_id"], call["perception_analysis"]) == ("c1", "a red hat")
        assert user("view_video", name="eve").get("/calls/").status_code == 403
        assert Client().get("/calls/").status_code in (401, 403)


def test_every_snippet_of_the_page_has_a_test():
    tests = [Path(__file__), Path(django_signals.__file__)]
    source = "".join(path.read_text() for path in tests)
    python = [name for name, _ in snippets(PAGE)]
    assert [name for name in python if f'"{name}"' not in source] == []
    assert len(files("html")) == 2
    assert len(files("css")) == 1
    assert json.dumps(PAGE).count("```") == 2 * (len(python) + 3)
