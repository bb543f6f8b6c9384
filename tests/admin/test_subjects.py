"""The pages of videos, replicas, conversations and documents."""

import re
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qsl

import pytest
from django.apps import apps
from django.contrib.admin import site
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from tavus_hooks.actions import expect
from tavus_hooks.actions.forget import forget
from tavus_hooks.admin.html import NOTHING
from tavus_hooks.admin.subject import SubjectAdmin
from tavus_hooks.models import Callback, Conversation, Document, Recording, Replica, Turn, Video
from tavus_hooks.models.subjects import Subject
from tests.databases import reading
from tests.factories import (
    conversation_event,
    document,
    recording,
    replica,
    shutdown,
    transcript,
    video,
)


@pytest.fixture
def subject_page(page):
    """The page of the one row of a model."""

    def subject_page(model):
        return page(model._meta.model_name, "change", model.objects.get().pk)

    return subject_page


def panel(html, name):
    """The rows of a panel's table: the texts below the headings."""
    field = html.partition(f'field-{name}"')[2]
    head, body = re.search(r"<thead>(.*?)</thead><tbody>(.*?)</tbody>", field, re.DOTALL).groups()

    def texts(row, tag):
        cells = re.findall(rf"<{tag}[^>]*>(.*?)</{tag}>", row, re.DOTALL)
        return [" ".join(re.sub("<[^>]*>", " ", cell).split()) for cell in cells]

    rows = re.findall(r"<tr>(.*?)</tr>", body, re.DOTALL)
    return [dict(zip(texts(head, "th"), texts(row, "td"), strict=True)) for row in rows]


def test_media_are_linked_so_that_the_page_gives_nothing_away(receive, subject_page):
    receive(video(download_url="https://stream.example/x.mp4?a=1&b=2"))
    html = subject_page(Video)
    link = (
        'href="https://stream.example/x.mp4?a=1&amp;b=2" target="_blank" rel="noopener noreferrer"'
    )
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


@pytest.mark.parametrize(
    ("model", "body", "state"),
    [
        (Conversation, conversation_event("system.replica_joined"), "live"),
        (Conversation, shutdown(), "ended"),
        (Recording, recording(), "ready"),
        (Recording, conversation_event("application.recording_copy_failed", s3_key="k"), "failed"),
        (Video, video(), "ready"),
        (Video, video(status="error"), "error"),
        (Replica, replica(), "ready"),
    ],
)
def test_lists_and_pages_say_in_which_state_a_row_is(
    receive, page, subject_page, model, body, state
):
    receive(body)
    cell = re.compile(r'class="[^"]*field-state[^"]*">(.*?)</(?:td|th)>', re.S)
    [shown] = cell.findall(page(model._meta.model_name))
    assert f">{state}<" in shown
    assert f">{state}<" in subject_page(model)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", NOTHING),
        ("<b>", "&lt;b&gt;"),
        ("x" * 100, "x" * 100),
        ("x" * 101, f"{'x' * 100} … and 1 character more"),
        ("x" * 102, f"{'x' * 100} … and 2 characters more"),
    ],
    ids=["empty", "markup", "just fitting", "one more", "two more"],
)
def test_of_a_long_name_a_list_shows_the_beginning_and_says_so(page, text, shown):
    Video.objects.create(video_id="v1", video_name=text)
    [cell] = re.findall(r'<td class="field-name">(.*?)</td>', page("video"), re.DOTALL)
    assert re.sub("<[^>]*>", "", cell) == shown


def test_a_text_that_there_is_not_is_shown_as_nothing(receive, subject_page):
    receive(shutdown())
    html = subject_page(Conversation)
    cell = re.search(r'field-reason_told">.*?<div class="readonly">(.*?)</div>', html, re.S)
    assert cell[1].strip() == NOTHING


