"""The findings outlet: every occurrence a line, written by its own road.

Rule 1: offered = delivered + dropped + queued; a suppressed finding is queued until the line that counts it is written.
Rule 2: a file that cannot be written stops nothing: lines wait up to the capacity, then new ones are dropped and counted.
Rule 3: without a cap every finding is to be written: the outlet says in time that it is full, and whoever offers waits.
Source: interfaces.md §1 (--findings) and §3; docs/laws/outlet.md.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from itertools import islice
from typing import Final, Literal

from asyncwatch.model.finding import Finding
from asyncwatch.model.observation import Observation
from asyncwatch.model.occurrence import occurrence
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.outlets.findings.line_file import STANDARD_OUTPUT, LineFile
from asyncwatch.outlets.findings.lines import encode_finding, encode_suppressed
from asyncwatch.outlets.findings.suppression import Cause, LineCap

MAX_LINES: Final = 100_000
MAX_WAITING_BYTES: Final = 64 * 1024 * 1024

_FULL: Final = 2
"""The outlet is full from this part of its capacity on."""

_HEADROOM: Final = 8
"""Times the capacity that fits without a cap, while the file takes lines: what checks bring between two looks."""

_QUEUEING_S: Final = 0.02
"""A slow reader of a pipe is asked so often."""

_HURRY_BYTES: Final = 1024 * 1024
"""So much does not wait for the second to end."""

_LINES_PER_WRITE: Final = 8192


class FindingsOutlet:
    """Writes findings to a file, or to standard output for `-`.

    `cap`: lines a second for each (channel, rule), None = all, and whoever offers waits while it is full; `append`: keep what the file already holds.
    Units: `linger_s` between writes, `retry_s` after a failed one.
    """

    def __init__(
        self,
        path: str,
        cap: int | None,
        key_hash: Callable[[bytes], str],
        *,
        append: bool = False,
        linger_s: float = 1.0,
        retry_s: float = 5.0,
    ) -> None:
        self._file = LineFile(path, append=append)
        self._cap = None if cap is None else LineCap(cap)
        self._key_hash = key_hash
        self._linger_s = linger_s
        self._retry_s = retry_s
        self._lines: deque[tuple[bytes, int]] = deque()
        """Lines, each with how many findings it stands for."""
        self._waiting = self._waiting_bytes = 0
        self._offered = self._delivered = self._dropped = 0
        self._state: Literal["ok", "queueing", "down"] = "ok"
        self._error: str | None = None
        self._enough = asyncio.Event()
        self._write: asyncio.Future[tuple[int, OSError | None]] | None = None

    def offer(self, obs: Observation, /) -> None:
        """Take the faults of a batch; past the cap they are counted without being written out."""
        if not obs.faults:
            return
        route, message, observed_ns, cap = obs.route, obs.message, obs.batch.observed_ns, self._cap
        for row, fault in obs.faults:
            self._offered += 1
            if cap is not None:
                chosen = message[row]
                channel = route.candidates[chosen].channel if chosen >= 0 else route.channel
                if not self._admits(cap, Cause(route.server, channel, route.address, fault.rule), observed_ns[row]):
                    continue
            self._append(encode_finding(occurrence(obs, row, fault, self._key_hash)), 1)

    def announce(self, findings: Sequence[Finding], /) -> None:
        """Take findings that belong to no message."""
        cap = self._cap
        for finding in findings:
            self._offered += 1
            cause = Cause(finding.server, finding.channel, finding.address, finding.rule)
            if cap is None or self._admits(cap, cause, finding.time_ns):
                self._append(encode_finding(finding), 1)

    def _admits(self, cap: LineCap, cause: Cause, time_ns: int) -> bool:
        if cap.is_full:
            self._tell_suppressed(forget=True)
        return cap.admits(cause, time_ns)

    def _tell_suppressed(self, *, forget: bool = False) -> None:
        if self._cap is None:
            return
        for cause, seen in self._cap.tell(forget=forget):
            self._append(encode_suppressed(cause, seen), seen.count)

    def _append(self, line: bytes, count: int) -> None:
        times = _HEADROOM if self._cap is None and self._state != "down" else 1
        if len(self._lines) >= MAX_LINES * times or self._waiting_bytes + len(line) > MAX_WAITING_BYTES * times:
            self._dropped += count
            return
        self._lines.append((line, count))
        self._waiting += count
        self._waiting_bytes += len(line)
        if self._hurries:
            self._enough.set()

    async def run(self) -> None:
        """Write about once a second until cancelled."""
        await self._write_out()
        while True:
            if self._state == "ok":
                await _wait(self._enough, self._linger_s)
            else:
                await asyncio.sleep(self._retry_s if self._state == "down" else min(self._linger_s, _QUEUEING_S))
            self._tell_suppressed()
            await self._write_out()

    async def _write_out(self) -> None:
        """Write everything that waits, or as much as the file takes; opens the file also for nothing."""
        loop = asyncio.get_running_loop()
        while True:
            if self._write is not None:  # whoever began it may have been cancelled
                pending = self._write
                await asyncio.wait({pending})
                self._settle(pending)
                continue
            lines = [line for line, _ in islice(self._lines, _LINES_PER_WRITE)]
            self._write = write = loop.run_in_executor(None, self._file.write, lines)
            write.add_done_callback(self._settle)
            await asyncio.shield(write)
            if self._state != "ok" or not self._lines:
                return

    def _settle(self, write: asyncio.Future[tuple[int, OSError | None]]) -> None:
        """Book what a write has done, also where nobody waits for it any more."""
        if self._write is not write:
            return
        self._write = None
        if write.cancelled():
            return
        written, stopped = write.result()
        for _ in range(written):
            line, count = self._lines.popleft()
            self._waiting_bytes -= len(line)
            self._waiting -= count
            self._delivered += count
        if not self._hurries:
            self._enough.clear()
        if stopped is None:
            self._state, self._error = "ok", None
        else:
            self._state = "queueing" if isinstance(stopped, BlockingIOError) else "down"
            name = "standard output" if self._file.path == STANDARD_OUTPUT else f"'{self._file.path}'"
            self._error = f"findings file {name}: {stopped.strerror or type(stopped).__name__}"

    async def drain(self, deadline_s: float) -> int:
        """Write what waits, for at most `deadline_s`; give how many findings are left behind."""
        self._tell_suppressed()
        with suppress(TimeoutError):
            async with asyncio.timeout(deadline_s):
                await self._write_out()
                while self._lines and self._state == "queueing":  # a pipe whose reader is slow
                    await asyncio.sleep(_QUEUEING_S)
                    await self._write_out()
                if self._write is None:
                    self._file.close()
        return self._queued

    @property
    def _hurries(self) -> bool:
        return self._waiting_bytes >= _HURRY_BYTES or len(self._lines) >= MAX_LINES // _FULL

    @property
    def _full(self) -> bool | None:
        if self._cap is not None:
            return None
        much = len(self._lines) >= MAX_LINES // _FULL or self._waiting_bytes >= MAX_WAITING_BYTES // _FULL
        return much and self._state != "down"

    @property
    def _queued(self) -> int:
        return self._waiting + (0 if self._cap is None else self._cap.count)

    def statistics(self) -> OutletStatistics:
        return OutletStatistics(
            name="findings", unit="finding", state=self._state, offered=self._offered, delivered=self._delivered,
            dropped=self._dropped, queued=self._queued, capacity=MAX_LINES, error=self._error, full=self._full,
            suppressed=0 if self._cap is None else self._cap.all,
        )  # fmt: skip


async def _wait(event: asyncio.Event, most_s: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(most_s):
            await event.wait()
