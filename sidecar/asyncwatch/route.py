"""Contract and settings to Routes: everything that is constant about an address is bound here, once.

The order of the checks is written here and nowhere else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import Final, Literal

from asyncwatch.checks.base import ExplanationBudget
from asyncwatch.checks.context import ContextCheck
from asyncwatch.checks.contract import ContractCheck
from asyncwatch.checks.coverage import CoverageCheck
from asyncwatch.checks.decode import DecodeCheck
from asyncwatch.checks.fields import FieldsCheck
from asyncwatch.checks.freshness import FreshnessCheck
from asyncwatch.checks.parameters import ParametersCheck
from asyncwatch.checks.progress import ProgressCheck
from asyncwatch.checks.sequence import SequenceCheck
from asyncwatch.checks.volume import VolumeCheck
from asyncwatch.contract.entities import Channel, Contract, Message, Operation, Server
from asyncwatch.contract.merging import address_parameters, meaning_of
from asyncwatch.contract.message_strength import message_strength
from asyncwatch.contract.route_identity import identity_of
from asyncwatch.contract.schema_format import language_of, wire_type_of
from asyncwatch.decode.media_type import essence, kind_of
from asyncwatch.lag.position_times import EntryBudget
from asyncwatch.model.batch import UNDOCUMENTED, Batch
from asyncwatch.model.form import Form, Kind
from asyncwatch.model.route import MOST_MESSAGE_BYTES, Candidate, OrderingRule, Route
from asyncwatch.model.rules import RULES
from asyncwatch.model.severity import Severities
from asyncwatch.tracing.formats.table import DEFAULT_ORDER
from asyncwatch.tracing.message_attributes import HEADERS as EVENT_HEADERS

_GUESSED_TYPE: Final = "application/json"
_NATIVE_KINDS: Final[dict[str, Kind]] = {"avro": "avro", "protobuf": "protobuf"}
_READ_BY_SCHEMA: Final[frozenset[Kind | None]] = frozenset({"text", "form", "raw", "json-lines", "xml"})
"""Formats whose readers look at which types the schema wants."""
_MOST_UNDOCUMENTED: Final = 1000
OTHER: Final = "_other"
"""The row of all undocumented addresses beyond the first 1,000 (interfaces.md §3)."""


@dataclass(frozen=True, slots=True)
class RouteSettings:
    """What the user's settings say about routes. `rules`: rule id or family → severity."""

    rules: Mapping[str, str] = field(default_factory=dict)
    channel_rules: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Pattern of ids and addresses → rule id or family → severity; wins over `rules`, the first pattern that fits."""
    ordering: Mapping[str, OrderingRule] = field(default_factory=dict)
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    explained_per_second: int | None = None
    divided: Mapping[str, Literal["workers", "group"]] = field(default_factory=dict)
    """Servers whose partitions are divided among several readers, and by whom."""
    context_formats: tuple[str, ...] = DEFAULT_ORDER
    message_bytes: int = MOST_MESSAGE_BYTES
    """Payloads above this are not read."""


@dataclass(slots=True)
class Adoption:
    """What became of the routes of a run when its documents were read again."""

    kept: list[Route] = field(default_factory=list)
    changed: list[Route] = field(default_factory=list)
    """They are judged anew."""
    added: list[Route] = field(default_factory=list)
    replaced: list[Route] = field(default_factory=list)
    """Whose place others have taken."""
    removed: list[Route] = field(default_factory=list)
    """Which are not read any more."""


class Routes:
    """The routes of a run, found by server and filter; an address nobody documented gets a route of its own."""

    def __init__(self, documented: Sequence[Route], undocumented: Callable[[str, str], Route]) -> None:
        self._routes = {(route.server, route.filter): route for route in documented}
        self._make_undocumented = undocumented
        self._undocumented: dict[tuple[str, str], Route] = {}
        self._leaving: dict[tuple[str, str], Route] = {}
        """Routes that are not read any more: batches that were on their way still find them."""

    def find(self, batch: Batch) -> Route:
        """Give the route of a batch, never None."""
        route = self._routes.get((batch.server, batch.filter))
        if route is None:
            route = self._leaving.get((batch.server, batch.filter))
        if route is None:
            address = batch.filter if batch.addresses is None else batch.addresses[0]
            return self._undocumented_route(batch.server, address)
        return route

    def _undocumented_route(self, server: str, address: str) -> Route:
        if len(self._undocumented) >= _MOST_UNDOCUMENTED and (server, address) not in self._undocumented:
            address = OTHER
        route = self._undocumented.get((server, address))
        if route is None:
            route = self._undocumented[server, address] = self._make_undocumented(server, address)
        return route

    def documented(self) -> list[Route]:
        """Give the routes that the documents describe, in their order."""
        return list(self._routes.values())

    def undocumented(self) -> list[Route]:
        """Give the routes of undocumented addresses, in the order in which they were met."""
        return list(self._undocumented.values())

    def all(self) -> list[Route]:
        return [*self._routes.values(), *self._undocumented.values()]

    def adopt(self, fresh: Routes) -> Adoption:
        """Go on with the routes of documents that were read again; those that judge alike keep all their state."""
        before, after = self._routes, dict(fresh._routes)
        adoption = Adoption()
        for place, route in fresh._routes.items():
            known = before.get(place)
            if known is None:
                adoption.added.append(route)
            elif known.identity == route.identity:
                after[place] = known
                adoption.kept.append(known)
            else:
                if (route.host, route.port) == (known.host, known.port):
                    route.cluster = known.cluster
                adoption.changed.append(route)
                adoption.replaced.append(known)
        self._leaving = {place: route for place, route in before.items() if place not in after}
        adoption.removed.extend(self._leaving.values())
        for place in self._undocumented.keys() & after.keys():
            adoption.replaced.append(self._undocumented.pop(place))
        self._routes, self._make_undocumented = after, fresh._make_undocumented
        return adoption

    def of_server(self, server: str) -> list[Route]:
        """Give the documented routes of one server."""
        return [route for route in self._routes.values() if route.server == server]


def compile_routes(
    contracts: Sequence[Contract],
    servers: Mapping[str, Server],
    settings: RouteSettings,
    key_hash: Callable[[bytes], str],
) -> Routes:
    """Compile every documented address of the chosen servers."""
    budget = ExplanationBudget(settings.explained_per_second)
    entries = EntryBudget()
    routes: list[Route] = []
    operations = _operations(contracts)
    for server in servers.values():
        found = _by_address(server, contracts, settings)
        routes.extend(_compile(server, one, settings, operations) for one in found)
    for route in routes:
        _bind_checks(route, budget, entries, key_hash)

    def undocumented(server_id: str, address: str) -> Route:
        server = servers.get(server_id)
        host, port = split_host(server.host if server else "")
        route = Route(
            server=server_id, protocol=server.family if server else "other", cluster=server.host if server else "",
            host=host, port=port, filter=UNDOCUMENTED, address=address, document=None, spec_id=None, channels=(),
            candidates=(), severities=_severities(settings, frozenset(), (address,)), context_formats=settings.context_formats,
        )  # fmt: skip
        _bind_checks(route, budget, entries, key_hash)
        return route

    return Routes(routes, undocumented)


def split_host(host: str) -> tuple[str, int | None]:
    """Give host name and port of the first address in `host:port,…`; an IPv6 address stands in brackets."""
    first = host.partition(",")[0].strip()
    found = re.fullmatch(r"(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?", first)
    if found is None:
        return first, None
    return found[1], int(found[2]) if found[2] else None


def _by_address(
    server: Server, contracts: Sequence[Contract], settings: RouteSettings
) -> list[list[tuple[Contract, Channel]]]:
    """Put channels together that lie at one address of a server, whatever their placeholders are called."""
    found: dict[str, list[tuple[Contract, Channel]]] = {}
    meanings: dict[str, str] = {}
    for contract in contracts:
        for channel in contract.channels.values():
            place = channel.addresses.get(server.family)
            if place is None or place.address is None or not _is_on(channel, server, contract):
                continue
            if _is_wanted(channel, place.address, settings):
                meaning = meanings.setdefault(place.address, meaning_of(place) or place.address)
                found.setdefault(meaning, []).append((contract, channel))
    return list(found.values())


def _is_on(channel: Channel, server: Server, contract: Contract) -> bool:
    """A channel without servers is on all servers of its document."""
    return server.id in contract.servers and (not channel.servers or server.id in channel.servers)


def _is_wanted(channel: Channel, address: str, settings: RouteSettings) -> bool:
    names = (channel.id, address)
    if settings.include and not any(fnmatchcase(name, glob) for name in names for glob in settings.include):
        return False
    return not any(fnmatchcase(name, glob) for name in names for glob in settings.exclude)


def _compile(
    server: Server,
    found: Sequence[tuple[Contract, Channel]],
    settings: RouteSettings,
    operations: Mapping[tuple[int, str], Sequence[Operation]],
) -> Route:
    """Merge all channels of an address: the sending side counts first, then document order (settled 1)."""
    ordered = sorted(found, key=lambda one: "send" not in one[1].directions)
    contract, first = ordered[0]
    place = first.addresses[server.family]
    address = place.address or ""
    sources = {channel.id: contract.source for contract, channel in reversed(ordered)}
    channels = tuple(dict.fromkeys(channel.id for _, channel in ordered))
    host, port = split_host(server.host)
    ignored = frozenset().union(*(channel.ignored_rules for _, channel in ordered))
    route = Route(
        server=server.id, protocol=server.family, cluster=server.host, host=host, port=port, filter=address,
        address=address, document=contract.source, spec_id=contract.id,
        channels=channels, sources=tuple(sources[one] for one in channels), candidates=_candidates(ordered, operations),
        severities=_severities(settings, ignored, (address, *(channel.id for _, channel in ordered))), ordering=_ordering(address, [channel for _, channel in ordered], settings),
        split=_is_split(server, address, ordered, settings), wildcard=place.pattern is not None, pattern=place.pattern, subscription=place.subscription,
        parameters=address_parameters([channel for _, channel in ordered], server.family), compacted=any(_is_compacted(channel) for _, channel in ordered), context_formats=settings.context_formats, most_bytes=settings.message_bytes,
    )  # fmt: skip
    route.identity = identity_of(route, (message for _, channel in ordered for message in channel.messages))
    return route


def _candidates(
    ordered: Sequence[tuple[Contract, Channel]], operations: Mapping[tuple[int, str], Sequence[Operation]]
) -> tuple[Candidate, ...]:
    """Give the messages of an address; equal ones of several channels become one."""
    merged: dict[tuple[str | None, ...], Candidate] = {}
    for contract, channel in ordered:
        for message in channel.messages:
            content_type = message.content_type or contract.default_content_type or _assumed_type(message)
            identity = (
                essence(content_type),
                *(
                    schema.identity if schema else None
                    for schema in (message.payload, message.headers, message.kafka_key)
                ),
            )
            known = merged.get(identity)
            here = (channel.id, message.key)
            if known is not None:
                merged[identity] = replace(known, channels=(*known.channels, here))
            else:
                named = _operation(operations.get((id(contract), channel.id), ()), message.key)
                merged[identity] = _candidate(here, message, content_type, named)
    return tuple(merged.values())


def _assumed_type(message: Message) -> str:
    """Give the content type of a message whose document says none: binary for Avro and Protobuf, else JSON."""
    return (wire_type_of(message.payload.format) if message.payload else None) or _GUESSED_TYPE


def _operations(contracts: Sequence[Contract]) -> dict[tuple[int, str], list[Operation]]:
    """Give the operations of each channel of each document."""
    found: dict[tuple[int, str], list[Operation]] = {}
    for contract in contracts:
        for operation in contract.operations.values():
            found.setdefault((id(contract), operation.channel), []).append(operation)
    return found


def _operation(operations: Sequence[Operation], message: str) -> str | None:
    """Give the operation that documents a message of a channel."""
    found = [one for one in operations if message in one.messages]
    return min(found, key=lambda one: one.action != "send").id if found else None


def _candidate(here: tuple[str, str], message: Message, content_type: str, operation: str | None) -> Candidate:
    payload, headers, key = message.payload, message.headers, message.kafka_key
    form = _form(message, content_type)
    if key is not None and form.kind != "json" and wire_type_of(key.format) is not None:
        key = None  # as binary as the payload, and not decoded either
    unchecked = None
    for part in (payload, headers, key):
        if part is not None and part.compiled is None and part.native is None:
            unchecked = part.reason or "schema cannot be used"
            break
    return Candidate(
        channels=(here,), name=message.name, title=message.title, content_type=content_type,
        payload=payload.compiled if payload else None, unchecked=unchecked,
        headers=headers.compiled if headers else None, key=key.compiled if key else None,
        header_names=headers.declared if headers and headers.compiled else None,
        ordering=message.ordering, operation=operation, strength=message_strength(message), form=form,
    )  # fmt: skip


def _form(message: Message, content_type: str) -> Form:
    """Tell how a message's payloads are written: what of its schema has a say in it is part of the form."""
    payload, kind = message.payload, kind_of(content_type)
    language = language_of(payload.format) if payload is not None else None
    native_kind = _NATIVE_KINDS.get(language.family) if language is not None else None
    native = payload.native if payload is not None and native_kind is not None else None
    has_say = kind in _READ_BY_SCHEMA
    return Form(
        kind, content_type, native=native, native_kind=native_kind if native is not None else None,
        identity=payload.identity if payload is not None and native is not None else None,
        names=tuple(one for one in (message.key, message.name) if one) if native_kind == "protobuf" else (),
        schema=payload.compiled if payload is not None else None,
        schema_identity=payload.identity if payload is not None and has_say else None,
    )  # fmt: skip


