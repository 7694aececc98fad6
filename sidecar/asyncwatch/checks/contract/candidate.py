"""One documented message against the rows of a batch: payload, headers and key, column by column."""

from __future__ import annotations

from asyncwatch.checks.contract.faults import EXPLAINED, schema_faults
from asyncwatch.checks.contract.headers import HeaderReader
from asyncwatch.checks.contract.key import key_judge
from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Candidate, Route


class CandidateJudge:
    """Verdicts and explanations for one candidate; everything constant is bound here."""

    __slots__ = ("_headers", "_key", "_payload", "_reader", "_severities", "candidate", "unchecked")

    def __init__(self, route: Route, candidate: Candidate) -> None:
        self.candidate = candidate
        self._severities = route.severities
        self._payload = candidate.payload
        self._headers = candidate.headers
        self._key = key_judge(route, candidate)
        self._reader = HeaderReader(candidate, route.slots) if candidate.headers is not None else None
        self.unchecked: str | None = candidate.unchecked
        """Why payloads cannot be judged by this candidate, or None."""
        if self.unchecked is None and candidate.payload is None:
            self.unchecked = "no schema"

    def payload_verdicts(self, values: list[object], decoded: bytearray) -> list[bool]:
        """Judge each decoded payload; False where there is no value.

        Cost: bench loop[contract].
        """
        assert self._payload is not None
        is_valid = self._payload.is_valid
        if decoded.count(1) == len(values):
            return list(map(is_valid, values))
        return [ok == 1 and is_valid(value) for value, ok in zip(values, decoded, strict=True)]

    def header_verdicts(self, obs: Observation) -> list[bool] | None:
        """Judge each row's headers; None = nothing is documented."""
        if self._headers is None or self._reader is None:
            return None
        objects, raw = self._reader.read(obs)
        verdicts = list(map(self._headers.is_valid, objects))
        for row in raw:
            verdicts[row] = False
        return verdicts

    def key_verdicts(self, obs: Observation) -> list[bool | None] | None:
        """Judge each record key; None in a row = cannot be judged, or there is no key."""
        return None if self._key is None else self._key.verdicts(obs)

    def key_reason(self, obs: Observation, row: int) -> str:
        """Say why a row's key cannot be judged."""
        return "no key" if self._key is None else self._key.reason(obs, row)

    def payload_faults(self, value: object) -> list[Fault]:
        """Say why a payload is not valid."""
        assert self._payload is not None
        found = self._payload.explain(value, EXPLAINED)
        return schema_faults("payload.schema", self._severities, self.candidate.message, found)

    def header_faults(self, obs: Observation, row: int) -> list[Fault]:
        """Say why a row's headers are not valid."""
        if self._headers is None or self._reader is None:
            return []
        headers = self._reader.read_row(row, obs)
        found = self._headers.explain(headers, EXPLAINED) if not self._headers.is_valid(headers) else []
        faults = schema_faults("headers.schema", self._severities, self.candidate.message, found)
        severity = self._severities["headers.schema"]
        if severity != "off":
            faults += [
                Fault(
                    rule="headers.schema", severity=severity, message=self.candidate.message, path=f"/{name}",
                    group_path=f"/{name}", keyword="encoding", expected="UTF-8 text", actual="bytes",
                    summary=f"header {name} is no UTF-8 text",
                )
                for name in self._reader.undecodable(row, obs)
            ]  # fmt: skip
        return faults

    def key_faults(self, obs: Observation, row: int) -> list[Fault]:
        """Say why a row's key is not valid, or that it is missing."""
        return [] if self._key is None else self._key.faults(obs, row)
