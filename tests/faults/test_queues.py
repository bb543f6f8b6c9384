"""Task engines whose worker is killed and whose queue is emptied."""

import os
from contextlib import suppress
from signal import SIGKILL, SIGTERM

import pytest

from tests.faults.bodies import bodies, faulty
from tests.faults.engines import CELERY, DATABASE, RQ, Engine
from tests.faults.sites import Site, Web, until

pytestmark = [pytest.mark.faults, pytest.mark.parametrize("database", ["PostgreSQL"])]

SETTINGS = {"ENGINE_GRACE_SECONDS": 4, "LEASE_SECONDS": 2, "RETRY_BASE_SECONDS": 0.1}


def handled(site: Site) -> int:
    sql = "select count(*) from tavus_hooks_callback where handled_at is not null"
    return site.query(sql)[0][0]


def kill_in_the_middle(site: Site, engine: Engine, web: Web) -> None:
    """Let a worker do some of the work, and kill it while it does more."""
    with site.start(*engine.command()) as worker:
        web.post_all(bodies(40))
        web.post(faulty("hang"))
        until(lambda: site.lines("hanging"), lambda: worker.output)
        web.post_all(bodies(40, name="queued"))
        os.killpg(worker.process.pid, SIGKILL)
        with suppress(ProcessLookupError):  # RQ's jobs have a process group of their own
            os.kill(int(site.lines("hanging")[0]), SIGKILL)


def work_again(site: Site, engine: Engine, web: Web) -> None:
    before = handled(site)
    with site.start(*engine.command()) as worker:
        web.post_all(bodies(40, name="again"))
        until(lambda: handled(site) > before, lambda: worker.output)
        worker.stop(SIGTERM)


@pytest.mark.parametrize("engine", [CELERY, RQ], ids=["Celery", "RQ"])
def test_what_is_lost_with_a_worker_and_a_flushed_redis_is_done(site, redis, engine, examine):
    site.settings = SETTINGS
    engine.settle_in(site, FAULTS_REDIS=redis.url)
    with site.web() as web:
        kill_in_the_middle(site, engine, web)
        redis.flush()
        web.post_all(bodies(40, name="nobody-listens"))
        redis.flush()
        with redis.silenced():
            web.post_all(bodies(5, name="no-answer"))
        redis.crash()
        web.post_all(bodies(5, name="no-queue"))
        redis.start()
        work_again(site, engine, web)
    done_by_engine = handled(site)
    site.process_until_done()

    figures = examine(site)
    assert (figures.answered, figures.refused, figures.abandoned) == (171, 0, 0)
    assert handled(site) > done_by_engine


@pytest.mark.parametrize("engine", [DATABASE], ids=["django-tasks-db"])
def test_what_is_lost_with_a_worker_and_its_table_is_done(site, engine, examine):
    site.settings = SETTINGS
    engine.settle_in(site)
    with site.web() as web:
        kill_in_the_middle(site, engine, web)
        web.post_all(bodies(40, name="nobody-listens"))
        site.query("delete from django_tasks_database_dbtaskresult")
        work_again(site, engine, web)
    done_by_engine = handled(site)
    site.process_until_done()

    figures = examine(site)
    assert (figures.answered, figures.refused, figures.abandoned) == (161, 0, 0)
    assert handled(site) > done_by_engine
