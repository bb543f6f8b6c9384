"""docs/extending.md: each of its snippets in a host, and which of Django's signals are sent."""

import json
import re
from collections import Counter
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.contrib import admin
from django.contrib.auth.models import User
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db.models.signals import post_delete, post_save, pre_delete, pre_save
from django.test import Client
from django.urls import include, path
from django.utils import timezone

from tavus_hooks import signals
from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.admin import VideoAdmin
from tavus_hooks.kinds.doctor import signed
from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from tavus_hooks.models.subjects import Subject
from tavus_hooks.signals import callback_received
from tests.conftest import EVERY_SAMPLE, grant
from tests.factories import conversation_event, replica, video
from tests.running import ROOT
from tests.webhook.test_docs import run, snippets, tables

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]

PAGE = (ROOT / "docs" / "extending.md").read_text()
FILLED = [Callback, Video, Replica, Conversation, Turn, Recording, Document]
"""The tables that callbacks fill."""
READY = video(updated_at="2026-05-14T13:04:22Z")
FAILED = video("v2", status="error", updated_at="2026-05-14T13:04:22Z")


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
        assert "{% block tavus_callbacks %}" in (templates / "detail.html").read_text()
        for model in (Callback, Video, Replica, Conversation, Document):
            for kind in ("list", "detail"):
                assert (templates / f"{model._meta.model_name}_{kind}.html").exists()

    def test_the_colours_that_are_named_are_used(self):
        ours = Path(finders.find("tavus_hooks/pages.css"))
        pico = ours.parent / "vendor" / "pico" / "pico.conditional.min.css"
        used = set(re.findall(r"var\((--[\w-]+)", ours.read_text() + pico.read_text()))
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
        assert type(admin.site.get_model_admin(Video)).list_display[:-1] == VideoAdmin.list_display

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
        receive(conversation_event("application.perception_analysis", analysis="a red hat"))
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
            said = conversation_event(
                "application.perception_analysis", f"c{number}", analysis="a red hat"
            )
            receive(said, reference=f"shop.order:{name}")
        [call] = user("view_conversation").get("/calls/").json()
        assert call == {"conversation_id": "c0", "ended_at": None}
        [call] = user("view_conversation", "view_transcript", name="bob").get("/calls/").json()
        assert (call["conversation_id"], call["perception_analysis"]) == ("c1", "a red hat")
        assert user("view_video", name="eve").get("/calls/").status_code == 403
        assert Client().get("/calls/").status_code in (401, 403)


