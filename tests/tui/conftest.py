"""A story of our own, told in snapshots with a fixed clock: a parcel network on an ordinary afternoon."""

from __future__ import annotations

from hashlib import sha256

import msgspec
import pytest

from asyncwatch.model.clock import format_time, parse_time
from asyncwatch.model.report import (
    ChannelCoverage,
    ChannelRow,
    Counts,
    Coverage,
    DocumentRow,
    FindingRow,
    LagRow,
    MessageCoverage,
    OrderingRow,
    Place,
    ServerRow,
    Share,
    SidecarRow,
    Tally,
)
from asyncwatch.model.view import (
    TREND_COLUMNS,
    ChannelView,
    Excerpt,
    FindingDetail,
    FindingView,
    LagView,
    OutletView,
    SampleField,
    SenderShare,
    ServerView,
    Snapshot,
    View,
)
from asyncwatch_tui.app import Dashboard
from asyncwatch_tui.detail_source import DetailFault
from asyncwatch_tui.feed import SidecarLost, SnapshotArrived

NOW = "2026-03-09T15:47:20.500000Z"
NOW_NS = parse_time(NOW)


def ago(seconds):
    return format_time(NOW_NS - int(seconds * 1e9))


class Story:
    """Builds snapshots; every value can be given."""

    now = NOW
    now_ns = NOW_NS

    @staticmethod
    def ago(seconds):
        return ago(seconds)

    @staticmethod
    def channel(address, *, server="hub", channel="same", protocol="kafka", invalid=0, valid=0, ordering=None,
                per_message=None, rate=0.0, unchecked=0, undecodable=0, tombstone=0, document="parcels.yaml"):  # fmt: skip
        total = valid + invalid + unchecked + undecodable + tombstone
        counts = Counts(total=total, valid=valid, invalid=invalid, unchecked=unchecked, undecodable=undecodable,
                        tombstone=tombstone)  # fmt: skip
        return ChannelRow(
            document=document if channel is not None else None,
            server=server,
            channel=address.replace(".", "-") if channel == "same" else channel,
            address=address,
            protocol=protocol,
            messages=counts,
            per_message=per_message or {},
            unchecked_reasons={},
            bytes=total * 310,
            rate=rate,
            positions=None,
            latency=None,
            ordering=ordering,
            context=None,
        )

    @staticmethod
    def view(*, window=None, seen=0.05, violations=0, checked=True, missing=False, stale=False, late=0, p50=0.003,
             p99=0.011, share=1.0, rates=None, partitions=6, broker=None):  # fmt: skip
        return ChannelView(
            window=[None] * 10 if window is None else list(window),
            message_rates=rates or {},
            last_seen=None if seen is None else ago(seen),
            violations=violations,
            checked=checked,
            missing=missing,
            stale=stale,
            partitions=partitions,
            late=late,
            p50=p50,
            p99=p99,
            context_share=share,
            last_on_broker=None if broker is None else ago(broker),
        )

    @staticmethod
    def finding(rule, severity, address, summary, *, count=1, first=600.0, last=1.0, server="hub", channel="same",
                fingerprint=None, message=None):  # fmt: skip
        place = Place(ago(first), 2, 4711, None, None)
        return FindingRow(
            rule=rule, severity=severity, server=server,
            channel=address.replace(".", "-") if channel == "same" else channel, address=address, message=message,
            group=None, path=None, schema_path=None, keyword=None, expected=None, actual=None, count=count,
            fingerprint=fingerprint or sha256(f"{rule} {address}".encode()).hexdigest()[:16], summary=summary, first=place,
            last=msgspec.structs.replace(place, time=ago(last), offset=9001),
        )  # fmt: skip

    @staticmethod
    def server(name="hub", protocol="kafka", state="connected", since=900.0, **more):
        return ServerView(server=name, title=more.pop("title", "staging"), protocol=protocol,
                          address=more.pop("address", f"{name}-1:9092, {name}-2:9092"), state=state, since=ago(since),
                          **more)  # fmt: skip

    @staticmethod
    def snapshot(channels, *, findings=(), servers=None, outlets=None, rate=0.0, window=None, valid_window=None,
                 documented=9, seen=7, since="now", command="asyncwatch parcels.yaml", title="Parcel Network",
                 rights=()):  # fmt: skip
        rows = [row for row, _ in channels]
        counts = Counts(*(sum(getattr(row.messages, name) for row in rows) for name in Counts.__struct_fields__))
        servers = [Story.server()] if servers is None else servers
        return Snapshot(
            asyncwatch="0.1.0",
            documents=[DocumentRow(None, title, "2.3.1", "parcels.yaml")],
            started=ago(905),
            ended=NOW,
            servers=[
                ServerRow(view.server, view.protocol, view.state, view.since, rights_missing=list(rights))
                for view in servers
            ],
            messages=counts,
            channels=rows,
            lag=None,
            findings=list(findings),
            coverage=Coverage(
                ChannelCoverage(7, 6, []), MessageCoverage(documented, seen, []), Share(None, None), None
            ),
            sidecar=SidecarRow(1.0, 60_000_000, 0.0, Tally(), Tally()),
            view=View(
                now=NOW,
                since=since,
                command=command,
                rate=rate,
                window=[None] * 10 if window is None else window,
                valid_window=[None] * 10 if valid_window is None else valid_window,
                servers=servers,
                channels=[view for _, view in channels],
                outlets=[OutletView("otlp", "ok", 0, 65_536, 0, 12_000)] if outlets is None else outlets,
                groups=len(findings),
            ),
        )

    @staticmethod
    def running(**more):
        """A normal afternoon: one field broke, one depot loses numbers, the rest is fine."""
        tidy = {"source": "header sequence_id", "scope": "key"}
        steady = [5.0, 5.2, 5.1, 5.0, 5.3, 5.1, 5.0, 5.2, 5.1, 5.0]
        c, v = Story.channel, Story.view
        channels = [
            (c("parcels.registered", valid=904_112, rate=986.0, ordering=OrderingRow(**tidy, keys=812, in_order=904_112),
               per_message={"ParcelRegistered": Counts(total=904_112, valid=904_112)}),
             v(window=[x * 190 for x in steady], rates={"ParcelRegistered": 986.0}, p50=0.002, p99=0.009, share=0.993)),
            (c("parcels.{depot}.sorted", valid=61_480, invalid=37, rate=64.2,
               ordering=OrderingRow(**tidy, keys=40, in_order=61_500, missing=3, lost=2, duplicates=8, gaps=5),
               per_message={"ParcelSorted": Counts(total=61_517, valid=61_480, invalid=37)}),
             v(window=[64, 66, 61, 20, 12, 9, 58, 66, 65, 64], rates={"ParcelSorted": 64.2}, violations=37, late=19,
               p50=0.008, p99=0.204)),
            (c("invoices.issued", valid=118_201, invalid=2_904, rate=131.0,
               ordering=OrderingRow(**tidy, keys=90, in_order=121_105),
               per_message={"InvoiceIssued": Counts(total=118_000, valid=115_096, invalid=2_904),
                            "InvoiceCancelled": Counts(total=3_105, valid=3_105)}),
             v(window=[130, 131, 128, 131, 135, 133, 130, 129, 131, 132], violations=2_904, p50=0.021, p99=0.38, share=0.71,
               rates={"InvoiceIssued": 127.6, "InvoiceCancelled": 3.4})),
            (c("routes.planned", valid=8_800, rate=9.4, ordering=OrderingRow(**tidy, keys=4, in_order=8_798, missing=1, gaps=1)),
             v(window=[9, 9, 10, 9, 9, 8, 9, 10, 9, 9])),
            (c("customs.declared", valid=2_210, rate=2.44), v(window=[2, 3, 2, 2, 2, 3, 2, 2, 3, 2], violations=6, seen=0.6)),
            (c("lockers.opened", server="yard", protocol="nats", valid=40_022, rate=44.0),
             v(window=[44, 43, 45, 44, 20, None, None, None, None, None], stale=True, seen=31.0, share=None)),
            (c("debug.probe", channel=None, unchecked=410, rate=0.5), v(window=[0.5] * 10, checked=False, late=None, p50=None,
                                                                         p99=None, share=0.0, seen=1.4)),
            (c("trucks.positions", unchecked=310_000, rate=340.0), v(window=[340, 338, 351, 342, 340, 339, 344, 341, 340, 342],
                                                                     checked=False, p50=0.05, p99=0.09, share=0.0)),
            (c("labels.printed", valid=77_001, rate=82.5), v(window=[82, 83, 81, 84, 82, 80, 83, 82, 85, 82])),
            (c("returns.requested", valid=12, rate=0.01), v(window=[0, 0, 0, 0.1, 0, 0, 0, 0, 0, 0], seen=44.0)),
            (c("customs.cleared", valid=2_180, rate=2.4), v(window=[2, 3, 2, 2, 2, 3, 2, 2, 3, 2], seen=0.9)),
            (c("lockers.expired"), v(seen=None, p50=None, p99=None, share=None, window=[0.0] * 10)),
            (c("parcels.lost-and-found-in-the-depot-of-another-country"), v(seen=None, p50=None, p99=None, share=None)),
        ]  # fmt: skip
        findings = [
            Story.finding("payload.schema", "error", "invoices.issued", "/dueDate is missing, and it is required",
                          count=2_904, last=0.2, message="InvoiceIssued"),
            Story.finding("sequence.gap", "warning", "routes.planned", "key #41d09a: number 5521 is awaited", last=6.0),
            Story.finding("event.late", "warning", "parcels.{depot}.sorted", "event 14 s older than its key's watermark",
                          count=19, last=9.0),
            Story.finding("sequence.lost", "error", "parcels.{depot}.sorted", "key #90b1e7: numbers 77 to 78 never came",
                          last=41.0),
            Story.finding("payload.schema", "error", "parcels.{depot}.sorted", "/grams is a string, integer expected",
                          count=37, last=60.0),
            Story.finding("payload.content-type", "warning", "customs.declared",
                          "text/json on the wire, application/json documented", count=6, last=75.0),
            Story.finding("channel.undocumented", "warning", "debug.probe",
                          "traffic on an address that the document does not name", count=410, last=80.0, channel=None),
        ]  # fmt: skip
        servers = [
            Story.server(),
            Story.server(
                "yard", "nats", "reconnecting", since=4.0, address="yard:4222", attempt=1, last_connected=ago(4.0)
            ),
        ]
        return Story.snapshot(channels, **{
            "findings": findings, "servers": servers, "rate": 1_662.0,
            "window": [1_600, 1_630, 1_610, 1_580, 1_590, 1_640, 1_660, 1_650, 1_670, 1_662],
            "valid_window": [1.0, 1.0, 0.999, 0.998, 0.9975, 0.9974, 0.9976, 0.9974, 0.9975, 0.9974], **more,
        })  # fmt: skip

    @staticmethod
    def waiting(**more):
        """Connected, allowed to read, and nothing sent yet."""
        c, v = Story.channel, Story.view
        quiet = {"seen": None, "p50": None, "p99": None, "share": None, "window": [0.0] * 10}
        channels = [
            (c("parcels.registered"), v(**quiet, broker=250.0)),
            (c("invoices.issued"), v(**quiet, partitions=12, broker=3_900.0)),
            (c("parcels.{depot}.sorted"), v(**quiet, partitions=1)),
        ]
        return Story.snapshot(channels, seen=0, window=[0.0] * 10, **more)

    @staticmethod
    def disconnected():
        """The hub is gone for longer than a moment; the yard goes on."""
        whole = Story.running()
        for row, view in zip(whole.channels, whole.view.channels, strict=True):
            view.stale = row.server == "hub"
            if view.stale:
                view.window = [*view.window[4:], None, None, None, None]
                view.last_seen = None if view.last_seen is None else ago(38)
        whole.view.servers = [
            Story.server(state="reconnecting", since=38.0, attempt=5, next_try=ago(-6), last_connected=ago(38.4),
                         error="connection refused", address="hub-1.parcels.example:9093, hub-2.parcels.example:9093"),
            Story.server("yard", "nats", since=700.0),
        ]  # fmt: skip
        whole.view.outlets = [OutletView("otlp", "queueing", 1_200, 65_536, 0, 12_000)]
        whole.view.rate = 44.0
        return whole

    @staticmethod
    def finding_view(*, rate=0.0, window=None, file=None, line=None):
        return FindingView(rate, [0.0] * TREND_COLUMNS if window is None else window, file, line)

    @staticmethod
    def lag(group, address, status, seconds, messages, *, server="hub", partition=None, velocity=0.0, catch_up=None,
            retention=604_800.0, members=3):  # fmt: skip
        return LagRow(server, group, address, partition, ago(1.5), messages, seconds, status, velocity, catch_up,
                      retention, members)  # fmt: skip

    @staticmethod
    def lag_view(window=None, **more):
        values = dict.fromkeys(LagView.__struct_fields__) | {"source": "read", "unknown": 0, **more}
        return LagView(**(values | {"window": [0.0] * TREND_COLUMNS if window is None else window}))

    @staticmethod
    def busy(**more):
        """The normal afternoon with consumers, and with all that is known of the findings."""
        snapshot = Story.running(**more)
        rising = [float(number * number) for number in range(TREND_COLUMNS)]
        since = [0.0] * 12 + [21.0, 22.0, 20.5, 22.1, 21.4, 21.9, 22.0, 21.8]
        file = "parcels.yaml"
        snapshot.findings[0].path, snapshot.findings[0].keyword = "/dueDate", "required"
        snapshot.findings[0].expected, snapshot.findings[0].actual = "string format date, required", "absent"
        snapshot.findings[0].last.trace_id = "7d3e9a10c44b20f1a7c8de3344556677"
        snapshot.findings[3].last.key_hash = "90b1e7aa01c2d3e4"
        snapshot.findings[4].path = "/grams"
        snapshot.findings += [
            Story.finding("context.duplicate", "info", "customs.declared", "two traceparent headers on a message",
                          count=6_900, last=3.0),
            Story.finding("key.missing", "warning", "labels.printed", "a key is documented, and the record has none",
                          count=3, first=200_000, last=90_000),
            Story.finding("clock.skew", "warning", "trucks.positions", "a timestamp lies 9 s in the future", count=2,
                          first=200_000, last=91_000),
        ]  # fmt: skip
        fv = Story.finding_view
        snapshot.view.findings = [
            fv(rate=21.8, window=since, file=file, line=31), fv(rate=0.02), fv(rate=0.2, window=rising), fv(),
            fv(rate=0.3, window=[0.0, 0.4] * 10, file=file, line=77), fv(rate=0.02), fv(rate=0.5, window=[0.5] * 20),
            fv(rate=6.9, window=[6.0, 7.0] * 10), fv(), fv(),
        ]  # fmt: skip
        snapshot.view.groups = len(snapshot.findings)
        lag, view = Story.lag, Story.lag_view
        steady = [4.0, 5.0] * 10
        rows = [
            (lag("vault", "customs.declared", "stopped", 31.0, 286, velocity=9.2, retention=None, members=0), view(rising)),
            (lag("labeller", "labels.printed", "stalled", 22.4, 408, velocity=18.0), view(rising)),
            (lag("route-optimiser", "routes.planned", "warning", 48.2, 19_700, velocity=149.0), view(
                rising, rate_in=412.0, rate_out=263.0,
                reading="all partitions behind alike, members alive and committing: too slow, not stuck and not skewed.")),
            (lag("reporting", "parcels.registered", "rewound", 4_200.0, 10_200_000, velocity=-40_800.0, catch_up=250.0,
                 retention=2_880.0), view(list(reversed(rising)), risk="risk")),
            (lag("cache", "trucks.positions", "unknown", None, None, velocity=None, retention=None, members=None),
             view([None] * TREND_COLUMNS, source=None)),
            (lag("mailer", "invoices.issued", "ok", 6.2, 335, velocity=-3.0, catch_up=111.0), view(list(reversed(rising)))),
            (lag("old-sorter", "parcels.{depot}.sorted", "abandoned", 950_400.0, None, velocity=None, retention=0.0,
                 members=0), view(source=None)),
            (lag("billing", "invoices.issued", "idle", 0.0, 0), view(steady)),
            *((lag(f"reader-{number}", "parcels.registered", "ok", number / 10, number * 7), view(steady))
              for number in range(1, 10)),
        ]  # fmt: skip
        for number in range(6):
            rows.append((
                lag("route-optimiser", "routes.planned", "warning", 46.0 + number / 3, 3_200 + 31 * number, partition=number,
                    velocity=25.0),
                view(committed=4_118_204 + 977 * number, end=4_121_511 + 1_010 * number, commit_age_seconds=2.1 + number,
                     member=f"optimiser-{number // 2}"),
            ))  # fmt: skip
        snapshot.lag, snapshot.view.lag = [row for row, _ in rows], [one for _, one in rows]
        return snapshot

    @staticmethod
    def detail(snapshot, at=0, **more):
        """What is known of a finding beyond its row."""
        lines = [
            "    InvoiceIssued:", "      type: object", "      required:", "        - invoiceId", "        - dueDate",
            "      properties:", "        dueDate: {type: string, format: date}",
        ]  # fmt: skip
        sample = [("invoiceId", "string(36)", False), ("amount", "number", False), ("currency", "string(3)", False),
                  ("dueDate", "absent", True)]  # fmt: skip
        values = {
            "finding": snapshot.findings[at], "view": snapshot.view.findings[at], "protocol": "kafka", "share": 0.0183,
            "senders": [SenderShare("invoices-api", "2.9.1", "x-service-name", 2_904, 2_904),
                        SenderShare("invoices-api", "2.9.0", "x-service-name", 0, 246_000)],
            "sample": [SampleField(*field) for field in sample],
            "excerpt": Excerpt("parcels.yaml", 27, lines, 31),
        }  # fmt: skip
        return FindingDetail(**(values | more))


class Told:
    """A source of details that knows some of them, and counts how often it is asked."""

    def __init__(self, *details, fault="the sidecar keeps no details of this group"):
        self.details = {detail.finding.fingerprint: detail for detail in details}
        self.fault = fault
        self.asked = []

    async def get(self, fingerprint):
        self.asked.append(fingerprint)
        if fingerprint not in self.details:
            raise DetailFault(self.fault)
        return self.details[fingerprint]


@pytest.fixture
def told():
    return Told


@pytest.fixture
def story():
    return Story


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.s = 1_000.0

    def __call__(self):
        return self.s


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def make_dashboard(clock, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)

    def make(snapshot=None, *, lost=None, **options):
        class Fed(Dashboard):
            def on_mount(self):
                if snapshot is not None:
                    self.post_message(SnapshotArrived(snapshot, clock()))
                if lost is not None:
                    self.post_message(SidecarLost(*lost))

        return Fed("http://127.0.0.1:7464", None, connect=False, steady=clock, wall_ns=lambda: NOW_NS, **options)

    return make
