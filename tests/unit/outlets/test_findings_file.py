"""The findings file: golden lines, the cap, and disks that are full."""

from __future__ import annotations

import asyncio
import json
import os
import stat
from contextlib import asynccontextmanager, suppress

import pytest
from msgspec import structs

from asyncwatch.ledger.groups import FindingGroups
from asyncwatch.model.finding import Fault, Finding
from asyncwatch.model.occurrence import occurrence
from asyncwatch.outlets.findings import FindingsOutlet
from asyncwatch.outlets.findings import outlet as findings_outlet
from asyncwatch.outlets.findings.line_file import LineFile
from asyncwatch.outlets.findings.suppression import LineCap
from unit.tracing.build import BREAKS_SCHEMA, NOW_NS, SAMPLED, make_batch, make_candidate, make_route, observe

GAP = Finding(
    rule="sequence.lost", severity="error", summary="key #7c1e40: number 118 never came (waited 60 s)",
    server="production", channel="orderCreated", address="orders.created", time_ns=NOW_NS, partition=3, position=40,
    key_hash="7c1e401122334455",
)  # fmt: skip
KEYS = [
    "rule", "severity", "server", "channel", "address", "message", "group", "path", "schema_path", "keyword",
    "expected", "actual", "fingerprint", "summary", "id", "time", "partition", "offset", "trace_id", "key_hash",
]  # fmt: skip


BROKEN = structs.replace(BREAKS_SCHEMA, message="OrderCreated")
"""As the check of the contract says it: with the message it is about."""


def key_hash(key: bytes) -> str:
    return f"{len(key):016x}"


def broken(n: int = 1, *, route=None, observed_ns=None, **changes):
    headers = [[("traceparent", SAMPLED)]] * n
    obs = observe(make_batch(headers, observed_ns=observed_ns or [NOW_NS] * n, **changes), route or make_route())
    obs.faults = [(row, BROKEN) for row in range(n)]
    return obs


def counts_of(outlet: FindingsOutlet) -> tuple[int, int, int, int]:
    counts = outlet.statistics()
    assert counts.offered == counts.delivered + counts.dropped + counts.queued
    return counts.offered, counts.delivered, counts.dropped, counts.queued


