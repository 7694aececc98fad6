"""The command `replay`: its options and help."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.exits import FINE


def replay(
    spec: Annotated[str, typer.Argument(metavar="SPEC", help="AsyncAPI document, YAML or JSON.")],
    captures: Annotated[list[str], typer.Argument(metavar="CAPTURE...", help="Captures; - is standard input.")],
    spec_too: Annotated[
        list[str] | None, typer.Option("--spec", metavar="SPEC", help="A further document of the run. Repeatable.")
    ] = None,
    config: given.Config = None,
    allow_remote: given.AllowRemote = None,
    reference_folder: given.ReferenceFolder = None,
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
    from asyncwatch.cli.observing import Observing  # noqa: PLC0415

    start_log(config, log_level, log_format, "warning")
    session.check_findings(findings, output)
    given.check_output(output)
    failing = compile_fail_on(fail_on)
    observing = Observing(
        [spec, *(spec_too or ())], server, None, channel, exclude, "earliest", None, "10s", None,
        config=config, allow_remote=allow_remote, reference_folder=reference_folder,
    )  # fmt: skip
    report, contracts = asyncio.run(
        replaying.replay_captures(observing, captures, otlp=otlp_endpoint, findings=findings)
    )
    return observe.write_report(
        report, contracts, failing, form=form, output=output, color=color, require_traffic=require_traffic, code=FINE
    )
