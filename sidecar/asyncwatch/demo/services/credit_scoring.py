"""The credit scoring engine: too slow for what it is asked, so that it falls behind by the second."""

from __future__ import annotations

import asyncio

import orjson
from nats.aio.msg import Msg

from asyncwatch.demo.desk import Desk, Trace

SECONDS_A_SCORE = 0.06
"""About 16 scores a second are asked for 24."""


async def run(desk: Desk) -> None:
    """Score applications for ever."""
    chance = desk.chance

    async def score(message: Msg) -> None:
        await asyncio.sleep(SECONDS_A_SCORE)
        application = orjson.loads(message.data)["applicationId"]
        number = int(application.removeprefix("app-"))
        answer: dict[str, object] = {"kind": "completed", "applicationId": application}
        if number % 40 == 0:
            answer |= {"kind": "failed", "reason": "bureau did not answer"}
        else:
            answer["score"] = chance.randint(300, 850)
        trace = Trace.of(message) if number % 5 else None  # one code path loses the context
        await desk.send("credit.scores.completed", answer, trace=trace)

    await desk.take("credit.scores.requested", "credit-scoring", score)
