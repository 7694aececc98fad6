"""Payload bytes to values, in the format that the wire names, else the document."""

from asyncwatch.checks.decode.check import DecodeCheck

__all__ = ["DecodeCheck"]
