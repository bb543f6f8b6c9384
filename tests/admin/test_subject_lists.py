"""The lists of videos, replicas, conversations and documents in the admin."""

import re

import pytest
from django.test.utils import CaptureQueriesContext

from tavus_hooks.actions import expect
from tavus_hooks.models import (
    Conversation,
    Document,
    Expectation,
    Failure,
    Recording,
    Replica,
    Turn,
    Video,
)
from tavus_hooks.presentation.formats import NOTHING
from tests.badges import badges
from tests.conftest import case
from tests.databases import reading
from tests.factories import (
    document,
    event,
    recording,
    replica,
    shutdown,
    transcript,
    video,
)


@pytest.mark.parametrize(
    ("model", "body", "state"),
    [
        (Conversation, event("system.replica_joined"), "live"),
        (Conversation, shutdown(), "ended"),
        (Recording, recording(), "ready"),
        (Recording, event("application.recording_copy_failed", s3_key="k"), "failed"),
        (Video, video(), "ready"),
        (Video, video(status="error"), "error"),
        (Replica, replica(), "ready"),
    ],
)
def test_lists_and_pages_say_in_which_state_a_row_is(
    receive, page, subject_page, model, body, state
):
    receive(body)
    cell = re.compile(r'class="[^"]*field-stat(?:e|us)[^"]*">(.*?)</(?:td|th)>', re.S)
    [shown] = cell.findall(page(model._meta.model_name))
    assert f">{state}<" in shown
    assert f">{state}<" in subject_page(model)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", "v1"),
        ("<b>", "&lt;b&gt; v1"),
        ("x" * 80, f"{'x' * 80} v1"),
        ("x" * 81, f"{'x' * 79}… v1"),
        ("x" * 256, f"{'x' * 79}… v1"),
    ],
    ids=["empty", "markup", "just fitting", "one more", "many more"],
)
def test_of_a_long_name_a_list_shows_the_beginning_and_says_so(page, text, shown):
    Video.objects.create(video_id="v1", video_name=text)
    [cell] = re.findall(r'<th class="field-title">(.*?)</th>', page("video"), re.DOTALL)
    assert re.sub("<[^>]*>", "", cell) == shown


def test_the_colour_of_a_status_tells_how_it_ended(receive, page):
    for number, status in enumerate(["ready", "error", "queued", "generating"]):
        receive(video(f"v{number}", status=status))
    assert {*badges(page("video"))} >= {("ready", "good"), ("error", "bad"), ("generating", "busy")}


@pytest.mark.parametrize("model", [Video, Conversation], ids=["videos", "conversations"])
def test_each_row_leads_to_its_own_replica(receive, page, model):
    """Of four one names a replica without a row, and one none."""
    told = {"row 1": "r1", "row 2": "r2", "row 3": "r3", "row 4": ""}
    for row_id, replica_id in told.items():
        receive(video(row_id, replica_id=replica_id))
        receive(event("system.replica_joined", row_id, replica_id=replica_id))
    for replica_id in ("r2", "another", "r1"):
        receive(replica(replica_id))
    address = "/admin/tavus_hooks/replica/{}/change/"
    links = {
        each.replica_id: f'<a class="tavus-any" href="{address.format(each.pk)}">'
        for each in Replica.objects.all()
    }
    name = model._meta.model_name
    cell = r">(row \d)</span></a>.*?field-replica_id[^>]*>(.*?)</td>"
    assert dict(re.findall(cell, page(name), re.DOTALL)) == {
        "row 1": f"{links['r1']}r1</a>",
        "row 2": f"{links['r2']}r2</a>",
        "row 3": "<code>r3</code>",
        "row 4": NOTHING,
    }
    for row in model.objects.all():
        html = page(name, "change", row.pk)
        shown = {replica_id for replica_id, link in links.items() if f"{link}{replica_id}<" in html}
        assert shown == {told[getattr(row, model.ID_FIELD)]} & links.keys()


