"""The loan gateway: takes applications and asks for credit scores.

A retry makes it send some applications again; nothing else is wrong with it.
"""

from __future__ import annotations

from asyncwatch.demo.desk import Desk, Trace, now

PER_SECOND = 24.0


async def run(desk: Desk) -> None:
    """Submit applications for ever."""
    chance = desk.chance
    async for n in desk.ticks(PER_SECOND):
        trace = Trace.begin(sampled=n % 10 == 0)
        application = f"app-{n}"
        submitted = {
            "gateway": "web", "applicationId": application, "amount": round(chance.uniform(500, 40_000), 2),
            "currency": chance.choice(["EUR", "USD", "GBP"]), "submittedAt": now(),
        }  # fmt: skip
        await desk.send("loans.applications.submitted", submitted, sequence=n, trace=trace)
        if n % 250 == 90:
            await desk.send("loans.applications.submitted", submitted, sequence=n, trace=trace)
        asked = {"gateway": "web", "applicationId": application, "bureau": chance.choice(["north", "south"])}
        await desk.send("credit.scores.requested", asked, sequence=n, trace=trace)
