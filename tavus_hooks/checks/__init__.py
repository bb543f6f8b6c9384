"""System checks: each finds a fault of the configuration before a callback is lost by it.

Importing this package registers them.
"""

from . import (  # noqa: F401
    access,
    addresses,
    cache,
    database,
    dispatcher,
    installed_apps,
    logs,
    receivers,
    retention,
    secrets,
    settings,
)
