"""The pages of one row: everything that was said about it."""

import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse

from tavus_hooks.actions import expect
from tavus_hooks.models import (
    Callback,
    Conversation,
    Document,
    Replica,
    Turn,
    Video,
)
from tavus_hooks.presentation.formats import NOTHING
from tavus_hooks.templatetags.tavus_hooks import clock, duration, moment, turn_time
from tests.factories import document, joined, replica, video
from tests.pages.details import badges, facts, section
from tests.pages.reading import foreign_scripts


def strings_in(value):
    if isinstance(value, dict):
        value = [*value, *value.values()]
    if isinstance(value, list):
        return [text for child in value for text in strings_in(child)]
    return [value if isinstance(value, str) else json.dumps(value)]


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("video.ready", Video),
        ("video.error", Video),
        ("video.ready__audio", Video),
        ("replica.ready", Replica),
        ("replica.error", Replica),
        ("document.status", Document),
        ("unknown", Callback),
        ("system.shutdown", Callback),
        ("application.post_call_action_executed", Callback),
        ("canvas.interaction", Callback),
    ],
)
def test_a_page_shows_all_that_the_newest_callback_said(name, model, receive, sample, page):
    body = sample(name)
    receive(body)

    text = page(model.objects.get()).text

    for said in strings_in(json.loads(body)):
        assert " ".join(said.split()) in text


def test_a_video_links_to_where_it_can_be_seen(receive, sample, page):
    receive(sample("video.ready"))
    video = Video.objects.get()

    shown = page(video)

    assert facts(shown)["Status"].text == "ready"
    links = section(shown, "Media").all("a")
    assert {link.attrs["href"] for link in links} == {
        video.hosted_url,
        video.download_url,
        video.stream_url,
    }
    assert {link.attrs["rel"] for link in links} == {"noopener noreferrer"}
    assert facts(section(shown, "Made from"))["Script"].text == video.script


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "data:text/html,x",
        "https://user:pass@example.com/",
        "//example.com/x",
        "https://exa\nmple.com/",
        " https://example.com/",
        '"><script>alert(1)</script>',
    ],
)
def test_a_link_that_is_not_safe_is_only_text(url, receive, page):
    names = ("hosted_url", "stream_url", "download_url")
    receive(video("v", **dict.fromkeys(names, url), data={}))
    receive(document("d", document_url=url))

    for row in (Video.objects.get(), Document.objects.get()):
        shown = page(row)
        assert {link.attrs["href"][0] for link in shown.one("main").all("a")} == {"/"}
        assert " ".join(url.split()) in shown.text
        assert not foreign_scripts(shown)
        assert not shown.all("video")


def test_an_error_comes_with_advice(receive, sample, page):
    receive(sample("replica.error"))
    receive(sample("video.error"))

    assert "one minute" in facts(page(Replica.objects.get()))["What to do"].text
    assert "video_error" in facts(page(Video.objects.get()))["What to do"].text


def test_a_replica_shows_what_was_made_with_it(receive, page):
    receive(replica("r1/ü"))
    for i in range(12):
        receive(video(f"v{i}", replica_id="r1/ü"))
    receive(video("another", replica_id="r2"))

    videos = section(page(Replica.objects.get()), "Videos")

    rows = videos.one("tbody").all("tr")
    assert [row.one("a").text for row in rows] == [f"v{i}" for i in range(11, 1, -1)]
    everything = page(videos.all("a")[-1].attrs["href"])
    assert len(everything.one("tbody").all("tr")) == 12


@pytest.mark.parametrize("model", [Video, Conversation], ids=["videos", "conversations"])
def test_each_row_shows_its_own_replica(receive, page, model):
    """As a link where a row is known of it; and of four one names none."""
    told = {"row 1": "r1", "row 2": "r2", "row 3": "r3", "row 4": ""}
    for row_id, replica_id in told.items():
        named = {"replica_id": replica_id}
        receive(video(row_id, **named))
        receive(joined(row_id, **named))
    for replica_id in ("r2", "another", "r1"):
        receive(replica(replica_id))
    trained = {row.replica_id: row.get_absolute_url() for row in Replica.objects.all()}

    listed = page(reverse(f"tavus_hooks:{model._meta.model_name}-list")).one("tbody").all("tr")

    assert {row.all("a")[0].text: row.all("td")[2].text for row in listed} == {
        row_id: replica_id or NOTHING for row_id, replica_id in told.items()
    }
    for row in model.objects.all():
        replica_id = told[getattr(row, model.ID_FIELD)]
        shown = facts(page(row)).get("Replica")
        assert (shown.text if shown else "") == replica_id
        links = shown.all("a") if shown else []
        assert [link.attrs["href"] for link in links] == [
            address for name, address in trained.items() if name == replica_id
        ]


