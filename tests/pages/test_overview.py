"""The front page."""

from datetime import timedelta

from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tavus_hooks.presentation.panels import FEW
from tests.databases import reading
from tests.factories import joined, replica, video
from tests.pages.rows import count_of, path_of


def test_an_empty_front_page_says_how_to_get_a_callback(page):
    text = page(reverse("tavus_hooks:index")).text

    assert "python manage.py tavus_url" in text
    assert "Nothing is due." in text


def test_the_front_page_counts_and_shows_what_failed(receive, receive_many, page):
    receive_many(3)

    front = page(reverse("tavus_hooks:index"))

    figures = {
        card.one("h2").text: card.one("p", class_="tavus-figure").text
        for card in front.all("article")
        if card.all("p", class_="tavus-figure")
    }
    assert figures == {
        "Callbacks": str(Callback.objects.count()),
        "Videos": "3",
        "Replicas": "3",
        "Conversations": "3",
        "Documents": "3",
    }
    for row in (*Replica.objects.all(), *Document.objects.all()):
        assert front.all("a", href=row.get_absolute_url())
    assert "Failed videos" not in front.text


def test_the_front_page_says_how_many_failed_and_leads_to_those(receive, page):
    for name, of_each in (("video", [3, 2, 1]), ("replica", [1, 3, 2])):
        for status, count in zip(("ready", "error", "started"), of_each, strict=True):
            for number in range(count):
                receive({f"{name}_id": f"{status} {number}", "status": status})
    receive(replica("completed", status="completed"))
    front = page(reverse("tavus_hooks:index"))

    for model, told in ((Video, "3 ready, 2 failed"), (Replica, "2 ready, 3 failed")):
        [card] = [
            card
            for card in front.all("article")
            if card.all("a", href=path_of(model)) and card.all("p", class_="tavus-figure")
        ]
        assert told in " ".join(card.text.split())
        for link in card.all("a"):
            number, _, _ = link.text.partition(" ")
            if number.isdigit():
                assert count_of(page(link.attrs["href"])) == int(number)


def test_the_front_page_shows_what_waits_to_be_handled(receive, page, hooks):
    hooks(DISPATCHER="deferred")
    callback = receive(video())

    due = page(reverse("tavus_hooks:index")).one("article", aria_labelledby="due")

    assert "python manage.py tavus_process" in due.text
    assert due.all("a", href=callback.get_absolute_url())


def test_the_front_page_names_the_rows_of_all_its_tables_by_one_query_for_each_model(
    receive, page, hooks
):
    hooks(DISPATCHER="inline")
    receive(joined("early"))
    hooks(DISPATCHER="deferred")
    for number in range(FEW):
        receive(joined(f"{number}"))
    Callback.objects.filter(subject_id="early").update(due_at=timezone.now() - timedelta(days=1))
    with CaptureQueriesContext(reading) as queries:
        front = page(reverse("tavus_hooks:index"))
    assert front.one("article", aria_labelledby="due").all("a", href=early().get_absolute_url())
    named = [it for it in queries if '"conversation_id" IN' in it["sql"].replace("`", '"')]
    assert len(named) == 1


def early():
    return Conversation.objects.get(conversation_id="early")
