"""What a callback costs the database: pinned, because it is what the speed rests on."""

import pytest
from django.test.utils import CaptureQueriesContext

from tavus_hooks.inbox import storing
from tavus_hooks.models import Callback
from tavus_hooks.signals import video_ready
from tests.databases import connection
from tests.factories import transcript, video

VIDEO = video()
TRANSACTION = ("BEGIN", "COMMIT", "SAVEPOINT", "RELEASE")


@pytest.fixture
def statements(send):
    """The verbs of the statements that a callback takes, without those around a transaction."""

    def statements(body):
        send(video("warm"))
        with CaptureQueriesContext(connection) as queries:
            assert send(body).status_code == 200
        texts = [query["sql"] for query in queries if query["sql"]]
        return [text.split()[0] for text in texts if not text.startswith(TRANSACTION)]

    return statements


@pytest.fixture
def nobody_listens():
    """Without the receivers of the demo site."""
    from project.receivers import log_ready_video, mail_the_customer

    for receiver in (log_ready_video, mail_the_customer):
        video_ready.disconnect(receiver)
    yield
    for receiver in (log_ready_video, mail_the_customer):
        video_ready.connect(receiver)


@pytest.mark.django_db(transaction=True)
def test_a_deferred_callback_takes_one_insert(hooks, statements):
    hooks(DISPATCHER="deferred")
    assert statements(VIDEO) == ["INSERT"]


@pytest.mark.django_db(transaction=True)
def test_a_callback_that_nobody_listens_to_takes_three_statements(statements, nobody_listens):
    assert statements(VIDEO) == ["INSERT", "INSERT", "UPDATE"]


@pytest.mark.django_db(transaction=True)
def test_a_callback_with_a_receiver_takes_four_statements(statements):
    assert statements(VIDEO) == ["INSERT", "INSERT", "UPDATE", "UPDATE"]


@pytest.mark.django_db(transaction=True)
def test_a_callback_whose_receivers_succeed_takes_one_transaction(send):
    with CaptureQueriesContext(connection) as queries:
        send(VIDEO)
    assert [query["sql"] for query in queries].count("COMMIT") == 1


@pytest.mark.django_db(transaction=True)
def test_a_callback_for_a_row_that_is_there_takes_no_more(statements, send):
    send({**VIDEO, "status": "generating", "updated_at": "2024-08-28 15:28:19"})
    assert statements(VIDEO) == ["INSERT", "INSERT", "UPDATE", "UPDATE"]


@pytest.mark.django_db(transaction=True)
def test_for_the_search_a_transcript_takes_two_statements_more(send):
    said = [{"role": "user", "content": "Ada"}]
    send(transcript(*said, conversation_id="warm"))
    with CaptureQueriesContext(connection) as queries:
        send(transcript(*said))
    texts = [query["sql"] for query in queries if query["sql"]]
    assert ["searchtext" in text for text in texts].count(True) == 2
    assert [text.startswith("COMMIT") for text in texts].count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_a_duplicate_of_what_came_lately_takes_one_insert(statements, send):
    send(VIDEO)
    assert statements(VIDEO) == ["INSERT"]


def test_those_that_came_last_are_what_came_lately():
    recent = storing.RecentKeys(most=2)
    assert [recent.has_seen(key) for key in "abcbca"] == [False] * 3 + [True] * 2 + [False]


@pytest.mark.django_db(transaction=True)
def test_another_duplicate_takes_an_insert_that_fails_a_look_an_insert_and_a_look(
    monkeypatch, statements, send
):
    send(VIDEO)
    monkeypatch.setattr(storing, "_recent", storing.RecentKeys(most=0))
    _, *others = statements(VIDEO)  # MariaDB's driver does not tell what failed
    assert others == ["SELECT", "INSERT", "SELECT"]  # the last: it may have been forgotten since


@pytest.mark.django_db(transaction=True)
def test_what_only_seems_to_have_come_before_is_news(receive, send, announced):
    """As after a rollback, or when somebody deleted the row."""
    send(VIDEO)
    Callback.objects.all().delete()
    assert receive(VIDEO).duplicate_of_id is None
    assert receive(VIDEO).duplicate_of_id is not None
    assert [heard["signal"] for heard in announced].count("video_ready") == 2
