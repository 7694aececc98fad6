"""Files and pipes as lines: cancelled, cut anywhere, blocked, gone."""

from __future__ import annotations

import asyncio
import io
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import Disconnected, EndOfStream, Misconfigured
from asyncwatch.taps.base import Filter, Start
from asyncwatch.taps.capture import SPEC, CaptureTap
from asyncwatch.taps.capture.source import FileSource

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Orders, version: 2.1.0}
defaultContentType: application/json
servers:
  production: {host: '127.0.0.1:9', protocol: kafka}
channels:
  orders:
    address: orders
    messages: {Order: {payload: {type: object}}}
"""


def line(number: int) -> bytes:
    return b'{"address":"orders","partition":0,"offset":%d,"payload":"{}"}\n' % number


async def lines_of(source: FileSource) -> list[tuple[str, int, bytes | None]]:
    await source.open()
    found = []
    async with asyncio.timeout(20):
        while given := await source.lines():
            found += given
    source.close()
    return found


async def opened(source: FileSource) -> CaptureTap:
    tap = CaptureTap(source, ["production"], lambda *_: None)
    await tap.connect()
    await tap.follow([Filter("orders", "orders")], Start())
    return tap


@pytest.fixture
def pipe():
    reading, writing = os.pipe()
    with open(reading, "rb") as stream, open(writing, "wb", buffering=0) as end:
        yield stream, end


async def test_files_are_read_one_after_another_with_numbers_of_their_own(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(line(0) + b"\n" + line(1)[:-1])
    second.write_bytes(line(2))
    assert await lines_of(FileSource([str(first), str(second)])) == [
        (str(first), 1, line(0)), (str(first), 2, b"\n"), (str(first), 3, line(1)[:-1]), (str(second), 1, line(2)),
    ]  # fmt: skip


async def test_the_first_line_is_given_again_with_the_others(tmp_path, pipe):
    stream, end = pipe
    end.write(line(0) + line(1))
    end.close()
    source = FileSource(["-"], stream)
    assert await source.first_line(10) == line(0)[:10]
    assert [one for _, _, one in await lines_of(source)] == [line(0), line(1)]


async def test_of_a_pipe_what_is_there_is_given_at_once(pipe):
    stream, end = pipe
    tap = await opened(FileSource(["-"], stream))
    for number in range(3):
        end.write(line(number) + b'{"address":"or')
        [batch] = await asyncio.wait_for(tap.read(), 5)
        assert list(batch.positions) == [number]
        end.write(b'ders","bro\n')
    await tap.close()


async def test_a_cancelled_read_of_a_pipe_loses_and_repeats_nothing(pipe):
    stream, end = pipe
    tap = await opened(FileSource(["-"], stream))
    sent = b"".join(map(line, range(3_000)))

    def send() -> None:
        for start in range(0, len(sent), 997):
            end.write(sent[start : start + 997])
        end.close()

    sending = asyncio.create_task(asyncio.to_thread(send))
    positions: list[int] = []
    turns = 0
    ended = False
    while not ended:
        reading = asyncio.create_task(tap.read())
        for _ in range(turns % 9):
            await asyncio.sleep(0)
        reading.cancel()
        await asyncio.wait([reading])
        if not reading.cancelled():
            if isinstance(reading.exception(), EndOfStream):
                ended = True
            else:
                positions += [one for batch in reading.result() for one in batch.positions]
        turns += 1
    await sending
    await tap.close()
    assert positions == list(range(3_000))


async def test_a_named_pipe_waits_for_its_writer_and_is_read_once(tmp_path):
    path = str(tmp_path / "pipe")
    os.mkfifo(path)
    source = FileSource([path])
    await source.open()
    reading = asyncio.create_task(lines_of(source))
    await asyncio.sleep(0.02)
    assert not reading.done()

    def write() -> None:
        with open(path, "wb") as end:
            end.write(line(0) + line(1))

    await asyncio.to_thread(write)
    assert [one for _, _, one in await reading] == [line(0), line(1)]


async def test_a_line_that_is_too_long_is_passed_over_with_its_number(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(line(0) + b"x" * 200 + b"\n" + line(1) + b"y" * 200)
    found = await lines_of(FileSource([str(path)], longest=100))
    assert [(number, one) for _, number, one in found] == [(1, line(0)), (2, None), (3, line(1)), (4, None)]


async def test_a_capture_that_was_closed_is_read_from_its_first_line_again(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"".join(map(line, range(900))) + b"no line\n")
    tap = await opened(FileSource([str(path)]))
    assert sum(map(len, await tap.read())) == 800
    await tap.close()
    await tap.connect()
    positions = [one for _ in range(2) for batch in await tap.read() for one in batch.positions]
    with pytest.raises(EndOfStream):
        await tap.read()
    assert positions == list(range(900))
    assert tap.statistics().missed == 1


@pytest.mark.parametrize("name", ["missing", "folder", "unreadable-parent/x"])
async def test_what_cannot_be_read_is_told_at_connect_with_server_and_name(tmp_path, name):
    (tmp_path / "folder").mkdir()
    tap = SPEC.open("production", ServerSettings(str(tmp_path / name), protocol="capture"), {})
    with pytest.raises(Misconfigured, match=f"server 'production': capture '.*{name}' cannot be read: "):
        await tap.connect()
    await tap.close()


async def test_a_file_that_goes_away_meanwhile_is_told_and_not_taken_for_the_end(tmp_path):
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(line(0))
    second.write_bytes(line(1))
    tap = await opened(FileSource([str(first), str(second)]))
    assert len(await tap.read()) == 1
    second.unlink()
    with pytest.raises(Disconnected, match="b' cannot be read to its end"):
        await tap.read()
    await tap.close()


async def test_a_stream_without_a_file_is_read_too():
    found = await lines_of(FileSource(["-"], io.BytesIO(line(0) + line(1))))
    assert found == [("standard input", 1, line(0)), ("standard input", 2, line(1))]


@pytest.mark.parametrize("begun", [b"", line(0) + b'{"addr'])
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -signal.SIGTERM)])
def test_a_blocked_standard_input_does_not_hold_up_the_end(tmp_path, begun, number, code):
    (tmp_path / "orders.yaml").write_text(DOCUMENT)
    findings = tmp_path / "findings.jsonl"
    command = [sys.executable, "-m", "asyncwatch", "replay", "orders.yaml", "-", "--findings", str(findings)]
    process = subprocess.Popen(
        command, cwd=tmp_path, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stdin is not None
    assert process.stderr is not None
    try:
        process.stdin.write(begun)
        process.stdin.flush()
        until(lambda: is_waiting(process.pid) and (not begun or findings.exists()))
        began_s = time.monotonic()
        process.send_signal(number)
        assert process.wait(10) == code
        assert time.monotonic() - began_s < 3
        assert b"Traceback" not in process.stderr.read()
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stderr.close()


def is_waiting(pid: int) -> bool:
    """Tell whether a process's event loop waits for its standard input."""
    folder = Path(f"/proc/{pid}/fdinfo")
    try:
        return any(re.search(r"^tfd: +0 ", one.read_text(), re.MULTILINE) for one in folder.iterdir())
    except OSError:
        return False


def until(condition, most_s: float = 15.0) -> None:
    end_s = time.monotonic() + most_s
    while not condition():
        assert time.monotonic() < end_s
        time.sleep(0.01)
