"""The pages of videos, replicas and documents in the admin, and deleting their rows."""

import re
from datetime import UTC, datetime
from urllib.parse import parse_qsl

import pytest
from django.contrib.admin import site
from django.urls import path, reverse

from tavus_hooks.actions.forget import forget
from tavus_hooks.admin.subject import SubjectAdmin
from tavus_hooks.models import Callback, Conversation, Document, Replica, Video
from tavus_hooks.models.subjects import Subject
from tavus_hooks.presentation.formats import NOTHING
from tests.admin.subject_pages import panel
from tests.factories import (
    document,
    replica,
    shutdown,
    video,
)


def test_media_are_linked_so_that_the_page_gives_nothing_away(receive, subject_page):
    receive(video(download_url="https://stream.example/x.mp4?a=1&b=2"))
    html = subject_page(Video)
    link = 'href="https://stream.example/x.mp4?a=1&amp;b=2" rel="noopener noreferrer"'
    assert link in html


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "https://user@evil.example/",
        "data:text/html,x",
        "//evil.example/",
        "https://evil.example/\\x",
    ],
)
def test_an_unsafe_link_is_only_text(receive, subject_page, url):
    receive(video(hosted_url=url, stream_url=url))
    receive(document(document_url=url))
    for model in (Video, Document):
        html = subject_page(model)
        assert url in html
        assert f'href="{url}' not in html


def test_a_text_that_there_is_not_is_shown_as_nothing(receive, subject_page):
    receive(video())
    html = subject_page(Video)
    cell = re.search(r'field-video_name">.*?<div class="readonly">(.*?)</div>', html, re.S)
    assert cell[1].strip() == NOTHING


def test_a_video_and_its_replica_lead_to_each_other(receive, page, subject_page):
    receive(video(replica_id="r1"))
    receive(replica("r1"))
    row = Replica.objects.get()
    assert f'href="/admin/tavus_hooks/replica/{row.pk}/change/">r1<' in subject_page(Video)
    assert f'href="/admin/tavus_hooks/replica/{row.pk}/change/">r1<' in page("video")
    query = r'href="/admin/tavus_hooks/video/\?([^"]*)">All videos<'
    [back] = re.findall(query, subject_page(Replica))
    assert "v1" in page("video", **dict(parse_qsl(back)))


def test_a_replica_shows_what_was_made_with_it(receive, subject_page):
    receive(replica("r1"))
    for number in range(12):
        receive(video(f"v{number}", replica_id="r1"))
    receive(video("another", replica_id="r2"))
    html = subject_page(Replica)
    made = [row["Video"] for row in panel(html, "videos")]
    assert made == [f"v{number}" for number in range(11, 1, -1)]
    assert '>All videos</a> <span class="tavus-muted">12<' in html
    assert "field-conversations" not in html


def test_a_replica_that_was_never_trained_here_is_named_without_a_link(receive, subject_page):
    receive(video(replica_id="r1"))
    html = subject_page(Video)
    assert "r1" in html
    assert "/replica/" not in html.split('id="content"')[1]


def test_all_callbacks_of_a_subject_can_be_listed(receive, page, subject_page):
    odd = 'a&b=c/d?e#f "g"\nh <i>'
    for second in range(25):
        receive(video(odd, updated_at=f"2024-08-28 15:29:{second:02}"))
    receive(video("other"))
    html = page("video", "change", Video.objects.get(video_id=odd).pk)
    shown = html.partition("field-callbacks")[2]
    assert '<span class="tavus-muted">25<' in shown
    link = re.search(r'href="/admin/tavus_hooks/callback/\?([^"]*)">All callbacks</a>', shown)
    listed = page("callback", **dict(parse_qsl(link[1].replace("&amp;", "&"))))
    assert len(re.findall("_selected_action", listed)) == 25
    assert len(re.findall(r'href="/admin/tavus_hooks/callback/\d+/change/"', shown)) == 20


def test_everything_the_newest_callback_said_can_be_read(receive, subject_page):
    receive(video(status="queued"))
    receive(video(something_new={"deep": ["unheard of"]}))
    assert "unheard of" in subject_page(Video)