def test_what_there_is_nothing_of_is_no_empty_table(page):
    """A row that the site expects has neither callbacks yet nor anything that came in them."""
    row = expect(conversation="c1", reference="mine")
    html = page("conversation", "change", row.pk)
    for panel in ("newest", "events", "recordings", "holds", "accesses"):
        assert f"field-{panel}" not in html
    for panel, said in {"callbacks": "There are none.", "transcript": "None has come yet."}.items():
        assert said in html.partition(f"field-{panel}")[2].partition("</fieldset>")[0]
    assert "<tbody>" not in html


@pytest.mark.parametrize(
    ("model", "listed", "on_its_page"),
    [
        (Video, ["replica_id"], ["video_name", "created_at", "updated_at"]),
        (Replica, ["error_message"], ["updated_at"]),
        (Conversation, ["replica_id", "shutdown"], ["ended_at", "duration"]),
        (Document, ["error_message"], ["updated_at"]),
    ],
)
def test_what_is_not_known_of_a_row_is_a_dash(page, subject_page, model, listed, on_its_page):
    model.objects.create(**{model.ID_FIELD: "x1"})
    field = r'form-row field-(\w+)">.*?<div class="readonly">(.*?)</div>'
    shown = dict(re.findall(field, subject_page(model), re.DOTALL))
    assert "" not in {text.strip() for text in shown.values()}
    for name in on_its_page:
        assert shown[name].strip() == NOTHING, name
    assert not shown.keys() & {*listed}
    html = page(model._meta.model_name)
    cells = dict(re.findall(r'<td class="field-(\w+)[^"]*">(.*?)</td>', html, re.DOTALL))
    for name in listed:
        assert cells[name] == NOTHING, name


FOUND = [
    ("video", {"q": "v1"}, True),
    ("video", {"q": "nothing"}, False),
    ("video", {"status": "ready"}, True),
    ("video", {"status": "error"}, False),
    ("replica", {"q": "r1"}, True),
    ("replica", {"status": "ready"}, True),
    ("conversation", {"q": "c1"}, True),
    ("conversation", {"state": "ended"}, True),
    ("conversation", {"state": "live"}, False),
    ("document", {"q": "d1"}, True),
    ("recording", {"q": "a/b"}, True),
    ("recording", {"q": "c1"}, True),
    ("turn", {"q": "Hello"}, True),
    ("turn", {"role": "replica"}, False),
]


def test_a_list_is_searched_and_filtered(receive, page):
    receive(video(video_name="Welcome"))
    receive(replica("r1", replica_name="Anna"))
    receive(shutdown("c1"))
    receive(document("d1"))
    receive(recording("c1"))
    receive(transcript({"role": "user", "content": "Hello"}))
    for model, query, found in FOUND:
        with case(model, query):
            assert ("_selected_action" in page(model, **query)) is found


def test_a_list_asks_as_often_for_twenty_rows_as_for_one(receive, opened, broken_receiver):
    models = [Video, Replica, Conversation, Document, Recording, Turn, Failure, Expectation]

    def one_more(number):
        receive(video(f"v{number}", replica_id=f"r{number}"))
        receive(replica(f"r{number}"))
        receive(shutdown(f"c{number}", replica_id=f"r{number}"))
        receive(recording(f"c{number}"))
        receive(transcript({"role": "user", "content": "Hi"}, conversation_id=f"c{number}"))
        receive(document(f"d{number}"))
        receive(shutdown(f"still waiting {number}"))

    def asked():
        """How many queries the list of each model takes."""
        counted = {}
        for model in models:
            with CaptureQueriesContext(reading) as queries:
                opened(model._meta.model_name)
            counted[model] = len(queries)
        return counted

    one_more(0)
    asked()  # content types and the like are remembered
    one = asked()
    for number in range(1, 20):
        one_more(number)
    assert asked() == one
    assert all(model.objects.count() >= 20 for model in models)
