"""What the filters find for a query string."""

from django.http import QueryDict

from tavus_hooks import filters

FILTERSETS = [
    filters.CallbackFilter,
    filters.VideoFilter,
    filters.ReplicaFilter,
    filters.ConversationFilter,
    filters.DocumentFilter,
]


def found(filterset, query, show):
    """What a query string finds; it must be a valid one."""
    model = filterset._meta.model
    asked = filterset(QueryDict(query), queryset=model.objects.all())
    assert asked.is_valid(), asked.errors
    return [getattr(row, show) for row in asked.qs]


def videos(query):
    return found(filters.VideoFilter, query, "video_id")


def conversations(query):
    return found(filters.ConversationFilter, query, "conversation_id")
