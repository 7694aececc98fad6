"""What kafka-acls.sh does with its command lines, done by requests to a cluster; a line it would not take is an error."""

from __future__ import annotations

import argparse
import contextlib
import shlex
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest

OPERATIONS = {"Read": 3, "Describe": 8, "DescribeConfigs": 10}
KINDS = {"topic": 2, "group": 3}
_PATTERNS = {"literal": 3, "prefixed": 4}
_ALLOW = 3
_ANY, _ANY_PATTERN = 1, 1


@dataclass(frozen=True)
class Acl:
    """One right, as a command line gives it."""

    user: str
    operation: str
    kind: str
    name: str
    pattern: str


def read_commands(text: str) -> list[Acl]:
    """Read the commands of a script; comments and blank lines are passed over, as a shell does."""
    parser = argparse.ArgumentParser(prog="kafka-acls.sh", allow_abbrev=False, exit_on_error=False)
    parser.add_argument("--bootstrap-server", required=True)
    parser.add_argument("--add", action="store_true", required=True)
    parser.add_argument("--allow-principal", required=True)
    parser.add_argument("--operation", choices=OPERATIONS, required=True)
    kind = parser.add_mutually_exclusive_group(required=True)
    kind.add_argument("--topic")
    kind.add_argument("--group")
    parser.add_argument("--resource-pattern-type", choices=_PATTERNS, default="literal")
    found = []
    for line in text.splitlines():
        words = shlex.split(line, comments=True)
        if not words:
            continue
        assert words[0] == "kafka-acls.sh", line
        given = parser.parse_args(words[1:])
        kind_name = "topic" if given.topic is not None else "group"
        found.append(
            Acl(
                given.allow_principal, given.operation, kind_name, getattr(given, kind_name), given.resource_pattern_type
            )
        )  # fmt: skip
    return found


@contextlib.asynccontextmanager
async def granted(bootstrap: str, acls: Sequence[Acl]) -> AsyncIterator[None]:
    """Give rights, and take away every right of these users at the end; `bootstrap` is a super user's listener."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    await client.bootstrap()
    try:
        for acl in acls:
            request = CreateAclsRequest(
                KINDS[acl.kind], acl.name, _PATTERNS[acl.pattern], acl.user, "*", OPERATIONS[acl.operation], _ALLOW
            )
            answer = await client.send(client.get_random_node(), request)
            assert answer.creation_responses[0][0] == 0, answer
        yield
    finally:
        for user in {acl.user for acl in acls}:
            await client.send(
                client.get_random_node(), DeleteAclsRequest(_ANY, None, _ANY_PATTERN, user, None, _ANY, _ANY)
            )
        await client.close()
