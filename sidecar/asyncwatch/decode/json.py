"""JSON payloads: the fast parser, and what to say where it refuses.

Source: RFC 8259; settled 11 (byte order mark, lone surrogates, depth).
"""

from __future__ import annotations

import json
import re
from typing import Final

import orjson
from msgspec import Struct

parse_json = orjson.loads
"""Bytes to a JSON value, raising ValueError; the hot road calls it directly (bench `decode`)."""

_BOM: Final = b"\xef\xbb\xbf"
_LONE_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Refusal(Struct, frozen=True):
    """Why a payload has no value. `unchecked` set = we could not judge it; else its bytes are no JSON."""

    unchecked: str | None
    reason: str


class Recovered(Struct, frozen=True):
    """A value that the fast parser would not give, and the doubt about its encoding (None = none)."""

    value: object
    doubt: str | None


def recover(payload: bytes) -> Recovered | Refusal:
    """Look again at a payload that the fast parser refused: the slow road, for failures only.

    Raises: nothing.
    """
    doubt = None
    if payload.startswith(_BOM):
        payload = payload[len(_BOM) :]
        doubt = "a byte order mark stands before the JSON text"
    try:
        return Recovered(parse_json(payload), doubt)
    except orjson.JSONDecodeError as error:
        message, place = error.msg, error.pos
    except RecursionError:
        message, place = "depth limit exceeded", 0
    if "depth" in message or "ecursion" in message:
        return Refusal("nested deeper than 1,024 levels", message)
    if "infinity" in message or "number" in message:
        return Refusal("a number is out of range", message)
    if "surrogate" in message and "not valid UTF-8" not in message:
        return _with_lone_surrogates(payload, doubt)
    if "not valid UTF-8" in message:
        return Refusal(None, "the bytes are not UTF-8")
    if not payload.strip():
        return Refusal(None, "the payload is empty")
    return Refusal(None, f"{message} at byte {place}")


def _with_lone_surrogates(payload: bytes, doubt: str | None) -> Recovered | Refusal:
    """Lone surrogates are allowed by RFC 8259 §8.2; they are judged as U+FFFD, one character each."""
    try:
        value = json.loads(payload, parse_constant=_refuse_constant)
    except RecursionError:
        return Refusal("nested deeper than the decoder reads", "depth limit exceeded")
    except ValueError:
        return Refusal(None, "broken text after a lone surrogate")
    return Recovered(_replace_surrogates(value), doubt)


def _refuse_constant(name: str) -> object:
    raise ValueError(name)


def _replace_surrogates(value: object) -> object:
    """Copy a parsed value; its depth is bounded by the parser that made it."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_replace_surrogates(item) for item in value]
    if isinstance(value, dict):
        return {_LONE_SURROGATE.sub("\ufffd", name): _replace_surrogates(item) for name, item in value.items()}
    return value
