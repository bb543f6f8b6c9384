"""Dispatchers: one that works gets a callback handled, one that fails loses none."""

import json
import os
import socket
import sys
from contextlib import suppress
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from threading import Thread

import django
import pytest
from django.core.management import call_command
from django.utils import timezone

from tavus_hooks import dispatchers
from tavus_hooks.dispatchers import Dispatcher
from tavus_hooks.dispatchers.inline import Inline
from tavus_hooks.inbox import replay
from tavus_hooks.models import Callback, Video
from tests.factories import video
from tests.running import ROOT, manage, run
from tests.webhook.test_docs import run as snippet

pytestmark = pytest.mark.django_db(transaction=True)

VIDEO = video("1e30440cf9")
TASKS = "django.tasks" if django.VERSION >= (6, 0) else "django_tasks"

handed_on: list[int] = []


def needs(*modules):
    """Skip without them, unless real faults are tested: there they have to be."""
    missing = [module for module in modules if find_spec(module) is None]
    skips = bool(missing) and "TAVUS_HOOKS_FAULTS" not in os.environ
    return pytest.mark.skipif(skips, reason=f"not installed: {', '.join(missing)}")


def host_dispatcher(pk):
    """What a host may write: called with the primary key of a row that is committed."""
    handed_on.append(pk)


def broken_dispatcher(pk):
    raise ConnectionError("nobody takes it")


def takes_no_argument():
    handed_on.append(0)


class HostDispatcher(Dispatcher):
    """As a host may write it, with a queue that is quick."""

    due_in = 7

    def dispatch(self, pk):
        handed_on.append(pk)


class NoMethod(Dispatcher):
    """Passes nothing on, and does not say so."""


class NeedsMore(HostDispatcher):
    """Cannot be made without an argument."""

    def __init__(self, queue):
        self.queue = queue


class NoArgument(HostDispatcher):
    """Takes no primary key."""

    def dispatch(self):
        handed_on.append(0)


class NoDispatcher:
    """A class of something else."""

    def __init__(self, pk):
        handed_on.append(pk)


def hang_up(broker, seen):
    """Close each connection at once, and note it."""
    with suppress(OSError):
        while True:
            connection, address = broker.accept()
            connection.close()
            seen.append(address)


@pytest.fixture
def dispatcher(hooks):
    def choose(name):
        hooks(DISPATCHER=name)

    return choose


@pytest.fixture
def tasks(settings):
    """Choose a backend of django.tasks by its dotted path below the package."""
    import_module(f"{TASKS}.signals")  # which notices that the setting has changed

    def choose(path):
        settings.TASKS = {"default": {"BACKEND": f"{TASKS}.backends.{path}"}}

    return choose


def is_handled(callback):
    return callback.handled_at is not None and callback.due_at is None and callback.attempts == 1


def is_waiting(callback):
    """Untouched, and due within the time that an engine is given."""
    wait = (callback.due_at - timezone.now()).total_seconds()
    return callback.handled_at is None and callback.attempts == 0 and wait <= 300


def test_inline_handles_before_the_answer(receive, announced):
    assert is_handled(receive(VIDEO))
    assert Video.objects.exists()
    assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]


def test_a_dispatcher_of_the_hosts_may_choose_inline_for_one(receive, dispatcher, announced):
    dispatcher(f"{__name__}.host_dispatcher")
    callback = receive(VIDEO)
    Inline().dispatch(callback.pk)
    callback.refresh_from_db()
    assert is_handled(callback)
    assert len(announced) == 2


def test_deferred_leaves_it_to_tavus_process(receive, dispatcher, announced):
    dispatcher("deferred")
    callback = receive(VIDEO)
    assert is_waiting(callback)
    assert callback.due_at <= timezone.now()
    assert not announced
    call_command("tavus_process", "--once")
    callback.refresh_from_db()
    assert is_handled(callback)
    assert len(announced) == 2


