"""Channels and operations of AsyncAPI 2.x.

`publish` is told from the outside: what others publish, the application receives; what others subscribe to, it sends.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, Literal

from asyncwatch.contract.bindings import read_bindings
from asyncwatch.contract.channels import Direction, Outline, make_channel
from asyncwatch.contract.entities import Channel, Message, Operation, Server
from asyncwatch.contract.extension import read_extensions
from asyncwatch.contract.findings import quote
from asyncwatch.contract.messages import read_message, unreadable_messages
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.security import read_security
from asyncwatch.contract.sites import Pointer, Site
from asyncwatch.contract.traits import apply_traits

_ACTIONS: Final[tuple[tuple[Literal["publish", "subscribe"], Direction], ...]] = (
    ("publish", "receive"), ("subscribe", "send"),
)  # fmt: skip


def read_channels(
    parts: Parts, root: Site, servers: Mapping[str, Server]
) -> tuple[dict[str, Channel], dict[str, Operation]]:
    """Read all channels with their operations; broken ones are left out."""
    channels: dict[str, Channel] = {}
    operations: dict[str, Operation] = {}
    listed = parts.mapping(root, "channels", "channels")
    for name, site in listed.members() if listed is not None else ():
        followed = parts.follow(site, f"channel {quote(name)}")
        if followed is None or not parts.expect_mapping(followed, f"channel {quote(name)}"):
            continue
        reader = _ChannelReader(parts, root, name, followed)
        chosen = _servers(parts, followed, name, servers)
        if chosen is None:
            continue
        outline = Outline(
            name, followed, name, chosen, reader.messages, frozenset(reader.directions), reader.operation_bindings()
        )
        channel = make_channel(parts, outline, servers)
        if channel is not None:
            channels[name] = channel
            for operation in reader.operations(channel):
                own = operation.id if operation.id not in operations else _fallback_id(name, operation.action)
                operations.setdefault(own, replace(operation, id=own))
    return channels, operations


class _ChannelReader:
    """Reads the operations of one channel; a message that both refer to is one message."""

    def __init__(self, parts: Parts, root: Site, name: str, site: Site) -> None:
        self._parts = parts
        self._root = root
        self._name = name
        self._site = site
        self._known: dict[tuple[str, Pointer], int] = {}
        self._found: list[tuple[Operation, list[int]]] = []
        self.messages: list[Message] = []
        self.directions: set[Direction] = set()
        for action, direction in _ACTIONS:
            self._read(action, direction)

    def _read(self, action: str, direction: Direction) -> None:
        what = f"{action} of channel {quote(self._name)}"
        own = self._site.child(action)
        operation = self._parts.mapping(self._site, action, what)
        if own is None or own.value is None:
            return
        if operation is None:
            self.messages.append(unreadable_messages(self._parts, own, action))
            return
        position = self._parts.position(own)
        try:
            operation = apply_traits(self._parts.documents, operation, 2)
        except Unresolvable as error:
            self._parts.findings.add(error.rule, "error", f"traits of {what} are left out: {error.message}", operation)
        self.directions.add(direction)
        indexes = [
            self._index(site, f"{action}-{number}") for number, site in enumerate(self._messages(operation, action), 1)
        ]
        given = self._parts.text(operation, "operationId", what)
        draft = Operation(
            id=given or _fallback_id(self._name, direction), action=direction, channel=self._name, messages=(),
            reply_channel=None, has_reply=False, bindings=read_bindings(self._parts, operation, what),
            security=read_security(self._parts, self._root, operation, what), position=position,
            extensions=read_extensions(operation),
        )  # fmt: skip
        self._found.append((draft, list(dict.fromkeys(indexes))))

    def _messages(self, operation: Site, action: str) -> list[Site]:
        """Give the messages of an operation: one, or each of `oneOf`."""
        message = operation.child("message")
        if message is None or message.value is None:
            return []
        try:
            choices = self._parts.documents.follow(message).child("oneOf")
        except Unresolvable:
            return [message]  # reading it says so
        if choices is None:
            return [message]
        if not isinstance(choices.value, list):
            self._parts.findings.add("document.type", "error", "oneOf of a message must be a list", choices)
            self.messages.append(unreadable_messages(self._parts, choices, action))
            return []
        return list(choices.items())

    def _index(self, site: Site, fallback: str) -> int:
        """Give the number of a message among the channel's, reading it when it is met first."""
        try:
            target = self._parts.documents.follow(site)
        except Unresolvable:
            target = site
        key = (target.file, target.pointer)
        if key not in self._known:
            self._known[key] = len(self.messages)
            self.messages.append(read_message(self._parts, None, site, fallback))
        return self._known[key]

    def operation_bindings(self) -> list[Mapping[str, object]]:
        return [draft.bindings for draft, _ in self._found]

    def operations(self, channel: Channel) -> list[Operation]:
        keys = [message.key for message in channel.messages]
        return [replace(draft, messages=tuple(keys[index] for index in indexes)) for draft, indexes in self._found]


def _fallback_id(channel: str, direction: Direction) -> str:
    return f"{channel}:{'publish' if direction == 'receive' else 'subscribe'}"


def _servers(parts: Parts, site: Site, name: str, servers: Mapping[str, Server]) -> tuple[str, ...] | None:
    """Give the servers a channel names; () = all; None = it names some, and none of them is usable."""
    listed = site.child("servers")
    if listed is None or not isinstance(listed.value, list) or not listed.value:
        if listed is not None and not isinstance(listed.value, list):
            parts.findings.add("document.type", "warning", f"servers of channel {quote(name)} must be a list", listed)
        return ()
    chosen: list[str] = []
    for item in listed.items():
        if isinstance(item.value, str) and item.value in servers:
            chosen.append(item.value)
        else:
            shown = quote(item.value) if isinstance(item.value, str) else "that"
            parts.findings.add(
                "document.channel-server", "error", f"channel {quote(name)}: {shown} is no usable server", item
            )
    return tuple(dict.fromkeys(chosen)) or None
