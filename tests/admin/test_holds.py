"""Placing and lifting holds on the page of a conversation."""

import re

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from tavus_hooks.actions.forget import forget
from tavus_hooks.actions.hold import hold, lift
from tavus_hooks.models import Callback, Conversation, Failure, Hold, Recording, Turn
from tavus_hooks.models.subjects import Subject
from tavus_hooks.presentation.formats import NOTHING
from tests.factories import event, shutdown

pytestmark = pytest.mark.also_in_autocommit

NOTE = "<b>An open</b> dispute"


@pytest.fixture
def conversation(receive):
    receive(shutdown())
    return Conversation.objects.get()


def address(conversation, view="change", *args):
    return reverse(f"admin:tavus_hooks_conversation_{view}", args=[conversation.pk, *args])


def test_a_hold_in_force_can_be_lifted_however_many_newer_ones_were(admin, conversation):
    oldest = Hold.objects.create(conversation=conversation, note=NOTE)
    newer = [
        Hold(conversation=conversation, note=NOTE, lifted_at=oldest.placed_at)
        for _ in range(Conversation.MAX_HOLDS + 1)
    ]
    Hold.objects.bulk_create(newer)
    page = admin.get(address(conversation)).text
    assert address(conversation, "lift", oldest.pk) in page
    assert len(re.findall(r"Lift hold", page)) == 1


def test_a_hold_is_asked_for_placed_shown_and_lifted(admin, conversation):
    url = address(conversation, "hold")
    assert url in admin.get(address(conversation)).text
    assert "Hold this conversation?" in admin.get(url).text
    assert not Hold.objects.exists()
    answer = admin.post(url, {"note": NOTE}, follow=True)
    placed = Hold.objects.get()
    assert (placed.note, placed.placed_by) == (NOTE, "admin")
    assert "The conversation is held" in answer.text
    assert "&lt;b&gt;An open&lt;/b&gt; dispute" in answer.text
    shown = panel(answer.text)
    assert shown["Hold"] == str(placed.pk)
    assert (shown["State"], shown["Placed by"]) == ("in force", "admin")
    assert (shown["Lifted at"], shown["Lifted by"]) == (NOTHING, NOTHING)
    url = address(conversation, "lift", placed.pk)
    assert url in answer.text
    assert "&lt;b&gt;An open" in admin.get(url).text
    answer = admin.post(url, follow=True)
    placed.refresh_from_db()
    assert placed.lifted_by == "admin"
    assert "The hold was lifted." in answer.text
    assert url not in answer.text
    shown = panel(answer.text)
    assert (shown["State"], shown["Lifted by"]) == ("lifted", "admin")
    assert shown["Lifted at"].endswith("m.")
    assert "had already been lifted" in admin.post(url, follow=True).text
    assert [entry.get_change_message() for entry in LogEntry.objects.order_by("pk")] == [
        "Placed a hold.",
        "Lifted a hold.",
    ]


def panel(html):
    """The one hold on the page: what is in each column, by its heading."""
    table = html.partition("field-holds")[2].partition("</table>")[0]

    def texts(cell):
        found = re.findall(cell, table, re.DOTALL)
        return [" ".join(re.sub("<[^>]*>", "", text).split()) for text in found]

    headings = texts(r'<th scope="col"[^>]*>(.*?)</th>')
    cells = texts(r'(?:<th scope="row"|<td)[^>]*>(.*?)</t[hd]>')
    return dict(zip(headings, cells, strict=True))


@pytest.mark.parametrize("note", ["", "  ", "x" * 2001, "a\x00b"])
def test_without_a_usable_note_it_is_asked_for_again(admin, conversation, note):
    answer = admin.post(address(conversation, "hold"), {"note": note})
    assert answer.status_code == 200
    assert "errorlist" in answer.text
    assert not Hold.objects.exists()


@pytest.mark.parametrize(
    ("permissions", "status"),
    [
        (("view_conversation", "forget"), 200),
        (("view_conversation", "view_hold", "delete_conversation"), 403),
        (("forget",), 403),
    ],
)
def test_only_who_may_forget_conversations_may_hold_them(staff, conversation, permissions, status):
    placed = hold(conversation.conversation_id, note=NOTE)
    client = staff(*permissions)
    for view, *args in (("hold",), ("lift", placed.pk)):
        url = address(conversation, view, *args)
        assert client.get(url).status_code == status
        assert client.post(url, {"note": "x"}).status_code == (302 if status == 200 else 403)
    placed.refresh_from_db()
    assert (placed.lifted_at is None) is (status == 403)
    assert Hold.objects.count() == (2 if status == 200 else 1)


