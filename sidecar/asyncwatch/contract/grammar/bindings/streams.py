"""The bindings of NATS 0.1.0, Pulsar 0.1.0 and ROS 2 0.1.0."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.bindings.versions import binding, part
from asyncwatch.contract.grammar.language import FLAG, TEXT, TEXTS, Text, one_of, required, whole

NATS_OPERATION: Final = binding("nats", {"0.1.0": {"queue": Text(most=255)}})

PULSAR_SERVER: Final = binding("pulsar", {"0.1.0": {"tenant": TEXT}})
PULSAR_CHANNEL: Final = binding(
    "pulsar",
    {
        "0.1.0": {
            "namespace": required(TEXT), "persistence": required(one_of("persistent", "non-persistent")),
            "compaction": whole(least=0), "geo-replication": TEXTS,
            "retention": part(
                "the retention", {"time": whole(least=0), "size": whole(least=0)}, is_open=False, extends=False
            ),
            "ttl": whole(), "deduplication": FLAG,
        }
    },
)  # fmt: skip

ROS2_SERVER: Final = binding("ros2", {"0.1.0": {"domainId": whole(0, 231), "rmwImplementation": TEXT}}, is_open=True)
ROS2_OPERATION: Final = binding(
    "ros2",
    {
        "0.1.0": {
            "role": required(
                one_of(
                    "publisher", "action_client", "service_client", "subscriber", "action_server", "service_server"
                )
            ),
            "node": required(TEXT),
            "qosPolicies": part(
                "the QoS policies",
                {
                    "deadline": whole(), "durability": one_of("transient_local", "volatile"),
                    "history": one_of("keep_last", "keep_all", "unknown"), "leaseDuration": whole(),
                    "lifespan": whole(), "liveliness": one_of("automatic", "manual"),
                    # The official tools know the misprint only; the text of the binding knows both.
                    "reliability": one_of("best_effort", "realiable", "reliable"),
                },
            ),
        }
    },
)  # fmt: skip
