"""What every test may ask for: real servers, and the design material beside the checkout."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from asyncwatch.telemetry.log import LOGGER
from servers.install import cache_folder, missing_for_kafka, missing_for_nats, missing_for_rotel
from servers.kafka import KafkaServer
from servers.nats import NatsServer
from servers.process import end_leftovers
from servers.rotel import RotelServer


@pytest.fixture(autouse=True)
def log_as_it_was() -> Iterator[None]:
    """Commands that run in this process set up the log: no other test meets what they did to it."""
    before = (list(LOGGER.handlers), list(LOGGER.filters), LOGGER.level, LOGGER.propagate)
    yield
    LOGGER.handlers[:], LOGGER.filters[:] = before[0], before[1]
    LOGGER.setLevel(before[2])
    LOGGER.propagate = before[3]


def require(name: str, missing: str | None) -> None:
    """Skip by name when something is missing; under ASYNCWATCH_TEST_REQUIRE=all fail instead."""
    if missing is None:
        return
    if os.environ.get("ASYNCWATCH_TEST_REQUIRE") == "all":
        pytest.fail(f"{name}: {missing}", pytrace=False)
    pytest.skip(f"{name}: {missing}", allow_module_level=True)


def shared_folder() -> Path:
    """Find the design material: beside the checkout, or where ASYNCWATCH_SHARED says; skip without it."""
    named = os.environ.get("ASYNCWATCH_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parent.parent.parent / "shared"
    require("shared material", None if folder.is_dir() else "no folder 'shared' beside the checkout")
    return folder


@pytest.fixture(scope="session")
def shared() -> Path:
    return shared_folder()


@pytest.fixture(scope="session")
def servers_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder under which every server of this run keeps its data; ends what an aborted run left behind."""
    end_leftovers(tmp_path_factory.getbasetemp().parent)
    return tmp_path_factory.mktemp("servers")


@pytest.fixture(scope="session")
def kafka(servers_folder: Path) -> Iterator[KafkaServer]:
    """One plain Kafka for the whole run, with automatic topic creation on: whoever asks carelessly leaves a trace."""
    require("kafka", missing_for_kafka())
    server = KafkaServer(servers_folder / "kafka", auto_create=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def kafka_secure(servers_folder: Path) -> Iterator[KafkaServer]:
    """One Kafka with TLS, passwords and rights for the whole run."""
    require("kafka", missing_for_kafka())
    server = KafkaServer(servers_folder / "kafka-secure", secure=True)
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def nats(servers_folder: Path) -> Iterator[NatsServer]:
    """One nats-server with JetStream for the whole run."""
    require("nats", missing_for_nats())
    server = NatsServer(servers_folder / "nats")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def rotel(servers_folder: Path) -> Iterator[RotelServer]:
    """One OTLP receiver for the whole run."""
    require("rotel", missing_for_rotel())
    server = RotelServer(servers_folder / "rotel")
    try:
        server.start()
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def test_cache() -> Path:
    return cache_folder()
