"""Every metric stands in the catalogue once, and every one of them comes out of some code."""

import ast
import re
from pathlib import Path

import pytest

from asyncwatch.telemetry import catalogue
from asyncwatch.telemetry.catalogue import CATALOGUE, Metric
from asyncwatch.telemetry.points import LONGEST_VALUE, UNDOCUMENTED, label

MEASURING = Path(catalogue.__file__).parent / "measuring"
NAMES = {name for name, value in vars(catalogue).items() if isinstance(value, Metric)}
FOREIGN = ("otel.sdk.", "process.", "kafka.consumer_group.")


def test_every_metric_is_emitted_by_code_and_no_other_is():
    named = set()
    for path in MEASURING.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "metrics":
                named.add(node.attr)
            assert not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Metric"), path
    assert named & {name for name in named if name.isupper()} == NAMES


def test_names_are_unique_in_both_worlds():
    assert len(CATALOGUE) == len(NAMES)
    families = [metric.prometheus_family for metric in CATALOGUE.values()]
    assert len(set(families)) == len(families)
    samples = [metric.prometheus_name for metric in CATALOGUE.values()]
    samples += [f"{one}_{end}" for one in samples for end in ("bucket", "count", "sum")]
    assert len(set(samples)) == len(samples)


@pytest.mark.parametrize("metric", CATALOGUE.values(), ids=list(CATALOGUE))
def test_a_metric_follows_the_naming_rules(metric):
    assert metric.name.startswith(("asyncwatch.", *FOREIGN))
    assert not metric.name.endswith(".total")
    assert not metric.name.startswith(("messaging.client", "messaging.process"))
    assert re.fullmatch(r"[a-zA-Z_][a-zA-Z0-9_]*", metric.prometheus_name)
    assert metric.prometheus_name.endswith("_total") == (metric.kind == "counter")
    assert metric.unit == "1" or re.fullmatch(r"s|By|\{[a-z_]+\}(/s)?", metric.unit)
    assert metric.meaning
    assert not set(metric.meaning) & set('"\\\n|')


@pytest.mark.parametrize(
    ("name", "sample"),
    [
        ("asyncwatch.messages", "asyncwatch_messages_total"),
        ("asyncwatch.message.body.size", "asyncwatch_message_body_size_bytes"),
        ("asyncwatch.transit.duration", "asyncwatch_transit_duration_seconds"),
        ("asyncwatch.lag.velocity", "asyncwatch_lag_velocity_per_second"),
        ("asyncwatch.lag.retention.share", "asyncwatch_lag_retention_share_ratio"),
        ("asyncwatch.lag.status", "asyncwatch_lag_status"),
        ("process.cpu.time", "process_cpu_time_seconds_total"),
        ("kafka.consumer_group.lag_sum", "kafka_consumer_group_lag_sum_ratio"),
    ],
)
def test_prometheus_names_carry_unit_and_total(name, sample):
    assert CATALOGUE[name].prometheus_name == sample


@pytest.mark.parametrize(
    "text", ["a\x1b[31mred", "x\ny", "\x00", "\ud800", "n" * 10_000, UNDOCUMENTED, "c1\x9b31m"], ids=range(7)
)
def test_a_changed_label_is_harmless_short_and_still_its_own(text):
    found, other = label(text), label(text + "!")
    assert found.isprintable()
    assert len(found) <= LONGEST_VALUE + 9
    assert found != text
    assert found != other
    assert found == label(text)


def test_a_harmless_label_stays_as_it_is():
    assert label("orders.{region}.created/ä") == "orders.{region}.created/ä"
