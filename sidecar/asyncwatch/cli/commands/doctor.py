"""The command `doctor`: its options and help."""

from __future__ import annotations

import asyncio
import sys
from typing import Annotated, Literal

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.exits import FINE, FOUND


def doctor(
    specs: given.Specs = None,
    config: given.Config = None,
    allow_remote: given.AllowRemote = None,
    reference_folder: given.ReferenceFolder = None,
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
    from asyncwatch.cli.observing import Observing  # noqa: PLC0415

    if config_reference:
        from asyncwatch.config.reference import config_reference as reference  # noqa: PLC0415

        sys.stdout.write(reference())
        return FINE
    from asyncwatch.cli.doctor.diagnosis import as_json, as_text, problems  # noqa: PLC0415
    from asyncwatch.cli.doctor.visit import visit  # noqa: PLC0415
    from asyncwatch.cli.ink import wants_color  # noqa: PLC0415

    start_log(config, "error", None, "error")
    documents = specs or configuration(config).specs()
    observing = Observing(
        documents, server, broker, None, None, "now", None, connect_timeout, None,
        config=config, allow_remote=allow_remote, reference_folder=reference_folder,
    )  # fmt: skip
    sections = asyncio.run(visit(observing, otlp_endpoint))
    plain = (sys.stdout.encoding or "").lower().replace("-", "") != "utf8"
    sys.stdout.write(
        as_json(sections) if form == "json" else as_text(sections, color=wants_color(color), ascii_signs=plain)
    )
    return FOUND if problems(sections) else FINE
