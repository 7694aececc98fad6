"""CloudEvents sequences: the scope is the source; text is compared as text, and has no gaps.

Rule 1: a source whose values are all decimal integers is followed as numbers; from its first other value on, as text.
Source: CloudEvents extension `sequence`; settled 24, 31.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Final

from asyncwatch.ordering.happening import CONFLICT, DUPLICATE, TEXT, Happening, SequenceCounts
from asyncwatch.ordering.number import parse_numbers
from asyncwatch.ordering.rows import Rows
from asyncwatch.ordering.tracker import Tracker

_LONGEST: Final = 128
_SOURCES: Final = 65_536


class EventSequences:
    """The sequences of all sources of a channel: `numbers` follows integers, this class text."""

    def __init__(self, numbers: Tracker) -> None:
        self.numbers = numbers
        self.text_counts = SequenceCounts()
        self._last: OrderedDict[bytes, tuple[str, int]] = OrderedDict()
        """Source -> its highest text and that message's digest."""

    def track(
        self,
        rows: Rows,
        sources: Sequence[bytes | None],
        values: Sequence[object],
        digests: Sequence[int],
        epochs: Sequence[object] | None,
    ) -> list[int | None]:
        """Judge a column of sequence values, None where a row has none; give the numbers among them."""
        numbers = parse_numbers(values)
        if self._last or numbers.count(None) != values.count(None):
            for row, (source, value) in enumerate(zip(sources, values, strict=True)):
                if value is None or source is None or (numbers[row] is not None and source not in self._last):
                    continue
                numbers[row] = None
                text = _text(value)
                if text is not None:
                    self._judge(rows, row, source, text, digests[row])
        self.numbers.track(rows, sources, numbers, digests, 0, len(numbers), epochs)
        return numbers

    def _judge(self, rows: Rows, row: int, source: bytes, text: str, digest: int) -> None:
        last, counts = self._last.get(source), self.text_counts
        if last is None:
            counts.keys += 1
            if len(self._last) >= _SOURCES:
                self._last.popitem(last=False)
                counts.evicted += 1
        else:
            self._last.move_to_end(source)
        if last is None or text > last[0]:
            counts.in_order += 1
            self._last[source] = text, digest
        elif text < last[0]:
            counts.out_of_order += 1
        else:
            same = digest == last[1]
            counts.duplicates += same
            counts.conflicts += not same
            self.numbers.happenings.append(
                Happening(DUPLICATE if same else CONFLICT, source, rows.place(row), row, 0, 0, why=TEXT)
            )


def _text(value: object) -> str | None:
    """Give a sequence value as text; None where it is none, or too long for one."""
    if isinstance(value, bytes):
        try:
            value = value[: _LONGEST + 1].decode()
        except UnicodeDecodeError:
            return None
    elif isinstance(value, int | float):
        value = None if isinstance(value, bool) else str(value)[: _LONGEST + 1]
    return value if isinstance(value, str) and 0 < len(value) <= _LONGEST else None
