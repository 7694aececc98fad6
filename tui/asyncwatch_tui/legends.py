"""What the signs and columns of each screen mean, for its help."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple

from asyncwatch_tui.signs import GROUP_SIGNS, READER_STATES, SIGNS, Sign

_UNKNOWN: Final = ("–", "not known; never means zero")


class Legend(NamedTuple):
    """Signs and columns of a screen. `of_readers` are the signs that only consumer groups bring about."""

    signs: Sequence[Sign]
    columns: Sequence[tuple[str, str]]
    of_readers: Sequence[Sign] = ()

    def signs_shown(self, *, lag: bool) -> list[Sign]:
        """Give the signs that can be seen; `lag`: whether groups are asked."""
        return [sign for sign in self.signs if lag or sign not in self.of_readers]


CHANNELS: Final = Legend(
    tuple(SIGNS.values()),
    (
        ("valid %", "of what was checked; ~ weak contract"),
        ("viol.", "faults of payload, headers or key"),
        ("gaps", "open + lost sequence numbers"),
        ("late", "events behind their watermark"),
        ("dup", "numbers that came again"),
        ("lag", "seconds behind, slowest live reader"),
        ("p50 p99", "message's time to our seeing it"),
        ("trace", "% of messages with a trace context"),
        ("seen", "since the last message"),
        _UNKNOWN,
    ),
    tuple(SIGNS[state] for state in READER_STATES),
)

FINDINGS: Final = Legend(
    (
        Sign("✗", "X", "error", "error", "breaks the contract, or is lost", troubled=True),
        Sign("▲", "!", "warning", "warn", "doubtful, or may become lost", troubled=True),
        Sign("?", "?", "undoc.", "info", "not in the document"),
        Sign("i", "i", "info", "info", "good to know"),
    ),
    (
        ("5 min", "occurrences a second, 15 s a step"),
        ("/s", "occurrences in the last minute"),
        ("×", "occurrences since the start"),
        ("◄", "the line of the contract that is broken"),
        ("•••", "a value that is not shown"),
        _UNKNOWN,
    ),
)

GROUPS: Final = Legend(
    tuple(GROUP_SIGNS.values()),
    (
        ("behind", "age of the first unread message"),
        ("messages", "from there to the end"),
        ("5 min", "messages behind, 30 s a column"),
        ("change", "of the messages behind, a second"),
        ("caught up", "time until then at this rate"),
        ("expires", "until the first unread one is deleted"),
        _UNKNOWN,
    ),
)
