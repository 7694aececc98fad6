"""The health listener of a run: its socket at start, its answers while the run lives."""

from __future__ import annotations

import asyncio
import os
import socket

from asyncwatch.cli.session import Session
from asyncwatch.config.configuration import Configuration
from asyncwatch.config.health_environment import read_health
from asyncwatch.config.otel_metrics import read_metrics
from asyncwatch.config.otel_reading import OtelReading
from asyncwatch.pipeline.metering import metering
from asyncwatch.serve.health import Health, Scrapes, build_health
from asyncwatch.serve.listener import Listener, open_socket
from asyncwatch.telemetry.happenings import HealthListening, emit
from asyncwatch.telemetry.resource import own_resource


def open_health(flag: str | None, configured: Configuration) -> socket.socket:
    """Open the socket where flag or environment want it. Raises: Misconfigured."""
    # What is wrong with the variables is told when the session reads them all.
    host, port = read_health(
        flag, os.environ, read_metrics(OtelReading(os.environ)), configured.text("listen", "health")
    )
    return open_socket(host, port, option="--health")


class Probes:
    """Answers probes, and scrapes where there are metrics, until it is ended."""

    def __init__(self, health: Health, scrapes: Scrapes | None, listener: socket.socket) -> None:
        self._health = health
        self._listener = Listener(build_health(health, scrapes), listener)
        self._task = asyncio.create_task(self._listener.run())
        emit(HealthListening(url=self._listener.url))

    def set_running(self) -> None:
        """Everything is built, and the taps have been started."""
        self._health.phase = "running"

    def set_stopping(self) -> None:
        """The run is about to end: no more traffic should be sent here."""
        self._health.phase = "stopping"

    async def end(self) -> None:
        """Stop answering."""
        self._listener.stop()
        await asyncio.wait({self._task}, timeout=1.5)
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def session_probes(session: Session, listener: socket.socket) -> Probes:
    """Answer for a run in this process."""
    service, otel = session.service, session.otel
    measuring = metering(service, otel.export, session.lag)
    return Probes(
        Health(lambda: [record.row() for record in session.ledger.servers.values()]),
        Scrapes(measuring.pieces, own_resource(otel.export.resource), otel.metrics.exemplars),
        listener,
    )
