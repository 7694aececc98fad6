"""Rights as commands of kafka-acls.sh: one command a right, so that each can be weighed and left out alone."""

from __future__ import annotations

import shlex
from typing import Final

from asyncwatch.cli.planning.plain import commented, plain
from asyncwatch.pipeline.planned import PlannedServer
from asyncwatch.taps.planned import Right

OPERATIONS: Final = {"READ": "Read", "DESCRIBE": "Describe", "DESCRIBE_CONFIGS": "DescribeConfigs"}


def as_kafka_acls(one: PlannedServer, principal: str) -> str:
    """Write commands for an administrator of the cluster."""
    user = principal if ":" in principal else f"User:{principal}"
    head = commented(
        [
            "For an administrator of the cluster; add --command-config FILE where it wants a login.",
            f"{user} is who asyncwatch logs in as; --principal names another.",
            "Read brings Describe with it.",
        ]
    )
    by_reason: dict[str, list[str]] = {}
    for right in [] if one.outlook is None else one.outlook.rights:
        by_reason.setdefault(right.why, []).append(_command(one.url, user, right) + "\n")
    return head + "".join("\n" + commented([why]) + "".join(lines) for why, lines in by_reason.items())


def _command(bootstrap: str, user: str, right: Right) -> str:
    words = [
        "kafka-acls.sh", _option("bootstrap-server", bootstrap), "--add", _option("allow-principal", user),
        f"--operation {OPERATIONS[right.operation]}", _option(right.kind, right.name),
    ]  # fmt: skip
    if right.prefix:
        words.append("--resource-pattern-type prefixed")
    return " ".join(words)


def _option(name: str, value: str) -> str:
    """Write an option so that neither the shell nor the tool takes its value for anything else."""
    value = plain(value)
    if value.startswith("-"):
        return shlex.quote(f"--{name}={value}")
    return f"--{name} {shlex.quote(value)}"
