"""What stands in the configuration file arrives where it takes effect."""

import pytest

from asyncwatch.cli.configured import configuration
from asyncwatch.cli.observing import Observing
from asyncwatch.cli.session import open_session
from asyncwatch.taps.base import Start

DOCUMENT = """\
asyncapi: 3.0.0
info: {title: Orders, version: 2.1.0}
servers:
  production: {host: 'kafka:9092', protocol: kafka}
channels:
  orderCreated: {address: orders.created, messages: {OrderCreated: {payload: {type: object}}}}
"""
CONFIG = """\
specs: [orders.yaml]
servers:
  production:
    url: 127.0.0.1:9
    tls: {verify: false}
    credentials: {mechanism: scram-sha-256, username: watch, password: '${file:password}'}
    read_committed: true
checks: {values: true, mask_fields: [name], rules: {payload: warning}}
ordering: {'orders.*': {sequence: {location: '$message.header#/n', step: 2}, lost-after: 5s}}
lag: {interval: 3s}
tracing:
  service: orders-kafka
  relation: link
  sampling: 0.5
  formats: [b3]
  identifiers: {messaging.kafka.message.key: hash}
exporters: {otlp: {endpoint: 'http://127.0.0.1:9', violations: log}}
"""


@pytest.fixture
def observing(tmp_path, monkeypatch):
    (tmp_path / "orders.yaml").write_text(DOCUMENT)
    (tmp_path / "password").write_text("hunter2\n")
    (tmp_path / "asyncwatch.yaml").write_text(CONFIG)
    monkeypatch.chdir(tmp_path)
    configuration.cache_clear()
    path = "asyncwatch.yaml"
    yield Observing(configuration(path).specs(), None, None, None, None, "now", None, "10s", 1000, config=path)
    configuration.cache_clear()


async def test_every_key_arrives(observing):
    session = open_session(observing, Start(), otlp=None, findings=None, findings_cap=100)
    settings = session.plan.settings["production"]
    assert (settings.url, settings.tls.verify, settings.read_committed) == ("127.0.0.1:9", False, True)
    assert (settings.credentials.mechanism, settings.credentials.username) == ("SCRAM-SHA-256", "watch")
    assert settings.credentials.password.reveal() == "hunter2"
    [route] = session.plan.routes.documented()
    assert route.severities["payload.schema"] == "warning"
    assert (route.ordering.location, route.ordering.step, route.ordering.lost_after_s) == ("$message.header#/n", 2, 5.0)
    assert route.context_formats == ("b3",)
    shows = session.ledger.groups.witness._shows
    assert (shows("/id"), shows("/name")) == (True, False)
    assert [one._interval_s for one in session.lagging] == [3.0]
    tracing = session.otel.tracing
    assert (tracing.service, tracing.relation, tracing.ratio) == ("orders-kafka", "link", 0.5)
    assert tracing.identifiers == {"messaging.kafka.message.key": "hash"}
    export = session.otel.export
    assert export.traces.endpoint == "http://127.0.0.1:9/v1/traces"
    assert export.violations == "log"
    assert "hunter2" not in repr(session.plan.settings)


async def test_a_flag_wins_over_the_file(observing):
    session = open_session(observing, Start(), otlp="http://127.0.0.1:8", findings=None, findings_cap=100)
    assert session.otel.export.traces.endpoint == "http://127.0.0.1:8/v1/traces"
