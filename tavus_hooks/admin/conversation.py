"""Conversations."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from ..filters import ConversationFilter
from ..models import Conversation
from .filters import FactListFilter, ReferenceFilter
from .hold import HeldAdmin
from .moment_filter import MomentListFilter
from .subject import SubjectAdmin
from .tag_filter import TagFilter


class ConversationStateFilter(FactListFilter):
    title = _("state")
    parameter_name = "state"
    facts = ConversationFilter.base_filters["state"]


class NobodySpokeFilter(FactListFilter):
    title = _("nobody spoke")
    parameter_name = "nobody_spoke"
    facts = ConversationFilter.base_filters["nobody_spoke"]


@admin.register(Conversation)
class ConversationAdmin(HeldAdmin, SubjectAdmin):
    filterset_class = ConversationFilter
    list_filter = [
        ConversationStateFilter,
        ("joined_at", MomentListFilter),
        ("ended_at", MomentListFilter),
        ("transcribed_at", admin.EmptyFieldListFilter),
        NobodySpokeFilter,
        TagFilter,
        ReferenceFilter,
    ]
    orders = {"state": "ended_at"}
