"""Everything that was configured, typed: file and variables as one; what is not said is left to the defaults.

Precedence: flag, environment, file, document, default (interfaces.md §6). Flags and the document are added by whoever
asks here.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any, Final, Literal

from asyncwatch.config.configured_servers import ConfiguredServers, resolve_secret
from asyncwatch.config.file import MOST_BYTES, read_config
from asyncwatch.config.settings import (
    LagSettings,
    ListenSettings,
    ListenTls,
    ReferenceSettings,
    TracingSettings,
)
from asyncwatch.config.values import Values
from asyncwatch.config.variables import read_variables
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.model.route import MOST_MESSAGE_BYTES, OrderingRule

CONFIG: Final = "ASYNCWATCH_CONFIG"
"""The variable that names the configuration file."""

ReadFile = Callable[[str], bytes]

_ORDERING: Final = {
    ("sequence", "location"): "location", ("sequence", "key"): "key", ("sequence", "start"): "start",
    ("sequence", "step"): "step", ("event_time", "location"): "event_time", ("event_time", "unit"): "event_time_unit",
    ("id",): "identity", ("scope",): "scope", ("modulus",): "modulus", ("window",): "window",
    ("lost_after",): "lost_after_s", ("allowed_lateness",): "allowed_lateness_s",
}  # fmt: skip


def load_configuration(flag: str | None, environ: Mapping[str, str], read: ReadFile | None = None) -> Configuration:
    """Read the file that `--config` or ASYNCWATCH_CONFIG names, if any, and the variables over it.

    Raises: MisconfiguredAll with every fault of both.
    """
    path = flag or environ.get(CONFIG) or None
    faults: list[Misconfigured] = []
    values = variables = Values({})
    warnings: list[str] = []
    try:
        if path is not None:
            values = read_config(path, read or _read)
    except Misconfigured as error:
        faults += error.faults if isinstance(error, MisconfiguredAll) else [error]
    try:
        variables, warnings = read_variables(environ, os.getcwd())
    except MisconfiguredAll as error:
        faults += error.faults
    if faults:
        raise MisconfiguredAll(faults)
    return Configuration(variables.over(values), environ, path, warnings)


def _read(path: str) -> bytes:
    with open(path, "rb") as file:
        return file.read(MOST_BYTES + 1)


class Configuration:
    """What was configured. `path` is the file, None without one; `warnings` names variables that mean nothing."""

    def __init__(
        self, values: Values, environ: Mapping[str, str], path: str | None = None, warnings: Sequence[str] = ()
    ) -> None:
        self._values = values
        self._environ = environ
        self.path = path
        self.warnings = list(warnings)

    def said(self, *path: str) -> object:
        """Give the value of a key as it was given; None where nothing was said."""
        return self._values.value(*path)

    def given(self) -> dict[tuple[str, ...], object]:
        """Give the value of every key that was given."""
        return {path: given.value for path, given in self._values.items()}

    def differences(self, other: Configuration) -> list[tuple[str, ...]]:
        """Give the keys that another configuration gives another value, or none."""
        mine, theirs = self.given(), other.given()
        return [path for path in dict.fromkeys((*mine, *theirs)) if mine.get(path) != theirs.get(path)]

    def text(self, *path: str) -> str | None:
        """Give the text of a key; None where nothing was said."""
        found: str | None = self._values.value(*path)
        return found

    def file(self, *path: str) -> str | None:
        """Give the path of a file; a relative one is from the configuration file's folder."""
        given = self._values.get(*path)
        return None if given is None else given.path()

    def texts(self, *path: str) -> list[str]:
        """Give the texts of a list; none where nothing was said."""
        given = self._values.get(*path)
        return [] if given is None else list(given.value)

    def flag(self, *path: str) -> bool:
        """Give a switch; off where nothing was said."""
        return bool(self._values.value(*path))

    def watches(self) -> bool:
        """Tell whether files are looked at for changes."""
        return self._values.value("reload", "watch") is not False

    def message_bytes(self) -> int:
        """Give how large a payload may be that is still read."""
        given: int | None = self._values.value("limits", "message_size")
        return MOST_MESSAGE_BYTES if given is None else given

    def specs(self) -> list[str]:
        """Give the documents; a relative path is one from the file's folder."""
        given = self._values.get("specs")
        return [] if given is None else [given.path(one) for one in given.value]

    def references(self) -> ReferenceSettings:
        """Give where references of documents may lead."""
        values = self._values
        home = self._environ.get("HOME", "")
        above = self._environ.get("XDG_CACHE_HOME") or (os.path.join(home, ".cache") if home else "")
        said = _said(
            folder=self.file("references", "folder"), allow=values.value("references", "allow"),
            cache=self.file("references", "cache")
            or (os.path.join(above, "asyncwatch", "references") if os.path.isabs(above) else None),
            timeout_s=values.value("references", "timeout"), size_bytes=values.value("references", "size"),
        )  # fmt: skip
        return ReferenceSettings(**said)

    def rules(self) -> tuple[dict[str, str], dict[str, dict[str, str]]]:
        """Give severities by rule or family, and by pattern of channels and then rule."""
        everywhere: dict[str, str] = {}
        channels: dict[str, dict[str, str]] = {}
        for path, given in self._values.below("checks", "rules").items():
            if len(path) == 1:
                everywhere[path[0]] = given.value
            else:
                channels.setdefault(path[1], {})[path[0]] = given.value
        return everywhere, channels

    def shows(self) -> Callable[[str], bool] | None:
        """Give what tells for the path of a field whether its value may be kept; None = none may."""
        if not self.flag("checks", "values"):
            return None
        shown_globs, masked = self.texts("checks", "show_fields"), self.texts("checks", "mask_fields")
        return lambda path: not _fits(path, masked) and (not shown_globs or _fits(path, shown_globs))

    def ordering(self) -> dict[str, OrderingRule]:
        """Give the rules of sequences and event times by pattern of addresses, in the file's order."""
        found: dict[str, OrderingRule] = {}
        for pattern in self._values.names("ordering"):
            said = {_ORDERING[path]: given.value for path, given in self._values.below("ordering", pattern).items()}
            found[pattern] = OrderingRule(**said)
        return found

    def lag(self) -> LagSettings:
        """Give how often groups are asked."""
        values = self._values
        said = _said(
            enabled=values.value("lag", "enabled"), interval_s=values.value("lag", "interval"),
            granularity=values.value("lag", "granularity"),
        )  # fmt: skip
        return LagSettings(**said)

    def tracing(self, base: TracingSettings) -> TracingSettings:
        """Lay what was configured over what the standard variables say; those win over the file."""
        identifiers = {path[0]: given.value for path, given in self._values.below("tracing", "identifiers").items()}
        said = _said(
            service=self.text("tracing", "service"),
            relation=self._values.value("tracing", "relation"),
            ratio=self._unless_standard("OTEL_TRACES_SAMPLER", "tracing", "sampling"),
            identifiers=identifiers or None,
        )
        return replace(base, **said)

    def context_formats(self) -> tuple[str, ...] | None:
        """Give the trace contexts that are read; None = nothing was said, or the standard variable says it."""
        found: tuple[str, ...] | None = self._unless_standard("OTEL_PROPAGATORS", "tracing", "formats")
        return found

    def otel_environ(self) -> dict[str, str]:
        """Give the environment with what was configured for OTLP as its standard variables."""
        environ = dict(self._environ)
        for key in ("endpoint", "protocol"):
            name = f"OTEL_EXPORTER_OTLP_{key.upper()}"
            value = self._unless_standard(name, "exporters", "otlp", key)
            if value is not None:
                environ[name] = value
        return environ

    def violations(self) -> Literal["log", "span_event", "both"] | None:
        """Give where findings of messages stand in telemetry."""
        found: Literal["log", "span_event", "both"] | None = self._values.value("exporters", "otlp", "violations")
        return found

    def listen(self) -> ListenSettings:
        """Give where the API listens.

        Raises: MisconfiguredAll.
        """
        known = ListenSettings()
        host, port = known.host, known.port
        address = self.text("listen", "address")
        if address is not None:
            host, _, digits = address.rpartition(":")
            host, port = host.strip("[]"), int(digits)
        cert, key = self._values.get("listen", "tls", "cert_file"), self._values.get("listen", "tls", "key_file")
        if (cert is None) != (key is None):
            one = cert or key
            assert one is not None  # one of them is given
            raise MisconfiguredAll(
                [Misconfigured(f"'listen.tls': a certificate and its key are both needed ({one.place})")]
            )
        tls = None if cert is None or key is None else ListenTls(cert.path(), key.path())
        token = self._values.get("listen", "token")
        return ListenSettings(host, port, None if token is None else resolve_secret(token, self._environ), tls)

    def servers(self) -> ConfiguredServers:
        """Give how servers are reached."""
        return ConfiguredServers(self._values.below("servers"), self._environ)

    def _unless_standard(self, variable: str, *path: str) -> Any:
        """Give a value, unless it comes from the file and a standard variable is set."""
        given = self._values.get(*path)
        if given is None or (not given.from_variable and self._environ.get(variable, "").strip()):
            return None
        return given.value


def _said(**given: Any) -> dict[str, Any]:
    """Leave out what was not said."""
    return {name: value for name, value in given.items() if value is not None}


def _fits(path: str, patterns: Sequence[str]) -> bool:
    """Compare a field, and each part that holds it, with patterns of names or whole paths; case does not count."""
    parts = path.lower().split("/")
    places = [("/".join(parts[: end + 1]), parts[end]) for end in range(len(parts))]
    return any(
        fnmatchcase(whole if one.startswith("/") else name, one.lower()) for one in patterns for whole, name in places
    )
