"""Measures the road beside others in one run, prints ratios, and keeps a history that later runs compare with.

    run.py [--messages N] [--rounds N] [--only ROW,...] [--no-history]

Rule 1: only ratios inside one run count; roads take turns, medians are compared.
Rule 2: CPU time is that of the whole process, from the first read to the last export.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))

from bench.latency import latency_rows  # noqa: E402
from bench.loops import loop_rows  # noqa: E402
from bench.pictures import picture_costs, span_cost  # noqa: E402
from bench.readers import reader_rows  # noqa: E402
from bench.reloads import reload_costs  # noqa: E402
from bench.scrapes import scrape_rows  # noqa: E402
from bench.telemetry import telemetry_rows  # noqa: E402
from bench.traffic import DOCUMENT, PARTITIONS, traffic  # noqa: E402
from bench.workers import workers_rows  # noqa: E402
from servers.flood import flood  # noqa: E402
from servers.kafka import KafkaServer  # noqa: E402
from servers.kafka_admin import create_topic  # noqa: E402
from servers.nats import NatsServer  # noqa: E402
from servers.nats_services import make_stream, service, wait_stored  # noqa: E402
from servers.rotel import RotelServer  # noqa: E402

HISTORY = HERE / "history.jsonl"
NOISE = 0.15
"""One run moves by so much; a row that is worse than the history's median by more is told."""
GOALS = {
    "road ÷ bare": (3.2, "at most"),
    "day one ÷ road": (14.0, "at least"),
    "memory after 2 M messages, 100,000 keys, MB": (120.0, "at most"),
    "p99 produced to verdict at 1,000/s, ms": (100.0, "at most"),
    "CPU at 1,000/s, % of a core": (12.0, "at most"),
    "--version, ms": (300.0, "at most"),
    "one worker ÷ two, wall": (1.5, "at least"),
    "loop[transit], µs": (4.3, "at most"),
    "loop[event], µs": (12.0, "at most"),
    "judging with 50 readers ÷ without": (1.05, "at most"),
}
LESS_IS_BETTER = {name: kind == "at most" for name, (_, kind) in GOALS.items()}


