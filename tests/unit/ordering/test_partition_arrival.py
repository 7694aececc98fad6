"""A sequence over a whole channel whose partitions are read one after the other, in any order."""

from __future__ import annotations

import itertools

import pytest

from engine import judge, kafka_document

PARTITIONS = 4
DOCUMENT = kafka_document("""\
  orders:
    address: orders
    x-asyncwatch: {sequence: {location: '$message.header#/sequence_id', scope: channel}}
    messages: {Order: {payload: {type: object}}}
""")


def ordering(order: tuple[int, ...], first: int):
    """Judge 600 numbers, each partition's at once."""
    messages = [
        {
            "address": "orders", "partition": partition, "offset": (number - first) // PARTITIONS,
            "timestamp": "2026-01-01T00:00:00Z", "payload": "{}", "headers": [["sequence_id", str(number)]],
        }
        for partition in order
        for number in range(first + partition, first + 600, PARTITIONS)
    ]  # fmt: skip
    return judge(DOCUMENT, messages).channels[0].ordering


@pytest.mark.parametrize("order", itertools.permutations(range(PARTITIONS)))
def test_nothing_is_lost_in_whatever_order_partitions_arrive(order):
    found = ordering(order, 1_000)
    assert found.in_order + found.out_of_order == 600
    assert (found.missing, found.lost, found.restarts, found.conflicts, found.duplicates) == (0, 0, 0, 0, 0)


def test_a_first_number_that_arrives_late_may_look_like_a_new_run():
    orders = itertools.permutations(range(PARTITIONS))
    assert [one for one in orders if ordering(one, 0).restarts] == [(3, 0, 1, 2)]
