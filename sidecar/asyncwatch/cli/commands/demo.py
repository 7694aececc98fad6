"""The command `demo`: its options and help."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer

from asyncwatch.cli import options as given
from asyncwatch.cli.looks import looks


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
