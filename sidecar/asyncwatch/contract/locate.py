"""Which line of a document says the rule that a finding breaks, and the lines around it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.entities import Channel, Contract, Message, PayloadSchema
from asyncwatch.contract.merging import lies_at
from asyncwatch.contract.schema_excerpt import schema_excerpt
from asyncwatch.contract.schemas import CompiledSchema
from asyncwatch.contract.sites import read_pointer
from asyncwatch.model.finding import Finding
from asyncwatch.model.report import FindingRow
from asyncwatch.model.view import Excerpt

_BREAKS: Final = re.compile(r"\r\n|[\r\n\x85\u2028\u2029]")
"""What YAML counts as the end of a line."""
_BEFORE: Final = 4
_AFTER: Final = 3
_MOST_SIGNS: Final = 200
_OF_CHANNEL: Final = frozenset({"channel.missing", "message.unknown"})
_OF_MESSAGE: Final = frozenset({"payload", "headers", "key", "message"})


class DocumentLines:
    """The documents of a run, asked for places in their files."""

    def __init__(self, contracts: Sequence[Contract]) -> None:
        self._contracts = list(contracts)

    def locate(self, finding: Finding | FindingRow) -> Position | None:
        """Give the place of the keyword, message or channel that a finding is about; None where no line says it."""
        channel = self._channel(finding)
        if channel is None:
            return None
        if finding.rule in _OF_CHANNEL:
            return channel.position
        if finding.rule == "channel.parameter":
            named = read_pointer(finding.path or "")
            described = next((one.position for one in channel.parameters if (one.name,) == named), None)
            return described or channel.position
        family = finding.rule.partition(".")[0]
        if family not in _OF_MESSAGE:
            return None
        message = next((one for one in channel.messages if one.key == finding.message), None)
        if message is None:
            return channel.position
        schema = _schema_of(message, family)
        if schema is None or schema.origins is None or finding.schema_path is None:
            return message.position
        path = read_pointer(finding.path or "")
        return schema.origins.position(finding.schema_path, finding.keyword, path[-1] if path else None)

    def says(self, finding: Finding | FindingRow) -> str | None:
        """Write in one line what the message's schema says at the place that a finding is about; None if it is not there."""
        family = finding.rule.partition(".")[0]
        channel = self._channel(finding)
        if channel is None or finding.schema_path is None or family not in _OF_MESSAGE:
            return None
        message = next((one for one in channel.messages if one.key == finding.message), None)
        schema = None if message is None else _schema_of(message, family)
        if schema is None or not isinstance(schema.compiled, CompiledSchema):
            return None
        return schema_excerpt(schema.compiled.judged, finding.schema_path, finding.keyword)

    def _channel(self, finding: Finding | FindingRow) -> Channel | None:
        if finding.channel is None:
            return None
        found = [
            one.channels[finding.channel]
            for one in self._contracts
            if finding.channel in one.channels and (finding.server in one.servers or not one.servers)
        ]
        here = [one for one in found if lies_at(one, finding.address or "")] or found
        named = (one for one in here if any(message.key == finding.message for message in one.messages))
        return next(named, here[0] if here else None)

    def excerpt(self, position: Position) -> Excerpt | None:
        """Give the lines around a place, control signs neutral and long lines cut; None if the file is not known."""
        for contract in self._contracts:
            text = contract.texts.get(position.file)
            if text is not None:
                lines = _BREAKS.split(text)
                if not lines[-1]:
                    lines.pop()  # the end of the last line opens no further one
                first = max(position.line - _BEFORE, 1)
                return Excerpt(
                    file=position.file, first_line=first, failing=position.line,
                    lines=[_neutral(line) for line in lines[first - 1 : position.line + _AFTER]],
                )  # fmt: skip
        return None


def _schema_of(message: Message, family: str) -> PayloadSchema | None:
    return {"payload": message.payload, "headers": message.headers, "key": message.kafka_key}.get(family)


def _neutral(line: str) -> str:
    text = line[: _MOST_SIGNS + 1].expandtabs(2)
    shown = text if len(text) <= _MOST_SIGNS else text[: _MOST_SIGNS - 1] + "…"
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in shown)
