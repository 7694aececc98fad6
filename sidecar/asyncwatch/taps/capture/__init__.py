"""Captured messages as a tap: a JSON object a line, from files, a pipe or a program."""

from asyncwatch.taps.capture.tap import SPEC, CaptureTap

__all__ = ["SPEC", "CaptureTap"]
