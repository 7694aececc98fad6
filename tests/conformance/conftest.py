"""Every registered tap with its server. A new tap adds one line to HARNESSES."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from conformance.harness import Harness
from conformance.kafka_harness import KafkaHarness

HARNESSES: dict[str, Callable[[pytest.FixtureRequest], Harness]] = {
    "kafka": lambda request: KafkaHarness(request.getfixturevalue("kafka")),
}
"""Name of the tap -> its harness."""


@pytest.fixture(params=[pytest.param(name, marks=getattr(pytest.mark, name)) for name in HARNESSES])
def harness(request: pytest.FixtureRequest) -> Harness:
    return HARNESSES[request.param](request)
