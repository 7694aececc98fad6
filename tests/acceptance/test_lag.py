"""How far consumers are behind, as a sidecar tells it of groups that stopped at a known moment."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import DeleteGroupsRequest

from acceptance.commands import asyncwatch, check, document, sidecar
from acceptance.lag_rows import assert_right, wait_for
from servers.kafka import KafkaServer
from servers.kafka_admin import Sent, allow, create_topic, send
from servers.kafka_consumers import commit_for, member, newer_member
from servers.process import free_ports

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

ORDER = Sent(b'{"id":1}')


async def delete_group(bootstrap: str, group: str) -> None:
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        answer = await client.send(client.get_random_node(), DeleteGroupsRequest([group]))
        assert answer.results == [(group, 0)]
    finally:
        await client.close()


async def test_seconds_of_groups_that_stopped_at_a_known_moment(kafka: KafkaServer, tmp_path: Path):
    busy, quiet = "lag.busy", "lag.quiet"
    for topic in (busy, quiet):
        await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, quiet, [ORDER] * 3)
    began_s = time.time()
    await send(kafka.bootstrap, busy, [ORDER] * 5)
    await commit_for(kafka.bootstrap, ["early", "doomed"], busy, 0)
    health = f"127.0.0.1:{free_ports(1)[0]}"
    with sidecar(tmp_path, document(kafka.bootstrap, busy, quiet), "--health", health) as command:
        async with (
            newer_member(kafka.bootstrap, "newer", busy) as newer,
            member(kafka.bootstrap, "older", busy) as older,
            member(kafka.bootstrap, "calm", quiet) as calm,
        ):
            await asyncio.gather(newer.take(5), older.take(5), calm.take(3))
            # From here on nobody takes anything: the next message is the first unread one of both groups.
            stopped_s = time.time()
            await send(kafka.bootstrap, busy, [ORDER])
            await asyncio.sleep(0.3)
            await send(kafka.bootstrap, busy, [ORDER] * 9)
            rows = await wait_for(
                command,
                lambda rows: (
                    all(
                        (one, busy) in rows and (rows[one, busy]["seconds"] or 0) > 3
                        for one in ("older", "newer", "early")
                    )
                    and rows.get(("calm", quiet), {}).get("status") not in (None, "unknown")
                ),
                "rows of all groups",
            )
            for group, since_s, messages in (
                ("older", stopped_s, 10),
                ("newer", stopped_s, 10),
                ("early", began_s, 15),
            ):
                row = rows[group, busy]
                assert row["messages"] == messages
                assert_right(row, since_s, group)
                assert row["view"]["source"] == ("probe" if group == "early" else "read")
            assert (rows["calm", quiet]["status"], rows["calm", quiet]["seconds"]) == ("idle", 0.0)
            assert rows["newer", busy]["members"] == rows["older", busy]["members"] == 1
            assert rows["newer", busy]["status"] != "abandoned"
            assert rows["early", busy]["members"] is None  # it chose its partitions by itself: nobody can be counted
            await delete_group(kafka.bootstrap, "doomed")
            rows = await wait_for(
                command, lambda rows: rows["doomed", busy]["status"] == "abandoned", "the deleted group"
            )
            assert rows["doomed", busy]["messages"] is None
            assert rows["older", busy]["messages"] == 10
        assert "our own mistake" not in command.stderr


async def test_check_tells_lag_once_at_the_end_and_replay_and_capture_do_not(kafka: KafkaServer, tmp_path: Path):
    topic = "lag.check"
    await create_topic(kafka.bootstrap, topic, 2)
    await send(kafka.bootstrap, topic, [Sent(b'{"id":1}', partition=number % 2) for number in range(10)])
    await commit_for(kafka.bootstrap, ["once"], topic, 2)
    described = document(kafka.bootstrap, topic)
    done = await asyncio.to_thread(check, tmp_path, described, "--since", "earliest", "--until-end")
    rows = [row for row in done.report["lag"] if row["group"] == "once"]
    assert [(row["partition"], row["messages"], row["status"]) for row in rows] == [
        (None, 3, "unknown"),
        (0, 3, "unknown"),
    ]
    assert done.code == 0
    shown = await asyncio.to_thread(
        asyncwatch, "check", tmp_path / "document.yaml", "--since", "earliest", "--until-end"
    )
    (line,) = [line for line in shown.stdout.splitlines() if line.startswith("once ")]
    assert line.split()[:4] == ["once", topic, "unknown", "3"]
    capture = tmp_path / "capture.jsonl"
    await asyncio.to_thread(
        asyncwatch,
        "capture",
        tmp_path / "document.yaml",
        "-o",
        capture,
        "--values",
        "--since",
        "earliest",
        "--until-end",
    )
    replayed = tmp_path / "replayed.json"
    await asyncio.to_thread(
        asyncwatch, "replay", tmp_path / "document.yaml", capture, "--format", "json", "-o", replayed
    )
    assert '"lag":null' in replayed.read_text().replace(" ", "")


async def test_missing_rights_are_named_and_lag_is_null_not_empty(kafka_secure: KafkaServer, tmp_path: Path):
    topic = "lag.rights"
    await create_topic(kafka_secure.bootstrap, topic)
    await send(kafka_secure.bootstrap, topic, [ORDER] * 4)
    await commit_for(kafka_secure.bootstrap, ["rights-group"], topic, 1)
    await allow(kafka_secure.bootstrap, "watch", "READ", topic)
    prefix = "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__"
    login = {
        f"{prefix}USERNAME": "watch",
        f"{prefix}PASSWORD": "watch-password-of-tests",
        f"{prefix}MECHANISM": "PLAIN",
    }
    described = document(kafka_secure.sasl_plaintext, topic)
    arguments = ("--since", "earliest", "--until-end")
    without = await asyncio.to_thread(check, tmp_path, described, *arguments, env=login)
    assert without.report["lag"] is None
    (server,) = without.report["servers"]
    assert server["rights_missing"] == ["no group is visible; group DESCRIBE may be missing"]
    await allow(kafka_secure.bootstrap, "watch", "DESCRIBE", "rights-group", "group")
    seen = await asyncio.to_thread(check, tmp_path, described, *arguments, env=login)
    assert [row["messages"] for row in seen.report["lag"] if row["partition"] is None] == [3]
    (server,) = seen.report["servers"]
    assert server["rights_missing"] == [f"topic {topic}: DESCRIBE_CONFIGS"]
    await allow(kafka_secure.bootstrap, "watch", "DESCRIBE_CONFIGS", topic)
    whole = await asyncio.to_thread(check, tmp_path, described, *arguments, env=login)
    assert whole.report["servers"][0]["rights_missing"] == []
