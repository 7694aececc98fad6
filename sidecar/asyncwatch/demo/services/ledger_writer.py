"""The ledger: writes every payment down, and keeps up."""

from __future__ import annotations

import asyncio

from nats.aio.msg import Msg

from asyncwatch.demo.desk import Desk


async def run(desk: Desk) -> None:
    """Write payments down for ever."""

    async def write(message: Msg) -> None:
        await asyncio.sleep(0.002)

    await desk.take("payments.settled", "ledger-writer", write)
