"""Content types and encodings as they stand on the wire."""

from __future__ import annotations

from typing import Final

from asyncwatch.model.form import Kind

_SUBTYPES: Final[dict[str, Kind]] = {
    "json": "json", "jsonl": "json-lines", "x-jsonl": "json-lines", "ndjson": "json-lines", "x-ndjson": "json-lines",
    "json-lines": "json-lines", "jsonlines": "json-lines", "json-seq": "json-lines", "x-json-stream": "json-lines",
    "msgpack": "msgpack", "x-msgpack": "msgpack", "vnd.msgpack": "msgpack", "cbor": "cbor", "xml": "xml",
    "x-www-form-urlencoded": "form", "octet-stream": "raw", "protobuf": "protobuf", "x-protobuf": "protobuf",
    "vnd.google.protobuf": "protobuf", "x-google-protobuf": "protobuf",
}  # fmt: skip
"""By the part after the slash, or after the last `+` of it (RFC 6839)."""


def essence(content_type: str) -> str:
    """Give type/subtype in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def kind_of(content_type: str) -> Kind | None:
    """Tell the format that a media type names; None = one that is not read.

    Source: settled 14 for the names of Avro.
    """
    kind = essence(content_type)
    outer, _, subtype = kind.rpartition("/")
    known = _SUBTYPES.get(subtype) or _SUBTYPES.get(subtype.rpartition("+")[2])
    if known is not None:
        return known
    if "avro" in subtype and outer in {"application", "avro", ""}:
        return "avro"
    if outer == "avro" and subtype == "binary":
        return "avro"
    return "text" if outer == "text" else None


def is_json(content_type: str) -> bool:
    """Tell whether a media type is JSON: its subtype is json or ends in +json (RFC 6839)."""
    return kind_of(content_type) == "json"


def is_identity(encoding: str) -> bool:
    """Tell whether a content encoding leaves the bytes as they are; `utf-8` is a charset by mistake (settled 16)."""
    return encoding.strip().lower() in {"", "identity", "utf-8", "utf8", "us-ascii", "ascii"}
