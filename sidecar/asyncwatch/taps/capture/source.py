"""Where the lines of a capture come from."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import BinaryIO, Final, Protocol

from asyncwatch.model.errors import Misconfigured

_LINE_BYTES: Final = 128 << 20
"""A longer line is passed over: a 64 MB payload in base64 still fits."""
_LINES: Final = 2_000

Line = tuple[str, int, bytes | None]
"""(file, line number from 1, the line); None in place of a line that is too long."""


class LineSource(Protocol):
    """Gives lines in order."""

    async def open(self) -> None:
        """Make ready. Raises: Misconfigured."""

    async def lines(self) -> Sequence[Line]:
        """Wait for some lines; an empty answer is the end."""

    def close(self) -> None:
        """Let go; idempotent."""


class FileSource:
    """Files one after another; `-` is a stream that is given, `prefix` what was already read of it."""

    def __init__(self, paths: Sequence[str], stream: BinaryIO, prefix: bytes = b"") -> None:
        self._paths = list(paths)
        self._stream = stream
        self._prefix = prefix
        self._file: BinaryIO | None = None
        self._name = ""
        self._number = 0

    async def open(self) -> None:
        """Open every file once, so that all faults are known at the start.

        Raises: Misconfigured.
        """
        for path in self._paths:
            if path != "-":
                _open(path).close()

    async def lines(self) -> Sequence[Line]:
        """Give up to 2,000 lines; reading goes on in a thread, a slow pipe holds nobody up."""
        while True:
            if self._file is None:
                if not self._paths:
                    return ()
                path = self._paths.pop(0)
                self._name = "standard input" if path == "-" else path
                self._file = self._stream if path == "-" else _open(path)
                self._number = 0
            found = await asyncio.to_thread(self._read)
            if found:
                return found
            self.close()

    def _read(self) -> list[Line]:
        file = self._file
        assert file is not None  # `lines` opened it
        found: list[Line] = []
        size = 0
        while len(found) < _LINES and size < _LINE_BYTES:
            line = self._readline(file)
            if not line:
                break
            self._number += 1
            if len(line) == _LINE_BYTES and not line.endswith(b"\n"):
                while line and not line.endswith(b"\n"):
                    line = file.readline(_LINE_BYTES)
                found.append((self._name, self._number, None))
                continue
            size += len(line)
            found.append((self._name, self._number, line))
            if file is self._stream and not _is_regular(file):
                break  # a pipe: what is there now is given out now
        return found

    def _readline(self, file: BinaryIO) -> bytes:
        if self._prefix and file is self._stream:
            line, self._prefix = self._prefix, b""
            return line if line.endswith(b"\n") else line + file.readline(_LINE_BYTES)
        return file.readline(_LINE_BYTES)

    def close(self) -> None:
        if self._file is not None and self._file is not self._stream:
            self._file.close()
        self._file = None


def _is_regular(file: BinaryIO) -> bool:
    return file.seekable()


def _open(path: str) -> BinaryIO:
    try:
        return open(path, "rb", buffering=1 << 20)  # kept open between reads, closed by close()
    except OSError as error:
        raise Misconfigured(
            f"capture '{path}' cannot be read",
            detail=error.strerror,
            hint="give a file written by 'asyncwatch capture'",
        ) from None
