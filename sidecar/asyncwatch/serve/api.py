"""The API's addresses and what each answers."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import aclosing
from http import HTTPStatus
from typing import Final

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp

from asyncwatch.config.secret import Secret
from asyncwatch.model.answers import DocumentPage, FindingPage, ProblemError, ReloadOutcome, TracePage
from asyncwatch.model.errors import MisconfiguredAll
from asyncwatch.model.report import FindingRow
from asyncwatch.model.rules import FAMILIES, RULES
from asyncwatch.model.view import FindingDetail, Snapshot
from asyncwatch.serve.broadcast import Broadcast
from asyncwatch.serve.endpoints import Endpoint, Parameter, Values, read_body
from asyncwatch.serve.guard import Guard
from asyncwatch.serve.openapi import openapi
from asyncwatch.serve.problems import Refusal, problem
from asyncwatch.serve.source import Source

_ROOT: Final = "/api/v1"
_DEFAULT_LIMIT: Final = 100
_SHARE: Final = 9
_LIMIT: Final = Parameter("limit", "how many at most; 100 if not given", least=1, most=1000)
_CHANNEL: Final = Parameter("channel", "a channel's id or address, exactly")
_RULE: Final = Parameter("rule", "a rule's id or family", words=(*FAMILIES, *RULES))
_CURSOR: Final = Parameter("cursor", "`next` of the page before", least=0, most=999_999_999)
_TRACE_ID: Final = Parameter("trace_id", "a trace id: 32 hex digits", r"[0-9a-f]{32}")
_FINGERPRINT: Final = Parameter("fingerprint", "a group's fingerprint: 16 hex digits", r"[0-9a-f]{16}", place="path")
_EVENTS: Final = Parameter("events", "end the stream after so many events", least=1, most=1_000_000)
_LAST_EVENT: Final = Parameter("Last-Event-ID", "go on behind this event, if it is still kept", place="header")


def build_api(source: Source, broadcast: Broadcast, token: Secret | None) -> ASGIApp:
    """Build the application. Without a token only requests that name a loopback host are answered."""
    answers = _Answers(source, broadcast)
    table = answers.table()
    answers.description = msgspec.json.encode(openapi(table, needs_token=token is not None))
    app = Starlette(routes=[one.route() for one in table], exception_handlers={HTTPException: _on_http_error})
    app.router.redirect_slashes = False
    return Guard(app, token)


async def _on_http_error(request: Request, error: Exception) -> Response:
    if not isinstance(error, HTTPException):
        return problem(HTTPStatus.INTERNAL_SERVER_ERROR)
    return problem(error.status_code, headers=error.headers)


class _Answers:
    """The answers, and the table that says which address gives which."""

    def __init__(self, source: Source, broadcast: Broadcast) -> None:
        self._source = source
        self._broadcast = broadcast
        self.description = b""
        """The OpenAPI document."""
        self._encoded = b""
        self._encoded_until_s = float("-inf")

    def table(self) -> list[Endpoint]:
        not_found, gone = HTTPStatus.NOT_FOUND, HTTPStatus.NOT_IMPLEMENTED
        return [
            Endpoint(
                "GET", f"{_ROOT}/snapshot", "snapshot", "the report by now, and what screens need beyond it",
                self.snapshot, Snapshot,
            ),
            Endpoint(
                "GET", f"{_ROOT}/stream", "stream",
                "server-sent events: snapshot, then change (JSON Patch) and finding (a group that opened or came back)",
                self.stream, None, (_EVENTS, _LAST_EVENT), (HTTPStatus.SERVICE_UNAVAILABLE,), "text/event-stream",
            ),
            Endpoint(
                "GET", f"{_ROOT}/findings", "findings", "finding groups, in the order in which they opened",
                self.findings, FindingPage, (_RULE, _CHANNEL, _LIMIT, _CURSOR),
            ),
            Endpoint(
                "GET", f"{_ROOT}/findings/{{fingerprint}}", "finding", "everything known about one finding group",
                self.finding, FindingDetail, (_FINGERPRINT,), (not_found,),
            ),
            Endpoint(
                "GET", f"{_ROOT}/traces", "traces", "recent messages with a trace context, by trace",
                self.traces, TracePage, (_CHANNEL, _TRACE_ID, _LIMIT), (gone,),
            ),
            Endpoint(
                "GET", f"{_ROOT}/document", "document", "the texts of the documents that are read",
                self.documents, DocumentPage, (), (gone,),
            ),
            Endpoint(
                "POST", f"{_ROOT}/reload", "reload", "read the documents again and go on with them",
                self.reload, ReloadOutcome, (),
                (
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
                    HTTPStatus.UNPROCESSABLE_ENTITY, gone,
                ),
            ),
            Endpoint("GET", f"{_ROOT}/openapi.json", "openapi", "this description of the API", self.describe),
        ]  # fmt: skip

    async def describe(self, request: Request, values: Values) -> Response:
        return _json(self.description)

    async def snapshot(self, request: Request, values: Values) -> Response:
        """A snapshot is made anew, unless the last one was so dear that asking for it again would take our time."""
        now_s = time.perf_counter()
        if now_s >= self._encoded_until_s:
            self._encoded = msgspec.json.encode(self._source.snapshot())
            took_s = time.perf_counter() - now_s
            self._encoded_until_s = now_s + min(_SHARE * took_s, 10.0)
        return _json(self._encoded)

    async def stream(self, request: Request, values: Values) -> Response:
        headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        if request.method == "HEAD":
            return Response(media_type="text/event-stream", headers=headers)
        reader = self._broadcast.read(values["Last-Event-ID"], values["events"])
        opening = await anext(reader, None)
        if opening is None:
            raise Refusal(
                HTTPStatus.SERVICE_UNAVAILABLE, "as many streams as are allowed are open", headers={"Retry-After": "5"}
            )
        return StreamingResponse(_behind(opening, reader), media_type="text/event-stream", headers=headers)

    async def findings(self, request: Request, values: Values) -> Response:
        rule, channel = values["rule"], values["channel"]
        fitting = [one for one in self._source.finding_rows() if _fits(one, rule, channel)]
        start, limit = values["cursor"] or 0, values["limit"] or _DEFAULT_LIMIT
        more = str(start + limit) if start + limit < len(fitting) else None
        return _json(
            msgspec.json.encode(
                FindingPage(findings=fitting[start : start + limit], total=len(fitting), next=more)
            )
        )  # fmt: skip

    async def finding(self, request: Request, values: Values) -> Response:
        detail = None if self._source.detail is None else self._source.detail(values["fingerprint"])
        if isinstance(detail, Awaitable):
            detail = await detail
        if detail is None:
            raise Refusal(HTTPStatus.NOT_FOUND, "no finding group of that fingerprint")
        return _json(msgspec.json.encode(detail))

    async def traces(self, request: Request, values: Values) -> Response:
        if self._source.traces is None:
            raise _not_here("traces")
        found = self._source.traces(values["channel"], values["trace_id"])
        if isinstance(found, Awaitable):
            found = await found
        limit = values["limit"] or _DEFAULT_LIMIT
        return _json(msgspec.json.encode(TracePage(traces=list(found[:limit]), total=len(found))))

    async def documents(self, request: Request, values: Values) -> Response:
        if self._source.documents is None:
            raise _not_here("documents")
        return _json(msgspec.json.encode(DocumentPage(documents=list(self._source.documents()))))

    async def reload(self, request: Request, values: Values) -> Response:
        body = await read_body(request)
        try:
            empty = msgspec.json.decode(body or b"{}") == {}
        except (msgspec.DecodeError, RecursionError):
            empty = False
        if not empty:
            raise Refusal(HTTPStatus.BAD_REQUEST, "send {}: a reload takes no settings")
        if self._source.reload is None:
            raise _not_here("a reload")
        try:
            outcome = await self._source.reload()
        except MisconfiguredAll as error:
            raise Refusal(
                HTTPStatus.UNPROCESSABLE_ENTITY, "the documents cannot be used; the run goes on with those of before",
                errors=[ProblemError(detail=_without_hint(one), hint=one.hint) for one in error.faults],
            ) from None  # fmt: skip
        return _json(msgspec.json.encode(outcome))


async def _behind(opening: bytes, reader: AsyncGenerator[bytes, None]) -> AsyncIterator[bytes]:
    """Give the first piece and then the others; the reader's place is free as soon as nobody takes them."""
    async with aclosing(reader):
        yield opening
        async for piece in reader:
            yield piece


def _without_hint(fault: Exception) -> str:
    message, detail = getattr(fault, "message", str(fault)), getattr(fault, "detail", None)
    return message if detail is None else f"{message}: {detail}"


def _fits(row: FindingRow, rule: str | None, channel: str | None) -> bool:
    of_rule = rule is None or row.rule == rule or row.rule.partition(".")[0] == rule
    return of_rule and (channel is None or channel in {row.channel, row.address})


def _not_here(what: str) -> Refusal:
    return Refusal(HTTPStatus.NOT_IMPLEMENTED, f"this run does not know {what}")


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
