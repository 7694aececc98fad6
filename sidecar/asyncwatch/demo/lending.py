"""The lending platform as a program of its own: its broker, its stream and its services, until standard input ends.

`python -m asyncwatch.demo.lending` prints the broker's address in one line as soon as the services run.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Final

import nats
from nats.js.api import StorageType, StreamConfig

from asyncwatch.demo.broker import EmbeddedBroker
from asyncwatch.demo.desk import Desk
from asyncwatch.demo.services import (
    credit_scoring,
    decisions,
    ledger_writer,
    loan_gateway,
    notifications,
    payments,
    shipments,
)
from asyncwatch.model.errors import AsyncwatchError, Disconnected

STREAM: Final = "LENDING"
SUBJECTS: Final = ("loans.>", "credit.>", "payments.>", "shipments.>")
_KEPT_S: Final = 86_400.0
_CANCEL_S: Final = 0.2
_CANCEL_TIMES: Final = 10
_CLOSE_S: Final = 2.0
_KEPT_BYTES: Final = 256 << 20

Service = Callable[[Desk], Awaitable[None]]

SERVICES: Final[tuple[tuple[str, str, Service], ...]] = (
    ("credit-scoring", "1.3.0", credit_scoring.run),
    ("decision-engine", "4.0.2", decisions.run),
    ("ledger-writer", "2.2.0", ledger_writer.run),
    ("loan-gateway", "7.1.0", loan_gateway.run),
    ("payments-api", "2.9.0", payments.run),
    ("shipments", "1.0.4", shipments.run),
    ("notifications", "3.5.1", notifications.run),
)
"""Name, version and program of each; who takes stands before who sends."""


async def live(address: str, said: Callable[[], None], end: asyncio.Event) -> None:
    """Let the services live on a broker until the end; `said` is called when all are connected."""
    client = await nats.connect(f"nats://{address}", name="platform")
    await client.jetstream().add_stream(
        StreamConfig(
            name=STREAM, subjects=list(SUBJECTS), storage=StorageType.FILE, max_age=_KEPT_S, max_bytes=_KEPT_BYTES
        )
    )
    await client.close()
    desks = [Desk(name, version, seed) for seed, (name, version, _) in enumerate(SERVICES)]
    await asyncio.gather(*(desk.open(address) for desk in desks))
    tasks = [asyncio.ensure_future(run(desk)) for desk, (_, _, run) in zip(desks, SERVICES, strict=True)]
    said()
    ended = asyncio.ensure_future(end.wait())
    await asyncio.wait([ended, *tasks], return_when=asyncio.FIRST_COMPLETED)
    broken = [task.exception() for task in tasks if task.done()]
    ended.cancel()
    running = {task for task in tasks if not task.done()}
    for _ in range(_CANCEL_TIMES):  # the client's waiting may swallow a cancellation, some times in a row
        if not running:
            break
        for task in running:
            task.cancel()
        _, running = await asyncio.wait(running, timeout=_CANCEL_S)
    # Whoever still waits ends with the connection.
    await asyncio.wait([asyncio.ensure_future(desk.close()) for desk in desks], timeout=_CLOSE_S)
    if broken:
        raise Disconnected("a service of the demo ended", detail=type(broken[0]).__name__)


async def _run(address: str) -> None:
    end = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end.set)

    def on_input() -> None:
        if not os.read(sys.stdin.fileno(), 4096):
            loop.remove_reader(sys.stdin.fileno())
            end.set()

    loop.add_reader(sys.stdin.fileno(), on_input)
    await live(address, lambda: print(address, flush=True), end)  # noqa: T201 # the one line that is promised


def main() -> int:
    """Run the platform; what keeps it from starting is told on standard error."""
    broker = EmbeddedBroker()
    try:
        asyncio.run(_run(broker.start()))
    except AsyncwatchError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    finally:
        broker.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
