"""The API over a real socket: who is let in, what the stream gives, what a slow reader gets."""

import asyncio

import jsonpatch
import pytest

from asyncwatch.config.listen_environment import is_loopback
from asyncwatch.config.secret import Secret
from asyncwatch.model.errors import Misconfigured
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.listener import open_socket
from unit.serve.serving import Pictures, events, served


async def test_a_snapshot_is_the_report_and_its_view():
    async with served() as (client, _, _):
        answer = await client.get("/api/v1/snapshot")
    assert answer.status_code == 200
    found = answer.json()
    assert found["channels"][0]["channel"] == "orders"
    assert found["lag"] is None
    assert len(found["view"]["channels"]) == 1


@pytest.mark.parametrize(
    ("header", "status"), [(None, 401), ("Bearer wrong", 401), ("Basic secret", 401), ("Bearer secret", 200)]
)
async def test_a_token_is_asked_for_where_there_is_one(header, status):
    async with served(Secret("secret")) as (client, _, _):
        answer = await client.get("/api/v1/snapshot", headers={"Authorization": header} if header else {})
    assert answer.status_code == status
    if status == 401:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"
        assert "secret" not in answer.text


@pytest.mark.parametrize(
    ("host", "status"),
    [("attacker.example:80", 403), ("localhost:1", 200), ("127.0.0.1", 200), ("[::1]:7464", 200), ("", 403)],
)
async def test_without_a_token_only_loopback_names_are_answered(host, status):
    async with served() as (client, _, _):
        assert (await client.get("/api/v1/snapshot", headers={"Host": host})).status_code == status


async def test_unknown_addresses_and_verbs_are_problems():
    async with served() as (client, _, _):
        missing = await client.get("/api/v1/nothing")
        wrong = await client.post("/api/v1/snapshot")
    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert missing.json()["title"] == "Not Found"


async def test_the_stream_gives_a_snapshot_and_then_patches_that_lead_to_the_present():
    async with served() as (client, broadcast, pictures):
        (_, first, document), *changes = await events(client, 3)
    assert first == "snapshot"
    for _, name, patch in changes:
        assert name == "change"
        before = document
        document = jsonpatch.apply_patch(document, patch)
        assert document["sidecar"]["behind_seconds"] > before["sidecar"]["behind_seconds"]


async def test_nothing_is_made_while_nobody_reads():
    async with served() as (_, _, pictures):
        await asyncio.sleep(0.05)
        assert pictures.looks == 0


async def test_a_reader_that_stalls_gets_a_new_snapshot_and_holds_nobody_up():
    pictures = Pictures()
    broadcast = Broadcast(pictures)
    slow, quick = broadcast.read(), broadcast.read()
    assert await anext(slow) == await anext(quick) == b"retry: 1000\n\n"
    slow_task, quick_task = asyncio.create_task(anext(slow)), asyncio.create_task(anext(quick))
    await asyncio.sleep(0)
    broadcast.beat()
    assert (await slow_task).split(b"\n")[1] == (await quick_task).split(b"\n")[1] == b"event: snapshot"
    for _ in range(10):
        broadcast.beat()
        assert (await anext(quick)).split(b"\n")[1] == b"event: change"
    broadcast.beat()
    names = []
    while True:
        try:
            async with asyncio.timeout(0.05):
                names.append((await anext(slow)).split(b"\n")[1])
        except TimeoutError:
            break
    assert b"event: snapshot" in names
    assert len(names) <= 5
    await quick.aclose()


def test_a_taken_port_is_told():
    with open_socket("127.0.0.1", 0) as taken, pytest.raises(Misconfigured, match="cannot listen"):
        open_socket("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.8.8", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("10.0.0.1", False),
        ("example.org", False),
    ],
)
def test_loopback_is_told_from_other_addresses(host, loopback):
    assert is_loopback(host) is loopback
