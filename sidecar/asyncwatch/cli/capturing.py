"""`capture`: the messages of the documented channels as lines, real values and all."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from dataclasses import dataclass
from typing import BinaryIO

from asyncwatch.cli.exits import FINE, INTERRUPTED, NOT_OBSERVED
from asyncwatch.cli.observe import Signals
from asyncwatch.cli.session import Session
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import Misconfigured
from asyncwatch.taps.capture.line import write_end, write_lines


@dataclass(slots=True)
class CaptureFile:
    """A capture being written; on standard output, or in a file that only its owner may read."""

    file: BinaryIO
    name: str
    written: int = 0
    failed: OSError | None = None

    def write(self, data: bytes) -> None:
        """Write; the first failure ends the capture."""
        if self.failed is None:
            try:
                self.file.write(data)
            except OSError as error:
                self.failed = error


def open_capture(path: str) -> CaptureFile:
    """Create the file with mode 0600. Raises: Misconfigured."""
    if path == "-":
        return CaptureFile(sys.stdout.buffer, "standard output")
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        os.fchmod(descriptor, 0o600)
    except OSError as error:
        raise Misconfigured(f"-o '{path}' cannot be written", detail=error.strerror) from None
    return CaptureFile(os.fdopen(descriptor, "wb"), path)


async def capture_messages(
    session: Session, out: CaptureFile, *, for_s: float | None, messages: int | None, connect_timeout_s: float
) -> int:
    """Write messages until told to stop; give the exit code."""
    signals = Signals()
    service = session.service
    full = asyncio.Event()

    def take(batch: Batch) -> None:
        if messages is not None:
            room = messages - out.written
            if room <= 0:
                return
            if len(batch) > room:
                batch = batch.head(room)
        out.write(write_lines(batch, batch.filter))
        out.written += len(batch)
        if out.failed is not None or (messages is not None and out.written >= messages):
            full.set()

    for runner in service.runners:
        runner.take = take
    await service.start()
    waits = [asyncio.create_task(one) for one in (signals.any.wait(), service.done.wait(), full.wait())]
    connecting = asyncio.create_task(service.wait_connected(connect_timeout_s))
    await asyncio.wait({waits[0], connecting}, return_when=asyncio.FIRST_COMPLETED)
    connected = connecting.done() and connecting.result()
    if connected:
        await asyncio.wait(waits, timeout=for_s, return_when=asyncio.FIRST_COMPLETED)
    for task in (*waits, connecting):
        task.cancel()
    await service.stop()
    out.write(write_end(time.time_ns()))
    return _close(out, connected=connected, interrupted=signals.any.is_set() and signals.interrupted)


def _close(out: CaptureFile, *, connected: bool, interrupted: bool) -> int:
    try:
        out.file.flush()
    except OSError as error:
        out.failed = out.failed or error
    if out.failed is not None:
        raise Misconfigured(
            f"the capture stopped after {out.written} messages: {out.name} cannot be written",
            detail=out.failed.strerror,
        )
    sys.stderr.write(f"{out.written:,} messages written to {out.name}\n")
    if interrupted:
        return INTERRUPTED
    return FINE if connected else NOT_OBSERVED
