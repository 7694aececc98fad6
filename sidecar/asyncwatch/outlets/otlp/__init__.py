"""Spans to an OTLP receiver over HTTP: encoding, a bounded queue, requests with retries."""

from __future__ import annotations

from asyncwatch.outlets.otlp.outlet import OtlpOutlet

__all__ = ["OtlpOutlet"]
