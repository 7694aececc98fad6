"""Content types and encodings as they stand on the wire."""

from __future__ import annotations


def essence(content_type: str) -> str:
    """Give type/subtype in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def is_json(content_type: str) -> bool:
    """Tell whether a media type is JSON: its subtype is json or ends in +json (RFC 6839)."""
    kind = essence(content_type)
    subtype = kind.partition("/")[2] or kind
    return subtype == "json" or subtype.endswith("+json")


def is_identity(encoding: str) -> bool:
    """Tell whether a content encoding leaves the bytes as they are; `utf-8` is a charset by mistake (settled 16)."""
    return encoding.strip().lower() in {"", "identity", "utf-8", "utf8", "us-ascii", "ascii"}
