"""A look at a NATS server for `plan`: which streams take in the subjects, and which rights are missing. It leaves nothing."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import AsyncwatchError
from asyncwatch.taps.base import Filter
from asyncwatch.taps.nats.client import ApiError, Connection, Denied, NoAnswer
from asyncwatch.taps.nats.jetstream import Stream, list_streams
from asyncwatch.taps.nats.options import NatsOptions
from asyncwatch.taps.nats.outlook import nats_outlook
from asyncwatch.taps.nats.probe import NatsProbe
from asyncwatch.taps.nats.security import login_options, places_of
from asyncwatch.taps.planned import Found, Survey, Wish


async def survey_nats(server: str, settings: ServerSettings, wanted: Sequence[Filter], wish: Wish) -> Survey:
    """Look at streams and their consumers. Subscriptions are not tried: they would be made for that.

    Raises: Unreachable, Refused, Disconnected, Misconfigured.
    """
    options = NatsOptions()
    connection = Connection(server, options.request_timeout_s)
    missing: list[str] = []
    streams: list[Stream] | None = None
    try:
        await connection.open(
            places_of(server, settings), login_options(server, settings),
            connect_timeout_s=settings.connect_timeout_s, away_after_s=options.away_after_s,
        )  # fmt: skip
        cluster = connection.info.get("cluster") or connection.info.get("server_id")
        try:
            streams = await list_streams(connection) or []
        except Denied as denied:
            missing.append(f"publish to {denied}; streams are not looked for")
        except NoAnswer:
            streams = []
        except ApiError as error:
            missing.append(f"list streams ({error}); streams are not looked for")
    finally:
        await connection.close()
    groups: int | None = None
    if wish.lag:
        groups = await _consumers(server, settings, wanted, missing)
    outlook = nats_outlook(server, settings, wanted, wish, streams)
    # Whether anybody sends where no stream is, nobody knows.
    found = [Found(True if one.how.startswith("from ") and streams else None) for one in outlook.readings]
    return Survey(outlook, found, cluster if isinstance(cluster, str) else None, missing, groups)


async def _consumers(server: str, settings: ServerSettings, wanted: Sequence[Filter], missing: list[str]) -> int | None:
    """Count the consumers that read the subjects; what keeps from it is added to `missing`."""
    probe = NatsProbe(server, settings)
    try:
        progress = await probe.poll(wanted)
    except AsyncwatchError as error:
        missing.append(f"consumers cannot be asked: {error.message}")
        return None
    finally:
        await probe.close()
    known = {one.partition(";")[0] for one in missing}
    missing += [one for one in progress.rights_missing if one not in known]
    return None if progress.groups is None else len({one.group for one in progress.groups})
