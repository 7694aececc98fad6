"""The listener for probes and scrapes: no token, no values, no keys.

Rule 1: a broker's trouble takes no pod out: readiness asks for the taps only where the prober does.
Rule 2: a scrape is made in pieces between the batches; requests that come meanwhile share it.
Source: interfaces.md §7.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from itertools import chain
from typing import Final, Literal, TypeAlias

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

from asyncwatch.config.otel_metrics import ExemplarFilter
from asyncwatch.model.report import ServerRow
from asyncwatch.serve.exposition import CONTENT_TYPES, Exposition, Form, chosen_form
from asyncwatch.telemetry.measuring.walk import Measure

Phase: TypeAlias = Literal["starting", "running", "stopping"]

_HOLD_S: Final = 0.005
"""How long the event loop is held at once."""
_GZIP_LEVEL: Final = 1
_GZIP_FRAME: Final = 31
"""zlib's word for the window with a gzip header."""
_NOT: Final = frozenset({"0", "false", "no"})


class Health:
    """What probes ask for; `phase` is moved by who runs the service."""

    def __init__(self, servers: Callable[[], Iterable[ServerRow]]) -> None:
        self._servers = servers
        self.phase: Phase = "starting"

    def answer(self, *, taps: bool) -> tuple[int, dict[str, object]]:
        """Give status code and body of a readiness probe."""
        body: dict[str, object] = {"status": self.phase}
        is_ready = self.phase == "running"
        if taps:
            missing = [
                {"server": row.server, "state": row.state} for row in self._servers() if row.state != "connected"
            ]  # fmt: skip
            body["missing"] = missing
            is_ready = is_ready and not missing
        return 200 if is_ready else 503, body


class Scrapes:
    """Makes expositions: one at a time of each form, shared by all who ask meanwhile."""

    def __init__(self, measure: Measure, resource: Mapping[str, str], exemplars: ExemplarFilter) -> None:
        self._measure = measure
        self._resource = resource
        self._exemplars: ExemplarFilter = exemplars
        self._making: dict[Form, asyncio.Task[list[bytes]]] = {}

    async def scrape(self, form: Form) -> list[bytes]:
        """Give the metrics as they are now, or as they are about to be for somebody else."""
        task = self._making.get(form)
        if task is None:
            task = self._making[form] = asyncio.create_task(self._make(form))
            task.add_done_callback(lambda _: self._making.pop(form, None))
        return await asyncio.shield(task)

    async def _make(self, form: Form) -> list[bytes]:
        exposition = Exposition(form, self._resource, self._exemplars)
        clock = asyncio.get_running_loop().time
        until_s = clock() + _HOLD_S
        for points in self._measure():
            for point in chain(points, (None,)):  # a piece without points has taken its time too
                if point is not None:
                    exposition.add(point)
                if clock() >= until_s:
                    await asyncio.sleep(0)
                    until_s = clock() + _HOLD_S
        parts: list[bytes] = []
        for part in exposition.parts():
            parts.append(part)
            await asyncio.sleep(0)
        return parts


def build_health(health: Health, scrapes: Scrapes | None) -> ASGIApp:
    """Build the application; without scrapes it has no metrics."""

    async def live(request: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def ready(request: Request) -> Response:
        asked = request.query_params.get("taps")
        status, body = health.answer(taps=asked is not None and asked.lower() not in _NOT)
        return Response(msgspec.json.encode(body) + b"\n", status_code=status, media_type="application/json")

    async def metrics(request: Request) -> Response:
        assert scrapes is not None  # else there is no such route
        form = chosen_form(request.headers.get("accept", ""))
        parts = await scrapes.scrape(form)
        headers = {"content-type": CONTENT_TYPES[form], "vary": "Accept, Accept-Encoding"}
        if "gzip" in request.headers.get("accept-encoding", ""):
            parts = await asyncio.to_thread(_compressed, parts)
            headers["content-encoding"] = "gzip"
        headers["content-length"] = str(sum(map(len, parts)))
        return StreamingResponse(_each(parts), headers=headers)

    routes = [Route("/healthz", live), Route("/readyz", ready)]
    return Starlette(routes=routes if scrapes is None else [*routes, Route("/metrics", metrics)])


async def _each(parts: list[bytes]) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


def _compressed(parts: list[bytes]) -> list[bytes]:
    packer = zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP_FRAME)
    return [*(packer.compress(part) for part in parts), packer.flush()]
