"""What flags, variables and configuration file ask of a run, as far as a reload can change it while the run goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from asyncwatch.config.settings import LagSettings, TracingSettings
from asyncwatch.pipeline.servers import BuildOptions

ReadFile = Callable[[str], bytes]
"""Gives the bytes of a file; raises OSError."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """One reading of everything that is configured.

    `shows`: tells for the path of a field whether samples may hold its value, None = none may. `restart`: keys that say
    something else than at the start of the run and count from the next start on. `files`: the configuration file.
    """

    build: BuildOptions
    lag: LagSettings = field(default_factory=LagSettings)
    tracing: TracingSettings = field(default_factory=TracingSettings)
    shows: Callable[[str], bool] | None = None
    shown: tuple[object, ...] = ()
    """Equal for equal `shows`."""
    restart: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
