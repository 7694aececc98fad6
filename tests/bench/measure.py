"""What a measured road tells its parent: one JSON line."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def told(messages: int, cpu_s: float, wall_s: float, **more: object) -> None:
    """Write the figures; CPU time is the whole process's, all threads.

    The peak is VmHWM, since the resource usage of a child begins with that of its parent.
    """
    status = Path("/proc/self/status").read_text()
    peak_bytes = int(status.partition("VmHWM:")[2].split()[0]) * 1024
    line = {"messages": messages, "cpu_s": cpu_s, "wall_s": wall_s, "peak_rss_bytes": peak_bytes} | more
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
