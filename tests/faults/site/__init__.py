"""The demo site with receivers that keep a ledger, and that end their own process when told to."""

import os

# As Celery's documentation has it: the web server, too, must know the app that enqueues.
if os.environ.get("TAVUS_HOOKS_DISPATCHER") == "celery":
    from .celery import app as celery_app

    __all__ = ["celery_app"]
