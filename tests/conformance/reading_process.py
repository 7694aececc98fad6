"""A process that reads one address until it is killed: `reading_process.py TAP URL ADDRESS`."""

from __future__ import annotations

import asyncio
import sys

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.registry import TAPS


async def main(name: str, url: str, address: str) -> None:
    spec = next(spec for spec in TAPS if spec.name == name)
    tap = spec.open("production", ServerSettings(url), {})
    await tap.connect()
    await tap.follow([Filter(address, address)], Start("earliest"))
    print("following", flush=True)
    while True:
        await tap.read()
        print("read", flush=True)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
