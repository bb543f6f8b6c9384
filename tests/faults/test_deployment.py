"""The configurations of docs/deployment.md on a good day: nothing is done twice."""

from signal import SIGTERM

import pytest

from tests.faults.bodies import bodies, faulty
from tests.faults.engines import CELERY, DATABASE, RQ, documented
from tests.faults.sites import until

pytestmark = pytest.mark.faults

STUMBLING = [faulty("stumble", number) for number in range(10)]


def expect_exactly_once(site, figures, *, posted):
    assert (figures.answered, figures.abandoned, figures.told_again) == (posted, 0, 0)
    attempts = [row["attempts"] for row in site.rows() if not row["duplicate"]]
    assert sum(attempts) == len(attempts) + len(STUMBLING), "claimed more often than needed"


@pytest.mark.parametrize("database", ["SQLite"])
def test_one_process_and_cron_handle_everything_once(site, examine):
    site.settings = {"RETRY_BASE_SECONDS": 0.1}
    with site.web(workers=1, threads=8) as web:
        web.post_all(bodies(100))
        once = documented("* * * * *")
        with site.start(*once), site.start(*once):
            web.post_all([*STUMBLING, *bodies(100, name="d")])
    site.process_until_done()

    expect_exactly_once(site, examine(site), posted=210)


@pytest.mark.parametrize("database", ["PostgreSQL", "SQLite", "MariaDB"])
def test_two_loops_and_a_web_server_handle_everything_once(site, examine):
    site.settings = {"DISPATCHER": "deferred", "RETRY_BASE_SECONDS": 0.1}
    with site.web() as web, site.loop() as one, site.loop() as other:
        for loop in (one, other):
            loop.read_until("waiting for callbacks")
        web.post_all([*bodies(250), *STUMBLING, *bodies(250, name="d")])
        until(lambda: not site.unfinished())
        assert (one.stop(SIGTERM), other.stop(SIGTERM)) == (0, 0)

    expect_exactly_once(site, examine(site), posted=510)


@pytest.mark.parametrize("database", ["PostgreSQL"])
@pytest.mark.parametrize("engine", [CELERY, RQ, DATABASE], ids=["Celery", "RQ", "django-tasks-db"])
def test_an_engine_on_two_machines_and_a_loop_handle_everything_once(site, redis, engine, examine):
    site.settings = {"RETRY_BASE_SECONDS": 0.1}
    engine.settle_in(site, FAULTS_REDIS=redis.url)
    worker = engine.command()
    with site.web() as web, site.web() as another_web, site.loop() as loop:
        with site.start(*worker) as one, site.start(*worker) as other:
            web.post_all([*bodies(40), *STUMBLING])
            another_web.post_all(bodies(40, name="d"))
            until(lambda: not site.unfinished(), lambda: one.output + other.output)
            for each in (one, other):
                each.stop(SIGTERM)
        assert loop.stop(SIGTERM) == 0

    expect_exactly_once(site, examine(site), posted=90)