def test_a_video_tells_how_far_it_is_and_how_long_it_took(receive, sample, page):
    receive(video(status="generating", generation_progress="30/120"))
    underway = facts(page(Video.objects.get()))
    assert underway["Progress"].text == "25 %"
    assert underway["Progress"].one("progress").attrs["value"] == "25"
    assert "Time to ready" not in underway

    receive(
        video(
            generation_progress="120/120",
            created_at="2026-05-12 09:17:41",
            updated_at="2026-05-12 09:19:43",
        )
    )
    ready = facts(page(Video.objects.get()))
    assert ready["Progress"].text == "100 %"
    assert ready["Time to ready"].text == "2 min 2 s"


def test_progress_that_is_no_number_is_shown_as_it_is(receive, page):
    receive(video(status="generating", generation_progress="nearly"))
    shown = facts(page(Video.objects.get()))
    assert shown["Generation progress"].text == "nearly"
    assert "Progress" not in shown


def test_an_error_that_is_not_known_is_shown_without_advice(receive, page):
    receive(replica(status="error", error_message="The moon was full"))
    shown = facts(page(Replica.objects.get()))
    assert shown["Error"].text == "The moon was full"
    assert "What to do" not in shown


def test_what_the_app_made_for_itself_is_marked_everywhere(receive, sample, page, hooks):
    hooks(COMPLETION_EXPECTS=["shutdown"])
    receive(sample("system.shutdown"))
    ours = Callback.objects.get(kind="conversation.completed")

    for path in (reverse("tavus_hooks:index"), reverse("tavus_hooks:callback-list")):
        rows = page(path).all("tbody")[-1].all("tr")
        assert [("internal" in badges(row)) for row in rows] == [True, False]
    shown = page(ours)
    assert "internal" in badges(facts(shown)["State"])
    assert "Tavus never sent it" in section(shown, "What it said").text
    assert "internal" in badges(section(page(Conversation.objects.get()), "Callbacks"))


def test_a_row_says_when_the_site_expected_it(receive, page):
    expected = expect(document="d1", reference="mine")
    assert facts(page(expected))["Reference"].text == "mine"
    assert "Expected" in facts(page(expected))
    receive(document("d2"), reference="mine")
    assert "Expected" not in facts(page(Document.objects.get(document_id="d2")))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        *((0, "0 s"), (4.5, "4.5 s"), (5.0, "5 s"), (9.94, "9.9 s"), (10, "10 s")),
        *((59.4, "59 s"), (59.6, "1 min 0 s"), (3599, "59 min 59 s"), (3600, "1 h 0 min")),
        *((-1, "-1 s"), (1e9, "1e+09 s")),
    ],
)
def test_a_length_is_told_as_exactly_as_people_would(seconds, words):
    assert duration(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "place"),
    [
        *((None, ""), (0, "0:00"), (59.9, "0:59"), (60, "1:00"), (3599, "59:59")),
        *((3600, "1:00:00"), (-1, "-1 s"), (1e9, "1e+09 s")),
    ],
)
def test_a_place_in_a_recording_is_told_as_a_player_does(seconds, place):
    assert clock(seconds) == place


def test_a_turn_has_its_place_in_the_call_else_its_time():
    said = datetime(2026, 5, 14, 13, 2, tzinfo=UTC)
    assert turn_time(Turn()) == ""
    assert turn_time(Turn(occurred_at=said)) == moment(said)
    assert turn_time(Turn(seconds_from_start=61.5)) == "1:01"
    both = turn_time(Turn(seconds_from_start=0, occurred_at=said))
    assert both.endswith(">0:00</time>")
    assert f'datetime="{said.isoformat()}"' in both
