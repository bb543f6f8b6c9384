"""Tavus's sentences and shutdown reasons in plain words, with advice. Pure.

A callback carries a sentence and never its code, so distinctive words are matched. The codes are
those of https://docs.tavus.io/sections/errors-and-status-details.
"""

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Category = Literal["normal", "timeout", "limit", "error", "other"]
ERROR: Category = "error"
CATEGORIES: dict[Category, "StrPromise"] = {
    "normal": _("normal"),
    "timeout": _("timeout"),
    "limit": _("limit"),
    "error": _("error"),
    "other": _("other"),
}
"""The categories in a word."""

ENOUGH = 500
"""In characters, the part of a text that is matched. Tavus's sentences have at most 350."""


class Explanation(NamedTuple):
    category: Category
    sentence: "StrPromise"
    """Why the conversation ended, for people."""


class Advice(NamedTuple):
    code: str
    """Tavus's name for it."""
    advice: "StrPromise"
    """One line: what to do about it."""


def shutdown(reason: str) -> Explanation:
    """Why a conversation ended. An unknown reason says only that it is not known here."""
    text = reason[:ENOUGH]
    if not text.strip():
        return Explanation("other", _("Tavus gave no reason."))
    # Only ASCII letters and digits, in either case, which `reasons()` can match in any database.
    name = "_".join(re.findall("[A-Za-z0-9]+", text)).lower().removesuffix("_reached")
    if name.startswith(_WITH_A_STEP):
        name = _WITH_A_STEP
    return _SHUTDOWN.get(name, _UNKNOWN_REASON)


def reasons(*categories: str) -> str:
    """A regular expression for the known reasons of these categories.

    It agrees with `shutdown()` on the first `ENOUGH` characters, and works in all databases.
    """
    known = (name for name, told in _SHUTDOWN.items() if told.category in categories)
    return "^[^A-Za-z0-9]*(" + "|".join(map(_spelled, known)) + ")"


def _spelled(name: str) -> str:
    words = ("".join(_letter(each) for each in word) for word in name.split("_"))
    said = "[^A-Za-z0-9]+".join(words)
    if name == _WITH_A_STEP:
        return said
    return said + "([^A-Za-z0-9]+" + "".join(map(_letter, "reached")) + ")?[^A-Za-z0-9]*$"


def _letter(each: str) -> str:
    return f"[{each.upper()}{each}]"


def training_error(message: str) -> Advice | None:
    """What a replica's `error_message` asks for; None when it is not known here."""
    return _first_match(_TRAINING_ERRORS, message)


def video_error(details: str) -> Advice | None:
    """What the `status_details` of a failed video ask for; None when they are not known here."""
    return _first_match(_VIDEO_ERRORS, details)


def video_status(details: str) -> Advice | None:
    """What the `status_details` of any other video mean; None when they are not known here."""
    return _first_match(_VIDEO_STATUSES, details)


Rule = tuple[str, str, "StrPromise"]
"""Code, pattern (searched for in lower case with single spaces), advice. The first match counts."""


def _first_match(rules: Iterable[Rule], text: str) -> Advice | None:
    text = " ".join(text[:ENOUGH].lower().split())
    matching = (Advice(code, advice) for code, words, advice in rules if re.search(words, text))
    return next(matching, None)


_WITH_A_STEP = "internal_error_occurred"
"""The name of a step follows, which varies."""
_UNKNOWN_REASON = Explanation("other", _("Tavus gave a reason that is not known here."))

# The tables are easier to read unformatted, with two lines per entry.
# fmt: off
_SHUTDOWN = {
    "end_conversation_endpoint_hit":
        Explanation("normal", _("The conversation was ended through the API.")),
    "participant_left_timeout":
        Explanation("timeout", _("The participant left and did not come back.")),
    "participant_absent_timeout":
        Explanation("timeout", _("Nobody joined in time.")),
    "max_call_duration":
        Explanation("limit", _("The call had lasted as long as it was allowed to.")),
    "bot_could_not_join_meeting_it_was_probably_ended":
        Explanation("error", _("The replica could not join: the room seems to have been closed.")),
    "exception_encountered_during_conversation_startup":
        Explanation("error", _("Something failed at Tavus before the conversation could start.")),
    "internal_error_occurred":
        Explanation("error", _("Something failed at Tavus during the conversation.")),
    # It does not say whether this was intended.
    "daily_room_has_been_deleted":
        Explanation("other", _("The room was deleted.")),
}

