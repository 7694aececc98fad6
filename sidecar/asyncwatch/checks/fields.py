"""Every wanted header of every message, picked in one pass.

Rule 1: names are compared without regard to case; the spelling that was used is told apart from the documented one.
Rule 2: a repeated header counts with its last value (settled 19), and the repeat is noted.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import ClassVar, Final

from msgspec import Struct

from asyncwatch.model.batch import HeaderValue
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route

_UNWANTED: Final = -1
_UNSEEN: Final = -2
_NAMES: Final = 4096
"""Spellings remembered; a producer that invents header names costs a look-up each, not memory."""


class FieldsStatistics(Struct):
    """How many different header spellings were met."""

    spellings: int


class FieldsCheck:
    """Fills `Observation.fields`: a column for each name in `route.slots`."""

    writes: ClassVar[frozenset[str]] = frozenset({"fields", "repeats", "faults"})

    def __init__(self, route: Route) -> None:
        self._slots = route.slots
        self._slot_of: dict[str, int] = {}
        self._width = len(route.slots)
        self._miscased: dict[str, Fault] = {}
        self._severity = route.severities["headers.case"]
        self._documented: dict[str, set[str]] = {}
        for candidate in route.candidates:
            for name in candidate.header_names or ():
                self._documented.setdefault(name.lower(), set()).add(name)

    def observe(self, obs: Observation, /) -> None:
        """Pick the wanted headers.

        Shape: `obs.fields[slot]` is as long as the batch; None = the header is absent or null.
        Cost: bench loop[fields].
        """
        if not self._width:
            return
        if not self._pick_alike(obs):
            self.pick(obs)

    def pick(self, obs: Observation) -> None:
        """Pick header by header: the road for messages of different make, and the slow twin of the other one."""
        n = len(obs.batch)
        columns: list[list[HeaderValue]] = [[None] * n for _ in range(self._width)]
        obs.fields = columns
        slot_of, repeats = self._slot_of, obs.repeats
        for row, headers in enumerate(obs.batch.headers):
            for name, value in headers:
                slot = slot_of.get(name, _UNSEEN)
                if slot >= 0:
                    column = columns[slot]
                    if column[row] is not None:
                        repeats.append((row, slot))
                    column[row] = value
                elif slot == _UNSEEN:
                    self._meet(obs, row, name, value)

    def _pick_alike(self, obs: Observation) -> bool:
        """Pick from messages that all have the same header names in the same order, as one producer's have.

        The headers of the batch become one flat list, and each name's column a slice of it.
        """
        headers = obs.batch.headers
        n = len(headers)
        names = [name for name, _ in headers[0]]
        slots = [self._slot_of.get(name, _UNSEEN) for name in names]
        wanted = [slot for slot in slots if slot >= 0]
        if _UNSEEN in slots or len(set(wanted)) != len(wanted):
            return False
        flat = list(chain.from_iterable(chain.from_iterable(headers)))
        width = len(names)
        if len(flat) != 2 * n * width or flat[0::2] != names * n:
            return False
        absent: list[HeaderValue] = [None] * n  # one for all: columns are read, never written
        columns: list[list[HeaderValue]] = [absent] * self._width
        for place, slot in enumerate(slots):
            if slot >= 0:
                columns[slot] = flat[2 * place + 1 :: 2 * width]  # type: ignore[assignment] # every second is a value
        obs.fields = columns
        return True

    def _meet(self, obs: Observation, row: int, name: str, value: HeaderValue) -> None:
        """Take a header whose spelling is new, or differs from the documented one."""
        folded = name.lower()
        slot = self._slots.get(folded, _UNWANTED)
        documented = self._documented.get(folded)
        if documented is not None and name not in documented:
            fault = self._miscased_fault(name, documented)
            if fault is not None:
                obs.faults.append((row, fault))
        elif len(self._slot_of) < _NAMES:
            self._slot_of[name] = slot
        if slot >= 0:
            column = obs.fields[slot]
            if column[row] is not None:
                obs.repeats.append((row, slot))
            column[row] = value

    def _miscased_fault(self, name: str, documented: set[str]) -> Fault | None:
        if self._severity == "off":
            return None
        fault = self._miscased.get(name)
        if fault is None:
            expected = min(documented)
            fault = Fault(
                rule="headers.case", severity=self._severity, path=f"/{expected}", group_path=f"/{expected}",
                expected=expected, actual="another case",
                summary=f"header {expected} is written in another case",
            )  # fmt: skip
            if len(self._miscased) < _NAMES:
                self._miscased[name] = fault
        return fault

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> FieldsStatistics:
        return FieldsStatistics(spellings=len(self._slot_of))
