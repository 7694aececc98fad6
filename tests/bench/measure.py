"""What a measured road tells its parent: one JSON line."""

from __future__ import annotations

import json
import resource
import sys


def told(messages: int, cpu_s: float, wall_s: float, **more: object) -> None:
    """Write the figures; CPU time is the whole process's, all threads."""
    peak_bytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    line = {"messages": messages, "cpu_s": cpu_s, "wall_s": wall_s, "peak_rss_bytes": peak_bytes} | more
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
