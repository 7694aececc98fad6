"""Where probes and scrapes are answered, from flag and environment.

Source: interfaces.md §7; facts on telemetry §7 (the standard Prometheus variables move the health listener).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from asyncwatch.config.listen_environment import split_address
from asyncwatch.config.otel_metrics import MetricSettings

_ADDRESS: Final = "ASYNCWATCH_LISTEN__HEALTH"
_HOST: Final = "127.0.0.1"
_PORT: Final = 7465


def read_health(
    flag: str | None, environ: Mapping[str, str], metrics: MetricSettings, given: str | None = None
) -> tuple[str, int]:
    """Choose host and port; `given` is that of the configuration file.

    Raises: Misconfigured.
    """
    if flag is not None:
        return split_address("--health", flag)
    address = environ.get(_ADDRESS)
    if address:
        return split_address(_ADDRESS, address)
    if metrics.host is None and metrics.port is None:
        return (_HOST, _PORT) if given is None else split_address("listen.health", given)
    return metrics.host or _HOST, _PORT if metrics.port is None else metrics.port
