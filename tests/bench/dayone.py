"""The stack one would write on day one: aiokafka one by one, json, jsonschema, SDK spans with a batch processor."""

from __future__ import annotations

import asyncio
import json
import sys
import time

import yaml
from aiokafka import AIOKafkaConsumer, TopicPartition
from jsonschema import Draft7Validator, FormatChecker
from measure import told
from opentelemetry import propagate, trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor


class Getter:
    def get(self, carrier: list[tuple[str, bytes]], key: str) -> list[str] | None:
        return [value.decode() for name, value in carrier if name == key] or None

    def keys(self, carrier: list[tuple[str, bytes]]) -> list[str]:
        return [name for name, _ in carrier]


async def read(document: str, otlp: str, bootstrap: str, topic: str, count: int) -> None:
    with open(document, encoding="utf-8") as file:
        message = yaml.safe_load(file)["channels"]["orders"]["messages"]["Order"]
    payload = Draft7Validator(message["payload"], format_checker=FormatChecker())
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(otlp)))
    tracer = provider.get_tracer("day-one")
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    await consumer.start()
    partitions = [TopicPartition(topic, number) for number in range(4)]
    consumer.assign(partitions)
    await consumer.seek_to_beginning(*partitions)
    seen = invalid = 0
    highest: dict[bytes, int] = {}
    began_s, wall_s = time.process_time(), time.monotonic()
    async for record in consumer:
        seen += 1
        headers = list(record.headers)
        value = json.loads(record.value)
        errors = list(payload.iter_errors(value))
        invalid += bool(errors)
        number = int(next(value for name, value in headers if name == "sequence_id"))
        highest[record.key] = max(highest.get(record.key, 0), number)
        context = propagate.extract(headers, getter=Getter())
        if trace.get_current_span(context).get_span_context().trace_flags.sampled:
            span = tracer.start_span(
                f"transit {topic}", context=context, start_time=record.timestamp * 1_000_000,
                attributes={
                    "messaging.system": "kafka", "messaging.destination.name": topic,
                    "messaging.destination.partition.id": str(record.partition),
                    "messaging.kafka.offset": record.offset, "messaging.message.body.size": len(record.value),
                    "messaging.message.id": f"{topic}.{record.partition}.{record.offset}",
                    "server.address": "127.0.0.1", "asyncwatch.validation.result": "invalid" if errors else "valid",
                    "asyncwatch.message.name": "Order", "messaging.operation.name": "transit",
                },
            )  # fmt: skip
            span.end()
        if seen >= count:
            break
    provider.force_flush()
    told(seen, time.process_time() - began_s, time.monotonic() - wall_s, invalid=invalid)
    await consumer.stop()
    provider.shutdown()


asyncio.run(read(sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], int(sys.argv[5])))
