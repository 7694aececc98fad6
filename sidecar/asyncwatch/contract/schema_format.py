"""Schema formats: which dialect a `schemaFormat` names, if we can judge by it.

Source: AsyncAPI 3.1, "Schema formats table"; the version of the asyncapi formats is not compared.
"""

from __future__ import annotations

import re
from typing import Final, Literal

Dialect = Literal["draft-04", "draft-06", "draft-07", "2019-09", "2020-12"]

_SYNTAX: Final = r"(?:\+(?:json|yaml))?"
_ASYNCAPI: Final = re.compile(rf"application/vnd\.aai\.asyncapi{_SYNTAX}", re.IGNORECASE)
_JSON_SCHEMA: Final = re.compile(rf"application/schema{_SYNTAX}", re.IGNORECASE)
_VERSIONS: Final[dict[str, Dialect]] = {
    "draft-04": "draft-04", "draft-4": "draft-04", "draft-06": "draft-06", "draft-6": "draft-06",
    "draft-07": "draft-07", "draft-7": "draft-07", "2019-09": "2019-09", "draft-2019-09": "2019-09",
    "2020-12": "2020-12", "draft-2020-12": "2020-12",
}  # fmt: skip
_KNOWN: Final = re.compile(
    rf"application/vnd\.(?:apache\.avro|oai\.openapi){_SYNTAX}|application/vnd\.google\.protobuf|application/raml\+yaml",
    re.IGNORECASE,
)


def dialect_of(schema_format: str) -> Dialect | None:
    """Give the dialect of a schema format; None if its schemas are not judged by."""
    media_type, _, parameters = schema_format.partition(";")
    media_type = media_type.strip()
    if _ASYNCAPI.fullmatch(media_type):
        return "draft-07"
    if not _JSON_SCHEMA.fullmatch(media_type):
        return None
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "version":
            return _VERSIONS.get(value.strip().strip('"').lower())
    return "draft-07"


def is_registered(schema_format: str) -> bool:
    """Tell whether the specification lists a format that we have no dialect for."""
    return _KNOWN.fullmatch(schema_format.partition(";")[0].strip()) is not None
