"""Columns are counted as their values would be, one by one."""

from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.checks.volume import VolumeCheck
from asyncwatch.model.batch import Batch
from asyncwatch.model.distribution import (
    SIZE_BOUNDS_BYTES,
    TRANSIT_BOUNDS_NS,
    Distribution,
    Exemplars,
    count_sampled,
    is_sampled,
)
from asyncwatch.model.histogram import _TOPS_NS, Histogram
from asyncwatch.model.observation import Observation
from engine import BASE_NS, kafka_document, plan_of

EDGES = [
    edge + off for edge in (*TRANSIT_BOUNDS_NS, *SIZE_BOUNDS_BYTES, *_TOPS_NS[::40], 0, 1, 2) for off in (-1, 0, 1)
]
VALUES = st.sampled_from(EDGES) | st.integers(-(10**10), 10**19) | st.integers(-5, 300)
COLUMNS = st.lists(VALUES, min_size=1, max_size=40)
DOCUMENT = kafka_document("  orders: {address: orders, messages: {Order: {payload: {type: object}}}}")


def slow_distribution(bounds, values):
    counts = [0] * (len(bounds) + 1)
    for value in values:
        counts[sum(value > bound for bound in bounds)] += 1
    return counts


@given(COLUMNS)
def test_a_column_falls_into_the_buckets_of_its_values(values):
    for bounds in (TRANSIT_BOUNDS_NS, SIZE_BOUNDS_BYTES):
        column, single = Distribution.over(bounds), Distribution.over(bounds)
        column.record_column(values)
        column.record_sorted(sorted(values))
        for value in values * 2:
            single.record(value)
        assert column == single
        assert column.counts == slow_distribution(bounds, values * 2)
        assert (column.count, column.total) == (2 * len(values), 2 * sum(values))


@given(COLUMNS)
def test_a_sorted_column_is_counted_as_each_duration_would_be(values):
    column, single = Histogram(), Histogram()
    column.record_sorted_ns(sorted(values))
    for value in values:
        single.record(value / 1e9)
    assert (column.counts, column.zero, column.total, column.largest) == (
        single.counts, single.zero, single.total, single.largest,
    )  # fmt: skip


def test_every_top_of_the_table_is_the_last_of_its_bucket():
    for top in _TOPS_NS:
        for value in {top, top + 1} - {1}:
            column, single = Histogram(), Histogram()
            column.record_sorted_ns([value])
            single.record(value / 1e9)
            assert column.counts == single.counts


ROWS = st.lists(
    st.tuples(
        st.none() | st.integers(-(10**10), 10**12),  # how long before it was seen it was sent
        st.none() | st.binary(max_size=300),
        st.none() | st.tuples(st.integers(1, 2**64), st.integers(0, 255)),  # trace, flags
    ),
    min_size=1, max_size=12,
)  # fmt: skip


def batch_of(rows, start, *, live=True):
    return Batch(
        server="production", filter="orders", partition=0, addresses=None, payloads=[one[1] for one in rows],
        headers=[() for _ in rows], keys=[None] * len(rows), positions=list(range(start, start + len(rows))),
        sent_ns=[None if one[0] is None else BASE_NS - one[0] for one in rows], time_source="producer",
        observed_ns=[BASE_NS] * len(rows), live=live,
    )  # fmt: skip


def observed(rows, start, route, *, live=True):
    obs = Observation(batch_of(rows, start, live=live), route)
    obs.context = [None if one[2] is None else b"00-%032x-%016x-%02x" % (one[2][0], 7, one[2][1]) for one in rows]
    return obs


@given(ROWS)
def test_volume_counts_the_same_row_by_row(rows):
    (route,) = plan_of(DOCUMENT).routes.documented()
    whole, single = VolumeCheck(route), VolumeCheck(route)
    whole.observe(observed(rows, 0, route))
    for number, one in enumerate(rows):
        single.observe(observed([one], number, route))
    told, twin = whole.statistics(), single.statistics()
    assert (told.sizes, told.transit, told.skew, told.sampled) == (twin.sizes, twin.transit, twin.skew, twin.sampled)
    assert told.latency.counts == twin.latency.counts
    timed = [one[0] for one in rows if one[0] is not None]
    assert told.transit.counts == slow_distribution(TRANSIT_BOUNDS_NS, [max(one, 0) for one in timed])
    assert told.transit.total == sum(max(one, 0) for one in timed)
    assert told.skew.counts == slow_distribution(TRANSIT_BOUNDS_NS, [-one for one in timed if one < 0])
    assert told.sizes.count == sum(one[1] is not None for one in rows)
    assert told.sizes.total == told.bytes
    assert sum(told.sampled.values()) == sum(one[2] is not None and one[2][1] % 2 for one in rows)


@given(ROWS)
def test_only_live_messages_have_a_transit(rows):
    (route,) = plan_of(DOCUMENT).routes.documented()
    check = VolumeCheck(route)
    check.observe(observed(rows, 0, route, live=False))
    assert check.statistics().transit.count == check.statistics().skew.count == 0
    assert not any(check.examples.slots)


@given(ROWS)
def test_an_example_lies_in_its_bucket_and_is_a_message_of_the_batch(rows):
    (route,) = plan_of(DOCUMENT).routes.documented()
    check = VolumeCheck(route)
    check.observe(observed(rows, 0, route))
    known = {(max(one[0], 0), one[2][0]) for one in rows if one[0] is not None and one[2] is not None}
    for bucket, slot in enumerate(check.examples.slots):
        if slot is not None:
            assert (slot.value, int(slot.trace_id, 16)) in known
            assert slow_distribution(TRANSIT_BOUNDS_NS, [slot.value])[bucket] == 1


def test_an_example_with_a_recorded_trace_is_kept_against_one_without():
    examples = Exemplars((10,))
    recorded, not_recorded = (b"00-%032x-%016x-%s" % (1, 2, flags) for flags in (b"01", b"00"))
    examples.note(3, not_recorded, 1)
    examples.note(4, recorded, 2)
    examples.note(5, not_recorded, 3)
    assert examples.slots[0] is not None
    assert (examples.slots[0].value, examples.slots[0].sampled) == (4, True)


@given(st.lists(st.integers(0, 255)))
def test_sampled_flags_are_counted_over_the_joined_column(flags):
    contexts = [b"00-%032x-%016x-%02x" % (1, 2, one) for one in flags]
    assert count_sampled(contexts) == sum(map(is_sampled, contexts)) == sum(one & 1 for one in flags)
