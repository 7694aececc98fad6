"""The MQTT binding, 0.2.0."""

from __future__ import annotations

from typing import Final

from asyncwatch.contract.grammar.bindings.versions import SCHEMA, binding, or_schema, part
from asyncwatch.contract.grammar.language import FLAG, TEXT, Number, Text, whole

_EARLIER: Final = ("0.1.0",)
_MOST: Final = 4_294_967_295
_QOS: Final = Number(choices=(0, 1, 2))

SERVER: Final = binding(
    "mqtt",
    {
        "0.2.0": {
            "clientId": TEXT, "cleanSession": FLAG,
            "lastWill": part("the last will", {"topic": TEXT, "qos": _QOS, "message": TEXT, "retain": FLAG}),
            "keepAlive": whole(), "sessionExpiryInterval": or_schema(whole(least=0)),
            "maximumPacketSize": or_schema(whole(1, _MOST)),
        }
    },
    earlier=_EARLIER,
)  # fmt: skip
OPERATION: Final = binding(
    "mqtt",
    {"0.2.0": {"qos": _QOS, "retain": FLAG, "messageExpiryInterval": or_schema(whole(0, _MOST))}},
    earlier=_EARLIER,
)
MESSAGE: Final = binding(
    "mqtt",
    {
        "0.2.0": {
            "payloadFormatIndicator": Number(choices=(0, 1)), "correlationData": SCHEMA, "contentType": TEXT,
            "responseTopic": or_schema(Text(format="uri-template", least=1)),
        }
    },
    earlier=_EARLIER,
)  # fmt: skip