def read(path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


@asynccontextmanager
async def running(outlet: FindingsOutlet):
    task = asyncio.create_task(outlet.run())
    try:
        yield task
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def until(condition, most_s: float = 5.0) -> None:
    async with asyncio.timeout(most_s):
        while not condition():
            await asyncio.sleep(0.005)


async def test_lines_are_written_as_promised(tmp_path):
    path = tmp_path / "findings.jsonl"
    outlet = FindingsOutlet(str(path), None, key_hash)
    outlet.offer(broken())
    outlet.announce([GAP])
    assert await outlet.drain(5) == 0
    assert counts_of(outlet) == (2, 2, 0, 0)
    assert path.read_text() == (
        '{"rule":"payload.schema","severity":"error","server":"production","channel":"orderCreated",'
        '"address":"orders.created","message":"OrderCreated","group":null,"path":"/amount",'
        '"schema_path":"#/properties/amount/type","keyword":"type","expected":"number","actual":"string",'
        '"fingerprint":"a88f2503b17c9b54","summary":"/amount is a string, number expected","id":"ece87a09ec681bbf",'
        '"time":"2027-01-15T08:00:00.123456Z","partition":3,"offset":41,'
        '"trace_id":"0af7651916cd43dd8448eb211c80319c","key_hash":"0000000000000003"}\n'
        '{"rule":"sequence.lost","severity":"error","server":"production","channel":"orderCreated",'
        '"address":"orders.created","message":null,"group":null,"path":null,"schema_path":null,"keyword":null,'
        '"expected":null,"actual":null,"fingerprint":"f965b2bfd46d4ca2",'
        '"summary":"key #7c1e40: number 118 never came (waited 60 s)","id":"5da32d02cdbd1631",'
        '"time":"2027-01-15T08:00:00.123456Z","partition":3,"offset":40,"trace_id":null,'
        '"key_hash":"7c1e401122334455"}\n'
    )
    assert [list(line) for line in read(path)] == [KEYS, KEYS]


async def test_nothing_found_is_an_empty_file(tmp_path):
    path = tmp_path / "findings.jsonl"
    path.write_text("from an earlier run\n")
    outlet = FindingsOutlet(str(path), None, key_hash)
    assert await outlet.drain(5) == 0
    assert path.read_text() == ""


async def test_a_file_can_be_continued(tmp_path):
    path = tmp_path / "findings.jsonl"
    path.write_text("{}\n")
    for _ in range(2):
        outlet = FindingsOutlet(str(path), None, key_hash, append=True)
        outlet.announce([GAP])
        await outlet.drain(5)
    assert len(read(path)) == 3


async def test_draining_twice_keeps_what_was_written(tmp_path):
    path = tmp_path / "findings.jsonl"
    outlet = FindingsOutlet(str(path), None, key_hash)
    for _ in range(2):
        outlet.announce([GAP])
        await outlet.drain(5)
    assert len(read(path)) == 2


async def test_standard_output_takes_lines_too(capfdbinary):
    outlet = FindingsOutlet("-", None, key_hash)
    outlet.announce([GAP])
    assert await outlet.drain(5) == 0
    assert json.loads(capfdbinary.readouterr().out)["rule"] == "sequence.lost"
    os.fstat(1)


async def test_run_writes_within_its_linger_time(tmp_path):
    path = tmp_path / "findings.jsonl"
    outlet = FindingsOutlet(str(path), None, key_hash, linger_s=0.01)
    async with running(outlet):
        await until(path.exists)
        outlet.offer(broken(5))
        await until(lambda: outlet.statistics().delivered == 5)
    assert len(read(path)) == 5


async def test_much_is_written_without_lingering(tmp_path):
    path = tmp_path / "findings.jsonl"
    outlet = FindingsOutlet(str(path), None, key_hash, linger_s=60.0)
    async with running(outlet):
        for _ in range(4):
            outlet.offer(broken(800))
        await until(lambda: outlet.statistics().delivered == 3200)
    assert len(read(path)) == 3200


async def test_without_a_cap_every_occurrence_is_written(tmp_path):
    path = tmp_path / "findings.jsonl"
    outlet = FindingsOutlet(str(path), None, key_hash)
    for _ in range(3):
        outlet.offer(broken(800))
    await outlet.drain(5)
    assert len(read(path)) == 2400


async def test_the_cap_counts_what_it_suppresses(tmp_path):
    path = tmp_path / "findings.jsonl"
    second = 1_000_000_000
    outlet = FindingsOutlet(str(path), 100, key_hash)
    obs = broken(250, observed_ns=[NOW_NS + row * 1000 for row in range(250)])
    obs.faults.append((0, Fault(rule="key.missing", severity="warning", summary="no key")))
    outlet.offer(obs)
    outlet.offer(broken(30, observed_ns=[NOW_NS + second] * 30))
    assert counts_of(outlet) == (281, 0, 0, 281)
    assert await outlet.drain(5) == 0
    assert counts_of(outlet) == (281, 281, 0, 0)
    assert outlet.statistics().suppressed == 150
    lines = read(path)
    assert len(lines) == 100 + 1 + 30 + 1
    assert lines[-1] == {
        "suppressed": 150, "rule": "payload.schema", "server": "production", "channel": "orderCreated",
        "address": "orders.created", "from": "2027-01-15T08:00:00.123556Z", "to": "2027-01-15T08:00:00.123705Z",
    }  # fmt: skip


async def test_announced_findings_are_capped_too(tmp_path):
    outlet = FindingsOutlet(str(tmp_path / "f"), 10, key_hash)
    outlet.announce([GAP] * 25)
    await outlet.drain(5)
    assert [line.get("suppressed") for line in read(tmp_path / "f")] == [None] * 10 + [15]


def test_the_cap_keeps_a_bounded_table(tmp_path):
    outlet = FindingsOutlet(str(tmp_path / "f"), 1, key_hash)
    for number in range(10_500):
        outlet.offer(broken(2, route=make_route(channels=(), candidates=(), address=f"a.{number}")))
    assert len(outlet._cap._causes) <= 10_000
    assert counts_of(outlet)[0] == 21_000


def test_idle_causes_are_forgotten():
    cap = LineCap(1)
    cap.admits(("s", "old", None, "r"), 0)
    cap.admits(("s", "new", None, "r"), 3600 * 10**9)
    assert list(cap.tell()) == []
    assert len(cap._causes) == 1


async def test_a_full_disk_stops_nothing_and_is_said_once():
    outlet = FindingsOutlet("/dev/full", None, key_hash, linger_s=0.01, retry_s=0.02, append=True)
    async with running(outlet) as task:
        outlet.offer(broken(5))
        await until(lambda: outlet.statistics().state == "down")
        outlet.offer(broken(5))
        assert not task.done()
        assert outlet.statistics().error == "findings file '/dev/full': No space left on device"
        assert counts_of(outlet) == (10, 0, 0, 10)
    assert await outlet.drain(0.5) == 10
    assert counts_of(outlet) == (10, 0, 0, 10)


async def test_a_folder_that_comes_later_gets_everything(tmp_path):
    path = tmp_path / "later" / "findings.jsonl"
    outlet = FindingsOutlet(str(path), None, key_hash, linger_s=0.01, retry_s=0.02)
    async with running(outlet):
        outlet.offer(broken(5))
        await until(lambda: outlet.statistics().state == "down")
        assert outlet.statistics().error == f"findings file '{path}': No such file or directory"
        path.parent.mkdir()
        await until(lambda: outlet.statistics().state == "ok")
        assert outlet.statistics().error is None
    assert len(read(path)) == 5


async def test_what_no_longer_fits_is_dropped_and_counted(monkeypatch):
    monkeypatch.setattr(findings_outlet, "MAX_LINES", 100)
    outlet = FindingsOutlet("/dev/full", 10, key_hash)
    for second in range(20):
        outlet.offer(broken(30, observed_ns=[NOW_NS + second * 10**9] * 30))
    assert counts_of(outlet) == (600, 0, 100, 500), "100 lines wait, 100 are dropped, 400 are still to be told"
    assert await outlet.drain(1) == 100
    assert counts_of(outlet) == (600, 0, 500, 100)


async def test_waiting_bytes_are_bounded(monkeypatch):
    monkeypatch.setattr(findings_outlet, "MAX_WAITING_BYTES", 10_000)
    outlet = FindingsOutlet("/dev/full", 1000, key_hash)
    outlet.offer(broken(100))
    offered, _, dropped, queued = counts_of(outlet)
    assert (offered, dropped + queued) == (100, 100)
    assert 10 < queued < 30
    assert outlet.statistics().full is None, "a run drops, it never waits"


async def test_without_a_cap_what_waits_is_bounded_too(monkeypatch):
    monkeypatch.setattr(findings_outlet, "MAX_WAITING_BYTES", 10_000)
    outlet = FindingsOutlet("/dev/full", None, key_hash)
    for _ in range(10):
        outlet.offer(broken(100))
    assert counts_of(outlet)[0] == 1000
    assert 100 < counts_of(outlet)[3] < 240
    assert outlet.statistics().full is True
    await outlet.drain(1)
    assert outlet.statistics().full is False, "down: nobody waits for a full disk"
    dropped = counts_of(outlet)[2]
    outlet.offer(broken(10))
    assert counts_of(outlet)[2] == dropped + 10


def test_a_line_that_got_half_way_is_gone_on_with(tmp_path, monkeypatch):
    path = tmp_path / "f"
    room = [7]

    def write(fd, data):
        if room[0] <= 0:
            raise OSError(28, "No space left on device")
        written = real(fd, bytes(data[: room[0]]))
        room[0] -= written
        return written

    real = os.write
    monkeypatch.setattr(os, "write", write)
    file = LineFile(str(path), append=False)
    done, stopped = file.write([b"one\n", b"two\n", b"three\n"])
    assert (done, stopped.strerror) == (1, "No space left on device")
    assert path.read_bytes() == b"one\ntwo"
    room[0] = 3
    assert file.write([b"two\n", b"three\n"])[0] == 1
    room[0] = 100
    assert file.write([b"three\n"]) == (1, None)
    assert path.read_bytes() == b"one\ntwo\nthree\n"
    file.close()


def test_in_a_new_file_a_begun_line_begins_again(tmp_path, monkeypatch):
    path = tmp_path / "f"

    def write(fd, data):
        if path.stat().st_size:
            raise OSError(28, "No space left on device")
        return real(fd, bytes(data[:2]))

    real = os.write
    monkeypatch.setattr(os, "write", write)
    file = LineFile(str(path), append=True)
    assert file.write([b"one\n"])[0] == 0
    assert path.read_bytes() == b"on"
    monkeypatch.undo()
    path.unlink()
    assert file.write([b"one\n"]) == (1, None)
    assert path.read_bytes() == b"one\n"
    file.close()


async def test_a_pipe_that_nobody_reads_stops_nothing(tmp_path):
    path = tmp_path / "pipe"
    os.mkfifo(path)
    outlet = FindingsOutlet(str(path), None, key_hash, append=True)
    outlet.offer(broken(1))
    assert await outlet.drain(2) == 1
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        outlet.offer(broken(800))
        assert await outlet.drain(2) > 0
        assert outlet.statistics().state == "queueing"
        received = b""
        async with asyncio.timeout(5):
            while outlet.statistics().queued:
                received += os.read(reader, 1 << 20)
                await outlet.drain(0.1)
        received += os.read(reader, 1 << 20)
    finally:
        os.close(reader)
    assert len(received.splitlines()) == 801
    assert all(json.loads(line) for line in received.splitlines())


async def test_cancelling_run_while_it_writes_loses_and_repeats_nothing(tmp_path):
    path = tmp_path / "f"
    outlet = FindingsOutlet(str(path), None, key_hash, linger_s=0.0)
    for part in range(20):
        outlet.offer(broken(200, positions=list(range(part * 200, part * 200 + 200))))
        async with running(outlet):
            await asyncio.sleep(0)
            await asyncio.sleep(0)
    assert await outlet.drain(5) == 0
    assert counts_of(outlet) == (4000, 4000, 0, 0)
    assert [line["offset"] for line in read(path)] == list(range(4000))


async def test_texts_without_utf8_are_still_json(tmp_path):
    path = tmp_path / "f"
    outlet = FindingsOutlet(str(path), None, key_hash)
    odd = {name: getattr(GAP, name) for name in GAP.__struct_fields__} | {"address": "a\ud800", "position": 2**70}
    outlet.announce([Finding(**odd)])
    await outlet.drain(5)
    (line,) = read(path)
    assert (line["address"], line["offset"]) == ("a\ud800", 2**70)


def test_the_file_is_not_executable_and_is_closed_on_exec(tmp_path):
    file = LineFile(str(tmp_path / "f"), append=False)
    file.write([b"x\n"])
    assert not os.get_inheritable(file._fd)
    assert not stat.S_IMODE((tmp_path / "f").stat().st_mode) & 0o133
    file.close()
    file.close()


def test_an_occurrence_names_the_channel_of_the_chosen_candidate_and_the_message_it_is_about():
    route = make_route(candidates=(make_candidate(), make_candidate("OrderPaid")), channels=("first", "orderCreated"))
    obs = broken(route=route, keys=[None])
    found = occurrence(obs, 0, BROKEN, key_hash)
    assert (found.channel, found.message, found.key_hash) == ("orderCreated", "OrderCreated", None)
    assert occurrence(obs, 0, BREAKS_SCHEMA, key_hash).message is None
    obs.message = [-1]
    assert occurrence(obs, 0, BROKEN, key_hash).channel == "first"


@pytest.mark.parametrize("message", ["OrderCreated", None])
def test_an_occurrence_has_the_fingerprint_of_its_group(message):
    obs = broken()
    fault = structs.replace(BREAKS_SCHEMA, message=message)
    obs.faults = [(0, fault)]
    groups = FindingGroups(key_hash)
    groups.take(obs)
    (row,) = groups.rows()
    assert occurrence(obs, 0, fault, key_hash).fingerprint == row.fingerprint


def test_an_occurrence_prefers_what_the_fault_says():
    fault = Fault(rule="sequence.gap", severity="warning", summary="s", message="Named", key_hash="f" * 16)
    found = occurrence(broken(), 0, fault, key_hash)
    assert (found.message, found.key_hash) == ("Named", "f" * 16)


def test_an_occurrence_shows_the_template_of_a_documented_address_only():
    batch = {"addresses": ["orders.jane"]}
    documented = occurrence(
        broken(route=make_route(address="orders.{who}", wildcard=True), **batch), 0, BREAKS_SCHEMA, key_hash
    )
    assert documented.address == "orders.{who}"
    other = occurrence(
        broken(route=make_route(address="_other", channels=(), candidates=()), **batch), 0, BREAKS_SCHEMA, key_hash
    )
    assert (other.address, other.channel) == ("orders.jane", None)


def test_an_occurrence_without_a_context_has_no_trace():
    obs = broken()
    obs.context = None
    assert occurrence(obs, 0, BREAKS_SCHEMA, key_hash).trace_id is None
    obs.context = [None]
    assert occurrence(obs, 0, BREAKS_SCHEMA, key_hash).trace_id is None
