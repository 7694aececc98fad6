"""Faults at start, each in a line of its own: what, where, what to do."""

from __future__ import annotations

import sys

from asyncwatch.model.errors import AsyncwatchError, MisconfiguredAll
from asyncwatch.telemetry.log import printable


def complain(error: AsyncwatchError) -> None:
    """Write a fault, or all of them, to standard error."""
    faults = error.faults if isinstance(error, MisconfiguredAll) else [error]
    for fault in faults:
        text = fault.message if fault.detail is None else f"{fault.message}: {fault.detail}"
        sys.stderr.write(f"asyncwatch: error: {printable(text)}\n")
        if fault.hint:
            sys.stderr.write(f"            hint: {printable(fault.hint)}\n")
