"""The road at a steady trickle: how long after its timestamp each message is judged."""

from __future__ import annotations

import asyncio
import sys
import time

from measure import told

from asyncwatch.cli.observe import check_service
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.session import open_session
from asyncwatch.model.batch import Batch


async def read(document: str, otlp: str, seconds: float) -> None:
    observing = Observing([document], None, None, None, None, "now", None, "10s", 1000)
    session = open_session(observing, observing.start(), otlp=otlp, findings=None, findings_cap=None)
    delays_s: list[float] = []
    take = session.service.take

    def timed(batch: Batch) -> None:
        take(batch)
        judged_ns = time.time_ns()
        delays_s.extend((judged_ns - sent_ns) / 1e9 for sent_ns in batch.sent_ns)

    for runner in session.service.runners:
        runner.take = timed
    began_s, wall_s = time.process_time(), time.monotonic()
    await check_service(session, for_s=seconds, messages=None, connect_timeout_s=10, progress=False)
    cpu_s, passed_s = time.process_time() - began_s, time.monotonic() - wall_s
    delays_s.sort()
    told(len(delays_s), cpu_s, passed_s, p50_s=delays_s[len(delays_s) // 2], p99_s=delays_s[len(delays_s) * 99 // 100])


asyncio.run(read(sys.argv[1], sys.argv[2], float(sys.argv[3])))
