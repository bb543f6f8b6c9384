"""The kinds of callbacks that the app makes for itself; Tavus never sends them."""

COMPLETED = "conversation.completed"
"""A conversation is complete."""
DOCTOR = "tavus_hooks.doctor"
"""What `tavus_doctor` posts to see whether it arrives."""
INTERNAL = frozenset({COMPLETED, DOCTOR})
