"""Which finding groups are worth an event of their own: new ones, and ones that come back after a minute of silence.

Rule 1: information is not told; a group that goes on growing is not told again.
Rule 2: of one picture at most 20 are told, and the last one says how many were left out; the change that goes with it
carries them all.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

import msgspec

from asyncwatch.model.report import FindingRow

MOST_AT_ONCE: Final = 20
_SILENCE_S: Final = 60.0


class ToldFinding(FindingRow, kw_only=True):
    """A finding group as the stream's `finding` event carries it. `omitted`: others that were worth telling now."""

    reason: Literal["new", "again"]
    omitted: int = 0


class ToldFindings:
    """Remembers when each group last grew. The groups that are there at the first look are known, not new."""

    def __init__(self) -> None:
        self._rows: Sequence[FindingRow] = ()
        self._grew_s: list[float] = []
        self._began = False

    def look(self, rows: Sequence[FindingRow], now_s: float) -> list[bytes]:
        """Give the events for what opened or came back since the last look, as JSON.

        `rows`: all groups, in the order in which they opened; one that did not grow is the same object as before.
        Units: `now_s` seconds of a steady clock.
        """
        before, grew_s = self._rows, self._grew_s
        worth: list[tuple[FindingRow, Literal["new", "again"]]] = []
        for index in range(min(len(before), len(rows))):
            if rows[index] is before[index]:
                continue
            if now_s - grew_s[index] > _SILENCE_S and rows[index].count > before[index].count:
                worth.append((rows[index], "again"))
            grew_s[index] = now_s
        grew_s.extend(now_s for _ in rows[len(grew_s) :])
        if self._began:
            worth.extend((row, "new") for row in rows[len(before) :])
        self._rows, self._began = rows, True
        worth = [one for one in worth if one[0].severity in {"error", "warning"}]
        told, left_out = worth[:MOST_AT_ONCE], len(worth[MOST_AT_ONCE:])
        return [
            msgspec.json.encode(
                ToldFinding(
                    **{name: getattr(row, name) for name in FindingRow.__struct_fields__},
                    reason=reason, omitted=left_out if number == len(told) else 0,
                )
            )
            for number, (row, reason) in enumerate(told, 1)
        ]  # fmt: skip
