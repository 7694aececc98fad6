"""The rights that `plan` prints for NATS: enough to see everything, and none too many."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path

import pytest

from acceptance.commands import Ended, asyncwatch, check
from servers.nats import PASSWORDS, NatsServer
from servers.nats_services import Sent, api, make_stream, publish, service, wait_stored

pytestmark = [pytest.mark.nats, pytest.mark.slow]

ADMIN = {"user": "admin", "password": PASSWORDS["admin"]}
WITH_ALL = ("exact", "wide")
"""Users who have every printed permission: for the streams there are, and for any."""
BACKLOG, SIZE_BYTES = 3_000, 1_500
"""More than the server sends before it waits for an answer of flow control."""
DOCUMENT = """
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
defaultContentType: application/json
servers: {production: {host: 'BOOTSTRAP', protocol: nats}}
channels:
  orders: {address: 'orders.{region}.created', parameters: {region: {}}, messages: {Order: {payload: {type: object}}}}
  jobs: {address: jobs, messages: {Job: {payload: {type: object}}}}
  plain: {address: plain.events, messages: {Event: {payload: {type: object}}}}
"""
ORDERS, JOBS, PLAIN = "orders.{region}.created", "jobs", "plain.events"


@contextlib.contextmanager
def running(folder: Path, permissions: Mapping[str, str]) -> Iterator[NatsServer]:
    """A server whose users have these permissions; a folder that was used before holds what it held."""
    server = NatsServer(folder, login="users", others_may=permissions)
    try:
        server.start()
        yield server
    finally:
        server.stop()


def login(user: str) -> dict[str, str]:
    prefix = "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__"
    return {f"{prefix}USERNAME": user, f"{prefix}PASSWORD": PASSWORDS.get(user, PASSWORDS["watch"])}


async def fill(server: NatsServer) -> None:
    """Make a stream with a backlog and a consumer, and a work queue."""
    async with service(server.bootstrap, **ADMIN) as client:
        await make_stream(client, "orders", ["orders.>"])
        await make_stream(client, "jobs", ["jobs"], retention="workqueue")
        body = b'{"text":"%b"}' % (b"x" * SIZE_BYTES)
        await publish(client, "orders.eu.created", [Sent(body)] * BACKLOG)
        await publish(client, "jobs", [Sent(b"{}")] * 3)
        await wait_stored(client, "orders", BACKLOG)
        await wait_stored(client, "jobs", 3)
        config = {"durable_name": "billing", "ack_policy": "explicit", "deliver_policy": "all"}
        answer = await api(client, "CONSUMER.DURABLE.CREATE.orders.billing", stream_name="orders", config=config)
        assert "error" not in answer, answer


@contextlib.asynccontextmanager
async def events(server: NatsServer) -> AsyncIterator[None]:
    """Send what no stream keeps, again and again."""
    async with service(server.bootstrap, **ADMIN) as client:
        over = asyncio.Event()

        async def send() -> None:
            while not over.is_set():
                await publish(client, "plain.events", [Sent(b"{}")])
                await asyncio.sleep(0.05)

        sending = asyncio.create_task(send())
        try:
            yield
        finally:
            over.set()
            await asyncio.wait_for(asyncio.gather(sending, return_exceptions=True), 10)


def described(server: NatsServer) -> str:
    return DOCUMENT.replace("BOOTSTRAP", server.bootstrap)


def printed(folder: Path, server: NatsServer, *arguments: str) -> str:
    """Give the permissions that `plan` prints, as they stand behind a user."""
    (folder / "document.yaml").write_text(described(server))
    done = asyncwatch("plan", folder / "document.yaml", "--rights", "nats", *arguments, env=login("admin"))
    assert done.code == 0, done.stderr
    return done.stdout.partition("\npermissions: ")[2]


def subjects(permissions: str) -> list[str]:
    return re.findall(r'^ +"(.+)",$', permissions, re.MULTILINE)


def without(permissions: str, subject: str) -> str:
    return permissions.replace(f'"{subject}",', "")


def checked(folder: Path, server: NatsServer, user: str, *arguments: str) -> Ended:
    own = folder / f"{user}{len(list(folder.iterdir()))}"
    own.mkdir()
    return check(own, described(server), *arguments, env=login(user))


def seen(done: Ended) -> dict[str, object]:
    """Give what a report shows of messages, lag and rights."""
    totals = {row["address"]: row["messages"]["total"] for row in done.report["channels"]}
    return {
        "messages": totals | {PLAIN: totals[PLAIN] > 0},
        "lag": None
        if done.report["lag"] is None
        else {row["group"]: (row["messages"], row["seconds"] is not None) for row in done.report["lag"]},
        "missing": done.report["servers"][0]["rights_missing"],
    }


ALL = {"messages": {ORDERS: BACKLOG, JOBS: 3, PLAIN: True}, "lag": {"billing": (BACKLOG, True)}, "missing": []}
WHOLE, SHORT = ("--since", "earliest", "--for", "4s"), ("--since", "earliest", "--for", "2s")


async def consumers(server: NatsServer) -> list[str]:
    async with service(server.bootstrap, **ADMIN) as client:
        return sorted(one["name"] for one in (await api(client, "CONSUMER.LIST.orders"))["consumers"])


def test_the_printed_permissions_are_enough_and_each_of_them_is_needed(tmp_path: Path):
    data = tmp_path / "server"
    with running(data, {}) as server:
        asyncio.run(fill(server))
        exact = printed(tmp_path, server)
        assert asyncio.run(consumers(server)) == ["billing"]
    assert set(subjects(exact)) == {
        "$JS.API.STREAM.LIST", "$JS.API.CONSUMER.CREATE.orders.*", "$JS.API.CONSUMER.DELETE.orders.*", "$JS.FC.orders.>",
        "$JS.API.CONSUMER.LIST.orders", "$JS.API.STREAM.INFO.orders", "$JS.API.STREAM.MSG.GET.orders",
        "$JS.API.CONSUMER.LIST.jobs", "$JS.API.STREAM.INFO.jobs", "$JS.API.STREAM.MSG.GET.jobs", "_INBOX.>", PLAIN,
    }  # fmt: skip
    less = {f"less{number}": subject for number, subject in enumerate(subjects(exact))}
    permissions = {user: without(exact, subject) for user, subject in less.items()}
    offline = printed(tmp_path, server, "--offline")
    with running(data, {**dict(zip(WITH_ALL, (exact, offline), strict=True)), **permissions}) as server:
        found = asyncio.run(all_checks(tmp_path, server, [*WITH_ALL, *less]))
        assert seen(found["exact"]) == ALL, found["exact"].stderr
        assert seen(found["wide"]) == ALL, found["wide"].stderr
        for user, subject in less.items():
            told = seen(found[user])
            if subject == "$JS.API.STREAM.MSG.GET.orders":
                # What was read tells the times as well; they are asked for where reading begins now.
                assert seen(checked(tmp_path, server, "exact", "--for", "1s"))["lag"] == ALL["lag"]
                told = seen(checked(tmp_path, server, user, "--for", "1s"))
                assert told["lag"] == {"billing": (BACKLOG, False)}
            elif "DELETE" not in subject:
                assert any(stem(subject) in one for one in told["missing"]), (subject, told)
        [delete] = [user for user, subject in less.items() if "DELETE" in subject]
        asyncio.run(until_only_billing(server))
        checked(tmp_path, server, delete, "--for", "1s")
        assert len(asyncio.run(consumers(server))) == 2
        asyncio.run(until_only_billing(server))
        checked(tmp_path, server, "exact", "--for", "1s")
        assert asyncio.run(consumers(server)) == ["billing"]


def stem(subject: str) -> str:
    return "$JS.FC." if subject.startswith("$JS.FC.") else subject.rstrip("*>.")


async def all_checks(folder: Path, server: NatsServer, users: list[str]) -> dict[str, Ended]:
    at_once = asyncio.Semaphore(6)

    async def one(user: str) -> Ended:
        async with at_once:
            arguments = WHOLE if user in WITH_ALL else SHORT
            return await asyncio.to_thread(checked, folder, server, user, *arguments)

    async with events(server):
        return dict(zip(users, await asyncio.gather(*map(one, users)), strict=True))


async def until_only_billing(server: NatsServer) -> None:
    async with asyncio.timeout(15):
        while await consumers(server) != ["billing"]:
            await asyncio.sleep(0.1)


def test_subscriptions_alone_take_nothing_but_their_subjects(tmp_path: Path):
    config = tmp_path / "asyncwatch.yaml"
    config.write_text("lag: {enabled: false}\nservers: {production: {nats: core}}\n")
    with running(tmp_path / "server", {}) as server:
        permissions = printed(tmp_path, server, "--config", str(config), "--offline")
    assert subjects(permissions) == ["orders.*.created", "jobs", PLAIN]
    assert 'publish: { deny: [">"] }' in permissions
    with running(tmp_path / "server", {"core": permissions}) as server:

        async def run() -> Ended:
            async with events(server):
                return await asyncio.to_thread(
                    checked, tmp_path, server, "core", "--for", "1s", "--config", str(config)
                )

        done = asyncio.run(run())
    assert seen(done)["messages"][PLAIN]
    assert seen(done)["missing"] == []


def test_plan_shows_streams_and_missing_rights_and_leaves_nothing(tmp_path: Path):
    with running(tmp_path / "server", {"little": "{ publish: {deny: ['>']} }"}) as server:
        asyncio.run(fill(server))
        (tmp_path / "document.yaml").write_text(described(server))
        plan = ("plan", tmp_path / "document.yaml", "--format", "json")
        rows = json.loads(asyncwatch(*plan, env=login("admin")).stdout)
        assert [(row["address"], row["broker"]["exists"], row["broker"]["read"]) for row in rows] == [
            (ORDERS, True, "from stream orders"),
            (JOBS, True, "from work queue jobs, message by message"),
            (PLAIN, None, "by subscription"),
        ]
        assert [len(row["creates"]) for row in rows] == [1, 0, 0]
        assert asyncio.run(consumers(server)) == ["billing"]
        rows = json.loads(asyncwatch(*plan, env=login("little")).stdout)
        assert any("streams are not looked for" in one for one in rows[0]["broker"]["rights_missing"])
        done = asyncwatch("plan", tmp_path / "document.yaml", "--rights", "nats", env=login("little"))
        assert '"$JS.API.CONSUMER.CREATE.*.*"' in done.stdout
