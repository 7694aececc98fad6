"""Payments: from its second release on it forgets the settlement date of some."""

from __future__ import annotations

from asyncwatch.demo.desk import Desk, Trace, now

PER_SECOND = 50.0
RELEASE = 100
"""The payment with which the new release begins, two seconds after the start."""


async def run(desk: Desk) -> None:
    """Settle payments for ever."""
    chance = desk.chance
    async for n in desk.ticks(PER_SECOND):
        payment: dict[str, object] = {
            "account": "main", "paymentId": f"pay-{n}", "amount": round(chance.uniform(5, 900), 2),
        }  # fmt: skip
        if n == RELEASE:
            desk.version = "2.9.1"
        if n < RELEASE or n % 25:
            payment["settlementDate"] = now()[:10]
        trace = Trace.begin(sampled=n % 10 == 0) if n % 6 else None
        await desk.send("payments.settled", payment, sequence=n, trace=trace)
        if n % 300 == 0:  # a retry after a time-out sends the same payment again
            await desk.send("payments.settled", payment, sequence=n, trace=trace)
