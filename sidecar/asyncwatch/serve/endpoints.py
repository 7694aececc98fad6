"""An address of the API as data: what it is asked, what it answers; routes and the OpenAPI document are made of it."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Literal

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from asyncwatch.model.answers import ProblemError
from asyncwatch.serve.problems import Refusal, problem
from asyncwatch.telemetry.happenings import ApiBroke, emit

MOST_BODY_BYTES: Final = 64 << 10

Values = Mapping[str, Any]
"""The parameters of a request by name, as `Parameter.read` gives them; None where one is not given."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """Something a request may say: text that fits a pattern, one of several words, or a whole number in a range."""

    name: str
    meaning: str
    pattern: str | None = None
    least: int | None = None
    most: int | None = None
    place: Literal["query", "path", "header"] = "query"
    words: Sequence[str] = ()

    def read(self, text: str) -> str | int:
        """Give the value. Raises: ValueError with what is wrong; the text itself is not told."""
        if self.least is not None and self.most is not None:
            if not re.fullmatch(r"[0-9]{1,9}", text, re.ASCII) or not self.least <= int(text) <= self.most:
                raise ValueError(f"is no whole number from {self.least} to {self.most}")
            return int(text)
        if self.words and text not in self.words:
            raise ValueError("is none of the words that can stand here")
        if self.pattern is not None and re.fullmatch(self.pattern, text, re.ASCII) is None:
            raise ValueError(f"does not fit {self.pattern}")
        return text

    @property
    def schema(self) -> dict[str, object]:
        """Describe it as JSON Schema."""
        if self.least is not None:
            return {"type": "integer", "minimum": self.least, "maximum": self.most}
        if self.words:
            return {"type": "string", "enum": list(self.words)}
        text: dict[str, object] = {"type": "string"}
        return text | ({} if self.pattern is None else {"pattern": f"^{self.pattern}$"})


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One verb of one address. `body`: the type of a good answer, None = it is no JSON of a fixed form."""

    method: Literal["GET", "POST"]
    path: str
    name: str
    meaning: str
    answer: Callable[[Request, Values], Awaitable[Response]]
    body: Any = None
    parameters: Sequence[Parameter] = ()
    problems: Sequence[HTTPStatus] = ()
    media_type: str = "application/json"

    def route(self) -> Route:
        """Make the route that reads the parameters, asks, and writes what goes wrong as a problem."""

        async def handle(request: Request) -> Response:
            try:
                return await self.answer(request, self._values(request))
            except Refusal as refused:
                return problem(refused.status, refused.detail, errors=refused.errors, headers=refused.headers)
            except HTTPException:
                raise
            except Exception as error:  # noqa: BLE001 # fail open: one question is not answered, the road goes on
                emit(ApiBroke(what=self.path), exception=error)
                return problem(HTTPStatus.INTERNAL_SERVER_ERROR, "a mistake of asyncwatch; see its log")

        return Route(self.path, handle, methods=[self.method])

    def _values(self, request: Request) -> dict[str, str | int | None]:
        """Raises: Refusal with everything that is wrong."""
        values: dict[str, str | int | None] = {}
        errors: list[ProblemError] = []
        known = {one.name for one in self.parameters if one.place == "query"}
        for name, count in _counted(request).items():
            if name not in known:
                hint = f"one of {', '.join(sorted(known))}" if known else "this address takes none"
                errors.append(ProblemError(detail="is no parameter of this address", parameter=name[:100], hint=hint))
            elif count > 1:
                errors.append(ProblemError(detail="is given more than once", parameter=name))
        for one in self.parameters:
            text = _source(request, one).get(one.name)
            values[one.name] = None
            if text is None:
                continue
            try:
                values[one.name] = one.read(text)
            except ValueError as error:
                if one.place == "path":
                    raise Refusal(HTTPStatus.NOT_FOUND, f"{one.name} {error}") from None
                if one.place == "query":
                    errors.append(ProblemError(detail=str(error), parameter=one.name))
        if errors:
            raise Refusal(HTTPStatus.BAD_REQUEST, "parameters that cannot be used", errors=errors)
        return values


def _source(request: Request, parameter: Parameter) -> Mapping[str, str]:
    if parameter.place == "path":
        return request.path_params
    return request.headers if parameter.place == "header" else request.query_params


def _counted(request: Request) -> dict[str, int]:
    counts: dict[str, int] = {}
    for name, _ in request.query_params.multi_items():
        counts[name] = counts.get(name, 0) + 1
    return counts


async def read_body(request: Request) -> bytes:
    """Read a small body. Raises: Refusal when it is none of JSON's type, or too large."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "send application/json")
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > MOST_BODY_BYTES:
            raise Refusal(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {MOST_BODY_BYTES} bytes",
                headers={"Connection": "close"},
            )  # fmt: skip
    return bytes(found)
