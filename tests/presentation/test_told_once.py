"""What is said of a row is said in presentation/, and nowhere a second time."""

import re
from pathlib import Path

import pytest

from tests.running import ROOT

PACKAGE = ROOT / "tavus_hooks"
SOURCES = [
    path
    for path in sorted(PACKAGE.rglob("*"))
    if path.suffix in {".py", ".html"} and "migrations" not in path.parts
]


def told(pattern: str, *allowed: str) -> list[str]:
    """Where the pattern is found but in these rooms and files."""
    found = []
    for path in SOURCES:
        place = str(path.relative_to(PACKAGE))
        if not place.startswith(allowed):
            text = path.read_text()
            found += [f"{place}: {match[0]}" for match in re.finditer(pattern, text)]
    return found


def test_statuses_of_tavus_are_named_by_models_and_kinds_alone():
    compared = r"""status(?:__in)?["']?\s*(?:==|!=|=|:|(?:not\s+)?in)\s*[\[{(]?\s*["'](?!_)\w+"""
    turned_round = r"""["']\w+["']\s*(?:==|!=)\s*[\w.]*\bstatus\b"""
    matched = r"match [\w.]*\bstatus:"
    chosen = r"[?&]status=\w+"
    # What the app says itself: the answer to Tavus, {"status": "stored"}.
    ours = "webhook/views.py"
    pattern = "|".join((compared, turned_round, matched, chosen))
    assert told(pattern, "models/", "kinds/", ours) == []


def test_a_tone_is_chosen_by_badges_alone():
    named = r"""tavus-(?:good|busy|bad|plain)\b|["'](?:good|busy|bad)["']"""
    imported = r"badges?(?:\.| import [^\n]*\b)(?:GOOD|BUSY|BAD|PLAIN)\b"
    assert told(f"{named}|{imported}", "presentation/badges.py") == []


def test_a_badge_is_drawn_by_its_template_alone():
    drawn = "tavus-badge|tavus-{"
    templates = "templates/tavus_hooks/components/"
    allowed = (f"{templates}badge.html", f"{templates}transcript.html")
    assert told(drawn, *allowed) == []


def test_moments_durations_and_sizes_are_put_into_words_by_formats_alone():
    moments = (
        r"date_format|time_format|strftime|ctime\(|localtime\(|_FORMAT\b|\|\s*(?:date|time)\b"
        r"|timesince|timeuntil|natural(?:time|day)|{%\s*now\b|:%[aAbBdHIjmMpSyY]"
    )
    unit = r"(?:s|h|ms|min|sec|seconds?|minutes?|hours?|[kKMG]i?B|bytes?)\b"
    durations = rf"""[}}sd]\s{unit}["']|divmod\([^)]*\b60\)|//\s*(?:60|3600)\b"""
    sizes = r"filesizeformat|//?\s*1024\b"
    pattern = f"{moments}|{durations}|{sizes}"
    # What commands print, and what is kept with a body that is too large.
    elsewhere = ("maintenance/", "management/", "payload/decoding.py")
    assert told(pattern, "presentation/formats.py", *elsewhere) == []


@pytest.mark.parametrize(
    ("line", "pattern_test"),
    [
        ('rows.filter(status="error")', "status"),
        ('{% if object.status == "ready" %}', "status"),
        ('href="?status=ready"', "status"),
        ('<span class="tavus-badge tavus-good">', "tone"),
        ('row.status not in ("ready",)', "status"),
        ('status in (\n    "ready",\n)', "status"),
        ('"error" == row.status', "status"),
        ('rows.filter(**{"status": "error"})', "status"),
        ('match row.status:\n    case "ready":', "status"),
        ('href="?q=x&status=ready"', "status"),
        ('return "bad" if failed else ""', "tone"),
        ("badges.BAD if failed else badges.GOOD", "tone"),
        ("from ..presentation.badges import BAD", "tone"),
        ('<span class="tavus-badge">', "badge"),
        ('<span class="tavus-{{ tone }}">', "badge"),
        ('date_format(at, "DATETIME_FORMAT")', "moment"),
        ('{{ at|date:"H:i" }}', "moment"),
        ('{{ at | date:"H:i" }}', "moment"),
        ('{% now "H:i" %}', "moment"),
        ("{{ at|timeuntil }}", "moment"),
        ("time_format(at)", "moment"),
        ('f"{at:%H:%M}"', "moment"),
        ("at.ctime()", "moment"),
        ('f"{length:.1f} s"', "moment"),
        ('ngettext("%d second", "%d seconds", count)', "moment"),
        ("minutes, rest = divmod(length, 60)", "moment"),
        ("minutes = length // 60", "moment"),
        ("{{ size|filesizeformat }}", "moment"),
        ('f"{size / 1024:.0f} kB"', "moment"),
    ],
)
def test_what_is_told_a_second_time_is_found(tmp_path: Path, monkeypatch, line, pattern_test):
    again = tmp_path / "again.html"
    again.write_text(line)
    monkeypatch.setattr("tests.presentation.test_told_once.SOURCES", [again])
    monkeypatch.setattr("tests.presentation.test_told_once.PACKAGE", tmp_path)
    tests = {
        "status": test_statuses_of_tavus_are_named_by_models_and_kinds_alone,
        "tone": test_a_tone_is_chosen_by_badges_alone,
        "badge": test_a_badge_is_drawn_by_its_template_alone,
        "moment": test_moments_durations_and_sizes_are_put_into_words_by_formats_alone,
    }
    with pytest.raises(AssertionError):
        tests[pattern_test]()