def test_a_failed_training_says_why_and_what_to_do(receive, subject_page):
    sentence = "The video provided does not meet the minimum duration requirement for training"
    receive(replica(status="error", error_message=sentence))
    html = subject_page(Replica)
    assert sentence in html
    assert "<code>video_duration</code>" in html


def test_of_the_newest_callbacks_it_is_told_what_each_was_and_when(receive, subject_page):
    receive(shutdown())
    Callback.objects.update(received_at=datetime(2026, 5, 14, 13, 2, tzinfo=UTC))
    html = subject_page(Conversation)
    assert panel(html, "callbacks") == [
        {
            "Callback": f"system.shutdown #{Callback.objects.get().pk}",
            "State": "handled",
            "Occurred": "July 11, 2025, 6:45 a.m.",
            "Received": "May 14, 2026, 1:02 p.m.",
        }
    ]
    assert '>All callbacks</a> <span class="tavus-muted">1<' in html


def test_of_the_newest_callback_it_is_told_what_it_said(receive, subject_page):
    receive(video(status="generating"))
    html = subject_page(Video)
    newest = html.partition("field-newest")[2].partition("</fieldset>")[0]
    assert "generating" in newest
    assert reverse("admin:tavus_hooks_callback_change", args=[Callback.objects.get().pk]) in newest


@pytest.mark.parametrize("model", [Video, Replica])
def test_where_nothing_can_be_advised_there_is_no_advice(subject_page, model):
    model.objects.create(**{model.ID_FIELD: "x1"})
    assert "field-advice" not in subject_page(model)


FORGETTABLE = {
    Video: video,
    Replica: lambda **more: replica("r1", **more),
    Conversation: shutdown,
    Document: document,
}


@pytest.mark.parametrize("model", FORGETTABLE)
def test_what_was_forgotten_cannot_be_deleted_as_its_row_keeps_it_so(receive, admin, model):
    receive(FORGETTABLE[model]())
    name = model._meta.model_name
    row = model.objects.get()
    forget([Subject(name, getattr(row, model.ID_FIELD))])
    other = model.objects.create(**{model.ID_FIELD: "another"})
    deleting = reverse(f"admin:tavus_hooks_{name}_delete", args=[row.pk])
    assert "was forgotten. Its row stays" in admin.get(deleting).text
    admin.post(deleting, {"post": "yes"})
    chosen = {"action": "delete_selected", "_selected_action": [row.pk, other.pk]}
    changelist = reverse(f"admin:tavus_hooks_{name}_changelist")
    for confirmed in ({}, {"post": "yes"}):
        assert "was forgotten. Its row stays" in admin.post(changelist, chosen | confirmed).text
    assert model.objects.count() == 2
    assert bytes(receive(FORGETTABLE[model](note="late")).body) == b""
    admin.post(reverse(f"admin:tavus_hooks_{name}_delete", args=[other.pk]), {"post": "yes"})
    assert model.objects.get() == row


def test_what_is_forgotten_since_it_was_looked_at_is_not_deleted_either(
    receive, admin, monkeypatch
):
    receive(shutdown())
    row = Conversation.objects.get()
    looked = SubjectAdmin.get_deleted_objects

    def look_and_forget(its, objs, request):
        found = looked(its, objs, request)
        forget([Subject("conversation", row.conversation_id)])
        return found

    monkeypatch.setattr(SubjectAdmin, "get_deleted_objects", look_and_forget)
    url = reverse("admin:tavus_hooks_conversation_delete", args=[row.pk])
    assert admin.post(url, {"post": "yes"}).status_code == 403
    assert Conversation.objects.exists()


@pytest.mark.parametrize("there_are_pages", [True, False])
def test_a_row_leads_to_its_page_where_the_site_has_them(
    receive, subject_page, urlconf, there_are_pages
):
    receive(video())
    if not there_are_pages:
        urlconf(path("admin/", site.urls))
    assert ("View on site" in subject_page(Video)) is there_are_pages
