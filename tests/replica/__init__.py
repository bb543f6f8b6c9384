"""The suite without a default database, under a router that sends readers to a replica.

    python -m pytest --ds=tests.replica.settings

The replica catches up late. Everything that writes must read what it goes by from where it writes:
what it read from the replica would be what was there before it was called.

Nor is there a default database: whatever forgets to say which one it means fails here. Elsewhere it
would seem to work, for there the app's tables are in the default one. What tests need of a
connection they take from tests/databases.py.
"""
