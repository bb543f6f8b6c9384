"""A database that goes away under a site, and comes back."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count, takewhile
from signal import SIGTERM

import pytest

from tests.faults.bodies import about, body
from tests.faults.sites import until

pytestmark = [
    pytest.mark.faults,
    pytest.mark.parametrize("database", ["PostgreSQL", "MariaDB"]),
]

KEEP_CONNECTIONS = '{"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": false}'
"""The connection is kept, and nothing looks whether it still works before it is used."""


def test_a_database_restarted_under_load_loses_nothing_that_was_answered(site, server, examine):
    site.settings = {"LEASE_SECONDS": 2, "RETRY_BASE_SECONDS": 0.1}
    site.variables = {"FAULTS_DATABASE": KEEP_CONNECTIONS}
    running = server(site.database)
    over = False

    def stored(number):
        until(lambda: sum(sent.status == 200 for sent in site.sent) >= number)

    with site.web() as web, site.loop() as loop, ThreadPoolExecutor(1) as pool:
        posted = (body(number) for number in takewhile(lambda number: not over, count()))
        crowd = pool.submit(web.post_all, posted)
        for turn, end in enumerate((running.crash, running.stop)):
            stored(150 * (turn + 1))
            end()
            running.start()
        stored(500)
        over = True
        crowd.result()
        assert loop.stop(SIGTERM) == 0, loop.output
    site.process_until_done()

    figures = examine(site)
    assert {sent.status for sent in site.sent} <= {200, 503}
    assert figures.abandoned == 0


def test_the_first_callback_after_a_restart_is_stored_over_a_new_connection(site, server, examine):
    site.settings = {"LEASE_SECONDS": 2}
    site.variables = {"FAULTS_DATABASE": KEEP_CONNECTIONS}
    running = server(site.database)
    with site.web(workers=1, threads=1) as web:
        for sample in ("video.ready", "system.shutdown"):
            assert web.post(*about("before", sample)).status == 200
            running.stop()
            running.start()
            assert web.post(*about("after", sample)).status == 200, sample
        running.stop()
        assert web.post(body(0, name="while away")).status == 503
        running.start()
        assert web.post(body(0, name="back")).status == 200
    site.process_until_done()

    figures = examine(site)
    assert (figures.answered, figures.refused) == (5, 1)


def test_a_duplicate_after_a_restart_is_kept_as_a_duplicate(site, server, examine):
    site.variables = {"FAULTS_DATABASE": KEEP_CONNECTIONS}
    running = server(site.database)
    with site.web(workers=1, threads=1) as web:
        for sample in ("video.ready", "system.shutdown"):
            assert web.post(*about("again", sample)).status == 200
            running.stop()
            running.start()
            assert web.post(*about("again", sample)).status == 200

    figures = examine(site)
    assert (figures.rows, figures.duplicates, figures.handled) == (4, 2, 2)
