"""The state of every message: which documented message it is, and whether payload, headers and key keep to it.

Rule 1: nothing is valid unless every described part was checked and passed.
Rule 2: with several candidates exactly one must fit; none fits = invalid against the nearest, several = ambiguous.
Rule 3: a candidate that cannot be judged is never the reason to call a message invalid.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from msgspec import Struct

from asyncwatch.checks.base import ExplanationBudget
from asyncwatch.checks.contract.candidate import CandidateJudge
from asyncwatch.checks.contract.faults import unexplained
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.model.state import AMBIGUOUS, INVALID, TOMBSTONE, UNCHECKED, UNDECODABLE, VALID

_MOST_CANDIDATES: Final = 64
"""Full validations of one message at most (facts on matching, step 5)."""


class ContractStatistics(Struct):
    """Failures explained, and failures that were only counted."""

    explained: int = 0
    suppressed: int = 0


class ContractCheck:
    """Fills `state`, `message` and the faults of payload, headers and key."""

    writes: ClassVar[frozenset[str]] = frozenset({"state", "message", "reasons", "faults"})

    @classmethod
    def wants(cls, route: Route) -> tuple[str, ...]:
        return tuple(name.lower() for candidate in route.candidates for name in candidate.header_names or ())

    def __init__(self, route: Route, budget: ExplanationBudget) -> None:
        self._route = route
        self._severities = route.severities
        self._budget = budget
        self._judges = [CandidateJudge(route, candidate) for candidate in route.candidates[:_MOST_CANDIDATES]]
        self._overflow = len(route.candidates) > _MOST_CANDIDATES
        self._statistics = ContractStatistics()

    def observe(self, obs: Observation, /) -> None:
        """Decide each row's state.

        Cost: bench loop[contract].
        """
        if not self._judges:
            self._unknown(obs)
        elif len(self._judges) == 1:
            self._judge_only(obs, self._judges[0])
        else:
            self._choose(obs)

    def _unknown(self, obs: Observation) -> None:
        """A described channel without any message: counted, and said once as a group."""
        severity = self._severities["message.unknown"]
        if self._route.documented and severity != "off":
            fault = Fault(
                rule="message.unknown", severity=severity,
                summary="the document describes no message on this channel",
            )  # fmt: skip
            obs.faults.extend((row, fault) for row, state in enumerate(obs.state) if state != TOMBSTONE)

    def _judge_only(self, obs: Observation, judge: CandidateJudge) -> None:
        state, values, decoded = obs.state, obs.values, obs.decoded
        assert values is not None  # the check `decode` ran before
        assert decoded is not None
        payload_bad: list[int] = []
        if judge.unchecked is None:
            verdicts = judge.payload_verdicts(values, decoded)
            if all(verdicts):
                state[:] = bytes(len(values))  # VALID is 0
            else:
                for row, ok in enumerate(verdicts):
                    if ok:
                        state[row] = VALID
                    elif decoded[row]:
                        state[row] = INVALID
                        payload_bad.append(row)
        headers = judge.header_verdicts(obs)
        headers_bad = [row for row, ok in enumerate(headers) if not ok] if headers and not all(headers) else []
        keys = judge.key_verdicts(obs)
        keys_bad = [row for row, ok in enumerate(keys) if not ok] if keys and not all(keys) else []
        for row in headers_bad:
            self._demote(state, row)
        for row in keys_bad:
            if keys is not None and keys[row] is False:
                self._demote(state, row)
            elif obs.batch.keys[row] is not None and state[row] == VALID:
                state[row] = UNCHECKED
                obs.reasons.append((row, judge.key_reason(obs, row)))
        if payload_bad or headers_bad or keys_bad:
            self._explain(obs, judge, payload_bad, headers_bad, keys_bad)

    @staticmethod
    def _demote(state: bytearray, row: int) -> None:
        """A broken header or key makes a checked or uncheckable message invalid; tombstones and broken bytes keep their state."""
        if state[row] in {VALID, UNCHECKED}:
            state[row] = INVALID

    def _explain(
        self,
        obs: Observation,
        judge: CandidateJudge,
        payload: Sequence[int],
        headers: Sequence[int],
        keys: Sequence[int],
    ) -> None:
        values, faults, message = obs.values, obs.faults, judge.candidate.message
        assert values is not None
        for row in payload:
            if self._may_explain(obs, row):
                found = judge.payload_faults(values[row])
            else:
                found = unexplained("payload.schema", self._severities, message)
            faults.extend((row, fault) for fault in found)
        for row in headers:
            if self._may_explain(obs, row):
                found = judge.header_faults(obs, row)
            else:
                found = unexplained("headers.schema", self._severities, message)
            faults.extend((row, fault) for fault in found)
        for row in keys:
            key = obs.batch.keys[row]
            if key is None or self._may_explain(obs, row):
                found = judge.key_faults(obs, row)
            else:
                found = unexplained("key.schema", self._severities, message)
            if not (key is not None and obs.state[row] == UNCHECKED):
                faults.extend((row, fault) for fault in found)

    def _may_explain(self, obs: Observation, row: int) -> bool:
        if self._budget.take(obs.batch.observed_ns[row]):
            self._statistics.explained += 1
            return True
        self._statistics.suppressed += 1
        return False

    def _choose(self, obs: Observation) -> None:
        """Several documented messages: see which of them each row fits."""
        state, values, decoded = obs.state, obs.values, obs.decoded
        assert values is not None
        assert decoded is not None
        n = len(values)
        fits: list[list[int]] = [[] for _ in range(n)]
        blocked: list[str | None] = [None] * n
        for index, judge in enumerate(self._judges):
            headers = judge.header_verdicts(obs)
            keys = judge.key_verdicts(obs)
            if judge.unchecked is not None:
                for row in range(n):
                    if (headers is None or headers[row]) and (keys is None or keys[row] is not False):
                        blocked[row] = judge.unchecked
                continue
            verdicts = judge.payload_verdicts(values, decoded)
            for row, ok in enumerate(verdicts):
                if ok and (headers is None or headers[row]) and (keys is None or keys[row] is not False):
                    fits[row].append(index)
        for row in range(n):
            if state[row] in {TOMBSTONE, UNDECODABLE} or not decoded[row]:
                continue
            self._settle(obs, row, fits[row], blocked[row])

    def _settle(self, obs: Observation, row: int, fits: list[int], blocked: str | None) -> None:
        """Give one row its state from the candidates that fit it."""
        if fits:
            obs.message[row] = fits[0]
            obs.state[row] = VALID if len(fits) == 1 else AMBIGUOUS
            if len(fits) > 1:
                self._note_ambiguous(obs, row, fits)
        elif blocked is not None or self._overflow:
            obs.reasons.append((row, blocked or f"more than {_MOST_CANDIDATES} messages on one channel"))
        else:
            obs.state[row] = INVALID
            self._explain_nearest(obs, row)

    def _note_ambiguous(self, obs: Observation, row: int, fits: list[int]) -> None:
        severity = self._severities["message.ambiguous"]
        if severity == "off":
            return
        names = [self._judges[index].candidate.message for index in fits]
        obs.faults.append(
            (
                row,
                Fault(
                    rule="message.ambiguous", severity=severity, message=names[0],
                    summary=f"{' and '.join(names[:4])} all fit, nothing in the document tells them apart",
                ),
            )
        )  # fmt: skip

    def _explain_nearest(self, obs: Observation, row: int) -> None:
        """Tell what is wrong against the candidate that comes nearest: no const contradicted, fewest faults, deepest."""
        if not self._may_explain(obs, row):
            obs.faults.extend((row, fault) for fault in unexplained("payload.schema", self._severities, None))
            return
        assert obs.values is not None
        best: tuple[tuple[bool, int, int, int], int, list[Fault]] | None = None
        for index, judge in enumerate(self._judges):
            found = judge.payload_faults(obs.values[row])
            found += judge.header_faults(obs, row)
            if obs.batch.keys[row] is not None:
                found += judge.key_faults(obs, row)
            contradicted = any(fault.keyword == "const" for fault in found)
            depth = max((fault.path.count("/") for fault in found if fault.path is not None), default=0)
            rank = (contradicted, len(found), -depth, index)
            if best is None or rank < best[0]:
                best = rank, index, found
        assert best is not None  # there are at least two candidates
        (contradicted, *_), index, found = best
        obs.message[row] = index
        obs.faults.extend((row, fault) for fault in found)
        severity = self._severities["message.unknown"]
        if contradicted and severity != "off":
            obs.faults.append(
                (
                    row,
                    Fault(
                        rule="message.unknown", severity=severity,
                        summary="no documented message has this message's fixed values",
                    ),
                )
            )  # fmt: skip

    def advance(self, now_ns: int, /) -> Sequence[Finding]:
        """Nothing here depends on time."""
        return ()

    def statistics(self) -> ContractStatistics:
        return self._statistics
