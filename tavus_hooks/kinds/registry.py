"""The registered kinds, and finding the kind of a payload."""

import logging
from typing import Any, TypeVar

from django.db.models import Q

from ..models import Callback
from ..models.subjects import SUBJECTS
from ..payload import Payload
from .base import SAID, DuplicatePolicy, Kind
from .built_in import BUILT_IN
from .families import Claim, claims_on
from .unknown import NOT_KNOWN, UNKNOWN

logger = logging.getLogger(__name__)

_registered: dict[str, Kind] = {}
_of_hosts: list[Kind] = []
# The app's own kinds by what they claim, so that a callback need not be tried with each.
_claimants: dict[Claim, list[Kind]] = {}
AnyKind = TypeVar("AnyKind", bound=type[Kind])


def register(kind: AnyKind) -> AnyKind:
    """Class decorator that registers a kind. A later kind of the same name replaces it.

    Raises TypeError for `claims` that are one text in place of a tuple, for a `name` that is no
    text and for a `duplicate_policy` that is none; ValueError for a `name` that is empty or longer
    than `Callback.kind`; LookupError for a `subject_type` that is none of video, replica,
    conversation, document, for an `ages_with` that is none of transcripts, analyses, and for one
    with `completes` or `supersedes` whose callbacks carry no reference of their subject.
    """
    _check_name(kind)
    claims: Any = kind.claims
    if isinstance(claims, str):
        raise TypeError(f"The claims of {kind.name} are a text: write ({claims!r},).")
    policy: Any = kind.duplicate_policy
    if not isinstance(policy, DuplicatePolicy):
        choices = " or ".join(str(each) for each in DuplicatePolicy)
        raise TypeError(f"The duplicate_policy of {kind.name} is {policy!r}: write {choices}.")
    if kind.subject_type and kind.subject_type not in SUBJECTS:
        raise LookupError(f"{kind.subject_type!r} is none of {', '.join(SUBJECTS)}.")
    if kind.ages_with and kind.ages_with not in SAID:
        raise LookupError(f"{kind.ages_with!r} is none of {', '.join(SAID)}.")
    if not kind.carries_reference and (kind.completes or kind.supersedes):
        raise LookupError(f"{kind.name} carries no reference: it completes and supersedes nothing.")
    unregister(kind.name)
    _registered[kind.name] = instance = kind()
    if kind not in BUILT_IN:
        _of_hosts.insert(0, instance)
        return kind
    for claim in instance.claims:
        _claimants.setdefault(claim, []).append(instance)
    return kind


def unregister(name: str) -> None:
    """Unregister a kind. Its callbacks remain, and are treated as of an unknown kind."""
    gone = _registered.pop(name, None)
    for kinds in (_of_hosts, *_claimants.values()):
        if gone in kinds:
            kinds.remove(gone)


def all_kinds() -> list[Kind]:
    return list(_registered.values())


def names_that_change_no_table() -> list[str]:
    """The kinds on which no derived row depends. Kinds that are not registered are left out."""
    silent = [kind.name for kind in all_kinds() if not kind.changes_tables]
    return [*NOT_KNOWN, *silent]


def names_that_contest() -> list[str]:
    """The kinds whose callbacks are compared with the reference of the row that they write."""
    return [kind.name for kind in all_kinds() if kind.contests]


def holding(part: str) -> Q:
    """The callbacks about conversations whose bodies hold what `transcripts` or `analyses` hold.

    A callback of a kind that is unknown or not registered here may hold a transcript, too.
    """
    about = Q(subject_type="conversation")
    if part == UNKNOWN.ages_with:
        return about & ~Q(kind__in=[kind.name for kind in all_kinds() if kind.ages_with != part])
    return about & Q(kind__in=[kind.name for kind in all_kinds() if kind.ages_with == part])


def kind_named(name: str) -> Kind:
    return _registered.get(name, UNKNOWN)


def classify(payload: Payload) -> Kind:
    """The kind that a payload is of. A kind that raises in `matches()` is passed over.

    The host's kinds are tried first, the last registered before the others. Then the app's:
    those that claim the event type come before those that claim a whole family.
    """
    claims = claims_on(payload)
    for kind in _of_hosts:
        if _may_match(kind, claims) and _matches(kind, payload):
            return kind
    for claim in claims:
        for kind in _claimants.get(claim, ()):
            if _matches(kind, payload):
                return kind
    return UNKNOWN


def _check_name(kind: type[Kind]) -> None:
    name: Any = getattr(kind, "name", "")
    if not isinstance(name, str):
        raise TypeError(f"The name of {kind.__name__} is no text: write name = 'garden.watered'.")
    if not name:
        raise ValueError(f"{kind.__name__} has no name: write name = 'garden.watered'.")
    longest = Callback._meta.get_field("kind").max_length
    if longest is not None and len(name) > longest:
        raise ValueError(
            f"The name of {kind.__name__} has {len(name)} characters: write {longest} or fewer."
        )


def _may_match(kind: Kind, claims: tuple[Claim, ...]) -> bool:
    return not kind.claims or any(claim in kind.claims for claim in claims)


def _matches(kind: Kind, payload: Payload) -> bool:
    try:
        return kind.matches(payload)
    except Exception:  # a broken kind of the host must not make all callbacks unknown
        logger.exception("kind raised in matches() and is passed over kind=%s", kind.name)
        payload.remarks.append(f"the kind {kind.name} failed in matches() and was passed over")
        return False


for _kind in BUILT_IN:
    register(_kind)
