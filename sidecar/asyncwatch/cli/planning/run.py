"""The plan of a command line: documents and options put together, and brokers looked at where that is wanted."""

from __future__ import annotations

import sys

from asyncwatch.cli.dividing import check_dividing
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.planning.rights import RIGHTS, keep_servers
from asyncwatch.pipeline.build import load_contracts
from asyncwatch.pipeline.planned import Planned, PlannedServer
from asyncwatch.pipeline.planning import look, plan_run
from asyncwatch.taps.planned import Wish
from asyncwatch.telemetry.log import printable


async def make(observing: Observing, *, offline: bool, rights: str | None) -> Planned:
    """Plan, and look at the brokers unless `offline`; for rights only where that makes them smaller.

    Raises: Misconfigured, MisconfiguredAll.
    """
    options = observing.build_options()
    wish = Wish(observing.start().kind, observing.configuration.lag().enabled, observing.group)
    planned = plan_run(options, load_contracts(observing.specs, references=options.references), wish)
    if planned.plan is not None:
        check_dividing(observing, planned.contracts, planned.plan)
    if rights is not None:
        keep_servers(planned, rights)
    if not offline and (rights is None or RIGHTS[rights].asks):
        await look(planned, options, wish, _say)
    return planned


def _say(server: PlannedServer) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"looking at server {printable(server.server.id)} ({printable(server.settings.url)}) …\n")


def is_reached(planned: Planned) -> bool:
    """Tell whether a broker answered."""
    return any(one.survey is not None for one in planned.servers)
