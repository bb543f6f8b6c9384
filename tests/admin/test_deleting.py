"""Deleting by hand: whatever Django allows, on pages that name rows and count what goes along."""

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.admin.sites import site
from django.contrib.admin.utils import get_deleted_objects
from django.contrib.auth.models import User
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tavus_hooks.actions.hold import hold
from tavus_hooks.admin.deleting import MAX_AT_ONCE
from tavus_hooks.models import Callback, Conversation, Expectation, Recording, Turn, Video
from tests.databases import reading
from tests.factories import recording, shutdown, transcript, video

pytestmark = pytest.mark.django_db

CONVERSATION = ("view_conversation", "delete_conversation")
ALONG = ("delete_turn", "delete_recording", "delete_expectation")


@pytest.fixture
def conversation(receive):
    for body in (shutdown(), transcript({"role": "user", "content": "Hi"}), recording()):
        receive(body)
    found = Conversation.objects.get()
    Expectation.objects.get_or_create(conversation=found, defaults={"due_at": found.ended_at})
    return found


def address(row, view):
    return reverse(f"admin:tavus_hooks_{row._meta.model_name}_{view}", args=[row.pk])


def list_of(model):
    return reverse(f"admin:tavus_hooks_{model._meta.model_name}_changelist")


def told(rows, user):
    """What our admin says of deleting the rows, and what Django's own would."""
    request = RequestFactory().get("/")
    request.user = user
    ours = site.get_model_admin(type(rows[0])).get_deleted_objects(rows, request)
    theirs = get_deleted_objects(rows, request, site)
    for _listed, counts, lacking, protected in (ours, theirs):
        counts = {str(name): number for name, number in counts.items()}
        yield counts, set(map(str, lacking)), bool(protected)


@pytest.mark.parametrize(
    "allowed",
    [(), CONVERSATION, (*CONVERSATION, *ALONG[1:]), (*CONVERSATION, *ALONG)],
    ids=["nothing", "no rows that go along", "no turns", "everything"],
)
@pytest.mark.parametrize("is_held", [False, True], ids=["not held", "held"])
def test_it_says_of_a_row_what_django_says(allowed, is_held, conversation, staff):
    staff(*allowed)
    if is_held:
        hold(conversation.conversation_id, note="n")
    ours, (counts, lacking, is_stopped) = told([conversation], User.objects.get())
    # Holds stop it. That nobody may delete them is no permission that this user lacks.
    assert ours == (counts, lacking - {"hold"}, is_stopped)
    assert ours[2] == is_held


def test_it_says_of_a_callback_what_django_says(receive, broken_receiver, staff):
    receive(video())
    receive(video())
    for allowed in (["delete_callback"], ["delete_callback", "delete_failure"]):
        staff(*allowed)
        ours, theirs = told(list(Callback.objects.all()), User.objects.latest("pk"))
        assert ours == theirs
        assert ours[0] == {"callbacks": 2, "failures": 1}
        assert bool(ours[1]) == (len(allowed) == 1)


def test_a_model_admin_that_looks_at_the_row_is_asked_about_each(conversation, staff, monkeypatch):
    def has_delete_permission(self, request, obj=None):
        return obj is None or obj.role != Turn.Role.USER

    turns = type(site.get_model_admin(Turn))
    monkeypatch.setattr(turns, "has_delete_permission", has_delete_permission)
    staff(*CONVERSATION, *ALONG)
    ours, theirs = told([conversation], User.objects.get())
    assert ours == theirs
    assert ours[1] == {"turn"}


def test_the_page_names_the_rows_and_counts_what_goes_along(conversation, admin):
    page = admin.get(address(conversation, "delete")).content.decode()
    assert f'href="{address(conversation, "change")}">{conversation}</a>' in page
    assert "Turns: 1" in page
    assert "Recordings: 1" in page
    assert address(Turn.objects.get(), "change") not in page


@pytest.mark.parametrize("is_action", [False, True], ids=["one", "several"])
def test_a_page_is_no_larger_for_many_turns(is_action, conversation, admin):
    def asked():
        if not is_action:
            return admin.get(address(conversation, "delete"))
        data = {"action": "delete_selected", "_selected_action": [conversation.pk]}
        return admin.post(list_of(Conversation), data)

    before = len(asked().content)
    Turn.objects.bulk_create(
        Turn(conversation=conversation, position=number, content="Hi") for number in range(1, 4000)
    )
    with CaptureQueriesContext(reading) as captured:
        answer = asked()
    content = reading.ops.quote_name("content")
    assert not [query["sql"] for query in captured if content in query["sql"]]
    assert "4000" in answer.content.decode()
    assert len(answer.content) < before + 100


def test_what_was_confirmed_is_deleted_with_all_that_goes_along(conversation, admin):
    data = {"action": "delete_selected", "_selected_action": [conversation.pk], "post": "yes"}
    admin.post(list_of(Conversation), data)
    assert not Conversation.objects.exists()
    assert not Turn.objects.exists()


