"""Create the groups for users who work with Tavus's callbacks."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand

_ROWS = ("callback", "video", "replica", "conversation", "document", "recording")
_ENTERED = ("tagging", "tag", "replicalabel", "recordingoffset")
VIEWER = [f"view_{name}" for name in (*_ROWS, *_ENTERED)]
SUPPORT = [
    *VIEWER,
    *("view_turn", "view_transcript", "view_note", "add_note", "change_note"),
    *("add_tagging", "delete_tagging", "add_replicalabel", "change_replicalabel"),
    *("add_recordingoffset", "change_recordingoffset"),
]
ROLES = {
    "Tavus viewer": VIEWER,
    "Tavus support": SUPPORT,
    "Tavus on-call": [
        *VIEWER,
        *(
            "view_failure",
            "view_refusal",
            "view_heartbeat",
            "view_expectation",
            "view_receivedhour",
        ),
        *("view_withdrawal", "add_withdrawal", "handle_callback", "resolve_failure"),
        *("view_failuregroup", "add_failuregroup", "change_failuregroup"),
    ],
    "Tavus privacy": [*SUPPORT, "export", "forget", "view_hold", "view_access", "delete_note"],
}
"""The permissions of each group."""


class Command(BaseCommand):
    help = (
        "Makes the groups Tavus viewer, support, on-call and privacy, and gives them their "
        "permissions. What you have added to one of them stays."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        for name, codenames in ROLES.items():
            group, is_new = Group.objects.get_or_create(name=name)
            theirs = Permission.objects.filter(
                content_type__app_label="tavus_hooks", codename__in=codenames
            )
            group.permissions.add(*theirs)
            state = "made" if is_new else "was there"
            self.stdout.write(f"{name}: {state}, {len(codenames)} permissions")