def test_a_video_and_its_replica_lead_to_each_other(receive, page, subject_page):
    receive(video(replica_id="r1"))
    receive(replica("r1"))
    row = Replica.objects.get()
    assert f'href="/admin/tavus_hooks/replica/{row.pk}/change/">r1<' in subject_page(Video)
    assert f'href="/admin/tavus_hooks/replica/{row.pk}/change/">r1<' in page("video")
    back = re.search(r'href="(/admin/tavus_hooks/video/)\?([^"]*)">1 video<', subject_page(Replica))
    assert "v1" in page("video", **dict(parse_qsl(back[2])))


def test_a_replica_counts_what_was_made_with_it(receive, subject_page):
    receive(replica("r1"))
    for number in range(2):
        receive(video(f"v{number}", replica_id="r1"))
    receive(video("another", replica_id="r2"))
    html = subject_page(Replica)
    assert ">2 videos<" in html
    assert ">0 conversations<" in html


def test_the_colour_of_a_status_tells_how_it_ended(receive, page):
    for number, status in enumerate(["ready", "error", "queued", "generating"]):
        receive(video(f"v{number}", status=status))
    badges = re.findall(r'tavus-badge--(\w+)">(\w+)<', page("video"))
    assert set(badges) >= {("good", "ready"), ("bad", "error"), ("waiting", "generating")}


@pytest.mark.parametrize("model", [Video, Conversation], ids=["videos", "conversations"])
def test_each_row_leads_to_its_own_replica(receive, page, model):
    """Of four one names a replica without a row, and one none."""
    told = {"row 1": "r1", "row 2": "r2", "row 3": "r3", "row 4": ""}
    for row_id, replica_id in told.items():
        receive(video(row_id, replica_id=replica_id))
        receive(conversation_event("system.replica_joined", row_id, replica_id=replica_id))
    for replica_id in ("r2", "another", "r1"):
        receive(replica(replica_id))
    address = "/admin/tavus_hooks/replica/{}/change/"
    links = {
        each.replica_id: f'<a class="tavus-link" href="{address.format(each.pk)}">'
        for each in Replica.objects.all()
    }
    name = model._meta.model_name
    cell = r">(row \d)</a>.*?field-replica_link[^>]*>(.*?)</td>"
    assert dict(re.findall(cell, page(name), re.DOTALL)) == {
        "row 1": f"{links['r1']}r1</a>",
        "row 2": f"{links['r2']}r2</a>",
        "row 3": "r3",
        "row 4": NOTHING,
    }
    for row in model.objects.all():
        html = page(name, "change", row.pk)
        shown = {replica_id for replica_id, link in links.items() if f"{link}{replica_id}<" in html}
        assert shown == {told[getattr(row, model.ID_FIELD)]} & links.keys()


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
    link = re.search(r'href="/admin/tavus_hooks/callback/\?([^"]*)">All 25 callbacks<', html)
    listed = page("callback", **dict(parse_qsl(link[1].replace("&amp;", "&"))))
    assert len(re.findall("_selected_action", listed)) == 25
    assert len(re.findall(r'href="/admin/tavus_hooks/callback/\d+/change/"', html)) == 20


def test_everything_the_newest_callback_said_can_be_read(receive, subject_page):
    receive(video(status="queued"))
    receive(video(something_new={"deep": ["unheard of"]}))
    assert "unheard of" in subject_page(Video)


def test_a_failed_training_says_why_and_what_to_do(receive, subject_page):
    sentence = "The video provided does not meet the minimum duration requirement for training"
    receive(replica(status="error", error_message=sentence))
    html = subject_page(Replica)
    assert sentence in html
    assert "(video_duration)" in html


def test_a_conversation_tells_why_it_ended_in_both_words(receive, subject_page):
    receive(shutdown(shutdown_reason="participant_left_timeout reached"))
    html = subject_page(Conversation)
    assert "participant_left_timeout reached" in html
    assert "The participant left and did not come back." in html


