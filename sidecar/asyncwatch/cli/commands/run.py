"""The command `run`: its options and help."""

from __future__ import annotations

import asyncio
import contextlib

from asyncwatch.cli import options as given
from asyncwatch.model.errors import Misconfigured


def run(
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
    group: given.Group = None,
    workers: given.Workers = 1,
    otlp_endpoint: given.Otlp = None,
    findings: given.Findings = None,
    listen: given.Listen = None,
    health: given.Health = None,
    no_watch: given.NoWatch = False,
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
    from asyncwatch.cli.observing import Observing  # noqa: PLC0415
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
        allow_remote,
        reference_folder,
    )
    faults: list[Misconfigured] = []
    listening = given.attempt(faults, lambda: open_listener(listen, configured))
    probed = given.attempt(faults, lambda: open_health(health, configured))

    watches = not no_watch and configured.watches()

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
                shared, *listening[:2], on_ready=tell_ready, health=probed, tls=listening[2], watches=watches
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
            opened, *listening[:2], on_ready=tell_ready, health=probed, tls=listening[2], watches=watches
        )  # fmt: skip

    with contextlib.ExitStack() as sockets:
        for one in (None if listening is None else listening[0], probed):
            if one is not None:
                sockets.enter_context(one)
        return asyncio.run(go())
