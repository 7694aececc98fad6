"""A capture under the laws of a tap: its server is a file."""

from __future__ import annotations

import base64
import itertools
import json
import time
import zlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.clock import format_time
from asyncwatch.model.errors import AsyncwatchError, Misconfigured
from asyncwatch.taps.base import TapSpec
from asyncwatch.taps.capture import SPEC
from conformance.harness import Harness, Message

_numbers = itertools.count()


class CaptureHarness(Harness):
    """Writes lines in the form that interfaces promise, by its own means."""

    spec: ClassVar[TapSpec] = SPEC
    live: ClassVar[bool] = False
    kills: ClassVar[bool] = False
    absent_errors: ClassVar[tuple[type[AsyncwatchError], ...]] = (Misconfigured,)

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / "capture.jsonl"
        self.path.touch()
        self.lengths: dict[str, list[int]] = {}

    def settings(self) -> ServerSettings:
        return ServerSettings(str(self.path), protocol="capture")

    def absent(self) -> ServerSettings:
        return ServerSettings(str(self.folder / "absent.jsonl"), protocol="capture")

    def options(self) -> Mapping[str, object]:
        return {}

    async def make_address(self, partitions: int) -> str:
        name = f"law.{next(_numbers)}"
        self.lengths[name] = [0] * partitions
        return name

    async def send(self, address: str, messages: Sequence[Message]) -> None:
        lengths = self.lengths[address]
        with self.path.open("a") as file:
            for one in messages:
                partition = zlib.crc32(one.key or b"") % len(lengths)
                line = {
                    "server": "production", "address": address, "partition": partition, "offset": lengths[partition],
                    "timestamp": format_time(time.time_ns()), "timestamp_source": "broker",
                    "headers": [[name, _value(value)] for name, value in one.headers],
                    **_twin("key", one.key), **_twin("payload", one.payload),
                }  # fmt: skip
                lengths[partition] += 1
                file.write(json.dumps(line) + "\n")

    async def inventory(self) -> object:
        found = sorted(self.folder.iterdir())
        return [(path, path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes()) for path in found]

    async def kill(self) -> None:
        """There is no server."""

    async def restart(self) -> None:
        """There is no server."""


def _value(value: bytes | None) -> object:
    if value is None:
        return None
    try:
        return value.decode()
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}


def _twin(name: str, value: bytes | None) -> dict[str, object]:
    if value is None:
        return {name: None}
    try:
        return {name: value.decode()}
    except UnicodeDecodeError:
        return {f"{name}_base64": base64.b64encode(value).decode()}