def _severities(settings: RouteSettings, ignored: frozenset[str], names: Sequence[str]) -> Severities:
    """Give every rule's severity: what the first fitting pattern of channels says of it or of its family, then what is
    said for all channels, then its own; ignored rules are off.

    `names`: ids and address, with which patterns of channels are compared.
    """
    said = [
        rules for pattern, rules in settings.channel_rules.items() if any(fnmatchcase(name, pattern) for name in names)
    ]
    given: dict[str, str] = {}
    for rule in RULES.values():
        for rules in (*said, settings.rules):
            found = rules.get(rule.id, rules.get(rule.family))
            if found is not None:
                given[rule.id] = found
                break
    severities = {
        rule.id: "off" if rule.id in ignored or rule.family in ignored else given.get(rule.id, rule.severity)
        for rule in RULES.values()
    }
    return Severities(severities, given)


def _ordering(address: str, channels: Sequence[Channel], settings: RouteSettings) -> OrderingRule:
    """Take the configured rule of the first pattern that fits, else the first that a document gives."""
    for pattern, rule in settings.ordering.items():
        if fnmatchcase(address, pattern):
            return rule
    return next((one.ordering for one in channels if one.ordering is not None), OrderingRule())


def _is_split(
    server: Server, address: str, ordered: Sequence[tuple[Contract, Channel]], settings: RouteSettings
) -> bool:
    """Workers leave an address to one of them where its sequence counts over the whole channel; a group does not."""
    by = settings.divided.get(server.id)
    if by != "workers":
        return by is not None
    rules = [_ordering(address, [channel], settings) for _, channel in ordered]
    rules += [one.ordering for _, channel in ordered for one in channel.messages if one.ordering is not None]
    return all(rule.scope != "channel" for rule in rules)


