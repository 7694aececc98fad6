"""The configuration file read again in the middle of a run: what it takes up, and what it says waits for the next start."""

import logging

import pytest

from asyncwatch.cli.configured import configuration
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.session import open_session
from asyncwatch.model.errors import MisconfiguredAll
from asyncwatch.taps.base import Start

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Orders, version: 2.1.0}
servers:
  production: {host: '127.0.0.1:9', protocol: kafka}
channels:
  orderCreated: {address: orders.created, messages: {OrderCreated: {payload: {type: object}}}}
  refunds: {address: refunds, messages: {Refund: {payload: {type: object}}}}
"""
FIRST = "specs: [orders.yaml]\nlag: {interval: 3s}\nlisten: {address: '127.0.0.1:7470'}\n"


class Configured:
    """A session over a file that a test writes anew."""

    def __init__(self, folder):
        self.folder = folder
        (folder / "orders.yaml").write_text(DOCUMENT)
        self.path = folder / "asyncwatch.yaml"
        self.path.write_text(FIRST)
        configuration.cache_clear()
        specs = configuration(str(self.path)).specs()
        observing = Observing(specs, None, None, None, None, "now", None, "10s", 1000, config=str(self.path))
        self.session = open_session(
            observing, Start(), otlp="http://127.0.0.1:9", findings=None, findings_cap=100
        )  # fmt: skip

    async def configure(self, text):
        self.path.write_text(text)
        return await self.session.reloader.reload()

    def routes(self):
        return {route.address: route for route in self.session.plan.routes.documented()}


@pytest.fixture
async def run(tmp_path):
    yield Configured(tmp_path)
    configuration.cache_clear()


async def test_rules_orderings_and_filters_count_at_once_for_the_channels_that_they_are_about(run):
    before = run.routes()
    outcome = await run.configure(
        FIRST + "checks: {rules: {payload.schema: {'orders.*': warning}}}\n"
        "ordering: {'orders.*': {sequence: {location: '$message.header#/n', step: 2}}}\n"
    )
    assert (outcome.kept, outcome.changed, outcome.restart) == (1, 1, [])
    after = run.routes()
    assert after["refunds"] is before["refunds"]
    assert after["orders.created"].severities["payload.schema"] == "warning"
    assert after["orders.created"].ordering.step == 2
    outcome = await run.configure(FIRST + "channels: {exclude: [refunds]}\n")
    assert (outcome.changed, outcome.removed) == (1, 1)
    assert [one.id for one in run.session.service.runners[0].filters] == ["orders.created"]


async def test_lag_tracing_and_values_are_followed(run):
    assert [one._interval_s for one in run.session.lagging] == [3.0]
    await run.configure(
        FIRST.replace("3s", "7s")
        + "tracing: {service: hub, sampling: 0.25}\nchecks: {values: true, mask_fields: [name]}\n"
    )
    assert [one._interval_s for one in run.session.lagging] == [7.0]
    spans = run.session.outlets[0]
    assert (spans._tracing.service, spans._tracing.ratio) == ("hub", 0.25)
    shows = run.session.ledger.groups.witness._shows
    assert (shows("/id"), shows("/name")) == (True, False)
    await run.configure(FIRST.replace("interval: 3s", "enabled: false"))
    assert run.session.lagging == []
    assert run.session.ledger.groups.witness._shows is None
    await run.configure(FIRST)
    assert [one._interval_s for one in run.session.lagging] == [3.0]


async def test_another_address_or_login_of_a_server_moves_it(run):
    before = run.session.service.runners[0]
    outcome = await run.configure(FIRST + "servers: {production: {url: '127.0.0.1:8'}}\n")
    assert outcome.servers.moved == ["production"]
    after = run.session.service.runners[0]
    assert after is not before
    assert run.session.plan.settings["production"].url == "127.0.0.1:8"
    assert (await run.configure(FIRST + "servers: {production: {url: '127.0.0.1:8'}}\n# remark\n")).servers.moved == []


async def test_documents_that_the_file_names_come_and_go(run):
    (run.folder / "more.yaml").write_text(
        DOCUMENT.replace("orders.created", "invoices").replace("orderCreated", "invoices").replace("refunds", "credits")
    )
    outcome = await run.configure(FIRST.replace("[orders.yaml]", "[orders.yaml, more.yaml]"))
    assert (outcome.kept, outcome.added, len(outcome.documents)) == (2, 2, 2)
    before = run.routes()
    # One of them changes: the routes of the other are the same ones.
    (run.folder / "more.yaml").write_text((run.folder / "more.yaml").read_text().replace("type: object", "type: array"))
    outcome = await run.session.reloader.reload()
    assert (outcome.kept, outcome.changed) == (2, 2)
    assert run.routes()["orders.created"] is before["orders.created"]
    # One of them breaks: all stay as they are.
    (run.folder / "more.yaml").write_text("asyncapi: [")
    with pytest.raises(MisconfiguredAll, match=r"more\.yaml"):
        await run.session.reloader.reload()
    assert run.routes()["invoices"].candidates
    outcome = await run.configure(FIRST)
    assert (outcome.kept, outcome.removed, len(outcome.documents)) == (2, 2, 1)


async def test_what_needs_a_new_start_is_said_by_key_until_it_is_as_it_was(run, caplog):
    logging.getLogger("asyncwatch").propagate = True
    outcome = await run.configure(
        FIRST.replace("7470", "7471") + "exporters: {otlp: {endpoint: 'http://127.0.0.1:7'}}\nlog: {level: debug}\n"
    )
    assert outcome.restart == ["listen.address", "exporters.otlp.endpoint", "log.level"]
    assert "'listen.address' has changed in the configuration: it counts from the next start on" in caplog.text
    assert run.session.service.snapshot().view.reload.restart == outcome.restart
    assert (await run.configure(FIRST)).restart == []


@pytest.mark.parametrize(
    ("broken", "told"),
    [
        ("chekcs: {}\n", "chekcs"),
        ("lag: [\n", "asyncwatch.yaml"),
        ("checks: {rules: {payload.schema: loud}}\n", "payload.schema"),
        ("servers: {production: {tls: {ca_file: nowhere.pem}}}\n", "nowhere.pem"),
    ],
)
async def test_a_broken_file_changes_nothing(run, broken, told):
    before = run.routes()
    with pytest.raises(MisconfiguredAll, match=told):
        await run.configure(FIRST + broken)
    assert run.routes() == before
    assert told in " ".join(run.session.service.snapshot().view.reload.reasons)
    assert (await run.configure(FIRST)).kept == 2


async def test_a_server_that_moved_begins_at_the_moment_of_the_move(run):
    await run.configure(FIRST + "servers: {production: {url: '127.0.0.1:8'}}\n")
    [after] = run.session.service.runners
    moved_ns = run.session.ledger.servers["production"].since_ns
    assert (after._first.kind, after._first.time_ns) == ("time", moved_ns)
