"""Bytes of a file or a pipe, as they come.

Rule 1: nothing here blocks, and no thread is needed: a pipe is read when the event loop says that it can be.
Rule 2: between waiting and reading nobody can be cancelled, so that a cancelled read has taken nothing.
"""

from __future__ import annotations

import asyncio
import errno
import io
import os
import stat
from typing import BinaryIO, Final

PIECE_BYTES: Final = 256 << 10


class PieceReader:
    """Reads what is open already. `name`: what people call it; `owned`: closed with the reader."""

    def __init__(self, name: str, fd: int, *, owned: bool) -> None:
        self.name = name
        self.waits = not stat.S_ISREG(os.fstat(fd).st_mode)
        """Whether more may come later: a pipe, a socket, a terminal."""
        self._fd = fd
        self._owned = owned

    async def piece(self) -> bytes:
        """Wait for bytes; none are the end.

        Raises: OSError.
        """
        while True:
            if self.waits:
                await self._readable()
            try:
                return os.read(self._fd, PIECE_BYTES)
            except BlockingIOError:
                continue

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        try:
            loop.add_reader(self._fd, _wake, ready)
        except PermissionError:  # a device that never keeps anybody waiting
            self.waits = False
            return
        try:
            await ready
        finally:
            loop.remove_reader(self._fd)

    def close(self) -> None:
        """Let go."""
        if self._owned:
            os.close(self._fd)


class MemoryReader:
    """Reads a stream that has no file under it."""

    waits = False

    def __init__(self, name: str, stream: BinaryIO) -> None:
        self.name = name
        self._stream = stream

    async def piece(self) -> bytes:
        """Give the next bytes; none are the end."""
        return self._stream.read(PIECE_BYTES)

    def close(self) -> None:
        """Nothing is open."""


def _wake(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def open_path(path: str) -> PieceReader:
    """Open a file or pipe; a pipe that nobody writes to yet is open all the same.

    Raises: OSError.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    if stat.S_ISDIR(os.fstat(fd).st_mode):
        os.close(fd)
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
    return PieceReader(path, fd, owned=True)


def open_stream(name: str, stream: BinaryIO) -> PieceReader | MemoryReader:
    """Read a stream that others opened and close."""
    try:
        fd = stream.fileno()
    except io.UnsupportedOperation:
        return MemoryReader(name, stream)
    return PieceReader(name, fd, owned=False)


def try_path(path: str) -> None:
    """Find out whether a path can be read; a pipe is not opened for that, its writer would take that for a reader.

    Raises: OSError.
    """
    if stat.S_ISFIFO(os.stat(path).st_mode):
        if not os.access(path, os.R_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        return
    open_path(path).close()
