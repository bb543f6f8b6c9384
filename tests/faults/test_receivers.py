"""Receivers that do to the connection, and raise, what a host never should."""

import pytest

from tests.faults.bodies import body, faulty

pytestmark = pytest.mark.faults

HARMLESS = [
    "write-badly-and-catch",
    "leave-an-atomic-open",
    "switch-autocommit-off",
    "begin-behind-djangos-back",
    "make-the-session-read-only",
    "close-the-connection",
    "close-the-connection-in-an-open-atomic",
    # With SQLite there is none that a server could end.
    "lose-it",
    "lose-it-in-an-open-atomic",
]
FAILING = {
    "fail-in-a-statement": "Error",
    "fail-in-an-open-atomic": "Error",
    "fail-in-two-open-atomics": "Error",
    "fail-without-autocommit": "Error",
    "close-the-connection-and-fail": "RuntimeError",
    "raise-what-is-no-exception": "Unheard",
    "raise-it-in-an-open-atomic": "Unheard",
    "raise-what-cannot-be-printed": "UnprintableError",
    "raise-nul-and-surrogate": "RuntimeError",
    "raise-at-length": "RuntimeError",
    "cancel": "CancelledError",
}
OTHERS = {"first", "unsteady", "second", "named"}


@pytest.mark.parametrize("database", ["PostgreSQL", "SQLite", "MariaDB"])
def test_a_failure_is_recorded_whatever_the_receiver_did(site, examine):
    site.settings = {"LEASE_SECONDS": 2, "MAX_ATTEMPTS": 2, "RETRY_BASE_SECONDS": 0.1}
    site.variables = {"FAULTS_DATABASE": '{"ATOMIC_REQUESTS": true}'}
    asked = {}
    # One worker with one thread: whoever comes next gets the same connection.
    with site.web(workers=1, threads=1) as web:
        faults = [*(HARMLESS[:-2] if site.database == "SQLite" else HARMLESS), *FAILING]
        for number, fault in enumerate(faults):
            asked[web.post(faulty(fault, number)).pk] = fault
            asked[web.post(faulty("behave", number)).pk] = "behave"
    at_first = {row["pk"]: row for row in site.rows()}
    site.process_until_done()

    figures = examine(site)
    assert figures.abandoned == len(FAILING)
    assert figures.told_again == 0
    rows = {row["pk"]: row for row in site.rows()}
    assert site.report()["groups"] == sorted(
        f"kept {pk}" for pk, fault in asked.items() if fault in {"behave", "write-badly-and-catch"}
    )
    for pk, fault in asked.items():
        assert at_first[pk]["handled"], fault
        told = {receiver for _, receiver in site.told()[pk]}
        if fault in FAILING:
            (before,), (after,) = at_first[pk]["failures"], rows[pk]["failures"]
            assert before["exception"].endswith(FAILING[fault]), fault
            assert (before["attempts"], before["abandoned"]) == (1, False), fault
            assert (after["attempts"], after["abandoned"]) == (2, True), fault
            assert told == OTHERS - {before["receiver"]}, fault
            assert set(site.told()[pk].values()) == {1}, fault
        else:
            assert told == OTHERS, fault
            assert not at_first[pk]["failures"], fault


@pytest.mark.parametrize("database", ["PostgreSQL", "MariaDB"])
@pytest.mark.parametrize("point", ["while-it-is-settled", "after-it-was-applied"])
def test_a_connection_lost_before_the_callback_is_settled_is_opened_again(site, examine, point):
    site.settings = {"LEASE_SECONDS": 2, "RETRY_BASE_SECONDS": 0.1}
    with site.web(workers=1, threads=1) as web:
        web.post(body(0, name=f"disconnect-{point}-0", fault="stumble"))
    (row,) = site.rows()
    (failure,) = row["failures"]
    assert row["handled"]
    assert (failure["receiver"], failure["attempts"]) == ("unsteady", 1)
    site.process_until_done()

    figures = examine(site)
    assert (figures.handled, figures.told_again) == (1, 0)
