"""What stands behind a screen's name in the tab row: how many things there are in trouble."""

from __future__ import annotations

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.ink import Ink
from asyncwatch_tui.numbers import fit_count
from asyncwatch_tui.signs import GROUP_SIGNS

_CELLS = 4
_TROUBLED = frozenset(state for state, sign in GROUP_SIGNS.items() if sign.troubled)


def error_groups(snapshot: Snapshot, muted: frozenset[str]) -> Ink | None:
    """Count the finding groups of severity error that are not muted; None where there is none."""
    count = sum(1 for row in snapshot.findings if row.severity == "error" and row.fingerprint not in muted)
    return Ink(f"✗{fit_count(count, _CELLS)}", "error", bold=True) if count else None


def groups_in_trouble(snapshot: Snapshot, muted: frozenset[str]) -> Ink | None:
    """Count the consumer groups that are stopped, stalled or fall behind; None where none is."""
    count = sum(1 for row in snapshot.lag or () if row.partition is None and row.status in _TROUBLED)
    return Ink(f"▲{fit_count(count, _CELLS)}", "warn", bold=True) if count else None
