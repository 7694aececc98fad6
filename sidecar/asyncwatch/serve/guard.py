"""Who is let in.

Rule 1: with a token, who bears it. Without one, who asks a loopback name: a web page that was made to resolve to this
machine must not read it.
Rule 2: a page of another origin is refused whatever it asks; a browser says where a page comes from.
"""

from __future__ import annotations

import hmac
from http import HTTPStatus
from typing import Final

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from asyncwatch.config.secret import Secret
from asyncwatch.serve.problems import Refusal, problem

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")
_ADDRESS_BYTES: Final = 4096
_HEADER_BYTES: Final = 16 << 10


class Guard:
    """Stands before the application."""

    def __init__(self, app: ASGIApp, token: Secret | None) -> None:
        self._app = app
        self._token = token

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                _look_at_size(scope)
                self._look_at(Headers(scope=scope), scope["scheme"])
            except Refusal as refused:
                answer = problem(refused.status, refused.detail, headers=refused.headers)
                await answer(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _look_at(self, headers: Headers, scheme: str) -> None:
        """Raises: Refusal."""
        host = headers.get("host", "")
        if self._token is None:
            name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
            if name not in _LOOPBACK:
                raise Refusal(HTTPStatus.FORBIDDEN, "ask this address by a loopback name")
        elif not _bears(headers, self._token):
            raise Refusal(HTTPStatus.UNAUTHORIZED, "a bearer token is needed", headers={"WWW-Authenticate": "Bearer"})
        origin = headers.get("origin")
        if origin is not None and origin != f"{scheme}://{host}":
            raise Refusal(HTTPStatus.FORBIDDEN, "a page of another origin may not ask")
        if headers.get("sec-fetch-site", "none") not in {"none", "same-origin"}:
            raise Refusal(HTTPStatus.FORBIDDEN, "a page of another site may not ask")


def _look_at_size(scope: Scope) -> None:
    """Raises: Refusal."""
    if len(scope["raw_path"]) + len(scope["query_string"]) > _ADDRESS_BYTES:
        raise Refusal(HTTPStatus.REQUEST_URI_TOO_LONG, f"an address has at most {_ADDRESS_BYTES} bytes")
    if sum(len(name) + len(value) for name, value in scope["headers"]) > _HEADER_BYTES:
        raise Refusal(
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, f"headers have at most {_HEADER_BYTES} bytes together"
        )


def _bears(headers: Headers, token: Secret) -> bool:
    """Compare in a time that tells nothing."""
    kind, _, given = headers.get("authorization", "").partition(" ")
    right = hmac.compare_digest(given.strip().encode(), token.reveal().encode())
    return right and kind.lower() == "bearer"
