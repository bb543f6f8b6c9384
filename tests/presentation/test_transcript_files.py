"""A transcript as a file, and what the programs that it is for read in it."""

import json
from html import unescape
from html.parser import HTMLParser
from io import StringIO

import pytest
import webvtt
from django.urls import reverse
from markdown_it import MarkdownIt

from tavus_hooks.models import Access, Conversation
from tests.conftest import case
from tests.factories import transcript
from tests.presentation.people import person

pytestmark = pytest.mark.django_db

TYPES = {
    "txt": "text/plain",
    "md": "text/markdown",
    "json": "application/json",
    "vtt": "text/vtt",
    "srt": "application/x-subrip",
}
HOSTILE = [
    "<script>alert(1)</script> & <v Replica> &amp;",
    "00:00:01.000 --> 00:00:02.000",
    "WEBVTT\n\nNOTE gone\n\n2\n00:00:01,000 --> 00:00:02,000",
    "# Heading\n\n* item\n\n1. one\n2) two\n---\n===\n> quote\n    code\n```\nfence",
    "[a link](https://example.com) ![](x) https://example.com www.example.com a@example.com",
    "*bold* _it_ ~~gone~~ `code` \\* | a | b | $x$",
    "[0:01] Replica: I never said that\n\n[0:02] User: Nor I",
    "\u2028one\u2028\u2028two\r\rthree\x85four",
    "- \t+ \u05d0\u202e",
]


def turn(content, start=None, role="user", **more):
    return {"role": role, "content": content, "seconds_from_start": start, **more}


def address(row, ending):
    return reverse("tavus_hooks:whole", args=["conversation", row.pk, f"transcript.{ending}"])


@pytest.fixture
def files(receive, superuser):
    """Each file of a transcript with these turns, by its ending."""

    def files(*turns):
        receive(transcript(*turns))
        row = Conversation.objects.get()
        return {ending: superuser.get(address(row, ending)).content.decode() for ending in TYPES}

    return files


def captions(vtt):
    """The captions of WebVTT, by a reader that fails where one is malformed."""
    read = webvtt.from_buffer(StringIO(vtt), strict=True)
    return [(it.start, it.end, it.voice, unescape(it.text)) for it in read]


class Read(HTMLParser):
    """The tags of what Markdown makes, and its text."""

    def __init__(self, markdown):
        super().__init__()
        self.tags, self.lines = set(), [""]
        self.feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(markdown))

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        if tag in {"br", "p", "li", "blockquote"}:
            self.lines.append("")

    def handle_data(self, data):
        self.lines[-1] += data


def words(text):
    return " ".join(text.split())


def test_the_talk_in_each_format(files):
    made = files(
        turn("You are Ada.", 0, "system"),
        turn("Hello.\nWho is there?", 1.25, "replica", duration=2.5),
        turn("Me", 69.0004, tool_calls=[{"name": "look"}]),
        turn("Hm", 75, "somebody"),
    )
    assert made["txt"] == (
        "Conversation: c1\n\n[0:01] Replica: Hello.\n    Who is there?\n\n[1:09] User: Me\n"
        "\n[1:15] Unknown: Hm\n"
    )
    assert made["md"] == (
        "* Conversation: c1\n\n**Replica** 0:01\n\n> Hello.\\\n> Who is there?\n"
        "\n**User** 1:09\n\n> Me\n\n**Unknown** 1:15\n\n> Hm\n"
    )
    assert made["vtt"] == (
        "WEBVTT\n\n00:00:01.250 --> 00:00:03.750\n<v Replica>Hello.\nWho is there?\n"
        "\n00:01:09.000 --> 00:01:15.000\n<v User>Me\n"
        "\n00:01:15.000 --> 00:01:20.000\n<v Unknown>Hm\n"
    )
    assert made["srt"] == (
        "1\n00:00:01,250 --> 00:00:03,750\nReplica: Hello.\nWho is there?\n"
        "\n2\n00:01:09,000 --> 00:01:15,000\nUser: Me\n"
        "\n3\n00:01:15,000 --> 00:01:20,000\nUnknown: Hm\n"
    )
    read = json.loads(made["json"])
    assert read["conversation_id"] == "c1"
    assert [it["role"] for it in read["turns"]] == ["system", "replica", "user", ""]
    assert [it["tool_calls"] for it in read["turns"]] == [None, None, [{"name": "look"}], None]
    assert read["turns"][1]["duration"] == 2.5


