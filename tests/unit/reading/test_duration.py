from __future__ import annotations

import pytest

from asyncwatch.reading.duration import parse_duration


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("PT5S", 5), ("PT1M30S", 90), ("P1DT2H", 93_600), ("P2W", 1_209_600), ("PT0.5S", 0.5), ("5s", 5), ("1m30s", 90),
        ("250ms", 0.25), ("2h", 7200), ("1d", 86_400), ("5", 5), ("0.5", 0.5), (5, 5), (0, 0), (1.5, 1.5), (" 5s ", 5),
    ],
)  # fmt: skip
def test_durations_are_read_in_all_their_forms(text, seconds):
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize(
    "text", ["", "P", "PT", "P1Y", "-5s", "5x", "s", "1e5", "٥s", True, None, [], -1, float("nan"), float("inf"), "5 s"]
)
def test_what_is_no_duration_is_none(text):
    assert parse_duration(text) is None