class TestSignals:
    @pytest.fixture
    def sent(self):
        """How often Django sent which of its signals for which of our tables, and which kind."""
        sent = Counter()
        named = {
            pre_save: "pre_save",
            post_save: "post_save",
            pre_delete: "pre_delete",
            post_delete: "post_delete",
        }

        def hear(signal, sender, instance, **kwargs):
            if sender in FILLED:
                sent[sender.__name__, getattr(instance, "kind", ""), named[signal]] += 1

        for signal in named:
            signal.connect(hear, dispatch_uid="tests.extending")
        yield sent
        for signal in named:
            signal.disconnect(dispatch_uid="tests.extending")

    @pytest.fixture
    def told(self):
        """The names of our signals that were sent since it was asked last."""
        heard = []

        def hear(signal, **kwargs):
            heard.append((signal.name, kwargs.get("replayed", False)))

        every = [it for it in vars(signals).values() if isinstance(it, signals.CheckedSignal)]
        for signal in every:
            signal.connect(hear, dispatch_uid="tests.extending")

        def told():
            found = set(heard)
            heard.clear()
            return found

        yield told
        for signal in every:
            signal.disconnect(dispatch_uid="tests.extending")

    def test_only_those_are_sent_that_the_page_names(self, sent, receive, hooks):
        def broken(**kwargs):
            raise RuntimeError

        callback_received.connect(broken, dispatch_uid="tests.extending.broken")
        try:
            for _ in range(2):
                for sample in EVERY_SAMPLE:
                    receive(sample.read_bytes())
        finally:
            callback_received.disconnect(dispatch_uid="tests.extending.broken")
        assert all(model.objects.exists() for model in FILLED)
        assert set(sent) == {
            ("Callback", "conversation.completed", "pre_save"),
            ("Callback", "conversation.completed", "post_save"),
        }
        sent.clear()
        receive({"event_type": "of no kind and about nothing"})
        receive(READY, reference="theirs")
        expect(video="v1", reference="mine")
        Callback.objects.exclude(due_at=None).update(due_at=timezone.now())
        call_command("tavus_process", "--once", stdout=StringIO())
        call_command("tavus_replay", "--noinput", "--kind", "video.ready", stdout=StringIO())
        call_command("tavus_rebuild", stdout=StringIO())
        forget([Subject("video", "v1"), Subject("conversation", "c4f1d07e2b9a6358")])
        long_ago = timezone.now() - timedelta(days=900)
        Callback.objects.update(received_at=long_ago, due_at=None)
        Conversation.objects.exclude(transcribed_at=None).update(transcribed_at=long_ago)
        parts = ("transcripts", "analyses", "bodies", "failures", "refusals")
        hooks(RETAIN=dict.fromkeys(parts, "1d"))
        before = Callback.objects.count()
        assert Turn.objects.exists()
        call_command("tavus_prune", stdout=StringIO())
        assert Callback.objects.count() < before
        assert not Turn.objects.exists()
        assert not sent

    def test_what_the_doctor_posted_goes_with_django_s_signals(self, sent, receive):
        receive(signed("1"))
        with pytest.raises(CommandError):  # nobody answers there
            call_command("tavus_doctor", "--base", "http://127.0.0.1:1", stdout=StringIO())
        assert {signal for _, _, signal in sent} == {"pre_delete", "post_delete"}

    def test_the_page_names_the_tables_that_callbacks_fill(self):
        [rows] = [rows for heading, rows in tables(PAGE) if heading == ["Table", "Sent"]]
        named = {name for table, _ in rows[:2] for name in re.findall(r"`(\w+)`", table)}
        assert named == {model.__name__ for model in FILLED}
        assert [said for _, said in rows][1] == "none"

    def test_deleting_by_hand_sends_them_for_what_goes_along(
        self, sent, receive, admin_client, sample
    ):
        receive(sample("application.transcription_ready"))
        row = Conversation.objects.get()
        address = f"/admin/tavus_hooks/conversation/{row.pk}/delete/"
        assert admin_client.post(address, {"post": "yes"}).status_code == 302
        assert {(name, signal) for name, _, signal in sent} == {
            (name, signal)
            for name in ("Conversation", "Turn")
            for signal in ("pre_delete", "post_delete")
        }

    def test_each_write_is_told_as_the_page_says(self, told, receive, hooks, keep):
        of_its_kind = {("callback_received", False), ("video_ready", False)}
        callback = receive(READY, reference="a")
        assert told() == of_its_kind
        receive(READY, reference="a")
        assert told() == set()  # a duplicate
        call_command("tavus_replay", str(callback.pk), "--noinput", stdout=StringIO())
        assert told() == {(name, True) for name, _ in of_its_kind}
        expect(video="v1", reference="b")  # what came is contested now
        call_command("tavus_process", "--once", stdout=StringIO())
        assert Video.objects.get().status == "queued"
        assert told() == set()
        call_command("tavus_rebuild", stdout=StringIO())
        assert told() == set()
        forget([Subject("video", "v1")])
        assert told() == {("forgotten", False)}
        Callback.objects.update(received_at=timezone.now() - timedelta(days=9))
        hooks(RETAIN={"bodies": "1d"})
        call_command("tavus_prune", stdout=StringIO())
        assert told() == set()

    def test_an_index_follows_them(self, receive):
        names = run(PAGE, "search.py")
        index = names["INDEX"]
        try:
            receive({**READY, "data": {"script": "Hello!"}})
            receive({**FAILED, "data": {"script": "Not to be."}})
            assert index == {"v1": "Hello!", "v2": "Not to be."}
            forget([Subject("conversation", "v2"), Subject("video", "v1")])
            assert index == {"v2": "Not to be."}
        finally:
            for signal in (signals.video_ready, signals.video_failed, signals.video_updated):
                signal.disconnect(names["index_video"])
            signals.forgotten.disconnect(names["forget_video"])


def test_every_snippet_of_the_page_has_a_test():
    source = Path(__file__).read_text()
    python = [name for name, _ in snippets(PAGE)]
    assert [name for name in python if f'"{name}"' not in source] == []
    assert len(files("html")) == 2
    assert len(files("css")) == 1
    assert json.dumps(PAGE).count("```") == 2 * (len(python) + 3)
