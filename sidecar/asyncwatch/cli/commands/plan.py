"""The command `plan`: its options and help."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.exits import FINE, NOT_OBSERVED
from asyncwatch.model.errors import Misconfigured


def plan(
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
    offline: Annotated[bool, typer.Option("--offline", help="Connect to nothing.")] = False,
    rights: Annotated[
        Literal["kafka-acls", "strimzi", "nats"] | None,
        typer.Option("--rights", help="Print the least rights in this form, ready to paste."),
    ] = None,
    principal: Annotated[
        str | None,
        typer.Option(
            "--principal", metavar="NAME", help="Whose rights: else the user that is configured, else asyncwatch."
        ),
    ] = None,
    form: Annotated[
        Literal["text", "json", "sarif", "github"],
        typer.Option("--format", help="Form of the output; sarif and github hold findings about the documents."),
    ] = "text",
    output: given.Output = None,
    group: given.Group = None,
    workers: given.Workers = 1,
    connect_timeout: given.ConnectTimeout = "10s",
    log_level: given.LogLevel = None,
    log_format: given.LogFormat = None,
    color: given.Color = "auto",
) -> int:
    """Which channels would be read how, what that creates on the broker, and which rights it needs. Changes nothing.

    Without --offline the brokers are looked at as well; exits 3 if none is reached.

    Example: asyncwatch plan orders.yaml --offline --rights kafka-acls
    """
    from asyncwatch.cli.configured import documents, start_log  # noqa: PLC0415 # loaded when called
    from asyncwatch.cli.ink import wants_color  # noqa: PLC0415
    from asyncwatch.cli.observing import Observing  # noqa: PLC0415
    from asyncwatch.cli.output import write_output  # noqa: PLC0415
    from asyncwatch.cli.planning.forms import FORMS  # noqa: PLC0415
    from asyncwatch.cli.planning.rights import rights_text  # noqa: PLC0415
    from asyncwatch.cli.planning.run import is_reached, make  # noqa: PLC0415

    start_log(config, log_level, log_format, "error")
    given.check_output(output)
    if rights is not None and form != "text":
        raise Misconfigured(f"--rights {rights} and --format {form}: rights have a form of their own")
    observing = Observing(
        documents(specs, config), server, broker, channel, exclude, since, undocumented, connect_timeout, None, group,
        workers, config, allow_remote, reference_folder,
    )  # fmt: skip
    planned = asyncio.run(make(observing, offline=offline, rights=rights))
    if rights is not None:
        write_output(rights_text(planned, rights, principal), output)
        return FINE
    write_output(FORMS[form](planned, output is None and wants_color(color)), output)
    return FINE if offline or is_reached(planned) else NOT_OBSERVED
