"""The secret a callback was verified with, named by its position in the settings, never shown."""

from collections.abc import Mapping
from typing import NamedTuple

from django.contrib.humanize.templatetags.humanize import ordinal
from django.utils.translation import gettext

from ..address import key_id
from ..conf import conf


class KeyName(NamedTuple):
    text: str
    is_gone: bool = False
    """Whether it is no longer in the settings; then the text is its id."""


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


def key_name(callback_key_id: str, names: Mapping[str, str]) -> KeyName:
    name = names.get(callback_key_id)
    return KeyName(callback_key_id, is_gone=True) if name is None else KeyName(name)
