"""The stream over a real socket: resuming, findings as events, bounds, and readers that take nothing."""

import asyncio
import contextlib
import json
import socket

import jsonpatch
import pytest

from asyncwatch.serve import broadcast as broadcasting
from asyncwatch.serve import connection
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.source import Source
from asyncwatch.serve.told_findings import MOST_AT_ONCE, ToldFindings
from engine import BASE_NS
from unit.serve.serving import Pictures, condition, events, served


async def test_a_reader_that_comes_back_goes_on_behind_the_last_event_it_had():
    async with served() as (client, broadcast, _):
        first = await events(client, 2)
        document = jsonpatch.apply_patch(first[0][2], first[1][2])
        broadcast.beat()
        broadcast.beat()
        (number, name, patch), *more = await events(client, 2, headers={"Last-Event-ID": first[1][0]})
    assert [name, *(one[1] for one in more)] == ["change", "change"]
    run, _, counted = number.partition("-")
    assert first[1][0] == f"{run}-{int(counted) - 1}"
    for one in (patch, more[0][2]):
        before = document["sidecar"]["behind_seconds"]
        document = jsonpatch.apply_patch(document, one)
        assert document["sidecar"]["behind_seconds"] == before + 1


@pytest.mark.parametrize("last", ["00000000-1", "nonsense", "-1", "", "{run}-999999", "{run}-1"])
async def test_an_id_of_another_run_or_of_events_that_are_gone_gets_a_snapshot(last, monkeypatch):
    monkeypatch.setattr(broadcasting, "_KEPT_EVENTS", 3)
    async with served() as (client, broadcast, _):
        first = await events(client, 2)
        for _ in range(5):
            broadcast.beat()
        run = first[1][0].partition("-")[0]
        ((_, name, _),) = await events(client, 1, headers={"Last-Event-ID": last.format(run=run)})
    assert name == "snapshot"


async def test_a_stream_ends_after_as_many_events_as_are_asked_for():
    async with served() as (client, _, _):
        answer = await client.get("/api/v1/stream?events=2")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.count("\nevent: ") + answer.text.startswith("event: ") == 2
    assert answer.text.startswith("retry: 1000\n\n")


async def test_a_question_for_the_head_of_the_stream_ends():
    async with served() as (client, _, _):
        answer = await client.head("/api/v1/stream")
    assert (answer.status_code, answer.content) == (200, b"")


async def open_stream(client):
    """Open a stream and wait until it speaks."""
    reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
    writer.write(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    await reader.readuntil(b"retry: 1000")
    return writer


async def test_streams_beyond_the_bound_are_told_to_come_later():
    pictures = Pictures()
    broadcast = Broadcast(pictures, most_readers=3)
    async with served(source=Source(snapshot=pictures), broadcast=broadcast) as (client, _, _):
        streams = [await open_stream(client) for _ in range(3)]
        answer = await client.get("/api/v1/stream")
        for writer in streams:
            writer.close()
        assert answer.status_code == 503
        assert answer.headers["content-type"] == "application/problem+json"
        assert int(answer.headers["retry-after"]) > 0
        await condition(lambda: broadcast.readers == 0)
        assert len(await events(client, 1)) == 1


async def test_connections_beyond_the_bound_are_told_so_and_closed(monkeypatch):
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 2)
    async with served() as (client, _, _):
        host, port = client.base_url.host, client.base_url.port
        idle = [await asyncio.open_connection(host, port) for _ in range(2)]
        reader, writer = await asyncio.open_connection(host, port)
        head, _, body = (await reader.read()).partition(b"\r\n\r\n")
        for one in (*(pair[1] for pair in idle), writer):
            one.close()
        assert head.startswith(b"HTTP/1.1 503 ")
        assert b"Retry-After" in head
        assert json.loads(body)["status"] == 503
        async with asyncio.timeout(5):
            while (await client.get("/api/v1/snapshot")).status_code != 200:
                await asyncio.sleep(0.02)


async def test_who_does_not_finish_a_question_is_cut(monkeypatch):
    monkeypatch.setattr(connection, "ASK_S", 0.1)
    async with served() as (client, _, _):
        for begun in (b"", b"GET /api/v1/snap", b"POST /api/v1/reload HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n{"):  # fmt: skip
            reader, writer = await asyncio.open_connection(client.base_url.host, client.base_url.port)
            writer.write(begun)
            async with asyncio.timeout(5):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
            writer.close()


