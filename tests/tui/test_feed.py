"""The feed against a real server on this machine."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import jsonpatch
import msgspec
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse, PlainTextResponse, StreamingResponse
from starlette.routing import Route

from asyncwatch_tui.app import Dashboard
from asyncwatch_tui.feed import FIRST_WAIT_S, LEAST_BETWEEN_S, Feed, SidecarLost, SnapshotArrived

TOKEN = "a-token-of-this-test"


class Sidecar:
    """A stream that says what a test wants it to say."""

    def __init__(self, port=0):
        self.script = asyncio.Queue()
        self.tokens = []
        self.connections = 0
        self.answer = None
        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"

    async def stream(self, request):
        self.connections += 1
        self.tokens.append(request.headers.get("authorization"))
        if self.answer is not None:
            return self.answer
        return StreamingResponse(self.chunks(), media_type="text/event-stream")

    async def chunks(self):
        while (text := await self.script.get()) is not None:
            yield text

    def say(self, event, value):
        self.script.put_nowait(f"event: {event}\ndata: {msgspec.json.encode(value).decode()}\n\n")

    @contextlib.asynccontextmanager
    async def running(self):
        app = Starlette(routes=[Route("/api/v1/stream", self.stream)])
        config = uvicorn.Config(app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1, ws="none")
        server = uvicorn.Server(config)
        server.install_signal_handlers = lambda: None
        task = asyncio.create_task(server.serve(sockets=[self.socket]))
        try:
            yield self
        finally:
            self.script.put_nowait(None)
            server.should_exit = True
            await task
            self.socket.close()


class Inbox:
    def __init__(self):
        self.messages = []
        self._more = asyncio.Event()

    def __call__(self, message):
        self.messages.append(message)
        self._more.set()

    def of(self, kind):
        return [message for message in self.messages if isinstance(message, kind)]

    async def wait_for(self, fits):
        async with asyncio.timeout(10):
            while not fits():
                self._more.clear()
                await self._more.wait()


@contextlib.asynccontextmanager
async def following(url, inbox, **options):
    task = asyncio.create_task(Feed(url, TOKEN, inbox, **options).run())
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def test_a_snapshot_and_its_changes_arrive_in_order(story):
    first = msgspec.to_builtins(story.running())
    second = msgspec.to_builtins(story.running())
    second["messages"]["total"] += 5
    second["view"]["rate"] = 7.5
    del second["channels"][3], second["view"]["channels"][3]
    inbox = Inbox()
    async with Sidecar().running() as sidecar, following(sidecar.url, inbox):
        sidecar.say("hello", {"unknown": "events are left alone"})
        sidecar.say("snapshot", first)
        await inbox.wait_for(lambda: inbox.of(SnapshotArrived))
        sidecar.say("finding", {"rule": "payload.schema"})
        patch = jsonpatch.make_patch(first["messages"], second["messages"]).patch
        operations = [{**operation, "path": f"/messages{operation['path']}"} for operation in patch]
        operations += [
            {"op": "replace", "path": "/view/rate", "value": 7.5},
            {"op": "remove", "path": "/channels/3"},
            {"op": "remove", "path": "/view/channels/3"},
        ]
        sidecar.say("change", operations)
        await inbox.wait_for(lambda: len(inbox.of(SnapshotArrived)) == 2)
        assert msgspec.to_builtins(inbox.of(SnapshotArrived)[0].snapshot) == first
        assert msgspec.to_builtins(inbox.of(SnapshotArrived)[1].snapshot) == second
        assert sidecar.tokens == [f"Bearer {TOKEN}"]


async def test_the_application_shows_what_the_feed_brings_and_says_when_it_ends(story):
    async with Sidecar().running() as sidecar:
        app = Dashboard(sidecar.url, TOKEN)
        async with app.run_test(size=(80, 24)) as pilot:
            sidecar.say("snapshot", msgspec.to_builtins(story.running()))
            async with asyncio.timeout(10):
                while app.situation().shown is None:
                    await pilot.pause()
            assert app.situation().shown.messages.total == story.running().messages.total
            sidecar.script.put_nowait(None)
            async with asyncio.timeout(10):
                while app.situation().loss is None:
                    await pilot.pause()
            assert app.situation().loss.error == "the sidecar ended the stream"


async def test_many_changes_become_few_pictures_and_the_last_one_wins(story):
    inbox = Inbox()
    async with Sidecar().running() as sidecar, following(sidecar.url, inbox):
        sidecar.say("snapshot", msgspec.to_builtins(story.waiting()))
        for number in range(500):
            sidecar.say("change", [{"op": "replace", "path": "/view/rate", "value": float(number)}])
        await inbox.wait_for(lambda: inbox.messages and inbox.messages[-1].snapshot.view.rate == 499.0)
    arrived = [message.arrived_s for message in inbox.of(SnapshotArrived)]
    assert len(arrived) < 20
    assert all(later - earlier > LEAST_BETWEEN_S * 0.9 for earlier, later in zip(arrived, arrived[1:], strict=False))


async def test_when_the_sidecar_ends_it_is_told_and_tried_again_until_it_is_back(story):
    inbox = Inbox()
    first = Sidecar()
    async with following(first.url, inbox):
        await inbox.wait_for(lambda: inbox.of(SidecarLost))
        async with first.running():
            first.say("snapshot", msgspec.to_builtins(story.waiting()))
            await inbox.wait_for(lambda: inbox.of(SnapshotArrived))
            before = len(inbox.of(SidecarLost))
        await inbox.wait_for(lambda: len(inbox.of(SidecarLost)) > before)
        assert inbox.of(SidecarLost)[before].wait_s == FIRST_WAIT_S
        async with Sidecar(first.port).running() as second:
            second.say("snapshot", msgspec.to_builtins(story.running()))
            await inbox.wait_for(lambda: len(inbox.of(SnapshotArrived)) == 2)


async def test_waits_grow_to_a_bound_while_nobody_answers(monkeypatch):
    waits = []

    async def no_time(seconds):
        waits.append(seconds)
        if len(waits) == 8:
            raise asyncio.CancelledError

    unused = Sidecar()
    unused.socket.close()
    inbox = Inbox()
    feed = Feed(unused.url, None, inbox)
    monkeypatch.setattr("asyncwatch_tui.feed.asyncio.sleep", no_time)
    with pytest.raises(asyncio.CancelledError):
        await feed.run()
    assert waits == [0.25, 0.5, 1.0, 2.0, 4.0, 5.0, 5.0, 5.0]
    assert {message.error for message in inbox.messages} == {"nobody answers there"}


async def test_a_change_that_does_not_fit_leads_to_a_new_snapshot(story):
    inbox = Inbox()
    async with Sidecar().running() as sidecar, following(sidecar.url, inbox):
        sidecar.say("snapshot", msgspec.to_builtins(story.waiting()))
        await inbox.wait_for(lambda: inbox.of(SnapshotArrived))
        sidecar.say("change", [{"op": "replace", "path": "/no/such/place", "value": 1}])
        await inbox.wait_for(lambda: inbox.of(SidecarLost))
        sidecar.say("snapshot", msgspec.to_builtins(story.running()))
        await inbox.wait_for(lambda: len(inbox.of(SnapshotArrived)) == 2)
        assert sidecar.connections == 2


@pytest.mark.parametrize(
    ("answer", "error", "hint"),
    [
        (PlainTextResponse("no", 401), "the sidecar refuses the token (401)", "token"),
        (PlainTextResponse("no", 404), "the answer was 404", "--listen"),
        (JSONResponse({}), "what answers there is no sidecar", "--listen"),
    ],
)
async def test_another_answer_is_told_with_a_hint(answer, error, hint):
    inbox = Inbox()
    async with Sidecar().running() as sidecar:
        sidecar.answer = answer
        async with following(sidecar.url, inbox):
            await inbox.wait_for(lambda: inbox.of(SidecarLost))
    lost = inbox.of(SidecarLost)[0]
    assert lost.error == error
    assert hint in lost.hint
    assert TOKEN not in repr(vars(lost))


@pytest.mark.parametrize(
    "text",
    [
        "event: snapshot\ndata: {\n\n",
        f"event: snapshot\ndata: {'[' * 3_000}\n\n",
        'event: snapshot\ndata: {"a":1}\n\n',
        "x" * 5_000,
    ],
)
async def test_a_stream_that_is_none_of_ours_is_told(text):
    inbox = Inbox()
    async with Sidecar().running() as sidecar, following(sidecar.url, inbox, longest_bytes=4_096):
        sidecar.script.put_nowait(text)
        await inbox.wait_for(lambda: inbox.of(SidecarLost))
        assert inbox.of(SidecarLost)[0].error.startswith("the stream cannot be read")


async def test_an_address_that_is_none_is_told():
    inbox = Inbox()
    async with following("nonsense", inbox):
        await inbox.wait_for(lambda: inbox.of(SidecarLost))
    assert inbox.of(SidecarLost)[0].error == "this is no address"
