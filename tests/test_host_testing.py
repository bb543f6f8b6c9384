"""What the documentation tells a host about testing its receivers: run as it stands there."""

import re
import sys

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.core.management import call_command
from django.core.signals import got_request_exception
from django.test import AsyncClient, Client, TestCase, TransactionTestCase, override_settings

from project.settings import TAVUS_HOOKS
from tavus_hooks.address import callback_url
from tavus_hooks.dispatchers import process
from tavus_hooks.kinds import kind_named
from tavus_hooks.models import Failure
from tavus_hooks.signals import callback_received, conversation_completed, conversation_ended
from tests.databases import OURS
from tests.factories import shutdown, transcript
from tests.running import ROOT, run

BODY = shutdown("c123", shutdown_reason="max_call_duration reached")
SETTINGS = """
from project.settings import *
INSTALLED_APPS += ["shop"]
TAVUS_HOOKS["DISPATCHER"] = {dispatcher!r}
"""


def documented(page):
    """The Python files that stand in a page, by the name in their first line."""
    blocks = re.findall(
        r"```python\n# (\w+\.py)\n(.*?)```", (ROOT / "docs" / page).read_text(), re.S
    )
    return dict(blocks)


@pytest.fixture
def shop(tmp_path):
    """An app of a host, made of nothing but what the documentation shows."""
    files = documented("receivers.md")
    assert files.keys() >= {"apps.py", "receivers.py", "tests.py"}
    (tmp_path / "shop").mkdir()
    for name, text in {"__init__.py": "", **files}.items():
        (tmp_path / "shop" / name).write_text(text)
    return tmp_path / "shop"


