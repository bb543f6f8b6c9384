"""The secret a callback was verified with, named by its position in the settings, never shown."""

from typing import Any

from django.contrib import admin
from django.contrib.humanize.templatetags.humanize import ordinal
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from ..address import key_id
from ..conf import conf
from ..presentation.badges import BUSY, Badge
from ..presentation.components import badge_html
from ..presentation.formats import NOTHING

OTHER, NONE = "other", "none"


def key_names() -> dict[str, str]:
    """The keys in the settings by their `key_id`, such as "1st secret"; the first one signs."""
    lists = [
        (gettext("%(nth)s secret"), conf.SECRETS),
        (gettext("%(nth)s static token"), conf.STATIC_TOKENS),
    ]
    return {
        key_id(key): text % {"nth": ordinal(place)}
        for text, keys in lists
        for place, key in enumerate(keys, start=1)
    }


def key_name(callback_key_id: str) -> SafeString:
    """The name of the key; its id if it is no longer in the settings."""
    if not callback_key_id:
        return NOTHING
    name = key_names().get(callback_key_id)
    if name is None:
        gone = badge_html(Badge(_("not in the settings"), BUSY))
        return format_html("<code>{}</code> {}", callback_key_id, gone)
    return format_html("{}", name)


class KeyFilter(admin.SimpleListFilter):
    """Shows which secrets are still used: one without new callbacks can be removed."""

    title = _("key")
    parameter_name = "key_id"

    def lookups(self, request: HttpRequest, model_admin: admin.ModelAdmin) -> Any:
        others = [(OTHER, _("not in the settings")), (NONE, _("none"))]
        return [*key_names().items(), *others]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        if value == OTHER:
            return queryset.exclude(key_id__in=["", *key_names()])
        if value == NONE:
            return queryset.filter(key_id="")
        # Only values that are offered: a database may refuse arbitrary text.
        return queryset.filter(key_id=value) if value in key_names() else queryset
