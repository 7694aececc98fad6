"""More than one process: workers, sidecars in a group, and one dashboard on several sidecars."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from acceptance.commands import STOP_S, Sidecar, asyncwatch, check, document, environment, sidecar, wait_until
from acceptance.terminal import children, terminal
from servers.certificates import make_authority, make_certificate
from servers.flood import flood
from servers.kafka import KafkaServer
from servers.kafka_admin import Sent, create_topic, inventory, send

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

PARTITIONS = 4
COUNT = 4_000
BROKEN = 40
LOST = 8


def fill(kafka: KafkaServer, topic: str, count: int = COUNT, first: int = 0) -> str:
    """Make a topic with sequences per key, some broken payloads, and a number missing of each of LOST keys."""

    def messages():
        for number in range(first, first + count):
            key = number % 16
            step = number // 16
            if key < LOST and step == 50:
                continue
            payload = b'{"id":"x"}' if number % (COUNT // BROKEN) == 7 else b'{"id":%d}' % number
            yield key % PARTITIONS, b"k%d" % key, payload, [("sequence_id", b"%d" % step)], None

    async def make() -> None:
        if first == 0:
            await create_topic(kafka.bootstrap, topic, PARTITIONS)
        await flood(kafka.bootstrap, topic, messages())

    asyncio.run(make())
    return document(kafka.bootstrap, topic)


def comparable(report: dict) -> dict:
    """Give what does not depend on when a run was or how many processes it had."""
    rows = [
        {name: value for name, value in row.items() if name not in {"rate", "latency"}} for row in report["channels"]
    ]
    findings = {row["fingerprint"]: (row["rule"], row["count"], row["path"]) for row in report["findings"]}
    return {"messages": report["messages"], "channels": rows, "findings": findings, "coverage": report["coverage"]}


def test_workers_report_what_one_process_reports(kafka, tmp_path):
    text = fill(kafka, "scaling.same")
    reports, lines = {}, {}
    for workers in (1, 3):
        found = tmp_path / f"{workers}.jsonl"
        done = check(
            tmp_path, text, "--since", "earliest", "--until-end", "--workers", workers, "--findings", found
        )  # fmt: skip
        assert done.code == 1, done.stderr
        reports[workers] = comparable(done.report)
        lines[workers] = sorted(
            (one["rule"], one["partition"], one["offset"]) for one in map(json.loads, found.read_text().splitlines())
        )
    assert reports[3] == reports[1]
    assert lines[3] == lines[1]
    assert reports[1]["messages"]["total"] == COUNT - LOST
    [row] = reports[1]["channels"]
    assert (row["ordering"]["scope"], row["ordering"]["gaps"], row["ordering"]["keys"]) == ("key", LOST, 16)


def test_a_sequence_over_the_whole_channel_stays_with_one_worker(kafka, tmp_path):
    topic = "scaling.whole"

    def messages():  # not from 0 on: a 0 that is read late looks like a new run (unit/ordering/test_partition_arrival.py)
        for number in range(1_000, 1_600):
            yield number % PARTITIONS, None, b'{"id":1}', [("sequence_id", b"%d" % number)], None

    asyncio.run(create_topic(kafka.bootstrap, topic, PARTITIONS))
    for partition_run in range(6):  # arrival follows the numbers closely enough for the tracker's patience
        part = [one for one in messages() if int(one[3][0][1]) // 100 == 10 + partition_run]
        asyncio.run(flood(kafka.bootstrap, topic, part))
    text = document(kafka.bootstrap, topic).replace(
        f"    address: {topic}\n",
        f"    address: {topic}\n    x-asyncwatch: {{sequence: {{location: '$message.header#/sequence_id', scope: channel}}}}\n",
    )
    results = [
        check(tmp_path, text, "--since", "earliest", "--until-end", "--workers", workers).report for workers in (1, 2)
    ]
    one, two = ([row["ordering"] for row in report["channels"]] for report in results)
    assert [row["unsequenced"] for row in one] == [row["unsequenced"] for row in two] == [0]
    # In which order partitions arrive is not defined; in any order everything comes, and a worker that read every
    # second partition only would miss half of it.
    for (row,) in (one, two):
        assert row["in_order"] + row["out_of_order"] == 600
        assert [row[name] for name in ("missing", "lost", "conflicts", "duplicates", "restarts")] == [0] * 5


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--workers", "2", "--messages", "5"], "--messages stops after exactly N"),
        (["--workers", "0"], "--workers"),
        (["--group", "billing"], "names this group for a service"),
    ],
)
def test_what_cannot_be_divided_is_told_at_once(tmp_path, arguments, told):
    text = document("127.0.0.1:9", "orders") + (
        "operations:\n  take: {action: receive, channel: {$ref: '#/channels/orders'}, "
        "bindings: {kafka: {groupId: {type: string, enum: [billing]}}}}\n"
    )
    done = check(tmp_path, text, *arguments)
    assert done.code == 2
    assert told in done.stderr


def workers_of(command: Sidecar) -> list[int]:
    return sorted(children(command.process.pid))


def test_a_worker_that_dies_is_started_again_and_counts_everything_once(kafka, tmp_path):
    text = fill(kafka, "scaling.killed")
    with sidecar(tmp_path, text, "--since", "earliest", "--workers", "2") as command:
        command.wait_total(COUNT - LOST)
        before = workers_of(command)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        command.wait_for_line("ended: killed by SIGKILL")
        wait_until(lambda: command.server().get("blind"), lambda: f"a blind span: {command.server()}")
        fill(kafka, "scaling.killed", count=160, first=COUNT)
        command.wait_total(COUNT - LOST + 160)
        row = command.server()
        assert (row["state"], row["breaks"]) == ("connected", 1)
        [blind] = row["blind"]
        assert "ended (killed by SIGKILL); a new one goes on where its numbers end" in blind["reason"]
        assert blind["from"] < blind["to"]
        snapshot = command.snapshot()
        assert snapshot["messages"]["total"] == COUNT - LOST + 160
        assert snapshot["channels"][0]["ordering"]["gaps"] == LOST
        [group] = [one for one in snapshot["findings"] if one["rule"] == "payload.schema"]
        detail = command.get(f"/api/v1/findings/{group['fingerprint']}")
        assert detail["finding"]["fingerprint"] == group["fingerprint"]
        assert detail["excerpt"]
        assert command.get("/api/v1/traces")["total"] == 0
        ran = workers_of(command)
        assert command.signal(signal.SIGTERM) < STOP_S
        assert command.process.returncode == 0
        assert not [pid for pid in ran if Path(f"/proc/{pid}").exists()]


def test_workers_end_when_their_parent_is_killed(kafka, tmp_path):
    with sidecar(tmp_path, fill(kafka, "scaling.orphans"), "--since", "earliest", "--workers", "2") as command:
        ran = workers_of(command)
        command.process.kill()
        command.process.wait()
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in ran), lambda: f"{ran} gone")


def test_two_sidecars_in_a_group_see_every_message_once_and_one_takes_over(kafka, tmp_path):
    topic, group = "scaling.group", "asyncwatch-pair"
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    text = fill(kafka, topic)
    arguments = ("--group", group, "--since", "earliest")
    with sidecar(folders[0], text, *arguments) as one, sidecar(folders[1], text, *arguments) as other:
        wait_until(lambda: one.total() + other.total() >= COUNT - LOST, lambda: f"{one.total()} and {other.total()}")
        fill(kafka, topic, count=320, first=COUNT)
        everything = COUNT - LOST + 320
        wait_until(lambda: one.total() + other.total() >= everything, lambda: f"{one.total()} and {other.total()}")
        assert one.total() + other.total() == everything
        assert other.total() > 0
        assert one.server()["creates"] == [f"consumer group '{group}' with its members and positions"]
        assert all(not row["ordering"]["conflicts"] for row in one.snapshot()["channels"])
        assert not one.snapshot()["lag"]  # its own group is no service's
        # The last commit of the one that is killed is to be behind what it has read.
        before, seen = one.total(), other.total()
        other.process.kill()
        other.process.wait()
        fill(kafka, topic, count=160, first=COUNT + 320)
        began_s = time.monotonic()
        wait_until(
            lambda: set(one.snapshot()["channels"][0]["positions"]) == {"0", "1", "2", "3"} and one.server()["blind"],
            lambda: f"taken over: {one.server()}",
        )
        assert time.monotonic() - began_s < 14
        wait_until(
            lambda: _ends(one) == [(COUNT + 480) // PARTITIONS - LOST // PARTITIONS - 1] * PARTITIONS,
            lambda: f"read to the ends: {_ends(one)}",
        )
        [blind] = one.server()["blind"]
        assert "ended without handing over" in blind["reason"]
        again = one.total() + seen - (everything + 160)
        assert 0 <= again <= seen, (before, seen, one.total())
        assert one.snapshot()["channels"][0]["ordering"]["lost"] == 0
        assert one.signal(signal.SIGTERM) < STOP_S
    groups = asyncio.run(inventory(kafka.bootstrap)).offsets[group]
    assert groups == {f"{topic}/{number}": end + 1 for number, end in enumerate(_last_ends)}


_last_ends: list[int] = []


def _ends(command: Sidecar) -> list[int]:
    positions = command.snapshot()["channels"][0]["positions"]
    _last_ends[:] = [positions[str(number)][-1][1] for number in range(PARTITIONS)]
    return list(_last_ends)


def two_sidecars(kafka: KafkaServer, tmp_path: Path) -> tuple[list[Path], list[str]]:
    folders = [tmp_path / name for name in ("one", "other")]
    for folder in folders:
        folder.mkdir()
    topics = ["attach.orders", "attach.parcels"]

    async def make() -> None:
        for topic in topics:
            await create_topic(kafka.bootstrap, topic)
            await send(kafka.bootstrap, topic, [Sent(b'{"id":"x"}'), *[Sent(b'{"id":1}')] * 9])

    asyncio.run(make())
    return folders, [document(kafka.bootstrap, topic).replace("title: Orders", f"title: {topic}") for topic in topics]


def test_the_dashboard_shows_two_sidecars_as_one_and_says_when_one_is_lost(kafka, tmp_path):
    folders, texts = two_sidecars(kafka, tmp_path)
    since = ("--since", "earliest")
    with sidecar(folders[0], texts[0], *since) as one, sidecar(folders[1], texts[1], *since) as other:
        urls = [f"http://127.0.0.1:{command.port}" for command in (one, other)]
        with terminal("attach", *urls, columns=120, rows=36) as screen:
            screen.wait_for("attach.orders", "attach.parcels", "2 in 2 kinds", "2/2 messages", within_s=15)
            other.process.kill()
            other.process.wait()
            screen.wait_for("sidecar (reconnecting|retry)", "attach.orders", within_s=40)
            screen.wait_for(
                "sidecar and 1 more are not reachable", f"127.0.0.1:{other.port} .*nobody answers there", within_s=50
            )
            assert re.search(r"◐.*attach.parcels|attach.parcels.*(stale|◐)", screen.screen())
            screen.type("q")
            assert screen.process.wait(5) == 0
        lines = plain(*urls, wanted=4)
        assert "watching attach.orders" in lines[0]
        assert any(f"127.0.0.1:{other.port} (sidecar at" in line and "nobody answers" in line for line in lines)


def plain(*urls: str, wanted: int, token: str | None = None, ca_file: Path | None = None) -> list[str]:
    """Read some lines of `attach --plain`, then close the pipe: that ends it without a complaint."""
    extra = [] if token is None else ["--token", token]
    extra += [] if ca_file is None else ["--ca-file", str(ca_file)]
    with subprocess.Popen(
        [sys.executable, "-m", "asyncwatch", "attach", *urls, "--plain", *extra],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment(),
    ) as process:  # fmt: skip
        lines = [process.stdout.readline().rstrip() for _ in range(wanted)]
        process.send_signal(signal.SIGINT)
        rest, complaints = process.communicate(timeout=10)
        assert not complaints, complaints
        assert process.returncode == 130
    return [line for line in lines if line]


def test_what_is_wrong_with_an_address_or_a_token_is_said(kafka, tmp_path):
    done = asyncwatch("attach", "not-an-address", "http://user:pass-word@127.0.0.1:1", "--plain")
    assert done.code == 2
    assert "'not-an-address' is no address of a sidecar" in done.stderr
    assert "pass-word" not in done.stderr
    assert asyncwatch("attach", "http://127.0.0.1:1").code == 2
    (tmp_path / "document.yaml").write_text(document(kafka.bootstrap, "attach.secret"))
    token = "right-token-of-this-test"
    with Sidecar(tmp_path, document(kafka.bootstrap, "attach.secret"), env={"ASYNCWATCH_TOKEN": token}) as command:
        command.wait_for_line("API on")
        url = f"http://127.0.0.1:{command.port}"
        assert "the sidecar refuses the token (401)" in plain(url, wanted=1, token="wrong")[0]
        assert "watching" in plain(url, wanted=1, token=token)[0]
        assert "the answer was 404" in plain(f"http://127.0.0.1:{command.health_port}", wanted=1)[0]


def test_attach_checks_the_certificate_against_the_authority_that_is_given(kafka, tmp_path):
    make_authority(tmp_path)
    make_certificate(tmp_path, "server")
    env = {
        "ASYNCWATCH_LISTEN__TLS__CERT_FILE": str(tmp_path / "server.pem"),
        "ASYNCWATCH_LISTEN__TLS__KEY_FILE": str(tmp_path / "server.key"),
    }
    with Sidecar(tmp_path, document(kafka.bootstrap, "attach.tls"), env=env) as command:
        command.wait_for_line("API on https://")
        url = f"https://127.0.0.1:{command.port}"
        assert "its certificate is not trusted" in plain(url, wanted=1)[0]
        assert "watching" in plain(url, wanted=1, ca_file=tmp_path / "ca.pem")[0]
    done = asyncwatch("attach", url, "--plain", "--ca-file", tmp_path / "server.key")
    assert done.code == 2
    assert "no certificate in PEM form" in done.stderr
