"""The suite under a router that sends readers to a replica, which catches up late.

    python -m pytest --ds=tests.replica.settings

Everything that writes must read what it goes by from where it writes: what it read from the replica
would be what was there before it was called.
"""
