"""Every command with its options and help; what it does stands in the modules it calls."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import sys
from collections.abc import Callable
from typing import Annotated, Literal

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.attaching import attach
from asyncwatch.cli.exits import FINE, FOUND
from asyncwatch.cli.looks import looks
from asyncwatch.cli.options import Observing
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
    for command in (watch, run, attach, check, replay, capture, demo, doctor, rules):
        cli.command()(_ending(command))
    return cli


def _ending(command: Callable[..., int]) -> Callable[..., None]:
    """Make a command end the process with the code it returns."""

    @functools.wraps(command)
    def run_and_end(**values: object) -> None:
        raise typer.Exit(command(**values))

    return run_and_end


def watch(
    specs: given.Specs = None,
    config: given.Config = None,
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
    theme: given.Theme = None,
    ascii_signs: given.Ascii = False,
    reduced_motion: given.ReducedMotion = False,
) -> int:
    """Sidecar and terminal dashboard together.

    Example: asyncwatch orders.yaml --broker 127.0.0.1:9092 --since 10m
    """
    from asyncwatch.cli import dashboard  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.configured import configuration, documents  # noqa: PLC0415

    configured = configuration(config)

    repeated = (("--server", server), ("--broker", broker), ("--channel", channel), ("--exclude", exclude), ("--undocumented", undocumented))  # fmt: skip
    arguments = ["run", *documents(specs, config), "--since", since, "--connect-timeout", connect_timeout]
    for name, values in repeated:
        for value in values or ():
            arguments += [name, value]
    if group is not None:
        arguments += ["--group", group]
    if workers > 1:
        arguments += ["--workers", str(workers)]
    if otlp_endpoint is not None:
        arguments += ["--otlp-endpoint", otlp_endpoint]
    if config is not None:
        arguments += ["--config", config]
    arguments += ["--health", health or configured.text("listen", "health") or _FREE_PORT]
    return dashboard.watch(arguments, **looks(configured, theme, ascii_signs, reduced_motion))


def run(
    specs: given.Specs = None,
    config: given.Config = None,
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
    listen: given.Listen = None,
    health: given.Health = None,
    connect_timeout: given.ConnectTimeout = "10s",
    log_level: given.LogLevel = None,
    log_format: given.LogFormat = None,
) -> int:
    """The sidecar alone: logs to standard error, API and exporters on; ends on SIGTERM.

    Example: asyncwatch run orders.yaml --otlp-endpoint http://127.0.0.1:4318
    """
    from asyncwatch.cli import observe, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.configured import configuration, documents, start_log  # noqa: PLC0415
    from asyncwatch.cli.dashboard import tell_ready  # noqa: PLC0415
    from asyncwatch.cli.listening import open_listener  # noqa: PLC0415
    from asyncwatch.cli.probes import open_health  # noqa: PLC0415

    level, form = start_log(config, log_level, log_format, "info")
    configured = configuration(config)
    findings = findings or configured.file("exporters", "findings")
    observing = Observing(
        documents(specs, config),
        server,
        broker,
        channel,
        exclude,
        since,
        undocumented,
        connect_timeout,
        1000,
        group,
        workers,
        config,
    )
    faults: list[Misconfigured] = []
    listening = given.attempt(faults, lambda: open_listener(listen, configured))
    probed = given.attempt(faults, lambda: open_health(health, configured))

    async def go() -> int:
        if workers > 1:
            from asyncwatch.cli import sharing  # noqa: PLC0415 # loaded where it is used

            shared = given.attempt(
                faults,
                lambda: sharing.open_shared(
                    observing, observing.start(), otlp=otlp_endpoint, findings=findings, findings_cap=session.RUN_CAP,
                    log_level=level, log_format=form, metered=True,
                ),
            )  # fmt: skip
            given.collect(*faults)
            assert shared is not None
            assert listening is not None
            return await sharing.run_shared(
                shared, *listening[:2], on_ready=tell_ready, health=probed, tls=listening[2]
            )  # fmt: skip
        opened = given.attempt(
            faults,
            lambda: session.open_session(
                observing, observing.start(), otlp=otlp_endpoint, findings=findings, findings_cap=session.RUN_CAP
            ),
        )
        given.collect(*faults)
        assert opened is not None
        assert listening is not None
        return await observe.run_service(
            opened, *listening[:2], on_ready=tell_ready, health=probed, tls=listening[2]
        )  # fmt: skip

    with contextlib.ExitStack() as sockets:
        for one in (None if listening is None else listening[0], probed):
            if one is not None:
                sockets.enter_context(one)
        return asyncio.run(go())


def check(
    specs: given.Specs = None,
    config: given.Config = None,
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
    log_level: given.LogLevel = None,
    log_format: given.LogFormat = None,
    color: given.Color = "auto",
) -> int:
    """Observe for a while, report, and exit 1 if something at or above --fail-on was found.

    Without --for, --messages and --until-end it observes for 60 s.

    Example: asyncwatch check orders.yaml --since earliest --until-end --format json -o report.json
    """
    from asyncwatch.cli import observe, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.configured import documents, start_log  # noqa: PLC0415
    from asyncwatch.cli.fail_on import compile_fail_on  # noqa: PLC0415

    level, log_form = start_log(config, log_level, log_format, "warning")
    session.check_findings(findings, output)
    given.check_output(output)
    failing = compile_fail_on(fail_on)
    for_s = given.duration("--for", for_) if for_ is not None else None
    if for_s is None and messages is None and not until_end:
        for_s = 60.0
    observing = Observing(
        documents(specs, config),
        server,
        broker,
        channel,
        exclude,
        since,
        undocumented,
        connect_timeout,
        None,
        group,
        workers,
        config,
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
            log_level=level, log_format=log_form,
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
    config: given.Config = None,
    server: given.Servers = None,
    channel: given.Channels = None,
    exclude: given.Excluded = None,
    require_traffic: Annotated[bool, typer.Option("--require-traffic", help="Exit 3 if nothing arrived.")] = False,
    fail_on: given.FailOn = None,
    form: given.Format = "text",
    output: given.Output = None,
    findings: given.Findings = None,
    otlp_endpoint: given.Otlp = None,
    log_level: given.LogLevel = None,
    log_format: given.LogFormat = None,
    color: given.Color = "auto",
) -> int:
    """Judge captured messages with the same engine, no broker.

    Example: asyncwatch replay orders.yaml orders.jsonl --format json
    """
    from asyncwatch.cli import observe, replaying, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.configured import start_log  # noqa: PLC0415
    from asyncwatch.cli.fail_on import compile_fail_on  # noqa: PLC0415

    start_log(config, log_level, log_format, "warning")
    session.check_findings(findings, output)
    given.check_output(output)
    failing = compile_fail_on(fail_on)
    observing = Observing([spec], server, None, channel, exclude, "earliest", None, "10s", None, config=config)
    report, contracts = asyncio.run(
        replaying.replay_captures(observing, captures, otlp=otlp_endpoint, findings=findings)
    )
    return observe.write_report(
        report, contracts, failing, form=form, output=output, color=color, require_traffic=require_traffic, code=FINE
    )


def capture(
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is standard output.")
    ],
    specs: given.Specs = None,
    config: given.Config = None,
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
    log_level: given.LogLevel = None,
    log_format: given.LogFormat = None,
) -> int:
    """Write the messages of the documented channels as a capture, for replay.

    Example: asyncwatch capture orders.yaml -o orders.jsonl --values --since earliest --until-end
    """
    from asyncwatch.cli import capturing, session  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.configured import documents, start_log  # noqa: PLC0415

    start_log(config, log_level, log_format, "warning")
    if not values:
        raise Misconfigured(
            "a capture holds real payloads, keys and headers",
            hint="say --values if that is meant; the file gets mode 0600",
        )
    for_s = given.duration("--for", for_) if for_ is not None else None
    observing = Observing(
        documents(specs, config), server, broker, channel, exclude, since, undocumented, connect_timeout, None,
        config=config,
    )  # fmt: skip

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
    listen: given.Listen = None,
    theme: given.Theme = None,
    ascii_signs: given.Ascii = False,
    reduced_motion: given.ReducedMotion = False,
) -> int:
    """An embedded broker, a small set of services that misbehave on schedule, and the dashboard.

    Example: asyncwatch demo
    """
    from asyncwatch.cli import dashboard as shown  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.configured import configuration  # noqa: PLC0415

    if dashboard:
        return shown.watch(["demo", "--no-dashboard"], **looks(configuration(None), theme, ascii_signs, reduced_motion))
    from asyncwatch.cli.demonstrate import demonstrate, lending_platform  # noqa: PLC0415
    from asyncwatch.cli.listening import open_listener  # noqa: PLC0415
    from asyncwatch.telemetry.log import set_up_log  # noqa: PLC0415

    set_up_log("info", "text")
    listener, token, _ = open_listener(listen, configuration(None))
    with listener, lending_platform() as address:
        return asyncio.run(demonstrate(address, listener, token))


def doctor(
    specs: given.Specs = None,
    config: given.Config = None,
    server: given.Servers = None,
    broker: given.Brokers = None,
    otlp_endpoint: given.Otlp = None,
    connect_timeout: given.ConnectTimeout = "5s",
    form: Annotated[Literal["text", "json"], typer.Option("--format", help="Form of the output.")] = "text",
    color: given.Color = "auto",
    config_reference: Annotated[
        bool, typer.Option("--config-reference", help="Print every key of the configuration file, commented.")
    ] = False,
) -> int:
    """Versions, servers, rights, receivers, clocks and ports: what is wrong and what to do. Changes nothing.

    Exits 0 if nothing keeps asyncwatch from observing, else 1.

    Example: asyncwatch doctor orders.yaml --config asyncwatch.yaml
    """
    from asyncwatch.cli.configured import configuration, start_log  # noqa: PLC0415 # loaded when called

    if config_reference:
        from asyncwatch.config.reference import config_reference as reference  # noqa: PLC0415

        sys.stdout.write(reference())
        return FINE
    from asyncwatch.cli.doctor.diagnosis import as_json, as_text, problems  # noqa: PLC0415
    from asyncwatch.cli.doctor.visit import visit  # noqa: PLC0415
    from asyncwatch.cli.session import wants_color  # noqa: PLC0415

    start_log(config, "error", None, "error")
    documents = specs or configuration(config).specs()
    observing = Observing(documents, server, broker, None, None, "now", None, connect_timeout, None, config=config)
    sections = asyncio.run(visit(observing, otlp_endpoint))
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(
        as_json(sections) if form == "json" else as_text(sections, color=wants_color(color), ascii_signs=plain)
    )
    return FOUND if problems(sections) else FINE


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
