"""One worker as its parent has it: started, heard, started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Callable
from typing import Final

import msgspec

from asyncwatch.model.errors import Disconnected, Misconfigured, MisconfiguredAll
from asyncwatch.pipeline.workers.frames import (
    ANSWER,
    BEAT,
    END,
    FAILED,
    QUESTION,
    READY,
    SETUP,
    STOP,
    Answer,
    Beat,
    End,
    Fault,
    Question,
    read,
    write,
)

_BEATS: Final = msgspec.msgpack.Decoder(Beat)
_GONE_S: Final = 1.0
_ANSWER_S: Final = 3.0
_MOST_QUESTIONS: Final = 100


class WorkerProcess:
    """A process that was started once.

    `program`: the module that the interpreter runs. `setup`: what it is told first. `findings`: the pipe it writes
    findings into, closed here once it is handed on.
    """

    def __init__(self, program: str, setup: object, on_beat: Callable[[Beat], None], findings: int | None) -> None:
        self._program = program
        self._setup = setup
        self._on_beat = on_beat
        self._findings = findings
        self._process: asyncio.subprocess.Process | None = None
        self._writer: asyncio.StreamWriter | None = None
        self.ready: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once it is built; MisconfiguredAll when that is not possible."""
        self._asked: dict[int, asyncio.Future[Answer | None]] = {}
        self._questions = 0
        self.end: End | None = None
        """Its last words, if it came to say them."""

    async def run(self) -> str:
        """Start it and hear it until it is gone; say how it ended."""
        ours, theirs = socket.socketpair()
        kept = [theirs.fileno(), *([] if self._findings is None else [self._findings])]
        try:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-m", self._program, str(theirs.fileno()),
                stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.DEVNULL, pass_fds=kept,
                start_new_session=True,  # a Ctrl-C is the parent's to hear
            )  # fmt: skip
        finally:
            theirs.close()
            if self._findings is not None:
                os.close(self._findings)
        reader, self._writer = await asyncio.open_unix_connection(sock=ours)
        try:
            write(self._writer, SETUP, self._setup)
            while True:
                self._take(*await read(reader))
        except Disconnected:
            pass
        finally:
            for asked in self._asked.values():
                if not asked.done():
                    asked.set_result(None)
            self._writer.close()
            await self._gone()
        how = _how(self._process.returncode)
        if not self.ready.done():
            self.ready.set_exception(Misconfigured(f"a worker could not be started: {how}"))
        return how

    def _take(self, kind: bytes, body: bytes) -> None:
        if kind == BEAT:
            self._on_beat(_BEATS.decode(body))
        elif kind == ANSWER:
            answer = msgspec.msgpack.decode(body, type=Answer)
            asked = self._asked.get(answer.number)
            if asked is not None and not asked.done():
                asked.set_result(answer)
        elif kind == END:
            self.end = msgspec.msgpack.decode(body, type=End)
        elif self.ready.done():
            return
        elif kind == READY:
            self.ready.set_result(None)
        elif kind == FAILED:
            faults = msgspec.msgpack.decode(body, type=list[Fault])
            self.ready.set_exception(
                MisconfiguredAll([Misconfigured(one.message, detail=one.detail, hint=one.hint) for one in faults])
            )

    async def _gone(self) -> None:
        assert self._process is not None  # it was started
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_GONE_S):
                await self._process.wait()
                return
        self.kill()
        await self._process.wait()

    async def ask(self, *, fingerprint: str | None = None, trace_id: str | None = None) -> Answer | None:
        """Ask what lies in its memory; None when it does not answer in time."""
        if self._writer is None or self._writer.is_closing() or len(self._asked) >= _MOST_QUESTIONS:
            return None
        self._questions += 1
        number = self._questions
        asked = self._asked[number] = asyncio.get_running_loop().create_future()
        write(self._writer, QUESTION, Question(number, fingerprint, trace_id))
        try:
            async with asyncio.timeout(_ANSWER_S):
                answer: Answer | None = await asked
                return answer
        except TimeoutError:
            return None
        finally:
            del self._asked[number]

    def ask_to_stop(self) -> None:
        """Ask it to end as a run ends; it says its last words."""
        if self._writer is not None and not self._writer.is_closing():
            write(self._writer, STOP)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None and self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()


def _how(code: int | None) -> str:
    if code is None or code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
