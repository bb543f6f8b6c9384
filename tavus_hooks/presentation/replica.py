"""What there is to say about a replica."""

from django.utils.translation import gettext_lazy as _

from ..models import Replica
from .base import Presentation, Section
from .common import OF_A_SUBJECT
from .fields import Advice, Id, Moment, Text
from .states import Status


class ReplicaPresentation(Presentation):
    model = Replica
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
    )
    columns = ("status", "error_message", "updated_at")
    major = ("status", "updated_at")
