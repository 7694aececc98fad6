"""A worker of `--workers`: `python -m asyncwatch.cli.worker FD` is told over a socket what to read, and tells what it saw."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import socket
import sys
from typing import Literal

import msgspec
from msgspec import Struct

from asyncwatch.cli.dividing import Part
from asyncwatch.cli.exits import FINE, WRONG_USAGE
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.options import duration
from asyncwatch.cli.session import Session, open_session
from asyncwatch.config.configuration import load_configuration
from asyncwatch.model.errors import Disconnected, Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.metering import metering
from asyncwatch.pipeline.recording import Replayed
from asyncwatch.pipeline.workers.frames import FAILED, READY, Fault, PlaceRow, read, write
from asyncwatch.pipeline.workers.worker import work
from asyncwatch.taps.base import Start
from asyncwatch.telemetry.log import LOGGER, QUIET, set_up_log


class WorkerSetup(Struct):
    """What a worker is told first: the same as a run is, and its part of it."""

    observing: Observing
    start: Start
    otlp: str | None
    findings: str | None
    findings_cap: int | None
    index: int
    of: int
    secret: bytes
    resume: dict[str, list[PlaceRow]]
    log_level: str
    log_format: Literal["text", "json"]
    metered: bool = False
    """Whether its beats carry metrics."""
    files: dict[str, bytes] = {}
    """Documents and configuration as the parent has read them: what runs, whatever lies on disk by now."""


def build(setup: WorkerSetup) -> Session:
    """Build the worker's run; what the parent has said already is not said again. Raises: MisconfiguredAll."""
    set_up_log("error", setup.log_format)
    resume = {
        server: {(address, partition): (position, stop) for address, partition, position, stop in rows}
        for server, rows in setup.resume.items()
    }
    read = Replayed(setup.files)
    session = open_session(
        setup.observing, setup.start, otlp=setup.otlp, findings=setup.findings, findings_cap=setup.findings_cap,
        part=Part(setup.index, setup.of, setup.secret, resume), read=read,
        configured=load_configuration(setup.observing.config, os.environ, read),
    )  # fmt: skip
    set_up_log(setup.log_level, setup.log_format)
    LOGGER.addFilter(_Named(f"worker {setup.index}: "))
    return session


class _Named(logging.Filter):
    """Says in each line which worker speaks."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self._name = name

    def filter(self, record: logging.LogRecord) -> bool:
        if QUIET.get():
            return False
        record.msg, record.args = f"{self._name}{record.getMessage()}".replace("%", "%%"), ()
        return True


async def run(connection: socket.socket) -> int:
    """Read the setup, build, work; give the exit code."""
    reader, writer = await asyncio.open_unix_connection(sock=connection)
    try:
        _, body = await read(reader)
    except Disconnected:
        return FINE
    setup = msgspec.msgpack.decode(body, type=WorkerSetup)
    try:
        session = build(setup)
    except Misconfigured as error:
        faults = error.faults if isinstance(error, MisconfiguredAll) else [error]
        write(writer, FAILED, [Fault(one.message, one.detail, one.hint) for one in faults])
        await writer.drain()
        writer.close()
        return WRONG_USAGE
    write(writer, READY)
    measuring = metering(session.service, session.otel.export, session.lag) if setup.metered else None
    timeout_s = duration("--connect-timeout", setup.observing.connect_timeout)
    await work(session.service, session.reloader, reader, writer, timeout_s, measuring)
    return FINE


def main() -> None:
    """Serve the parent that holds the other end of the socket; what a terminal says is the parent's to hear."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with socket.socket(fileno=int(sys.argv[1])) as connection:
        sys.exit(asyncio.run(run(connection)))


if __name__ == "__main__":
    main()
