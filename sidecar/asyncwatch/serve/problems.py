"""How an error looks: problem details (RFC 9457), also for what goes wrong before a question is understood."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final

import msgspec
from msgspec import UNSET
from starlette.responses import Response

from asyncwatch.model.answers import Problem, ProblemError

PROBLEM_TYPE: Final = "application/problem+json"


class Refusal(Exception):
    """A question that is answered with a problem."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        *,
        errors: Sequence[ProblemError] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.errors = list(errors)
        self.headers = dict(headers or {})


def problem(
    status: int,
    detail: str | None = None,
    *,
    errors: Sequence[ProblemError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Write an error as problem details."""
    return Response(
        problem_body(status, detail, errors), status_code=status, media_type=PROBLEM_TYPE,
        headers={"Cache-Control": "no-store", **(headers or {})},
    )  # fmt: skip


def problem_body(status: int, detail: str | None = None, errors: Sequence[ProblemError] = ()) -> bytes:
    """Write the body of an error."""
    return msgspec.json.encode(
        Problem(
            title=HTTPStatus(status).phrase, status=status, detail=UNSET if detail is None else detail,
            errors=list(errors) or UNSET,
        )
    )  # fmt: skip
