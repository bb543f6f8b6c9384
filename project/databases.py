"""Makes the `DATABASES` entry out of a URL: what each database needs, and what each server suits.

The worker threads of `gunicorn` live on, so their connections may too. Under ASGI each request
runs in a thread of its own: a connection kept there is never used again, so it is closed after the
request, or on PostgreSQL lent from psycopg's pool.
See https://docs.djangoproject.com/en/stable/ref/databases/#persistent-connections
"""

from importlib.util import find_spec
from typing import Any

import dj_database_url

Database = dict[str, Any]

KEEP_SECONDS = 60

# WAL lets readers and one writer work at the same time; IMMEDIATE waits for its turn at the start
# of a transaction, where DEFERRED fails with "database is locked" in the middle of it.
SQLITE_OPTIONS = {
    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL",
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
}

# A pool that never shrinks below 2 and waits no longer than Tavus does.
POSTGRESQL_POOL = {"min_size": 2, "max_size": 16, "timeout": 10}

# A smaller character set has no emoji, which occur in names and transcripts.
MYSQL_CHARSET = "utf8mb4"
MYSQL_OPTIONS = {
    "charset": MYSQL_CHARSET,
    "isolation_level": "read committed",
    "sql_mode": "STRICT_ALL_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION",
}


def database(url: str, *, server: str) -> Database:
    """`server` is "wsgi", "asgi" or empty for a command; options in the URL's query win."""
    config: Database = dict(dj_database_url.parse(url))
    config["CONN_MAX_AGE"] = KEEP_SECONDS if server == "wsgi" else 0
    config["CONN_HEALTH_CHECKS"] = True
    options: Database = {}
    match config["ENGINE"].rpartition(".")[2]:
        case "sqlite3":
            options = SQLITE_OPTIONS
        case "mysql":
            options = MYSQL_OPTIONS
            config["TEST"] = {"CHARSET": MYSQL_CHARSET}
        case "postgresql" if server == "asgi" and find_spec("psycopg_pool"):
            options = {"pool": POSTGRESQL_POOL}
    config["OPTIONS"] = {**options, **config.get("OPTIONS", {})}
    return config
