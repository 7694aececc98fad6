"""A look at a NATS server for `doctor`: login, streams and rights. Reading only; it leaves nothing."""

from __future__ import annotations

from collections.abc import Sequence

from asyncwatch.config.settings import ServerSettings
from asyncwatch.model.errors import AsyncwatchError
from asyncwatch.taps.base import Filter, Remark
from asyncwatch.taps.nats.probe import NatsProbe


async def examine_nats(server: str, settings: ServerSettings, wanted: Sequence[Filter]) -> Sequence[Remark]:
    """Look at login, and at what may be asked of JetStream. Subscriptions are not tried: they would be made for that.

    Raises: Misconfigured.
    """
    probe = NatsProbe(server, settings)
    try:
        progress = await probe.poll(wanted)
    except AsyncwatchError as error:
        text = error.message if error.detail is None else f"{error.message}: {error.detail}"
        return [Remark("login", "problem", text, error.hint)]
    finally:
        await probe.close()
    credentials = settings.credentials
    named = "" if credentials is None or credentials.username is None else f" as '{credentials.username}'"
    remarks = [Remark(f"login{named}", "ok")]
    remarks += [
        Remark("right", "warning", f"{right} is missing", "without it streams or their lag are not seen")
        for right in progress.rights_missing
    ]
    if progress.groups is not None:
        names = {one.group for one in progress.groups}
        remarks.append(Remark("consumers", "ok", f"{len(names)} of streams that take in documented subjects"))
    remarks.append(
        Remark(
            "subscribing", "unknown", "whether the documented subjects may be subscribed to shows when they are read"
        )
    )
    return remarks
