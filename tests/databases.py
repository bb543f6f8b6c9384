"""The databases that the router names, for tests that look at a connection themselves.

All tests use these in place of `django.db.connection` and of "default": in the run under a replica
there is no default database, and whatever asks for it fails. See tests/replica/.
"""

from django.db import connections, router
from django.utils.connection import ConnectionProxy

from tavus_hooks.models import Callback

OURS = router.db_for_write(Callback)
"""Where the app writes."""

connection = ConnectionProxy(connections, OURS)
"""To that database: each thread has its own."""
reading = ConnectionProxy(connections, router.db_for_read(Callback))
"""To the one that pages, the admin and the API read from, which is the same but under a replica."""
