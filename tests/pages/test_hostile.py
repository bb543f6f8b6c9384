"""Whatever was posted, every page opens, and shows it as text."""

import json
from itertools import cycle, product
from urllib.parse import urlencode

from django.test import Client

from tavus_hooks.models import Conversation, Document, Replica, Video
from tests.conftest import case
from tests.factories import document, event, replica, shutdown, transcript, video
from tests.pages.reading import foreign_scripts, read

HTML = "</title><script>alert(1)</script><b onclick='x'>\"'&amp;"
LONG = "long " * 10_000
LONGEST_ID = "😀" * 128
ROUNDS = {
    # As short as the columns are: no status has more than 64 characters, and no role more than 16.
    "HTML and lines": [f"{HTML}\r\nb\tc"],
    "template code, a path and controls": [
        "{{ settings.SECRET_KEY }}{% now 'Y' %}%s {0} %(x)s../a?b#\x1b\x7f\u202e\ufeff"
    ],
    "HTML with what no column takes": ["<b onclick=1>\x00\ud800"],
    "much": [LONG],
    "next to nothing": [None, "", "   ", True, 10**4000],
    "a list": [[HTML, [HTML, {HTML: HTML}], None]],
    "an object": [{HTML: {"\ud800": HTML}, "": []}],
    "an endless or a negative number": [1e308, -1],
    "a negative or an endless number": [-1, 1e308],
    "an early time": ["1970-01-01T00:00:00Z"],
}
"""What each place holds one of, in turn. Wherever two could break it, it is in rounds of both."""
BODIES = {
    "null": b"null",
    "list": b'[1, {"a": [null]}]',
    "text": json.dumps(HTML).encode(),
    "number": b"1e400",
    "more digits than Python reads": b'{"video_id": "v", "n": %s}' % (b"9" * 5000),
    "64 levels": b'{"video_id": "v", "a": ' + b"[" * 63 + b"]" * 63 + b"}",
    "64 levels of objects": b'{"a":' * 63 + b'"\\ud800"' + b"}" * 63,
    "5000 levels": b"[" * 5000 + b"]" * 5000,
    "not UTF-8": b'{"video_id": "\xff\xfe"}',
    "UTF-16": json.dumps(video("v")).encode("utf-16"),
    "half pairs in UTF-8": b'{"video_id": "\xed\xa0\x80"}',
    "half pairs as keys": b'{"\\ud800": {"\\udfff": "\\ud800"}}',
    "nothing": b"",
    "spaces": b" \n ",
    "NaN": b'{"a": NaN, "b": Infinity}',
    "cut off": b'{"video_id": "v", "sta',
    "the same key twice": b'{"video_id": "a", "video_id": "b"}',
    "gzip": b"\x1f\x8b\x08\x00\x00",
    "all bytes": bytes(range(256)),
    "a million entries": json.dumps({"video_id": "v", "a": [0] * 300_000}).encode(),
}


def about_everything(values, identifiers=None, number=1):
    """Callbacks of all families that hold the next value wherever there is room for one, about rows
    of this number.
    """
    values = cycle(values)
    identifiers = cycle(identifiers) if identifiers else values

    def each(*names):
        return {name: next(values) for name in names}

    video = ("video_name", "status_details", "error_details", "generation_progress", "hosted_url")
    video += ("stream_url", "download_url", "created_at", "updated_at", "data", "replica_id")
    yield {"video_id": f"v{number}", "status": "error"} | each(*video)
    data = each("script", "audio_url")
    yield {"video_id": next(identifiers), "status": "ready", "data": data}
    yield {"video_id": f"w{number}"} | each("status")
    yield replica(f"r{number}", status="error") | each("error_message", "replica_name")
    yield replica(next(identifiers))
    yield {"document_id": next(identifiers)} | each("document_name", "document_url", "status")
    said = ("role", "content", "timestamp", "seconds_from_start", "duration", "inference_id")
    details = ("bucket_name", "s3_key", "duration", "storage_provider", "storage_uri")
    details += ("recording_id", "error_code", "error_message", "analysis", "reason", "replica_id")
    details += ("shutdown_reason", "objective_name", "output_variables", "guardrail", "tool_name")
    for event_type in (
        "system.replica_joined",
        "system.shutdown",
        "application.transcription_ready",
        "application.recording_ready",
        "application.recording_copy_failed",
        "application.perception_analysis",
        "application.post_call_action_executed",
        "canvas.interaction",
        "conversation.objective.completed",
        next(values),
    ):
        turns = [
            {**each(*said), "tool_calls": [next(values)]} | role
            for role in ({}, {}, {"role": "user"}, {"role": "tool"})
        ]
        more = each("timestamp", *details)
        yield event(event_type, f"c{number}", transcript=[*turns, next(values)], **more)
    yield shutdown(next(identifiers)) | each("properties")


def assert_every_page_opens(client, paths):
    for path in paths:
        with case(path):
            response = client.get(path)
            assert response.status_code == 200
            assert_nothing_lives(read(response))


def assert_every_page_of_lists_opens(client, paths):
    for path in paths:
        further = ""
        while further is not None:
            with case(path, further):
                response = client.get(path + further)
                assert response.status_code == 200
                shown = read(response)
                assert_nothing_lives(shown)
            links = shown.all("a", rel="next")
            further = links[0].attrs["href"] if links else None


