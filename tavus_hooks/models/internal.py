"""The kinds of callbacks that the app makes for itself; Tavus never sends them."""

COMPLETED = "conversation.completed"
"""Says that a conversation is complete."""
DOCTOR = "tavus_hooks.doctor"
"""Posted by `tavus_doctor` to see whether it arrives."""
INTERNAL = frozenset({COMPLETED, DOCTOR})
