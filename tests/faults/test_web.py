"""Web workers that are killed while callbacks come in."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.faults.bodies import about, bodies, body, ending_at, faulty
from tests.faults.sites import until

pytestmark = pytest.mark.faults

POINTS = [
    "before-the-insert",
    "after-the-insert",
    "before-it-is-applied",
    "between-the-tables",
    "before-the-commit",
    "after-it-was-applied",
    "in-the-first-receiver",
    "between-two-receivers",
    "before-it-is-settled",
    "while-it-is-settled",
    "after-it-was-settled",
    "before-a-completion-is-kept",
    "before-a-completion-is-told",
    "before-the-answer",
]


def victims(point: str) -> list[bytes]:
    """Callbacks of which one ends its process at that point."""
    if "completion" in point:
        name = f"end-{point}-0"
        return about(name, "system.shutdown", "application.transcription_ready")
    if point == "while-it-is-settled":
        return [body(0, name=f"end-{point}-0", fault="stumble")]
    return [ending_at(point)]


@pytest.mark.parametrize("database", ["PostgreSQL", "SQLite", "MariaDB"])
def test_a_web_worker_killed_at_any_point_loses_nothing(site, examine):
    site.settings = {"LEASE_SECONDS": 2, "RETRY_BASE_SECONDS": 0.1}
    chosen = [body for point in POINTS for body in victims(point)]
    others = bodies(1000 - len(chosen))
    with site.web() as web, ThreadPoolExecutor(1) as pool:
        crowd = pool.submit(web.post_all, others)
        # One after the other, spread over the others, so that each dies at its own point.
        for number, victim in enumerate(chosen):
            until(lambda number=number: len(site.sent) > number * len(others) / len(chosen))
            web.post(victim)
        crowd.result()
    site.process_until_done()

    figures = examine(site)
    assert site.ended() == dict.fromkeys(POINTS, 1)
    assert (figures.posted, figures.refused, figures.abandoned) == (1000, 0, 0)


@pytest.mark.parametrize("database", ["PostgreSQL"])
def test_beside_greenlets_every_callback_is_taken_and_the_loop_calls_async_receivers(site, examine):
    """Each request of a gevent worker runs in the same thread, where an event loop stops all."""
    site.settings = {"RETRY_BASE_SECONDS": 0.05}
    with site.web(workers=1, worker_class="gevent") as web:
        web.post_all(bodies(60))
    assert not [name for _, _, name, _ in site.ledger() if name == "second"]
    site.process_until_done()

    figures = examine(site)
    assert (figures.answered, figures.refused, figures.told_again) == (60, 0, 0)


@pytest.mark.parametrize("database", ["PostgreSQL"])
def test_what_gunicorn_ends_because_a_receiver_takes_too_long_is_done_later(site, examine):
    site.settings = {"LEASE_SECONDS": 2, "RETRY_BASE_SECONDS": 0.05}
    with site.web(workers=1, threads=1, timeout=2) as web:
        web.post_all([*bodies(5), faulty("hang"), *bodies(5, name="d")])
    site.process_until_done()

    figures = examine(site)
    assert (figures.posted, figures.answered, figures.handled) == (11, 10, 11)
