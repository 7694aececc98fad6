"""Check and replay write every occurrence: they wait for a file that is slow, and not for one that is full."""

from __future__ import annotations

import asyncio
import json
import os
import threading
import time

import pytest

from asyncwatch.cli.main import main
from asyncwatch.ledger.servers import ServerRecord
from asyncwatch.model.errors import EndOfStream
from asyncwatch.outlets.base import OutletStatistics
from asyncwatch.outlets.findings import FindingsOutlet
from asyncwatch.outlets.findings import outlet as findings_outlet
from asyncwatch.pipeline.room import Room
from asyncwatch.pipeline.runner import Runner
from asyncwatch.taps.base import Start, TapStatistics
from engine import BASE_NS, KEY_HASH, judge, kafka_document
from unit.tracing.build import BREAKS_SCHEMA, make_batch, make_route, observe

DOCUMENT = kafka_document("""
  orders:
    address: orders
    messages:
      Order: {payload: {type: object, required: [id], properties: {id: {type: integer}}}}
""")


def broken_lines(count: int) -> list[bytes]:
    return [
        b'{"address":"orders","partition":0,"offset":%d,"payload":"{\\"id\\":\\"x\\"}"}\n' % number
        for number in range(count)
    ]


def replay(folder, count: int, findings: str, capsys, code: int = 1) -> str:
    (folder / "orders.yaml").write_text(DOCUMENT)
    (folder / "orders.jsonl").write_bytes(b"".join(broken_lines(count)))
    with pytest.raises(SystemExit) as end:
        main(
            [
                "replay",
                str(folder / "orders.yaml"),
                str(folder / "orders.jsonl"),
                "--findings",
                findings,
                "-o",
                str(folder / "r"),
            ]
        )
    assert end.value.code == code
    return capsys.readouterr().err


@pytest.mark.slow
def test_a_replay_of_more_than_the_outlet_holds_has_a_line_for_each_message(tmp_path, capsys):
    told = replay(tmp_path, 150_000, str(tmp_path / "findings.jsonl"), capsys)
    with (tmp_path / "findings.jsonl").open() as file:
        assert [json.loads(line)["offset"] for line in file] == list(range(150_000))
    assert told == ""


@pytest.mark.slow
def test_a_replay_onto_a_full_disk_ends_in_time_and_says_so(tmp_path, capsys):
    began_s = time.monotonic()
    told = replay(tmp_path, 150_000, "/dev/full", capsys)
    assert time.monotonic() - began_s < 30
    assert "150000 of 150000 findings were not delivered" in told
    assert "No space left on device" in told
    assert len(told.splitlines()) == 1


def test_a_slow_reader_of_a_pipe_gets_every_line(tmp_path, monkeypatch):
    monkeypatch.setattr(findings_outlet, "MAX_LINES", 500)
    path = tmp_path / "pipe"
    os.mkfifo(path)
    received = []

    def read() -> None:
        with path.open("rb") as end:
            for line in end:
                received.append(json.loads(line)["offset"])
                if len(received) % 1000 == 0:
                    time.sleep(0.02)

    reader = threading.Thread(target=read)
    reader.start()
    outlet = FindingsOutlet(str(path), None, KEY_HASH, retry_s=0.01)
    judge(DOCUMENT, broken_lines(5_000), outlets=[outlet])
    reader.join(10)
    assert received == list(range(5_000))
    assert outlet.statistics().dropped == 0


class Stuck:
    """An outlet that is full for good."""

    def __init__(self) -> None:
        self.delivered = 0

    def statistics(self) -> OutletStatistics:
        return OutletStatistics(
            "stuck", "finding", "queueing", 100, self.delivered, 0, 100 - self.delivered, 100, full=True
        )


async def test_who_takes_nothing_is_given_up_until_it_takes_something_again():
    outlet = Stuck()
    room = Room([outlet], stall_s=0.05)
    clock = asyncio.get_running_loop().time
    for delivered, waits in ((0, True), (0, False), (1, True), (1, False)):
        outlet.delivered = delivered
        began_s = clock()
        await room.wait()
        assert (clock() - began_s >= 0.05) is waits
    began_s = clock()
    await room.emptied()
    assert clock() - began_s < 0.05


class Endless:
    """A tap that has broken messages at once, as many as anybody reads."""

    def __init__(self, rounds: int) -> None:
        self.rounds = rounds

    async def connect(self) -> None: ...

    async def follow(self, wanted, start) -> None: ...

    async def close(self) -> None: ...

    async def read(self):
        if not self.rounds:
            raise EndOfStream
        self.rounds -= 1
        return [make_batch([[]] * 800)]

    def statistics(self) -> TapStatistics:
        return TapStatistics()


@pytest.mark.parametrize("waits", [True, False], ids=["check", "run"])
async def test_a_check_reads_later_where_a_run_drops(tmp_path, monkeypatch, waits):
    monkeypatch.setattr(findings_outlet, "MAX_LINES", 400)
    path = tmp_path / "findings.jsonl"
    outlet = FindingsOutlet(str(path), None if waits else 10**9, KEY_HASH)
    write = outlet._file.write
    monkeypatch.setattr(outlet._file, "write", lambda lines: (time.sleep(0.1), write(lines))[1])  # a slow disk
    route = make_route()

    def take(batch) -> None:
        obs = observe(batch, route)
        obs.faults = [(row, BREAKS_SCHEMA) for row in range(len(batch))]
        outlet.offer(obs)

    record = ServerRecord("s", "s", "kafka", "s:1", [], BASE_NS)
    runner = Runner(Endless(20), record, [], Start(), take, "nothing", Room([outlet]) if waits else None)
    running = asyncio.create_task(outlet.run())
    await runner.run()
    assert await outlet.drain(5) == 0
    running.cancel()
    await asyncio.wait([running])
    seen = outlet.statistics()
    assert seen.offered == seen.delivered + seen.dropped == 16_000
    assert (seen.dropped == 0) is waits
    assert len(path.read_bytes().splitlines()) == seen.delivered
