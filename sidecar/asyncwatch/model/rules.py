"""The catalogue of rules: the only source of ids, severities and their explanations.

Documentation and `asyncwatch rules` are made from this table.
Source: interfaces.md §4.
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from asyncwatch.model.document_rules import DOCUMENT_RULES
from asyncwatch.model.severity import Severity


class Rule(Struct, frozen=True):
    """One thing that can be wrong, how bad it is by default, and what to do about it."""

    id: str
    severity: Severity
    meaning: str
    action: str
    source: str

    @property
    def family(self) -> str:
        return self.id.partition(".")[0]


_JSON_SCHEMA = "JSON Schema; AsyncAPI Message Object"
_SEQUENCE = "the producer's own sequence (x-asyncwatch, CloudEvents sequence, or a header such as sequence_id)"
_PROGRESS = "the broker's own account of its consumer groups, asked every few seconds"

_TABLE: tuple[tuple[str, Severity, str, str, str], ...] = (
    ("payload.schema", "error", "a payload breaks its schema",
     "fix the producer, or change the document if the new form is meant", _JSON_SCHEMA),
    ("payload.undecodable", "error", "the bytes of a payload do not decode in any documented format",
     "look at the producer's serializer and at the documented contentType", "AsyncAPI Message Object, contentType"),
    ("payload.encoding", "warning", "a payload decodes, but its encoding is doubtful (duplicate keys, byte order mark)",
     "look at the producer's serializer", "RFC 8259"),
    ("payload.content-type", "warning", "the content type on the wire is not the documented one",
     "make the header and the document's contentType agree", "AsyncAPI Message Object, contentType"),
    ("headers.schema", "error", "the headers break their schema",
     "fix the producer, or change the document if the new form is meant", "AsyncAPI Message Object, headers"),
    ("headers.case", "info", "a header's name differs from the documented one by upper and lower case only",
     "write the name as documented", "AsyncAPI Message Object, headers"),
    ("key.schema", "error", "the record key breaks its schema",
     "fix the producer, or the key in the document's Kafka message binding", "AsyncAPI Kafka binding, message key"),
    ("key.missing", "warning", "a key is documented, and the record has none",
     "set the key, otherwise related messages may land on different partitions",
     "AsyncAPI Kafka binding, message key"),
    ("message.unknown", "warning", "no documented message of the channel can be compared with this one",
     "add the message to the channel, or find out who sends it", "AsyncAPI Channel Object, messages"),
    ("message.ambiguous", "warning", "several different documented messages fit, and nothing tells them apart",
     "give the messages a const field, or x-asyncwatch match",
     "AsyncAPI 3: a message must be valid against one, and only one"),
    ("channel.undocumented", "warning", "traffic on an address that the document does not name",
     "add the channel to the document, or leave the address out with --exclude", "AsyncAPI Channels Object"),
    ("channel.missing", "error", "a documented channel does not exist on the broker",
     "create it, correct its address, or leave it out with --exclude", "AsyncAPI Channel Object, address"),
    ("channel.parameter", "warning", "a value in an address is none that its parameter allows",
     "send to a documented address, or allow the value in the parameter", "AsyncAPI Parameter Object"),
    ("sequence.gap", "warning", "numbers of a sequence are missing for more than a second",
     "wait: they may still come; look at the producer's retries", _SEQUENCE),
    ("sequence.lost", "error", "numbers of a sequence never came", "look for failed sends of the producer", _SEQUENCE),
    ("sequence.duplicate", "warning", "the same number came again with the same content",
     "make the producer idempotent, or the consumer tolerant", _SEQUENCE),
    ("sequence.conflict", "error", "the same number came again with different content",
     "find out whether two producers share one sequence", _SEQUENCE),
    ("sequence.out-of-order", "warning", "a number came after a higher one",
     "look at the producer's retries, in-flight limit and partitioning", _SEQUENCE),
    ("sequence.restart", "info", "a sequence began again", "nothing, if the producer was restarted", _SEQUENCE),
    ("event.late", "warning", "an event is older than its key's watermark",
     "look for a slow producer, or allow more lateness", "event time (x-asyncwatch, CloudEvents time, header)"),
    ("clock.skew", "warning", "a timestamp lies more than 5 s in the future",
     "look at the clock of the producer's host", "message timestamp"),
    ("context.invalid", "warning", "a trace context header does not parse",
     "look at the producer's instrumentation", "W3C Trace Context"),
    ("context.duplicate", "info", "a message carries several traceparent headers; the last one counts",
     "let retries replace the header instead of adding one", "W3C Trace Context"),
    ("lag.warning", "warning", "a consumer group falls further and further behind",
     "make the consumers faster, or run more of them", _PROGRESS),
    ("lag.stalled", "warning", "messages wait, members may be alive, and a consumer group commits nothing",
     "look at the consumers' logs: one message may stop them", _PROGRESS),
    ("lag.stopped", "warning", "messages wait, and a consumer group has no members and commits nothing",
     "start the consumers again", _PROGRESS),
    ("lag.rewound", "info", "a consumer group's position went back and was not regained",
     "nothing, if it was set back on purpose", _PROGRESS),
    ("lag.abandoned", "info", "a consumer group has no members and has committed nothing for ten minutes, or is gone",
     "delete the group if nobody needs it; start its consumers if somebody does", _PROGRESS),
    ("lag.retention-risk", "warning", "messages may be deleted, or were deleted, before a consumer group read them",
     "let the group catch up, or keep messages for longer", _PROGRESS),
)  # fmt: skip

RULES: Final[dict[str, Rule]] = {row[0]: Rule(*row) for row in (*_TABLE, *DOCUMENT_RULES)}
"""Every rule by its id, in the order of the families."""

FAMILIES: Final[tuple[str, ...]] = tuple(dict.fromkeys(rule.family for rule in RULES.values()))
