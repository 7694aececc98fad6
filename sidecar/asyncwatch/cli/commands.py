"""Every command with its options and help; what it does stands in the modules it calls."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import socket
import sys
from collections.abc import Callable
from typing import Annotated, Literal

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.exits import FINE
from asyncwatch.cli.options import Observing
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import LagSettings
from asyncwatch.model.errors import Misconfigured

_FREE_PORT = "127.0.0.1:0"
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}


def build_cli() -> typer.Typer:
    """Build the command line."""
    cli = typer.Typer(
        name="asyncwatch", no_args_is_help=True, add_completion=False, rich_markup_mode=None,
        pretty_exceptions_enable=False, context_settings=_HELP,
        help="Check live broker traffic against AsyncAPI documents, without touching anything.\n\n"
        "'asyncwatch SPEC...' is the same as 'asyncwatch watch SPEC...'.",
    )  # fmt: skip
    for command in (watch, run, check, replay, capture, demo, rules):
        cli.command()(_ending(command))
    return cli


def _ending(command: Callable[..., int]) -> Callable[..., None]:
    """Make a command end the process with the code it returns."""

    @functools.wraps(command)
    def run_and_end(**values: object) -> None:
        raise typer.Exit(command(**values))

    return run_and_end


def watch(
    specs: given.Specs,
    server: given.Servers = None,
    broker: given.Brokers = None,
    channel: given.Channels = None,
    exclude: given.Excluded = None,
    since: given.Since = "now",
    undocumented: given.Undocumented = None,
    group: given.Group = None,
    workers: given.Workers = 1,
    otlp_endpoint: given.Otlp = None,
    health: given.Health = None,
    connect_timeout: given.ConnectTimeout = "10s",
    theme: given.Theme = "night",
    ascii_signs: given.Ascii = False,
    reduced_motion: given.ReducedMotion = False,
) -> int:
    """Sidecar and terminal dashboard together.

    Example: asyncwatch orders.yaml --broker 127.0.0.1:9092 --since 10m
    """
    from asyncwatch.cli import dashboard  # noqa: PLC0415 # loaded when called

    repeated = (("--server", server), ("--broker", broker), ("--channel", channel), ("--exclude", exclude), ("--undocumented", undocumented))  # fmt: skip
    arguments = ["run", *specs, "--since", since, "--connect-timeout", connect_timeout]
    for name, values in repeated:
        for value in values or ():
            arguments += [name, value]
    if group is not None:
        arguments += ["--group", group]
    if workers > 1:
        arguments += ["--workers", str(workers)]
    if otlp_endpoint is not None:
        arguments += ["--otlp-endpoint", otlp_endpoint]
    arguments += ["--health", _FREE_PORT if health is None else health]
    return dashboard.watch(arguments, theme=theme, ascii_signs=ascii_signs, reduced_motion=reduced_motion)


def run(
    specs: given.Specs,
    server: given.Servers = None,
    broker: given.Brokers = None,
    channel: given.Channels = None,
    exclude: given.Excluded = None,
    since: given.Since = "now",
    undocumented: given.Undocumented = None,
    group: given.Group = None,
    workers: given.Workers = 1,
    otlp_endpoint: given.Otlp = None,
    findings: given.Findings = None,
    listen: given.Listen = "127.0.0.1:7464",
    health: given.Health = None,
    connect_timeout: given.ConnectTimeout = "10s",
    log_level: given.LogLevel = "info",
    log_format: given.LogFormat = "text",
) -> int:
    """The sidecar alone: logs to standard error, API and exporters on; ends on SIGTERM.

    Example: asyncwatch run orders.yaml --otlp-endpoint http://127.0.0.1:4318
    """
    from asyncwatch.cli import observe, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.dashboard import tell_ready  # noqa: PLC0415
    from asyncwatch.cli.probes import open_health  # noqa: PLC0415
    from asyncwatch.telemetry.log import set_up_log  # noqa: PLC0415

    set_up_log(log_level, log_format)
    observing = Observing(
        specs, server, broker, channel, exclude, since, undocumented, connect_timeout, 1000, group, workers
    )
    faults: list[Misconfigured] = []
    listening = given.attempt(faults, lambda: _listener(listen))
    probed = given.attempt(faults, lambda: open_health(health))

    async def go() -> int:
        if workers > 1:
            from asyncwatch.cli import sharing  # noqa: PLC0415 # loaded where it is used

            shared = given.attempt(
                faults,
                lambda: sharing.open_shared(
                    observing, observing.start(), otlp=otlp_endpoint, findings=findings, findings_cap=session.RUN_CAP,
                    log_level=log_level, log_format=log_format,
                ),
            )  # fmt: skip
            given.collect(*faults)
            assert shared is not None
            assert listening is not None
            return await sharing.run_shared(shared, *listening, on_ready=tell_ready)
        opened = given.attempt(
            faults,
            lambda: session.open_session(
                observing, observing.start(), otlp=otlp_endpoint, findings=findings, findings_cap=session.RUN_CAP
            ),
        )
        given.collect(*faults)
        assert opened is not None
        assert listening is not None
        return await observe.run_service(opened, *listening, on_ready=tell_ready, health=probed)

    with contextlib.ExitStack() as sockets:
        for one in (None if listening is None else listening[0], probed):
            if one is not None:
                sockets.enter_context(one)
        return asyncio.run(go())


def check(
    specs: given.Specs,
    server: given.Servers = None,
    broker: given.Brokers = None,
    channel: given.Channels = None,
    exclude: given.Excluded = None,
    since: given.Since = "now",
    undocumented: given.Undocumented = None,
    for_: given.For = None,
    messages: given.Messages = None,
    until_end: given.UntilEnd = False,
    require_traffic: Annotated[bool, typer.Option("--require-traffic", help="Exit 3 if nothing arrived.")] = False,
    fail_on: given.FailOn = None,
    form: given.Format = "text",
    output: given.Output = None,
    findings: given.Findings = None,
    group: given.Group = None,
    workers: given.Workers = 1,
    otlp_endpoint: given.Otlp = None,
    connect_timeout: given.ConnectTimeout = "10s",
    log_level: given.LogLevel = "warning",
    log_format: given.LogFormat = "text",
    color: given.Color = "auto",
) -> int:
    """Observe for a while, report, and exit 1 if something at or above --fail-on was found.

    Without --for, --messages and --until-end it observes for 60 s.

    Example: asyncwatch check orders.yaml --since earliest --until-end --format json -o report.json
    """
    from asyncwatch.cli import observe, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.fail_on import compile_fail_on  # noqa: PLC0415
    from asyncwatch.telemetry.log import set_up_log  # noqa: PLC0415

    set_up_log(log_level, log_format)
    session.check_findings(findings, output)
    given.check_output(output)
    failing = compile_fail_on(fail_on)
    for_s = given.duration("--for", for_) if for_ is not None else None
    if for_s is None and messages is None and not until_end:
        for_s = 60.0
    observing = Observing(
        specs, server, broker, channel, exclude, since, undocumented, connect_timeout, None, group, workers
    )

    if workers > 1 and messages is not None:
        raise Misconfigured(
            "--messages stops after exactly N, which several workers cannot do together",
            hint="leave out --workers, or use --until-end or --for",
        )

    async def go_shared() -> int:
        from asyncwatch.cli import sharing  # noqa: PLC0415 # loaded where it is used

        shared = sharing.open_shared(
            observing, observing.start(until_end=until_end), otlp=otlp_endpoint, findings=findings, findings_cap=None,
            log_level=log_level, log_format=log_format,
        )  # fmt: skip
        report, code = await sharing.check_shared(
            shared, for_s=for_s, progress=sys.stderr.isatty(),
            connect_timeout_s=given.duration("--connect-timeout", connect_timeout),
        )  # fmt: skip
        return observe.write_report(
            report, shared.plan.contracts, failing, form=form, output=output, color=color,
            require_traffic=require_traffic, code=code,
        )  # fmt: skip

    async def go() -> int:
        opened = session.open_session(
            observing, observing.start(until_end=until_end), otlp=otlp_endpoint, findings=findings, findings_cap=None
        )
        report, code = await observe.check_service(
            opened, for_s=for_s, messages=messages, progress=sys.stderr.isatty(),
            connect_timeout_s=given.duration("--connect-timeout", connect_timeout),
        )  # fmt: skip
        return observe.write_report(
            report, opened.plan.contracts, failing, form=form, output=output, color=color,
            require_traffic=require_traffic, code=code,
        )  # fmt: skip

    return asyncio.run(go_shared() if workers > 1 else go())


def replay(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="AsyncAPI document, YAML or JSON.")],
    captures: Annotated[list[str], typer.Argument(metavar="CAPTURE...", help="Captures; - is standard input.")],
    server: given.Servers = None,
    channel: given.Channels = None,
    exclude: given.Excluded = None,
    require_traffic: Annotated[bool, typer.Option("--require-traffic", help="Exit 3 if nothing arrived.")] = False,
    fail_on: given.FailOn = None,
    form: given.Format = "text",
    output: given.Output = None,
    findings: given.Findings = None,
    otlp_endpoint: given.Otlp = None,
    log_level: given.LogLevel = "warning",
    log_format: given.LogFormat = "text",
    color: given.Color = "auto",
) -> int:
    """Judge captured messages with the same engine, no broker.

    Example: asyncwatch replay orders.yaml orders.jsonl --format json
    """
    from asyncwatch.cli import observe, replaying, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.fail_on import compile_fail_on  # noqa: PLC0415
    from asyncwatch.telemetry.log import set_up_log  # noqa: PLC0415

    set_up_log(log_level, log_format)
    session.check_findings(findings, output)
    given.check_output(output)
    failing = compile_fail_on(fail_on)
    observing = Observing([spec], server, None, channel, exclude, "earliest", None, "10s", None)
    report, contracts = asyncio.run(
        replaying.replay_captures(observing, captures, otlp=otlp_endpoint, findings=findings)
    )
    return observe.write_report(
        report, contracts, failing, form=form, output=output, color=color, require_traffic=require_traffic, code=FINE
    )


def capture(
    specs: given.Specs,
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is standard output.")
    ],
    values: Annotated[bool, typer.Option("--values", help="Yes, write real payloads, keys and headers.")] = False,
    server: given.Servers = None,
    broker: given.Brokers = None,
    channel: given.Channels = None,
    exclude: given.Excluded = None,
    since: given.Since = "now",
    undocumented: given.Undocumented = None,
    for_: given.For = None,
    messages: given.Messages = None,
    until_end: given.UntilEnd = False,
    connect_timeout: given.ConnectTimeout = "10s",
    log_level: given.LogLevel = "warning",
    log_format: given.LogFormat = "text",
) -> int:
    """Write the messages of the documented channels as a capture, for replay.

    Example: asyncwatch capture orders.yaml -o orders.jsonl --values --since earliest --until-end
    """
    from asyncwatch.cli import capturing, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.telemetry.log import set_up_log  # noqa: PLC0415

    set_up_log(log_level, log_format)
    if not values:
        raise Misconfigured(
            "a capture holds real payloads, keys and headers",
            hint="say --values if that is meant; the file gets mode 0600",
        )
    for_s = given.duration("--for", for_) if for_ is not None else None
    observing = Observing(specs, server, broker, channel, exclude, since, undocumented, connect_timeout, None)

    async def go() -> int:
        opened = session.open_session(
            observing, observing.start(until_end=until_end), otlp=None, findings=None, findings_cap=None,
            lag=LagSettings(enabled=False),
        )  # fmt: skip
        return await capturing.capture_messages(
            opened, capturing.open_capture(output), for_s=for_s, messages=messages,
            connect_timeout_s=given.duration("--connect-timeout", connect_timeout),
        )  # fmt: skip

    return asyncio.run(go())


def demo(
    dashboard: Annotated[
        bool, typer.Option("--dashboard/--no-dashboard", help="Show the dashboard, or only serve the API.")
    ] = True,
    listen: given.Listen = "127.0.0.1:7464",
    theme: given.Theme = "night",
    ascii_signs: given.Ascii = False,
    reduced_motion: given.ReducedMotion = False,
) -> int:
    """An embedded broker, a small set of services that misbehave on schedule, and the dashboard.

    Example: asyncwatch demo
    """
    from asyncwatch.cli import dashboard as shown  # noqa: PLC0415 # loaded when called

    if dashboard:
        return shown.watch(
            ["demo", "--no-dashboard"], theme=theme, ascii_signs=ascii_signs, reduced_motion=reduced_motion
        )
    from asyncwatch.cli.demonstrate import demonstrate, lending_platform  # noqa: PLC0415
    from asyncwatch.telemetry.log import set_up_log  # noqa: PLC0415

    set_up_log("info", "text")
    listener, token = _listener(listen)
    with listener, lending_platform() as address:
        return asyncio.run(demonstrate(address, listener, token))


def rules(
    rule: Annotated[str | None, typer.Argument(metavar="RULE", help="Explain this rule.")] = None,
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the output.")] = "text",
) -> int:
    """The catalogue of rules, or one explained.

    Example: asyncwatch rules payload.schema
    """
    from asyncwatch.cli.rules import rules_text  # noqa: PLC0415 # loaded when called

    sys.stdout.write(rules_text(rule, form))
    return FINE


def _listener(listen: str) -> tuple[socket.socket, Secret | None]:
    """Take over the socket that a dashboard's process opened, or open the one that was asked for.

    Raises: Misconfigured; an address that others can reach needs a token.
    """
    from asyncwatch.cli.dashboard import LISTEN_FD, TOKEN  # noqa: PLC0415 # loaded when called
    from asyncwatch.config.listen_environment import is_loopback  # noqa: PLC0415
    from asyncwatch.serve.listener import open_socket  # noqa: PLC0415

    text = os.environ.pop(TOKEN, "")
    token = Secret(text) if text else None
    inherited = os.environ.pop(LISTEN_FD, None)
    if inherited is not None:
        return socket.socket(fileno=int(inherited)), token
    host, port = given.host_and_port("--listen", listen)
    if not is_loopback(host) and token is None:
        raise Misconfigured(
            f"--listen {listen}: others can reach this address, and no token is set",
            hint=f"set {TOKEN}, or listen on 127.0.0.1",
        )
    return open_socket(host, port), token
