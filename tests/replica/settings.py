"""The demo's, with a second database that is read and never written to by the app."""

from project.settings import *  # noqa: F403
from project.settings import DATABASES

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": ":memory:",
    "OPTIONS": DATABASES["default"]["OPTIONS"],
}
DATABASES = {"default": {**SQLITE}, "replica": {**SQLITE}}
DATABASE_ROUTERS = ["tests.replica.router.PrimaryAndReplica"]
