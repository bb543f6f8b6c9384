"""One signal per event, and `callback_received` for every callback of any kind.

Each is sent after commit, with `sender=Callback`, `callback=` (the row), `replayed=` (True when
it is handled again by hand), `reference=` (a text) and the rows that `carries` names. A receiver
that raises neither stops the others nor changes the answer to Tavus.
"""

from .callback_signal import CallbackSignal
from .checked_signal import CheckedSignal

callback_received = CallbackSignal(  # of any kind, known or not
    "callback_received",
    carries=(),
    may_carry=("conversation", "document", "recording", "replica", "video"),
)

video_ready = CallbackSignal("video_ready", carries=("video",))
video_failed = CallbackSignal("video_failed", carries=("video",))
video_updated = CallbackSignal("video_updated", carries=("video",))  # in any other status

replica_ready = CallbackSignal("replica_ready", carries=("replica",))
replica_failed = CallbackSignal("replica_failed", carries=("replica",))
replica_updated = CallbackSignal("replica_updated", carries=("replica",))  # in any other status

document_updated = CallbackSignal("document_updated", carries=("document",))

replica_joined = CallbackSignal("replica_joined", carries=("conversation",))
conversation_ended = CallbackSignal("conversation_ended", carries=("conversation",))
transcription_ready = CallbackSignal("transcription_ready", carries=("conversation",))
recording_ready = CallbackSignal("recording_ready", carries=("conversation", "recording"))
recording_failed = CallbackSignal("recording_failed", carries=("conversation", "recording"))
perception_analyzed = CallbackSignal("perception_analyzed", carries=("conversation",))
perception_unavailable = CallbackSignal("perception_unavailable", carries=("conversation",))
objective_completed = CallbackSignal("objective_completed", carries=("conversation",))
guardrail_triggered = CallbackSignal("guardrail_triggered", carries=("conversation",))
post_call_action_executed = CallbackSignal("post_call_action_executed", carries=("conversation",))
canvas_interaction = CallbackSignal("canvas_interaction", carries=("conversation",))
memory_consolidated = CallbackSignal("memory_consolidated", carries=("conversation",))
memory_evidence_found = CallbackSignal("memory_evidence_found", carries=("conversation",))
conversation_completed = CallbackSignal(
    "conversation_completed", carries=("conversation", "missing")
)
message_forwarded = CallbackSignal("message_forwarded", carries=())  # it changes no table

forgotten = CheckedSignal(
    "forgotten", carries=("instance", "subject_type", "subject_id", "reference")
)
"""Sent after a subject was forgotten, with its model as `sender`, so that the host erases its own
data about it. Nothing is retried."""