async def test_a_reader_that_takes_nothing_is_cut_and_others_are_not_held_up(monkeypatch):
    monkeypatch.setattr(connection, "STALL_S", 0.3)
    pictures = Pictures()
    heavy = "x" * (4 << 20)

    def snapshot():
        found = pictures()
        found.view.command = f"{pictures.looks} {heavy}"
        return found

    broadcast = Broadcast(snapshot)
    async with served(source=Source(snapshot=snapshot), broadcast=broadcast) as (client, _, _):
        stalled = socket.socket()
        stalled.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        stalled.connect((client.base_url.host, client.base_url.port))
        stalled.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await condition(lambda: broadcast.readers == 1)
        quick = await events(client, 2)
        assert [name for _, name, _ in quick] == ["snapshot", "change"]
        await condition(lambda: broadcast.readers == 0)
        stalled.close()


async def test_a_quiet_stream_is_kept_alive(monkeypatch):
    monkeypatch.setattr(broadcasting, "_KEEP_ALIVE_S", 0.05)
    broadcast = Broadcast(Pictures())
    reader = broadcast.read()
    assert [await anext(reader) for _ in range(3)] == [b"retry: 1000\n\n", b": keep-alive\n\n", b": keep-alive\n\n"]
    await reader.aclose()


async def test_a_picture_that_breaks_is_told_once_and_the_stream_goes_on(monkeypatch, caplog):
    monkeypatch.setattr(broadcasting, "_PERIOD_S", 0.02)
    pictures, broken = Pictures(), [ZeroDivisionError()] * 3

    def snapshot():
        if broken:
            raise broken.pop()
        return pictures()

    broadcast = Broadcast(snapshot)
    task = asyncio.create_task(broadcast.run())
    reader = broadcast.read()
    await anext(reader)
    assert b"event: snapshot" in await anext(reader)
    await reader.aclose()
    task.cancel()
    assert [one.happening for one in caplog.records] == ["ApiBroke"]


def broken_messages(n):
    return {"address": "orders", "payload": "{}", "offset": n}


async def test_a_new_finding_is_an_event_of_its_own():
    pictures = Pictures()
    broadcast = Broadcast(pictures)
    reader = broadcast.read()
    await anext(reader)
    broadcast.beat()
    assert b"event: snapshot" in await anext(reader)
    pictures.pump.take(batch(b"{}"))
    broadcast.beat()
    change, finding = (await anext(reader)).split(b"\n\n")[:2]
    assert b"event: change" in change
    name, data = finding.split(b"\n")[1:3]
    found = json.loads(data.removeprefix(b"data: "))
    assert name == b"event: finding"
    assert (found["rule"], found["reason"], found["omitted"]) == ("payload.schema", "new", 0)
    pictures.pump.take(batch(b"{}"))
    broadcast.beat()
    assert b"event: finding" not in await anext(reader)
    await reader.aclose()


def batch(payload):
    from asyncwatch.model.batch import Batch

    return Batch(
        server="production", filter="orders", partition=0, addresses=None, payloads=[payload], headers=[[]],
        keys=[None], positions=[1], sent_ns=[None], time_source="none", observed_ns=[BASE_NS],
    )  # fmt: skip


def row(n, count=1, severity="error"):
    from asyncwatch.model.report import FindingRow, Place

    place = Place("", None, None, None, None)
    return FindingRow(
        "payload.schema", severity, "s", f"c{n}", None, None, None, None, None, None, None, None, count, f"{n:016x}",
        "summary", place, place,
    )  # fmt: skip


def told(findings, rows, now_s):
    return [(one["channel"], one["reason"], one["omitted"]) for one in map(json.loads, findings.look(rows, now_s))]


def test_groups_that_were_there_before_are_no_news_and_growing_ones_are_told_once():
    findings = ToldFindings()
    old, new = row(0), row(1)
    assert told(findings, [old], 0) == []
    assert told(findings, [old, new], 1) == [("c1", "new", 0)]
    assert told(findings, [old, row(1, 2)], 2) == []


def test_a_group_that_comes_back_after_a_minute_of_silence_is_told_again():
    findings = ToldFindings()
    told(findings, [row(0)], 0)
    assert told(findings, [row(0, 2)], 30) == []
    assert told(findings, [row(0, 3)], 91) == [("c0", "again", 0)]


def test_information_is_not_told_and_of_many_news_the_last_one_counts_the_rest():
    findings = ToldFindings()
    told(findings, [], 0)
    assert told(findings, [row(0, severity="info")], 1) == []
    many = told(findings, [row(0, severity="info"), *(row(n) for n in range(1, MOST_AT_ONCE + 8))], 2)
    assert len(many) == MOST_AT_ONCE
    assert [omitted for _, _, omitted in many] == [0] * (MOST_AT_ONCE - 1) + [7]
