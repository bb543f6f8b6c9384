"""One signal per event, and `callback_received` for every callback of any kind.

Each is sent after commit, with `sender=Callback`, `callback=` (the row), `replayed=` (True when
somebody asked for it again) and the row it is about; the comment behind each names it. A receiver
that raises neither stops the others nor changes the answer to Tavus.
"""

from django.dispatch import Signal

from .callback_signal import CallbackSignal

callback_received = CallbackSignal("callback_received")  # of any kind, known or not

video_ready = CallbackSignal("video_ready")  # video
video_failed = CallbackSignal("video_failed")  # video
video_updated = CallbackSignal("video_updated")  # video, in any other status

replica_ready = CallbackSignal("replica_ready")  # replica
replica_failed = CallbackSignal("replica_failed")  # replica
replica_updated = CallbackSignal("replica_updated")  # replica, in any other status

document_updated = CallbackSignal("document_updated")  # document

replica_joined = CallbackSignal("replica_joined")  # conversation
conversation_ended = CallbackSignal("conversation_ended")  # conversation
transcription_ready = CallbackSignal("transcription_ready")  # conversation
recording_ready = CallbackSignal("recording_ready")  # conversation, recording
recording_failed = CallbackSignal("recording_failed")  # conversation, recording
perception_analyzed = CallbackSignal("perception_analyzed")  # conversation
perception_unavailable = CallbackSignal("perception_unavailable")  # conversation
objective_completed = CallbackSignal("objective_completed")  # conversation
guardrail_triggered = CallbackSignal("guardrail_triggered")  # conversation
post_call_action_executed = CallbackSignal("post_call_action_executed")  # conversation
canvas_interaction = CallbackSignal("canvas_interaction")  # conversation
memory_consolidated = CallbackSignal("memory_consolidated")  # conversation
memory_evidence_found = CallbackSignal("memory_evidence_found")  # conversation
conversation_completed = CallbackSignal("conversation_completed")  # conversation, missing
message_forwarded = CallbackSignal("message_forwarded")  # nothing: it changes no table

forgotten = Signal()
"""Sent once what was said of something is erased, so that a host erases what it made of that: with
`sender=` its model, `instance`, `subject_type`, `subject_id`, `reference`. Nothing is retried."""
