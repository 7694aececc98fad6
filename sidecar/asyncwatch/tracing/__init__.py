"""Trace context in, spans out: header formats to ids, observations to OTLP bytes; no clock, no socket."""
