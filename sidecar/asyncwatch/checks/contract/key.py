"""Record keys against the documented key schema of one message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Protocol

import orjson

from asyncwatch.checks.contract.faults import EXPLAINED, schema_faults
from asyncwatch.model.finding import Fault
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Candidate, Route, Schema

_RAW_NUMBER: Final = "the key is raw bytes under a number schema"


class KeyJudge(Protocol):
    """Judges the keys of a batch by one documented message."""

    def verdicts(self, obs: Observation, /) -> list[bool | None]:
        """Judge each row's key; None in a row = there is no key, or `reason` says why it cannot be judged."""

    def reason(self, obs: Observation, row: int, /) -> str:
        """Say why a row's key cannot be judged; one of few phrases."""

    def faults(self, obs: Observation, row: int, /) -> list[Fault]:
        """Say why a row's key is not valid, or that it is missing; nothing of a key that cannot be judged."""


def key_judge(route: Route, candidate: Candidate) -> KeyJudge | None:
    """Give what judges the keys of a documented message; None = no key is documented."""
    if candidate.key is None:
        return None
    return TextKeyJudge(candidate.key, route.severities, candidate.message)


class TextKeyJudge:
    """Keys that are text, or the JSON value that the text spells.

    Source: settled 18.
    """

    __slots__ = ("_message", "_schema", "_severities")

    def __init__(self, schema: Schema, severities: Mapping[str, str], message: str) -> None:
        self._schema = schema
        self._severities = severities
        self._message = message

    def verdicts(self, obs: Observation, /) -> list[bool | None]:
        """Judge each row's key.

        Cost: bench loop[contract].
        """
        is_valid = self._schema.is_valid
        keys = obs.batch.keys
        try:
            texts = list(map(bytes.decode, keys))  # type: ignore[arg-type] # a missing key raises, which is the test
        except (TypeError, UnicodeDecodeError):
            return [self._verdict(key) for key in keys]
        verdicts: list[bool | None] = list(map(is_valid, texts))
        if False in verdicts:
            verdicts = [ok or self._verdict(key) for ok, key in zip(verdicts, keys, strict=True)]
        return verdicts

    def _verdict(self, key: bytes | None) -> bool | None:
        """Text first, then the JSON value it spells; 4 or 8 raw bytes under a number schema are not judged."""
        if key is None:
            return None
        text = key.decode("utf-8", "replace")
        if self._schema.is_valid(text):
            return "\ufffd" not in text or text.encode() == key
        try:
            if self._schema.is_valid(orjson.loads(key)):
                return True
        except ValueError:
            pass
        if len(key) in {4, 8} and (self._schema.is_valid(0) or self._schema.is_valid(1)):
            return None
        return False

    def reason(self, obs: Observation, row: int, /) -> str:
        """Say why a row's key cannot be judged."""
        return _RAW_NUMBER

    def faults(self, obs: Observation, row: int, /) -> list[Fault]:
        """Say why a row's key is not valid, or that it is missing."""
        key = obs.batch.keys[row]
        if key is None:
            return missing_key(self._severities, self._message)
        if self._verdict(key) is not False:
            return []
        value: object = key.decode("utf-8", "replace")
        found = self._schema.explain(value, EXPLAINED)
        if not found:
            return broken_key(self._severities, self._message, "UTF-8 text", "bytes", "encoding")
        try:
            parsed = orjson.loads(key)
        except ValueError:
            parsed = value
        if parsed != value:
            other = self._schema.explain(parsed, EXPLAINED)
            found = min(found, other, key=lambda faults: (sum(one.keyword == "type" for one in faults), len(faults)))
        return schema_faults("key.schema", self._severities, self._message, found)


def missing_key(severities: Mapping[str, str], message: str) -> list[Fault]:
    """Say that a record has no key; nothing where the rule is off."""
    severity = severities["key.missing"]
    if severity == "off":
        return []
    return [
        Fault(
            rule="key.missing", severity=severity, message=message, expected="a key", actual="none",
            summary="the record has no key, one is documented",
        )
    ]  # fmt: skip


def broken_key(severities: Mapping[str, str], message: str, expected: str, actual: str, keyword: str) -> list[Fault]:
    """Say that a key's bytes are not what they should be; nothing where the rule is off."""
    severity = severities["key.schema"]
    if severity == "off":
        return []
    return [
        Fault(
            rule="key.schema", severity=severity, message=message, path="", group_path="", keyword=keyword,
            expected=expected, actual=actual, summary=f"the key is not {expected}",
        )
    ]  # fmt: skip
