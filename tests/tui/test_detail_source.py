"""Details of a finding over HTTP: what a sidecar may answer, and what is told when it does not."""

from __future__ import annotations

import asyncio
import contextlib
import time

import msgspec
import pytest

from asyncwatch_tui.detail_source import DetailFault, SidecarDetails


class Sidecar:
    """A real HTTP server that answers as it is told, and remembers the requests."""

    def __init__(self, body, status=200, slow=False):
        self.body, self.status, self.slow = body, status, slow
        self.requests = []
        self.answering = set()

    async def __aenter__(self):
        self.server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self.server.sockets[0].getsockname()[1]}/"
        return self

    async def __aexit__(self, *_):
        self.server.close()
        await asyncio.gather(*self.answering)
        await self.server.wait_closed()

    async def answer(self, reader, writer):
        self.answering.add(asyncio.current_task())
        self.requests.append((await reader.readuntil(b"\r\n\r\n")).decode())
        if not self.slow:
            head = (
                f"HTTP/1.1 {self.status} X\r\nContent-Length: {len(self.body)}\r\nLocation: http://127.0.0.1:1/\r\n\r\n"
            )
            writer.write(head.encode() + self.body)
        await reader.read()
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


@pytest.fixture
def detail(story):
    return story.detail(story.busy())


async def test_details_are_read_with_the_token_and_the_fingerprint_is_no_path(detail):
    async with Sidecar(msgspec.json.encode(detail)) as sidecar:
        source = SidecarDetails(sidecar.url, "s3cret")
        assert await source.get("a/../b?c") == detail
        assert sidecar.requests[0].startswith("GET /api/v1/findings/a%2F..%2Fb%3Fc HTTP/1.1\r\n")
        assert "authorization: bearer s3cret" in sidecar.requests[0].lower()


@pytest.mark.parametrize(
    ("body", "status", "told"),
    [
        (b"{}", 200, "cannot be read"),
        (b"[" * 100_000, 200, "cannot be read"),
        (b"\xff", 200, "cannot be read"),
        (b"", 404, "keeps no details"),
        (b"", 401, "the answer was 401"),
        (b"", 302, "the answer was 302"),
        (b" " * (4 * 1024 * 1024 + 1), 200, "too long"),
    ],
)
async def test_an_answer_that_is_of_no_use_is_told(body, status, told):
    async with Sidecar(body, status) as sidecar:
        with pytest.raises(DetailFault, match=told):
            await SidecarDetails(sidecar.url, None).get("f")
        assert len(sidecar.requests) == 1


async def test_nobody_there_or_no_answer_is_told(monkeypatch):
    with pytest.raises(DetailFault, match="does not answer"):
        await SidecarDetails("http://127.0.0.1:1", None).get("f")
    with pytest.raises(DetailFault, match="does not answer"):
        await SidecarDetails("nowhere", None).get("f")
    monkeypatch.setattr("asyncwatch_tui.detail_source._TIMEOUT_S", 0.1)
    async with Sidecar(b"", slow=True) as sidecar:
        before = time.monotonic()
        with pytest.raises(DetailFault, match="no answer in time"):
            await SidecarDetails(sidecar.url, None).get("f")
        assert time.monotonic() - before < 5
