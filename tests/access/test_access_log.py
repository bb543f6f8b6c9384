"""The access log: who opened, exported or erased which conversation."""

from io import StringIO

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.db import OperationalError
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tavus_hooks.actions import note
from tavus_hooks.actions.forget import forget
from tavus_hooks.models import Access, Callback, Conversation, Turn
from tavus_hooks.models.subjects import Subject
from tests.databases import reading
from tests.factories import transcript, video

pytestmark = [pytest.mark.django_db, pytest.mark.also_in_autocommit]


@pytest.fixture
def conversation(hooks, receive):
    hooks(ACCESS_LOG=True)
    receive(transcript({"content": "Hello"}))
    receive(video())
    return Conversation.objects.get()


def noted():
    rows = Access.objects.order_by("pk").values_list("username", "action", "interface")
    assert set(Access.objects.values_list("conversation_id", flat=True)) <= {"c1"}
    return list(rows)


def test_who_opens_a_conversation_is_in_the_log(conversation, admin_client):
    turn = Turn.objects.get()
    callback = Callback.objects.get(subject_type="conversation")
    pages = [
        conversation.get_absolute_url(),
        callback.get_absolute_url(),
        reverse("tavus_hooks:whole", args=["turn", turn.pk, "content"]),
    ]
    api = [
        "/tavus/api/conversations/c1/",
        f"/tavus/api/callbacks/{callback.pk}/",
        "/tavus/api/turns/",
        reverse("tavus_hooks:api:whole", args=["callback", callback.pk, "body"]),
    ]
    admin = [
        reverse("admin:tavus_hooks_conversation_change", args=[conversation.pk]),
        reverse("admin:tavus_hooks_callback_change", args=[callback.pk]),
        reverse("admin:tavus_hooks_turn_change", args=[turn.pk]),
        reverse("admin:tavus_hooks_turn_changelist"),
        reverse("admin:tavus_hooks_note_change", args=[note("c1", text="x").pk]),
        reverse("admin:tavus_hooks_note_changelist"),
        reverse("admin:tavus_hooks_callback_whole", args=[callback.pk, "body"]),
    ]
    for door, paths in (("pages", pages), ("api", api), ("admin", admin)):
        for path in paths:
            Access.objects.all().delete()
            assert admin_client.get(path).status_code == 200
            assert noted() == [("admin", "opened", door)], path


def test_lists_and_other_rows_leave_nothing_in_the_log(conversation, admin_client, hooks):
    for path in ("/tavus/conversations/", "/tavus/videos/1/", "/tavus/api/conversations/"):
        admin_client.get(path)
    assert noted() == []
    hooks(ACCESS_LOG=False)
    admin_client.get(conversation.get_absolute_url())
    assert noted() == []


@pytest.mark.parametrize("is_logged", [True, False])
def test_no_body_is_read_twice_for_the_log(conversation, hooks, admin_client, is_logged):
    hooks(ACCESS_LOG=is_logged)
    callback = Callback.objects.get(subject_type="conversation")
    with CaptureQueriesContext(reading) as queries:
        admin_client.get(reverse("tavus_hooks:whole", args=["callback", callback.pk, "body"]))
    column = reading.ops.quote_name("body")
    assert len([query for query in queries if column in query["sql"]]) == 1


def test_who_exports_or_erases_one_is_in_the_log(conversation, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ada")
    call_command("tavus_export", stdout=StringIO())
    call_command("tavus_forget", "conversation", "c1", "--noinput", stdout=StringIO())
    forget([Subject("conversation", "c1")], by="the cleaner")
    assert noted() == [
        ("ada", "exported", "command"),
        ("ada", "erased", "command"),
        ("the cleaner", "erased", "code"),
    ]


def test_what_cannot_be_logged_is_an_error_and_stops_nobody(
    conversation, admin_client, monkeypatch, caplog
):
    def away(using):
        raise OperationalError

    monkeypatch.setattr("tavus_hooks.access.access_log.sqlite_write_lock", away)
    assert admin_client.get(conversation.get_absolute_url()).status_code == 200
    said = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert said == ["access could not be logged action=opened interface=pages by=admin"]


def test_the_log_is_for_those_permitted(conversation, admin_client, django_user_model, client):
    admin_client.get(conversation.get_absolute_url())
    call_command("tavus_roles", stdout=StringIO())
    grace = django_user_model.objects.create_user("grace", is_staff=True)
    client.force_login(grace)
    path = conversation.get_absolute_url()
    in_admin = reverse("admin:tavus_hooks_conversation_change", args=[conversation.pk])
    log = reverse("admin:tavus_hooks_access_changelist")
    row = Access.objects.first()
    grace.groups.set([Group.objects.get(name="Tavus support")])
    assert "Who opened it" not in client.get(path).content.decode()
    assert "Who opened it" not in client.get(in_admin).content.decode()
    assert client.get(log).status_code == 403
    grace.groups.set([Group.objects.get(name="Tavus privacy")])
    for page in (path, in_admin):
        shown = client.get(page).content.decode()
        assert "Who opened it" in shown
        assert ">admin<" in shown or "admin\n" in shown
    assert client.get(log).status_code == 200
    delete = reverse("admin:tavus_hooks_access_delete", args=[row.pk])
    assert admin_client.post(delete, {"post": "yes"}).status_code == 403


def test_the_roles_have_permissions_that_exist_and_can_be_made_twice():
    for _ in range(2):
        call_command("tavus_roles", stdout=StringIO())
    from tavus_hooks.management.commands.tavus_roles import ROLES

    for name, codenames in ROLES.items():
        has = Group.objects.get(name=name).permissions.values_list("codename", flat=True)
        assert sorted(has) == sorted(codenames)
