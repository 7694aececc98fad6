"""What a span says of its own message beside place and size: the CloudEvents attributes, and identifiers asked for.

Rule 1: attributes that may hold personal data stand on a span only where the settings name them, in full or hashed.
Rule 2: no other header value, and no part of a payload, stands on a span.
Source: facts on telemetry §4 (attributes; identifiers that may be personal data).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, Literal

from asyncwatch.model.batch import Headers
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.tracing import attributes as keys
from asyncwatch.tracing.span_constants import text_attribute

HEADERS: Final = ("ce_id", "ce-id")
"""What stands in every event of the CloudEvents binary mode, as Kafka and as NATS, HTTP and AMQP write it."""

_PLAIN: Final = {"id": keys.CE_ID, "source": keys.CE_SOURCE, "specversion": keys.CE_SPEC_VERSION, "type": keys.CE_TYPE}
_MOST_BYTES: Final = 256


class MessageAttributes:
    """Writes the attributes of one route's messages that differ from message to message.

    `identifiers`: attribute name → in full or hashed; `hash_text` makes the hash, without it hashed ones are left out.
    """

    def __init__(
        self,
        route: Route,
        identifiers: Mapping[str, Literal["full", "hash"]],
        hash_text: Callable[[bytes], str] | None,
    ) -> None:
        wanted = {
            name: None if how == "full" else hash_text
            for name, how in identifiers.items()
            if name in keys.IDENTIFIERS and (how == "full" or hash_text is not None)
        }
        self._slots = tuple(slot for slot in map(route.slots.get, HEADERS) if slot is not None)
        self._hidden = wanted
        self._key = keys.KAFKA_KEY in wanted and route.protocol == "kafka"
        self._address = keys.DESTINATION_NAME in wanted and route.wildcard
        self._subject = keys.CE_SUBJECT in wanted
        self._events = False

    def wants(self, obs: Observation) -> bool:
        """Tell whether any row of a batch may have such attributes; called before `encode` for its rows."""
        n = len(obs.batch)
        self._events = bool(obs.fields) and any(obs.fields[slot].count(None) != n for slot in self._slots)
        return self._events or self._key or self._address

    def encode(self, headers: Headers, key: bytes | None, address: str) -> bytes:
        """Write a row's attributes."""
        written = []
        if self._key and key is not None:
            written.append(self._text(keys.KAFKA_KEY, key))
        if self._address:
            written.append(self._text(keys.DESTINATION_NAME, address.encode("utf-8", "replace")))
        if self._events:
            found: dict[str, bytes] = {}
            for name, value in headers:
                if name[:3].lower() in {"ce_", "ce-"} and isinstance(value, bytes):
                    found[name[3:].lower()] = value
            if "id" in found:
                for name, attribute in _PLAIN.items():
                    if name in found:
                        written.append(self._text(attribute, found[name]))
                if self._subject and "subject" in found:
                    written.append(self._text(keys.CE_SUBJECT, found["subject"]))
        return b"".join(written)

    def _text(self, attribute: str, value: bytes) -> bytes:
        hide = self._hidden.get(attribute)
        if hide is not None:
            return text_attribute(attribute, hide(value))
        return text_attribute(attribute, value[:_MOST_BYTES].decode("utf-8", "replace"))
