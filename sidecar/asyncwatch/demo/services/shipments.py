"""Two carriers that tell where parcels are: events get lost, overtake each other, and carry a weight in words."""

from __future__ import annotations

import asyncio

from asyncwatch.demo.desk import Desk, Trace

CARRIERS = {"hare": 14.0, "tortoise": 6.0}
"""Movements a second."""


async def run(desk: Desk) -> None:
    """Tell movements for ever."""
    async with asyncio.TaskGroup() as carriers:
        for carrier, per_second in CARRIERS.items():
            carriers.create_task(_carry(desk, carrier, per_second))


async def _carry(desk: Desk, carrier: str, per_second: float) -> None:
    chance, subject, number = desk.chance, f"shipments.{carrier}.moved", 0
    held: list[int] = []
    async for n in desk.ticks(per_second):
        parcel = {
            "carrier": carrier, "parcelId": f"parcel-{n}", "place": chance.choice(["harbour", "depot", "door"]),
            "weightKg": round(chance.uniform(0.1, 30), 1) if n % 70 else "heavy",
        }  # fmt: skip
        number += 1
        if n % 400 == 25:  # lost for good
            number += 1
        elif n % 150 == 60:  # overtaken: comes some seconds later
            held.append(number)
            number += 1
        await desk.send(subject, parcel, sequence=number, trace=Trace.begin(sampled=n % 10 == 0))
        if held and n % 150 == 130:
            await desk.send(subject, parcel, sequence=held.pop(0), trace=Trace.begin(sampled=False))
