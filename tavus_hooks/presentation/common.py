"""Fields that several models have."""

from django.utils.translation import gettext_lazy as _

from .fields import Field, Moment, Reference

OF_A_SUBJECT: tuple[Field, ...] = (
    Reference("reference"),
    Moment("expected_at", _("Expected")),
    Moment("forgotten_at", _("Forgotten")),
)
"""Whose a video, replica, conversation or document is, and whether it was erased."""
