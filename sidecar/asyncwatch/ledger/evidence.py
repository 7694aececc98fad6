"""What is kept of the messages that showed a finding: who sent them, and what one of them looked like."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from asyncwatch.ledger.senders import MOST_SENDERS, OTHERS, Sender, SenderReader
from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Candidate, Schema
from asyncwatch.model.view import SampleField

_AGAIN_NS: Final = 30_000_000_000
"""A group's sample is at most so often made anew, so that it shows what is sent now."""
_MOST_KEPT: Final = 100_000
"""Fields of all samples together; groups that open later go without."""

Shows = Callable[[str], bool]


class Evidence:
    """What a group knows of its messages."""

    __slots__ = ("due_ns", "sample", "senders", "unnamed")

    def __init__(self) -> None:
        self.senders: dict[Sender, int] = {}
        self.unnamed = 0
        """Messages that do not tell who sent them."""
        self.sample: list[SampleField] | None = None
        self.due_ns = 0

    def count(self, sender: Sender | None) -> None:
        """Count an occurrence for its sender."""
        if sender is None:
            self.unnamed += 1
            return
        if sender not in self.senders and len(self.senders) >= MOST_SENDERS:
            sender = OTHERS
        self.senders[sender] = self.senders.get(sender, 0) + 1


class Witness:
    """Looks at faulty messages. `shows` tells for a path whether its value may be kept; None = none may."""

    def __init__(self, shows: Shows | None = None) -> None:
        self.senders = SenderReader()
        self._shows = shows
        self._kept = 0

    def look(self, evidence: Evidence, obs: Observation, row: int, fault: Fault) -> None:
        """Keep what a faulty message looks like; for the first of a group and then at most every 30 s."""
        evidence.due_ns = obs.batch.observed_ns[row] + _AGAIN_NS
        before = len(evidence.sample or ())
        if self._kept - before >= _MOST_KEPT:
            return
        sample = self._sample(obs, row, fault)
        if sample is not None:
            self._kept += len(sample) - before
            evidence.sample = sample

    def _sample(self, obs: Observation, row: int, fault: Fault) -> list[SampleField] | None:
        candidate = _candidate(obs, row, fault)
        if candidate is None:
            return None
        part = fault.rule.partition(".")[0]
        if part == "key":
            key = obs.batch.keys[row]
            if key is None:
                return None
            return self._sketch(candidate.key, key.decode("utf-8", "replace"), fault)
        if part == "headers":
            return self._sketch(candidate.headers, _header_object(obs, row, candidate), fault)
        if obs.values is None or obs.decoded is None or not obs.decoded[row]:
            return None
        return self._sketch(candidate.payload, obs.values[row], fault if part == "payload" else None)

    def _sketch(self, schema: Schema | None, value: object, fault: Fault | None) -> list[SampleField] | None:
        if schema is None:
            return None
        return schema.sketch(value, None if fault is None else fault.path, self._shows)


def _candidate(obs: Observation, row: int, fault: Fault) -> Candidate | None:
    chosen = obs.message[row]
    candidates = obs.route.candidates
    if chosen >= 0:
        return candidates[chosen]
    return next((one for one in candidates if one.message == fault.message), None)


def _header_object(obs: Observation, row: int, candidate: Candidate) -> dict[str, object]:
    """Give a row's headers as text, under the documented spelling of their names."""
    documented = {name.lower(): name for name in candidate.header_names or ()}
    return {
        documented.get(name.lower(), name): value.decode("utf-8", "replace") if isinstance(value, bytes) else value
        for name, value in obs.batch.headers[row]
    }