_TRAINING_ERRORS: list[Rule] = [
    ("video_format", r"\bnot an? \.?mp4\b",
     _("Save the recording as an .mp4 file with H.264 video, then train again.")),
    ("video_codec", r"\bnot encoded\b",
     _("Convert the recording to H.264; the file ending alone does not tell the codec.")),
    ("video_codec_and_format", r"\bmp4\b.{0,100}\bh\.?264\b",
     _("Convert the recording: it has to be an .mp4 file, and its video H.264.")),
    ("video_duration", r"\bminimum duration\b",
     _("Record for longer: one minute at the very least, better one and a half to two.")),
    ("video_fps", r"\bframe ?rate\b|\d ?fps\b",
     _("Record at 25 frames per second or more; converting a slower recording seldom helps.")),
    ("file_size", r"\bmaximum file size\b|\b750 ?mb\b",
     _("Make the file smaller than 750 MB: trim it, compress it, or record in 1080p.")),
    ("download_link", r"\bdownload(?:ing)?\b",
     _("Give a link that yields the file itself, without a login, and that has not expired.")),
    ("consent_phrase_mismatch", r"\bconsent (?:phrase|statement)\b",
     _("Record the consent again, reading Tavus's current statement out word for word.")),
    ("teeth_not_visible", r"\bteeth\b",
     _("Light the face better, and begin with a broad smile that shows both rows of teeth.")),
    ("hands_obstructing_face", r"\bhands?\b.{0,60}\b(?:face|obstruct)",
     _("Keep the hands below the chin all the time, or cut the places where they are not.")),
    ("second_person_detected", r"\bsecond (?:person|face)\b",
     _("Record alone: nobody else, and no picture of anybody, may be seen.")),
    ("face_or_obstruction_detected", r"\bmore than one face\b|\bobstructions? present\b",
     _("Show exactly one face, with nothing in front of it: no microphone, mask or hair.")),
    ("poor_lighting", r"\bpoor lighting\b|\bheavy shadows\b",
     _("Put soft light in front of the face, so that no part of it lies in shadow.")),
    ("lighting_change_detected", r"\blighting changes?\b",
     _("Keep the light the same: lamps instead of daylight, automatic exposure switched off.")),
    ("background_noise_detected", r"\bbackground noise\b|\bother voices\b",
     _("Record in a quiet room, where nothing but the one voice is heard.")),
    ("video_editing_detected", r"\bedited or contains\b|\bcontains cuts\b",
     _("Send one take as the camera recorded it, without cuts, filters or effects.")),
    ("community_guidelines_violation", r"\bcommunity guidelines\b",
     _("Compare what is said and shown with Tavus's guidelines, then record anew.")),
    ("excessive_movement_detected", r"\bexcessive movement\b",
     _("Sit still in the middle of the picture, with the camera on a stand.")),
    ("inconsistent_distance", r"\bdistance\b.{0,60}\bchanged\b",
     _("Stay equally far from the camera from beginning to end.")),
    ("improper_distance", r"\btoo close\b|\btoo far\b",
     _("Sit about a metre from the camera, so that head and upper chest fill the picture.")),
    ("face_turned_away", r"\bturned away\b",
     _("Look into the camera all the time; put notes right beside the lens.")),
    ("improper_camera_angle", r"\bcamera angle\b",
     _("Raise or lower the camera until it is level with the eyes.")),
    ("audio_processing", r"\bprocessing the audio\b",
     _("Check that the recording has sound and the replica a short, plain name; try again.")),
    ("video_processing", r"\bface not detected\b|\btoo small in the frame\b",
     _("Come closer or zoom in, and leave the whole face free, so that it can be found.")),
    ("video_processing", r"\bdamaged\b|\bcorrupt",
     _("Play the file from start to end; if it stutters or stops, export it once more.")),
    # These two differ in one word.
    ("other_quality_issue", r"\bquality issue was detected\b",
     _("Tavus says no more here: write to their support, naming the replica's id.")),
    ("quality_issue_detected", r"\bquality issue detected\b",
     _("Check that the recording is sharp and at least 720p, else write to Tavus's support.")),
]

_VIDEO_ERRORS: list[Rule] = [
    ("replica_in_error_state", r"\breplica\b.{0,200}\berror\W{0,2} state\b",
     _("The replica's own training failed: look at its error, or choose another replica.")),
    ("audio_file_max_duration", r"\bmaximum duration\b",
     _("Shorten the audio to ten minutes, or make several videos of it.")),
    ("audio_file_min_duration", r"\bminimum duration\b",
     _("Use audio that lasts three seconds or longer.")),
    ("audio_file_max_size", r"\bmaximum file size\b|\b750 ?mb\b",
     _("Make the audio file smaller than 750 MB, with a lower sample rate for instance.")),
    ("audio_file_type", r"\bnot an? \.?wav\b",
     _("Convert the audio to a .wav file.")),
    ("audio_file_download_link", r"\bdownload\b.{0,60}\baudio\b",
     _("Give a link that yields the audio file itself, without a login.")),
    ("script_community_guidelines", r"\bcommunity guidelines\b",
     _("Change what the script says: Tavus's guidelines do not allow it.")),
    # Tavus's word for everything else.
    ("video_error", r"\berror occurred while generating\b",
     _("Check script, audio and replica, then ask for the video once more.")),
]

_VIDEO_STATUSES: list[Rule] = [
    ("replica_in_training", r"\btraining\b.{0,200}\bongoing\b",
     _("Nothing to do: it begins by itself as soon as the replica is trained.")),
    ("video_queued", r"\bcurrently queued\b",
     _("Nothing to do: it begins within minutes.")),
    ("video_success", r"\bprocessed successfully\b",
     _("The video is ready.")),
]
# fmt: on
