"""What `tavus_doctor` posts to the receiving URL, to see whether it arrives. Never from Tavus."""

from ..models import DOCTOR
from ..payload import Payload
from .base import Kind, SameWhen, register


@register
class Doctor(Kind):
    name = DOCTOR
    claims = (DOCTOR,)
    same_when = SameWhen.SAME_CONTENT
    changes_tables = False

    def matches(self, payload: Payload) -> bool:
        return bool(payload.get("event_type") == DOCTOR)
