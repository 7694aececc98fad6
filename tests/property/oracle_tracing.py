"""Slow, obvious twins of the tracing room's hot functions."""

from __future__ import annotations

import re

FIELDS = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?", re.DOTALL)


def slow_context(value: object) -> bytes | None:
    """Read a traceparent by its grammar."""
    if isinstance(value, bytes):
        value = value.decode("latin-1")
    if not isinstance(value, str):
        return None
    found = FIELDS.fullmatch(re.sub(r"\A[ \t]+|[ \t]+\Z", "", value))
    if found is None:
        return None
    version, trace_id, parent_id, flags, rest = found.groups()
    if version == "ff" or (version == "00" and rest is not None):
        return None
    if int(trace_id, 16) == 0 or int(parent_id, 16) == 0:
        return None
    return f"00-{trace_id}-{parent_id}-{flags}".encode()


def slow_message_context(headers: list[tuple[str, object]]) -> tuple[bytes | None, str]:
    """Give a message's context and the word it counts under; the last header of a name counts, null is no header."""
    last = {name.lower(): value for name, value in headers}
    seen = False
    for name, word in (("traceparent", "w3c"), ("ce_traceparent", "cloudevents"), ("ce-traceparent", "cloudevents")):
        value = last.get(name)
        if value is not None:
            seen = True
            context = slow_context(value)
            if context is not None:
                return context, word
    return None, "invalid" if seen else "none"


def slow_tracestate(values: list[bytes]) -> bytes:
    """Join members by the grammar; none of the texts is longer than 512 characters."""
    members = [member.strip(b" \t") for value in values for member in value.split(b",")]
    members = [member for member in members if member]
    good = re.compile(rb"[a-z0-9][a-z0-9_\-*/@]{0,255}=([ -~]{1,256})", re.DOTALL)
    for member in members:
        found = good.fullmatch(member)
        if found is None or found[1].endswith(b" ") or b"=" in found[1]:
            return b""
    return b",".join(members) if len(members) <= 32 else b""


def slow_keeps(trace_id: bytes, ratio: float) -> bool:
    """Tell whether the randomness of a trace id is above the share that is rejected."""
    return int.from_bytes(trace_id[-7:], "big") >= round((1 - ratio) * 2**56)


def slow_times(sent_ns: int | None, observed_ns: int, *, live: bool) -> tuple[int, int] | None:
    """Give start and end of a transit span; None = there is no span."""
    start = observed_ns if sent_ns is None else min(sent_ns, observed_ns)
    if observed_ns - start > 3600 * 10**9 or start < 0 or observed_ns >= 2**63:
        return None
    return start, observed_ns if live else start