@pytest.mark.parametrize(
    ("columns", "told"),
    [
        (
            {"user_turns": 0, "shutdown_reason": "participant_left_timeout reached"},
            {"length": "1:01:01", "spoke": "0 nobody spoke/waiting", "in_plain_words": "quiet"},
        ),
        (
            {"user_turns": 3, "shutdown_reason": "internal_error_occurred"},
            {"length": "1:01:01", "spoke": "3", "in_plain_words": "bad"},
        ),
    ],
)
def test_a_conversation_tells_its_length_and_who_spoke(subject_page, columns, told):
    joined = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
    ended = joined + timedelta(hours=1, minutes=1, seconds=1, milliseconds=500)
    Conversation.objects.create(conversation_id="c1", joined_at=joined, ended_at=ended, **columns)
    html = re.sub(
        r'<span class="tavus-badge tavus-badge--(\w+)">(.*?)</span>',
        r"\2/\1",
        subject_page(Conversation),
    )
    field = r'form-row field-(\w+)">.*?<div class="readonly">(.*?)</div>'
    shown = {name: text.strip() for name, text in re.findall(field, html, re.DOTALL)}
    assert shown["length"] == told["length"]
    assert shown["spoke"] == told["spoke"]
    assert shown["in_plain_words"].endswith(f"/{told['in_plain_words']}")


def test_a_transcript_reads_as_a_chat(receive, subject_page):
    receive(
        transcript(
            {"role": "system", "content": "Be kind."},
            {"role": "assistant", "content": "How are you?", "seconds_from_start": 1.25},
            {"role": "user", "content": "Fine.\n<b>Thanks</b>."},
            {"role": "assistant", "tool_calls": [{"function": {"name": "weather"}}]},
        )
    )
    html = subject_page(Conversation)
    assert "tavus-turn--user" in html
    assert "Fine.\n&lt;b&gt;Thanks&lt;/b&gt;." in html
    assert "replica · 1.2 s" in html
    assert re.findall(r"<summary>(.*?)</summary>", html.partition("tavus-turn")[2])[:1] == [
        "Be kind."
    ]
    assert "<summary>How" not in html
    assert "<summary>Fine" not in html
    chat = html.partition("field-transcript")[2].partition("All 5 turns")[0]
    assert "weather" in chat.rpartition('<li class="tavus-turn')[2]


def test_above_a_turn_stands_whose_it_is_and_when(subject_page):
    conversation = Conversation.objects.create(conversation_id="c1")
    at = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
    turns = [
        {"role": "user", "seconds_from_start": 0, "occurred_at": at, "content": "Hi"},
        {"role": "replica", "occurred_at": at, "content": "Hi"},
        {"role": "user", "content": "Hi"},
        {"role": "tool", "content": "", "tool_calls": '["called"]'},
        {"role": "", "content": "Hm"},
    ]
    for position, columns in enumerate(turns):
        Turn.objects.create(conversation=conversation, position=position, **columns)
    chat = subject_page(Conversation).partition("field-transcript")[2].partition("</ol>")[0]
    shown = re.findall('<div class="tavus-muted">(.*?)</div>(.*?)</li>', chat, re.DOTALL)
    texts = [re.sub("<[^>]*>", " ", part).split() for heading in shown for part in heading]
    assert [" ".join(words) for words in texts] == [
        *("user · 0.0 s", "Hi"),
        *("replica · May 14, 2026, 1:02 p.m.", "Hi"),
        *("user", "Hi"),
        *("tool", "0 called"),
        *("unknown role", "Hm"),
    ]


def test_a_transcript_of_a_thousand_turns_is_cut_and_leads_to_the_rest(receive, page, subject_page):
    receive(transcript(*({"role": "user", "content": f"Turn {n}."} for n in range(1000))))
    html = subject_page(Conversation)
    assert "Turn 299." in html
    assert '<div class="tavus-text">Turn 300.' not in html
    link = re.search(r'href="/admin/tavus_hooks/turn/\?([^"]*)">All 1000 turns<', html)
    assert "1000 turns" in page("turn", **dict(parse_qsl(link[1])))


def test_a_turn_shows_its_tool_calls(receive, subject_page):
    receive(transcript({"role": "assistant", "tool_calls": [{"function": {"name": "weather"}}]}))
    assert "weather" in subject_page(Turn)


