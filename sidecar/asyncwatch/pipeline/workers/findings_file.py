"""One findings file for several workers: each writes its lines into a pipe, the parent writes whole lines to the file.

Rule 1: what the file does not take stays in the pipes: a worker's own outlet waits, drops and counts as without workers.
"""

from __future__ import annotations

import asyncio
import os
from typing import Final

from asyncwatch.outlets.findings.line_file import LineFile
from asyncwatch.telemetry.happenings import Undelivered, emit

_CHUNK_BYTES: Final = 1 << 16
_AGAIN_S: Final = 0.05


class FindingsFile:
    """The file that all workers' findings end up in."""

    def __init__(self, path: str, *, append: bool) -> None:
        self._file = LineFile(path, append=append)
        self._turn = asyncio.Lock()
        self._lines = 0
        self._error = ""

    async def open(self) -> None:
        """Make the file, also where no finding comes."""
        await self._write([])

    async def collect(self, pipe: int) -> None:
        """Take lines from the reading end of a pipe until all its writers are gone; half a line is no line."""
        loop = asyncio.get_running_loop()
        reader = asyncio.StreamReader()
        transport, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), os.fdopen(pipe, "rb", buffering=0)
        )
        rest = b""
        try:
            while chunk := await reader.read(_CHUNK_BYTES):
                whole, newline, rest = (rest + chunk).rpartition(b"\n")
                await self._write((whole + newline).splitlines(keepends=True))
        finally:
            transport.close()

    async def _write(self, lines: list[bytes]) -> None:
        loop = asyncio.get_running_loop()
        self._lines += len(lines)
        async with self._turn:
            try:
                while True:
                    done, stopped = await asyncio.shield(loop.run_in_executor(None, self._file.write, lines))
                    lines = lines[done:]
                    self._error = "" if stopped is None else stopped.strerror or type(stopped).__name__
                    if not lines:
                        return
                    await asyncio.sleep(_AGAIN_S)
            except asyncio.CancelledError:
                emit(
                    Undelivered(outlet="findings", count=len(lines), of=self._lines, unit="finding", reason=self._error)
                )
                raise

    def close(self) -> None:
        """Close the file; nothing is written any more."""
        self._file.close()
