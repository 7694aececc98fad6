"""What a capture itself missed is nobody's fault: numbers missing across it are unobserved."""

from __future__ import annotations

import json

import pytest

from asyncwatch.model.batch import Batch, ObservationGap
from asyncwatch.model.clock import format_time
from asyncwatch.taps.capture.blindness import Blindness
from asyncwatch.taps.capture.line import write_lines
from engine import BASE_NS, found, judge, kafka_document, row

DOCUMENT = kafka_document("""
  orders:
    address: orders
    x-asyncwatch: {sequence: {location: "$message.header#/sequence_id", key: "$message.header#/from"}}
    messages:
      Order: {payload: {type: object}}
  moves:
    address: moves.{carrier}
    parameters: {carrier: {}}
    x-asyncwatch: {sequence: {location: "$message.header#/sequence_id", key: "$message.header#/from"}}
    messages:
      Move: {payload: {type: object}}
""")
END = {"end": format_time(BASE_NS + 300 * 10**9)}


def message(number: int, partition: int = 0, address: str = "orders") -> dict[str, object]:
    return {
        "address": address, "partition": partition, "offset": number, "payload": "{}",
        "headers": [["sequence_id", str(number)], ["from", f"{address} {partition}"]],
        "observed": format_time(BASE_NS + number * 10**7),
    }  # fmt: skip


def gap(**place: object) -> dict[str, object]:
    return {"gap": {"from": 10, "to": 19} | place}


def before_and_after(numbers, *, partition: int = 0, address: str = "orders") -> list[dict[str, object]]:
    return [message(number, partition, address) for number in numbers]


def counts(lines, channel: str = "orders") -> tuple[int, int, int]:
    report = judge(DOCUMENT, [*lines, END])
    ordering = row(report, channel).ordering
    assert bool(found(report, "sequence.lost")) == bool(ordering.lost)
    return ordering.gaps, ordering.lost, ordering.unobserved


def test_without_a_gap_line_missing_numbers_are_lost():
    assert counts([*before_and_after(range(10)), *before_and_after(range(20, 30))]) == (1, 10, 0)


@pytest.mark.parametrize(
    "place",
    [
        {"server": "production", "address": "orders", "partition": 0}, {"address": "orders", "partition": 0},
        {"address": "orders"}, {"server": "production"}, {},
        {"address": "orders", "partition": 0, "from": format_time(BASE_NS), "to": format_time(BASE_NS + 10**9)},
    ],
    ids=["whole", "server left out", "all partitions", "all addresses", "everything", "times"],
)  # fmt: skip
def test_numbers_missing_across_a_gap_are_unobserved(place):
    lines = [*before_and_after(range(10)), gap(**place), *before_and_after(range(20, 30))]
    assert counts(lines) == (0, 0, 10)


@pytest.mark.parametrize("place", [{"address": "other"}, {"address": "orders", "partition": 1}, {"server": "other"}])
def test_a_gap_elsewhere_excuses_nothing(place):
    lines = [*before_and_after(range(10)), gap(**place), *before_and_after(range(20, 30))]
    assert counts(lines) == (1, 10, 0)


def test_a_gap_excuses_only_the_first_message_behind_it():
    later = before_and_after(range(20, 25)) + before_and_after(range(27, 30))
    assert counts([*before_and_after(range(10)), gap(address="orders"), *later]) == (1, 2, 10)


def test_a_gap_over_all_partitions_excuses_each_of_them_once():
    lines = [one for number in range(10) for one in (message(number, 0), message(number, 1))]
    lines += [gap(address="orders"), *before_and_after(range(20, 25)), *before_and_after(range(30, 35))]
    lines += [*before_and_after(range(15, 20), partition=1), *before_and_after(range(22, 25), partition=1)]
    assert counts(lines) == (2, 5 + 2, 10 + 5)


def test_a_gap_in_the_middle_of_a_run_of_lines_stands_where_it_was_written():
    lines = [message(0), message(1), message(4), gap(address="orders", partition=0), message(9)]
    assert counts(lines) == (1, 2, 4)


def test_a_gap_of_a_pattern_s_batch_is_read_back_before_the_same_message():
    def batch(first: int, hole: ObservationGap | None) -> Batch:
        numbers = range(first, first + 3)
        return Batch(
            server="production", filter="moves.{carrier}", partition=0, addresses=["moves.hare"] * 3, payloads=[b"{}"] * 3,
            headers=[[("sequence_id", b"%d" % number), ("from", b"x")] for number in numbers], keys=[None] * 3,
            positions=list(numbers), sent_ns=[None] * 3, time_source="none", observed_ns=[BASE_NS] * 3, gap=hole,
        )  # fmt: skip

    def read_back(hole: ObservationGap | None) -> tuple[int, int, int]:
        written = write_lines(batch(0, None), "moves.{carrier}") + write_lines(batch(7, hole), "moves.{carrier}")
        return counts([json.loads(line) for line in written.splitlines()], "moves")

    assert read_back(None) == (1, 4, 0)
    assert read_back(ObservationGap(3, 6, None, "trimmed")) == (0, 0, 4)
    assert read_back(ObservationGap(3, 6, 0, "nothing was missed")) == (1, 4, 0), "a count that is known stays known"


def test_beyond_its_bounds_blindness_covers_more_and_never_less(monkeypatch):
    monkeypatch.setattr("asyncwatch.taps.capture.blindness._MOST_PLACES", 3)
    blindness = Blindness()
    hole = ObservationGap(0, 1, None, "missed")
    for number in range(5):
        blindness.note("s", f"a{number}", 0, hole)
        blindness.note("s", f"b{number}", None, hole)
    for number in range(5):
        assert blindness.before(("s", f"a{number}", 0)) == hole
        assert blindness.before(("s", f"b{number}", number)) == hole
    assert len(blindness._narrow) + len(blindness._told) <= 3 + 3
    assert len(blindness._wide) <= 3 + 1
