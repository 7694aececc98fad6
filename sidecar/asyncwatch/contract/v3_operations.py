"""Operations of AsyncAPI 3.x: which channel and messages they mean, and where an answer is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from asyncwatch.contract.bindings import read_bindings
from asyncwatch.contract.document_finding import Position
from asyncwatch.contract.entities import Channel, Operation, Reply, SecurityScheme
from asyncwatch.contract.expressions import parse_expression
from asyncwatch.contract.extension import read_extensions
from asyncwatch.contract.findings import quote
from asyncwatch.contract.parts import Parts
from asyncwatch.contract.places import Places
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.security import read_security
from asyncwatch.contract.sites import Site
from asyncwatch.contract.traits import apply_traits


@dataclass(frozen=True, slots=True)
class Draft:
    """An operation before its channel is known to be usable; `messages` None = all of the channel's."""

    action: Literal["send", "receive"]
    channel: str
    messages: tuple[str, ...] | None
    reply: Reply | None
    security: tuple[SecurityScheme, ...]
    position: Position
    bindings: Mapping[str, object] = field(default_factory=dict)
    extensions: Mapping[str, object] = field(default_factory=dict)

    def finish(self, name: str, channels: Mapping[str, Channel]) -> Operation:
        """Give the operation, naming only what its channel and the channel of the answer have."""
        keys = [message.key for message in channels[self.channel].messages]
        chosen = keys if self.messages is None else [key for key in self.messages if key in keys]
        reply = self.reply
        answering = reply.channel if reply is not None and reply.channel in channels else None
        return Operation(
            id=name, action=self.action, channel=self.channel, messages=tuple(chosen), reply_channel=answering,
            has_reply=reply is not None, bindings=self.bindings,
            reply=Reply(answering, reply.location, reply.messages if answering else ()) if reply is not None else None,
            security=self.security, position=self.position, extensions=self.extensions,
        )  # fmt: skip


def read_operations(parts: Parts, root: Site, places: Places) -> dict[str, Draft]:
    """Read all operations; broken ones are left out."""
    listed = parts.mapping(root, "operations", "operations")
    drafts: dict[str, Draft] = {}
    for name, site in listed.members() if listed is not None else ():
        draft = _read_operation(parts, root, name, site, places)
        if draft is not None:
            drafts[name] = draft
    return drafts


def _read_operation(parts: Parts, root: Site, name: str, site: Site, places: Places) -> Draft | None:
    what = f"operation {quote(name)}"
    followed = parts.follow(site, what)
    if followed is None or not parts.expect_mapping(followed, what):
        return None
    try:
        followed = apply_traits(parts.documents, followed, 3)
    except Unresolvable as error:
        parts.findings.add(error.rule, "error", f"traits of {what} are left out: {error.message}", followed)
    action = parts.text(followed, "action", what)
    if action not in {"send", "receive"}:
        parts.findings.add(
            "document.operation", "error", f"{what} is left out: its action is neither send nor receive", site
        )
        return None
    channel_site = followed.child("channel")
    if channel_site is None:
        parts.findings.add("document.operation-channel", "error", f"{what} is left out: it has no channel", site)
        return None
    channel = places.channel(channel_site, what)
    if channel is None:
        return None
    return Draft(
        action="send" if action == "send" else "receive", channel=channel,
        messages=_messages(parts, followed, channel, places, what), reply=_reply(parts, followed, places, what),
        security=read_security(parts, root, followed, what), position=parts.position(site),
        bindings=read_bindings(parts, followed, what), extensions=read_extensions(followed),
    )  # fmt: skip


def _messages(parts: Parts, site: Site, channel: str, places: Places, what: str) -> tuple[str, ...] | None:
    """Give the keys of the messages that are meant; None = the document names none, so all are."""
    listed = site.child("messages")
    if listed is None:
        return None
    if not isinstance(listed.value, list):
        parts.findings.add("document.type", "warning", f"messages of {what} must be a list", listed)
        return None
    found = [places.message(channel, item, what) for item in listed.items()]
    return tuple(dict.fromkeys(key for key in found if key is not None))


def _reply(parts: Parts, site: Site, places: Places, what: str) -> Reply | None:
    """Read where an answer is expected; a broken part of it is left out."""
    whose = f"reply of {what}"
    reply = parts.mapping(site, "reply", whose)
    if reply is None:
        return None
    channel_site = reply.child("channel")
    channel = places.channel(channel_site, whose) if channel_site is not None else None
    messages = _messages(parts, reply, channel, places, whose) if channel is not None else None
    address = parts.mapping(reply, "address", f"address of the {whose}")
    location = parts.text(address, "location", f"address of the {whose}") if address is not None else None
    if location is not None and parse_expression(location) is None:
        parts.findings.add(
            "document.expression", "warning", f"the location of the {whose} is no runtime expression: {quote(location)}",
            (address.child("location") if address is not None else None) or site,
        )  # fmt: skip
        location = None
    return Reply(channel, location, messages or ())
