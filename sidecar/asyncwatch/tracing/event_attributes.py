"""What an event says of a finding beside where the message lies: the same on a span event and on a log record.

Rule 1: never a value of the message.
Source: facts on telemetry §6.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.model.finding import Fault, Finding
from asyncwatch.tracing import attributes as keys

_LAG: Final = "lag."


def event_attributes(about: Fault | Finding, fingerprint: str) -> dict[str, str | int | float]:
    """Give the attributes of an event by their keys, without those that say nothing."""
    name = keys.event_name(about.rule)
    texts: Mapping[str, str | int | float | None] = {}
    if name == keys.VIOLATION_EVENT:
        texts = {
            keys.ERROR_TYPE: about.rule,
            keys.VIOLATION_SEVERITY: about.severity,
            keys.VIOLATION_PATH: about.path,
            keys.VIOLATION_KEYWORD: about.keyword,
            keys.VIOLATION_SCHEMA_REF: about.schema_path,
            keys.VIOLATION_EXPECTED: about.expected,
            keys.VIOLATION_ACTUAL_TYPE: about.actual,
            keys.VIOLATION_FINGERPRINT: fingerprint,
        }
    elif about.rule.startswith("sequence."):
        expected, actual = about.numbers or (None, None)
        texts = {
            keys.SEQUENCE_KEY: about.key_hash,
            keys.SEQUENCE_EXPECTED: _text(expected),
            keys.SEQUENCE_ACTUAL: _text(actual),
        }
    elif about.rule == "context.invalid":
        texts = {keys.CONTEXT_FORMAT: "invalid", keys.CONTEXT_REASON: about.actual}
    elif about.rule.startswith(_LAG):
        group, behind = (about.group, about.behind) if isinstance(about, Finding) else (None, None)
        messages, seconds = behind or (None, None)
        texts = {
            keys.CONSUMER_GROUP: group,
            keys.LAG_STATUS: about.rule.removeprefix(_LAG),
            keys.LAG_MESSAGES: messages,
            keys.LAG_SECONDS: seconds,
        }
    return {key: text for key, text in texts.items() if text is not None}


def _text(number: int | None) -> str | None:
    """Sequence numbers may have more than 64 bits."""
    return None if number is None else str(number)
