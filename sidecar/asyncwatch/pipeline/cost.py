"""What the sidecar itself costs, as the operating system counts it."""

from __future__ import annotations

import time

from asyncwatch.model.report import SidecarRow, Tally
from asyncwatch.outlets.base import OutletStatistics


def cpu_seconds() -> float:
    """Give the CPU time of this process so far."""
    return time.process_time()


def rss_bytes() -> int | None:
    """Give the resident memory; None where /proc does not tell."""
    try:
        with open("/proc/self/statm", "rb") as statm:
            return int(statm.read().split()[1]) * 4096
    except (OSError, ValueError, IndexError):
        return None


def sidecar_row(
    outlets: list[OutletStatistics], behind_s: float | None, *, measured: bool, ended: bool = False
) -> SidecarRow:
    """Write the sidecar's row; a replay is not measured, so that two of them are equal to the letter.

    `ended`: what is queued now will never be sent, and counts as dropped.
    """
    dropped, exported = Tally(), Tally()
    for one in outlets:
        lost = one.dropped + (one.queued if ended else 0)
        if one.unit == "span":
            dropped.spans += lost
            exported.spans += one.delivered
        elif one.unit == "event":
            dropped.events += lost
            exported.events += one.delivered
    return SidecarRow(
        cpu_seconds=round(cpu_seconds(), 3) if measured else None, rss_bytes=rss_bytes() if measured else None,
        behind_seconds=behind_s if measured else None, dropped=dropped, exported=exported,
    )  # fmt: skip
