"""At a steady thousand messages a second: how late a verdict is, and what it costs."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from pathlib import Path

from aiokafka import AIOKafkaProducer

from bench.traffic import DOCUMENT, PARTITIONS, traffic
from servers.kafka_admin import create_topic

_RATE = 1_000
_SECONDS = 25
_OBSERVED_S = 20


async def _produce(bootstrap: str, topic: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, client_id="service", linger_ms=0)
    await producer.start()
    began_s = time.monotonic()
    for number, (partition, key, value, headers, _) in enumerate(traffic(_RATE * _SECONDS, 2_000)):
        due_s = began_s + number / _RATE
        if due_s > time.monotonic():
            await asyncio.sleep(due_s - time.monotonic())
        await producer.send(topic, value, key=key, partition=partition, headers=headers)
    await producer.stop()


def latency_rows(folder: Path, bootstrap: str, otlp: str) -> dict[str, float]:
    """Run the steady road beside a steady producer."""
    topic = "bench.steady"
    asyncio.run(create_topic(bootstrap, topic, PARTITIONS))
    document = folder / "steady.yaml"
    document.write_text(DOCUMENT.replace("BOOTSTRAP", bootstrap).replace("TOPIC", topic))
    here = Path(__file__).resolve().parent
    with subprocess.Popen(
        [sys.executable, str(here / "steady.py"), str(document), otlp, str(_OBSERVED_S)], stdout=subprocess.PIPE,
        text=True, env=os.environ | {"PYTHONPATH": str(here)},
    ) as sidecar:  # fmt: skip
        asyncio.run(_produce(bootstrap, topic))
        told = json.loads(sidecar.communicate()[0].strip().splitlines()[-1])
    sys.stdout.write(f"steady: {told}\n")
    return {
        "p50 produced to verdict at 1,000/s, ms": told["p50_s"] * 1e3,
        "p99 produced to verdict at 1,000/s, ms": told["p99_s"] * 1e3,
        "CPU at 1,000/s, % of a core": told["cpu_s"] / told["wall_s"] * 100,
    }