def test_a_dotted_path_of_the_host_is_called_with_the_primary_key(receive, dispatcher):
    handed_on.clear()
    dispatcher(f"{__name__}.host_dispatcher")
    callback = receive(VIDEO)
    assert handed_on == [callback.pk]
    assert is_waiting(callback)
    call_command("tavus_process", "--once")
    callback.refresh_from_db()
    assert is_waiting(callback), "tavus_process took it before ENGINE_GRACE_SECONDS was over"


def test_a_class_of_the_hosts_says_when_the_callback_falls_due(receive, dispatcher):
    handed_on.clear()
    dispatcher(f"{__name__}.HostDispatcher")
    callback = receive(VIDEO)
    assert handed_on == [callback.pk]
    assert is_waiting(callback)
    assert callback.due_at - callback.received_at == timedelta(seconds=7)


def test_a_class_of_the_hosts_may_have_the_request_handle_it(receive, dispatcher, monkeypatch):
    monkeypatch.setattr(HostDispatcher, "claimed", True)
    handed_on.clear()
    dispatcher(f"{__name__}.HostDispatcher")
    assert is_handled(receive(VIDEO))
    assert handed_on == []


def test_a_class_that_is_no_dispatcher_is_not_called(receive, dispatcher):
    handed_on.clear()
    dispatcher(f"{__name__}.NoDispatcher")
    callback = receive(VIDEO)
    assert handed_on == []
    assert callback.due_at == callback.received_at


def test_the_documented_class_is_a_dispatcher(receive, dispatcher, monkeypatch):
    page = (ROOT / "docs" / "deployment.md").read_text()
    documented = snippet(page, "dispatchers.py", enqueue=handed_on.append)["Queue"]
    monkeypatch.setattr(f"{__name__}.HostDispatcher", documented)
    dispatchers.get_dispatcher.cache_clear()
    handed_on.clear()
    dispatcher(f"{__name__}.HostDispatcher")
    callback = receive(VIDEO)
    dispatchers.get_dispatcher.cache_clear()
    assert handed_on == [callback.pk]
    assert callback.due_at - callback.received_at == timedelta(seconds=60)


@pytest.mark.parametrize("name", ["inline", "deferred"])
def test_a_dispatcher_is_made_once(dispatcher, name):
    dispatcher(name)
    assert dispatchers.current() is dispatchers.current() is dispatchers.get_dispatcher(name)


def test_what_no_worker_has_begun_can_be_handled_again_at_once(receive, dispatcher, announced):
    """Such as where none is running."""
    dispatcher(f"{__name__}.host_dispatcher")
    callback = receive(VIDEO)
    assert replay(callback.pk)
    assert [heard["replayed"] for heard in announced] == [True, True]


def test_a_duplicate_is_handed_on_to_nobody(receive, dispatcher):
    receive(VIDEO)
    handed_on.clear()
    dispatcher(f"{__name__}.host_dispatcher")
    assert receive(VIDEO).is_duplicate
    assert handed_on == []


@pytest.mark.parametrize(
    "path",
    [
        f"{__name__}.broken_dispatcher",
        f"{__name__}.handed_on",  # cannot be called
        f"{__name__}.NoDispatcher",
        f"{__name__}.NoMethod",
        f"{__name__}.NoArgument",
        f"{__name__}.takes_no_argument",
        f"{__name__}.NeedsMore",
        "logging",  # an attribute of the package, and no dispatcher
        "dispatch",
        f"{__name__}.there_is_no_such_function",
        "there_is_no_such_module.function",
        "module_that_fails.function",
        "no_such_name",
        "",
    ],
)
def test_a_dispatcher_that_fails_leaves_the_callback_due_and_the_answer_200(
    receive, dispatcher, path, monkeypatch, tmp_path
):
    (tmp_path / "module_that_fails.py").write_text("raise RuntimeError('cannot be imported')")
    monkeypatch.syspath_prepend(tmp_path)
    dispatcher(path)
    callback = receive(VIDEO)
    assert is_waiting(callback)
    Callback.objects.update(due_at=timezone.now())
    call_command("tavus_process", "--once")
    callback.refresh_from_db()
    assert is_handled(callback)


