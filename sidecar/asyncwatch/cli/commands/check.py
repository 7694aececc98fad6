"""The command `check`: its options and help."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated

import typer

from asyncwatch.cli import options as given
from asyncwatch.model.errors import Misconfigured


def check(
    specs: given.Specs = None,
    config: given.Config = None,
    allow_remote: given.AllowRemote = None,
    reference_folder: given.ReferenceFolder = None,
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
    from asyncwatch.cli.observing import Observing  # noqa: PLC0415

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
        allow_remote,
        reference_folder,
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
