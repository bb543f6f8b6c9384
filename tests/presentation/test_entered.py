"""A replica is shown by its label and a recording with its offset, and no list asks for each."""

import asyncio

import pytest
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tavus_hooks import actions
from tavus_hooks.models import Conversation, Recording, Replica
from tests.databases import reading
from tests.factories import joined, recording, replica, video

pytestmark = pytest.mark.django_db


LISTS = {
    "pages": "/tavus/replicas/",
    "pages of videos": "/tavus/videos/",
    "pages of conversations": "/tavus/conversations/",
    "admin": "/admin/tavus_hooks/replica/",
    "admin of videos": "/admin/tavus_hooks/video/",
    "admin of conversations": "/admin/tavus_hooks/conversation/",
}
"""All that show the names of replicas."""


@pytest.fixture
def labelled(receive):
    """Replicas with what is made with them; some have a label and some have none."""

    def labelled(*numbers):
        for number in numbers:
            receive(replica(f"r{number}", replica_name=f"Tavus's {number}"))
            receive(video(f"v{number}", replica_id=f"r{number}"))
            receive(joined(f"c{number}", replica_id=f"r{number}"))
            if number % 2:
                actions.label(f"r{number}", name=f"Anna {number}")

    return labelled


@pytest.mark.parametrize("path", LISTS.values(), ids=LISTS)
def test_a_list_calls_replicas_by_their_labels_and_asks_no_more_for_many(labelled, superuser, path):
    def queries():
        with CaptureQueriesContext(reading) as captured:
            shown = superuser.get(path).text
        assert "Anna 1" in shown
        assert "Tavus&#x27;s 1<" not in shown
        return len(captured)

    labelled(1, 2)
    queries()
    few = queries()
    labelled(*range(3, 13))
    assert queries() == few
    assert "Tavus&#x27;s 4" in superuser.get(path).text


def test_the_api_gives_the_label_beside_the_name_and_asks_no_more_for_many(labelled, superuser):
    def queries():
        with CaptureQueriesContext(reading) as captured:
            answer = superuser.get("/tavus/api/replicas/?ordering=updated_at")
        found = answer.json()["results"]
        assert [it["label"] for it in found][:2] in (["Anna 1", ""], ["Anna 1", "", "Anna 11"])
        assert {it["replica_name"][:7] for it in found} == {"Tavus's"}
        return len(captured)

    labelled(1, 2)
    queries()
    few = queries()
    labelled(*range(3, 10))
    assert queries() == few


def test_a_page_says_both(labelled, superuser):
    labelled(1)
    row = Replica.objects.get()
    for path in (
        row.get_absolute_url(),
        reverse("admin:tavus_hooks_replica_change", args=[row.pk]),
        Conversation.objects.get().get_absolute_url(),
    ):
        assert "Anna 1" in superuser.get(path).text, path
    assert "Tavus&#x27;s 1" in superuser.get(row.get_absolute_url()).text


@pytest.mark.django_db(transaction=True)  # MariaDB's index holds what was committed
def test_it_is_found_by_its_label(labelled, superuser):
    labelled(1, 2)
    for path in ("/admin/tavus_hooks/replica/", "/tavus/replicas/"):
        shown = superuser.get(path, {"q": "Anna"}).text
        assert "r1" in shown
        assert "Tavus&#x27;s 2" not in shown


def test_code_that_deletes_many_asks_for_no_label_of_each(labelled, superuser):
    labelled(*range(1, 9))

    def queries(*rows):
        data = {"action": "delete_selected", "_selected_action": [row.pk for row in rows]}
        with CaptureQueriesContext(reading) as captured:
            assert superuser.post("/admin/tavus_hooks/replica/", data).status_code == 200
        return len(captured)

    rows = list(Replica.objects.order_by("pk"))
    assert queries(*rows) == queries(rows[0])


def test_in_async_code_it_has_a_name_without_asking_for_the_label(labelled):
    labelled(1)
    row = Replica.objects.get()

    async def name():
        return str(row)

    assert asyncio.run(name()) == "Tavus's 1"
    row = Replica.objects.select_related("entered_label").get()
    assert asyncio.run(name()) == "Anna 1"


def test_a_recording_is_shown_with_its_offset_and_none_is_asked_for_alone(receive, superuser):
    conversation = receive(recording(s3_key="k0")).subject
    paths = [
        conversation.get_absolute_url(),
        reverse("admin:tavus_hooks_conversation_change", args=[conversation.pk]),
        "/admin/tavus_hooks/recording/",
        "/tavus/api/conversations/c1/",
    ]

    def queries(path):
        with CaptureQueriesContext(reading) as captured:
            assert superuser.get(path).status_code == 200
        return len(captured)

    before = [(queries(path), queries(path))[1] for path in paths]
    for number in range(1, 9):
        receive(recording(s3_key=f"k{number}"))
    for row in Recording.objects.all():
        actions.set_offset(row.pk, seconds=-75.5)
    assert [queries(path) for path in paths] == before
    page = superuser.get(reverse("admin:tavus_hooks_recording_change", args=[row.pk])).text
    assert "-75.5 s" in page.partition("Begins after the conversation by")[2]
    [first, *_] = superuser.get("/tavus/api/conversations/c1/").json()["recordings"]
    assert first["offset_seconds"] == -75.5
