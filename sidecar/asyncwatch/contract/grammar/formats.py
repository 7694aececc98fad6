"""Formats of texts that the specification names: addresses, e-mail, templates, patterns."""

from __future__ import annotations

from functools import cache
from typing import Final, Protocol

import jsonschema_rs

from asyncwatch.contract.grammar.language import Format

IN_WORDS: Final[dict[Format, str]] = {
    "uri": "an absolute URI (such as 'https://example.com/x')", "uri-reference": "a URI or a relative one",
    "uri-template": "a URI template (RFC 6570)", "email": "an e-mail address", "regex": "a regular expression",
}  # fmt: skip


class _Engine(Protocol):
    def is_valid(self, instance: object) -> bool: ...


@cache
def _engine(name: Format) -> _Engine:
    return jsonschema_rs.Draft7Validator({"format": name}, validate_formats=True)


def has_format(text: str, name: Format) -> bool:
    """Tell whether a text has a format, as JSON Schema draft-07 means it."""
    return _engine(name).is_valid(text)
