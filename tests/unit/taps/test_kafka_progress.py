"""How far a partition is read: new logs under old names, and what was not seen."""

from __future__ import annotations

import pytest

from asyncwatch.taps.base import Filter
from asyncwatch.taps.kafka.positions import settle
from asyncwatch.taps.kafka.topics import Progress

ORDERS = Filter("orders", "orders")


def progress(position: int, stop: int | None = None) -> Progress:
    return Progress(ORDERS, position, live_from=0, begun_ns=0, stop=stop)


@pytest.mark.parametrize(
    ("younger", "end", "expected"),
    [
        (None, 120, 100),  # the same log, nothing new
        (100, 120, 100),  # the same log, new messages behind the old place
        (110, 120, 100),  # the same log, the first ones have odd times
        (0, 7, 0),  # a new log, shorter than the old one
        (0, 300, 0),  # a new log, longer by now
        (None, 90, 90),  # cut short: nothing in it is new
        (0, 0, 0),  # a new log that is empty again
    ],
)
def test_the_first_younger_message_tells_a_new_log_from_the_old_one(younger: int | None, end: int, expected: int):
    one = progress(100)
    settle(one, younger, end)
    assert one.position == expected
    assert (one.gap is None) == (expected == 100)


def test_a_new_log_ends_no_later_than_its_end():
    one = progress(100, stop=150)
    settle(one, 0, 7)
    assert one.stop == 7
    assert not one.done


def test_lost_ranges_that_were_not_told_become_one():
    one = progress(10)
    one.lose(10, 12, "first")
    one.lose(15, 20, "second")
    assert one.gap is not None
    assert (one.gap.start, one.gap.end, one.gap.count, one.gap.reason) == (10, 20, None, "second")