def test_holds_are_shown_to_those_who_may_view_them(staff, conversation):
    hold(conversation.conversation_id, note=NOTE)
    shown = staff("view_conversation", "view_hold").get(address(conversation)).text
    assert "An open" in shown
    assert address(conversation, "hold") not in shown
    assert "An open" not in staff("view_conversation").get(address(conversation)).text


def test_a_form_of_another_site_places_none(admin_user, conversation):
    client = Client(enforce_csrf_checks=True)
    client.force_login(admin_user)
    assert client.post(address(conversation, "hold"), {"note": "x"}).status_code == 403
    assert not Hold.objects.exists()


def test_what_was_forgotten_cannot_be_held(admin, conversation):
    forget([Subject("conversation", conversation.conversation_id)])
    assert address(conversation, "hold") not in admin.get(address(conversation)).text
    answer = admin.post(address(conversation, "hold"), {"note": "x"}, follow=True)
    [said] = answer.context["messages"]
    assert said.level_tag == "error"
    assert "was forgotten" in str(said)


def test_what_is_not_there_is_not_found(admin, conversation):
    other = Conversation.objects.create(conversation_id="other")
    placed = hold("other", note="x")
    assert admin.get(address(conversation, "lift", placed.pk)).status_code == 404
    assert admin.get(address(Conversation(pk=other.pk + 99), "hold")).status_code == 404


def test_the_record_of_holds_is_listed_and_never_deleted(admin, opened, page, conversation):
    placed = hold(conversation.conversation_id, note=NOTE)
    assert "An open" in page("hold")
    assert "An open" in page("hold", "change", placed.pk)
    url = reverse("admin:tavus_hooks_hold_delete", args=[placed.pk])
    assert admin.post(url, {"post": "yes"}).status_code == 403
    shown = admin.get(address(conversation, "delete")).content.decode()
    assert "holds: 1" in shown
    assert "permission" not in shown
    answer = admin.post(address(conversation, "delete"), {"post": "yes"})
    assert answer.status_code in (200, 403)
    assert Conversation.objects.filter(pk=conversation.pk).exists()


@pytest.fixture
def held(receive, broken_receiver):
    """A row of each model that belongs to a conversation that is held, and of one that is not."""
    for name in ("held", "free"):
        said = {"transcript": [{"role": "user", "content": "said"}], "s3_key": "k"}
        for kind in ("application.transcription_ready", "application.recording_ready"):
            receive(event(kind, name, **said))
    hold("held", note=NOTE)


OF_CONVERSATIONS = {
    Callback: {"subject_id": "{}"},
    Failure: {"callback__subject_id": "{}"},
    Turn: {"conversation__conversation_id": "{}"},
    Recording: {"conversation__conversation_id": "{}"},
}


def row_of(model, name):
    return model.objects.filter(
        **{column: value.format(name) for column, value in OF_CONVERSATIONS[model].items()}
    ).first()


def delete(client, row, *, selected):
    """Delete it, by its page or by the action for a selection; return the answer."""
    name = f"admin:tavus_hooks_{row._meta.model_name}"
    if not selected:
        return client.post(reverse(f"{name}_delete", args=[row.pk]), {"post": "yes"})
    data = {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"}
    return client.post(reverse(f"{name}_changelist"), data)


@pytest.mark.parametrize("selected", [False, True])
@pytest.mark.parametrize("model", OF_CONVERSATIONS)
class TestDeleting:
    def test_what_belongs_to_a_held_conversation_is_not_deleted(self, admin, held, model, selected):
        kept, free = row_of(model, "held"), row_of(model, "free")
        answer = delete(admin, kept, selected=selected)
        assert "Rows of held conversations, which cannot be deleted" in answer.text
        assert NOTE not in answer.text
        assert model.objects.filter(pk=kept.pk).exists()
        assert delete(admin, free, selected=selected).status_code == 302
        assert not model.objects.filter(pk=free.pk).exists()
        lift("held")
        assert delete(admin, kept, selected=selected).status_code == 302
        assert not model.objects.filter(pk=kept.pk).exists()

    def test_nor_what_is_held_since_it_was_looked_at(
        self, admin, held, model, selected, monkeypatch
    ):
        free = row_of(model, "free")

        def hold_first(rows):
            hold("free", note=NOTE)

        monkeypatch.setattr("tavus_hooks.admin.hold.lock_conversations_of", hold_first)
        assert delete(admin, free, selected=selected).status_code == 403
        assert model.objects.filter(pk=free.pk).exists()
