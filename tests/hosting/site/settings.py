"""The demo's, with the host's app and a test database of its own."""

from project.settings import *  # noqa: F403
from project.settings import DATABASES, INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.hosting.site.apps.HostConfig"]
DATABASES["default"].setdefault("TEST", {})["NAME"] = (
    None if DATABASES["default"]["ENGINE"].endswith("sqlite3") else "test_tavus_hooks_hosting"
)
