"""What users and hosts may do: the admin, the API and commands write only through these modules.

Each action has its own module, which names the `PERMISSION` that a user needs. `prune`,
`rebuild_all`, `refill` and `expect` have none: they are for commands and code.
"""

from ..models import ForgottenError
from ..models.held import HeldError
from .expect import aexpect, expect
from .forget import forget, subjects_of
from .hold import hold, lift
from .label import label
from .mark import mark
from .note import change_note, note
from .prune import old_parts, prune
from .rebuild import rebuild_all
from .replay import Replay, replay
from .resolve import resolve
from .set_offset import set_offset
from .tag import rename_tag, tag, untag
from .withdraw import undo_withdrawal, withdraw

__all__ = [
    "ForgottenError",
    "HeldError",
    "Replay",
    "aexpect",
    "change_note",
    "expect",
    "forget",
    "hold",
    "label",
    "lift",
    "mark",
    "note",
    "old_parts",
    "prune",
    "rebuild_all",
    "rename_tag",
    "replay",
    "resolve",
    "set_offset",
    "subjects_of",
    "tag",
    "undo_withdrawal",
    "untag",
    "withdraw",
]
