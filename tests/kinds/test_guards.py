"""What must hold for every kind, those that are yet to be written included."""

import json
from importlib import import_module
from itertools import product
from pathlib import Path
from pkgutil import iter_modules

import pytest
from hypothesis import given, settings

import tavus_hooks.kinds
from tavus_hooks import kinds
from tavus_hooks.kinds import UNKNOWN, Kind, all_kinds, classify, idempotency_key
from tavus_hooks.kinds.built_in import BUILT_IN
from tavus_hooks.kinds.families import FAMILIES, claims_on
from tavus_hooks.models import COMPLETED, DOCTOR, INTERNAL
from tavus_hooks.payload import Payload, decode
from tests.conftest import EVERY_SAMPLE, NOT_JSON, SAMPLES
from tests.robustness.shapes import all_samples, any_json, main_samples, mutated_samples

EVERY_KIND = pytest.mark.parametrize("kind", all_kinds(), ids=lambda kind: kind.name)
OF_EVERY_SAMPLE = pytest.mark.parametrize("path", EVERY_SAMPLE, ids=lambda path: path.stem)


def kind_of(sample: Path) -> str:
    return sample.stem.split("__")[0]


@EVERY_KIND
def test_every_kind_that_tavus_sends_has_a_sample(kind):
    if kind.name not in INTERNAL:  # ours
        assert (SAMPLES / f"{kind.name}.json").exists(), (
            f"Put a callback of this kind into tavus_hooks/samples/{kind.name}.json; further cases "
            f"go into {kind.name}__<case>.json."
        )


@OF_EVERY_SAMPLE
def test_a_sample_is_an_object_in_json_unless_it_is_put_where_the_others_are(path):
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        value = None
    assert isinstance(value, dict) is (path.parent != NOT_JSON), (
        f"{path.name} belongs into {'samples' if value else 'samples/not_json'}."
    )


def test_nothing_else_lies_among_the_samples():
    there = {path for path in SAMPLES.rglob("*") if path.is_file()}
    assert there == set(EVERY_SAMPLE)


def matching(payload: Payload) -> list[str]:
    """The kinds that match a payload, in the order in which what they claim is asked about."""
    found = [kind for kind in all_kinds() if kind.matches(payload)]
    in_order: list[str] = []
    for claim in claims_on(payload):
        claiming = [kind.name for kind in found if claim in kind.claims]
        assert len(claiming) <= 1, (
            f"{payload.data} is matched by {claiming}, which all claim {claim!r}: let `matches()` "
            "of these kinds exclude each other, or one of them claim the event type by its name."
        )
        in_order += claiming
    assert {kind.name for kind in found} == set(in_order), (
        "`claims` of a kind leaves out a family or an event type that its `matches()` takes."
    )
    return in_order


@OF_EVERY_SAMPLE
def test_the_kind_in_its_name_takes_a_sample_and_no_other_has_the_same_claim_on_it(path):
    payload = Payload(decode(path.read_bytes()).value)
    expected = [] if kind_of(path) == UNKNOWN.name else [kind_of(path)]
    assert matching(payload)[:1] == expected, f"Rename {path.name} after the kind that takes it."


def test_what_a_whole_family_is_claimed_for_also_takes_what_a_kind_claims_by_name():
    """So that this order of precedence is the only one there is among the kinds of the app."""
    enveloped = Payload(all_samples()["objective.completed__enveloped"])
    assert matching(enveloped) == ["objective.completed", "conversation.message"]


def test_of_two_callbacks_in_one_only_one_kind_takes_the_family_that_comes_first():
    samples = main_samples().values()
    for one, other in product(samples, samples):
        matching(Payload({**one, **other}))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_an_event_type_that_is_called_as_a_family_is_none_of_it(family):
    payload = Payload({"event_type": family.name, "status": "ready"})
    assert matching(payload) == []
    assert classify(payload) is UNKNOWN


def test_a_video_without_its_id_is_not_taken_for_the_replica_that_it_names():
    video = {"video_name": "Welcome", "replica_id": "r1", "status": "ready"}
    assert matching(Payload(video)) == ["video.ready"]