def road(script: str, *arguments: object) -> dict[str, float]:
    """Run one road in a process of its own; give what it told."""
    done = subprocess.run(
        [sys.executable, str(HERE / script), *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONPATH": str(HERE)},
    )
    if done.returncode:
        sys.exit(f"{script} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def road_rows(folder: Path, bootstrap: str, otlp: str, messages: int, rounds: int) -> dict[str, float]:
    topic = "bench.orders"
    asyncio.run(create_topic(bootstrap, topic, PARTITIONS))
    asyncio.run(flood(bootstrap, topic, traffic(messages, 20_000)))
    document = write_document(folder, bootstrap, topic)
    few = max(messages // 10, 1)
    costs: dict[str, list[float]] = {"bare": [], "tap": [], "road": [], "day one": []}
    for number in range(rounds):
        for name, told in (
            ("bare", road("bare.py", bootstrap, topic, messages)),
            ("tap", road("tap.py", bootstrap, topic, messages)),
            ("road", road("whole.py", document, otlp, messages)),
            ("day one", road("dayone.py", document, otlp, bootstrap, topic, few)),
        ):
            costs[name].append(told["cpu_s"] / told["messages"] * 1e6)
            say(f"round {number + 1}: {name:8} {costs[name][-1]:7.2f} µs CPU a message  {told}")
    median = {name: statistics.median(found) for name, found in costs.items()}
    return {
        "bare getmany, µs": median["bare"],
        "tap[kafka], µs": median["tap"],
        "road, µs": median["road"],
        "day one, µs": median["day one"],
        "road ÷ bare": median["road"] / median["bare"],
        "day one ÷ road": median["day one"] / median["road"],
    }


def nats_rows(folder: Path, messages: int, rounds: int) -> dict[str, float]:
    """Price the NATS tap on a stream and on a subscription."""
    server = NatsServer(folder / "nats")
    server.start()
    try:
        asyncio.run(_make_stream(server.bootstrap))
        subprocess.run(
            [sys.executable, HERE / "nats_tap.py", "publish", server.bootstrap, "bench.stream", str(messages)],
            check=True,
        )
        asyncio.run(_wait_stored(server.bootstrap, messages))
        costs: dict[str, list[float]] = {"jetstream": [], "core": []}
        for number in range(rounds):
            for kind, subject in (("jetstream", "bench.stream"), ("core", "bench.core")):
                told = road("nats_tap.py", kind, server.bootstrap, subject, messages)
                costs[kind].append(told["cpu_s"] / told["messages"] * 1e6)
                say(f"round {number + 1}: {kind:9} {costs[kind][-1]:7.2f} µs CPU a message  {told}")
    finally:
        server.stop()
    return {
        "tap[nats], µs": statistics.median(costs["jetstream"]),
        "tap[nats] core, µs": statistics.median(costs["core"]),
    }


async def _make_stream(bootstrap: str) -> None:
    async with service(bootstrap) as client:
        await make_stream(client, "bench", ["bench.stream"])


async def _wait_stored(bootstrap: str, count: int) -> None:
    async with service(bootstrap) as client:
        await wait_stored(client, "bench", count)


def memory_rows(folder: Path, bootstrap: str, otlp: str) -> dict[str, float]:
    topic = "bench.keys"
    asyncio.run(create_topic(bootstrap, topic, PARTITIONS))
    count = 2_000_000
    asyncio.run(flood(bootstrap, topic, traffic(count, 100_000)))
    told = road("whole.py", write_document(folder, bootstrap, topic), otlp, count)
    say(f"memory: {told}")
    return {"memory after 2 M messages, 100,000 keys, MB": told["peak_rss_bytes"] / 1e6}


def write_document(folder: Path, bootstrap: str, topic: str) -> Path:
    path = folder / f"{topic}.yaml"
    path.write_text(DOCUMENT.replace("BOOTSTRAP", bootstrap).replace("TOPIC", topic))
    return path


def start_rows() -> dict[str, float]:
    program = Path(sys.executable).with_name("asyncwatch")
    times = []
    for _ in range(9):
        began = time.perf_counter()
        subprocess.run([program, "--version"], check=True, capture_output=True)
        times.append((time.perf_counter() - began) * 1e3)
    return {"--version, ms": statistics.median(times)}


def compare(rows: dict[str, float]) -> int:
    """Print rows beside goal and history; give how many goals were missed."""
    past = [json.loads(line) for line in HISTORY.read_text().splitlines()] if HISTORY.exists() else []
    missed = 0
    for name, value in rows.items():
        known = [one["rows"][name] for one in past if name in one["rows"]]
        before = statistics.median(known) if known else None
        line = f"{name:48} {value:9.2f}"
        if name in GOALS:
            bound, kind = GOALS[name]
            fine = value <= bound if kind == "at most" else value >= bound
            missed += not fine
            line += f"   {kind} {bound:g}: {'yes' if fine else 'NO'}"
        if before is not None and name in LESS_IS_BETTER:
            change = value / before - 1
            worse = change if LESS_IS_BETTER[name] else -change
            line += f"   {change:+.0%} against the median of {len(known)} runs{' WORSE' if worse > NOISE else ''}"
        say(line)
    return missed


def remember(rows: dict[str, float], messages: int) -> None:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    cpu = next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), "?")
    entry = {
        "date": time.strftime("%Y-%m-%d"), "cpu": cpu, "cores": os.cpu_count(), "python": sys.version.split()[0],
        "messages": messages, "rows": {name: round(value, 3) for name, value in rows.items()},
    }  # fmt: skip
    with HISTORY.open("a") as file:
        file.write(json.dumps(entry, ensure_ascii=False) + "\n")


def say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> int:
    options = argparse.ArgumentParser()
    options.add_argument("--messages", type=int, default=1_000_000)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--only", default="start,loops,api,metrics,nats,road,latency,workers,memory")
    options.add_argument("--no-history", action="store_true")
    given = options.parse_args()
    only = set(given.only.split(","))
    rows: dict[str, float] = {}
    if "start" in only:
        rows |= start_rows()
    if "loops" in only:
        rows |= loop_rows() | telemetry_rows() | {"loop[recent_spans], µs": span_cost()}
    if "api" in only:
        busy, still = picture_costs()
        rows |= {"loop[picture], µs": busy, "a still channel in a picture, µs": still} | reader_rows()
        switch, hold = reload_costs()
        rows |= {"loop[reload], µs": switch, "longest hold of a reload of 1,000 channels, ms": hold}
    if "metrics" in only:
        rows |= scrape_rows()
    if "nats" in only:
        with tempfile.TemporaryDirectory() as name:
            rows |= nats_rows(Path(name), given.messages, given.rounds)
    if only & {"road", "latency", "workers", "memory"}:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            kafka, rotel = KafkaServer(folder / "kafka"), RotelServer(folder / "rotel")
            try:
                kafka.start()
                rotel.start()
                otlp = rotel.bootstrap
                if "road" in only:
                    rows |= road_rows(folder, kafka.bootstrap, otlp, given.messages, given.rounds)
                if "latency" in only:
                    rows |= latency_rows(folder, kafka.bootstrap, otlp)
                if "workers" in only:
                    rows |= workers_rows(folder, kafka.bootstrap, given.messages, given.rounds)
                if "memory" in only:
                    rows |= memory_rows(folder, kafka.bootstrap, otlp)
            finally:
                rotel.stop()
                kafka.stop()
    missed = compare(rows)
    if not given.no_history:
        remember(rows, given.messages)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
