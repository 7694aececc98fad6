"""Columns of event times are read as their values one by one are."""

from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.ordering.event_time import EventTimeReader, parse_event_time

dates = st.sampled_from(["2026-01-31T12:00:00", "2026-01-31t12:00:00", "2026-01-31 12:00:00", "2026-02-30T12:00:00", "2016-12-31T23:59:60", "0001-01-01T00:00:00", "9999-12-31T23:59:59"])  # fmt: skip
fractions = st.sampled_from(["", ".", ".5", ".123", ".123456", ".123456789", ".1234567891", ".12a"]) | st.integers(
    0, 999
).map(lambda n: f".{n:03d}")
zones = st.sampled_from(["Z", "z", "+01:00", "-00:00", "", " ", "ZZ"])
texts = st.tuples(dates, fractions, zones).map("".join)
values = (
    st.none()
    | st.integers()
    | st.booleans()
    | st.text(max_size=30)
    | st.binary(max_size=30)
    | texts
    | texts.map(str.encode)
    | texts.map(str.encode)
)


@given(st.lists(values, max_size=30), st.sampled_from(["auto", "s", "ms"]))
def test_a_column_is_read_value_by_value(column, unit):
    reader = EventTimeReader(unit)
    expected = [None if value is None else parse_event_time(value, unit) for value in column]
    assert reader.read(column) == expected
    assert reader.read(column) == expected
