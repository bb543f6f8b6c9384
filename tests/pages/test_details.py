"""The pages of one row: everything that was said about it."""

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command
from django.urls import reverse

from tavus_hooks.actions import expect
from tavus_hooks.models import (
    Callback,
    Conversation,
    Document,
    Failure,
    Recording,
    Replica,
    Turn,
    Video,
)
from tavus_hooks.signals import video_ready
from tavus_hooks.templatetags.tavus_hooks import clock, duration, moment, turn_time
from tests.factories import document, joined, replica, shutdown, video


def facts(element):
    """The terms of the first list of facts, and what is said of each."""
    entries = element.all("dl")[0].children
    entries = [entry for entry in entries if not isinstance(entry, str)]
    return {term.text: fact for term, fact in zip(entries[::2], entries[1::2], strict=True)}


def section(page, heading):
    (found,) = (s for s in page.all("section") if s.all("h2") and heading in s.one("h2").text)
    return found


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


def badges(element):
    return [within.text for within in element if "tavus-badge" in within.classes]


def test_a_video_links_to_where_it_can_be_seen(receive, sample, page):
    receive(sample("video.ready"))
    video = Video.objects.get()

    shown = page(video)

    assert facts(shown)["Status"].text == "ready"
    links = section(shown, "Links").all("a")
    assert {link.attrs["href"] for link in links} == {
        video.hosted_url,
        video.download_url,
        video.stream_url,
    }
    assert {link.attrs["rel"] for link in links} == {"noopener noreferrer"}
    assert section(shown, "Script").one("p").text == video.script


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
        assert not shown.all("script")


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

    assert {row.one("a").text: [code.text for code in row.all("code")] for row in listed} == {
        row_id: [replica_id] if replica_id else [] for row_id, replica_id in told.items()
    }
    for row in model.objects.all():
        replica_id = told[getattr(row, model.ID_FIELD)]
        shown = facts(page(row)).get("Replica")
        assert (shown.text if shown else "") == replica_id
        links = shown.all("a") if shown else []
        assert [link.attrs["href"] for link in links] == [
            address for name, address in trained.items() if name == replica_id
        ]


def test_a_transcript_reads_as_a_chat(receive, sample, page):
    receive(sample("application.transcription_ready"))
    conversation = Conversation.objects.get()

    turns = page(conversation).one("ol").all("li")

    roles = [turn.classes[-1].removeprefix("tavus-turn-") for turn in turns]
    assert roles == list(conversation.turns.values_list("role", flat=True))
    assert {"user", "replica", "system"} <= set(roles)
    for shown, turn in zip(turns, conversation.turns.all(), strict=True):
        assert " ".join(turn.content.split()) in shown.text
        assert bool(shown.all("details")) is (turn.role in {"system", "tool"})
    first = turns[1].one("time")
    assert first.text == "0:01"
    assert first.attrs["datetime"] == "2026-05-14T13:00:09.120000+00:00"


def test_tools_are_folded_away_within_the_chat(receive, sample, page):
    receive(sample("application.transcription_ready__tool_calls"))

    turns = page(Conversation.objects.get()).one("ol").all("li")

    folded = [[details.text for details in turn.all("details")] for turn in turns]
    assert [len(details) for details in folded] == [1, 0, 1, 1, 0]
    assert "check_stock" in folded[2][0]
    assert '"in_stock": 3' in folded[3][0]


@pytest.mark.parametrize("variant", ["__odd_entries", "__string_transcript", "__null_content"])
def test_odd_transcripts_show_the_turns_that_can_be_used(variant, receive, sample, page):
    receive(sample(f"application.transcription_ready{variant}"))
    conversation = Conversation.objects.get()

    assert len(page(conversation).one("ol").all("li")) == conversation.turns.count() > 0


def test_a_conversation_tells_its_course(receive, sample, page):
    for kind in ("joined", "shutdown"):
        receive(sample("system.replica_joined" if kind == "joined" else "system.shutdown"))
    receive(sample("application.recording_ready"))
    receive(sample("application.transcription_ready"))
    receive(sample("objective.completed"))

    shown = page(Conversation.objects.get())

    course = facts(shown)
    assert course["Duration"].text == "4 min 14 s"
    assert "participant_left_timeout reached" in course["Why it ended"].text
    assert "did not come back" in course["Why it ended"].text
    assert "timeout" in badges(course["Why it ended"])
    assert course["Objectives reached"].text == "find_out_what_grows"
    assert not {"Guardrails tripped", "Reference"} & course.keys()
    assert "c4f1d07e2b9a6358/1778763608120" in section(shown, "Recordings").text
    assert "find_out_what_grows" in section(shown, "Events").text
    assert "cherry tomato" in section(shown, "Events").text
    for callback in Callback.objects.all():
        assert section(shown, "Callbacks").all("a", href=callback.get_absolute_url())


