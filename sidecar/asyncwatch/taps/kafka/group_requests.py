"""Requests about consumer groups that aiokafka does not have, or not as the brokers of today answer them.

All of them read. Flexible versions: compact lengths, tagged fields at the end of each structure.
Source: the message definitions of Apache Kafka (clients/src/main/resources/common/message).
"""

# ruff: noqa: N801  # versions are part of a request's name, as in the library

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any, Final

from aiokafka.protocol.abstract import AbstractType
from aiokafka.protocol.admin import DescribeGroupsRequest_v0, DescribeGroupsRequest_v1, DescribeGroupsRequest_v2
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Int64,
    Schema,
    TaggedFields,
)

_TEXT: Final = CompactString("utf-8")
_TAGS: Final = ("tags", TaggedFields)


class _Uuid(AbstractType):  # type: ignore[misc]  # aiokafka ships no type information
    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return value

    @classmethod
    def decode(cls, data: BytesIO) -> bytes:
        return data.read(16)


class OffsetFetchResponse_v8(Response):  # type: ignore[misc]
    API_KEY = 9
    API_VERSION = 8
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "groups",
            CompactArray(
                ("group", _TEXT),
                (
                    "topics",
                    CompactArray(
                        ("topic", _TEXT),
                        (
                            "partitions",
                            CompactArray(
                                ("partition", Int32),
                                ("offset", Int64),
                                ("leader_epoch", Int32),
                                ("metadata", _TEXT),
                                ("error_code", Int16),
                                _TAGS,
                            ),
                        ),
                        _TAGS,
                    ),
                ),
                ("error_code", Int16),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class OffsetFetchRequest_v8(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 9
    API_VERSION = 8
    RESPONSE_TYPE = OffsetFetchResponse_v8
    SCHEMA = Schema(
        (
            "groups",
            CompactArray(
                ("group", _TEXT),
                ("topics", CompactArray(("topic", _TEXT), ("partitions", CompactArray(Int32)), _TAGS)),
                _TAGS,
            ),
        ),
        ("require_stable", Boolean),
        _TAGS,
    )


class OffsetsOfGroups(Request[OffsetFetchRequest_v8]):  # type: ignore[misc]
    """What several groups have committed; `topics` None = wherever they have. Since Kafka 3.0."""

    API_KEY = 9

    def __init__(self, groups: Sequence[str], topics: Sequence[tuple[str, Sequence[int]]] | None) -> None:
        self._groups = groups
        self._topics = topics

    def build(self, request_struct_class: Any) -> Any:
        topics: Any = (
            None if self._topics is None else [(name, list(partitions), {}) for name, partitions in self._topics]
        )
        return request_struct_class([(group, topics, {}) for group in self._groups], False, {})


class DescribeClassicGroups(
    Request[DescribeGroupsRequest_v0 | DescribeGroupsRequest_v1 | DescribeGroupsRequest_v2]  # type: ignore[misc]
):
    """Members of classic groups. The library's own request reads answers of version 3 by the form of version 2."""

    API_KEY = 15

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = groups

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(list(self._groups))


_ASSIGNMENT: Final = Schema(
    (
        "topic_partitions",
        CompactArray(("topic_id", _Uuid), ("topic", _TEXT), ("partitions", CompactArray(Int32)), _TAGS),
    ),
    _TAGS,
)


class ConsumerGroupDescribeResponse_v0(Response):  # type: ignore[misc]
    API_KEY = 69
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        (
            "groups",
            CompactArray(
                ("error_code", Int16),
                ("error_message", _TEXT),
                ("group", _TEXT),
                ("state", _TEXT),
                ("group_epoch", Int32),
                ("assignment_epoch", Int32),
                ("assignor", _TEXT),
                (
                    "members",
                    CompactArray(
                        ("member_id", _TEXT),
                        ("instance_id", _TEXT),
                        ("rack_id", _TEXT),
                        ("member_epoch", Int32),
                        ("client_id", _TEXT),
                        ("client_host", _TEXT),
                        ("subscribed_topics", CompactArray(_TEXT)),
                        ("subscribed_regex", _TEXT),
                        ("assignment", _ASSIGNMENT),
                        ("target_assignment", _ASSIGNMENT),
                        _TAGS,
                    ),
                ),
                ("authorized_operations", Int32),
                _TAGS,
            ),
        ),
        _TAGS,
    )


class ConsumerGroupDescribeRequest_v0(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 69
    API_VERSION = 0
    RESPONSE_TYPE = ConsumerGroupDescribeResponse_v0
    SCHEMA = Schema(("groups", CompactArray(_TEXT)), ("include_authorized_operations", Boolean), _TAGS)


class DescribeConsumerGroups(Request[ConsumerGroupDescribeRequest_v0]):  # type: ignore[misc]
    """Members of groups of the newer protocol (KIP-848), which the older request shows as dead."""

    API_KEY = 69

    def __init__(self, groups: Sequence[str]) -> None:
        self._groups = groups

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(list(self._groups), False, {})


class DescribeClusterResponse_v0(Response):  # type: ignore[misc]
    API_KEY = 60
    API_VERSION = 0
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("error_code", Int16),
        ("error_message", _TEXT),
        ("cluster_id", _TEXT),
        ("controller_id", Int32),
        ("brokers", CompactArray(("broker_id", Int32), ("host", _TEXT), ("port", Int32), ("rack", _TEXT), _TAGS)),
        ("authorized_operations", Int32),
        _TAGS,
    )


class DescribeClusterRequest_v0(RequestStruct):  # type: ignore[misc]
    FLEXIBLE_VERSION = True
    API_KEY = 60
    API_VERSION = 0
    RESPONSE_TYPE = DescribeClusterResponse_v0
    SCHEMA = Schema(("include_authorized_operations", Boolean), _TAGS)


class DescribeCluster(Request[DescribeClusterRequest_v0]):  # type: ignore[misc]
    """What we may do to the cluster: whoever may describe it sees all groups."""

    API_KEY = 60

    def build(self, request_struct_class: Any) -> Any:
        return request_struct_class(True, {})
