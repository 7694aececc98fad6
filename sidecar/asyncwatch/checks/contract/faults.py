"""Broken schemas as faults: only failures come here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from asyncwatch.model.finding import Fault
from asyncwatch.model.route import SchemaFault

EXPLAINED: int = 16
"""Faults told of one message at most."""


def schema_faults(
    rule: str, severities: Mapping[str, str], message: str | None, found: Iterable[SchemaFault]
) -> list[Fault]:
    """Turn what a schema says into faults of a rule; none where the rule is off."""
    severity = severities[rule]
    if severity == "off":
        return []
    return [
        Fault(
            rule=rule, severity=severity, summary=one.summary, message=message, path=one.path,
            group_path=one.group_path, schema_path=one.schema_path, keyword=one.keyword, expected=one.expected,
            actual=one.actual,
        )
        for one in found
    ]  # fmt: skip


def unexplained(rule: str, severities: Mapping[str, str], message: str | None) -> list[Fault]:
    """Say that a message breaks a rule when the second's budget of explanations is spent (`path` null)."""
    severity = severities[rule]
    if severity == "off":
        return []
    return [Fault(rule=rule, severity=severity, message=message, summary="not explained: too many failures at once")]