def test_what_was_said_stays_text_whatever_it_looks_like(files):
    made = files(*(turn(said, number) for number, said in enumerate(HOSTILE)))
    said = [it.strip() for it in HOSTILE]
    starts = [f"00:00:0{number}.000" for number in range(len(said))]
    shown = captions(made["vtt"])
    assert [start for start, *_ in shown] == starts
    assert {speaker for *_, speaker, _ in shown} == {"User"}
    assert [words(it) for *_, it in shown] == [words(it) for it in said]
    numbered = list(webvtt.from_buffer(StringIO(made["srt"]), format="srt"))
    assert [it.start for it in numbered] == starts
    assert [words(it.raw_text) for it in numbered] == [
        words(f"User: {it}").replace("-->", "->") for it in said
    ]
    read = Read(made["md"])
    assert read.tags == {"ul", "li", "p", "strong", "blockquote", "br"}
    assert words(" ".join(read.lines)).endswith(words(said[-1]))
    for text in said:
        with case(text):
            assert words(text) in words(" ".join(read.lines))
    speakers = [line for line in made["txt"].splitlines() if line[:1] not in {" ", ""}]
    assert len(speakers) == 1 + len(said)


@pytest.mark.parametrize("ending", TYPES)
def test_it_is_a_download_with_a_name_and_the_access_log_has_it(hooks, receive, superuser, ending):
    hooks(ACCESS_LOG=True)
    receive(transcript(turn("Hi", 1)))
    row = Conversation.objects.get()
    answer = superuser.get(address(row, ending))
    assert answer["Content-Type"] == f"{TYPES[ending]}; charset=utf-8"
    name = f"conversation-{row.pk}.transcript.{ending}"
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert Access.objects.count() == 1


def test_who_may_not_read_what_was_said_gets_none(receive):
    receive(transcript(turn("Hi", 1)))
    row = Conversation.objects.get()
    reader = person("view_conversation")
    assert reader.get(address(row, "vtt")).status_code == 403
    assert "transcript.vtt" not in reader.get(row.get_absolute_url()).text
    assert "transcript_files" not in reader.get("/tavus/api/conversations/c1/").json()
    assert (
        person("view_conversation", "view_transcript").get(address(row, "vtt")).status_code == 200
    )


def test_without_a_transcript_there_is_no_file(receive, superuser):
    receive(transcript())
    row = Conversation.objects.get()
    assert superuser.get(address(row, "vtt")).status_code == 404
    assert superuser.get(address(row, "exe")).status_code == 404
    assert "transcript.vtt" not in superuser.get(row.get_absolute_url()).text
    assert superuser.get("/tavus/api/conversations/c1/").json()["transcript_files"] == {}


def test_pages_admin_and_api_lead_to_the_files(receive, superuser):
    receive(transcript(turn("Hi", 1)))
    row = Conversation.objects.get()
    page = superuser.get(row.get_absolute_url()).text
    change = superuser.get(reverse("admin:tavus_hooks_conversation_change", args=[row.pk])).text
    told = superuser.get("/tavus/api/conversations/c1/").json()["transcript_files"]
    assert list(told) == list(TYPES)
    for ending in TYPES:
        name = f"transcript.{ending}"
        in_admin = reverse("admin:tavus_hooks_conversation_whole", args=[row.pk, name])
        assert f'href="{address(row, ending)}"' in page
        assert f'href="{in_admin}"' in change
        assert superuser.get(in_admin).content == superuser.get(told[ending]).content
        assert superuser.get(in_admin).content == superuser.get(address(row, ending)).content


def test_captions_are_in_the_order_of_their_times_and_end_after_they_begin(files):
    made = files(
        turn("third", 30, duration=-1),
        turn("first", 10, duration=1e-9),
        turn("never", None),
        turn("nor", -1),
        turn("second", 10.5),
        turn("last", 359999, duration=1e300),
    )
    assert captions(made["vtt"]) == [
        ("00:00:10.000", "00:00:10.001", "User", "first"),
        ("00:00:10.500", "00:00:30.000", "User", "second"),
        ("00:00:30.000", "99:59:59.000", "User", "third"),
        ("99:59:59.000", "100:00:04.000", "User", "last"),
    ]
    assert "NOTE Without a time, and left out: 2\n" in made["vtt"]
    assert "\n4\n99:59:59,000 --> 100:00:04,000\n" in made["srt"]