def test_so_many_are_not_deleted_at_once_and_one_reads_what_is_there_for_it(admin):
    Video.objects.bulk_create(Video(video_id=f"v{number}") for number in range(MAX_AT_ONCE + 1))
    chosen = Video.objects.first()
    data = {"action": "delete_selected", "_selected_action": [chosen.pk], "select_across": "1"}
    answer = admin.post(list_of(Video), data, follow=True)
    assert [message.level_tag for message in answer.context["messages"]] == ["error"]
    page = answer.content.decode()
    assert f"At most {MAX_AT_ONCE} rows" in page
    assert "tavus_prune" in page
    admin.post(list_of(Video), data | {"post": "yes"})
    assert Video.objects.count() == MAX_AT_ONCE + 1
    chosen.delete()
    answer = admin.post(list_of(Video), data | {"_selected_action": [Video.objects.first().pk]})
    assert len(answer.content) < 2 * 1024 * 1024
    admin.post(
        list_of(Video),
        data | {"_selected_action": [Video.objects.first().pk], "post": "yes"},
    )
    assert not Video.objects.exists()


@pytest.mark.parametrize("place", [0, 1])
def test_so_many_are_not_deleted_either_when_each_is_named(admin, place):
    """Wherever the action is chosen: above or below the list."""
    Video.objects.bulk_create(Video(video_id=f"v{number}") for number in range(MAX_AT_ONCE + 1))
    pks = list(Video.objects.values_list("pk", flat=True))
    actions = ["", ""]
    actions[place] = "delete_selected"
    data = {"action": actions, "index": place, "post": "yes"}
    admin.post(list_of(Video), data | {"_selected_action": pks})
    assert Video.objects.count() == MAX_AT_ONCE + 1
    admin.post(list_of(Video), data | {"_selected_action": pks[1:]})
    assert Video.objects.count() == 1


@pytest.mark.parametrize(
    ("model", "lacking"),
    [(Recording, "view_transcript"), (Turn, "view_transcript"), (Video, "view_video")],
)
def test_a_user_who_may_not_see_a_row_is_not_shown_it_to_delete_it(
    model, lacking, conversation, receive, staff
):
    receive(video())
    row, name = model.objects.get(), model._meta.model_name
    needed = {f"view_{name}", f"delete_{name}"} | ({lacking} if model is not Video else set())
    for view in ("delete", "history", "change"):
        assert staff(*needed).get(address(row, view)).status_code == 200
        refused = staff(*needed - {lacking}).get(address(row, view))
        assert refused.status_code == 403
    refused = staff(*needed - {lacking}).post(address(row, "delete"), {"post": "yes"})
    assert refused.status_code == 403
    assert model.objects.exists()


def test_where_a_recording_lies_stands_on_no_page_before_deleting_and_in_no_log(
    conversation, staff
):
    place = Recording.objects.get().s3_key
    client = staff(*CONVERSATION, *ALONG)
    data = {"action": "delete_selected", "_selected_action": [conversation.pk]}
    for answer in (
        client.get(address(conversation, "delete")),
        client.post(list_of(Conversation), data),
    ):
        assert answer.status_code == 200
        assert place not in answer.content.decode()
    both = ("view_recording", "delete_recording", "view_transcript")
    staff(*both).post(address(Recording.objects.get(), "delete"), {"post": "yes"})
    assert not Recording.objects.exists()
    assert place not in LogEntry.objects.get().object_repr


@pytest.mark.parametrize("model", [Recording, Turn])
def test_a_refusal_names_the_permission_that_is_missing_and_no_other(model, conversation, staff):
    view = f"tavus_hooks.view_{model._meta.model_name}"
    for allowed, missing in (
        ([view], ["tavus_hooks.view_transcript"]),
        (["tavus_hooks.view_transcript"], [view]),
        ([], [view, "tavus_hooks.view_transcript"]),
    ):
        client = staff(*(name.removeprefix("tavus_hooks.") for name in allowed))
        for path in (list_of(model), address(model.objects.get(), "change")):
            refused = client.get(path)
            assert refused.status_code == 403
            # Ours: what Django has for a 403, where the host has no other, does not say it.
            assert refused.templates[0].name == "admin/tavus_hooks/forbidden.html"
            said = refused.content.decode()
            assert [
                name for name in (view, "tavus_hooks.view_transcript") if name in said
            ] == missing


def test_what_django_refuses_is_answered_as_the_host_has_it(conversation, staff):
    """Only a refusal that says why is answered by us."""
    answer = staff("view_conversation").get(address(conversation, "delete"))
    assert answer.status_code == 403
    assert "admin/tavus_hooks/forbidden.html" not in [it.name for it in answer.templates]