def test_a_turn_without_tool_calls_shows_a_dash(receive, subject_page):
    receive(transcript("Hello."))
    calls = re.search(
        r'field-calls">.*?<div class="readonly">(.*?)</div>', subject_page(Turn), re.S
    )
    assert calls[1].strip() == NOTHING


def test_a_recording_is_on_its_own_page_and_on_the_conversations(receive, subject_page):
    receive(recording(s3_key="tavus/c1/1.mp4", storage_uri="s3://bucket/tavus/c1/1.mp4"))
    assert "tavus/c1/1.mp4" in subject_page(Conversation)
    html = subject_page(Recording)
    assert "s3://bucket/tavus/c1/1.mp4" in html
    assert 'href="s3:' not in html


def test_the_recordings_of_a_conversation_say_what_became_of_each(subject_page):
    conversation = Conversation.objects.create(conversation_id="c1")
    at = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
    for key, columns in {
        "ready": {"ready_at": at},
        "failed": {"failed_at": at, "error_message": "AccessDenied"},
        "neither": {},
    }.items():
        Recording.objects.create(conversation=conversation, identity=key, s3_key=key, **columns)
    told = {
        row.pop("Recording"): list(row.values())
        for row in panel(subject_page(Conversation), "recordings")
    }
    shown = "May 14, 2026, 1:02 p.m."
    assert told == {
        "ready": ["ready", shown, NOTHING, ""],
        "failed": ["failed", NOTHING, shown, "AccessDenied"],
        "neither": [NOTHING, NOTHING, NOTHING, ""],
    }


def test_of_the_newest_callbacks_it_is_told_what_each_was_and_when(receive, subject_page):
    receive(shutdown())
    Callback.objects.update(received_at=datetime(2026, 5, 14, 13, 2, tzinfo=UTC))
    html = subject_page(Conversation)
    assert panel(html, "newest_callbacks") == [
        {
            "Received at": "May 14, 2026, 1:02 p.m.",
            "Event": "system.shutdown",
            "State": "handled",
            "Occurred at": "July 11, 2025, 6:45 a.m.",
        }
    ]
    assert ">1 callback in all<" in html
    assert "system.shutdown" in html.partition("field-newest_body")[2]


def test_what_happened_during_a_conversation_is_listed(receive, subject_page):
    receive({"conversation_id": "c1", "objective_name": "name", "output_variables": {"is": "Ada"}})
    receive(
        conversation_event(
            "canvas.interaction", component="picker", interaction_id="i1", value="blue"
        )
    )
    html = subject_page(Conversation)
    for text in ("objective.completed", "Ada", "canvas.interaction", "picker", "blue"):
        assert text in html
    told = {(row["Event"], row["Name"]): row["Occurred at"] for row in panel(html, "events")}
    assert told.keys() == {("objective.completed", "name"), ("canvas.interaction", "picker")}
    assert told["canvas.interaction", "picker"] == "July 11, 2025, 6:45 a.m."


def test_what_there_is_nothing_of_is_a_dash_and_no_empty_table(page):
    """A row that the site expects has neither callbacks yet nor anything that came in them."""
    row = expect(conversation="c1", reference="mine")
    html = page("conversation", "change", row.pk)
    for panel in ("newest_callbacks", "newest_body", "events", "transcript", "recordings", "holds"):
        field = re.search(rf'field-{panel}".*?<div class="readonly">(.*?)</div>', html, re.DOTALL)
        assert field[1].strip() == NOTHING, panel
    assert "<tbody></tbody>" not in html


