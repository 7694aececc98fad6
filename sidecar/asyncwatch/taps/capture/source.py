"""Where the lines of a capture come from."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from typing import BinaryIO, Final, Protocol

from asyncwatch.model.errors import Disconnected, Misconfigured
from asyncwatch.taps.capture.pieces import MemoryReader, PieceReader, open_path, open_stream, try_path
from asyncwatch.taps.capture.splitting import LineSplitter

_LINE_BYTES: Final = 128 << 20
"""A longer line is passed over: a 64 MB payload in base64 still fits."""
_LINES: Final = 2_000
_FILL_BYTES: Final = 4 << 20
"""So much is read of a file before others have their turn."""

STANDARD_INPUT: Final = "-"

Line = tuple[str, int, bytes | None]
"""(file, line number from 1, the line); None in place of a line that is too long."""


class LineSource(Protocol):
    """Gives lines in order."""

    async def open(self) -> None:
        """Make ready. Raises: Misconfigured."""

    async def lines(self) -> Sequence[Line]:
        """Wait for some lines; an empty answer is the end. Cancelling it loses nothing. Raises: Disconnected."""

    def close(self) -> None:
        """Let go; idempotent, legal without `open`. What is opened again begins anew."""


class FileSource:
    """Files one after another; `-` is `stream`. `what` begins the sentence about one that cannot be read."""

    def __init__(
        self, paths: Sequence[str], stream: BinaryIO | None = None, *, what: str = "capture", longest: int = _LINE_BYTES
    ) -> None:
        self._paths = list(paths)
        self._stream = stream
        self._what = what
        self._longest_bytes = longest
        self._left = list(paths)
        self._name = ""
        self._reader: PieceReader | MemoryReader | None = None
        self._splitter = LineSplitter(longest)

    async def open(self) -> None:
        """Look at every file, so that all faults are known at the start.

        Raises: Misconfigured.
        """
        for path in self._paths:
            if path != STANDARD_INPUT:
                try:
                    try_path(path)
                except OSError as error:
                    raise self._unreadable(path, error) from None

    async def first_line(self, most_bytes: int) -> bytes:
        """Wait for the first line of the first file, and give its beginning; `lines` gives it again.

        Raises: Misconfigured.
        """
        path = self._left[0]
        try:
            reader = self._begin()
            while not self._splitter and self._splitter.begun_bytes < most_bytes and self._reader is not None:
                await self._fill(reader)
        except OSError as error:
            raise self._unreadable(path, error) from None
        return self._splitter.first(most_bytes)

    def _unreadable(self, path: str, error: OSError) -> Misconfigured:
        return Misconfigured(
            f"{self._what} '{path}' cannot be read",
            detail=error.strerror,
            hint="give a file written by 'asyncwatch capture'",
        )

    async def lines(self) -> Sequence[Line]:
        """Give up to 2,000 lines; of a pipe what is there now. Raises: Disconnected."""
        splitter = self._splitter
        try:
            while True:
                reader = self._reader
                if reader is not None and (not splitter or (not reader.waits and len(splitter) < _LINES)):
                    await self._fill(reader)
                if splitter:
                    return [(self._name, number, line) for number, line in splitter.take(_LINES)]
                if self._reader is None:
                    if not self._left:
                        return ()
                    self._begin()
                    splitter = self._splitter
        except OSError as error:
            path = self._left[0] if self._reader is None else self._name
            raise Disconnected(f"{self._what} '{path}' cannot be read to its end", detail=error.strerror) from None

    def _begin(self) -> PieceReader | MemoryReader:
        path = self._left[0]
        if path == STANDARD_INPUT:
            reader = open_stream("standard input", sys.stdin.buffer if self._stream is None else self._stream)
        else:
            reader = open_path(path)
        del self._left[0]
        self._reader, self._name = reader, reader.name
        self._splitter = LineSplitter(self._longest_bytes)
        return reader

    async def _fill(self, reader: PieceReader | MemoryReader) -> None:
        """Read until there are lines enough, or others should have their turn."""
        splitter = self._splitter
        size = 0
        while size < _FILL_BYTES:
            piece = await reader.piece()
            if not piece:
                splitter.end()
                self._release()
                return
            splitter.feed(piece)
            size += len(piece)
            if reader.waits or len(splitter) >= _LINES:
                return
        if not splitter:
            await asyncio.sleep(0)

    def _release(self) -> None:
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def close(self) -> None:
        self._release()
        self._left = list(self._paths)
        self._splitter = LineSplitter(self._longest_bytes)
