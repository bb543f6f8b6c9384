"""Tavus's sentences and shutdown reasons in plain words."""

import pytest
from django.utils.functional import Promise
from hypothesis import given
from hypothesis import strategies as st

from tavus_hooks.models import explain
from tavus_hooks.models.explain import shutdown, training_error, video_error, video_status

# Sentences in Tavus's manner. Each code has one at least; a code added there needs one here.
TRAINING_ERRORS = [
    ("download_link", "Downloading your file failed. Is the link correct?"),
    ("file_size", "That file exceeds the maximum file size."),
    ("file_size", "Please use a video below 750MB."),
    ("video_format", "It is not a .mp4 file. Provide a .mp4 file encoded using h.264"),
    ("video_codec", "It is not encoded using h.264. Provide a .mp4 file encoded using h.264"),
    ("video_codec_and_format", "Please provide a .mp4 file encoded using h.264"),
    (
        "video_duration",
        "The video provided does not meet the minimum duration requirement for training",
    ),
    ("video_fps", "Below the minimum frame rate requirement."),
    ("video_fps", "Use 25fps at least."),
    ("consent_phrase_mismatch", "Your consent phrase is another one than required."),
    ("face_or_obstruction_detected", "More than one face was found."),
    ("face_or_obstruction_detected", "There are obstructions present; show only your face."),
    ("lighting_change_detected", "Lighting changes were found; light the face evenly."),
    ("background_noise_detected", "Background noise can be heard."),
    ("background_noise_detected", "We hear other voices."),
    ("video_editing_detected", "It appears edited or contains cuts. Send it unedited."),
    ("community_guidelines_violation", "It violates Community Guidelines."),
    ("video_processing", "Face not detected. It is occluded."),
    ("video_processing", "The head is too small in the frame."),
    ("video_processing", "Make sure the file is not damaged."),
    ("excessive_movement_detected", "Excessive movement was found. Please sit still."),
    ("audio_processing", "There was an error processing the audio of the training video."),
    ("quality_issue_detected", "Quality issue detected. Please write to support."),
    ("hands_obstructing_face", "A quality issue: the user's hand obstructed the face."),
    ("second_person_detected", "A quality issue: a second person or face is in the frame."),
    ("improper_distance", "A quality issue: either too close to or too far from the camera."),
    ("inconsistent_distance", "A quality issue: the distance from the camera changed on the way."),
    ("face_turned_away", "A quality issue: the face turned away from the camera."),
    ("improper_camera_angle", "A quality issue: the camera angle was too high."),
    ("poor_lighting", "A quality issue: the face is hard to see in poor lighting."),
    ("teeth_not_visible", "A quality issue: no teeth, for poor lighting or obstruction."),
    ("other_quality_issue", "Quality issue was detected. Please write to support."),
]
VIDEO_ERRORS = [
    ("video_error", "An error occurred while generating it."),
    ("replica_in_error_state", "The replica r79e1c033f is in an 'error' state at the moment."),
    ("replica_in_error_state", "The replica is in error state."),
    ("audio_file_max_size", "The audio file exceeds the maximum file size."),
    ("audio_file_type", "The audio file is not a .wav"),
    ("audio_file_min_duration", "The audio does not reach the minimum duration of 3 seconds."),
    ("audio_file_max_duration", "The audio exceeds the maximum duration of 10 minutes."),
    ("audio_file_download_link", "We could not download your audio file."),
    ("script_community_guidelines", "The script violates community guidelines."),
]
VIDEO_STATUSES = [
    ("video_success", "It has processed successfully!"),
    ("video_queued", "This is currently queued."),
    ("replica_in_training", "The training of r79e1c033f is still ongoing; it is 'queued' for now."),
]
# The table that each function reads, and the sentences that belong to it.
FAMILIES = [
    pytest.param(training_error, explain._TRAINING_ERRORS, TRAINING_ERRORS, id="training"),
    pytest.param(video_error, explain._VIDEO_ERRORS, VIDEO_ERRORS, id="video"),
    pytest.param(video_status, explain._VIDEO_STATUSES, VIDEO_STATUSES, id="status"),
]
READERS = [training_error, video_error, video_status]

REASONS = {
    "max_call_duration": "limit",
    "participant_left_timeout": "timeout",
    "participant_absent_timeout": "timeout",
    "bot_could_not_join_meeting_it_was_probably_ended": "error",
    "daily_room_has_been_deleted": "other",
    "exception_encountered_during_conversation_startup": "error",
    "end_conversation_endpoint_hit": "normal",
    "internal error occurred at step 4": "error",
}
NOT_KNOWN = shutdown("a reason of tomorrow")


@pytest.mark.parametrize("ending", ["", " reached"])
@pytest.mark.parametrize("reason", REASONS)
def test_each_documented_reason_has_a_category_and_a_sentence_of_its_own(reason, ending):
    explanation = shutdown(reason + ending)

    assert explanation.category == REASONS[reason]
    assert explanation != NOT_KNOWN


