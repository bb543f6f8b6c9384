"""The user who runs a command."""

import getpass


def user_name() -> str:
    """The name of the system's user; empty where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user may have no name
        return ""
