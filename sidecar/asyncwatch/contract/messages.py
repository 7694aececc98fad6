"""Messages: what may travel on a channel, after references and traits, for both families of versions."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from asyncwatch.contract.bindings import binding_sites
from asyncwatch.contract.entities import Message, PayloadSchema
from asyncwatch.contract.examples import read_examples
from asyncwatch.contract.expressions import parse_expression, unescape
from asyncwatch.contract.extension import read_extension, read_extensions
from asyncwatch.contract.findings import quote
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.places import stations
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.schema_format import language_of
from asyncwatch.contract.sites import Site, write_pointer
from asyncwatch.contract.traits import apply_traits

_MEDIA_TYPE: Final = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\s*(?:;.*)?", re.ASCII | re.DOTALL)
_READABLE: Final = re.compile(
    r"text/.+|application/(?:.*[+.])?(?:json|xml|avro|protobuf|msgpack|cbor|octet-stream|yaml|"
    r"x-www-form-urlencoded|cloudevents.*|x-protobuf|x-msgpack|x-avro|x-ndjson|jsonl).*|avro/.+",
    re.IGNORECASE,
)

_AVRO_TYPES: Final = frozenset({"record", "fixed", "map", "long", "int", "bytes", "float", "double"})


def read_message(parts: Parts, key: str | None, site: Site, fallback: str) -> Message:
    """Read a message; `key` None = 2.x, where it is the messageId, the name, or the reference's last part.

    A broken message stays as one that cannot be checked, so that the others are not blamed for its traffic.
    """
    reference = site.reference
    named = key or (_last_part(reference) if reference else None) or fallback
    what = f"message {quote(named)}"
    try:
        followed = parts.documents.follow(site)
        merged = apply_traits(parts.documents, followed, parts.major)
    except Unresolvable as error:
        parts.findings.add(error.rule, "error", f"{what} is not checked: {error.message}", site)
        return _unusable(parts, site, named, error.message)
    if not parts.expect_mapping(merged, what):
        return _unusable(parts, site, named, "the message is no object")
    place = (followed.file, followed.pointer)
    message = parts.messages.get(place)
    if message is None:
        message = parts.messages[place] = _read(parts, followed, merged, named)
    if key is None:
        named = parts.text(merged, "messageId", what) or message.name or named
    return replace(message, key=named, position=parts.position(site), id=_own_id(parts, merged, site, key))


def _read(parts: Parts, home: Site, merged: Site, key: str) -> Message:
    """Read what a message is wherever it stands."""
    what = f"message {quote(key)}"
    schema_format = _schema_format(parts, merged, what)
    payload = _schema(parts, merged, "payload", schema_format, what)
    extension = read_extension(parts, merged, what, of_message=True)
    return Message(
        key=key, name=parts.text(merged, "name", what), title=parts.text(merged, "title", what),
        content_type=_content_type(parts, merged, what), payload=payload,
        headers=_schema(parts, merged, "headers", default_format(parts), what),
        kafka_key=_kafka_key(parts, merged, payload.format if payload else schema_format, what),
        correlation=_correlation(parts, merged, what), ordering=extension.ordering,
        bindings={name: inner.value for name, inner in binding_sites(parts, merged, what).items()},
        position=parts.position(home), examples=read_examples(parts, merged, what), match=extension.match,
        identity=f"{home.file}#{write_pointer(home.pointer)}", extensions=read_extensions(merged),
    )  # fmt: skip


def _own_id(parts: Parts, merged: Site, site: Site, key: str | None) -> str | None:
    """Give what the document calls a message: its key or messageId, without a name what it stands under."""
    if key is not None:
        return key
    given = merged.child("messageId")
    if given is not None and isinstance(given.value, str):
        return given.value
    if merged.child("name") is not None:
        return None
    try:
        passed = [one.pointer for one in stations(parts, site)]
    except Unresolvable:
        return None
    return next((str(one[2]) for one in passed if one[:2] == ("components", "messages") and len(one) == 3), None)


def unreadable_messages(parts: Parts, site: Site, key: str) -> Message:
    """Stand in for messages that cannot be read, so that their traffic is neither blamed nor praised."""
    return _unusable(parts, site, key, "the document's messages cannot be read here")


def default_format(parts: Parts) -> str:
    """Give the format of a schema that names none."""
    return f"application/vnd.aai.asyncapi;version={parts.spec_version}"


def with_distinct_keys(messages: Iterable[Message]) -> tuple[Message, ...]:
    """Give messages of one channel keys that differ: `Created`, `Created-2`."""
    found: dict[str, Message] = {}
    for message in messages:
        key, number = message.key, 1
        while key in found:
            number += 1
            key = f"{message.key}-{number}"
        found[key] = message if key == message.key else replace(message, key=key)
    return tuple(found.values())


def _last_part(reference: str) -> str | None:
    last = reference.rpartition("#")[2].rpartition("/")[2]
    return unescape(last) or None


def _unusable(parts: Parts, site: Site, key: str, reason: str) -> Message:
    schema = PayloadSchema(
        format=default_format(parts), compiled=None, reason=reason,
        identity=f"unusable {site.file}#{write_pointer(site.pointer)}",
    )  # fmt: skip
    return Message(
        key=key, name=None, title=None, content_type=None, payload=schema, headers=None, kafka_key=None,
        correlation=None, ordering=None, bindings={}, position=parts.position(site), id=key,
        identity=f"{site.file}#{write_pointer(site.pointer)}",
    )  # fmt: skip


def _schema_format(parts: Parts, site: Site, what: str) -> str:
    """Give the format of the payload where it stands beside it, as 2.x has it and as is tolerated in 3.x."""
    beside = parts.text(site, "schemaFormat", what)
    if beside is not None and parts.major > 2:
        parts.findings.add(
            "document.schema-format-place", "warning",
            f"schemaFormat of {what} belongs beside `schema` inside the payload since 3.0",
            site.child("schemaFormat") or site,
        )  # fmt: skip
    return beside or default_format(parts)


def _schema(parts: Parts, site: Site, field: str, schema_format: str, what: str) -> PayloadSchema | None:
    schema = site.child(field)
    if schema is None:
        return None
    return parts.schemas.read(schema, schema_format, f"{field} of {what}")


def _content_type(parts: Parts, site: Site, what: str) -> str | None:
    content_type = parts.text(site, "contentType", what)
    if content_type is None:
        return None
    check_content_type(parts, content_type, site.child("contentType") or site, what)
    return content_type


def check_content_type(parts: Parts, content_type: str, site: Site, what: str) -> None:
    """Note a content type that is no media type, or one that we have no decoder for."""
    if _MEDIA_TYPE.fullmatch(content_type) is None:
        summary = f"contentType of {what} is no media type: {quote(content_type)}"
        parts.findings.add("document.content-type", "warning", summary, site)
    elif _READABLE.fullmatch(content_type.partition(";")[0].strip()) is None:
        parts.findings.add(
            "document.content-type", "info", f"contentType of {what} is unknown: {quote(content_type)}", site
        )


def _kafka_key(parts: Parts, site: Site, payload_format: str, what: str) -> PayloadSchema | None:
    """Read the schema of the key; where the payload is Avro it may be Avro too, which its types show."""
    binding = binding_sites(parts, site, what).get("kafka")
    key = binding.child("key") if binding is not None else None
    if key is None:
        return None
    language = language_of(payload_format)
    is_avro = language is not None and language.family == "avro" and _looks_like_avro(key.value)
    return parts.schemas.read(key, payload_format if is_avro else default_format(parts), f"Kafka key of {what}")


def _looks_like_avro(value: object) -> bool:
    """Tell whether a schema is one that JSON Schema has no meaning for."""
    if not isinstance(value, dict):
        return isinstance(value, str | list)
    kind = value.get("type")
    return "fields" in value or "symbols" in value or (isinstance(kind, str) and kind in _AVRO_TYPES)


def _correlation(parts: Parts, site: Site, what: str) -> str | None:
    correlation = parts.mapping(site, "correlationId", f"correlationId of {what}")
    location = parts.text(correlation, "location", f"correlationId of {what}") if correlation is not None else None
    if location is not None and correlation is not None and parse_expression(location) is None:
        parts.findings.add(
            "document.expression",
            "warning",
            f"correlationId of {what} is no runtime expression: {quote(location)}",
            correlation,
        )
        return None
    return location
