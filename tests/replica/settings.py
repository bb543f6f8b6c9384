"""The demo's, with a database that is written to and one that is only read, and no default.

https://docs.djangoproject.com/en/stable/topics/db/multi-db/#defining-your-databases
"""

from project.settings import *  # noqa: F403
from project.settings import DATABASES

SQLITE = {
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": ":memory:",
    "OPTIONS": DATABASES["default"]["OPTIONS"],
    # Otherwise a test database is made after that of the default, which is none.
    "TEST": {"DEPENDENCIES": []},
}
DATABASES = {"default": {}, "primary": {**SQLITE}, "replica": {**SQLITE}}
DATABASE_ROUTERS = ["tests.replica.router.PrimaryAndReplica"]
