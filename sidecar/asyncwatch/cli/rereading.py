"""Configuration read again: what of it a run can take up while it goes on, and what waits for the next start."""

from __future__ import annotations

import os
from typing import Final

from asyncwatch.cli.observing import Observing
from asyncwatch.config.configuration import Configuration, load_configuration
from asyncwatch.config.otel_environment import read_otel
from asyncwatch.config.settings import LagSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.wanted import ReadFile, Wanted

_LIVE: Final = frozenset({"specs", "servers", "channels", "checks", "ordering", "lag", "tracing"})
"""Keys that a reload takes up; flags and variables still win over them."""
_AT_THE_START: Final = frozenset({("lag", "granularity")})
_VALUES: Final = (("checks", "values"), ("checks", "show_fields"), ("checks", "mask_fields"))


class Rereading:
    """Gives what is wanted of a run by now.

    `otlp`: the endpoint that a flag names; `lag`: what the command wants of lag; `first`: the configuration of the start.
    """

    def __init__(
        self, observing: Observing, otlp: str | None, lag: LagSettings | None, first: Configuration | None
    ) -> None:
        self._observing = observing
        self._otlp = otlp
        self._lag = lag
        self.first = first or observing.configuration

    def now(self) -> Wanted:
        """Give what is wanted at the start. Raises: MisconfiguredAll."""
        return self._wanted(self.first)

    def again(self, read: ReadFile) -> Wanted:
        """Read the configuration file again. Raises: MisconfiguredAll."""
        return self._wanted(load_configuration(self.first.path, os.environ, read))

    def _wanted(self, found: Configuration) -> Wanted:
        observing = self._observing
        specs = observing.specs
        if specs == self.first.specs():
            specs = found.specs()
            if not specs:
                raise Misconfigured("no document is named any more", hint="set specs in the configuration file")
        changed = found.differences(self.first)
        return Wanted(
            build=observing.build_options(found, specs), lag=self._lag or found.lag(),
            tracing=found.tracing(read_otel(found.otel_environ(), self._otlp).tracing), shows=found.shows(),
            shown=tuple(repr(found.said(*path)) for path in _VALUES),
            restart=tuple(".".join(path) for path in changed if path[0] not in _LIVE or path in _AT_THE_START),
            files=() if found.path is None else (found.path,),
        )  # fmt: skip
