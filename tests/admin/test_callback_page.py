"""The page of one callback: what it says, what became of it, and where it leads."""

import re

from django.urls import reverse
from django.utils import timezone

from tavus_hooks.actions import expect
from tavus_hooks.models import Callback, Failure, Replica, Video
from tests.admin.subject_pages import told
from tests.factories import replica, shutdown, transcript, video


def test_the_whole_payload_can_be_read(receive, page):
    callback = receive(
        video(
            video_name="Welcome",
            script=None,
            data={"script": "Hello", "tags": ["a", {"deep": 7.5}]},
        )
    )
    html = page("callback", "change", callback.pk)
    for text in ("Welcome", "Hello", "deep", "7.5", "2024-08-28 15:29:19.802670", "null"):
        assert text in html


def test_the_body_can_be_downloaded_byte_for_byte_and_is_never_interpreted(receive, staff):
    body = b'{"html": "<script>alert(1)</script>", "raw": "\\u0000", "n": 1e400}  \n'
    callback = receive(body)
    answer = staff("view_callback", "view_transcript").get(
        reverse("admin:tavus_hooks_callback_whole", args=[callback.pk, "body"])
    )
    assert answer.content == body
    assert answer["Content-Type"] == "application/octet-stream"
    name = f"callback-{callback.pk}.json"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_the_body_is_kept_from_those_who_may_not_view_callbacks(receive, staff, admin):
    callback = receive(video())
    where = "admin:tavus_hooks_callback_whole"
    assert staff("view_video").get(reverse(where, args=[callback.pk, "body"])).status_code == 403
    assert admin.get(reverse(where, args=[callback.pk + 1, "body"])).status_code == 404


def test_an_unreadable_body_is_shown_with_the_reason(receive, page):
    cut_off = receive(b'{"video_id": "v1", "sta')
    html = page("callback", "change", cut_off.pk)
    assert "This body cannot be read:</strong>\n      not JSON" in html
    assert "{&quot;video_id&quot;: &quot;v1&quot;, &quot;sta" in html


def test_an_empty_body_is_said_to_be_and_has_no_empty_panel(receive, page):
    html = page("callback", "change", receive(b"").pk)
    assert "This body cannot be read:</strong>\n      empty" in html
    assert not re.search(r"<pre[^>]*></pre>", html)


def test_bytes_that_are_no_text_are_shown_as_a_hex_dump(receive, page):
    html = page("callback", "change", receive(b"\x1f\x8a\x08<b>\x00\xff").pk)
    assert "1f 8a 08 3c 62 3e 00 ff" in html
    assert "...&lt;b&gt;.." in html


def test_a_very_large_body_is_cut_and_says_so(receive, page):
    callback = receive(video(padding="x" * 2_000_000))
    html = page("callback", "change", callback.pk)
    assert "This body is too large to be shown as a tree." in html
    assert "The first" in html
    assert "Download the body" in html
    assert len(html) < 300_000


def test_it_leads_to_what_it_is_about_and_back(receive, page):
    receive(video("v1"))
    callback = receive(video("v1", updated_at="2024-08-29 15:29:19"))
    row = Video.objects.get()
    there = f'href="/admin/tavus_hooks/video/{row.pk}/change/"'
    back = f'href="/admin/tavus_hooks/callback/{callback.pk}/change/"'
    assert there in page("callback", "change", callback.pk)
    assert back in page("video", "change", row.pk)


def test_a_duplicate_and_its_original_lead_to_each_other(receive, page):
    for body in (video(), {"event_type": "new", "timestamp": "2025-07-11T06:45:47Z"}):
        original, duplicate = receive(body), receive(body)
        assert duplicate.duplicate_of_id == original.pk
        to_original = f'href="/admin/tavus_hooks/callback/{original.pk}/change/"'
        to_duplicate = f'href="/admin/tavus_hooks/callback/{duplicate.pk}/change/"'
        assert to_original in page("callback", "change", duplicate.pk)
        assert to_duplicate in page("callback", "change", original.pk)
        for row, is_offered in ((original, True), (duplicate, False)):
            html = page("callback", "change", row.pk)
            handle = reverse("admin:tavus_hooks_callback_handle", args=[row.pk])
            assert (f'href="{handle}"' in html) is is_offered
            assert ("Only its original can be handled again." in html) is not is_offered


