"""One message as another may be taken for it: its schemas, its marks, and values that it usually has."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from asyncwatch.contract.entities import PayloadSchema
from asyncwatch.contract.findings import quote
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.rules.fixed_values import Marks, differ
from asyncwatch.contract.rules.sample import Unguessable, sample_of
from asyncwatch.contract.rules.survey import Named, Survey
from asyncwatch.contract.schemas import CompiledSchema
from asyncwatch.contract.sites import Site

_ASSUMED: Final = "application/json"
_TYPE_HEADERS: Final = frozenset(
    {"__typeid__", "ce_type", "ce-type", "cloudevents:type", "cloudevents_type", "content-type"}
)
"""Headers that name a message's type, by which messages are told apart though the document gives no constant."""
_ENVELOPE: Final = frozenset({"specversion", "type"})
_MOST_EXAMPLES: Final = 5


@dataclass(frozen=True, slots=True)
class Value:
    """A payload with its headers; `words` tell where it comes from."""

    words: str
    payload: object
    headers: object


@dataclass(slots=True)
class Confusable:
    """A message, as far as its schemas are read."""

    name: str
    site: Site
    holder: str
    content_type: str
    payload: PayloadSchema
    headers: PayloadSchema | None
    key: PayloadSchema | None
    message_type: object
    match: object
    payload_marks: Marks
    header_marks: Marks
    values: list[Value] = field(default_factory=list)


def confusable_of(survey: Survey, message: Named, holder: str) -> Confusable | None:
    """Read a message that a channel or operation holds; None for one that cannot be judged by its schemas."""
    merged = survey.merged(message.site)
    if merged is None:
        return None
    payload = _payload(survey, merged)
    if payload is None or not isinstance(payload.compiled, CompiledSchema):
        return None
    own = merged.child("headers")
    headers = survey.judges.read(own) if own is not None else None
    if headers is not None and not isinstance(headers.compiled, CompiledSchema):
        return None
    key = survey.inside(merged, "bindings", "kafka", "key")
    amqp = survey.inside(merged, "bindings", "amqp", "messageType")
    match = survey.inside(merged, "x-asyncwatch", "match")
    found = Confusable(
        name=message.name, site=message.own, holder=holder, content_type=_content_type(survey, merged), payload=payload,
        headers=headers, key=survey.judges.read(key) if key is not None else None,
        message_type=amqp.value if amqp is not None else None, match=match.value if match is not None else None,
        payload_marks=Marks(payload.compiled.bundle),
        header_marks=Marks(_bundle(headers)),
    )  # fmt: skip
    found.values = list(_values(survey, message, found))
    return found


def _bundle(schema: PayloadSchema | None) -> dict[str, object] | bool:
    return schema.compiled.bundle if schema is not None and isinstance(schema.compiled, CompiledSchema) else True


def _payload(survey: Survey, merged: Site) -> PayloadSchema | None:
    site = merged.child("payload")
    given = merged.child("schemaFormat")
    if site is None:
        return None
    return survey.judges.read(site, given.value if given is not None and isinstance(given.value, str) else None)


def _content_type(survey: Survey, merged: Site) -> str:
    for site in (merged.child("contentType"), survey.root.child("defaultContentType")):
        if site is not None and isinstance(site.value, str):
            return site.value.partition(";")[0].strip().lower()
    return _ASSUMED


def _values(survey: Survey, message: Named, found: Confusable) -> list[Value]:
    """Give documented examples that fit, and a value made from the schemas."""
    headers = _sampled(found.headers) if found.headers is not None else {}
    values: list[Value] = []
    examples = survey.inside(message.site, "examples")
    for number, example in enumerate(examples.items() if examples is not None else (), 1):
        site = example.child("payload")
        if site is None or number > _MOST_EXAMPLES:
            continue
        given = example.child("headers")
        try:
            payload = survey.judges.value(site)
            own = survey.judges.value(given) if given is not None else headers
        except Unresolvable:
            continue
        values.append(Value(f"example {number} of {quote(found.name)}", payload, own))
    values.append(Value(f"a value made from the schema of {quote(found.name)}", _sampled(found.payload), headers))
    return [value for value in values if _fits(value, found)]


_NOTHING: Final = object()


def _sampled(schema: PayloadSchema) -> object:
    try:
        return sample_of(_bundle(schema))
    except Unguessable:
        return _NOTHING


def _fits(value: Value, message: Confusable) -> bool:
    if value.payload is _NOTHING or value.headers is _NOTHING:
        return False
    compiled = message.payload.compiled
    if compiled is None or not compiled.is_valid(value.payload):
        return False
    return (
        message.headers is None or message.headers.compiled is None or message.headers.compiled.is_valid(value.headers)
    )


def is_told_apart(one: Confusable, other: Confusable) -> bool:
    """Tell whether a reader of messages has something to go by, whatever the schemas let through.

    Source: settled 1: equal messages of several channels are one.
    """
    if one.content_type != other.content_type or one.message_type != other.message_type or one.match != other.match:
        return True
    if one.holder != other.holder and _meaning(one) == _meaning(other):
        return True  # two channels' words for one and the same message
    if _family(one.payload) != _family(other.payload) or not (one.values and other.values):
        return True
    for mine, theirs in ((one.payload_marks, other.payload_marks), (one.header_marks, other.header_marks)):
        if differ(mine.fixed, theirs.fixed) or mine.required < theirs.required or theirs.required < mine.required:
            return True
    both = one.payload_marks.described & other.payload_marks.described
    named = {name.lower() for name in one.header_marks.described & other.header_marks.described}
    if both >= _ENVELOPE or named & _TYPE_HEADERS:
        return True
    return one.key is not None and other.key is not None and one.key.identity != other.key.identity


def _meaning(message: Confusable) -> tuple[str | None, ...]:
    schemas = (message.payload, message.headers, message.key)
    return tuple(None if schema is None else schema.identity for schema in schemas)


def _family(schema: PayloadSchema) -> str:
    return schema.format.partition(";")[0].partition("+")[0].strip().lower()


def evidence_between(one: Confusable, other: Confusable) -> str | None:
    """Give the words for a value of one message that fits the other too; None if there is none."""
    for mine, theirs in ((one, other), (other, one)):
        for value in mine.values:
            if _fits(value, theirs):
                return f"{value.words} fits {quote(theirs.name)} too"
    return None
