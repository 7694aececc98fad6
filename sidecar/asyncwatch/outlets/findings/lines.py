"""Findings as lines of JSON.

Source: interfaces.md §3 (Findings): the keys of a group without count, first and last, then those of the occurrence.
"""

from __future__ import annotations

import json

import orjson

from asyncwatch.model.clock import format_time
from asyncwatch.model.finding import Finding
from asyncwatch.outlets.findings.suppression import Cause, Suppressed


def encode_finding(finding: Finding) -> bytes:
    """Write one occurrence."""
    return _line(
        {
            "rule": finding.rule,
            "severity": finding.severity,
            "server": finding.server,
            "channel": finding.channel,
            "address": finding.address,
            "message": finding.message,
            "group": finding.group,
            "path": finding.path,
            "schema_path": finding.schema_path,
            "keyword": finding.keyword,
            "expected": finding.expected,
            "actual": finding.actual,
            "fingerprint": finding.fingerprint,
            "summary": finding.summary,
            "id": finding.id,
            "time": format_time(finding.time_ns),
            "partition": finding.partition,
            "offset": finding.position,
            "trace_id": finding.trace_id,
            "key_hash": finding.key_hash,
        }
    )


def encode_suppressed(cause: Cause, seen: Suppressed) -> bytes:
    """Write how many occurrences of one cause got no line of their own, and in which span of time."""
    return _line(
        {
            "suppressed": seen.count,
            "rule": cause.rule,
            "server": cause.server,
            "channel": cause.channel,
            "address": cause.address,
            "from": format_time(seen.first_ns),
            "to": format_time(seen.last_ns),
        }
    )


def _line(content: dict[str, object]) -> bytes:
    try:
        return orjson.dumps(content, option=orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        # Half a surrogate pair has no UTF-8; as an escape it is still JSON. So has a number over 64 bits.
        return json.dumps(content, separators=(",", ":")).encode("ascii") + b"\n"
