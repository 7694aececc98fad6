"""A small lending platform that misbehaves on schedule, for `asyncwatch demo`."""
