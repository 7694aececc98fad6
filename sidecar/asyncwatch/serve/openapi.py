"""The OpenAPI document of the API, made of the same table as its routes.

Source: OpenAPI 3.1.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from http import HTTPStatus
from typing import Any, Final

import msgspec

from asyncwatch import __version__
from asyncwatch.model.answers import Problem
from asyncwatch.serve.endpoints import Endpoint
from asyncwatch.serve.problems import PROBLEM_TYPE

_ANY_BODY: Final[dict[str, dict[str, Any]]] = {
    "application/json": {"type": "object"},
    "text/event-stream": {  # one event of the stream
        "type": "object",
        "properties": {
            "id": {"type": "string"}, "event": {"enum": ["snapshot", "change", "finding"]}, "data": {"type": "string"},
            "retry": {"type": "integer"},
        },
    },
}  # fmt: skip
_ALWAYS: Final = (HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.INTERNAL_SERVER_ERROR)


def openapi(endpoints: Sequence[Endpoint], *, needs_token: bool) -> dict[str, object]:
    """Describe the API. `needs_token`: every question bears a token."""
    kinds = [Problem, *(one.body for one in endpoints if one.body is not None)]
    schemas, components = msgspec.json.schema_components(kinds, ref_template="#/components/schemas/{name}")
    schema_of = dict(zip(map(id, kinds), schemas, strict=True))
    paths: dict[str, dict[str, object]] = {}
    for one in endpoints:
        body = _ANY_BODY[one.media_type] if one.body is None else schema_of[id(one.body)]
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(
            one, body, schema_of[id(Problem)], needs_token=needs_token
        )
    document: dict[str, object] = {
        "openapi": "3.1.1",
        "info": {
            "title": "asyncwatch",
            "version": __version__,
            "description": "What a sidecar knows by now. Numbers that are not known are null, never 0.",
        },
        "paths": paths,
        "components": {"schemas": components},
    }
    if needs_token:
        document["components"] = {
            "schemas": components, "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        }  # fmt: skip
        document["security"] = [{"token": []}]
    return document


def _operation(
    endpoint: Endpoint, body: dict[str, Any], fault: dict[str, Any], *, needs_token: bool
) -> dict[str, object]:
    statuses = {*_ALWAYS, *endpoint.problems, *({HTTPStatus.UNAUTHORIZED} if needs_token else ())}
    described: dict[str, object] = {
        "operationId": endpoint.name,
        "summary": endpoint.meaning,
        "parameters": [
            {
                "name": one.name, "in": one.place, "required": one.place == "path", "description": one.meaning,
                "schema": one.schema,
            }
            for one in endpoint.parameters
        ],
        "responses": {
            "200": {"description": endpoint.meaning, "content": {endpoint.media_type: {"schema": body}}},
            **{
                str(int(status)): {
                    "description": status.phrase, "content": {PROBLEM_TYPE: {"schema": fault}},
                }
                for status in sorted(statuses)
            },
        },
    }  # fmt: skip
    if endpoint.method == "POST":
        described["requestBody"] = {
            "required": True,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "properties": {}, "additionalProperties": False}
                }
            },
        }  # fmt: skip
    return described
