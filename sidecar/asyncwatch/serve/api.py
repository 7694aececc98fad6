"""The API's addresses, who may ask, and how an error looks (RFC 9457)."""

from __future__ import annotations

import hmac
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from asyncwatch.config.secret import Secret
from asyncwatch.model.view import Snapshot
from asyncwatch.serve.broadcast import Broadcast

_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


def build_api(snapshot: Callable[[], Snapshot], broadcast: Broadcast, token: Secret | None) -> ASGIApp:
    """Build the application.

    Without a token only requests that name a loopback host are answered: a web page that was made to resolve to this
    machine must not read it.
    """

    async def get_snapshot(request: Request) -> Response:
        return Response(msgspec.json.encode(snapshot()), media_type="application/json")

    async def get_stream(request: Request) -> Response:
        return StreamingResponse(
            broadcast.read(), media_type="text/event-stream", headers={"Cache-Control": "no-store"}
        )  # fmt: skip

    app = Starlette(
        routes=[Route("/api/v1/snapshot", get_snapshot), Route("/api/v1/stream", get_stream)],
        exception_handlers={HTTPException: _on_http_error},
    )
    return _Guard(app, token)


async def _on_http_error(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return problem(status)


def problem(status: int, detail: str | None = None) -> Response:
    """Write an error as problem details."""
    body = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status}
    if detail is not None:
        body["detail"] = detail
    headers = {"WWW-Authenticate": "Bearer"} if status == HTTPStatus.UNAUTHORIZED else None
    return Response(
        msgspec.json.encode(body), status_code=status, media_type="application/problem+json", headers=headers
    )  # fmt: skip


class _Guard:
    """Lets in who bears the token, or, where there is none, who asks a loopback name."""

    def __init__(self, app: ASGIApp, token: Secret | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            refusal = self._refusal(Request(scope))
            if refusal is not None:
                await refusal(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _refusal(self, request: Request) -> Callable[[Scope, Receive, Send], Awaitable[None]] | None:
        if self._token is None:
            host = request.headers.get("host", "")
            name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
            return None if name in _LOOPBACK else problem(HTTPStatus.FORBIDDEN, "ask this address by a loopback name")
        given = request.headers.get("authorization", "").encode()
        wanted = f"Bearer {self._token.reveal()}".encode()
        if hmac.compare_digest(given, wanted):
            return None
        return problem(HTTPStatus.UNAUTHORIZED, "a bearer token is needed")
