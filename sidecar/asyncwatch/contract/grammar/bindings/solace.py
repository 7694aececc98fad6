"""The Solace binding, 0.2.0 to 0.4.0."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.bindings.versions import Fields, binding, part
from asyncwatch.contract.grammar.language import FLAG, TEXT, TEXTS, ByValue, ListOf, Text, one_of, whole

_MODE: Final = one_of("direct", "persistent")
_QUEUE_0_2: Final[Fields] = {
    "name": TEXT, "topicSubscriptions": TEXTS, "accessType": one_of("exclusive", "nonexclusive"),
}  # fmt: skip
_QUEUE: Final[Fields] = {**_QUEUE_0_2, "maxTtl": TEXT, "maxMsgSpoolUsage": TEXT}


def _destinations(queue: Fields) -> ListOf:
    return ListOf(
        ByValue(
            "a destination",
            "destinationType",
            {
                "queue": part("a destination", {"deliveryMode": _MODE, "queue": part("the queue", queue)}),
                "topic": part("a destination", {"deliveryMode": _MODE, "topicSubscriptions": TEXTS}),
            },
        )
    )


SERVER: Final = binding(
    "solace",
    {
        "0.4.0": {"msgVpn": TEXT, "clientName": Text(least=1, most=160)},
        "0.3.0": {"msgVpn": TEXT},
        "0.2.0": {"msvVpn": TEXT},  # as it was printed
    },
    earlier=("0.1.0",),
)
OPERATION: Final = binding(
    "solace",
    {
        "0.4.0": {
            "destinations": _destinations(_QUEUE), "timeToLive": whole(), "priority": whole(0, 255),
            "dmqEligible": FLAG,
        },
        "0.3.0": {"destinations": _destinations(_QUEUE)},
        "0.2.0": {"destinations": _destinations(_QUEUE_0_2)},
    },
    earlier=("0.1.0",),
    extends=False,
)  # fmt: skip
