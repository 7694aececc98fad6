"""Reloads of workers, of sidecars in a group, and on streams of NATS: all or none, and nothing lost or counted twice."""

from __future__ import annotations

import asyncio
import os
import signal
import time

import pytest

from acceptance.commands import document, sidecar, wait_until
from acceptance.flowing import (
    PARTITIONS,
    KafkaTraffic,
    NatsTraffic,
    all_counted,
    message,
    reload_state,
    save,
    totals,
)
from acceptance.terminal import children
from servers.flood import flood
from servers.kafka_admin import create_topic
from servers.nats import NatsServer

pytestmark = pytest.mark.slow

WHOLE = "    x-asyncwatch: {sequence: {location: '$message.header#/sequence_id', scope: channel}}\n"


@pytest.mark.kafka
def test_a_worker_that_starts_later_reads_what_runs_not_what_lies_on_disk(kafka, tmp_path):
    orders, refunds = "scaled.orders", "scaled.refunds"
    asyncio.run(create_topic(kafka.bootstrap, refunds, PARTITIONS))
    asyncio.run(flood(kafka.bootstrap, refunds, map(message, range(400))))
    with (
        KafkaTraffic(kafka, orders) as traffic,
        sidecar(tmp_path, document(kafka.bootstrap, orders), "--since", "earliest", "--workers", "2") as command,
    ):
        command.wait_total(400)
        save(tmp_path, document(kafka.bootstrap, orders, refunds))
        wait_until(lambda: totals(command).get(refunds) == 400, lambda: command.stderr, command.process)
        # Other workers would have to read what lies in partitions now: that alone is refused.
        whole = document(kafka.bootstrap, orders, refunds).replace(
            f"address: {orders}\n", f"address: {orders}\n{WHOLE}"
        )
        save(tmp_path, whole)
        wait_until(lambda: reload_state(command).get("refused"), lambda: command.stderr, command.process)
        assert "its sequence counts over the whole of the channel by now" in reload_state(command)["reasons"][0]
        save(tmp_path, "asyncapi: [")
        wait_until(
            lambda: "document.yaml" in reload_state(command)["reasons"][0], lambda: command.stderr, command.process
        )
        victim, other = sorted(children(command.process.pid))
        os.kill(victim, signal.SIGKILL)
        command.wait_for_line("ended: killed by SIGKILL")
        wait_until(lambda: len(children(command.process.pid)) == 2, lambda: "a new worker", command.process)
        traffic.stop()
        all_counted(command, traffic.sent | {refunds: 400})
        assert other in children(command.process.pid)
        save(tmp_path, document(kafka.bootstrap, refunds))
        wait_until(lambda: totals(command) == {refunds: 400}, lambda: f"{totals(command)}", command.process)
        assert command.total() == traffic.sent[orders] + 400
        assert reload_state(command)["refused"] is None


@pytest.mark.kafka
def test_a_member_of_a_group_goes_on_where_it_is_and_joins_for_new_channels(kafka, tmp_path):
    orders, refunds = "grouped.orders", "grouped.refunds"
    asyncio.run(create_topic(kafka.bootstrap, refunds, PARTITIONS))
    asyncio.run(flood(kafka.bootstrap, refunds, map(message, range(400))))
    arguments = ("--since", "earliest", "--group", "asyncwatch-reload")
    with (
        KafkaTraffic(kafka, orders) as traffic,
        sidecar(tmp_path, document(kafka.bootstrap, orders), *arguments) as command,
    ):
        command.wait_total(400)
        save(tmp_path, document(kafka.bootstrap, orders, refunds))
        wait_until(lambda: totals(command).get(refunds) == 400, lambda: command.stderr, command.process)
        traffic.stop()
        all_counted(command, traffic.sent | {refunds: 400})
        assert command.server()["breaks"] == 0


@pytest.mark.nats
def test_streams_of_nats_are_read_on_without_a_hole(nats: NatsServer, tmp_path):
    orders, refunds = "flow.orders", "flow.refunds"

    def described(*subjects: str) -> str:
        return document(nats.bootstrap, *subjects).replace("protocol: kafka", "protocol: nats")

    with (
        NatsTraffic(nats, "FLOW", orders, refunds) as traffic,
        sidecar(tmp_path, described(orders), "--since", "earliest") as command,
    ):
        command.wait_total(100)
        began_s = time.monotonic()
        save(tmp_path, described(orders, refunds))
        wait_until(lambda: totals(command).get(refunds), lambda: command.stderr, command.process)
        assert time.monotonic() - began_s < 3.0
        save(tmp_path, described(orders, refunds)[:-60] + "}}}")
        wait_until(lambda: reload_state(command).get("refused"), lambda: command.stderr, command.process)
        save(tmp_path, described(orders, refunds).replace("required: [id]", "required: [id, total]", 1))
        wait_until(
            lambda: command.snapshot()["messages"]["invalid"] > 0, lambda: f"{command.snapshot()}", command.process
        )
        save(tmp_path, described(refunds))
        wait_until(lambda: orders not in totals(command), lambda: command.stderr, command.process)
        save(tmp_path, described(orders, refunds))
        wait_until(lambda: orders in totals(command), lambda: command.stderr, command.process)
        traffic.stop()
        all_counted(command, traffic.sent)
        assert not command.server()["blind"]
        assert [row["ordering"]["duplicates"] for row in command.snapshot()["channels"]] == [0, 0]