@OF_EVERY_SAMPLE
def test_a_sample_is_read_without_a_remark_on_whom_and_when_it_concerns(path):
    payload = Payload(decode(path.read_bytes()).value)
    kind = classify(payload)
    kind.occurred_at(payload)
    assert kind.subject_id(payload) or not kind.subject_type
    assert payload.remarks == []


MODULE_OF = {DOCTOR: "doctor", COMPLETED: "completion"}
"""The module of what Tavus never sends."""
OF_CONVERSATIONS = {"conversation", "recording", "events"}
"""The modules of what is about a conversation."""


@EVERY_KIND
def test_a_kind_lives_in_the_module_of_its_subject(kind):
    module = type(kind).__module__.removeprefix("tavus_hooks.kinds.")
    if kind.name in MODULE_OF:
        expected = {MODULE_OF[kind.name]}
    elif kind.subject_type == "conversation":
        expected = OF_CONVERSATIONS
    else:
        expected = {kind.subject_type}
    assert module in expected, (
        f"The kind {kind.name} belongs into tavus_hooks/kinds/{' or '.join(expected)}.py."
    )


def test_every_kind_of_the_app_is_registered_when_it_is_imported():
    modules = [
        import_module(f"{kinds.__name__}.{module.name}") for module in iter_modules(kinds.__path__)
    ]
    written = {
        value
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Kind) and "name" in vars(value)
    }
    assert written - {type(UNKNOWN)} == set(BUILT_IN), (
        "Put the class into KINDS at the end of its module, and a new module into built_in.py."
    )
    assert len(BUILT_IN) == len({kind.name for kind in BUILT_IN})


@EVERY_KIND
def test_every_kind_has_a_signal_of_that_name(kind):
    if kind.name == DOCTOR:  # only asks whether anything arrives
        return
    assert getattr(tavus_hooks.signals, kind.signal.name) is kind.signal, (
        f"Give {kind.name} a `signal`, and define that under its name in tavus_hooks/signals/."
    )


def test_no_two_kinds_share_a_signal_save_the_two_names_of_joining():
    names = [kind.signal.name for kind in all_kinds() if kind.signal]
    assert {name for name in names if names.count(name) > 1} == {"replica_joined"}


@EVERY_KIND
def test_a_kind_fits_into_the_columns_that_name_it(kind):
    assert len(kind.name) <= 64
    assert kind.subject_type in {"video", "replica", "conversation", "document"} or (
        kind.name in INTERNAL
    )
    assert 0 <= kind.rank <= 999


def exercised(kind: Kind, payload: Payload) -> None:
    """All that is done with a payload before it is stored, whether or not it is of that kind."""
    kind.matches(payload)
    assert isinstance(kind.subject_id(payload), str)
    assert len(kind.subject_id(payload)) <= 128
    occurred_at = kind.occurred_at(payload)
    assert all(isinstance(part, str) for part in kind.identity(payload))
    kind.policy_for(payload)
    kinds.duplicates_only_within_window(kind, payload, occurred_at)
    for moment in (occurred_at, None):
        key = idempotency_key(kind, payload, moment, lambda: "0" * 64, reference="")
        assert key is None or len(key) == 64


@given(any_json())
@settings(max_examples=150)
def test_no_kind_raises_on_any_json(value):
    for kind in (*all_kinds(), UNKNOWN):
        exercised(kind, Payload(value))


@given(any_json() | mutated_samples())
@settings(max_examples=150)
def test_a_callback_is_of_the_first_kind_that_matches(value):
    first = (matching(Payload(value)) or [UNKNOWN.name])[0]
    assert classify(Payload(value)).name == first


@given(any_json())
@settings(max_examples=60)
def test_the_same_callback_has_the_same_identity_each_time(value):
    def key() -> str | None:
        payload = Payload(value)
        kind = classify(payload)
        return idempotency_key(
            kind, payload, kind.occurred_at(payload), lambda: "0" * 64, reference=""
        )

    assert key() == key()
