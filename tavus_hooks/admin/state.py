"""Filters by the state of a callback, and by what else there is to say of it."""

from django.utils.translation import gettext_lazy as _

from ..filters import CallbackFilter
from .filters import FactListFilter


class CallbackStateFilter(FactListFilter):
    title = _("state")
    parameter_name = "state"
    facts = CallbackFilter.base_filters["state"]


class ContestedFilter(FactListFilter):
    title = _("contested")
    parameter_name = "contested"
    facts = CallbackFilter.base_filters["contested"]


class InternalFilter(FactListFilter):
    title = _("internal")
    parameter_name = "internal"
    facts = CallbackFilter.base_filters["internal"]
