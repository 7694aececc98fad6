"""What a transit span and a log event cost to encode, on batches of 800 traced messages."""

from __future__ import annotations

import time

from asyncwatch.config.settings import TracingSettings
from asyncwatch.model.observation import Observation
from asyncwatch.pipeline.garbage import settle_garbage
from asyncwatch.tracing.log_record import EventEncoder
from asyncwatch.tracing.span import TransitEncoder
from unit.tracing.build import BREAKS_SCHEMA, make_batch, make_route, observe, sampled_headers

_N = 800
_BATCHES = 60
_TURNS = 5


def telemetry_rows() -> dict[str, float]:
    """Give the CPU time in µs a span, and in µs an event; the best of some turns."""
    route = make_route()
    made = [
        observe(make_batch(sampled_headers(_N), positions=list(range(start * _N, (start + 1) * _N))), route)
        for start in range(_BATCHES)
    ]
    settle_garbage()
    return {
        "loop[transit], µs": min(_spans(made) for _ in range(_TURNS)),
        "loop[event], µs": min(_events(made) for _ in range(_TURNS)),
    }


def _spans(made: list[Observation]) -> float:
    encoder = TransitEncoder(made[0].route, TracingSettings())
    began_s = time.process_time()
    for obs in made:
        encoder.encode(obs)
    return (time.process_time() - began_s) / (_N * _BATCHES) * 1e6


def _events(made: list[Observation]) -> float:
    encoder = EventEncoder(made[0].route)
    began_s = time.process_time()
    for obs in made:
        for row in range(_N):
            encoder.of_fault(obs, row, BREAKS_SCHEMA)
    return (time.process_time() - began_s) / (_N * _BATCHES) * 1e6
