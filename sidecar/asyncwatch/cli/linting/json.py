"""What strict reading found, for programs (interfaces.md §3)."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from asyncwatch.contract.entities import Contract
from asyncwatch.contract.facts import facts_of
from asyncwatch.contract.lint import Lint
from asyncwatch.contract.message_strength import message_strength
from asyncwatch.model.strength import Strength, added


def as_json(found: Sequence[Lint]) -> str:
    """Write documents with verdict, findings, facts and the strength of each message."""
    documents = [
        {
            "path": one.path, "verdict": one.verdict,
            "findings": [
                {
                    "rule": finding.rule, "severity": finding.severity, "path": finding.pointer,
                    "file": finding.position.file, "line": finding.position.line, "column": finding.position.column,
                    "summary": finding.summary,
                }
                for finding in one.findings
            ],
            "facts": None if one.contract is None else facts_of(one.contract),
            "strength": None if one.contract is None else strength_rows(one.contract),
        }
        for one in found
    ]  # fmt: skip
    return orjson.dumps({"documents": documents}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def strength_rows(contract: Contract) -> dict[str, object]:
    """Give the strength of a document and of each message; `share` is null where it is not known."""
    rows: list[dict[str, object]] = []
    parts: list[Strength] = []
    for channel in contract.channels.values():
        for message in channel.messages:
            strength = message_strength(message)
            parts.append(strength)
            rows.append({"channel": channel.id, "message": message.key, **_row(strength), "loose": strength.loose})
    return {**_row(added([one for one in parts if not one.unread])), "messages": rows}


def _row(strength: Strength) -> dict[str, object]:
    is_known = not strength.unread
    return {
        "leaves": strength.leaves if is_known else None, "constrained": strength.constrained if is_known else None,
        "share": strength.share,
    }  # fmt: skip
