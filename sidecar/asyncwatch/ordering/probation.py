"""A run of numbers that may be a producer started again: held until it is clear.

Rule 1: three messages that go on with the new run, while none goes on with the old one, are a restart.
Rule 2: if both go on, two producers share the sequence; if nothing is clear after 30 s, the held messages are judged
as if there had been no probation.
Source: facts on ordering A3; settled 22.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from asyncwatch.ordering.rows import Place

ENOUGH: Final = 3
MOST_HELD: Final = 16


class Arrival(NamedTuple):
    """A numbered message. `number` is unwrapped where the sequence has a modulus, `wire` is not."""

    number: int
    wire: int
    digest: int
    pair: int
    clock_ns: int
    place: Place
    row: int | None


class Probation:
    """The new run so far, and how often the old one went on."""

    __slots__ = ("first", "held", "highest", "new", "old", "started_ns")

    def __init__(self, arrival: Arrival) -> None:
        self.first = arrival.number
        self.highest = arrival.number
        self.held = [arrival._replace(row=None)]
        self.new = 1
        self.old = 0
        self.started_ns = arrival.clock_ns

    def go_on(self, arrival: Arrival) -> bool:
        """Take a message that continues the new run; tell whether that is enough to decide."""
        self.held.append(arrival._replace(row=None))
        self.highest = arrival.number
        self.new += 1
        return self.new >= ENOUGH

    def hold(self, arrival: Arrival) -> bool:
        """Take a message that may belong to the new run and does not continue it; False when too many are held."""
        if len(self.held) >= MOST_HELD:
            return False
        self.held.append(arrival._replace(row=None))
        return True