def test_a_conversation_names_the_guardrails_tripped_in_it(receive, sample, page):
    receive(sample("guardrail.triggered"))
    conversation = Conversation.objects.get()

    shown = page(conversation)

    (guardrail,) = conversation.guardrails
    assert facts(shown)["Guardrails tripped"].text == guardrail.name != ""
    assert "Guardrail tripped" in section(shown, "Events").text


def test_what_has_no_name_is_named_nowhere_and_stands_among_the_events(receive, page):
    outputs = {"is": "Ada"}
    receive({"conversation_id": "c1", "objective_name": "", "output_variables": outputs})
    receive({"conversation_id": "c1", "objective_name": "who", "output_variables": outputs})

    shown = page(Conversation.objects.get())

    assert facts(shown)["Objectives reached"].text == "who"
    assert section(shown, "Events").text.count("Ada") == 2


def test_a_conversation_in_which_nobody_spoke_says_so(receive, sample, page):
    receive(sample("application.transcription_ready"))
    assert badges(facts(page(Conversation.objects.get()))["User turns"]) == []
    Conversation.objects.all().delete()
    receive(sample("application.transcription_ready__nobody_spoke"))
    assert badges(facts(page(Conversation.objects.get()))["User turns"]) == ["nobody spoke"]


def test_a_recording_is_ready_or_failed_with_tavus_code_for_it(receive, sample, page):
    receive(sample("application.recording_ready"))
    assert badges(section(page(Conversation.objects.get()), "Recordings")) == ["ready"]

    Conversation.objects.all().delete()
    receive(sample("application.recording_copy_failed"))
    recording = Recording.objects.get()
    shown = section(page(recording.conversation), "Recordings")
    assert badges(shown) == ["failed"]
    assert recording.error_code in facts(shown)["Copying failed"].text
    assert recording.error_message in facts(shown)["Copying failed"].text


def test_perception_is_shown_or_why_there_is_none(receive, sample, page):
    receive(sample("application.perception_analysis"))
    conversation = Conversation.objects.get()
    shown = section(page(conversation), "Perception analysis")
    assert " ".join(conversation.perception_analysis.split()) in shown.text

    Conversation.objects.all().delete()
    receive(sample("application.perception_unavailable"))
    conversation = Conversation.objects.get()
    reason = facts(page(conversation))["No perception analysis"].text
    assert reason == conversation.perception_unavailable != ""


def test_a_conversation_that_was_forgotten_says_so(receive, sample, page):
    receive(sample("system.shutdown"))
    receive(sample("application.transcription_ready"))
    call_command(
        "tavus_forget",
        "conversation",
        Conversation.objects.get().conversation_id,
        "--noinput",
        stdout=StringIO(),
    )

    shown = page(Conversation.objects.get())

    assert "This was forgotten" in shown.text
    assert section(shown, "Transcript").text == "Transcript It was erased."


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
    assert shown["Status"].text == "generating nearly"
    assert "Progress" not in shown


def test_an_error_that_is_not_known_is_shown_without_advice(receive, page):
    receive(replica(status="error", error_message="The moon was full"))
    shown = facts(page(Replica.objects.get()))
    assert shown["Error"].text == "The moon was full"
    assert "What to do" not in shown


def test_what_the_app_made_for_itself_is_marked_everywhere(receive, sample, page, settings):
    settings.TAVUS_HOOKS = {**settings.TAVUS_HOOKS, "COMPLETION_EXPECTS": ["shutdown"]}
    receive(sample("system.shutdown"))
    ours = Callback.objects.get(kind="conversation.completed")

    for path in (reverse("tavus_hooks:index"), reverse("tavus_hooks:callback-list")):
        rows = page(path).all("tbody")[-1].all("tr")
        assert [("internal" in badges(row)) for row in rows] == [True, False]
    shown = page(ours)
    assert badges(facts(shown)["Kind"]) == ["internal"]
    assert "Tavus never sent it" in section(shown, "What it said").text
    assert "internal" in badges(section(page(Conversation.objects.get()), "Callbacks"))


def test_a_conversation_without_a_transcript_says_when_to_expect_one(receive, sample, page):
    receive(sample("system.shutdown"))

    assert "None has come yet" in section(page(Conversation.objects.get()), "Transcript").text


def test_a_callback_shows_its_columns(receive, sample, page):
    callback = receive(sample("video.ready"), reference="shop.order:42")

    shown = page(callback)

    columns = facts(shown)
    assert columns["Kind"].text == "video.ready"
    assert columns["Reference"].text == "shop.order:42"
    assert columns["SHA-256"].text == callback.digest
    assert columns["Identity"].text == callback.idempotency_key
    assert columns["About"].one("a").attrs["href"] == Video.objects.get().get_absolute_url()
    for name in ("Occurred", "Received", "Applied to the tables", "Handled"):
        assert columns[name].one("time").attrs["datetime"].endswith("+00:00")


def test_original_and_duplicates_lead_to_each_other(receive, sample, page):
    original, first, second = (receive(sample("system.shutdown")) for _ in range(3))
    receive(sample("system.replica_joined"))

    shown = section(page(original), "Duplicates")
    links = [link.attrs["href"] for link in shown.all("a")]
    assert links == [second.get_absolute_url(), first.get_absolute_url()]
    duplicate = facts(page(first))["Duplicate of"]
    assert duplicate.one("a").attrs["href"] == original.get_absolute_url()


