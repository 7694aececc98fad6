"""Spans as rotel prints them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_ATTRIBUTE = re.compile(r" +-> (.+?): (?:Str|Int|Bool|Double)\((.*)\)")
_FIELD = re.compile(r" +(Trace ID|Parent ID|ID|Name|Kind|Status code|Status message) +: ?(.*)")


@dataclass
class Printed:
    """One span. Ids are hex digits, "" where there is none."""

    resource: dict[str, str]
    fields: dict[str, str] = field(default_factory=dict)
    attributes: dict[str, str] = field(default_factory=dict)
    events: list[dict[str, str]] = field(default_factory=list)

    @property
    def trace(self) -> str:
        return self.fields["Trace ID"]

    @property
    def id(self) -> str:
        return self.fields["ID"]

    @property
    def parent(self) -> str:
        return self.fields["Parent ID"]

    @property
    def name(self) -> str:
        return self.fields["Name"]

    @property
    def kind(self) -> str:
        return self.fields["Kind"].removeprefix("SPAN_KIND_")

    @property
    def status(self) -> str:
        return self.fields.get("Status code", "STATUS_CODE_UNSET").removeprefix("STATUS_CODE_")


def read_spans(text: str) -> list[Printed]:
    """Take rotel's log apart."""
    spans: list[Printed] = []
    resource: dict[str, str] = {}
    into: dict[str, str] = {}
    for line in text.splitlines():
        if line.startswith("ResourceSpans #"):
            resource = into = {}
        elif line.startswith("Span #"):
            spans.append(Printed(resource))
            into = spans[-1].attributes
        elif line.startswith("SpanEvent #"):
            spans[-1].events.append(into := {})
        elif (found := _ATTRIBUTE.fullmatch(line)) is not None:
            into[found[1]] = found[2]
        elif line.startswith("     -> Name: "):
            into["name"] = line.removeprefix("     -> Name: ")
        elif spans and (found := _FIELD.fullmatch(line)) is not None:
            spans[-1].fields[found[1]] = found[2]
    return spans
