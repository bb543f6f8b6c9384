"""Who runs a command."""

import getpass


def user_name() -> str:
    """That of the operating system; empty where there is none."""
    try:
        return getpass.getuser()
    except (KeyError, OSError, ImportError):  # a container's user need not have one
        return ""
