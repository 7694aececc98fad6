"""Bindings: what a protocol adds to servers, channels, operations and messages.

Source: asyncapi/bindings; the versions are those that the official tools of AsyncAPI 3.1 know.
"""
