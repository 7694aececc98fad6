"""A backlog read by one worker and by two: the wall time of the whole command, from its start to its report."""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from bench.traffic import DOCUMENT, PARTITIONS, traffic
from servers.flood import flood
from servers.kafka_admin import create_topic


def workers_rows(folder: Path, bootstrap: str, messages: int, rounds: int) -> dict[str, float]:
    """Take turns; compare medians."""
    topic = "bench.workers"
    asyncio.run(create_topic(bootstrap, topic, PARTITIONS))
    asyncio.run(flood(bootstrap, topic, traffic(messages, 20_000)))
    document = folder / "workers.yaml"
    document.write_text(DOCUMENT.replace("BOOTSTRAP", bootstrap).replace("TOPIC", topic))
    walls: dict[int, list[float]] = {1: [], 2: []}
    for number in range(rounds):
        for workers, found in walls.items():
            found.append(_wall_s(folder, document, messages, workers))
            sys.stdout.write(
                f"round {number + 1}: {workers} worker{'s' if workers > 1 else ''}: {found[-1]:.1f} s wall, "
                f"{messages / found[-1]:,.0f} messages a second\n"
            )
            sys.stdout.flush()
    one, two = (statistics.median(found) for found in walls.values())
    return {"backlog, one worker, messages/s": messages / one, "one worker ÷ two, wall": one / two}


def _wall_s(folder: Path, document: Path, messages: int, workers: int) -> float:
    report = folder / "workers.json"
    began_s = time.monotonic()
    subprocess.run(
        [
            sys.executable, "-m", "asyncwatch", "check", str(document), "--since", "earliest", "--until-end",
            "--workers", str(workers), "--fail-on", "none", "--format", "json", "-o", str(report),
        ],
        check=True, capture_output=True,
    )  # fmt: skip
    wall_s = time.monotonic() - began_s
    read = json.loads(report.read_text())["messages"]["total"]
    assert read == messages, f"{workers} workers read {read:,} of {messages:,}"
    return wall_s
