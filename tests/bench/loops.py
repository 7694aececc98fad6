"""What each check costs a message, on batches of 800 of the bench traffic."""

from __future__ import annotations

import itertools
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from asyncwatch.checks.parameters import ParametersCheck
from asyncwatch.model.batch import Batch
from asyncwatch.model.observation import Observation
from asyncwatch.model.route import Route
from asyncwatch.pipeline.build import key_hasher, load_contracts, make_replay_plan
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.pipeline.servers import BuildOptions
from bench.traffic import DOCUMENT, PARTITIONS, traffic

_N = 800
_BATCHES = 120


def batches() -> list[Batch]:
    """Give batches of one partition each, as a tap would."""
    columns: dict[int, list[tuple]] = {number: [] for number in range(PARTITIONS)}
    for one in itertools.islice(traffic(_N * _BATCHES, 20_000), _N * _BATCHES):
        columns[one[0]].append(one)
    found: list[Batch] = []
    for number, rows in columns.items():
        for start in range(0, len(rows) - _N, _N):
            part = rows[start : start + _N]
            now_ns = 1_790_000_100_000_000_000 + start * 1000
            found.append(
                Batch(
                    server="bench", filter="orders", partition=number, addresses=None,
                    payloads=[one[2] for one in part], headers=[one[3] for one in part], keys=[one[1] for one in part],
                    positions=list(range(start, start + _N)), sent_ns=[now_ns - 2_000_000] * _N,
                    time_source="producer", observed_ns=[now_ns] * _N,
                )
            )  # fmt: skip
    return found


def _routes(document: str) -> list[Route]:
    with tempfile.TemporaryDirectory() as name:
        path = Path(name) / "bench.yaml"
        path.write_text(document.replace("BOOTSTRAP", "127.0.0.1:9092"))
        contracts = load_contracts([str(path)])
    plan = make_replay_plan(BuildOptions(specs=["bench.yaml"]), contracts, key_hasher(b"bench"))
    return plan.routes.documented()


def loop_rows() -> dict[str, float]:
    """Give the CPU time of each check in µs a message."""
    (route,) = _routes(DOCUMENT.replace("TOPIC", "orders"))
    spent = dict.fromkeys((type(check).__name__ for check in route.checks), 0.0)
    made = batches()
    settle_garbage()
    for batch in made:
        obs = Observation(batch, route)
        for check in route.checks:
            began_s = time.process_time()
            check.observe(obs)
            spent[type(check).__name__] += time.process_time() - began_s
    total = len(made) * _N
    rows = {f"loop[{name.removesuffix('Check').lower()}], µs": seconds / total * 1e6 for name, seconds in spent.items()}
    return rows | {"loop[parameters], µs": _parameters(made)}


def _parameters(made: list[Batch]) -> float:
    """Price the check of parameters where it has work: addresses with placeholders, 50 different ones in a batch."""
    parameters = "orders.{region}.{id}\n    parameters: {region: {enum: [eu, us]}, id: {}}"
    (route,) = _routes(DOCUMENT.replace("TOPIC", parameters))
    (check,) = (one for one in route.checks if isinstance(one, ParametersCheck))
    addresses = [f"orders.{('eu', 'us')[number % 2]}.{number % 50}" for number in range(_N)]
    wild = [Observation(replace(batch, addresses=addresses), route) for batch in made]
    settle_garbage()
    began_s = time.process_time()
    for obs in wild:
        check.observe(obs)
    return (time.process_time() - began_s) / (len(wild) * _N) * 1e6
