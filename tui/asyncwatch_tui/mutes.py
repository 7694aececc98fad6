"""Finding groups that somebody does not want to see for a while; known to this dashboard only."""

from __future__ import annotations

from typing import Final

MUTE_S: Final = 3600.0
_MOST: Final = 10_000


class Mutes:
    """Muted groups by fingerprint. Units: seconds of a steady clock."""

    def __init__(self) -> None:
        self._until_s: dict[str, float] = {}

    def toggle(self, fingerprint: str, now_s: float) -> bool:
        """Mute a group for an hour, or unmute it; True when it is muted now."""
        if self.left_s(fingerprint, now_s):
            del self._until_s[fingerprint]
            return False
        if len(self._until_s) >= _MOST:
            self._until_s.clear()
        self._until_s[fingerprint] = now_s + MUTE_S
        return True

    def left_s(self, fingerprint: str, now_s: float) -> float:
        """Give how long a group is still muted; 0 when it is not."""
        until_s = self._until_s.get(fingerprint)
        if until_s is None:
            return 0.0
        if until_s <= now_s:
            del self._until_s[fingerprint]
            return 0.0
        return until_s - now_s

    def now(self, now_s: float) -> frozenset[str]:
        """Give the groups that are muted now."""
        if not self._until_s:
            return frozenset()
        return frozenset(fingerprint for fingerprint in list(self._until_s) if self.left_s(fingerprint, now_s))