def test_the_state_is_told_in_words(receive, page, hooks):
    def words(callback):
        return page("callback", "change", callback.pk)

    assert "every receiver was called" in words(receive(video()))
    assert "The same event was received before" in words(receive(video()))
    assert "Its body cannot be read" in words(receive(b"["))
    hooks(DISPATCHER="deferred")
    assert "It waits to be handled" in words(receive(video("v2")))


def test_a_failure_is_shown_with_its_traceback(receive, page, broken_receiver):
    html = page("callback", "change", receive(replica()).pk)
    assert "Something failed" in html
    assert "Traceback (most recent call last)" in html
    assert "&lt;b&gt;The mail server&lt;/b&gt; said no." in html
    assert "<b>The mail server" not in html
    assert "tests.broken" in html


def test_of_a_failure_it_is_told_what_becomes_of_it(receive, page, broken_receiver):
    callback = receive(replica())
    failure = Failure.objects.get()

    def shown():
        [row] = told(page("callback", "change", callback.pk), "failures")
        return row

    first = shown()
    assert "tests.broken" in first["Receiver"]
    assert "said no." in first["Message"]
    assert (first["Attempts"], first["State"]) == ("1", "tried again")
    assert first["Next attempt at"]
    assert "RuntimeError" in first["Traceback"]
    failure.next_attempt_at, failure.abandoned_at = None, timezone.now()
    failure.save()
    assert shown()["State"] == "abandoned"
    assert "Next attempt at" not in shown()
    failure.acknowledged_at = timezone.now()
    failure.save()
    assert shown()["State"] == "acknowledged"


def test_what_could_not_be_used_is_remarked(receive, page):
    callback = receive(transcript("spoken", {"role": "user"}))
    assert "transcript[1]: nothing said" in page("callback", "change", callback.pk)


def test_a_row_that_the_app_made_for_itself_says_so(receive, page, hooks):
    hooks(COMPLETION_EXPECTS=["shutdown"])
    receive(shutdown())
    ours = Callback.objects.get(kind="conversation.completed")
    assert "Tavus never sent it" in page("callback", "change", ours.pk)


def test_a_body_that_was_erased_is_said_to_be(receive, page):
    callback = receive(video())
    Callback.objects.update(body=b"", pruned_at="2025-01-01T00:00:00Z")
    html = page("callback", "change", callback.pk)
    assert "The body was erased" in html
    assert "Download the body" not in html
    assert "Its body is gone, so there is nothing to handle." in html
    assert reverse("admin:tavus_hooks_callback_handle", args=[callback.pk]) not in html


def test_a_reference_leads_to_the_hosts_instance(receive, page, admin_user):
    callback = receive(video(), reference=f"auth.user:{admin_user.pk}")
    receive(video("v2"), reference="auth.user:0")
    link = f'href="/admin/auth/user/{admin_user.pk}/change/">auth.user:{admin_user.pk}<'
    assert link in page("callback", "change", callback.pk)
    assert link in page("video", "change", Video.objects.get(video_id="v1").pk)
    other = page("video", "change", Video.objects.get(video_id="v2").pk)
    assert "auth.user:0" in other
    assert "/admin/auth/user/0/" not in other


def test_a_page_runs_under_a_strict_content_security_policy(receive, page):
    receive(replica())
    callback = receive(video(hosted_url="https://videos.tavus.io/1"))
    for html in (
        page("callback", "change", callback.pk),
        page("callback"),
        page("callback", "handle", callback.pk),
        page("video", "change", Video.objects.get().pk),
        page("replica", "change", Replica.objects.get().pk),
    ):
        assert "<style" not in html
        assert not re.search(r"<[^>]* (style|on\w+)=", html)
        for attributes, content in re.findall(r"<script([^>]*)>(.*?)</script>", html, re.DOTALL):
            assert "src=" in attributes or not content.strip()


def test_it_says_that_it_is_contested_and_only_kept(receive, page, keep):
    own = receive(video(), reference="mine")
    contested = receive(video(), reference="theirs")
    said = "It came by a URL of another reference than that of what it is about."
    html = page("callback", "change", contested.pk)
    assert said in html
    assert "so it changed no table, and no receiver was called" in html
    assert said not in page("callback", "change", own.pk)


def test_the_page_of_a_video_says_that_it_was_expected(receive, page):
    receive(video("v2"), reference="mine")
    expected = expect(video="v1", reference="mine")
    assert "Expected:" in page("video", "change", expected.pk)
    assert "Expected:" not in page("video", "change", Video.objects.get(video_id="v2").pk)
