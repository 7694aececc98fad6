"""Bytes in pieces of any size to numbered lines.

Rule 1: where the pieces are cut changes nothing.
Rule 2: a line that is too long is passed over without being kept; its place is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator


class LineSplitter:
    """Takes pieces, gives lines with their line ends; only the last line may be without one.

    Units: `longest_bytes` with the line end.
    """

    def __init__(self, longest_bytes: int) -> None:
        self._longest_bytes = longest_bytes
        self._lines: deque[bytes | None] = deque()
        self._begun: list[bytes] = []
        """Pieces of the line whose end has not come yet."""
        self._begun_bytes = 0
        self._given = 0

    def __len__(self) -> int:
        return len(self._lines)

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        ended = piece.split(b"\n")
        rest = ended.pop()
        if ended and self._begun_bytes:
            self._begin(ended[0] + b"\n")
            self._end_line()
            del ended[0]
        longest_bytes = self._longest_bytes
        self._lines.extend(line + b"\n" if len(line) < longest_bytes else None for line in ended)
        if rest:
            self._begin(rest)

    def end(self) -> None:
        """Take what has no line end for the last line: nothing more will come."""
        if self._begun_bytes:
            self._end_line()

    def _begin(self, part: bytes) -> None:
        self._begun_bytes += len(part)
        if self._begun_bytes <= self._longest_bytes:
            self._begun.append(part)
        else:
            self._begun.clear()

    def _end_line(self) -> None:
        self._lines.append(b"".join(self._begun) if self._begun else None)
        self._begun.clear()
        self._begun_bytes = 0

    def take(self, most: int) -> Iterator[tuple[int, bytes | None]]:
        """Give at most so many lines with their numbers from 1; None in place of a line that was too long."""
        for _ in range(min(most, len(self._lines))):
            self._given += 1
            yield self._given, self._lines.popleft()

    @property
    def begun_bytes(self) -> int:
        """How much of the line has come whose end has not."""
        return self._begun_bytes

    def first(self, most_bytes: int) -> bytes:
        """Give the beginning of the next line, also of one that has not ended yet, and keep it."""
        if self._lines:
            return (self._lines[0] or b"")[:most_bytes]
        return b"".join(self._begun)[:most_bytes]
