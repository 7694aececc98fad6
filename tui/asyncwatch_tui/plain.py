"""`attach --plain`: what a sidecar sees as lines, for pipes and screen readers: news as they come, a sum now and then."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from textual.message import Message

from asyncwatch.model.view import Snapshot
from asyncwatch_tui.durations import clock_of
from asyncwatch_tui.feed import SidecarLost, SnapshotArrived
from asyncwatch_tui.fitting import neutralise
from asyncwatch_tui.numbers import format_count
from asyncwatch_tui.sources import Source, follow

SUM_S: Final = 10.0
_INTERRUPTED: Final = 130
_MOST_NEWS: Final = 20
"""Lines of new findings at once; the rest is a number."""


class Lines:
    """Turns pictures into lines; says what changed, never the same twice."""

    def __init__(self, write: Callable[[str], object], steady: Callable[[], float], wall_ns: Callable[[], int]) -> None:
        self._write = write
        self._steady = steady
        self._wall_ns = wall_ns
        self._servers: dict[str, str] = {}
        self._findings: set[tuple[str, str]] = set()
        self._loss: str | None = None
        self._sum_at_s: float | None = None

    def take(self, message: Message) -> None:
        """Write what a message brings."""
        if isinstance(message, SidecarLost):
            if self._loss != message.error:
                self._loss = message.error
                hint = f" ({message.hint})" if message.hint else ""
                self._say(f"lost: {message.error}{hint}; it is tried again")
        elif isinstance(message, SnapshotArrived):
            self._picture(message.snapshot)

    def _picture(self, snapshot: Snapshot) -> None:
        if self._sum_at_s is None:
            titles = ", ".join(
                neutralise(f"{one.title or one.source} {one.version or ''}".strip()) for one in snapshot.documents
            )
            self._say(f"watching {titles}: {len(snapshot.channels)} channels")
        elif self._loss is not None:
            self._say("the sidecar answers again")
        self._loss = None
        for server in snapshot.view.servers:
            why = f": {server.error}" if server.error else ""
            text = f"{server.server} ({server.protocol} at {server.address}) is {server.state}{why}"
            if self._servers.get(server.server) != text:
                self._servers[server.server] = text
                self._say(neutralise(text))
        self._news(snapshot)
        if self._sum_at_s is None or self._steady() >= self._sum_at_s:
            self._sum_at_s = self._steady() + SUM_S
            self._sum(snapshot)

    def _news(self, snapshot: Snapshot) -> None:
        news = [row for row in snapshot.findings if (row.fingerprint, row.server) not in self._findings]
        for row in news[:_MOST_NEWS]:
            where = row.channel or row.address or row.group or row.server
            self._say(neutralise(f"{row.severity} {row.rule} on {where}: {row.summary}"))
        if len(news) > _MOST_NEWS:
            self._say(f"and {len(news) - _MOST_NEWS} more kinds of findings")
        self._findings.update((row.fingerprint, row.server) for row in news)

    def _sum(self, snapshot: Snapshot) -> None:
        share = snapshot.messages.valid_share
        valid = "none checked" if share is None else f"{share:.1%} valid"
        dropped = sum(one.dropped for one in snapshot.view.outlets)
        behind = [
            row
            for row in snapshot.lag or ()
            if row.partition is None and row.status in {"warning", "stalled", "stopped"}
        ]
        parts = [
            f"{format_count(snapshot.messages.total)} messages", f"{format_count(round(snapshot.view.rate))} a second", valid,
            f"{len(snapshot.findings)} kinds of findings",
        ]  # fmt: skip
        if behind:
            parts.append(f"{len(behind)} consumer groups behind")
        if dropped:
            parts.append(f"{format_count(dropped)} dropped on the way out")
        self._say(", ".join(parts))

    def _say(self, text: str) -> None:
        self._write(f"{clock_of(self._wall_ns())} {text}\n")


def run_plain(sources: Sequence[Source], out: TextIO | None = None) -> int:
    """Write lines until interrupted, or until nobody reads them; give the exit code."""
    target = out or sys.stdout

    def write(text: str) -> None:
        try:
            target.write(text)
            target.flush()
        except BrokenPipeError:  # whoever read the lines is gone
            os.dup2(os.open(os.devnull, os.O_WRONLY), target.fileno())
            raise SystemExit(0) from None

    lines = Lines(write, time.monotonic, time.time_ns)
    try:
        asyncio.run(follow(sources, lines.take, time.monotonic).run())
    except KeyboardInterrupt:
        return _INTERRUPTED
    except SystemExit as end:
        return int(end.code or 0)
    return 0
