"""What the laws need to know about a tap's server; a new tap writes one such class (see docs/laws/tap.md)."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.batch import Batch
from asyncwatch.model.errors import AsyncwatchError, EndOfStream
from asyncwatch.taps.base import Filter, Start, Tap, TapSpec


@dataclass
class Message:
    """What a law sends. `payload` None = tombstone."""

    payload: bytes | None
    key: bytes | None = None
    headers: Sequence[tuple[str, bytes | None]] = ()


class Harness(Protocol):
    """One server of one kind, started before the laws run.

    `live`: messages can arrive while the tap reads. `kills`: the server can be killed and started again with its data.
    `absent_errors`: what connecting to nothing must raise. `history`: what was sent before can be read. `absence`: the
    server knows which addresses exist. `nulls`: the protocol has keys, and nulls beside empty values.
    `first_position`: of a new address. `gone_after_s`: how long the server may keep what a killed reader left, as the
    footprint says.
    """

    spec: ClassVar[TapSpec]
    live: ClassVar[bool]
    kills: ClassVar[bool]
    absent_errors: ClassVar[tuple[type[AsyncwatchError], ...]]
    history: ClassVar[bool] = True
    absence: ClassVar[bool] = True
    nulls: ClassVar[bool] = True
    first_position: ClassVar[int] = 0
    gone_after_s: ClassVar[float] = 0.0

    def settings(self) -> ServerSettings:
        """Tell how the server is reached."""

    def absent(self) -> ServerSettings:
        """Tell how a server is reached that does not exist; it holds SECRET as a password where there can be one."""

    def options(self) -> Mapping[str, object]:
        """Give options that make timers quick."""

    async def make_address(self, partitions: int) -> str:
        """Make a new address to read, with that many partitions where there are such."""

    async def send(self, address: str, messages: Sequence[Message]) -> None:
        """Send from one service and wait until the server has them all."""

    async def inventory(self) -> object:
        """Give everything that the tap could leave behind, comparable by ==."""

    async def inventory_during(self) -> object:
        """Give the same without what the footprint names for the time of reading."""
        return await self.inventory()

    async def kill(self) -> None: ...

    async def restart(self) -> None: ...


SECRET = "a-password-that-nobody-may-see"
SERVER = "production"


def open_tap(harness: Harness, settings: ServerSettings | None = None) -> Tap:
    return harness.spec.open(SERVER, settings or harness.settings(), harness.options())


def exactly(address: str) -> Filter:
    return Filter(address, address)


async def read_count(tap: Tap, count: int, timeout_s: float = 20.0) -> list[Batch]:
    """Read until `count` messages came."""
    batches: list[Batch] = []
    async with asyncio.timeout(timeout_s):
        while sum(map(len, batches)) < count:
            batches += await tap.read()
    return batches


async def read_to_end(tap: Tap, timeout_s: float = 20.0) -> list[Batch]:
    """Read until EndOfStream."""
    batches: list[Batch] = []
    async with asyncio.timeout(timeout_s):
        while True:
            try:
                batches += await tap.read()
            except EndOfStream:
                return batches


async def read_everything(harness: Harness, *filters: Filter) -> list[Batch]:
    """Read an address from its first message to its present end, with a tap of its own."""
    tap = open_tap(harness)
    await tap.connect()
    try:
        await tap.follow(filters, Start("earliest", until_end=True))
        return await read_to_end(tap)
    finally:
        await tap.close()


async def send_and_read(
    harness: Harness, address: str, messages: Sequence[Message], wanted: Filter | None = None
) -> list[Batch]:
    """Send to an address and give what a tap reads of it; without a history the tap is there first."""
    filter_ = wanted or exactly(address)
    if harness.history:
        await harness.send(address, messages)
        return await read_everything(harness, filter_)
    tap = open_tap(harness)
    await tap.connect()
    try:
        await tap.follow([filter_], Start())
        await harness.send(address, messages)
        return await read_count(tap, len(messages))
    finally:
        await tap.close()


def payloads(batches: Sequence[Batch]) -> list[bytes | None]:
    return [payload for batch in batches for payload in batch.payloads]


def by_partition(batches: Sequence[Batch]) -> dict[int | None, list[int]]:
    """Give the positions of each partition in the order they came."""
    positions: dict[int | None, list[int]] = {}
    for batch in batches:
        positions.setdefault(batch.partition, []).extend(batch.positions)
    return positions


@dataclass
class Belongings:
    """What a process holds: open files, threads, tasks other than the caller's."""

    files: set[str]
    threads: int
    tasks: int


def belongings() -> Belongings:
    """Look at this process; only sockets count as files, for pytest and the event loop keep others."""
    files = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            target = os.readlink(f"/proc/self/fd/{number}")
        except OSError:
            continue
        if target.startswith("socket:"):
            files.add(target)
    return Belongings(files, threading.active_count(), len(asyncio.all_tasks()))


async def run_reader(harness: Harness, address: str) -> asyncio.subprocess.Process:
    """Start another process that reads `address`; it prints a line once it has read a message, and goes on."""
    settings = harness.settings()
    return await asyncio.create_subprocess_exec(
        sys.executable,
        str(Path(__file__).with_name("reading_process.py")),
        harness.spec.name,
        settings.url,
        address,
        stdout=asyncio.subprocess.PIPE,
    )
