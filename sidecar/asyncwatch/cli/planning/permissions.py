"""Rights as the permissions of a user in nats-server's configuration."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.cli.planning.plain import commented, plain
from asyncwatch.pipeline.planned import PlannedServer
from asyncwatch.taps.planned import Right


def as_nats_permissions(one: PlannedServer, principal: str) -> str:
    """Write the block that stands beside user and password."""
    head = [
        "The permissions of one user in the server's configuration:",
        f"authorization {{ users: [ {{ user: {principal}, password: ..., permissions: {{...}} }} ] }}",
    ]
    if one.survey is not None:
        head.append("Streams that are made later need rights of their own.")
    rights = [] if one.outlook is None else one.outlook.rights
    publish = _list("publish", [right for right in rights if right.operation == "publish"])
    subscribe = _list("subscribe", [right for right in rights if right.operation == "subscribe"])
    return commented(head) + "permissions: {\n" + publish + subscribe + "}\n"


def _list(word: str, rights: Sequence[Right]) -> str:
    if not rights:
        return f'  {word}: {{ deny: [">"] }}\n'
    by_reason: dict[str, list[str]] = {}
    for right in rights:
        by_reason.setdefault(right.why, []).append(f"      {_text(right.name)},")
    lines = [line for why, subjects in by_reason.items() for line in (f"      # {plain(why)}", *subjects)]
    return "".join(line + "\n" for line in [f"  {word}: {{", "    allow: [", *lines, "    ]", "  }"])


def _text(subject: str) -> str:
    escaped = plain(subject).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
