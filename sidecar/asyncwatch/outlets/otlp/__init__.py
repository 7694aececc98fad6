"""Spans and events to an OTLP receiver: encoding, a bounded queue, requests with retries, over HTTP or gRPC."""

from __future__ import annotations

from asyncwatch.outlets.otlp.events import EventOutlet
from asyncwatch.outlets.otlp.spans import SpanOutlet

__all__ = ["EventOutlet", "SpanOutlet"]
