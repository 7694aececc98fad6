"""Where channels of one address contradict each other, in one document or in several.

All of them judge together; what only one of them says, and another otherwise, is worth knowing once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from asyncwatch.contract.addresses.placeholders import names_of
from asyncwatch.contract.clusters import Cluster, cluster_of
from asyncwatch.contract.document_finding import DocumentFinding, Position
from asyncwatch.contract.entities import Channel, Contract, Family, Message, PayloadSchema, Server
from asyncwatch.contract.findings import quote
from asyncwatch.contract.merging import meaning_of
from asyncwatch.contract.sites import write_pointer

NameCluster = Callable[[Server], object]
_MOST: Final = 1_000
_MOST_COMPARED: Final = 64
"""Channels of one address that each further one is compared with."""
_GUESSED_TYPE: Final = "application/json"


@dataclass(frozen=True, slots=True)
class _View:
    """One channel on servers of one family; `document` is the number of its document."""

    document: int
    contract: Contract
    channel: Channel
    family: Family


@dataclass(frozen=True, slots=True)
class _Conflict:
    """What two places say differently; the first was met first."""

    what: str
    first: Position
    second: Position


def find_conflicts(
    contracts: Sequence[Contract], cluster: NameCluster | None = None
) -> list[tuple[DocumentFinding, ...]]:
    """Give, for each document, where its channels say something else than a channel before; a finding names both places.

    `cluster` gives what is equal for servers of one cluster; None = documented addresses tell.
    """
    found = _find(contracts, cluster or _Clusters().name)
    return [tuple(finding for place, finding in found if place == number) for number, _ in enumerate(contracts)]


def with_conflicts(contracts: Sequence[Contract], cluster: NameCluster | None = None) -> list[Contract]:
    """Give the documents with their conflicts among their findings."""
    found = zip(contracts, find_conflicts(contracts, cluster), strict=True)
    return [replace(one, findings=(*one.findings, *conflicts)) if conflicts else one for one, conflicts in found]


class _Clusters:
    """Numbers clusters as they are met."""

    def __init__(self) -> None:
        self._known: list[Cluster] = []

    def name(self, server: Server) -> object:
        cluster = cluster_of(server)
        for number, one in enumerate(self._known):
            if one.is_same(cluster):
                return number
        self._known.append(cluster)
        return len(self._known) - 1


def _find(contracts: Sequence[Contract], cluster: NameCluster) -> list[tuple[int, DocumentFinding]]:
    found: dict[tuple[str, Position], tuple[int, DocumentFinding]] = {}
    for views in _by_address(contracts, cluster):
        for number, view in enumerate(views):
            if number == 0 or len(found) >= _MOST:
                continue
            for conflict in _compare(views[: min(number, _MOST_COMPARED)], view):
                address = quote(view.channel.addresses[view.family].address or "")
                summary = f"address {address}: {conflict.what} here and at {conflict.first} differ"
                pointer = write_pointer(("channels", view.channel.id))
                finding = DocumentFinding("document.conflict", "warning", summary, pointer, conflict.second)
                found.setdefault((conflict.what, conflict.second), (view.document, finding))
    return list(found.values())


def _by_address(contracts: Sequence[Contract], cluster: NameCluster) -> list[list[_View]]:
    """Put the channels together that lie at one address of a cluster."""
    found: dict[tuple[object, str], list[_View]] = {}
    for number, contract in enumerate(contracts):
        for channel in contract.channels.values():
            servers = [one for name, one in contract.servers.items() if not channel.servers or name in channel.servers]
            # Without servers nobody knows whether another document means the same broker.
            alone: list[tuple[Family, object]] = [(next(iter(channel.addresses)), ("document", number))]
            for family, name in [(one.family, cluster(one)) for one in servers] or alone:
                place = channel.addresses.get(family)
                meaning = None if place is None else meaning_of(place)
                if meaning is not None:
                    views = found.setdefault((name, meaning), [])
                    if not views or views[-1].channel is not channel:
                        views.append(_View(number, contract, channel, family))
    return [views for views in found.values() if len(views) > 1]


def _compare(before: Sequence[_View], view: _View) -> Iterator[_Conflict]:
    """Compare a channel with the first one before it that says anything about the same thing."""
    yield from _compare_messages(before, view)
    yield from _compare_formats(before, view)
    yield from _compare_rules(before, view)
    yield from _compare_bindings(before, view)
    yield from _compare_parameters(before, view)


def _compare_messages(before: Sequence[_View], view: _View) -> Iterator[_Conflict]:
    for message in view.channel.messages:
        pairs = ((one, other) for one in before for other in one.channel.messages if _is_same(other, message))
        first = next(pairs, None)
        if first is None:
            continue
        holder, other = first
        name = quote(message.name or message.key)
        for part, one, two in (
            ("payload", other.payload, message.payload), ("headers", other.headers, message.headers),
            ("key", other.kafka_key, message.kafka_key),
        ):  # fmt: skip
            if _differ(one, two):
                yield _Conflict(f"the schema of the {part} of message {name}", other.position, message.position)
        if _content_type(holder.contract, other) != _content_type(view.contract, message):
            yield _Conflict(f"the content type of message {name}", other.position, message.position)


def _is_same(one: Message, other: Message) -> bool:
    """Tell whether two messages are called the same; keys alone say little where titles differ."""
    if (one.name or one.key) != (other.name or other.key):
        return False
    return bool(one.name and other.name) or one.title == other.title or None in {one.title, other.title}


def _differ(one: PayloadSchema | None, other: PayloadSchema | None) -> bool:
    """Tell whether two schemas say different things; one that is not judged by says nothing."""
    if one is None or other is None or one.compiled is None or other.compiled is None:
        return False
    return one.identity != other.identity


def _content_type(contract: Contract, message: Message) -> str:
    content_type = message.content_type or contract.default_content_type or _GUESSED_TYPE
    return content_type.partition(";")[0].strip().lower()


def _compare_formats(before: Sequence[_View], view: _View) -> Iterator[_Conflict]:
    """Compare what a reader of the address must be able to read, whatever the messages are called."""
    own_types = {_content_type(view.contract, one) for one in view.channel.messages}
    own_keys = {one.kafka_key.identity for one in view.channel.messages if one.kafka_key and one.kafka_key.compiled}
    for one in before:
        shared = any(_is_same(a, b) for a in one.channel.messages for b in view.channel.messages)
        types = {_content_type(one.contract, message) for message in one.channel.messages}
        if not shared and types and own_types and types.isdisjoint(own_types):
            listed = f"{', '.join(sorted(own_types)[:3])} and {', '.join(sorted(types)[:3])}"
            yield _Conflict(f"content types ({listed})", one.channel.position, view.channel.position)
            return
        keys = {two.kafka_key.identity for two in one.channel.messages if two.kafka_key and two.kafka_key.compiled}
        if not shared and keys and own_keys and keys.isdisjoint(own_keys):
            yield _Conflict("the schemas of record keys", one.channel.position, view.channel.position)
            return


def _compare_rules(before: Sequence[_View], view: _View) -> Iterator[_Conflict]:
    own = view.channel
    ruled = next((one.channel for one in before if one.channel.ordering is not None), None)
    if own.ordering is not None and ruled is not None and own.ordering != ruled.ordering:
        yield _Conflict("rules for sequences and event times (x-asyncwatch)", ruled.position, own.position)
    other = before[0].channel
    if own.ignored_rules != other.ignored_rules:
        yield _Conflict("the rules to ignore (x-asyncwatch)", other.position, own.position)


def _compare_bindings(before: Sequence[_View], view: _View) -> Iterator[_Conflict]:
    own = dict(_facts(view))
    for one in before:
        for name, value in _facts(one):
            if name in own and own[name] != value:
                yield _Conflict(f"{name} of the {view.family} binding", one.channel.position, view.channel.position)
                del own[name]


def _facts(view: _View) -> Iterator[tuple[str, object]]:
    """Give what a channel's binding says about the broker, and not about its own reader."""
    binding = view.channel.bindings.get(view.family)
    if not isinstance(binding, dict):
        return
    if view.family == "kafka":
        for name in ("partitions", "replicas"):
            if name in binding:
                yield name, binding[name]
        configuration = binding.get("topicConfiguration")
        if isinstance(configuration, dict):
            yield from ((f"topicConfiguration.{name}", value) for name, value in configuration.items())
    elif view.family == "amqp":
        for part in ("exchange", "queue"):
            inner = binding.get(part)
            if isinstance(inner, dict) and isinstance(inner.get("name"), str):
                whose = f"{part} {quote(inner['name'])}"
                yield from ((f"{name} of {whose}", value) for name, value in inner.items() if name != "name")


def _compare_parameters(before: Sequence[_View], view: _View) -> Iterator[_Conflict]:
    for place, name in enumerate(names_of(view.channel.addresses[view.family].address or "")):
        own = {one.name: one for one in view.channel.parameters}.get(name)
        for one in before:
            names = names_of(one.channel.addresses[one.family].address or "")
            other = {two.name: two for two in one.channel.parameters}.get(names[place]) if place < len(names) else None
            if own is None or other is None or own.position is None or other.position is None:
                continue
            values = None not in (own.values, other.values) and set(own.values or ()) != set(other.values or ())
            if values or _differ(other.schema, own.schema):
                yield _Conflict(f"what parameter {quote(name)} allows", other.position, own.position)
                break
