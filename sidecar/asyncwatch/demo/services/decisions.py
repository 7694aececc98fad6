"""The decision engine: takes scores, decides; keeps up with what it gets."""

from __future__ import annotations

import orjson
from nats.aio.msg import Msg

from asyncwatch.demo.desk import Desk, Trace

LEAST_SCORE = 520


async def run(desk: Desk) -> None:
    """Decide for ever."""

    async def decide(message: Msg) -> None:
        answer = orjson.loads(message.data)
        decision = {"applicationId": answer["applicationId"], "approved": answer.get("score", 0) >= LEAST_SCORE}
        await desk.send("loans.decisions.made", decision, trace=Trace.of(message))

    await desk.take("credit.scores.completed", "decision-engine", decide)
