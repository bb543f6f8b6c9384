"""Two sites on one database, in a browser where somebody is signed in."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.browser.looks import DESKTOP, HEIGHT, Look, look_at
from tests.browser.media import BUCKET, KEY, host_of, s3_with
from tests.running import free_port, manage, started, wait_for

# Where it is not installed, the tests are skipped.
if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SETTINGS = "tests.browser.site.settings"
DOORS = {"pages": SETTINGS, "admin": SETTINGS, "unfold": "tests.browser.site.unfold"}
"""Through which a visitor comes, and the settings of the site that has it."""


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """For pytest-playwright: the system's own browser, as root in a container, too."""
    return {"executable_path": os.environ["TAVUS_HOOKS_BROWSER"], "args": ["--no-sandbox"]}


@pytest.fixture(scope="session")
def media_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the other host has."""
    return tmp_path_factory.mktemp("media")


@pytest.fixture(scope="session")
def media(media_folder: Path) -> Iterator[str]:
    """The origin of the host where videos and recordings are."""
    with host_of(media_folder) as origin:
        yield origin


@pytest.fixture(scope="session")
def s3() -> Iterator[tuple[str, Callable[[Path], None]]]:
    """The origin of the customer's storage, and what puts a file into the bucket."""
    with s3_with(BUCKET, KEY) as server:
        yield server


@pytest.fixture(scope="session")
def variables(
    tmp_path_factory: pytest.TempPathFactory, media: str, s3: tuple[str, Callable[[Path], None]]
) -> dict[str, str]:
    """The environment of each process of the sites."""
    file = tmp_path_factory.mktemp("browser") / "db.sqlite3"
    return {
        "DATABASE_URL": f"sqlite:///{file}",
        "ALLOWED_HOSTS": "testserver,127.0.0.1",
        "MEDIA": media,
        "S3": s3[0],
    }


@pytest.fixture(scope="session")
def filled(variables: dict[str, str]) -> dict[str, Any]:
    """The rows are there: the session of who is signed in, and the paths of what to open."""
    for command in ("migrate", "fill"):
        done = manage(command, DJANGO_SETTINGS_MODULE=SETTINGS, **variables)
        assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    return {**told, "unfold": told["admin"]}


@pytest.fixture(scope="session")
def base(filled: dict[str, Any], variables: dict[str, str]) -> Iterator[Callable[[str], str]]:
    """The address of the site that has a door; its server starts when it is first asked for."""
    with ExitStack() as stack:

        @cache
        def serve(settings: str) -> str:
            return stack.enter_context(_serving(settings, variables))

        yield lambda door: serve(DOORS[door])


@contextmanager
def _serving(settings: str, variables: dict[str, str]) -> Iterator[str]:
    port = free_port()
    command = ("manage.py", "runserver", "--noreload", "--nostatic", str(port))
    with started(sys.executable, *command, DJANGO_SETTINGS_MODULE=settings, **variables) as program:
        wait_for(port, program)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="session")
def visit(
    browser: "Browser", base: Callable[[str], str], filled: dict[str, Any]
) -> "Iterator[Callable[[str], Page]]":
    """A tab of somebody who may see everything, for the site that has the door."""
    with ExitStack() as stack:

        def visit(door: str) -> "Page":
            context = browser.new_context(viewport={"width": DESKTOP, "height": HEIGHT})
            stack.callback(context.close)
            cookie = {"name": "sessionid", "value": filled["session"], "url": base(door)}
            context.add_cookies([cookie])
            return context.new_page()

        yield visit


@pytest.fixture(scope="session")
def looks(
    visit: "Callable[[str], Page]", base: Callable[[str], str], filled: dict[str, Any]
) -> Callable[[str], list[Look]]:
    """Every page behind a door, opened once and looked at from all sides."""

    @cache
    def looks(door: str) -> list[Look]:
        page = visit(door)
        paths = filled[door].items()
        return [look_at(page, door, name, base(door), path) for name, path in paths]

    return looks
