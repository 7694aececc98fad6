"""Numbers and times exactly as the dashboard promises to write them."""

from __future__ import annotations

import pytest

from asyncwatch_tui.durations import (
    clock_of,
    clock_of_text,
    fit_duration,
    format_age,
    format_duration,
    format_latency,
    format_whole,
    seconds_between,
)
from asyncwatch_tui.numbers import (
    fit_count,
    format_bytes,
    format_change,
    format_count,
    format_rate,
    format_share,
    format_whole_share,
)

TABLE = [
    (format_count, None, "–"), (format_count, 0, "0"), (format_count, 412, "412"), (format_count, 4_596, "4 596"),
    (format_count, 9_999, "9 999"), (format_count, 10_000, "10.0k"), (format_count, 19_712, "19.7k"),
    (format_count, 99_949, "99.9k"), (format_count, 99_951, "100k"), (format_count, 999_499, "999k"),
    (format_count, 999_501, "1.00M"), (format_count, 10_200_000, "10.2M"), (format_count, -7, "−7"),
    (format_count, 10**30, ">999E"),
    (format_rate, None, "–"), (format_rate, 0.0, "0"), (format_rate, 0.003, "<0.01"), (format_rate, 0.2, "0.20"),
    (format_rate, 9.0, "9.00"), (format_rate, 9.996, "10.0"), (format_rate, 77.41, "77.4"), (format_rate, 99.96, "100"),
    (format_rate, 412.4, "412"), (format_rate, 1_212.0, "1.21k"), (format_rate, 5_158.0, "5.16k"),
    (format_rate, float("nan"), "–"), (format_rate, float("inf"), "–"), (format_rate, -3.0, "−3.00"),
    (format_change, 0, "±0"), (format_change, -40_800.0, "−40.8k/s"), (format_change, 3.1, "+3.10/s"),
    (format_change, None, "–"),
    (format_bytes, None, "–"), (format_bytes, 0, "0 B"), (format_bytes, 344, "344 B"), (format_bytes, 61_000, "61 kB"),
    (format_bytes, 3_800_000, "3.8 MB"), (format_bytes, 999_999, "1.0 MB"), (format_bytes, 9_949, "9.9 kB"),
    (format_share, None, "–"), (format_share, 1.0, "100"), (format_share, 0.99996, "99.99"),
    (format_share, 0.999999999999, "99.99"), (format_share, 0.9957, "99.57"), (format_share, 0.982, "98.20"),
    (format_share, 0.9, "90.00"), (format_share, 0.8319, "83.1"), (format_share, 0.0, "0"), (format_share, 0.0004, "<0.1"),
    (format_whole_share, 1.0, "100"), (format_whole_share, 0.999, "99"), (format_whole_share, 0.83, "83"),
    (format_whole_share, 0.002, "<1"), (format_whole_share, 0.0, "0"), (format_whole_share, None, "–"),
    (format_latency, None, "–"), (format_latency, 0.0, "0 ms"), (format_latency, 0.0004, "<1 ms"),
    (format_latency, 0.003, "3 ms"), (format_latency, 0.41, "410 ms"), (format_latency, 1.25, "1.2 s"),
    (format_duration, None, "–"), (format_duration, 0.0, "0.0 s"), (format_duration, 0.4, "0.4 s"),
    (format_duration, 48.29, "48.2 s"), (format_duration, 59.99, "59.9 s"), (format_duration, 250, "4 m 10 s"),
    (format_duration, 240, "4 m"), (format_duration, 4_200, "1 h 10 m"), (format_duration, 100_800, "1 d 4 h"),
    (format_duration, 11 * 86_400 + 7_200, "11 d"), (format_duration, -3, "0.0 s"),
    (format_age, None, "–"), (format_age, 0.19, "now"), (format_age, -1, "now"), (format_age, 0.4, "0.4 s"),
    (format_age, 3.44, "3.4 s"), (format_age, 12.9, "12 s"), (format_age, 250, "4 m 10 s"),
    (format_whole, 0.4, "0 s"), (format_whole, 42.9, "42 s"), (format_whole, 61, "1 m 1 s"),
]  # fmt: skip


@pytest.mark.parametrize(("write", "value", "text"), TABLE, ids=lambda item: getattr(item, "__name__", repr(item)))
def test_a_value_is_written_as_the_table_says(write, value, text):
    assert write(value) == text


@pytest.mark.parametrize(
    ("count", "width", "text"),
    [(4_596, 5, "4 596"), (4_596, 4, "4.6k"), (9_999, 4, "10k"), (812_345, 4, "812k"), (19_712, 3, "20k"),
     (7, 3, "7"), (10**30, 4, ">999"), (None, 3, "–")],
)  # fmt: skip
def test_a_count_is_written_into_a_width_with_fewer_digits(count, width, text):
    assert fit_count(count, width) == text


def test_every_count_fits_every_width_of_the_table():
    for width in (3, 4, 5):
        for count in (*range(0, 12_000, 37), 99_950, 999_499, 999_500, 999_999, 10**7, 10**12, 10**18 - 1):
            assert len(fit_count(count, width)) <= width, (count, width)


@pytest.mark.parametrize(
    ("text", "width", "fitted"),
    [
        ("4 m 10 s", 6, "4 m"),
        ("410 ms", 5, "0.4 s"),
        ("48.2 s", 6, "48.2 s"),
        ("now", 3, "now"),
        ("1000 d", 5, "1000d"),
    ],
)
def test_a_duration_loses_its_smaller_unit_before_it_is_cut(text, width, fitted):
    assert fit_duration(text, width) == fitted


def test_times_are_read_and_shown_in_utc():
    assert clock_of(1_767_225_661_000_000_000) == "00:01:01"
    assert clock_of_text("2026-01-01T02:01:01+02:00") == "00:01:01"
    assert clock_of_text("yesterday") == "–"
    assert clock_of_text(None) == "–"
    assert seconds_between("2026-01-01T00:01:00Z", 1_767_225_661_500_000_000) == 1.5
    assert seconds_between("nonsense", 0) is None