def assert_nothing_lives(page):
    assert not foreign_scripts(page)
    assert not [e for e in page if any(name.startswith("on") for name in e.attrs)]


def test_every_page_opens_whatever_the_fields_hold(receive, client, all_paths):
    lists, seen = all_paths(), set()
    for number, (said, values) in enumerate(ROUNDS.items()):
        identifiers = [LONGEST_ID] if said == "much" else None
        bodies = about_everything(values, identifiers, number)
        with case(said):
            callbacks = [receive(body, reference="</a>' \n") for body in bodies]
            # A callback's page is the same for each kind: in each round other kinds have theirs
            # opened, and those whose event type or whose id is a value itself.
            rows = callbacks[number % 3 :: 3] + callbacks[-2:]
            for model in (Video, Replica, Conversation, Document):
                found = {row["id"]: (model, str(row)) for row in model.objects.values()}
                new = [pk for pk, row in found.items() if row not in seen]
                seen.update(found.values())
                rows += model.objects.filter(pk__in=new)
            assert_every_page_opens(client, [row.get_absolute_url() for row in rows])
    assert_every_page_of_lists_opens(client, lists)


def test_every_page_opens_whatever_the_body_is(receive, client, all_paths):
    for name, body in BODIES.items():
        with case(name):
            receive(body)

    assert_every_page_opens(client, all_paths())


def test_every_page_opens_with_a_megabyte_of_text_in_a_field(receive, client, all_paths):
    text = "long " * 200_000
    receive(video("v", status="error", video_name=text, status_details=text))
    receive(video("w", data={"script": text}, hosted_url=text))
    receive(replica("r", status="error", error_message=text, replica_name=text))
    receive({"event_type": text, "conversation_id": text, text: text})
    for event_type, properties in {
        "system.shutdown": {"shutdown_reason": text},
        "application.transcription_ready": {"transcript": [{"role": "user", "content": text}]},
        "application.recording_ready": {"s3_key": text, "storage_uri": text},
        "application.perception_analysis": {"analysis": text},
    }.items():
        receive(event(event_type, "c", **properties))

    assert_every_page_opens(client, all_paths())


def test_the_last_moment_there_is_can_be_shown_in_every_time_zone(
    receive, client, all_paths, settings
):
    last = "9999-12-31T23:59:59.999999Z"
    turn = {"role": "user", "content": "Bye", "timestamp": last}
    receive(video("v", created_at=last, updated_at=last))
    receive(replica("r", updated_at=last))
    receive(document("d", created_at=last, updated_at=last))
    for event_type, properties in {
        "system.replica_joined": {},
        "system.shutdown": {"shutdown_reason": "x"},
        "application.transcription_ready": {"transcript": [turn]},
        "application.recording_ready": {"s3_key": "k", "duration": 1},
        "conversation.objective.completed": {"objective_name": "x"},
    }.items():
        receive(event(event_type, "c", timestamp=last, **properties))

    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        settings.TIME_ZONE = zone
        with case(zone):
            assert_every_page_opens(client, all_paths())


def test_a_transcript_of_a_thousand_turns_is_shown_whole(receive, page):
    turns = [{"role": "user", "content": f"word {i}", "seconds_from_start": i} for i in range(1000)]
    receive(transcript(*turns, conversation_id="c"))

    shown = page(Conversation.objects.get()).one("ol").all("li")

    assert len(shown) == 1000
    assert shown[-1].text == "User 16:39 word 999"


def test_of_an_absurdly_long_transcript_the_rest_is_on_further_pages(receive, page):
    receive(transcript(*([{"role": "user", "content": "a"}] * 2001), conversation_id="c"))

    shown = page(Conversation.objects.get())

    assert len(shown.one("ol").all("li")) == 1000
    assert "Further turns" in shown.text


ASKED = ["q", "status", "state", "page", "ordering", "received_at__gte"]
TEXTS = {
    "HTML": HTML,
    "slashes": "../../a/b//c?x=1#y",
    "line breaks": "a\r\nb\tc",
    "controls": "a\x00b\x1b[0m\x7f\u202e\ufeff",
    "half a pair": "a\ud800b\udfffc",
    "white space": "   ",
    "template code": "{{ settings.SECRET_KEY }}{% now 'Y' %}%s {0} %(x)s",
    "much": "long " * 400,
    "128 wide characters": "😀" * 128,
}


def test_every_list_opens_whatever_is_asked_of_it(client, all_paths):
    """Each name with each text, on one list or another; each list has every name and every text."""
    asked, paths = set(), all_paths()
    assert len(paths) == len(ASKED)
    for first, path in enumerate(paths):
        for number, (said, text) in enumerate(TEXTS.items()):
            name = ASKED[(first + number) % len(ASKED)]
            with case(path, name, said):
                query = urlencode({name: text}, errors="surrogatepass")
                response = client.get(f"{path}?{query}")
                assert response.status_code in {200, 404}
                if response.status_code == 200:
                    assert_nothing_lives(read(response))
            asked.add((name, said))
    assert asked == {*product(ASKED, TEXTS)}


def test_pages_only_answer_to_reading(client, all_paths):
    careful = Client(enforce_csrf_checks=True)
    careful.cookies = client.cookies
    for path in all_paths():
        assert client.head(path).status_code == 200
        assert client.post(path).status_code == 405
        assert careful.post(path).status_code == 403
