"""`tavus_process`: killed in the middle, several at once, and given what kills it."""

from signal import SIGTERM

import pytest

from tests.faults.bodies import about, bodies, body, ending_at, faulty
from tests.faults.sites import until

pytestmark = pytest.mark.faults

EVERYWHERE = pytest.mark.parametrize("database", ["PostgreSQL", "SQLite", "MariaDB"])

POINTS = [
    "before-it-is-applied",
    "between-the-tables",
    "before-the-commit",
    "after-it-was-applied",
    "in-the-first-receiver",
    "between-two-receivers",
    "before-it-is-settled",
    "after-it-was-settled",
]


def named(row):
    return [(row["signal"], "named")] if row["signal"] else []


def failure(receiver, exception, attempts):
    return {"receiver": receiver, "exception": exception, "attempts": attempts, "abandoned": True}


@EVERYWHERE
def test_a_loop_killed_in_the_middle_of_a_callback_goes_on_when_it_is_started_again(site, examine):
    site.settings = {"DISPATCHER": "deferred", "LEASE_SECONDS": 1, "RETRY_BASE_SECONDS": 0.1}
    failing = "while-it-is-settled"
    with site.web() as web:
        web.post_all(bodies(100))
        web.post_all(ending_at(point) for point in POINTS)
        web.post_all([body(0, name=f"end-{failing}-0", fault="stumble")])
    killed = site.loop_until_done()

    figures = examine(site)
    assert site.ended() == dict.fromkeys([*POINTS, failing], 1)
    assert killed == len(POINTS) + 1
    assert (figures.answered, figures.abandoned) == (109, 0)


@pytest.mark.parametrize("database", ["PostgreSQL"])
def test_a_loop_killed_before_it_has_kept_a_completion_completes_it_later(site, examine):
    site.settings = {"DISPATCHER": "deferred", "LEASE_SECONDS": 1, "COMPLETION_WAIT_SECONDS": 0}
    name = "end-before-a-completion-is-kept-0"
    with site.web() as web:
        web.post_all(about(name, "system.shutdown"))
    with site.loop() as loop:
        until(lambda: loop.ended)
    site.manage("tavus_process", "--once")

    examine(site)
    completions = [row for row in site.rows() if row["internal"] and row["subject"] == name]
    assert len(completions) == 1, "conversation_completed was never sent"


@EVERYWHERE
def test_a_receiver_that_kills_its_process_each_time_is_abandoned_and_harms_no_other(site, examine):
    site.settings = {"LEASE_SECONDS": 1, "MAX_ATTEMPTS": 3, "RETRY_BASE_SECONDS": 0.05}
    posted = bodies(60)
    posted[30] = faulty("kill-the-process")
    with site.web() as web:
        web.post_all(posted)
    site.loop_until_done()

    figures = examine(site)
    assert figures.abandoned == 1
    (poison,) = (row for row in site.rows() if row["failures"])
    assert poison["failures"] == [failure("unsteady", "lost", 3)]
    # The first call is not counted: nothing is noted of a callback that goes well.
    assert len(site.lines("killed")) == 4
    told = site.told()[poison["pk"]]
    assert told.pop(("callback_received", "first")) == 2
    assert told == dict.fromkeys([("callback_received", "second"), *named(poison)], 1)


@pytest.mark.parametrize("database", ["PostgreSQL"])
def test_a_retry_that_kills_its_process_each_time_is_abandoned_alone(site, examine):
    site.settings = {"LEASE_SECONDS": 1, "MAX_ATTEMPTS": 3, "RETRY_BASE_SECONDS": 0.05}
    with site.web() as web:
        web.post_all([*bodies(10), faulty("stumble-then-kill-the-process")])
    site.loop_until_done()

    figures = examine(site)
    assert (figures.handled, figures.abandoned, figures.told_again) == (10, 1, 0)
    (poison,) = (row for row in site.rows() if row["failures"])
    assert poison["failures"] == [failure("unsteady", "lost", 3)]
    assert len(site.lines("killed")) == 2
    assert set(site.told()[poison["pk"]].values()) == {1}, "the others were told again"


@pytest.mark.parametrize("database", ["SQLite"])
def test_a_loop_that_is_told_to_end_finishes_its_callback_first(site, examine):
    site.settings = {"DISPATCHER": "deferred"}
    with site.web() as web:
        web.post(faulty("dawdle"))
        with site.loop() as loop:
            until(lambda: list(site.home.glob("dawdling-*")))
            web.post(body(1))
            assert loop.stop(SIGTERM) == 0
    assert site.unfinished() == 1
    site.manage("tavus_process", "--once")

    figures = examine(site)
    assert (figures.handled, figures.told_again) == (2, 0)
