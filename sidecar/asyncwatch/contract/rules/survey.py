"""What stands where in a document: its servers, channels, operations and messages, references followed, each once.

A reference that leads nowhere is passed over here: the grammar says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from asyncwatch.contract.findings import quote
from asyncwatch.contract.inspected import Inspected
from asyncwatch.contract.references import Unresolvable
from asyncwatch.contract.rules.in_place import Endless
from asyncwatch.contract.rules.judging import Judges
from asyncwatch.contract.rules.schema_walk import MOST_SCHEMAS, SchemaPlace, SchemaWalk
from asyncwatch.contract.sites import Pointer, Site
from asyncwatch.contract.traits import apply_traits
from asyncwatch.model.severity import Severity

_ACTIONS: Final = ("subscribe", "publish")
_MOST_TRAITS: Final = 100
_MOST_STEPS: Final = 100_000


@dataclass(frozen=True, slots=True)
class Named:
    """An object of the document: the words for it, the place where it is listed, and the place where it stands."""

    name: str
    what: str
    own: Site
    site: Site


class Survey:
    """Looks at a document once for all rules."""

    def __init__(self, inspected: Inspected) -> None:
        self.inspected = inspected
        self.documents = inspected.documents
        self.root = inspected.root
        self.major = inspected.major
        self.minor = inspected.minor
        self._steps = _MOST_STEPS
        contract = inspected.contract
        default_format = f"application/vnd.aai.asyncapi;version={contract.spec_version}"
        self.judges = Judges(inspected.documents, default_format, contract)
        self._merged: dict[tuple[str, Pointer], Site | None] = {}

    def add(self, rule: str, severity: Severity, summary: str, site: Site) -> None:
        """Note a finding at a site."""
        self.inspected.findings.add(rule, severity, summary, site)

    def leave_out(self, what: str, site: Site) -> None:
        """Say that a part of the document was not looked at, since there is too much of it."""
        self.add("document.unexamined", "info", f"not examined: {what}", site)

    def take_step(self) -> bool:
        """Count a step into the parts of a schema; False, said once, when the document has used up all that it may."""
        self._steps -= 1
        if self._steps == 0:
            self.leave_out("schemas made of so many parts", self.root)
        return self._steps > 0

    def follow(self, site: Site | None) -> Site | None:
        """Give what a site stands for; None where its reference leads nowhere."""
        if site is None:
            return None
        try:
            return self.documents.follow(site)
        except Unresolvable:
            return None

    def inside(self, site: Site | None, *keys: str) -> Site | None:
        """Give a member of a member, every reference on the way followed."""
        for key in keys:
            if site is None:
                return None
            site = self.follow(site.child(key))
        return site

    def listed(self, parent: Site | None, key: str, noun: str) -> list[Named]:
        """Give the objects that a mapping lists; those that are none are passed over."""
        mapping = self.inside(parent, key)
        found: list[Named] = []
        for name, own in mapping.members() if mapping is not None else ():
            site = self.follow(own)
            if site is not None and isinstance(site.value, dict):
                found.append(Named(name, f"{noun} {quote(name)}", own, site))
        return found

    def items(self, parent: Site | None, key: str) -> Iterator[tuple[Site, Site]]:
        """Give the objects of a list, each with the place where it is listed and the place where it stands."""
        listed = self.inside(parent, key)
        for own in listed.items() if listed is not None else ():
            site = self.follow(own)
            if site is not None and isinstance(site.value, dict):
                yield own, site

    @cached_property
    def components(self) -> Site | None:
        return self.inside(self.root, "components")

    @cached_property
    def servers(self) -> list[Named]:
        return self.listed(self.root, "servers", "server")

    @cached_property
    def all_servers(self) -> list[Named]:
        """Those of the root, then those of the components that the root does not list."""
        return _each_once([*self.servers, *self.listed(self.components, "servers", "server")])

    @cached_property
    def channels(self) -> list[Named]:
        return self.listed(self.root, "channels", "channel")

    @cached_property
    def component_channels(self) -> list[Named]:
        return self.listed(self.components, "channels", "channel")

    @cached_property
    def operations(self) -> list[Named]:
        """The operations of the application: in 2.x those of its channels, subscribe before publish."""
        if self.major > 2:
            return self.listed(self.root, "operations", "operation")
        return [operation for channel in self.channels for operation in self._actions(channel)]

    @cached_property
    def component_operations(self) -> list[Named]:
        if self.major > 2:
            return self.listed(self.components, "operations", "operation")
        return [operation for channel in self.component_channels for operation in self._actions(channel)]

    def _actions(self, channel: Named) -> Iterator[Named]:
        for action in _ACTIONS:
            own = channel.site.child(action)
            site = self.follow(own)
            if own is not None and site is not None and isinstance(site.value, dict):
                yield Named(channel.name, f"{action} of {channel.what}", own, site)

    def messages_of(self, operation: Named) -> list[Named]:
        """Give the messages of a 2.x operation: one, or each of `oneOf`."""
        own = operation.site.child("message")
        site = self.follow(own)
        if own is None or site is None or not isinstance(site.value, dict):
            return []
        listed = [(own, site)] if "oneOf" not in site.value else list(self.items(site, "oneOf"))
        action = operation.own.pointer[-1]
        return [
            Named(*_message_name(choice, message, f"{action}-{number}", operation), choice, message)
            for number, (choice, message) in enumerate(listed, 1)
        ]

    @cached_property
    def messages(self) -> list[Named]:
        """Every message of the document once, also those of components that no operation uses."""
        found: list[Named] = []
        if self.major == 2:
            for operation in [*self.operations, *self.component_operations]:
                found += self.messages_of(operation)
        else:
            for channel in [*self.channels, *self.component_channels]:
                found += self.listed(channel.site, "messages", "message")
        return _each_once([*found, *self.listed(self.components, "messages", "message")])

    @cached_property
    def message_traits(self) -> list[Named]:
        """The traits of all messages, then those of components that no message uses."""
        found: list[Named] = []
        for message in self.messages:
            for own, trait in self.items(message.site, "traits"):
                found.append(Named(message.name, f"a trait of {message.what}", own, trait))
        return _each_once([*self.listed(self.components, "messageTraits", "message trait"), *found])

    @cached_property
    def schema_walk(self) -> SchemaWalk:
        return SchemaWalk(self)

    @cached_property
    def schemas(self) -> list[SchemaPlace]:
        """Every schema with the words of JSON Schema, and every schema inside it, once each."""
        found = self.schema_walk.run()
        if not self.schema_walk.is_complete:
            self.leave_out(f"schemas beyond the first {MOST_SCHEMAS:,}", self.root)
        return found

    @cached_property
    def endless(self) -> Endless:
        return Endless(self)

    def traits_of(self, site: Site) -> list[Site]:
        """Give the traits of an operation or message, in their order."""
        return [trait for _, trait in self.items(site, "traits")][:_MOST_TRAITS]

    def merged(self, site: Site) -> Site | None:
        """Give an operation or message with its traits; None where they cannot be merged."""
        key = (site.file, site.pointer)
        if key not in self._merged:
            try:
                self._merged[key] = apply_traits(self.documents, site, self.major)
            except Unresolvable:
                self._merged[key] = None
        return self._merged[key]


def _message_name(own: Site, site: Site, fallback: str, operation: Named) -> tuple[str, str]:
    """Give a 2.x message's name and the words for it: messageId, name, the reference's last part, or its number."""
    for key in ("messageId", "name"):
        given = site.value.get(key) if isinstance(site.value, dict) else None
        if isinstance(given, str):
            return given, f"message {quote(given)}"
    last = site.pointer[-1] if own.reference is not None and site.pointer else None
    if isinstance(last, str):
        return last, f"message {quote(last)}"
    return fallback, f"message {quote(fallback)} of channel {quote(operation.name)}"


def _each_once(named: list[Named]) -> list[Named]:
    """Leave out what stands at a place that was met before."""
    return list({(one.site.file, one.site.pointer): one for one in reversed(named)}.values())[::-1]
