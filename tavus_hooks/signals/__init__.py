"""One signal per event, and `callback_received` for every callback of any kind.

Each is sent after commit, with `sender=Callback`, `callback=` (the row), `replayed=` (True when
it is handled again by hand), `reference=` (a text) and the rows that `carries` names. A receiver
that raises neither stops the others nor changes the answer to Tavus.
"""

from .callback_signal import CallbackSignal
from .checked_signal import CheckedSignal

callback_received = CallbackSignal(
    "callback_received",
    carries=(),
    may_carry=("conversation", "document", "recording", "replica", "video"),
)
"""Any callback came in, of a known kind or not."""

video_ready = CallbackSignal("video_ready", carries=("video",))
"""A video has been generated."""

video_failed = CallbackSignal("video_failed", carries=("video",))
"""A video could not be generated."""

video_updated = CallbackSignal("video_updated", carries=("video",))
"""A video has any other status."""

replica_ready = CallbackSignal("replica_ready", carries=("replica",))
"""A replica has been trained."""

replica_failed = CallbackSignal("replica_failed", carries=("replica",))
"""A replica could not be trained."""

replica_updated = CallbackSignal("replica_updated", carries=("replica",))
"""A replica has any other status."""

document_updated = CallbackSignal("document_updated", carries=("document",))
"""A document of the knowledge base has a new status."""

replica_joined = CallbackSignal("replica_joined", carries=("conversation",))
"""The replica is in the room and ready to talk."""

conversation_ended = CallbackSignal("conversation_ended", carries=("conversation",))
"""The room was shut down."""

transcription_ready = CallbackSignal("transcription_ready", carries=("conversation",))
"""The transcript was saved."""

recording_ready = CallbackSignal("recording_ready", carries=("conversation", "recording"))
"""A recording lies in your bucket."""

recording_failed = CallbackSignal("recording_failed", carries=("conversation", "recording"))
"""A recording could not be copied into your bucket."""

perception_analyzed = CallbackSignal("perception_analyzed", carries=("conversation",))
"""The summary of what was seen has come."""

perception_unavailable = CallbackSignal("perception_unavailable", carries=("conversation",))
"""There will be no such summary."""

objective_completed = CallbackSignal("objective_completed", carries=("conversation",))
"""An objective of the conversation was reached."""

guardrail_triggered = CallbackSignal("guardrail_triggered", carries=("conversation",))
"""A guardrail was tripped."""

post_call_action_executed = CallbackSignal("post_call_action_executed", carries=("conversation",))
"""A tool ran after the call, well or not."""

canvas_interaction = CallbackSignal("canvas_interaction", carries=("conversation",))
"""The participant used a card on the screen."""

memory_consolidated = CallbackSignal("memory_consolidated", carries=("conversation",))
"""Memories of the conversation were consolidated."""

memory_evidence_found = CallbackSignal("memory_evidence_found", carries=("conversation",))
"""Evidence for a memory was found in what was seen."""

conversation_completed = CallbackSignal(
    "conversation_completed", carries=("conversation", "missing")
)
"""All that `COMPLETION_EXPECTS` names has arrived, or `COMPLETION_WAIT_SECONDS` is over."""

message_forwarded = CallbackSignal("message_forwarded", carries=())
"""A front end passed on a message from within a call."""

forgotten = CheckedSignal(
    "forgotten", carries=("instance", "subject_type", "subject_id", "reference")
)
"""Sent after a subject was forgotten, with its model as `sender`, so that the host erases its own
data about it. Nothing is retried."""
