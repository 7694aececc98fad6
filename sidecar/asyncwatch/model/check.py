"""The contract of a check: one judged property, one loop over a batch's columns."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Protocol, runtime_checkable

from msgspec import Struct

from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation


class Check(Protocol):
    """One judged property of the messages of one route. An instance belongs to one route and keeps its state.

    Laws: docs/laws/check.md.
    """

    writes: ClassVar[frozenset[str]]
    """The columns of an Observation this check may fill."""

    def observe(self, obs: Observation, /) -> None:
        """Judge every row of a batch.

        Raises: nothing; bad data is a Fault.
        """

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Let time pass, also on a silent channel; called about once a second and at the end.

        What it returns over a whole run depends on the rows, their observed times and the last `now_ns` only, never on
        how often it is called.
        """

    def statistics(self) -> Struct:
        """Give the counts so far; read at export, never per message."""


@runtime_checkable
class Finishing(Protocol):
    """A check that holds messages back (a sequence that may have begun again) and judges them when nothing more comes."""

    def finish(self, now_ns: int, /) -> Sequence[Finding]:
        """Judge what is held, and give the last findings; called once, after the last `observe`."""
