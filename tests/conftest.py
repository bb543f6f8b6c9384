"""What every test shares. Nothing of ours is replaced here."""

import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from importlib import import_module
from itertools import count
from pathlib import Path
from signal import SIGINT, SIGTERM, getsignal
from signal import signal as set_handler
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

import tavus_hooks
from tavus_hooks import signals
from tavus_hooks.address import callback_url, reference_to
from tavus_hooks.conf import conf
from tavus_hooks.inbox import storing
from tavus_hooks.models import Callback, withdrawn_urls

SAMPLES = Path(tavus_hooks.__file__).parent / "samples"
NOT_JSON = SAMPLES / "not_json"
EVERY_SAMPLE = sorted(
    [*SAMPLES.glob("*.json"), *NOT_JSON.glob("*.txt")], key=lambda path: path.stem
)
"""Those that are no JSON as well, as Tavus's documentation has them."""

# Browser tests need a browser, which only says so when it is there.
collect_ignore = [] if "TAVUS_HOOKS_BROWSER" in os.environ else ["browser"]
# And those about a replica only mean something where there is one.
if "replica" not in settings.DATABASES:
    collect_ignore += ["replica/test_receivers.py", "replica/test_written_lately.py"]

# The same examples on each run; no deadline, for a busy machine is no failure.
hypothesis.settings.register_profile("suite", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("suite")

THOROUGH = (
    "admin/test_hostile.py",
    "admin/test_parameters.py",
    "concurrency/",
    "hosting/",
    "inbox/test_contested.py",
    "inbox/test_order.py",
    "kinds/test_guards.py",
    "kinds/test_transcript.py",
    "pages/test_hostile.py",
    "pages/test_shell.py",
    "presentation/test_headers.py",
    "robustness/",
    "webhook/test_logging.py",
    "webhook/test_refusals.py",
)
"""Where few tests take long: `make test-fast` leaves them out."""
FEW = 2
"""With how many of its parameters `make test-fast` runs a test."""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    tests, seen = Path(__file__).parent, Counter[str]()
    for item in items:
        if item.get_closest_marker("autocommit"):
            continue
        function = item.nodeid.partition("[")[0]
        seen[function] += 1
        path = item.path.relative_to(tests).as_posix()
        if seen[function] > FEW or path.startswith(THOROUGH):
            item.add_marker("thorough")


def pytest_configure(config: pytest.Config) -> None:
    config.pluginmanager.register(import_module("tests.autocommit"))
    if "replica" in settings.DATABASES:
        config.pluginmanager.register(import_module("tests.replica.plugin"))
    # Passwords in tests protect nothing, and the real hasher is slow on purpose.
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


def receiving_path(reference: str | Model = "") -> str:
    """Where Tavus posts to: the same URL whenever it is asked for."""
    # By what it depends on; a URLconf of a test's own is another.
    if isinstance(reference, Model):
        reference = reference_to(reference)
    made = (conf.SECRETS[0], reference, reverse("tavus_hooks:receive-without-token"))
    if made not in _paths:
        url = callback_url(base_url="https://testserver", reference=reference)
        _paths[made] = urlsplit(url).path
    return _paths[made]


_paths: dict[tuple[str, ...], str] = {}
_numbers = count()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """What tests log may hold lone surrogates, which cannot be sent to the process that prints."""
    report = yield
    report.sections = [
        (name, text.encode(errors="replace").decode()) for name, text in report.sections
    ]
    return report


@pytest.fixture(autouse=True)
def nothing_came_lately(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the process remembers of earlier tests would change how many statements are sent."""
    monkeypatch.setattr(storing, "_recent", storing.RecentKeys(most=1024))
    monkeypatch.setattr(withdrawn_urls, "withdrawn", withdrawn_urls.Withdrawn())


@pytest.fixture
def path() -> str:
    """Where Tavus posts to."""
    return receiving_path()


@contextmanager
def case(*what: Any) -> Iterator[None]:
    """One of many within a test: what fails says which it was."""
    try:
        yield
    except BaseException as error:
        error.add_note(f"The case: {', '.join(ascii(it)[:200] for it in what)}")
        raise


def grant(user: Any, *codenames: str) -> None:
    """These permissions of the app, and no others."""
    found = Permission.objects.filter(content_type__app_label="tavus_hooks", codename__in=codenames)
    assert len(found) == len(set(codenames))
    user.user_permissions.set(found)


@pytest.fixture
def send(db: None) -> Callable[..., HttpResponse]:
    """Post a body (bytes, text, or what is to become JSON) as Tavus does; return the answer."""

    def send(body: Any, *, reference: str = "", **extra: Any) -> HttpResponse:
        data = body if isinstance(body, bytes | str) else json.dumps(body)
        options = {"content_type": "application/json"} | extra
        # What a receiver raises stays with the app: Tavus never hears of it.
        client = Client(raise_request_exception=False)
        return client.post(receiving_path(reference), data=data, **options)

    return send


@pytest.fixture
def receive(send: Callable[..., HttpResponse]) -> Callable[..., Callback]:
    """Post as `send` does; return the row that came of it, read afresh."""

    def receive(body: Any, **options: Any) -> Callback:
        answer = send(body, **options)
        assert answer.status_code == 200, answer.content
        return Callback.objects.get(pk=json.loads(answer.content)["callback"])

    return receive


@pytest.fixture
def sample() -> Callable[[str], bytes]:
    """The bytes of a sample by name, such as `video.ready`."""

    by_name = {path.stem: path for path in EVERY_SAMPLE}

    def sample(name: str) -> bytes:
        return by_name[name].read_bytes()

    return sample


@pytest.fixture
def hooks(settings: Any) -> Callable[..., None]:
    """Set some of `TAVUS_HOOKS`; the rest stays."""

    def hooks(**changes: Any) -> None:
        settings.TAVUS_HOOKS = settings.TAVUS_HOOKS | changes

    return hooks


@pytest.fixture
def urlconf(settings: Any) -> Iterator[Callable[..., None]]:
    """Make these the site's addresses."""
    # Django remembers by name whether there are languages in it: never the same name again.
    names = (f"tests.urls_{number}" for number in _numbers)
    made: list[str] = []

    def urlconf(*patterns: Any, **also: Any) -> None:
        name = next(names)
        module = ModuleType(name)
        vars(module).update(urlpatterns=list(patterns), **also)
        sys.modules[name] = module
        made.append(name)
        settings.ROOT_URLCONF = name

    yield urlconf
    for name in made:
        del sys.modules[name]


@pytest.fixture
def keep(hooks: Callable[..., None]) -> None:
    """What is contested is only kept."""
    hooks(CONTESTED="keep")


@pytest.fixture(params=["apply", "keep"])
def either_way(request: pytest.FixtureRequest, hooks: Callable[..., None]) -> None:
    """Once with each choice for what is contested."""
    hooks(CONTESTED=request.param)


@pytest.fixture
def own_signals() -> Iterator[None]:
    """What a loop of `tavus_process` does at a signal ends with the test."""
    before = {number: getsignal(number) for number in (SIGTERM, SIGINT)}
    yield
    for number, handler in before.items():
        set_handler(number, handler)


@pytest.fixture
def connect() -> Iterator[Callable[..., None]]:
    """Connect a receiver to a signal until the test is over."""
    connected: list[tuple[Any, Any, str | None]] = []

    def connect(signal: Any, receiver: Any, dispatch_uid: str | None = None) -> None:
        signal.connect(receiver, weak=False, dispatch_uid=dispatch_uid)
        connected.append((signal, receiver, dispatch_uid))

    yield connect
    for signal, receiver, dispatch_uid in connected:
        signal.disconnect(receiver, dispatch_uid=dispatch_uid)


@pytest.fixture
def announced() -> Iterator[list[dict[str, Any]]]:
    """What every signal of ours carried, in the order of sending; `signal` is the name."""
    heard: list[dict[str, Any]] = []

    def listener(**kwargs: Any) -> None:
        heard.append({**kwargs, "signal": kwargs["signal"].name})

    for signal in all_signals():
        signal.connect(listener, dispatch_uid="tests.announced")
    yield heard
    for signal in all_signals():
        signal.disconnect(dispatch_uid="tests.announced")


def all_signals() -> list[signals.CallbackSignal]:
    return [value for value in vars(signals).values() if isinstance(value, signals.CallbackSignal)]
