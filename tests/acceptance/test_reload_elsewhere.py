"""A server whose document names another cluster: its messages are read from the move on, and those of before stay counted."""

from __future__ import annotations

import asyncio

import pytest

from acceptance.commands import document, sidecar, wait_until
from acceptance.flowing import PARTITIONS, message, save, totals
from servers.flood import flood
from servers.kafka_admin import create_topic

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def test_another_cluster_begins_at_the_move_and_counts_go_on(kafka, kafka_secure, tmp_path):
    topic = "elsewhere.orders"
    for server in (kafka, kafka_secure):
        asyncio.run(create_topic(server.bootstrap, topic, PARTITIONS))
        asyncio.run(flood(server.bootstrap, topic, map(message, range(200))))
    with sidecar(tmp_path, document(kafka.bootstrap, topic), "--since", "earliest") as command:
        wait_until(lambda: totals(command) == {topic: 200}, lambda: command.stderr, command.process)
        save(tmp_path, document(kafka_secure.bootstrap, topic))
        command.wait_for_line(f"connected to {kafka_secure.bootstrap}")
        asyncio.run(flood(kafka_secure.bootstrap, topic, map(message, range(200, 280))))
        asyncio.run(flood(kafka.bootstrap, topic, map(message, range(200, 240))))
        wait_until(lambda: totals(command) == {topic: 280}, lambda: f"{totals(command)}", command.process)
        [row] = command.snapshot()["channels"]
        assert row["positions"] == {str(partition): [[50, 69]] for partition in range(PARTITIONS)}
        assert row["ordering"]["duplicates"] == 0
