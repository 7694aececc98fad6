"""Which documented messages the traffic has shown, and which addresses nobody documented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route


class CoverageStatistics(Struct):
    """Indexes of the candidates that were seen."""

    seen: set[int]


class CoverageCheck:
    """Notes seen messages; says `channel.undocumented` of an address that no channel describes."""

    writes: ClassVar[frozenset[str]] = frozenset({"faults"})

    def __init__(self, route: Route) -> None:
        self._seen: set[int] = set()
        self._everything = len(route.candidates)
        self._fault: Fault | None = None
        severity = route.severities["channel.undocumented"]
        if not route.documented and severity != "off":
            self._fault = Fault(
                rule="channel.undocumented", severity=severity,
                summary="traffic on an address the document does not name",
            )  # fmt: skip

    def observe(self, obs: Observation, /) -> None:
        """Note what a batch shows."""
        fault = self._fault
        if fault is not None:
            obs.faults.extend((row, fault) for row in range(len(obs.batch)))
        elif len(self._seen) < self._everything:
            self._seen.update(index for index in set(obs.message) if index >= 0)

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> CoverageStatistics:
        return CoverageStatistics(seen=self._seen)
