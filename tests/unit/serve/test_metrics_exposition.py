"""Metrics as Prometheus reads them: the strict parsers of its own client library are the judge."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse_openmetrics
from prometheus_client.parser import text_string_to_metric_families as parse_text

from asyncwatch.model.distribution import TRANSIT_BOUNDS_NS, Distribution, Exemplar
from asyncwatch.serve.exposition import Exposition, chosen_form
from asyncwatch.telemetry import catalogue as metrics
from asyncwatch.telemetry.catalogue import CATALOGUE
from asyncwatch.telemetry.happenings import Warned, emit
from asyncwatch.telemetry.points import HistogramPoint, NumberPoint, label
from engine import BASE_NS
from unit.telemetry.measured import lines, measuring_of, observe, points_of

RESOURCE = {"service.name": "asyncwatch", "service.version": "1", "quoted": 'a"b\\c\nd'}
CONTEXT = b"00-" + b"ab" * 16 + b"-" + b"cd" * 8
TYPES = {"updowncounter": "gauge"}


def written(points, form, exemplars="trace_based"):
    exposition = Exposition(form, RESOURCE, exemplars)
    for point in points:
        exposition.add(point)
    return b"".join(exposition.parts()).decode()


@pytest.fixture(scope="module")
def points():
    emit(Warned(what="a happening of the tests"))
    return points_of(measuring_of(observe(lines())[1]))


def samples(families):
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def test_both_forms_are_read_by_strict_parsers_with_the_same_values(points):
    text = samples(parse_text(written(points, "text")))
    openmetrics = samples(parse_openmetrics(written(points, "openmetrics")))
    assert text == openmetrics
    assert len(text) > 100
    assert (
        text["target_info", (("quoted", label('a"b\\c\nd')), ("service_name", "asyncwatch"), ("service_version", "1"))]
        == 1
    )


def test_families_have_type_help_and_unit_of_the_catalogue(points):
    families = {one.name: one for one in parse_openmetrics(written(points, "openmetrics"))}
    for metric in CATALOGUE.values():
        family = families[metric.prometheus_family]
        assert family.type == TYPES.get(metric.kind, metric.kind)
        assert family.documentation == metric.meaning
        assert family.unit == metric.prometheus_unit


def test_every_point_is_there_with_its_value(points):
    found = samples(parse_text(written(points, "text")))
    for point in points:
        labels = [(key.replace(".", "_"), value) for key, value in point.attributes]
        name = point.metric.prometheus_name
        if isinstance(point, NumberPoint):
            assert found[name, tuple(sorted(labels))] == point.value
            continue
        distribution = point.distribution
        assert found[f"{name}_count", tuple(sorted(labels))] == distribution.count
        assert found[f"{name}_sum", tuple(sorted(labels))] == pytest.approx(distribution.total / point.divisor)
        total = 0
        for bound, count in zip((*distribution.bounds, None), distribution.counts, strict=True):
            total += count
            text = "+Inf" if bound is None else repr(bound / point.divisor)
            assert found[f"{name}_bucket", tuple(sorted([*labels, ("le", text)]))] == total


def test_exemplars_stand_in_openmetrics_only(points):
    assert " # {" not in written(points, "text", "always_on")
    families = parse_openmetrics(written(points, "openmetrics"))
    marked = [one for family in families for one in family.samples if one.exemplar is not None]
    assert {one.name for one in marked} == {"asyncwatch_transit_duration_seconds_bucket", "asyncwatch_violations_total"}
    for one in marked:
        assert set(one.exemplar.labels) == {"trace_id", "span_id"}
        assert len(one.exemplar.labels["trace_id"]) == 32
        assert one.exemplar.timestamp is not None


def example(flags, value=7_000_000):
    return Exemplar(value, CONTEXT + flags, BASE_NS)


@pytest.mark.parametrize(
    ("exemplars", "flags", "expected"),
    [
        ("trace_based", b"-01", True), ("trace_based", b"-00", False), ("always_on", b"-00", True),
        ("always_off", b"-01", False),
    ],
)  # fmt: skip
def test_the_filter_decides_which_exemplars_are_told(exemplars, flags, expected):
    point = NumberPoint(metrics.VIOLATIONS, (("error.type", "payload.schema"),), 3, example(flags))
    assert (" # {" in written([point], "openmetrics", exemplars)) == expected


def test_an_exemplar_lies_in_its_bucket_in_seconds():
    distribution = Distribution.over(TRANSIT_BOUNDS_NS)
    distribution.record(7_000_000)
    slots = [None, example(b"-01"), *[None] * (len(TRANSIT_BOUNDS_NS) - 1)]
    point = HistogramPoint(metrics.TRANSIT, (), distribution, 10**9, slots)
    (family,) = [one for one in parse_openmetrics(written([point], "openmetrics")) if one.type == "histogram"]
    (marked,) = [one for one in family.samples if one.exemplar is not None]
    assert (marked.labels["le"], marked.exemplar.value, float(marked.exemplar.timestamp)) == (
        "0.01",
        0.007,
        BASE_NS / 1e9,
    )


@given(st.lists(st.text(), unique=True, min_size=1, max_size=8))
def test_any_name_from_outside_is_read_back_as_one_label(names):
    points = [
        NumberPoint(metrics.MESSAGES, (("messaging.destination.name", label(name)),), number)
        for number, name in enumerate(names)
    ]
    for form, parse in (("text", parse_text), ("openmetrics", parse_openmetrics)):
        text = written(points, form)
        (family,) = [one for one in parse(text) if one.name == "asyncwatch_messages"]
        assert [one.value for one in family.samples] == list(range(len(names)))
        found = [one.labels["messaging_destination_name"] for one in family.samples]
        assert found == [label(name) for name in names]
        assert len(set(found)) == len(names)
        assert "\x1b" not in text


PROMETHEUS = (
    "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,application/openmetrics-text;version=0.0.1;"
    "q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"
)


@pytest.mark.parametrize(
    ("accept", "form"),
    [
        ("", "text"), ("*/*", "text"), ("text/plain", "text"), (PROMETHEUS, "openmetrics"),
        ("application/openmetrics-text", "openmetrics"), ("Application/OpenMetrics-Text; Version=1.0.0", "openmetrics"),
        ("text/plain;q=0.9,application/openmetrics-text;q=0.1", "text"), ("application/openmetrics-text;q=0", "text"),
        ("application/openmetrics-text;q=x", "text"), ("application/openmetrics-text;q=²", "text"),
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text"), (";;;,,,=", "text"),
    ],
)  # fmt: skip
def test_the_form_is_what_the_scraper_likes_best(accept, form):
    assert chosen_form(accept) == form


@given(st.text())
def test_no_accept_header_breaks_the_choice(accept):
    assert chosen_form(accept) in {"text", "openmetrics"}
    assert chosen_form(f"text/plain;q={accept}") in {"text", "openmetrics"}
