"""Events of one conversation, a second apart from each other."""

from tests import factories

AT = "2026-05-14T13:%02d:%02dZ"


def event(number, event_type, **properties):
    return factories.event(event_type, timestamp=AT % divmod(number, 60), **properties)
