"""One reading of the standard OTEL_… variables, and what was wrong with them.

Rule 1: an empty variable is not set; a bad value is said and ignored, and never printed.
Rule 2: a variable for one signal wins over the one for all.
Source: OpenTelemetry specification 1.60, SDK environment variables.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias

SignalName: TypeAlias = Literal["TRACES", "LOGS", "METRICS"]

OTLP: Final = "OTEL_EXPORTER_OTLP_"
_CONFIG_FILE: Final = "OTEL_CONFIG_FILE"


class OtelReading:
    """Typed access to the variables; `warnings` says what was ignored."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.warnings: list[str] = []
        if self.get(_CONFIG_FILE) is not None:
            # As the specification has it: with such a file no other variable counts.
            self._environ = {}
            self.warn(_CONFIG_FILE, "is set: the other OTEL_ variables are ignored, and that file is not read here")

    def get(self, name: str) -> str | None:
        return self._environ.get(name, "").strip() or None

    def warn(self, name: str, what: str) -> None:
        """Note a warning, once: a variable for all signals is read for each of them."""
        warning = f"{name} {what}"
        if warning not in self.warnings:
            self.warnings.append(warning)

    def of_signal(self, signal: SignalName, name: str) -> tuple[str, str | None]:
        """Give the exporter's variable that counts for a signal, and its value."""
        own = f"{OTLP}{signal}_{name}"
        value = self.get(own)
        return (own, value) if value is not None else (OTLP + name, self.get(OTLP + name))

    def first(self, *names: str) -> str:
        """Give the first name that is set, else the last one."""
        return next((name for name in names if self.get(name) is not None), names[-1])

    def whole(self, name: str, default: int, *, least: int = 1) -> int:
        value = self.get(name)
        if value is None:
            return default
        if value.isascii() and value.isdigit() and len(value) <= 9 and int(value) >= least:
            return int(value)
        self.warn(name, f"is no whole number from {least} up, it is ignored")
        return default

    def maybe_whole(self, *names: str) -> int | None:
        """Give the number under the first name that is set; None = no bound is given."""
        found = self.whole(self.first(*names), -1, least=0)
        return None if found < 0 else found

    def boolean(self, name: str) -> bool:
        """Only `true` is true, in any case."""
        value = (self.get(name) or "false").lower()
        if value not in {"true", "false"}:
            self.warn(name, "is neither true nor false, it is ignored")
        return value == "true"

    def disabled(self) -> bool:
        """Tell whether all telemetry is switched off."""
        return self.boolean("OTEL_SDK_DISABLED")

    def exporters(self, signal: SignalName, known: Iterable[str]) -> frozenset[str]:
        """Give the exporters that are asked for; `otlp` where nothing is said, none for `none`."""
        name = f"OTEL_{signal}_EXPORTER"
        asked = {part.strip().lower() for part in (self.get(name) or "otlp").split(",")} - {""}
        if asked - {*known, "none"}:
            self.warn(name, "names an exporter that is not known here, it is ignored")
            asked &= {*known, "none"}
            asked = asked or {"otlp"}
        return frozenset() if asked == {"none"} else frozenset(asked - {"none"})
