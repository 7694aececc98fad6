"""A plan for programs: a list of what would be read, one object an address (interfaces.md §3)."""

from __future__ import annotations

import orjson

from asyncwatch.pipeline.planned import Planned, PlannedChannel, PlannedServer


def as_json(planned: Planned) -> str:
    """Write every address with its channels; one that is not tapped has `"tap": null` and a reason.

    Where brokers were looked at, `broker` says what was seen there; what is not known is null.
    """
    rows = [_row(row) | _broker(row, server) for server in planned.servers for row in server.channels]
    rows += [_row(row) for row in planned.elsewhere]
    return orjson.dumps(rows, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE).decode()


def _row(row: PlannedChannel) -> dict[str, object]:
    found: dict[str, object] = {
        "server": row.server, "protocol": row.protocol, "address": row.address, "pattern": row.pattern,
        "channels": row.channels, "messages": [message.key for message in row.messages], "tap": row.tap,
        "creates": row.creates, "needs": row.needs,
    }  # fmt: skip
    return found if row.reason is None else found | {"reason": row.reason}


def _broker(row: PlannedChannel, server: PlannedServer) -> dict[str, object]:
    if server.trouble is not None and row.tap is not None:
        return {"broker": {"error": str(server.trouble)}}
    if server.survey is None or row.found is None:
        return {}
    return {
        "broker": {
            "cluster": server.survey.cluster, "exists": row.found.exists, "partitions": row.found.partitions,
            "read": row.how, "rights_missing": server.survey.rights_missing,
        }
    }  # fmt: skip
