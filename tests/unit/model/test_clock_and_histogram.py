"""Times as text, and histograms that can be added."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.model.clock import format_time, parse_time
from asyncwatch.model.histogram import Histogram


@given(st.integers(-2_000_000_000_000_000, 200_000_000_000_000_000))
def test_a_time_is_read_back_to_the_microsecond(time_us):
    assert parse_time(format_time(time_us * 1000)) == time_us * 1000


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("1970-01-01T00:00:00Z", 0), ("1970-01-01T01:00:00+01:00", 0), ("1969-12-31T19:00:00-05:00", 0),
        ("1970-01-01t00:00:00.5z", 500_000_000), ("1970-01-01T00:00:00.123456789Z", 123_456_789),
        ("1970-01-01 00:00:01Z", 10**9), ("2016-12-31T23:59:60Z", 1_483_228_800 * 10**9),
        ("1970-01-01", None), ("1970-13-01T00:00:00Z", None), ("1970-02-30T00:00:00Z", None), ("noon", None),
        ("1970-01-01T00:00:00", None), ("1970-01-01T24:00:00Z", None), ("1970-01-01T00:00:61Z", None), ("", None),
        ("٢٠٢٦-01-01T00:00:00Z", None),
    ],
)  # fmt: skip
def test_rfc_3339(text, time_ns):
    assert parse_time(text) == time_ns


@pytest.mark.parametrize("time_ns", [-(10**30), 10**30])
def test_a_time_beyond_all_years_is_written_all_the_same(time_ns):
    assert format_time(time_ns).endswith("Z")


seconds = st.floats(1e-6, 1e4)


@given(st.lists(seconds, min_size=1, max_size=200), st.sampled_from([0.5, 0.95, 0.99]))
def test_a_quantile_is_within_a_bucket_of_the_truth(values, share):
    histogram = Histogram()
    for value in values:
        histogram.record(value)
    truth = sorted(values)[max(math.ceil(share * len(values)), 1) - 1]
    assert histogram.quantile(share) == pytest.approx(truth, rel=0.1)


@given(st.lists(seconds | st.just(0.0), max_size=50), st.lists(seconds | st.just(-1.0), max_size=50))
def test_adding_two_is_recording_all(one, other):
    parts = [Histogram(), Histogram()]
    whole = Histogram()
    for part, values in zip(parts, (one, other), strict=True):
        for value in values:
            part.record(value)
            whole.record(value)
    parts[0].add(parts[1])
    assert (parts[0].counts, parts[0].zero, parts[0].total, parts[0].largest) == (
        whole.counts,
        whole.zero,
        whole.total,
        whole.largest,
    )


def test_nothing_counted_is_not_known():
    assert Histogram().quantile(0.5) is None
    assert Histogram().dense() == (0, [])
