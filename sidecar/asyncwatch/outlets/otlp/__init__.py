"""Spans to an OTLP receiver over HTTP: encoding, a bounded queue, requests with retries."""