def _is_compacted(channel: Channel) -> bool:
    binding = channel.bindings.get("kafka")
    topic = binding.get("topicConfiguration") if isinstance(binding, dict) else None
    policy = topic.get("cleanup.policy") if isinstance(topic, dict) else None
    return "compact" in policy if isinstance(policy, list | str) else False


def _bind_checks(
    route: Route, budget: ExplanationBudget, entries: EntryBudget, key_hash: Callable[[bytes], str]
) -> None:
    """Give a route its header columns and its checks, in the order in which they see a batch."""
    wanted = [
        *DecodeCheck.wants(route), *ContractCheck.wants(route), *ParametersCheck.wants(route), *ContextCheck.wants(route),
        *SequenceCheck.wants(route), *FreshnessCheck.wants(route), *EVENT_HEADERS,
    ]  # fmt: skip
    route.slots = {name: slot for slot, name in enumerate(dict.fromkeys(wanted))}
    route.checks = (
        FieldsCheck(route),
        DecodeCheck(route),
        ContractCheck(route, budget),
        ParametersCheck(route),
        ContextCheck(route),
        SequenceCheck(route, key_hash),
        FreshnessCheck(route, key_hash),
        ProgressCheck(route, entries),
        CoverageCheck(route),
        VolumeCheck(route),
    )
