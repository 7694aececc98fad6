"""Which documented messages, fields and values the traffic has shown, and which addresses nobody documented."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from msgspec import Struct

from asyncwatch.checks.coverage.looking import Marks
from asyncwatch.checks.coverage.sampling import Sampling
from asyncwatch.contract.described import described
from asyncwatch.model.described import Place
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Candidate, Route


class CoverageStatistics(Struct):
    """Indexes of the candidates that were seen, and how many messages were looked at closely."""

    seen: set[int]
    looked_at: int = 0


class MessageMarks:
    """What was seen of one candidate; a part is None where the document does not describe it."""

    __slots__ = ("folded", "headers", "payload")

    def __init__(self, candidate: Candidate) -> None:
        headers = candidate.headers
        self.payload = _payload_marks(candidate)
        self.headers = None if headers is None else Marks(headers.described())
        places: dict[str, Place] = {} if self.headers is None else self.headers.described.root.names
        self.folded = {name.lower(): place for name, place in places.items()}

    @property
    def describes(self) -> bool:
        """Whether the document names any field or value."""
        parts = [one.described for one in (self.payload, self.headers) if one is not None]
        return any(one.fields or one.values for one in parts)

    @property
    def version(self) -> int:
        """Moves whenever there is more to tell."""
        return sum(one.seen for one in (self.payload, self.headers) if one is not None)


class CoverageCheck:
    """Notes what is seen of each message; says `channel.undocumented` of an address that no channel describes."""

    writes: ClassVar[frozenset[str]] = frozenset({"faults"})

    def __init__(self, route: Route) -> None:
        self._seen: set[int] = set()
        self._everything = len(route.candidates)
        self._sampling = Sampling()
        self._looked_at = 0
        self.marks = [MessageMarks(candidate) for candidate in route.candidates]
        """What was seen of each candidate."""
        self._looks = any(one.describes for one in self.marks)
        self._fault: Fault | None = None
        severity = route.severities["channel.undocumented"]
        if not route.documented and severity != "off":
            self._fault = Fault(
                rule="channel.undocumented", severity=severity,
                summary="traffic on an address the document does not name",
            )  # fmt: skip

    def observe(self, obs: Observation, /) -> None:
        """Note what a batch shows; few of its messages are looked at closely.

        Cost: bench loop[coverage].
        """
        fault = self._fault
        if fault is not None:
            obs.faults.extend((row, fault) for row in range(len(obs.batch)))
            return
        if len(self._seen) < self._everything:
            self._seen.update(index for index in set(obs.message) if index >= 0)
        if self._looks:
            self._look(obs)

    def _look(self, obs: Observation) -> None:
        rows = self._sampling.pick(obs.batch.partition, len(obs.batch))
        message, values, decoded, headers = obs.message, obs.values, obs.decoded, obs.batch.headers
        marks = self.marks
        for row in rows:
            index = message[row]
            if index < 0:
                continue
            self._looked_at += 1
            one = marks[index]
            if one.payload is not None and decoded is not None and values is not None and decoded[row]:
                one.payload.look(values[row])
            if one.headers is not None:
                one.headers.look_at_headers(headers[row], one.folded)

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> CoverageStatistics:
        return CoverageStatistics(seen=self._seen, looked_at=self._looked_at)

    def go_on(self, other: CoverageCheck, places: dict[int, int]) -> None:
        """Take what an earlier version of the document has shown; `places`: index there → index here."""
        self._looked_at += other._looked_at
        for theirs, mine in places.items():
            before, now = other.marks[theirs], self.marks[mine]
            if before.payload is not None and now.payload is not None:
                now.payload.go_on(before.payload)
            if before.headers is not None and now.headers is not None:
                now.headers.go_on(before.headers)


def _payload_marks(candidate: Candidate) -> Marks | None:
    """Take the schema that judges, or what a schema of bytes (Protobuf) says of itself in words of JSON Schema."""
    if candidate.payload is not None:
        return Marks(candidate.payload.described())
    description = getattr(candidate.form.native, "description", None)
    return None if description is None else Marks(described(description))
