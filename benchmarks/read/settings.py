"""The demo's settings, with the database that is measured and without what would blur the times."""

import os

# The demo's own secrets do here.
os.environ.setdefault("DEBUG", "1")

from project.settings import *  # noqa: F403

DEBUG = False
ALLOWED_HOSTS = ["testserver"]
# Files are not measured: looking for them takes a while at the first request.
MIDDLEWARE.remove("whitenoise.middleware.WhiteNoiseMiddleware")  # noqa: F405
LOGGING_CONFIG = None
# What waits and has failed is part of the filling, and no reason for status 503.
NO_LIMITS = dict.fromkeys(("abandoned", "loop_unseen_seconds", "oldest_due_seconds"))
TAVUS_HOOKS = {**TAVUS_HOOKS, "HEALTH_LIMITS": NO_LIMITS}  # noqa: F405
DATABASES["default"]["CONN_HEALTH_CHECKS"] = False  # noqa: F405
