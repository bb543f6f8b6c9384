"""What there is to say about a replica."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from ..access import view
from ..models import Conversation, Replica, ReplicaLabel, Video
from .actions import Enter
from .base import Presentation, Section
from .common import CALLBACKS, NEWEST_CALLBACK, OF_A_SUBJECT
from .fields import Advice, Id, Moment, Text
from .panels import Rows
from .states import Status


def _made_with_it(model: Any) -> Rows:
    return Rows(
        model,
        lambda row: model.objects.brief().filter(replica_id=row.replica_id),
        filters=lambda row: {"replica_id": row.replica_id},
        without=["replica_id"],
    )


class ReplicaPresentation(Presentation):
    model = Replica
    actions = (
        Enter(
            "replica",
            _("Label it …"),
            model=ReplicaLabel,
            to_change=_("Change its label …"),
            entered="entered_label",
        ),
    )
    sections = (
        Section(
            "replica",
            "",
            (
                Id("replica_id"),
                Text("label", _("Label")),
                Text("replica_name", _("Name")),
                Status("status", always=True),
                Text("error_message", _("Error")),
                Advice("advice", _("What to do")),
                Moment("updated_at", _("Updated"), always=True),
                *OF_A_SUBJECT,
            ),
        ),
        Section(
            "videos",
            _("Videos with this replica"),
            panel=_made_with_it(Video),
            permission=view(Video),
        ),
        Section(
            "conversations",
            _("Conversations with this replica"),
            panel=_made_with_it(Conversation),
            permission=view(Conversation),
        ),
        NEWEST_CALLBACK,
        CALLBACKS,
    )
    columns = ("status", "error_message", "updated_at")
    major = ("status", "updated_at")
