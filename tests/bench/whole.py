"""The road itself, as `asyncwatch check` runs it: read, decode, judge, sequence, trace, export."""

from __future__ import annotations

import asyncio
import sys
import time

from measure import told

from asyncwatch.cli.observe import check_service
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.session import open_session
from asyncwatch.pipeline.cost import rss_bytes


async def read(document: str, otlp: str, count: int) -> None:
    observing = Observing([document], None, None, None, None, "earliest", None, "10s", None)
    session = open_session(observing, observing.start(), otlp=otlp, findings=None, findings_cap=None)
    began_s, wall_s = time.process_time(), time.monotonic()
    report, _ = await check_service(session, for_s=None, messages=count, connect_timeout_s=10, progress=False)
    row = report.channels[0]
    told(
        report.messages.total, time.process_time() - began_s, time.monotonic() - wall_s, rss_bytes=rss_bytes(),
        invalid=report.messages.invalid, valid=report.messages.valid, spans=report.sidecar.exported.spans,
        dropped=report.sidecar.dropped.spans, keys=row.ordering.keys, in_order=row.ordering.in_order,
        w3c=row.context.w3c,
    )  # fmt: skip


asyncio.run(read(sys.argv[1], sys.argv[2], int(sys.argv[3])))
