"""Who may see what: rows are looked at and deleted, each by its permission. Only those that people
enter are written: see test_entered.py.
"""

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.urls import reverse

from tavus_hooks import actions
from tavus_hooks.models import Callback, Conversation, Failure, Recording, Refusal, Video
from tavus_hooks.models.entered import Entered
from tests.conftest import case
from tests.factories import document, recording, replica, shutdown, transcript, video

OURS = list(apps.get_app_config("tavus_hooks").get_models())
MODELS = [model._meta.model_name for model in OURS]
DERIVED = [model._meta.model_name for model in OURS if not issubclass(model, Entered)]


def address(model, view="changelist", *args):
    return reverse(f"admin:tavus_hooks_{model}_{view}", args=args)


@pytest.fixture
def rows(receive, broken_receiver):
    """One row at least in every table but those that fill by themselves later."""
    for body in (
        video(),
        replica(),
        shutdown(),
        transcript({"role": "user", "content": "Hi"}),
        recording(),
        document(),
    ):
        receive(body)
    actions.note("c1", text="n")
    actions.tag("c1", name="t")
    actions.label("r1", name="l")
    actions.set_offset(Recording.objects.get().pk, seconds=1)
    actions.mark("tests.broken", "RuntimeError", state="resolved")


@pytest.mark.parametrize("model", MODELS)
def test_every_table_is_in_the_admin(model):
    assert site.is_registered(apps.get_model("tavus_hooks", model))


def test_every_list_and_every_page_opens_and_no_row_is_added_or_changed(rows, admin, opened):
    for model in OURS:
        name = model._meta.model_name
        with case(name):
            opened(name)
            if name in DERIVED:
                assert admin.get(address(name, "add")).status_code == 403
            for row in model.objects.all():
                page = opened(name, "change", row.pk)
                if name in DERIVED:
                    assert b'name="_save"' not in page.content
                    answer = admin.post(address(name, "change", row.pk), {"_save": "1"})
                    assert answer.status_code == 403
                for view in ("history", "delete"):
                    opened(name, view, row.pk)


def test_a_row_is_seen_with_its_own_view_permission_alone(rows, staff):
    for model in OURS:
        name = model._meta.model_name
        others = [f"view_{other}" for other in MODELS if other != name]
        more = ["view_transcript"] if name in {"turn", "recording", "note"} else []
        more += ["view_failure"] if name == "failuregroup" else []
        with_it, without = staff(f"view_{name}", *more), staff(*others, "view_transcript")
        with case(name):
            assert with_it.get(address(name)).status_code == 200
            assert without.get(address(name)).status_code == 403
            for row in model.objects.all():
                assert with_it.get(address(name, "change", row.pk)).status_code == 200
                assert without.get(address(name, "change", row.pk)).status_code == 403


def test_a_stranger_is_asked_to_log_in(receive, client):
    callback = receive(video())
    for view, *more in (("change",), ("whole", "body"), ("handle",)):
        answer = client.get(address("callback", view, callback.pk, *more))
        assert answer.status_code == 302
        assert answer["Location"].startswith("/admin/login/")


def test_a_row_is_deleted_with_the_delete_permission_and_not_without(receive, staff):
    receive(video())
    row = Video.objects.get()
    answer = staff("view_video").post(address("video", "delete", row.pk), {"post": "yes"})
    assert answer.status_code == 403
    assert Video.objects.exists()
    answer = staff("view_video", "delete_video").post(
        address("video", "delete", row.pk), {"post": "yes"}
    )
    assert answer.status_code == 302
    assert not Video.objects.exists()


def test_deleting_a_callback_leaves_its_duplicates(receive, admin):
    first, second = receive(video()), receive(video())
    admin.post(address("callback", "delete", first.pk), {"post": "yes"})
    assert Callback.objects.get().pk == second.pk


def test_a_page_shows_of_other_tables_only_what_one_may_see(rows, staff):
    video_page = address("video", "change", Video.objects.get().pk)
    assert "Download the body" in staff("view_video", "view_callback").get(video_page).text
    assert "Download the body" not in staff("view_video").get(video_page).text

    conversation_page = address("conversation", "change", Conversation.objects.get().pk)
    assert ">Hi</span>" in staff("view_conversation", "view_transcript").get(conversation_page).text
    assert ">Hi</span>" not in staff("view_conversation").get(conversation_page).text
    may_see = ("view_conversation", "view_recording")
    assert "a/b.mp4" in staff(*may_see, "view_transcript").get(conversation_page).text
    assert "a/b.mp4" not in staff(*may_see).get(conversation_page).text
    assert "a/b.mp4" not in staff("view_conversation").get(conversation_page).text

    callback_page = address("callback", "change", Failure.objects.first().callback_id)
    assert "Next attempt at" in staff("view_callback", "view_failure").get(callback_page).text
    assert "Next attempt at" not in staff("view_callback").get(callback_page).text


def test_a_refusal_is_listed_with_its_number(page):
    row = Refusal.objects.create(reason="bad token", hour="2026-01-01T10:00:00Z", number=4711)
    assert "4711" in page("refusal")
    assert "bad token" in page("refusal", "change", row.pk)
