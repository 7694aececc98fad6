"""Documents that change while traffic flows: a file, a signal or the API brings the new ones, and nothing is lost or counted twice."""

from __future__ import annotations

import asyncio
import json
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from acceptance.commands import Sidecar, document, sidecar, wait_until
from acceptance.flowing import (
    PARTITIONS,
    KafkaTraffic,
    all_counted,
    message,
    reload_state,
    save,
    totals,
)
from acceptance.terminal import children
from servers.flood import flood
from servers.kafka_admin import create_topic, inventory
from servers.nats import NatsServer

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

STRICT = "{type: object, required: [id, total]}"
TAKEN_S = 3.0
"""From a file that was saved to its documents in force."""


def save_now(folder: Path, text: str) -> float:
    """Save the document; give when."""
    save(folder, text)
    return time.monotonic()


def ask_to_reload(command: Sidecar) -> dict:
    request = urllib.request.Request(
        f"http://127.0.0.1:{command.port}/api/v1/reload", b"{}", {"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        return json.load(answer)


def wait_taken(command: Sidecar, since_s: float, is_taken) -> float:
    """Wait until something shows; give how long after saving that was."""
    wait_until(is_taken, lambda: f"it shows: {reload_state(command)} {command.stderr}", command.process)
    return time.monotonic() - since_s


@pytest.mark.parametrize("workers", [1, 2])
def test_a_document_that_is_edited_breaks_and_is_mended_under_traffic(kafka, tmp_path, workers):
    names = [f"live{workers}.orders", f"live{workers}.stable", f"live{workers}.refunds"]
    orders, stable, refunds = names
    good = document(kafka.bootstrap, orders, stable)
    stricter = good.replace("{type: object, required: [id], properties: {id: {type: integer}}}", STRICT, 1)
    with KafkaTraffic(kafka, orders, stable) as traffic, sidecar(
        tmp_path, good, "--since", "earliest", "--workers", workers
    ) as command:  # fmt: skip
        pids = sorted(children(command.process.pid))
        command.wait_total(2_000)
        # A changed channel: judged anew, counted on.
        saved_s = save_now(tmp_path, stricter)
        took_s = wait_taken(command, saved_s, lambda: command.snapshot()["messages"]["invalid"] > 0)
        assert took_s < TAKEN_S + 1.0  # messages have to come, and a beat of a worker
        assert reload_state(command)["refused"] is None
        assert command.snapshot()["messages"]["valid"] >= 1_000
        # Half a document: the run goes on as it was, and says so.
        saved_s = save_now(tmp_path, stricter[: len(stricter) // 2] + "\n  : [")
        refused_s = wait_taken(command, saved_s, lambda: reload_state(command).get("refused"))
        assert refused_s < TAKEN_S
        assert "document.yaml" in reload_state(command)["reasons"][0]
        command.wait_for_line("documents were read again and cannot be used")
        seen = command.total()
        wait_until(lambda: command.total() > seen + 400, lambda: "traffic goes on", command.process)
        assert command.stderr.count("cannot be used") == 1
        with pytest.raises(urllib.error.HTTPError) as refused:
            ask_to_reload(command)
        assert refused.value.code == 422
        refused.value.close()
        # Mended, with a new channel.
        flood_of = [message(number) for number in range(300)]
        asyncio.run(create_topic(kafka.bootstrap, refunds, PARTITIONS))
        asyncio.run(flood(kafka.bootstrap, refunds, flood_of))
        saved_s = save_now(tmp_path, document(kafka.bootstrap, orders, stable, refunds))
        mended_s = wait_taken(command, saved_s, lambda: totals(command).get(refunds) is not None)
        assert mended_s < TAKEN_S + (1.0 if workers > 1 else 0.0)
        assert reload_state(command)["refused"] is None
        traffic.stop()
        all_counted(command, traffic.sent | {refunds: 300})
        row = next(row for row in command.snapshot()["channels"] if row["channel"] == stable)
        assert row["ordering"]["in_order"] + row["ordering"]["unsequenced"] == traffic.sent[stable]
        assert (row["ordering"]["gaps"], row["ordering"]["duplicates"], row["ordering"]["restarts"]) == (0, 0, 0)
        assert row["ordering"]["keys"] == 8
        assert not command.server()["blind"]
        assert command.server()["breaks"] == 0
        assert sorted(children(command.process.pid)) == pids
        print(f"workers {workers}: changed {took_s:.2f} s, refused {refused_s:.2f} s, mended {mended_s:.2f} s")


def test_a_signal_and_the_api_bring_new_documents_too(kafka, tmp_path):
    topic = "live.asked"
    with KafkaTraffic(kafka, topic) as traffic, sidecar(
        tmp_path, document(kafka.bootstrap, topic), "--since", "earliest", "--no-watch"
    ) as command:  # fmt: skip
        command.wait_total(400)
        save(tmp_path, document(kafka.bootstrap, topic, payload=STRICT))
        time.sleep(1.5)  # longer than a watch would need
        assert command.snapshot()["messages"]["invalid"] == 0
        command.process.send_signal(signal.SIGHUP)
        command.wait_for_line("1 changed and are judged anew")
        save(tmp_path, document(kafka.bootstrap, topic))
        outcome = ask_to_reload(command)
        assert (outcome["changed"], outcome["kept"], outcome["servers"]) == (
            1, 0, {"added": [], "removed": [], "moved": []},
        )  # fmt: skip
        traffic.stop()
        all_counted(command, traffic.sent)
        # A channel that is left and comes back goes on where it was left, though reading begins at the earliest.
        save(tmp_path, document(kafka.bootstrap, "live.beside"))
        assert ask_to_reload(command)["removed"] == 1
        assert totals(command) == {"live.beside": 0}
        asyncio.run(flood(kafka.bootstrap, topic, map(message, range(traffic.sent[topic], traffic.sent[topic] + 40))))
        save(tmp_path, document(kafka.bootstrap, topic))
        assert ask_to_reload(command)["added"] == 1
        all_counted(command, {topic: traffic.sent[topic] + 40})


def test_servers_come_go_and_move_while_the_others_are_read_on(kafka, nats: NatsServer, tmp_path):
    topic = "live.moved"
    good = document(kafka.bootstrap, topic)
    named = f"localhost:{kafka.bootstrap.rpartition(':')[2]}"
    both = good.replace(
        "channels:\n", f"  other: {{host: '127.0.0.1:{nats.port}', protocol: nats}}\nchannels:\n", 1
    )  # fmt: skip
    with KafkaTraffic(kafka, topic) as traffic, sidecar(tmp_path, good, "--since", "earliest") as command:
        command.wait_total(400)
        before = asyncio.run(inventory(kafka.bootstrap))
        saved_s = save_now(tmp_path, both)
        wait_taken(
            command, saved_s,
            lambda: [row["state"] for row in command.snapshot()["servers"]] == ["connected", "connected"],
        )  # fmt: skip
        assert command.server()["breaks"] == 0
        # The same cluster by another name: it goes on exactly where it was.
        save(tmp_path, good.replace(kafka.bootstrap, named))
        command.wait_for_line("servers that are left: other; servers that are reached another way: production")
        command.wait_state("connected")
        assert [row["server"] for row in command.snapshot()["servers"]] == ["production"]
        command.wait_for_line(f"connected to {named}")
        wait_until(
            lambda: not nats.monitor("connz")["connections"], lambda: "the connection to NATS is gone", command.process
        )
        traffic.stop()
        wait_until(
            lambda: command.total() == traffic.sent[topic],
            lambda: f"{traffic.sent}, not {command.total()}", command.process,
        )  # fmt: skip
        [row] = command.snapshot()["channels"]
        assert row["messages"]["total"] == traffic.sent[topic]
        assert row["ordering"]["duplicates"] == 0
        assert asyncio.run(inventory(kafka.bootstrap)) == before