def test_that_an_engine_failed_is_logged_with_what_it_raised(receive, dispatcher, caplog):
    dispatcher(f"{__name__}.broken_dispatcher")
    callback = receive(VIDEO)
    [record] = caplog.records
    assert record.getMessage() == f"callback could not be handed on callback={callback.pk}"
    assert isinstance(record.exc_info[1], ConnectionError)


@pytest.mark.parametrize("path", ["celery", "tavus_hooks.dispatchers.celery.Celery"])
def test_an_engine_is_imported_for_its_workers_whichever_way_it_is_named(
    dispatcher, monkeypatch, path
):
    imported = []
    monkeypatch.setattr(dispatchers, "import_string", imported.append)
    dispatcher(path)
    dispatchers.prepare()
    assert imported == ["tavus_hooks.dispatchers.celery.Celery"]


@pytest.mark.parametrize("path", ["shop.dispatch.celery", "shop.dispatch.Celery", "celery.Celery"])
def test_what_is_only_called_like_an_engine_imports_none(dispatcher, monkeypatch, path):
    def imported(name):
        raise AssertionError(name)

    monkeypatch.setattr(dispatchers, "import_string", imported)
    dispatcher(path)
    dispatchers.prepare()


@needs(TASKS)
class TestDjangoTasks:
    def test_a_worker_that_is_told_at_once_handles_it(self, receive, dispatcher, tasks, announced):
        tasks("immediate.ImmediateBackend")
        dispatcher("django_tasks")
        assert is_handled(receive(VIDEO))
        assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]

    def test_what_is_enqueued_and_lost_falls_due(self, receive, dispatcher, tasks):
        tasks("dummy.DummyBackend")
        dispatcher("django_tasks")
        callback = receive(VIDEO)
        assert is_waiting(callback)
        assert callback.due_at > timezone.now()

    def test_the_task_carries_nothing_but_the_primary_key(self, receive, dispatcher, tasks):
        tasks("dummy.DummyBackend")
        dispatcher("django_tasks")
        callback = receive(VIDEO)
        from tavus_hooks.dispatchers.django_tasks import handle_callback

        (result,) = handle_callback.get_backend().results
        assert (result.args, result.kwargs) == ([callback.pk], {})

    def test_a_backend_that_cannot_be_loaded_leaves_the_callback_due(
        self, receive, dispatcher, tasks
    ):
        tasks("there.is.no.such.Backend")
        dispatcher("django_tasks")
        assert is_waiting(receive(VIDEO))


@needs("celery")
class TestCelery:
    @pytest.fixture
    def app(self):
        from celery import Celery

        app = Celery("tests")
        app.conf.broker_url = "amqp://127.0.0.1:1//"
        yield app
        app.close()

    def test_a_worker_that_is_told_at_once_handles_it(self, receive, dispatcher, app, announced):
        app.conf.task_always_eager = True
        dispatcher("celery")
        assert is_handled(receive(VIDEO))
        assert [heard["signal"] for heard in announced] == ["callback_received", "video_ready"]

    def test_a_broker_that_cannot_be_reached_leaves_the_callback_due_and_the_answer_200(
        self, receive, dispatcher, app
    ):
        dispatcher("celery")
        assert is_waiting(receive(VIDEO))

    def test_a_broker_is_asked_no_second_time_while_tavus_waits(self, receive, dispatcher, app):
        dispatcher("celery")
        with socket.create_server(("127.0.0.1", 0)) as broker:
            asked = Thread(target=hang_up, args=[broker, seen := []])
            asked.start()
            app.conf.broker_url = f"amqp://127.0.0.1:{broker.getsockname()[1]}//"
            assert is_waiting(receive(VIDEO))
            broker.shutdown(socket.SHUT_RDWR)
            asked.join()
        assert len(seen) == 1

    def test_a_task_that_comes_twice_is_done_once(self, receive, dispatcher, app, announced):
        app.conf.task_always_eager = True
        dispatcher("celery")
        callback = receive(VIDEO)
        from tavus_hooks.dispatchers.celery import handle_callback

        handle_callback.delay(callback.pk)
        handle_callback.delay(10**9)  # of a row that is gone
        assert len(announced) == 2


