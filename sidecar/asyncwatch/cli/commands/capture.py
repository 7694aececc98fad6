"""The command `capture`: its options and help."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from asyncwatch.cli import options as given
from asyncwatch.model.errors import Misconfigured


def capture(
    output: Annotated[
        str, typer.Option("-o", "--output", metavar="FILE", help="Where to write; - is standard output.")
    ],
    specs: given.Specs = None,
    config: given.Config = None,
    allow_remote: given.AllowRemote = None,
    reference_folder: given.ReferenceFolder = None,
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
    from asyncwatch.cli.observing import Observing  # noqa: PLC0415
    from asyncwatch.config.settings import LagSettings  # noqa: PLC0415

    start_log(config, log_level, log_format, "warning")
    if not values:
        raise Misconfigured(
            "a capture holds real payloads, keys and headers",
            hint="say --values if that is meant; the file gets mode 0600",
        )
    for_s = given.duration("--for", for_) if for_ is not None else None
    observing = Observing(
        documents(specs, config), server, broker, channel, exclude, since, undocumented, connect_timeout, None,
        config=config, allow_remote=allow_remote, reference_folder=reference_folder,
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
