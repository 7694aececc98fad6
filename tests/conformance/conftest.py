"""Every registered tap with its server. A new tap adds one line to HARNESSES."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.capture_harness import CaptureHarness
from conformance.harness import Harness
from conformance.kafka_harness import KafkaHarness
from conformance.nats_harness import JetStreamHarness, NatsCoreHarness

HARNESSES: dict[str, Callable[[pytest.FixtureRequest], Harness]] = {
    "capture": lambda request: CaptureHarness(request.getfixturevalue("tmp_path")),
    "kafka": lambda request: KafkaHarness(request.getfixturevalue("kafka")),
    "nats": lambda request: JetStreamHarness(request.getfixturevalue("nats")),
    "nats-core": lambda request: NatsCoreHarness(request.getfixturevalue("nats")),
}
"""Name of the tap -> its harness; a tap that promises more in one way of reading than in another has one for each."""
WITHOUT_SERVER = {"capture"}
"""Taps whose laws run everywhere; the others are marked by what they need."""


def marked(name: str) -> object:
    return pytest.param(name, marks=() if name in WITHOUT_SERVER else getattr(pytest.mark, name.partition("-")[0]))


@pytest.fixture(params=[marked(name) for name in HARNESSES])
def harness(request: pytest.FixtureRequest) -> Harness:
    return HARNESSES[request.param](request)
