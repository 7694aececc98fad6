"""NATS: core subscriptions and JetStream streams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asyncwatch.config.settings import ServerSettings
from asyncwatch.taps.base import Filter, Guarantee, Probe, Remark, Tap, TapSpec
from asyncwatch.taps.planned import Outlook, Survey, Wish


def open_nats(server: str, settings: ServerSettings, options: Mapping[str, object]) -> Tap:
    """Make the tap of one server or cluster.

    `options` (all may be missing): those of NatsOptions, where meanings and defaults stand.
    Raises: Misconfigured.
    """
    from asyncwatch.taps.nats.tap import NatsTap  # noqa: PLC0415 # the client takes memory, also where no NATS is read

    return NatsTap(server, settings, options)


def open_probe(server: str, settings: ServerSettings) -> Probe:
    """Make the probe of JetStream's consumers.

    Raises: Misconfigured.
    """
    from asyncwatch.taps.nats.probe import NatsProbe  # noqa: PLC0415 # as above

    return NatsProbe(server, settings)


async def examine_nats(server: str, settings: ServerSettings, wanted: Sequence[Filter]) -> Sequence[Remark]:
    """Look at login and rights for the doctor.

    Raises: Misconfigured.
    """
    from asyncwatch.taps.nats.examine import examine_nats as examine  # noqa: PLC0415 # as above

    return await examine(server, settings, wanted)


def nats_outlook(server: str, settings: ServerSettings, wanted: Sequence[Filter], wish: Wish) -> Outlook:
    """Tell what the tap would do, without asking the server."""
    from asyncwatch.taps.nats.outlook import nats_outlook as outlook  # noqa: PLC0415 # as above

    return outlook(server, settings, wanted, wish)


async def survey_nats(server: str, settings: ServerSettings, wanted: Sequence[Filter], wish: Wish) -> Survey:
    """Look at streams and rights for a plan.

    Raises: Unreachable, Refused, Disconnected, Misconfigured.
    """
    from asyncwatch.taps.nats.survey import survey_nats as survey  # noqa: PLC0415 # as above

    return await survey(server, settings, wanted, wish)


SPEC = TapSpec(
    name="nats",
    protocols=frozenset({"nats"}),
    # What holds for core NATS as well; a stream also has positions, times and history (tests/conformance).
    guarantees=frozenset({Guarantee.ORDERED, Guarantee.HEADERS}),
    footprint=(
        "a connection named asyncwatch-…; in each stream that is read one ephemeral in-memory consumer asyncwatch-…, "
        "deleted at the end and by the server 5 s after a crash; elsewhere subscriptions without a queue group"
    ),
    needs=(
        "subscribe to the subject of each channel that no stream takes in, and to _INBOX.>",
        "publish to $JS.API.STREAM.LIST and $JS.API.STREAM.INFO.*, to find the streams",
        "publish to $JS.API.CONSUMER.CREATE.*.*, $JS.API.CONSUMER.DELETE.*.* and $JS.FC.>, to read from streams",
        "publish to $JS.API.STREAM.MSG.GET.*, for work queues, --since a time, and lag in seconds",
        "publish to $JS.API.CONSUMER.LIST.*, for lag",
    ),
    open=open_nats,
    probe=open_probe,
    examine=examine_nats,
    outlook=nats_outlook,
    survey=survey_nats,
)