@pytest.mark.parametrize(
    ("model", "listed", "on_its_page"),
    [
        (Video, ["state", "replica_link"], ["name_told", "details", "took", "advice"]),
        (Replica, ["state"], ["name_told", "advice"]),
        (Conversation, ["replica_link"], ["in_plain_words", "length", "spoke"]),
        (Document, [], ["name_told"]),
    ],
)
def test_what_is_not_known_of_a_row_is_a_dash(page, subject_page, model, listed, on_its_page):
    model.objects.create(**{model.ID_FIELD: "x1"})
    field = r'form-row field-(\w+)">.*?<div class="readonly">(.*?)</div>'
    shown = dict(re.findall(field, subject_page(model), re.DOTALL))
    assert "" not in {text.strip() for text in shown.values()}
    for name in (*listed, *on_its_page):
        assert shown[name].strip() == NOTHING, name
    html = page(model._meta.model_name)
    cells = dict(re.findall(r'<td class="field-(\w+)[^"]*">(.*?)</td>', html, re.DOTALL))
    for name in listed:
        assert cells[name] == NOTHING, name


@pytest.mark.parametrize("model", [Video, Replica])
def test_where_nothing_can_be_advised_there_is_no_advice(model):
    assert site.get_model_admin(model).advice(model()) == NOTHING


@pytest.mark.parametrize(
    ("model", "query", "found"),
    [
        ("video", {"q": "v1"}, True),
        ("video", {"q": "elco"}, True),
        ("video", {"q": "nothing"}, False),
        ("video", {"status": "ready"}, True),
        ("video", {"status": "error"}, False),
        ("replica", {"q": "Ann"}, True),
        ("replica", {"status": "ready"}, True),
        ("conversation", {"q": "c1"}, True),
        ("conversation", {"state": "ended"}, True),
        ("conversation", {"state": "live"}, False),
        ("document", {"q": "d1"}, True),
        ("recording", {"q": "a/b"}, True),
        ("recording", {"q": "c1"}, True),
        ("turn", {"q": "Hello"}, True),
        ("turn", {"role": "replica"}, False),
    ],
)
def test_a_list_is_searched_and_filtered(receive, page, model, query, found):
    receive(video(video_name="Welcome"))
    receive(replica("r1", replica_name="Anna"))
    receive(shutdown("c1"))
    receive(document("d1"))
    receive(recording("c1"))
    receive(transcript({"role": "user", "content": "Hello"}))
    assert ("_selected_action" in page(model, **query)) is found


@pytest.mark.parametrize(
    "model",
    [
        "video",
        "replica",
        "conversation",
        "document",
        "recording",
        "turn",
        "failure",
        "expectation",
    ],
)
def test_a_list_asks_as_often_for_twenty_rows_as_for_one(receive, opened, broken_receiver, model):
    def one_more(number):
        receive(video(f"v{number}", replica_id=f"r{number}"))
        receive(replica(f"r{number}"))
        receive(shutdown(f"c{number}", replica_id=f"r{number}"))
        receive(recording(f"c{number}"))
        receive(transcript({"role": "user", "content": "Hi"}, conversation_id=f"c{number}"))
        receive(document(f"d{number}"))
        receive(shutdown(f"still waiting {number}"))

    one_more(0)
    opened(model)  # content types and the like are remembered
    with CaptureQueriesContext(reading) as one:
        opened(model)
    for number in range(1, 20):
        one_more(number)
    with CaptureQueriesContext(reading) as many:
        opened(model)
    assert len(many) == len(one)
    assert apps.get_model("tavus_hooks", model).objects.count() >= 20


def test_a_conversation_page_asks_as_often_for_many_callbacks_as_for_few(receive, opened):
    def queries():
        with CaptureQueriesContext(reading) as captured:
            opened("conversation", "change", Conversation.objects.get().pk)
        return len(captured)

    receive(shutdown())
    receive(recording(s3_key="0"))
    receive(transcript({"role": "user", "content": "Hi"}))
    queries()
    few = queries()
    for number in range(1, 20):
        receive(recording(s3_key=str(number)))
        receive(conversation_event("conversation.utterance", speech=str(number)))
    turns = ({"role": "user", "content": str(number)} for number in range(20))
    receive(transcript(*turns) | {"timestamp": "2025-07-12T06:45:47Z"})
    assert queries() == few


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
