"""What the commands that read a broker were given, checked and handed to the build."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass

from asyncwatch.cli.configured import configuration, references
from asyncwatch.cli.options import duration
from asyncwatch.config.configuration import Configuration
from asyncwatch.config.otel_propagators import read_propagators
from asyncwatch.config.settings import ReferenceSettings
from asyncwatch.config.starting_point import parse_since
from asyncwatch.model.errors import Misconfigured
from asyncwatch.pipeline.servers import BuildOptions
from asyncwatch.route import RouteSettings
from asyncwatch.taps.base import Start
from asyncwatch.telemetry.happenings import Warned, emit
from asyncwatch.tracing.formats.table import DEFAULT_ORDER


@dataclass(frozen=True, slots=True)
class Observing:
    """What the commands that read a broker share, as it was given."""

    specs: list[str]
    servers: list[str] | None
    brokers: list[str] | None
    channels: list[str] | None
    excluded: list[str] | None
    since: str
    undocumented: list[str] | None
    connect_timeout: str
    explained_per_second: int | None
    group: str | None = None
    workers: int = 1
    config: str | None = None
    allow_remote: list[str] | None = None
    reference_folder: str | None = None

    @property
    def configuration(self) -> Configuration:
        """Give what file and variables say. Raises: MisconfiguredAll."""
        return configuration(self.config)

    def build_options(self, found: Configuration | None = None, specs: list[str] | None = None) -> BuildOptions:
        """Check the values and give them to the build; `found`, `specs`: what is configured by now, if it was read again.

        Raises: MisconfiguredAll.
        """
        found = found or self.configuration
        rules, channel_rules = found.rules()
        return BuildOptions(
            specs=specs or self.specs, servers=self.servers or (), brokers=self.brokers or (), configured=found.servers(),
            undocumented=self.undocumented or found.texts("channels", "undocumented"),
            routes=RouteSettings(
                rules=rules, channel_rules=channel_rules, ordering=found.ordering(),
                include=self.channels or found.texts("channels", "include"),
                exclude=self.excluded or found.texts("channels", "exclude"),
                explained_per_second=self.explained_per_second,
                context_formats=found.context_formats() or _context_formats(), message_bytes=found.message_bytes(),
            ),
            references=self.references(found), connect_timeout_s=duration("--connect-timeout", self.connect_timeout),
            divided="group" if self.group is not None else "workers" if self.workers > 1 else None,
        )  # fmt: skip

    def references(self, found: Configuration | None = None) -> ReferenceSettings:
        """Give where references of the documents may lead. Raises: MisconfiguredAll."""
        return references(found or self.configuration, self.allow_remote, self.reference_folder)

    def start(self, *, until_end: bool = False) -> Start:
        """Give where to begin. Raises: Misconfigured."""
        found = parse_since(self.since, time.time_ns())
        if found is None:
            raise Misconfigured(
                f"--since '{self.since}' is no starting point", hint="now, earliest, 10m, or 2026-01-31T12:00:00Z"
            )
        kind, time_ns = found
        return Start(kind, time_ns, until_end)  # type: ignore[arg-type] # parse_since gives one of the three words


def _context_formats() -> tuple[str, ...]:
    """Give the kinds of trace context that are read; a name that is not known is said."""
    formats, warnings = read_propagators(os.environ)
    for warning in warnings:
        emit(Warned(what=warning))
    return DEFAULT_ORDER if formats is None else formats
