"""Two services with the stock OpenTelemetry instrumentation: one sends orders, one takes them.

`python shop.py BOOTSTRAP TOPIC TRACES-URL PAYLOAD...` sends each payload, takes them all, and prints for each message
taken the names of its headers and the trace context in it, as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.aiokafka import AIOKafkaInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor


async def trade(bootstrap: str, topic: str, payloads: list[str]) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap, client_id="shop")
    await producer.start()
    for payload in payloads:
        await producer.send_and_wait(topic, payload.encode())
    await producer.stop()
    consumer = AIOKafkaConsumer(
        topic, bootstrap_servers=bootstrap, client_id="billing", group_id="billing", auto_offset_reset="earliest"
    )
    await consumer.start()
    for _ in payloads:
        message = await consumer.getone()
        print(json.dumps([message.offset, [[name, value.decode()] for name, value in message.headers]]))
    await consumer.stop()


def main() -> None:
    bootstrap, topic, url, *payloads = sys.argv[1:]
    provider = TracerProvider(resource=Resource.create({"service.name": "shop"}))
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter(endpoint=url)))
    AIOKafkaInstrumentor().instrument(tracer_provider=provider)
    asyncio.run(trade(bootstrap, topic, payloads))
    provider.shutdown()


if __name__ == "__main__":
    main()
