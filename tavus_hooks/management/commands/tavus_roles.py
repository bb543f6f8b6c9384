"""Create the groups for users who work with Tavus's callbacks."""

from typing import Any

from django.contrib.auth.models import Group, Permission
from django.core.management.base import BaseCommand

_ROWS = ("callback", "video", "replica", "conversation", "document", "recording")
VIEWER = [f"view_{name}" for name in _ROWS]
SUPPORT = [*VIEWER, "view_turn", "view_transcript"]
ROLES = {
    "Tavus viewer": VIEWER,
    "Tavus support": SUPPORT,
    "Tavus on-call": [
        *VIEWER,
        *("view_failure", "view_refusal", "view_heartbeat", "view_expectation"),
        *("view_withdrawal", "add_withdrawal", "handle_callback", "resolve_failure"),
    ],
    "Tavus privacy": [*SUPPORT, "export", "forget", "view_hold", "view_access"],
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
