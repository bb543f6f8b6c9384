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
    status = r"""(status(?:__in)?\s*(?:==|!=|=|in)\s*[\[{(]?["'](?!_)\w+|\?status=\w+)"""
    ours = "webhook/views.py"  # the answer to Tavus: {"status": "stored"}
    assert told(status, "models/", "kinds/", ours) == []


def test_a_tone_is_chosen_by_badges_alone():
    assert told(r"""tavus-(good|busy|bad|plain)\b|["'](good|busy|bad)["']""", *TONES) == []


TONES = ("presentation/badges.py",)


def test_moments_durations_and_sizes_are_put_into_words_by_formats_alone():
    pattern = r"date_format|strftime|localtime\(|_FORMAT\b|\|(?:date|time)\b|timesince|naturaltime"
    assert told(pattern, "presentation/formats.py") == []


@pytest.mark.parametrize(
    ("line", "pattern_test"),
    [
        ('rows.filter(status="error")', "status"),
        ('{% if object.status == "ready" %}', "status"),
        ('href="?status=ready"', "status"),
        ('<span class="tavus-badge tavus-good">', "tone"),
        ('date_format(at, "DATETIME_FORMAT")', "moment"),
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
        "moment": test_moments_durations_and_sizes_are_put_into_words_by_formats_alone,
    }
    with pytest.raises(AssertionError):
        tests[pattern_test]()
