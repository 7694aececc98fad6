"""Who sent a message, as far as the message itself tells.

Rule 1: only what names a program is read: the CloudEvents source, AMQP's app id, and the headers by which producers
introduce themselves. No other header's value leaves this file.
Rule 2: names are cut and made printable; a name that says nothing is no name.
Source: looks/guide.md §12.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from asyncwatch.model.observation import Observation

MOST_SENDERS: Final = 20
"""Senders that a group tells apart; the others count together."""
_MOST_SIGNS: Final = 64
_MOST_SPELLINGS: Final = 2_000
_RANKS: Final[dict[str, int]] = {
    name: rank
    for rank, names in enumerate(
        (
            ("ce_source", "ce-source", "cloudevents:source", "cloudevents_source"), ("producer",), ("producer_id",),
            ("service",), ("x-service-name",),
        )
    )
    for name in names
}  # fmt: skip
"""Header that names a sender → how far it comes after others."""
_CLOUD_EVENTS: Final = 0
_VERSIONS: Final = frozenset({"service-version", "x-service-version", "producer-version"})
_VERSION: Final = -1
_NOTHING: Final = 99
_PROPERTIES: Final = ("app_id", "user_id")


class Sender(NamedTuple):
    """A program that sends; `source` says where its name stands: cloudevents, a property, or a header."""

    name: str
    version: str | None
    source: str


OTHERS: Final = Sender("other senders", None, "several")


class SenderReader:
    """Reads senders from rows; spellings of headers and names are remembered, within bounds."""

    def __init__(self) -> None:
        self._ranks: dict[str, int] = {}
        self._names: dict[object, str | None] = {}

    def read(self, obs: Observation, row: int) -> Sender | None:
        """Give the sender of a row; None where the message does not tell."""
        best, found, source = _NOTHING, None, ""
        version: object = None
        ranks = self._ranks
        for name, value in obs.batch.headers[row]:
            rank = ranks.get(name)
            if rank is None:
                rank = self._rank(name)
            if rank < best:
                if rank == _VERSION:
                    version = value
                elif (text := self._text(value)) is not None:
                    best, found, source = rank, text, "cloudevents" if rank == _CLOUD_EVENTS else name.lower()
        if best != _CLOUD_EVENTS:
            known = self._cloud_event(obs, row) or self._property(obs, row)
            if known is not None:
                found, source = known
        return None if found is None else Sender(found, None if version is None else self._text(version), source)

    def _cloud_event(self, obs: Observation, row: int) -> tuple[str, str] | None:
        """Read an event in structured mode."""
        value = None if obs.values is None else obs.values[row]
        if isinstance(value, dict) and "specversion" in value:
            text = self._text(value.get("source"))
            return None if text is None else (text, "cloudevents")
        return None

    def _property(self, obs: Observation, row: int) -> tuple[str, str] | None:
        properties = obs.batch.properties
        if properties is not None:
            for name in _PROPERTIES:
                text = self._text(properties[row].get(name))
                if text is not None:
                    return text, name
        return None

    def _rank(self, name: str) -> int:
        folded = name.lower()
        rank = _VERSION if folded in _VERSIONS else _RANKS.get(folded, _NOTHING)
        if len(self._ranks) < _MOST_SPELLINGS:
            self._ranks[name] = rank
        return rank

    def _text(self, value: object) -> str | None:
        if not isinstance(value, str | bytes):
            return None
        if value not in self._names:
            text = shown_name(value)
            if len(self._names) >= _MOST_SPELLINGS or len(value) > 4 * _MOST_SIGNS:
                return text
            self._names[value] = text
        return self._names[value]


def shown_name(value: str | bytes) -> str | None:
    """Make a name of what stands on the wire: printable, at most 64 signs; None if nothing is left."""
    head = value[: 4 * _MOST_SIGNS]
    text = head.decode("utf-8", "replace") if isinstance(head, bytes) else head
    kept = "".join(sign for sign in text if sign.isprintable()).strip()
    return (kept if len(kept) <= _MOST_SIGNS else kept[: _MOST_SIGNS - 1] + "…") or None
