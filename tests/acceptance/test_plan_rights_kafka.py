"""The rights that `plan` prints for Kafka: enough to see everything, and none too many."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from acceptance.commands import Ended, asyncwatch, check
from servers.kafka import PASSWORDS, KafkaServer
from servers.kafka_acls import Acl, granted, read_commands
from servers.kafka_admin import Sent, create_topic, inventory, send
from servers.kafka_consumers import commit_for

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

LOGIN = {
    "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__USERNAME": "asyncwatch",
    "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__PASSWORD": PASSWORDS["asyncwatch"],
}
DOCUMENT = """
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
defaultContentType: application/json
servers: {production: {host: 'BOOTSTRAP', protocol: kafka}}
channels:
  orders: {address: rights.orders, messages: {Order: {payload: {type: object}}}}
  regional:
    address: 'rights-{region}.events'
    parameters: {region: {}}
    messages: {Event: {payload: {type: object}}}
"""
TOPICS = ("rights.orders", "rights-eu.events")


@pytest.fixture(scope="module")
def topics(kafka_secure: KafkaServer) -> KafkaServer:
    """Two topics with messages, read by one group, and one that the document does not name."""

    async def make() -> None:
        for topic in (*TOPICS, "other.topic"):
            await create_topic(kafka_secure.bootstrap, topic, retention_ms="3600000")
            await send(kafka_secure.bootstrap, topic, [Sent(b'{"id":1}')] * 3)
            await commit_for(kafka_secure.bootstrap, ["rights-billing"], topic, 1)

    asyncio.run(make())
    return kafka_secure


def described(server: KafkaServer) -> str:
    return DOCUMENT.replace("BOOTSTRAP", server.sasl_plaintext)


def planned(folder: Path, server: KafkaServer, *arguments: str) -> list[Acl]:
    """Give the rights that `plan` prints."""
    (folder / "document.yaml").write_text(described(server))
    done = asyncwatch("plan", folder / "document.yaml", "--rights", "kafka-acls", *arguments, env=LOGIN)
    assert done.code == 0, done.stderr
    return read_commands(done.stdout)


def checked(folder: Path, server: KafkaServer, acls: list[Acl], *arguments: str) -> Ended:
    """Run `check` as a user who has exactly these rights."""

    async def run() -> Ended:
        async with granted(server.bootstrap, acls):
            return await asyncio.to_thread(
                check, folder, described(server), "--since", "earliest", "--until-end", *arguments, env=LOGIN
            )

    return asyncio.run(run())


def seen(done: Ended) -> dict[str, object]:
    """Give what a report shows of messages, lag and rights."""
    return {
        "messages": {row["address"]: row["messages"]["total"] for row in done.report["channels"]},
        "lag": None
        if done.report["lag"] is None
        else {(row["group"], row["address"]): row["messages"] for row in done.report["lag"] if row["partition"] == 0},
        "expiry": {row["retention_seconds"] is not None for row in done.report["lag"] or ()},
        "missing": done.report["servers"][0]["rights_missing"],
    }


ALL = {
    "messages": {"rights.orders": 3, "rights-{region}.events": 3},
    "lag": {("rights-billing", "rights.orders"): 2, ("rights-billing", "rights-{region}.events"): 2},
    "expiry": {True},
    "missing": [],
}


def test_the_printed_rights_are_enough_and_each_of_them_is_needed(topics: KafkaServer, tmp_path: Path):
    rights = planned(tmp_path, topics)
    assert {(one.operation, one.kind, one.name, one.pattern) for one in rights} == {
        ("Read", "topic", "rights.orders", "literal"),
        ("DescribeConfigs", "topic", "rights.orders", "literal"),
        ("Read", "topic", "rights-", "prefixed"),
        ("DescribeConfigs", "topic", "rights-", "prefixed"),
        ("Describe", "group", "*", "literal"),
    }
    assert {one.user for one in rights} == {"User:asyncwatch"}
    before = asyncio.run(inventory(topics.bootstrap))
    done = checked(tmp_path, topics, rights)
    assert done.code == 0, done.stderr
    assert seen(done) == ALL
    assert asyncio.run(inventory(topics.bootstrap)) == before
    for left_out in rights:
        done = checked(tmp_path, topics, [one for one in rights if one != left_out])
        found = seen(done)
        assert found != ALL, left_out
        if left_out.operation == "Read" and left_out.pattern == "prefixed":
            # The cluster does not list what may not be described: for a pattern that looks as if nothing were there.
            assert found["messages"]["rights-{region}.events"] == 0
            assert done.report["coverage"]["channels"]["seen"] == 1
            continue
        what = {"Read": "DESCRIBE", "DescribeConfigs": "DESCRIBE_CONFIGS", "Describe": "group DESCRIBE"}
        assert any(what[left_out.operation] in one for one in found["missing"]), (left_out, found)


def test_without_any_right_it_is_said_and_nothing_counts_as_seen(topics: KafkaServer, tmp_path: Path):
    done = checked(tmp_path, topics, [])
    found = seen(done)
    assert found["messages"] == {"rights.orders": 0, "rights-{region}.events": 0}
    assert found["lag"] is None
    assert "topic rights.orders: DESCRIBE" in found["missing"]


def test_a_group_takes_one_right_more(topics: KafkaServer, tmp_path: Path):
    rights = planned(tmp_path, topics, "--group", "rights-sidecars")
    own = Acl("User:asyncwatch", "Read", "group", "rights-sidecars", "literal")
    assert own in rights
    done = checked(tmp_path, topics, rights, "--group", "rights-sidecars")
    assert seen(done) == ALL, done.stderr
    without = [one for one in rights if one != own]
    done = checked(tmp_path, topics, without, "--group", "rights-sidecars", "--connect-timeout", "3s")
    assert done.code == 3
    assert "group 'rights-sidecars' may not be joined" in done.stderr + json.dumps(done.report)


def test_plan_shows_topics_groups_and_missing_rights_and_leaves_nothing(topics: KafkaServer, tmp_path: Path):
    rights = planned(tmp_path, topics)
    before = asyncio.run(inventory(topics.bootstrap))

    async def look(acls: list[Acl]) -> tuple[Ended, list[dict]]:
        async with granted(topics.bootstrap, acls):
            done = await asyncio.to_thread(
                asyncwatch, "plan", tmp_path / "document.yaml", "--format", "json", env=LOGIN
            )
            return done, json.loads(done.stdout)

    done, rows = asyncio.run(look(rights))
    assert done.code == 0
    assert [(row["tap"], row["broker"]["exists"], row["broker"]["partitions"]) for row in rows] == [
        ("kafka", True, 1), ("kafka", True, 1),
    ]  # fmt: skip
    assert all(row["broker"]["rights_missing"] == [] for row in rows)
    done, rows = asyncio.run(look([one for one in rights if one.operation != "Read"]))
    assert rows[0]["broker"]["exists"] is None
    assert "topic rights.orders: DESCRIBE" in rows[0]["broker"]["rights_missing"]
    assert (rows[1]["broker"]["exists"], rows[1]["broker"]["partitions"]) == (None, 0)
    assert asyncio.run(inventory(topics.bootstrap)) == before
    assert PASSWORDS["asyncwatch"] not in done.stdout + done.stderr
