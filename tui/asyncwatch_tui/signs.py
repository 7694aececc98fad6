"""The signs of states: glyph, plain form, word, role and meaning in one table."""

from __future__ import annotations

from typing import Final, NamedTuple


class Sign(NamedTuple):
    """A state as it is shown. Sign and word say it; the role's colour only says it again."""

    glyph: str
    plain: str
    word: str
    role: str
    meaning: str
    troubled: bool = False
    """The name of such a row is bold, and `n` stops here."""

    @property
    def word_role(self) -> str:
        """Give the role of the word; a receding sign has a readable word."""
        return "dim" if self.role == "faint" else self.role


SIGNS: Final[dict[str, Sign]] = {
    "missing": Sign("✗", "X", "missing", "error", "the broker has no such address", troubled=True),
    "invalid": Sign("✗", "X", "invalid", "error", "breaks the contract", troubled=True),
    "lost": Sign("✗", "X", "lost", "error", "numbers of a sequence never came", troubled=True),
    "stopped": Sign("□", "O", "stopped", "warn", "a reader commits no more", troubled=True),
    "stalled": Sign("■", "#", "stalled", "warn", "a reader commits, but does not move", troubled=True),
    "lagging": Sign("▲", "!", "lagging", "warn", "a reader is behind", troubled=True),
    "gap": Sign("▲", "!", "gap", "warn", "a gap is open: numbers are awaited", troubled=True),
    "warning": Sign("▲", "!", "warning", "warn", "findings that break no schema", troubled=True),
    "stale": Sign("◐", "%", "stale", "stale", "connection lost, last known values"),
    "undocumented": Sign("?", "?", "undoc.", "info", "not in the document"),
    "ok": Sign("✓", "+", "ok", "ok", "checked, nothing wrong"),
    "no-rule": Sign("~", "~", "no rule", "dim", "no schema: counted, never as valid"),
    "opaque": Sign("~", "~", "opaque", "dim", "nothing of it could be checked"),
    "waiting": Sign("◌", ".", "waiting", "faint", "nothing seen yet, which is no fault"),
}
"""States of a channel, worst first."""

GROUP_SIGNS: Final[dict[str, Sign]] = {
    "stopped": Sign("□", "O", "stopped", "warn", "commits no more, and has no members", troubled=True),
    "stalled": Sign("■", "#", "stalled", "warn", "has members, but does not move", troubled=True),
    "warning": Sign("▲", "!", "warning", "warn", "falls further behind", troubled=True),
    "rewound": Sign("↺", "<", "rewound", "info", "went back; reads again what it had read"),
    "unknown": Sign("?", "?", "unknown", "stale", "cannot be told yet, or not at all"),
    "stale": Sign("◐", "%", "stale", "stale", "connection lost, last known values"),
    "ok": Sign("✓", "+", "ok", "ok", "keeps up"),
    "idle": Sign("◌", ".", "idle", "faint", "read everything, and nothing comes"),
    "abandoned": Sign("∅", "0", "abandoned", "dim", "no members for long; counted nowhere"),
}
"""States of a consumer group, worst first."""

READER_STATES: Final = frozenset({"stopped", "stalled", "lagging"})
"""States that only consumer groups can put a channel into."""

RANKS: Final[dict[str, int]] = {state: rank for rank, state in enumerate(SIGNS)}

UP: Final = Sign("●", "+", "connected", "ok", "connected")
DOWN: Final = Sign("✗", "X", "down", "error", "not reachable")
WARNING: Final = SIGNS["warning"]
STALE: Final = SIGNS["stale"]
WAITING: Final = SIGNS["waiting"]