SITE = """
import json, sys

class Blocker:
    def find_spec(self, name, *args):
        if name.partition(".")[0] in {blocked}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

sys.meta_path.insert(0, Blocker())
import django
django.setup()
from tavus_hooks import admin, checks, urls
"""
LOADED = "print(json.dumps([name for name in sys.modules if name.count('.') < 3]))"
AUTODISCOVERY = """
from celery import Celery
app = Celery("host")
app.autodiscover_tasks(force=True)
app.loader.import_default_modules()
print(json.dumps("tavus_hooks.handle_callback" in app.tasks))
"""


def site(code, *, dispatcher, blocked=()):
    """Run it in the demo site, to which these packages are as if not installed."""
    return run(
        sys.executable,
        "-c",
        SITE.format(blocked=set(blocked)) + code,
        DATABASE_URL="sqlite://:memory:",
        DJANGO_SETTINGS_MODULE="project.settings",
        TAVUS_HOOKS_DISPATCHER=dispatcher,
    )


def said(done):
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.slow
@pytest.mark.parametrize("dispatcher", ["inline", "deferred"])
def test_no_engine_is_imported_that_was_not_chosen(dispatcher):
    loaded = said(site(LOADED, dispatcher=dispatcher))
    assert f"tavus_hooks.dispatchers.{dispatcher}" in loaded
    engines = {"celery", "django_tasks"}
    assert not (engines | {f"tavus_hooks.dispatchers.{engine}" for engine in engines}) & set(loaded)


@pytest.mark.slow
@needs("celery")
def test_the_chosen_engine_alone_is_imported():
    loaded = said(site(LOADED, dispatcher="celery"))
    assert "tavus_hooks.dispatchers.celery" in loaded
    assert "tavus_hooks.dispatchers.django_tasks" not in loaded


@pytest.mark.slow
@pytest.mark.parametrize("dispatcher", ["inline", "deferred"])
def test_neither_engine_need_be_installed(dispatcher):
    said(site(LOADED, dispatcher=dispatcher, blocked={"celery", "django_tasks"}))


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine",
    [
        "celery",
        pytest.param(
            "django_tasks",
            marks=pytest.mark.skipif(django.VERSION >= (6, 0), reason="a part of Django 6"),
        ),
    ],
)
def test_a_chosen_engine_that_is_not_installed_is_said_at_the_start(engine):
    done = site(LOADED, dispatcher=engine, blocked={engine})
    assert done.returncode != 0
    assert f"No module named '{engine}" in done.stderr
    assert done.stderr.splitlines()[-1] == (
        "django.core.exceptions.ImproperlyConfigured: "
        f"TAVUS_HOOKS['DISPATCHER'] is '{engine}', which needs the package '{engine}': it is not "
        "installed."
    )


@pytest.mark.slow
@needs("celery")
@pytest.mark.parametrize(("dispatcher", "known"), [("inline", False), ("celery", True)])
def test_celerys_autodiscovery_passes_and_finds_the_task_only_when_celery_is_chosen(
    dispatcher, known
):
    done = site(AUTODISCOVERY, dispatcher=dispatcher, blocked={"django_tasks"})
    assert said(done) is known


@pytest.mark.slow
@pytest.mark.parametrize(
    "engine",
    [
        pytest.param("celery", marks=needs("celery")),
        pytest.param("django_tasks", marks=needs(TASKS)),
    ],
)
def test_the_site_passes_its_checks_with_every_engine(engine):
    done = manage("check", DATABASE_URL="sqlite://:memory:", TAVUS_HOOKS_DISPATCHER=engine)
    assert done.returncode == 0, done.stderr
