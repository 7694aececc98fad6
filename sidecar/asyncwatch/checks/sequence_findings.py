"""Happenings of a sequence as faults of rows and as findings with a place."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Final

from asyncwatch.model.finding import Fault, Finding, Numbers
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.ordering.happening import (
    DUPLICATE,
    GAP,
    INTERLEAVED,
    LOST,
    OUT_OF_ORDER,
    RESTART,
    TEXT,
    Happening,
)
from asyncwatch.ordering.patience import Patience
from asyncwatch.ordering.sentences import sentence

_HASHES: Final = 4096
_UNDECIDED: Final = "document.sequence-scope"


class SequenceFindings:
    """Findings of one route that wait to be given out; rules that are off are never told."""

    def __init__(self, route: Route, key_hash: Callable[[bytes], str], patience: Patience) -> None:
        self._route = route
        self._severities = route.severities
        self._key_hash = key_hash
        self._patience = patience
        self._hashes: dict[bytes, str] = {}
        self._waiting: list[Finding] = []

    def take(self) -> list[Finding]:
        """Give what waits."""
        taken, self._waiting = self._waiting, []
        return taken

    def tell(self, happenings: list[Happening], obs: Observation | None, *, keyed: bool) -> None:
        """Turn happenings into faults of the batch's rows, else into findings, and clear them."""
        for happening in happenings:
            severity = self._severities[happening.rule]
            if severity == "off":
                continue
            key_hash = self._hash(happening.key) if keyed else None
            summary = sentence(happening, key_hash, self._patience)
            if happening.row is not None and obs is not None:
                numbers = _numbers(happening, self._patience.step)
                fault = Fault(
                    rule=happening.rule, severity=severity, summary=summary, key_hash=key_hash, numbers=numbers
                )
                obs.faults.append((happening.row, fault))
            else:
                self._wait(happening, severity, summary, key_hash)
        happenings.clear()

    def _wait(self, happening: Happening, severity: str, summary: str, key_hash: str | None) -> None:
        place, route = happening.place, self._route
        self._waiting.append(
            Finding(
                rule=happening.rule, severity=severity, summary=summary, server=route.server,
                channel=place.channel, address=route.address, time_ns=place.time_ns, partition=place.partition,
                position=place.position, trace_id=place.trace_id, key_hash=key_hash,
                numbers=_numbers(happening, self._patience.step),
                group=INTERLEAVED if happening.why == INTERLEAVED else None,
            )
        )  # fmt: skip

    def tell_repeats(self, rows: Sequence[int], obs: Observation) -> None:
        """Tell of messages whose identity was seen before."""
        severity = self._severities[DUPLICATE]
        if rows and severity != "off":
            fault = Fault(rule=DUPLICATE, severity=severity, summary="a message with the same identity came again")
            obs.faults.extend((row, fault) for row in rows)

    def tell_undecided(self, why: str | None, source: str | None, time_ns: int) -> None:
        """Say once that a sequence is not followed, with the line that declares it."""
        severity = self._severities[_UNDECIDED]
        if severity == "off":
            return
        if why == "no scope fits":
            summary = f"{source} does not count anything that could be followed: no scope fits it"
        elif why == "seen in parts":
            summary = (
                f"{source} counts over all partitions, and others of the group read some of them: it is not followed"
            )
        else:
            summary = (
                f"too few messages to tell what {source} counts; declare it: x-asyncwatch: {{sequence: "
                f"{{location: '{_expression(source)}', key: '$message.payload#/…'}}}}"
            )
        route = self._route
        self._waiting.append(
            Finding(
                rule=_UNDECIDED, severity=severity, summary=summary, server=route.server, channel=route.channel,
                address=route.address, time_ns=time_ns,
            )
        )  # fmt: skip

    def _hash(self, key: Hashable) -> str:
        assert isinstance(key, bytes)  # scope keys are bytes wherever the scope is a key
        hashed = self._hashes.get(key)
        if hashed is None:
            if len(self._hashes) >= _HASHES:
                self._hashes.clear()
            hashed = self._hashes[key] = self._key_hash(key)
        return hashed


def _numbers(happening: Happening, step: int) -> Numbers | None:
    """Give what was expected and what came; None where no numbers are compared."""
    if happening.why in {TEXT, INTERLEAVED}:
        return None
    if happening.rule in {GAP, LOST}:
        return happening.low, None
    if happening.rule in {OUT_OF_ORDER, RESTART}:
        return happening.high + step, happening.low
    return None, happening.low


def _expression(source: str | None) -> str:
    """Write the place that a sequence was found at as a runtime expression."""
    kind, _, name = (source or "header sequence_id").partition(" ")
    return f"$message.payload#{name}" if kind == "payload" else f"$message.header#/{name}"
