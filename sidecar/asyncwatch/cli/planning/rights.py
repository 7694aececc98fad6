"""The least rights ready to paste: which servers they are for, and what is said above them in every form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from asyncwatch.cli.planning.acls import as_kafka_acls
from asyncwatch.cli.planning.permissions import as_nats_permissions
from asyncwatch.cli.planning.plain import commented
from asyncwatch.cli.planning.strimzi import as_kafka_user
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.lagging import documented_groups
from asyncwatch.pipeline.planned import Planned, PlannedServer

_LISTED: Final = 20


@dataclass(frozen=True, slots=True)
class RightsForm:
    """One way to write rights. `asks`: what the broker shows makes them smaller."""

    protocol: str
    write: Callable[[PlannedServer, str], str]
    asks: bool = False
    between: str = "\n"


RIGHTS: Final[dict[str, RightsForm]] = {
    "kafka-acls": RightsForm("kafka", as_kafka_acls),
    "strimzi": RightsForm("kafka", as_kafka_user, between="---\n"),
    "nats": RightsForm("nats", as_nats_permissions, asks=True),
}


def keep_servers(planned: Planned, form: str) -> None:
    """Leave out the servers that rights of this form are not for. Raises: Misconfigured if none is left."""
    protocol = RIGHTS[form].protocol
    kept = [one for one in planned.servers if one.protocol == protocol and any(row.tap for row in one.channels)]
    if not kept:
        raise Misconfigured(
            f"--rights {form}: no channel of the documents is read over {protocol}",
            hint="see 'asyncwatch plan SPEC... --offline' for what is read, and why the rest is not",
        )
    planned.servers = kept


def rights_text(planned: Planned, form: str, principal: str | None) -> str:
    """Write the rights of each server. `principal` None = the user that is configured, else `asyncwatch`."""
    chosen = RIGHTS[form]
    groups = sorted(documented_groups(planned.contracts))
    return chosen.between.join(
        commented([*_head(one), *_of_groups(one, groups)])
        + chosen.write(one, principal or one.username or "asyncwatch")
        for one in planned.servers
    )


def _of_groups(one: PlannedServer, groups: list[str]) -> list[str]:
    """Say how the right to all groups becomes one to some, where documents name groups."""
    is_every = one.outlook is not None and any(
        right.kind == "group" and right.name == "*" for right in one.outlook.rights
    )
    if not is_every or not groups:
        return []
    names = ", ".join(groups[:_LISTED]) + (" ..." if len(groups) > _LISTED else "")
    return [f"To tell the lag of the documented groups only, name them in place of '*': {names}"]


def _head(one: PlannedServer) -> list[str]:
    tapped = sum(row.tap is not None for row in one.channels)
    read = f"{tapped} of {len(one.channels)} addresses are read"
    lines = [f"Least rights of asyncwatch on server '{one.server.id}' ({one.protocol}, {one.url}): {read}."]
    left = [row for row in one.channels if row.tap is None]
    lines += [f"Not read: {row.address or ', '.join(row.channels)}: {row.reason}" for row in left[:_LISTED]]
    if len(left) > _LISTED:
        lines.append(f"Not read: {len(left) - _LISTED} more")
    if one.trouble is not None:
        lines.append(f"The server could not be asked ({one.trouble}), so these are rights to every stream.")
    elif one.survey is not None:
        lines += [f"The server could not be asked for everything: {right}" for right in one.survey.rights_missing]
    return lines
