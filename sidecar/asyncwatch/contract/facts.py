"""What a document says in brief, for comparing readers with each other: after references and traits, the same in all versions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from asyncwatch.contract.entities import Channel, Contract, Message, Operation, Server

_ROOTED: Final = frozenset({"http", "https", "ws", "wss", "ftp", "file"})
"""Schemes whose URLs have a path, `/` where none is written (WHATWG URL, special schemes)."""

Facts = dict[str, object]


def facts_of(contract: Contract) -> Facts:
    """Give servers, channels, operations and messages as plain values; a message that stands twice is told once."""
    names = _Names(contract)
    return {
        "version": contract.spec_version,
        "default_content_type": contract.default_content_type,
        "servers": [_server(server) for server in contract.servers.values()],
        "channels": [_channel(channel, contract, names) for channel in contract.channels.values()],
        "operations": [_operation(one, contract, names) for one in contract.operations.values()],
        "messages": [_message(message, contract, name) for message, name in names.each()],
    }


class _Names:
    """The messages of a document, each once, by the names that readers give them."""

    def __init__(self, contract: Contract) -> None:
        self._names: dict[str, str | None] = {}
        self._messages: dict[str, Message] = {}
        self._is_numbered = contract.spec_version.startswith("2.")
        anonymous = 0
        for channel in contract.channels.values():
            for message in channel.messages:
                if message.identity in self._messages:
                    continue
                self._messages[message.identity] = message
                if message.id is None and message.name is None:
                    anonymous += 1
                    self._names[message.identity] = f"<anonymous-message-{anonymous}>"
                else:
                    self._names[message.identity] = message.id

    def in_channel(self, message: Message) -> str | None:
        """Name a message of a channel: its own key in 3.x, in 2.x what names it wherever it stands."""
        return self._names[message.identity] if self._is_numbered else message.key

    def anywhere(self, message: Message) -> str | None:
        """Name a message of an operation: by what names it where it stands first."""
        return self._names[message.identity]

    def each(self) -> Iterable[tuple[Message, str | None]]:
        """Give every message once."""
        return [(message, self._names[identity]) for identity, message in self._messages.items()]


def _server(server: Server) -> Facts:
    host, path = server.host_template or "", server.path_template
    if server.url is None:
        url = f"{server.protocol}://{host}{'' if (path or '/').startswith('/') else '/'}{path or '/'}"
    else:
        scheme = server.url.partition("://")[0].lower()
        url, path = server.url, path or ("/" if scheme in _ROOTED else "" if "://" in server.url else None)
    return {
        "id": server.id, "host": host, "pathname": path, "url": url, "protocol": server.protocol,
        "variables": [one.name for one in server.variables],
    }  # fmt: skip


def _channel(channel: Channel, contract: Contract, names: _Names) -> Facts:
    by_key = {one.key: one for one in channel.messages}
    keys: list[str] = list(by_key)
    if contract.spec_version.startswith("2."):
        keys = [key for one in contract.operations.values() if one.channel == channel.id for key in one.messages]
    return {
        "id": channel.id, "address": channel.address, "servers": list(channel.servers or contract.servers),
        "parameters": [one.name for one in channel.parameters],
        "messages": [names.in_channel(by_key[key]) for key in keys if key in by_key],
    }  # fmt: skip


def _operation(operation: Operation, contract: Contract, names: _Names) -> Facts:
    is_send, is_second = operation.action == "send", contract.spec_version.startswith("2.")
    word = ("subscribe" if is_send else "publish") if is_second else operation.action
    by_key = {one.key: one for one in contract.channels[operation.channel].messages}
    reply = operation.reply
    return {
        "id": word if is_second and operation.id == f"{operation.channel}:{word}" else operation.id,
        "action": word, "is_send": is_send, "is_receive": not is_send, "channels": [operation.channel],
        "messages": [names.anywhere(by_key[key]) for key in operation.messages if key in by_key],
        "reply": {"address": reply.location, "channel": reply.channel} if reply is not None else None,
    }  # fmt: skip


def _message(message: Message, contract: Contract, name: str | None) -> Facts:
    schema_format = message.payload.format if message.payload else None
    return {
        "id": name, "name": message.name, "content_type": message.content_type or contract.default_content_type,
        "default_content_type": contract.default_content_type,
        "schema_format": schema_format or f"application/vnd.aai.asyncapi;version={contract.spec_version}",
        "has_headers": message.headers is not None, "has_payload": message.payload is not None,
        "correlation_id": message.correlation, "examples": len(message.examples),
    }  # fmt: skip
