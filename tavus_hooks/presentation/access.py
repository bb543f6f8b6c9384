"""What there is to say about an entry of the access log."""

from django.utils.translation import gettext_lazy as _

from ..models import Access
from .base import Presentation, Section
from .fields import Choice, Moment
from .formats import NOTHING


class AccessPresentation(Presentation):
    model = Access
    sections = (
        Section("access", "", (Moment("at", _("When")), Choice("action"), Choice("interface"))),
    )
    columns = ("at", "action", "interface")
    major = ("at", "action")

    def title(self, row: Access) -> str:
        return row.username or NOTHING

    def subtitle(self, row: Access) -> str:
        return ""