def test_remarks_say_what_could_not_be_used(receive, page):
    callback = receive(video("v", created_at="last Tuesday"))

    assert "created_at: text" in facts(page(callback))["Remarks"].text


def test_what_failed_stands_on_the_page_of_its_callback(receive, sample, page):
    def broken(**kwargs):
        raise RuntimeError("The <b>mail</b> server")

    video_ready.connect(broken, dispatch_uid="shop.mail")
    try:
        callback = receive(sample("video.ready"))
    finally:
        video_ready.disconnect(dispatch_uid="shop.mail")

    failed = section(page(callback), "What failed")

    assert facts(failed)["Receiver"].text == "shop.mail video_ready"
    assert "The <b>mail</b> server" in facts(failed)["Exception"].text
    assert failed.one("pre").text.startswith("Traceback")


def test_of_many_failures_and_of_what_they_say_the_beginning_is_shown(receive, page):
    callback = receive(video("v"))
    said = {"exception": "shop.Error", "message": "m" * 6000, "traceback": "t" * 6000}
    Failure.objects.bulk_create(
        Failure(callback=callback, receiver=f"shop.{number}", **said) for number in range(21)
    )

    failed = section(page(callback), "What failed")

    assert len(failed.all("dl")) == 20
    assert facts(failed)["Exception"].text == f"shop.Error {'m' * 499}…"
    assert {pre.text for pre in failed.all("pre")} == {"t" * 5000 + "…"}


def test_of_a_failure_it_is_told_what_becomes_of_it(receive, page):
    callback = receive(video("v"))
    row = Failure.objects.create(
        callback=callback, receiver="shop.mail", exception="shop.Error", attempts=3
    )

    def told():
        found = facts(section(page(callback), "What failed"))
        names = ("Attempts", "Next attempt", "Abandoned", "Acknowledged")
        return {name: found[name].text for name in names if name in found}

    def at(year):
        return datetime(year, 5, 14, 13, 2, tzinfo=UTC)

    row.last_at, row.next_attempt_at = at(2026), at(2027)
    row.save()
    assert told() == {
        "Attempts": "3, May 14, 2026, 1:02 p.m.",
        "Next attempt": "May 14, 2027, 1:02 p.m.",
    }
    row.abandoned_at = at(2028)
    row.save()
    assert told().keys() == {"Attempts", "Abandoned"}
    assert told()["Abandoned"] == "May 14, 2028, 1:02 p.m."
    row.acknowledged_at, row.acknowledged_by = at(2029), "ada"
    row.save()
    assert told()["Acknowledged"] == "May 14, 2029, 1:02 p.m. ada"


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b'{"cut o', '{"cut o'),
        (b"\x1f\x8a\x08 gzip", "00000000 1f 8a 08 20 67 7a 69 70 ... gzip"),
        (b'{"caf\xe9": 1}', '00000000 7b 22 63 61 66 e9 22 3a 20 31 7d {"caf.": 1}'),
        (b"<b>\x00&amp;</b>", "<b>\ufffd&amp;</b>"),
        (b"[" * 5000, "[" * 5000),
    ],
)
def test_what_cannot_be_read_is_shown_as_it_came(body, shown, receive, page):
    callback = receive(body)

    said = section(page(callback), "What it said")

    assert callback.unreadable in said.text
    assert said.one("pre").text == shown


def test_of_a_large_body_that_cannot_be_read_the_beginning_is_shown(receive, page):
    said = section(page(receive("ä" * 500_000)), "What it said")

    assert said.one("pre").text == "ä" * (32 * 1024)
    assert "The first 64.0\xa0KB of 976.6\xa0KB." in said.all("p")[-2].text.replace(" KB", "\xa0KB")


def test_an_empty_body_is_said_to_be_empty(receive, page):
    assert "empty" in section(page(receive(b"")), "What it said").text


def test_large_parts_of_a_payload_are_folded_away(receive, page):
    callback = receive({"few": [1, 2], "many": list(range(50)), "text": "long " * 200})

    said = section(page(callback), "What it said")

    opened = {d.one("summary").text.split()[0]: "open" in d.attrs for d in said.all("details")}
    assert opened == {"few": True, "many": False, "long": False}


def test_a_payload_of_a_hundred_thousand_parts_is_cut_and_says_so(receive, page):
    shown = section(page(receive({"list": [[i] for i in range(50_000)]})), "What it said")

    assert "more are not shown" in shown.text


def test_a_contested_callback_says_so_on_its_page_and_in_lists(receive, page, keep):
    own, contested = (receive(shutdown(), reference=reference) for reference in ("mine", "theirs"))
    assert "another reference" in facts(page(contested))["Contested"].text
    assert "Contested" not in facts(page(own))
    assert badges(section(page(Conversation.objects.get()), "Callbacks")) == [
        *("kept", "contested"),
        "handled",
    ]


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