def test_no_two_reasons_are_explained_alike():
    assert len({str(shutdown(reason).sentence) for reason in REASONS}) == len(REASONS)


@pytest.mark.parametrize(
    "reason",
    [
        "  max_call_duration reached\n",
        "MAX_CALL_DURATION REACHED",
        "Max_Call_Duration   reached",
        "max call duration reached",
    ],
)
def test_case_and_white_space_do_not_matter_in_a_reason(reason):
    assert shutdown(reason) == shutdown("max_call_duration reached")


@pytest.mark.parametrize("step", ["x", "12", "replica startup", "load_persona", "", "déjà vu"])
def test_an_internal_error_is_known_whatever_the_step(step):
    assert shutdown(f"internal error occurred at step {step}") == shutdown(
        "Internal error occurred at step 1"
    )


@pytest.mark.parametrize(
    "reason",
    [
        "something new",
        "reached",
        "max_call_duration reached again",
        "not max_call_duration",
        "太长",
        "\x00",
        "- - -",
    ],
)
def test_an_unknown_reason_says_that_it_is_not_known(reason):
    assert shutdown(reason) == NOT_KNOWN
    assert NOT_KNOWN.category == "other"


@pytest.mark.parametrize("reason", ["", "  ", "\n"])
def test_an_empty_reason_is_told_apart_from_an_unknown_one(reason):
    explanation = shutdown(reason)

    assert explanation.category == "other"
    assert explanation.sentence != NOT_KNOWN.sentence


@pytest.mark.parametrize(
    ("read", "code", "sentence"),
    [
        *((training_error, *example) for example in TRAINING_ERRORS),
        *((video_error, *example) for example in VIDEO_ERRORS),
        *((video_status, *example) for example in VIDEO_STATUSES),
    ],
)
def test_a_sentence_yields_its_own_code(read, code, sentence):
    assert read(sentence).code == code


@pytest.mark.parametrize(("read", "table", "examples"), FAMILIES)
def test_each_code_has_a_sentence_that_yields_it(read, table, examples):
    untold = {code for code, *_ in table} - {code for code, _ in examples}
    assert not untold, f"Add a sentence for {sorted(untold)} to the lists above."


@pytest.mark.parametrize(("read", "table", "examples"), FAMILIES)
def test_no_row_of_a_table_is_without_effect(read, table, examples):
    reached = {str(read(sentence).advice) for _, sentence in examples}
    assert reached == {str(advice) for *_, advice in table}


@pytest.mark.parametrize(("read", "table", "examples"), FAMILIES)
def test_case_and_line_breaks_do_not_matter_in_a_sentence(read, table, examples):
    for code, sentence in examples:
        assert read("\n " + sentence.upper().replace(" ", " \n\t")).code == code


@pytest.mark.parametrize(("read", "table", "examples"), FAMILIES)
def test_advice_is_one_short_line_that_can_be_translated(read, table, examples):
    for *_, advice in table:
        assert isinstance(advice, Promise)
        assert 0 < len(str(advice)) <= 100
        assert str(advice).isprintable()


def test_sentences_about_shutdowns_can_be_translated():
    for reason in ["", "unheard of", *REASONS]:
        assert isinstance(shutdown(reason).sentence, Promise)


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize(
    "text", ["", "   ", "It failed.", "There was a quality issue with it.", "\x00", "\ud800"]
)
def test_a_sentence_that_is_not_known_has_no_advice(read, text):
    assert read(text) is None


@pytest.mark.parametrize("read", [training_error, video_error])
def test_a_status_is_not_taken_for_an_error(read):
    for _, sentence in VIDEO_STATUSES:
        assert read(sentence) is None


def test_an_error_is_not_taken_for_a_status():
    for _, sentence in VIDEO_ERRORS:
        assert video_status(sentence) is None


def test_only_the_beginning_of_a_long_text_is_looked_at():
    assert training_error("x" * 490 + " teeth") is not None
    assert training_error("x" * 500 + " teeth") is None
    assert shutdown(" " * 500 + "max_call_duration").category == "other"


@pytest.mark.parametrize(
    "piece",
    [
        "mp4 ",
        "hand ",
        "distance ",
        "replica ",
        "training ",
        "download ",
        " ",
        "h.264",
        "error' ",
        "_",
    ],
)
def test_a_megabyte_that_almost_matches_is_answered(piece):
    text = piece * (1_000_000 // len(piece))

    assert all(read(text) is None or read(text).code for read in READERS)
    assert shutdown(text).category == "other"


@given(st.text(st.characters(exclude_categories=[])))
def test_no_text_makes_it_raise(text):
    assert shutdown(text).category in {"normal", "timeout", "limit", "error", "other"}
    for read in READERS:
        advice = read(text)
        assert advice is None or advice.code


words = st.sampled_from([word for _, sentence in TRAINING_ERRORS for word in sentence.split()])


@given(st.lists(words, max_size=40).map(" ".join))
def test_whatever_the_words_an_answer_is_one_of_the_codes(text):
    advice = training_error(text)
    assert advice is None or advice.code in {code for code, _ in TRAINING_ERRORS}
