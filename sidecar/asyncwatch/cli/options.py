"""Options that several commands share, declared once."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Annotated, Literal, TypeVar

import typer

from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.reading.duration import parse_duration

T = TypeVar("T")

Specs = Annotated[
    list[str] | None,
    typer.Argument(metavar="[SPEC...]", help="AsyncAPI documents, YAML or JSON; else those of the configuration."),
]
Config = Annotated[
    str | None, typer.Option("--config", metavar="FILE", help="Configuration file; else ASYNCWATCH_CONFIG names it.")
]
AllowRemote = Annotated[
    list[str] | None,
    typer.Option(
        "--allow-remote", metavar="URL", help="Fetch references that begin like this (http, https). Repeatable."
    ),
]
ReferenceFolder = Annotated[
    str | None,
    typer.Option("--reference-folder", metavar="DIR", help="Also follow references to files in this folder and below."),
]
Servers = Annotated[
    list[str] | None,
    typer.Option("--server", metavar="NAME", help="Read only this server of the document. Repeatable."),
]
Brokers = Annotated[
    list[str] | None,
    typer.Option("--broker", metavar="[NAME=]URL", help="Use this address instead of the document's. Repeatable."),
]
Channels = Annotated[
    list[str] | None,
    typer.Option("--channel", metavar="GLOB", help="Read only channels whose id or address fits. Repeatable."),
]
Excluded = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="GLOB", help="Leave channels out whose id or address fits. Repeatable."),
]
Since = Annotated[
    str,
    typer.Option(
        "--since", metavar="START", help="Where to begin: now, earliest, a duration back (10m), or an RFC 3339 time."
    ),
]
Undocumented = Annotated[
    list[str] | None,
    typer.Option(
        "--undocumented", metavar="GLOB", help="Also read addresses that the document does not name. Repeatable."
    ),
]
Group = Annotated[
    str | None,
    typer.Option(
        "--group", metavar="NAME", help="Join this consumer group (Kafka): sidecars in one group share the partitions."
    ),
]
Workers = Annotated[
    int, typer.Option("--workers", metavar="N", min=1, max=64, help="Divide the partitions among N processes (Kafka).")
]
NoWatch = Annotated[
    bool,
    typer.Option("--no-watch", help="Leave changed documents and configuration unread until SIGHUP or the API asks."),
]
Otlp = Annotated[
    str | None,
    typer.Option("--otlp-endpoint", metavar="URL", help="Send spans, events and metrics there over OTLP."),
]
Listen = Annotated[
    str | None, typer.Option("--listen", metavar="HOST:PORT", help="Address of the API (127.0.0.1:7464).")
]
Health = Annotated[
    str | None,
    typer.Option(
        "--health", metavar="HOST:PORT", help="Address of probes and metrics: 127.0.0.1:7465 if nothing is said."
    ),
]
ConnectTimeout = Annotated[
    str, typer.Option("--connect-timeout", metavar="DURATION", help="How long a broker may take to answer.")
]
LogLevel = Annotated[
    Literal["debug", "info", "warning", "error"] | None,
    typer.Option("--log-level", help="Least level of log lines (run: info, else warning)."),
]
LogFormat = Annotated[Literal["text", "json"] | None, typer.Option("--log-format", help="Form of log lines (text).")]
Color = Annotated[Literal["auto", "always", "never"], typer.Option("--color", help="Colour in text output.")]
Findings = Annotated[
    str | None,
    typer.Option("--findings", metavar="FILE", help="Write every finding as a JSON line; - is standard output."),
]
Format = Annotated[
    Literal["text", "json", "junit", "sarif", "github"], typer.Option("--format", help="Form of the report.")
]
Output = Annotated[str | None, typer.Option("-o", "--output", metavar="FILE", help="Write the report to a file.")]
FailOn = Annotated[
    list[str] | None,
    typer.Option(
        "--fail-on",
        metavar="WHAT",
        help="Exit 1 if this was found: a severity (default error), rule, family, or none. Repeatable, or with commas.",
    ),
]
For = Annotated[
    str | None,
    typer.Option("--for", metavar="DURATION", help="Observe so long, counted from when the taps are connected."),
]
Messages = Annotated[int | None, typer.Option("--messages", metavar="N", min=1, help="Stop after exactly N messages.")]
UntilEnd = Annotated[bool, typer.Option("--until-end", help="Stop at the ends seen at the start.")]
Theme = Annotated[
    str | None, typer.Option("--theme", metavar="NAME", help="night (default), light, colour-blind or terminal.")
]
Urls = Annotated[list[str], typer.Argument(metavar="URL...", help="Addresses of running sidecars (their --listen).")]
Tokens = Annotated[
    list[str] | None,
    typer.Option(
        "--token",
        metavar="TOKEN",
        help="Token of the sidecars; one for all, or one for each URL in their order. Else ASYNCWATCH_TOKEN.",
    ),
]
CaFile = Annotated[
    str | None,
    typer.Option("--ca-file", metavar="FILE", help="Authority that signed the sidecars' certificates (PEM)."),
]
Plain = Annotated[bool, typer.Option("--plain", help="Lines instead of a screen: for pipes and screen readers.")]
Ascii = Annotated[bool, typer.Option("--ascii", help="Plain ASCII signs.")]
ReducedMotion = Annotated[bool, typer.Option("--reduced-motion", help="Nothing on the screen moves by itself.")]


def duration(option: str, text: str) -> float:
    """Read a duration in seconds. Raises: Misconfigured."""
    seconds = parse_duration(text)
    if seconds is None:
        raise Misconfigured(f"{option} '{text}' is no duration", hint="write 30s, 5m, 1h30m")
    return seconds


def host_and_port(option: str, text: str) -> tuple[str, int]:
    """Read HOST:PORT. Raises: Misconfigured."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65_535:
        raise Misconfigured(f"{option} '{text}' is no address", hint="write HOST:PORT, for example 127.0.0.1:7464")
    return host.strip("[]"), int(port)


def check_output(path: str | None) -> None:
    """See that a report can be written where it is wanted. Raises: Misconfigured."""
    if path is not None and not os.path.isdir(os.path.dirname(path) or "."):
        raise Misconfigured(f"-o '{path}': the folder does not exist")


def attempt(faults: list[Misconfigured], step: Callable[[], T]) -> T | None:
    """Take a step of the start; what is wrong with it is told later, together with everything else."""
    try:
        return step()
    except MisconfiguredAll as error:
        faults.extend(error.faults)
    except Misconfigured as error:
        faults.append(error)
    return None


def collect(*checks: object) -> None:
    """Raise all faults of several checks at once; each argument is a fault or None."""
    faults = [one for one in checks if isinstance(one, Misconfigured)]
    if faults:
        raise MisconfiguredAll(faults)
