"""How bad a finding is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info", "off"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info", "off")
"""Worst first."""


class Severities(dict[str, str]):
    """Rule id → severity; `given` names the rules of which somebody has said something, be it what they have anyway."""

    __slots__ = ("given",)

    def __init__(self, severities: Mapping[str, str], given: Iterable[str] = ()) -> None:
        super().__init__(severities)
        self.given = frozenset(given)

    def __repr__(self) -> str:
        return f"Severities({super().__repr__()}, {sorted(self.given)})"


def severity_of(severities: Mapping[str, str], rule: str, own: str | None) -> str:
    """Give the severity of a finding that is milder than its rule: its own, unless somebody has said something of the rule."""
    found = severities[rule]
    if own is None or found == "off" or rule in given_rules(severities):
        return found
    return own


def given_rules(severities: Mapping[str, str]) -> frozenset[str]:
    """Give the rules of which somebody has said something."""
    return severities.given if isinstance(severities, Severities) else frozenset()
