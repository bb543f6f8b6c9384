"""What the admin shows of a row is what its presentation says, at the time of the request."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.contrib.admin import site
from django.contrib.admin.utils import flatten_fieldsets
from django.contrib.auth.models import Permission, User
from django.urls import reverse

from tavus_hooks.admin import VideoAdmin
from tavus_hooks.models import Failure, Replica, Video
from tavus_hooks.presentation import fields as of
from tavus_hooks.presentation.base import Section
from tavus_hooks.presentation.bounds import MAX_ANSWER
from tavus_hooks.presentation.formats import NOTHING
from tavus_hooks.presentation.video import VideoPresentation
from tests.factories import replica, shutdown, video

AT = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
LONG = "x" * 300
MADE_UP = {
    of.Text: ("<b>a", "&lt;b&gt;a"),
    of.Prose: ("a\nb", "a\nb"),
    of.Preformatted: ("a  b", '<pre class="tavus-pre">a  b</pre>'),
    of.Id: ("i-1", "<code>i-1</code>"),
    of.Link: ("https://a.example/", 'href="https://a.example/"'),
    of.Key: ("12345678", "not in the settings"),
    of.Moment: (AT, "May 14, 2026, 1:02 p.m."),
    of.Duration: (timedelta(minutes=2), "2 min 0 s"),
    of.Number: (0, "0"),
    of.Percentage: (12.5, "12.5 %"),
    of.Size: (2048, "2.0\xa0KB"),
    of.Json: ({"deep": [1]}, "deep"),
    of.Reference: ("order:1", "order:1"),
}


@pytest.fixture
def said_of_videos(monkeypatch):
    """Put a field into the first section of videos, and make its value an attribute of theirs."""

    def said_of_videos(field, value, *, is_listed=False):
        first, *others = VideoPresentation.sections
        with_it = Section(first.name, first.title, (*first.fields, field))
        monkeypatch.setattr(VideoPresentation, "sections", (with_it, *others))
        monkeypatch.setattr(Video, field.name, value, raising=False)
        if is_listed:
            columns = (*VideoPresentation.columns, field.name)
            monkeypatch.setattr(VideoPresentation, "columns", columns)

    return said_of_videos


def shown(html, name):
    """The label and the value of a field on the page of a row; None if it is not there."""
    field = (
        rf'form-row field-{name}">.*?<label>(.*?):</label>\s*<div class="readonly">(.*?)</div>\s*'
    )
    found = re.search(field, html, re.DOTALL)
    return found and found.groups()


@pytest.mark.parametrize("kind", MADE_UP, ids=lambda kind: kind.__name__)
def test_a_field_is_on_the_page_and_in_the_list_by_one_line(
    receive, page, subject_page, said_of_videos, kind
):
    receive(video())
    value, text = MADE_UP[kind]
    said_of_videos(kind("made_up", "as we call it"), value, is_listed=True)
    label, html = shown(subject_page(Video), "made_up")
    assert label == "As we call it"
    assert text in html
    listed = page("video")
    assert "As we call it" in listed
    [cell] = re.findall(r'<td class="field-made_up">(.*?)</td>', listed, re.DOTALL)
    assert text in cell


def test_what_is_empty_is_left_out_but_where_the_presentation_says_always(
    receive, subject_page, said_of_videos
):
    receive(video())
    said_of_videos(of.Text("made_up", "Made up"), "")
    assert shown(subject_page(Video), "made_up") is None
    said_of_videos(of.Text("asked_for", "Asked for", always=True), "")
    assert shown(subject_page(Video), "asked_for") == ("Asked for", NOTHING)


def test_what_is_hidden_says_why_on_the_page_and_is_no_column(
    receive, staff, said_of_videos, monkeypatch
):
    receive(video())
    needed = {(Video, "secret"): ["tavus_hooks.view_transcript"]}
    monkeypatch.setattr("tavus_hooks.access.FIELDS", needed)
    said_of_videos(of.Text("made_up", "Made up", needs="secret"), "hush", is_listed=True)
    row = reverse("admin:tavus_hooks_video_change", args=[Video.objects.get().pk])
    rows = reverse("admin:tavus_hooks_video_changelist")
    for client, is_shown in (
        (staff("view_video"), False),
        (staff("view_video", "view_transcript"), True),
    ):
        assert ("hush" in client.get(row).text) is is_shown
        assert ("you need tavus_hooks.view_transcript" in client.get(row).text) is not is_shown
        assert ("hush" in client.get(rows).text) is is_shown
        assert ("Made up" in client.get(rows).text) is is_shown


def test_a_column_shows_the_beginning_of_a_long_text_and_no_link_to_all_of_it(
    receive, page, said_of_videos
):
    receive(video())
    said_of_videos(of.Text("made_up", "Made up"), LONG, is_listed=True)
    assert f"{'x' * 119}…<" in page("video")
    assert LONG not in page("video")


def test_what_a_user_may_not_view_is_no_link(receive, staff, admin_user):
    receive(video(replica_id="r1"), reference=f"auth.user:{admin_user.pk}")
    receive(replica("r1"))
    replicas = reverse("admin:tavus_hooks_replica_change", args=[Replica.objects.get().pk])
    users = reverse("admin:auth_user_change", args=[admin_user.pk])
    row = reverse("admin:tavus_hooks_video_change", args=[Video.objects.get().pk])

    def links(client):
        html = client.get(row).text
        return [address for address in (replicas, users) if f'href="{address}"' in html]

    assert links(staff("view_video")) == []
    assert links(staff("view_video", "view_replica")) == [replicas]
    client = staff("view_video")
    may_view = Permission.objects.get(codename="view_user", content_type__app_label="auth")
    User.objects.latest("pk").user_permissions.add(may_view)
    assert links(client) == [users]


def test_a_list_begins_with_the_name_and_the_id_of_a_row_and_sorts_by_the_id(receive, page):
    receive(video("v2", video_name="Anna"))
    receive(video("v1", video_name="Zoe"))
    html = page("video", o="1")
    title = r'<th class="field-title"><a href="[^"]*">(.*?)</a></th>'
    texts = [re.sub("<[^>]*>", "", each) for each in re.findall(title, html, re.DOTALL)]
    assert texts == ["Zoe v1", "Anna v2"]
    assert "sortable column-title" in html


def test_a_list_of_failures_sorts_by_time_and_leads_to_the_callbacks(
    receive, page, broken_receiver
):
    callback = receive(shutdown())
    html = page("failure")
    assert "sortable column-last_at sorted descending" in html
    address = reverse("admin:tavus_hooks_callback_change", args=[callback.pk])
    assert f'href="{address}"' in html
    assert Failure.objects.get().receiver in html


def test_what_a_presentation_says_takes_from_the_room_of_the_page(
    receive, subject_page, said_of_videos
):
    receive(video(padding=['"' * 1000] * 150))
    said_of_videos(of.Json("made_up", "Made up"), ['"' * 1000] * 100)
    assert "more is not shown" not in subject_page(Video)
    said_of_videos(of.Json("and_more", "And more"), ['"' * 1000] * 100)
    html = subject_page(Video)
    assert "more are not shown" in html
    assert len(html) < MAX_ANSWER


@pytest.mark.parametrize(
    ("of_the_host", "there"),
    [
        ({"fields": ["video_id", "said"]}, (True, False)),
        ({"readonly_fields": ["said"]}, (True, True)),
        ({}, (False, True)),
    ],
)
def test_fields_of_a_host_take_the_place_of_ours_or_stand_beside_them(
    receive, rf, admin_user, of_the_host, there
):
    receive(video())
    said = {"said": lambda _admin, _row: "said by the host", **of_the_host}
    its = type("HostsAdmin", (VideoAdmin,), said)(Video, site)
    request = rf.get("/")
    request.user = admin_user
    row = its.get_object(request, str(Video.objects.get().pk))
    names = flatten_fieldsets(its.get_fieldsets(request, row))
    names = [getattr(name, "__name__", name) for name in names]
    assert ("said" in names, "updated_at" in names) == there
