"""A file that lines are added to, also after the disk was full for a while.

Rule 1: a line that got only half way is gone on with where it stopped, so that the file never holds a broken line.
Rule 2: nothing here waits for a reader: a pipe nobody reads is an error like a full disk.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Sequence
from typing import Final

STANDARD_OUTPUT: Final = "-"
_STANDARD_OUTPUT_FD: Final = 1


class LineFile:
    """A path, or `-` for standard output. It is used from one thread at a time.

    `append`: keep what the file already holds; else it is emptied when it is first opened.
    """

    def __init__(self, path: str, *, append: bool) -> None:
        self.path = path
        self._append = append
        self._fd: int | None = None
        self._begun_bytes = 0
        """How much of the next line is already in the file."""

    def write(self, lines: Sequence[bytes]) -> tuple[int, OSError | None]:
        """Write as many lines as the file takes; give how many those were, and what stopped it.

        Raises: nothing.
        """
        try:
            fd = self._open()
        except OSError as error:
            return 0, error
        data = memoryview(b"".join(lines))
        place = self._begun_bytes
        stopped = None
        try:
            while place < len(data):
                place += os.write(fd, data[place:])
        except OSError as error:
            stopped = error
            if not isinstance(error, BlockingIOError):
                self.close()
        done = 0
        for line in lines:
            if place < len(line):
                break
            place -= len(line)
            done += 1
        self._begun_bytes = place
        return done, stopped

    def _open(self) -> int:
        if self._fd is not None:
            return self._fd
        if self.path == STANDARD_OUTPUT:
            self._fd = _STANDARD_OUTPUT_FD
            return self._fd
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NONBLOCK
        if not self._append:
            flags |= os.O_TRUNC
        self._fd = os.open(self.path, flags, 0o644)
        self._append = True
        status = os.fstat(self._fd)
        if stat.S_ISREG(status.st_mode) and status.st_size == 0:
            self._begun_bytes = 0  # a new file has no first half of that line
        return self._fd

    def close(self) -> None:
        """Close the file; the next write opens it again."""
        fd, self._fd = self._fd, None
        if fd is not None and fd != _STANDARD_OUTPUT_FD:
            try:
                os.close(fd)
            except OSError:
                return  # what was written was already accepted; a second close would hit another file
