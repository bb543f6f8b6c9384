"""Lists: filtered, cut into pages, and never a query for each row."""

import pytest
from django.test.utils import CaptureQueriesContext

from tavus_hooks.models import Conversation, Replica
from tests.databases import reading
from tests.factories import document, event, replica, transcript, video

pytestmark = pytest.mark.django_db

COLLECTIONS = ["callbacks", "videos", "replicas", "conversations", "documents"]


def bodies(collection, number):
    """One callback for each row of the collection."""
    rows = {
        "videos": lambda n: video(f"v{n}"),
        "replicas": lambda n: replica(f"r{n}"),
        "documents": lambda n: document(f"d{n}"),
        "callbacks": lambda n: {"event_type": "never.seen", "number": n},
        "conversations": lambda n: transcript(
            *([{"role": "user", "content": "Hello"}] * 3), conversation_id=f"c{n}"
        ),
    }
    return [rows[collection](n) for n in range(number)]


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize("rows", [1, 20])
def test_a_list_needs_as_many_queries_for_one_row_as_for_twenty(
    collection, rows, reader, receive, django_assert_num_queries
):
    for body in bodies(collection, rows):
        receive(body)
    # Session, user, the user's and the groups' permissions; then the rows.
    with django_assert_num_queries(5, connection=reading):
        answer = reader.get(f"/tavus/api/{collection}/")
    assert len(answer.json()["results"]) == rows


@pytest.mark.parametrize("collection", [name for name in COLLECTIONS if name != "conversations"])
def test_a_row_needs_one_query(collection, reader, receive, django_assert_num_queries):
    receive(bodies(collection, 1)[0])
    url = reader.get(f"/tavus/api/{collection}/").json()["results"][0]["url"]
    with django_assert_num_queries(5, connection=reading):
        assert reader.get(url).status_code == 200


@pytest.mark.parametrize("many", [1, 20])
def test_a_conversation_needs_four_queries_however_much_happened_in_it(
    many, reader, receive, django_assert_num_queries
):
    for event_type, timestamp, properties in [
        ("system.replica_joined", "2025-07-11T06:00:00Z", {}),
        ("system.shutdown", "2025-07-11T07:00:00Z", {}),
        (
            "application.transcription_ready",
            "2025-07-11T07:05:00Z",
            {"transcript": [{"role": "user", "content": "Hello"}] * many},
        ),
    ]:
        receive(event(event_type, "c0", timestamp=timestamp, **properties))
    for n in range(many):
        receive({"conversation_id": "c0", "properties": {"guardrail": f"g{n}"}})
        receive({"conversation_id": "c0", "objective_name": f"o{n}", "output_variables": {}})
    with django_assert_num_queries(8, connection=reading):
        answer = reader.get("/tavus/api/conversations/c0/").json()
    assert len(answer["turns"]) == len(answer["guardrails"]) == len(answer["objectives"]) == many
    assert len(answer["events"]) == 2 * many


def test_turns_say_of_which_conversation_they_are_without_what_else_it_holds(read, receive, sample):
    receive(sample("application.transcription_ready"))
    with CaptureQueriesContext(reading) as queries:
        rows = read("turns/")["results"]
    assert {row["conversation_id"] for row in rows} == {Conversation.objects.get().conversation_id}
    assert not [query for query in queries if "perception_analysis" in query["sql"]]


def test_a_page_holds_fifty_rows_and_leads_to_the_next(read, receive):
    for body in bodies("videos", 51):
        receive(body)
    first = read("videos/")
    assert (len(first["results"]), first["previous"]) == (50, None)
    second = read(first["next"])
    assert [row["video_id"] for row in second["results"]] == ["v0"]
    assert second["next"] is None
    assert read(second["previous"])["results"] == first["results"]


def test_a_page_holds_as_many_rows_as_asked(read, receive):
    for body in bodies("videos", 3):
        receive(body)
    assert [row["video_id"] for row in read("videos/", page_size=2)["results"]] == ["v2", "v1"]
    following = read("videos/", page_size=2)["next"]
    assert len(read(following)["results"]) == 1


def test_a_page_never_holds_more_than_a_hundred_rows(read, receive):
    Replica.objects.bulk_create(Replica(replica_id=f"r{n}") for n in range(101))
    assert len(read("replicas/", page_size=10_000)["results"]) == 100


@pytest.mark.parametrize("value", ["0", "-1", "x", "%00", "9" * 5000, "9" * 30, "", "1.5"])
def test_a_nonsensical_cursor_is_not_found_and_a_nonsensical_size_is_none(value, reader):
    answer = reader.get(f"/tavus/api/videos/?cursor={value}")
    assert answer.status_code == (404 if value else 200)
    for name in ("page_size", "look_through"):
        assert reader.get(f"/tavus/api/videos/?{name}={value}").status_code == 200


@pytest.mark.parametrize("collection", COLLECTIONS)
@pytest.mark.parametrize(
    "query", ["q=%00", "ordering=nonsense", "ordering=%00", f"q={'x' * 60_000}"]
)
def test_a_filter_that_cannot_be_used_is_refused_by_name(collection, query, reader):
    answer = reader.get(f"/tavus/api/{collection}/?{query}")
    assert answer.status_code == 400
    assert list(answer.json()) == [query.partition("=")[0]]


def test_a_bad_date_is_refused_by_name(reader):
    for moment in ("2024-02-30", "0001-01-01T00:00:00%2B14:00", "yesterday", "%00"):
        answer = reader.get(f"/tavus/api/callbacks/?received_at__gte={moment}")
        assert answer.status_code == 400
        assert list(answer.json()) == ["received_at__gte"]


def test_a_list_is_filtered_and_sorted(read, receive):
    for number, status in enumerate(["ready", "error", "ready"]):
        receive(
            video(
                f"v{number}",
                status=status,
                replica_id="r1",
                updated_at=f"2024-08-2{number}T00:00:00Z",
            )
        )
    listed = read("videos/", status="ready", replica_id="r1", ordering="updated_at")
    assert [row["video_id"] for row in listed["results"]] == ["v0", "v2"]


@pytest.mark.parametrize(
    ("collection", "query", "count"),
    [
        ("callbacks", {"kind": "system.shutdown"}, 1),
        ("callbacks", {"state": "handled"}, 4),
        ("callbacks", {"subject_type": "document"}, 1),
        ("callbacks", {"internal": "true"}, 0),
        ("callbacks", {"state": "failed"}, 0),
        ("videos", {"q": "welcome"}, 1),
        ("videos", {"status": "error"}, 0),
        ("replicas", {"status": "ready"}, 1),
        ("replicas", {"q": "nowhere"}, 0),
        ("conversations", {"state": "ended"}, 1),
        ("conversations", {"shutdown_reason": "internal"}, 1),
        ("conversations", {"shutdown_category": "error"}, 1),
        ("conversations", {"shutdown_category": "normal"}, 0),
        ("conversations", {"has_transcript": "true"}, 0),
        ("documents", {"q": "garden"}, 1),
        ("documents", {"status": "error"}, 0),
    ],
)
def test_every_collection_has_its_filters(collection, query, count, read, receive):
    receive(video("welcome"))
    receive(replica())
    receive(document("garden"))
    shutdown = {"shutdown_reason": "internal error occurred at step x"}
    receive(event("system.shutdown", **shutdown))
    assert len(read(f"{collection}/", **query)["results"]) == count
