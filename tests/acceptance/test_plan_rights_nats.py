"""The rights that `plan` prints for NATS: enough to see everything, and none too many."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from acceptance.commands import Ended, asyncwatch, check
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, ServerSettings
from asyncwatch.model.progress import Position
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.nats import SPEC, open_probe
from conformance.harness import exactly
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
  odd: {address: 'ODD', messages: {Event: {payload: {type: object}}}}
"""
ODD = 'odd."a\\b#c$d{'
"""A subject with every sign that a configuration could take for something else."""
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
                await publish(client, PLAIN, [Sent(b"{}")])
                await publish(client, ODD, [Sent(b"{}")])
                await asyncio.sleep(0.05)

        sending = asyncio.create_task(send())
        try:
            yield
        finally:
            over.set()
            await asyncio.wait_for(asyncio.gather(sending, return_exceptions=True), 10)


def described(server: NatsServer) -> str:
    return DOCUMENT.replace("BOOTSTRAP", server.bootstrap).replace("ODD", ODD)


def printed(folder: Path, server: NatsServer, *arguments: str) -> str:
    """Give the permissions that `plan` prints, as they stand behind a user."""
    (folder / "document.yaml").write_text(described(server))
    done = asyncwatch("plan", folder / "document.yaml", "--rights", "nats", *arguments, env=login("admin"))
    assert done.code == 0, done.stderr
    return done.stdout.partition("\npermissions: ")[2]


def subjects(permissions: str) -> list[str]:
    return [json.loads(f'"{one}"') for one in re.findall(r'^ +"(.+)",$', permissions, re.MULTILINE)]


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
        "messages": totals | {PLAIN: totals[PLAIN] > 0, ODD: totals[ODD] > 0},
        "lag": None
        if done.report["lag"] is None
        else {row["group"]: (row["messages"], row["seconds"] is not None) for row in done.report["lag"]},
        "missing": done.report["servers"][0]["rights_missing"],
    }


ALL = {
    "messages": {ORDERS: BACKLOG, JOBS: 3, PLAIN: True, ODD: True},
    "lag": {"billing": (BACKLOG, True)},
    "missing": [],
}
WHOLE = ("--since", "earliest", "--for", "4s")


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
        "$JS.API.CONSUMER.LIST.jobs", "$JS.API.STREAM.INFO.jobs", "$JS.API.STREAM.MSG.GET.jobs", "_INBOX.>", PLAIN, ODD,
    }  # fmt: skip
    less = {f"less{number}": subject for number, subject in enumerate(subjects(exact)) if subject != ODD}
    permissions = {user: without(exact, subject) for user, subject in less.items()}
    offline = printed(tmp_path, server, "--offline")
    with running(data, {**dict(zip(WITH_ALL, (exact, offline), strict=True)), **permissions}) as server:
        both, told = asyncio.run(observed(tmp_path, server, list(less)))
        assert [seen(done) for done in both] == [ALL, ALL], [done.stderr for done in both]
    for user, subject in less.items():
        one = told[user]
        assert one.times_known == (one.has_lag and "MSG.GET.orders" not in subject), subject
        assert bool(one.left) == ("CONSUMER.DELETE" in subject), subject
        if "MSG.GET.orders" not in subject and "CONSUMER.DELETE" not in subject:
            assert any(stem(subject) in right for right in one.missing), (subject, one)


def stem(subject: str) -> str:
    return "$JS.FC." if subject.startswith("$JS.FC.") else subject.rstrip("*>.")


@dataclass
class Told:
    """What tap and probe say of rights, whether the time of the first unread message was told, and consumers left."""

    missing: list[str]
    has_lag: bool
    times_known: bool
    left: list[str]


async def observed(folder: Path, server: NatsServer, users: list[str]) -> tuple[list[Ended], dict[str, Told]]:
    """Run `check` with all permissions, then tap and probe as each of the other users."""
    async with events(server):
        both = await asyncio.gather(*(asyncio.to_thread(checked, folder, server, user, *WHOLE) for user in WITH_ALL))
    return list(both), dict(zip(users, await asyncio.gather(*(told(server, user) for user in users)), strict=True))


async def told(server: NatsServer, user: str) -> Told:
    credentials = CredentialSettings("PLAIN", user, Secret(PASSWORDS["watch"]))
    settings = ServerSettings(server.bootstrap, protocol="nats", credentials=credentials)
    tap, probe = SPEC.open("production", settings, {}), open_probe("production", settings)
    wanted = [
        Filter(ORDERS, None, re.compile(r"orders\.[^.]+\.created"), template=ORDERS),
        exactly(JOBS),
        exactly(PLAIN),
    ]
    await tap.connect()
    await tap.follow(wanted, Start("earliest"))
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(2):
            while True:
                await tap.read()
    progress = await probe.poll(wanted)
    groups = progress.groups or []
    places = [Position(one.address, one.partition, one.committed or 0) for one in groups]
    times = await probe.times(places)
    statistics = tap.statistics()
    await tap.close()
    await probe.close()
    there = await consumers(server)
    left = [name for name in there if any(f" {name} " in one for one in statistics.creates)]
    missing = [*statistics.rights_missing, *progress.rights_missing]
    return Told(missing, bool(groups), bool(times) and None not in times, left)


def test_subscriptions_alone_take_nothing_but_their_subjects(tmp_path: Path):
    config = tmp_path / "asyncwatch.yaml"
    config.write_text("lag: {enabled: false}\nservers: {production: {nats: core}}\n")
    with running(tmp_path / "server", {}) as server:
        permissions = printed(tmp_path, server, "--config", str(config), "--offline")
    assert subjects(permissions) == ["orders.*.created", "jobs", PLAIN, ODD]
    assert 'publish: { deny: [">"] }' in permissions
    with running(tmp_path / "server", {"core": permissions}) as server:

        async def run() -> Ended:
            async with events(server):
                return await asyncio.to_thread(
                    checked, tmp_path, server, "core", "--for", "1s", "--config", str(config)
                )

        done = asyncio.run(run())
    assert seen(done)["messages"][PLAIN] is seen(done)["messages"][ODD] is True
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
            (ODD, None, "by subscription"),
        ]
        assert [len(row["creates"]) for row in rows] == [1, 0, 0, 0]
        assert asyncio.run(consumers(server)) == ["billing"]
        rows = json.loads(asyncwatch(*plan, env=login("little")).stdout)
        assert any("streams are not looked for" in one for one in rows[0]["broker"]["rights_missing"])
        done = asyncwatch("plan", tmp_path / "document.yaml", "--rights", "nats", env=login("little"))
        assert '"$JS.API.CONSUMER.CREATE.*.*"' in done.stdout
