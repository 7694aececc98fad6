"""The command `watch`: its options and help."""

from __future__ import annotations

from asyncwatch.cli import options as given
from asyncwatch.cli.looks import looks

_FREE_PORT = "127.0.0.1:0"


def watch(
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
    health: given.Health = None,
    no_watch: given.NoWatch = False,
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

    repeated = (("--server", server), ("--broker", broker), ("--channel", channel), ("--exclude", exclude), ("--undocumented", undocumented), ("--allow-remote", allow_remote))  # fmt: skip
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
    if reference_folder is not None:
        arguments += ["--reference-folder", reference_folder]
    if no_watch:
        arguments.append("--no-watch")
    arguments += ["--health", health or configured.text("listen", "health") or _FREE_PORT]
    return dashboard.watch(arguments, **looks(configured, theme, ascii_signs, reduced_motion))
