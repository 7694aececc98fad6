"""How bad a finding is."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

Severity: TypeAlias = Literal["error", "warning", "info", "off"]

SEVERITIES: Final[tuple[Severity, ...]] = ("error", "warning", "info", "off")
"""Worst first."""