def run_tests(shop, *command, dispatcher="inline"):
    (shop.parent / "shop_settings.py").write_text(SETTINGS.format(dispatcher=dispatcher))
    done = run(
        sys.executable,
        *command,
        DATABASE_URL="sqlite://:memory:",
        DJANGO_SETTINGS_MODULE="shop_settings",
        PYTHONPATH=f"{shop.parent}:{ROOT}",
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.slow
def test_the_documented_test_passes_in_both_of_djangos_test_cases(shop):
    text = (shop / "tests.py").read_text()
    for case in ("TestCase", "TransactionTestCase"):
        own = re.sub(r"\b(?:Transaction)?TestCase\b", case, text)
        assert f"({case})" in own
        (shop / f"test_in_{case.lower()}.py").write_text(own)
    (shop / "tests.py").unlink()
    told = run_tests(shop, "manage.py", "test", "shop")
    ran = re.search(r"Ran (\d+) tests", told)
    assert ran, told
    assert int(ran[1]) == 2 * len(re.findall(r"^    def test_", text, re.MULTILINE)) > 0


@pytest.mark.slow
def test_the_documented_test_passes_with_pytest(shop):
    options = ("--rootdir", str(shop), "-c", "/dev/null", "-p", "no:cacheprovider")
    told = run_tests(shop, "-m", "pytest", *options, str(shop / "tests.py"))
    assert re.search(r"[1-9]\d* passed", told)


def host_dispatcher(pk):
    """Stands for an engine whose worker is quick."""
    process(pk)


def dispatcher(name):
    return override_settings(TAVUS_HOOKS={**TAVUS_HOOKS, "DISPATCHER": name})


def post(body=BODY, client=None):
    url = callback_url(base_url="https://testserver")
    answer = (client or Client()).post(url, body, content_type="application/json")
    assert answer.status_code == 200


class BrokenError(Exception):
    pass


def breaks(**kwargs):
    raise BrokenError


@pytest.fixture
def broken():
    conversation_ended.connect(breaks)
    yield
    conversation_ended.disconnect(breaks)


@pytest.mark.django_db
def test_a_test_that_looks_at_the_status_only_fails_where_a_receiver_raises(broken):
    with pytest.raises(BrokenError):
        post()
    assert Failure.objects.get().exception.endswith("BrokenError")


@pytest.mark.django_db(transaction=True)
def test_so_does_one_with_the_async_client(broken):
    async def post():
        url = await sync_to_async(callback_url)(base_url="https://testserver")
        await AsyncClient().post(url, BODY, content_type="application/json")

    with pytest.raises(BrokenError):
        async_to_sync(post)()


@pytest.mark.django_db
def test_so_does_one_whose_tables_cannot_be_written(monkeypatch):
    monkeypatch.setattr(kind_named("system.shutdown"), "apply", lambda callback: breaks())
    with pytest.raises(BrokenError):
        post()


@pytest.mark.django_db
def test_so_does_one_where_the_receiver_of_the_completion_raises():
    conversation_completed.connect(breaks)
    post()
    try:
        with pytest.raises(BrokenError):
            post(transcript(conversation_id="c123"))
    finally:
        conversation_completed.disconnect(breaks)


@pytest.mark.django_db
def test_what_tavus_would_see_can_be_tested_all_the_same(broken):
    post(client=Client(raise_request_exception=False))
    assert Failure.objects.count() == 1


@pytest.mark.django_db
def test_an_error_tracker_learns_of_each_with_the_receivers_traceback_and_not_of_the_path(broken):
    def also_breaks(**kwargs):
        raise ZeroDivisionError

    told = []

    def track(request, **kwargs):
        told.append(sys.exc_info()[0])
        traceback = sys.exc_info()[2]
        while traceback:
            frames.append(traceback.tb_frame)
            traceback = traceback.tb_next
        raise RuntimeError("the tracker is broken itself")

    frames = []
    callback_received.connect(also_breaks)
    got_request_exception.connect(track)
    try:
        post(client=Client(raise_request_exception=False))
    finally:
        got_request_exception.disconnect(track)
        callback_received.disconnect(also_breaks)
    assert told == [ZeroDivisionError, BrokenError]
    assert {"also_breaks", "breaks"} <= {frame.f_code.co_name for frame in frames}
    assert not any("request" in frame.f_locals for frame in frames)


class HeadstrongError(Exception):
    def with_traceback(self, tb):
        raise ZeroDivisionError


@pytest.mark.django_db
def test_whatever_exception_it_is_the_answer_is_200():
    def raises(**kwargs):
        raise HeadstrongError

    conversation_ended.connect(raises)
    try:
        post(client=Client(raise_request_exception=False))
    finally:
        conversation_ended.disconnect(raises)


ENGINE = dispatcher(f"{__name__}.host_dispatcher")


class HearsTheEnd:
    def setUp(self):
        super().setUp()
        self.heard = []
        conversation_ended.connect(self.hear, dispatch_uid="tests.host")

    def tearDown(self):
        conversation_ended.disconnect(dispatch_uid="tests.host")
        super().tearDown()

    def hear(self, conversation, **kwargs):
        self.heard.append(conversation.shutdown_reason)


class InATestCaseTest(HearsTheEnd, TestCase):
    def test_inline_calls_the_receiver(self):
        post()
        assert self.heard == ["max_call_duration reached"]

    @dispatcher("deferred")
    def test_deferred_calls_it_by_tavus_process(self):
        post()
        assert self.heard == []
        call_command("tavus_process", "--once")
        assert self.heard == ["max_call_duration reached"]

    @ENGINE
    def test_an_engine_is_only_reached_when_the_commit_is_played(self):
        post()
        assert self.heard == []

    @ENGINE
    def test_an_engine_calls_it_when_the_commit_is_played(self):
        with self.captureOnCommitCallbacks(using=OURS, execute=True):
            post()
        assert self.heard == ["max_call_duration reached"]


class InATransactionTestCaseTest(HearsTheEnd, TransactionTestCase):
    def test_inline_calls_the_receiver(self):
        post()
        assert self.heard == ["max_call_duration reached"]

    @dispatcher("deferred")
    def test_deferred_calls_it_by_tavus_process(self):
        post()
        call_command("tavus_process", "--once")
        assert self.heard == ["max_call_duration reached"]

    @ENGINE
    def test_an_engine_calls_it(self):
        post()
        assert self.heard == ["max_call_duration reached"]


@pytest.fixture
def heard():
    heard = []

    def hear(conversation, **kwargs):
        heard.append(conversation.shutdown_reason)

    conversation_ended.connect(hear, dispatch_uid="tests.host")
    yield heard
    conversation_ended.disconnect(dispatch_uid="tests.host")


@ENGINE
@pytest.mark.django_db
def test_with_pytest_an_engine_calls_it_when_the_commit_is_played(
    heard, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(using=OURS, execute=True):
        post()
    assert heard == ["max_call_duration reached"]


@ENGINE
@pytest.mark.django_db(transaction=True)
def test_with_pytest_an_engine_calls_it_where_transactions_are_real(heard):
    post()
    assert heard == ["max_call_duration reached"]
