"""Points of several workers are those of one run over the same messages."""

import pytest

from asyncwatch.model.distribution import TRANSIT_BOUNDS_NS, Distribution, Exemplar
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.adding_points import AddedPoints
from asyncwatch.telemetry.carried_points import pack_points, unpack_points
from asyncwatch.telemetry.points import HistogramPoint, NumberPoint
from unit.telemetry.measured import lines, measuring_of, numbers, observe, points_of

CONTEXT = b"00-" + b"ab" * 16 + b"-" + b"cd" * 8 + b"-01"
COUNTED = {
    "asyncwatch.messages", "asyncwatch.message.body.size", "asyncwatch.transit.duration", "asyncwatch.violations",
    "asyncwatch.context.messages",
}  # fmt: skip


@pytest.fixture(scope="module")
def points():
    return points_of(measuring_of(observe(lines())[1]))


def counted(points):
    return {
        (one.metric.name, one.attributes): one.value
        if isinstance(one, NumberPoint)
        else (one.distribution.counts, one.distribution.total)
        for one in points
        if one.metric.name in COUNTED
        and not any(value.startswith(("sequence.", "document.")) or value == "event.late" for _, value in one.attributes)
    }  # fmt: skip


def test_carried_points_are_the_same(points):
    def order(one):
        return one.metric.name, one.attributes

    carried = sorted(unpack_points(pack_points(points)), key=order)
    for mine, theirs in zip(sorted(points, key=order), carried, strict=True):
        if isinstance(mine, HistogramPoint):
            assert theirs == mine._replace(exemplars=list(mine.exemplars))
        else:
            assert theirs == mine
    assert unpack_points(b"") == []


def test_a_sum_longer_than_64_bits_is_carried():
    distribution = Distribution.over(TRANSIT_BOUNDS_NS)
    for _ in range(40):
        distribution.record(1 << 60)
    (found,) = unpack_points(pack_points([HistogramPoint(metrics.TRANSIT, (), distribution, 10**9)]))
    assert isinstance(found, HistogramPoint)
    assert found.distribution == distribution


def test_partitions_read_by_two_are_those_read_by_one(points):
    halves = [[], []]
    for one in lines():
        if one.get("address") == "orders":
            halves[one["offset"] % 2].append(one)
        elif "end" not in one:
            halves[0].append(one)
    # Sequences are split by this cut, and so are left out of the comparison.
    added = AddedPoints()
    for half in halves:
        added.take(points_of(measuring_of(observe(half)[1])))
    assert counted(added) == counted(points)


def test_amounts_add_and_states_do_not():
    place = (("asyncwatch.server", "production"),)
    one = [
        NumberPoint(metrics.SERVER_STATE, place, 1.0), NumberPoint(metrics.OBSERVER_LAG, (), 2.0),
        NumberPoint(metrics.OBSERVER_LAG_MESSAGES, place, 5), NumberPoint(metrics.MEMORY, (), 100),
    ]  # fmt: skip
    other = [
        NumberPoint(metrics.SERVER_STATE, place, 1.0), NumberPoint(metrics.OBSERVER_LAG, (), 3.0),
        NumberPoint(metrics.OBSERVER_LAG_MESSAGES, place, 6), NumberPoint(metrics.MEMORY, (), 50),
    ]  # fmt: skip
    added = AddedPoints(one)
    added.take(other)
    assert [point.value for point in added] == [1.0, 3.0, 11, 150]
    assert [point.value for point in one] == [1.0, 2.0, 5, 100]


def test_of_two_examples_the_newer_one_stands():
    old, new = (NumberPoint(metrics.VIOLATIONS, (), 1, Exemplar(1, CONTEXT, time_ns)) for time_ns in (1, 2))
    for pair in ((old, new), (new, old)):
        added = AddedPoints([pair[0]])
        added.take([pair[1], NumberPoint(metrics.VIOLATIONS, (), 1)])
        ((_, _, value, example),) = list(added)
        assert (value, example.time_ns) == (3, 2)


def test_what_ended_keeps_its_counts_only(points):
    settled = list(AddedPoints(points).settled())
    assert {one.metric.kind for one in settled} == {"counter", "histogram"}
    assert numbers(settled, "asyncwatch.messages") == numbers(points, "asyncwatch.messages")
