"""Rights as a KafkaUser, the resource that Strimzi's operator makes users and their rights from.

Source: Strimzi, KafkaUser and AclRule schema references.
"""

from __future__ import annotations

import json
import re
from typing import Final

from asyncwatch.cli.planning.acls import OPERATIONS
from asyncwatch.cli.planning.plain import commented, plain
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.planned import PlannedServer
from asyncwatch.taps.planned import Right

_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?")


def as_kafka_user(one: PlannedServer, principal: str) -> str:
    """Write the resource. Raises: Misconfigured if the user's name cannot be that of a resource."""
    name = principal.removeprefix("User:").removeprefix("CN=")
    if _NAME.fullmatch(name) is None:
        raise Misconfigured(
            f"'{plain(principal)}' cannot be the name of a KafkaUser",
            hint="choose one with --principal: lower-case letters, digits, '-' and '.'",
        )
    login = "tls" if any(scheme.type == "X509" for scheme in one.server.security) else "scram-sha-512"
    head = commented(
        [
            "Write the name of your Kafka resource in place of my-cluster.",
            "Later releases of Strimzi call this version of the resource kafka.strimzi.io/v1.",
        ]
    )
    lines = [
        "apiVersion: kafka.strimzi.io/v1beta2", "kind: KafkaUser", "metadata:", f"  name: {_text(name)}", "  labels:",
        "    strimzi.io/cluster: my-cluster", "spec:", "  authentication:", f"    type: {login}", "  authorization:",
        "    type: simple", "    acls:",
    ]  # fmt: skip
    by_resource: dict[tuple[str, str, bool], list[Right]] = {}
    for right in [] if one.outlook is None else one.outlook.rights:
        by_resource.setdefault((right.kind, right.name, right.prefix), []).append(right)
    for (kind, resource, prefix), rights in by_resource.items():
        lines += [f"      # {OPERATIONS[right.operation]}: {plain(right.why)}" for right in rights]
        lines += [
            "      - resource:", f"          type: {kind}", f"          name: {_text(resource)}",
            f"          patternType: {'prefix' if prefix else 'literal'}", "        operations:",
        ]  # fmt: skip
        lines += [f"          - {OPERATIONS[right.operation]}" for right in rights]
    return head + "".join(line + "\n" for line in lines)


def _text(value: str) -> str:
    return json.dumps(plain(value), ensure_ascii=False)
