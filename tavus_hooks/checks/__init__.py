"""System checks: each finds a configuration error before it loses a callback.

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
