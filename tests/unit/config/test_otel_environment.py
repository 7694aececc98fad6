from __future__ import annotations

import pytest

from asyncwatch.config.otel_environment import read_otel
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import Limits, OtlpSettings, TracingSettings
from asyncwatch.model.errors import Misconfigured

BASE = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://collector:4318"}


def settings_of(environ, flag=None) -> OtlpSettings:
    otel = read_otel(environ, flag)
    assert otel.warnings == []
    assert otel.export.traces is not None
    return otel.export.traces


def traces_of(environ, flag=None) -> tuple[OtlpSettings | None, TracingSettings, list[str]]:
    otel = read_otel(environ, flag)
    return otel.export.traces, otel.tracing, otel.warnings


def test_nothing_is_sent_unless_asked():
    assert traces_of({}, None) == (None, TracingSettings(), [])
    assert traces_of({"OTEL_TRACES_EXPORTER": "otlp"}, None)[0] is None
    assert traces_of({"OTEL_EXPORTER_OTLP_ENDPOINT": " "}, "")[0] is None


def test_without_variables_our_defaults_count():
    assert settings_of({}, "http://h:4318") == OtlpSettings("http://h:4318/v1/traces")


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4318"}, "http://h:4318/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://h/otlp/"}, "https://h/otlp/v1/traces"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h/?a=b"}, "http://h/v1/traces?a=b"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h:4318"}, "http://h:4318"),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h/own/path"}, "http://h/own/path"),
        ({**BASE, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://h/own"}, "http://h/own"),
        ({**BASE, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": ""}, "http://collector:4318/v1/traces"),
    ],
)
def test_the_base_address_gets_the_path_and_the_traces_address_is_used_as_it_is(environ, endpoint):
    assert settings_of(environ).endpoint == endpoint


@pytest.mark.parametrize(
    ("flag", "endpoint"),
    [
        ("http://h:4318", "http://h:4318/v1/traces"),
        ("http://h:4318/", "http://h:4318/v1/traces"),
        ("http://h:4318/v1/traces", "http://h:4318/v1/traces"),
        ("https://h/prefix", "https://h/prefix/v1/traces"),
        ("http://[::1]:4318", "http://[::1]:4318/v1/traces"),
    ],
)
def test_the_flag_wins_and_takes_a_base_or_a_whole_address(flag, endpoint):
    environ = {**BASE, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://other/"}
    assert settings_of(environ, flag).endpoint == endpoint


@pytest.mark.parametrize("flag", ["collector:4318", "grpc://h:4317", "http://", "http://h:port", "h", "http://[::1"])
def test_a_wrong_flag_is_an_error(flag):
    with pytest.raises(Misconfigured, match="--otlp-endpoint"):
        read_otel({}, flag)


def test_user_and_password_become_a_secret_header():
    settings = settings_of({}, "http://jane:p%40ss@h:4318")
    assert settings.endpoint == "http://h:4318/v1/traces"
    assert settings.headers == {"authorization": Secret("Basic amFuZTpwQHNz")}
    assert "amFuZ" not in repr(settings)


def test_headers_are_decoded_and_kept_secret():
    environ = {**BASE, "OTEL_EXPORTER_OTLP_HEADERS": "api-key=k%3D1%2C2, X-Tenant = a ,,authorization=Bearer%20t"}
    settings = settings_of(environ)
    assert settings.headers == {
        "api-key": Secret("k=1,2"), "x-tenant": Secret("a"), "authorization": Secret("Bearer t"),
    }  # fmt: skip
    assert "Bearer" not in repr(settings)


def test_headers_for_traces_replace_the_general_ones():
    environ = {**BASE, "OTEL_EXPORTER_OTLP_HEADERS": "a=1", "OTEL_EXPORTER_OTLP_TRACES_HEADERS": "b=2"}
    assert settings_of(environ).headers == {"b": Secret("2")}


@pytest.mark.parametrize("bad", ["canary", "=canary", "bad name=canary", "a=canary%0d%0ax: y", "a=canary%C3%BC"])
def test_a_bad_header_is_said_without_its_value_and_the_others_stay(bad):
    settings, _, (warning,) = traces_of({**BASE, "OTEL_EXPORTER_OTLP_HEADERS": f"good=1,{bad}"}, None)
    assert settings is not None
    assert settings.headers == {"good": Secret("1")}
    assert warning == "OTEL_EXPORTER_OTLP_HEADERS has a pair that is no header (number 2), it is ignored"


def test_everything_else_is_taken_over():
    environ = {
        **BASE,
        "OTEL_EXPORTER_OTLP_TIMEOUT": "2500",
        "OTEL_EXPORTER_OTLP_COMPRESSION": "none",
        "OTEL_EXPORTER_OTLP_CERTIFICATE": "/etc/ca.pem",
        "OTEL_BSP_MAX_QUEUE_SIZE": "4096",
        "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512",
        "OTEL_BSP_SCHEDULE_DELAY": "500",
    }
    assert settings_of(environ) == OtlpSettings(
        "http://collector:4318/v1/traces", timeout_s=2.5, compression="none", ca_file="/etc/ca.pem", queue_size=4096,
        batch_size=512, linger_s=0.5,
    )  # fmt: skip
    own = {
        f"OTEL_EXPORTER_OTLP_TRACES_{name}": value
        for name, value in (("TIMEOUT", "7000"), ("COMPRESSION", "GZIP"), ("CERTIFICATE", "t.pem"))
    }
    settings = settings_of({**environ, **own})
    assert (settings.timeout_s, settings.compression, settings.ca_file) == (7.0, "gzip", "t.pem")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "0"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "-5"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "1.5"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "9" * 5000),
        ("OTEL_EXPORTER_OTLP_COMPRESSION", "deflate"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "thrift"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "http"),
        ("OTEL_EXPORTER_OTLP_CLIENT_KEY", "key.pem"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "many"),
        ("OTEL_BSP_MAX_QUEUE_SIZE", "0"),
        ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "١٢"),
        ("OTEL_BSP_SCHEDULE_DELAY", "-1"),
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_SDK_DISABLED", "yes"),
        ("OTEL_TRACES_SAMPLER", "jaeger_remote"),
    ],
)
def test_a_bad_value_is_said_and_ignored(name, value):
    settings, tracing, (warning,) = traces_of({**BASE, name: value}, None)
    assert settings == OtlpSettings("http://collector:4318/v1/traces")
    assert tracing == TracingSettings()
    assert warning.startswith(name)


def test_each_signal_has_its_own_address_headers_and_processor():
    environ = {
        **BASE,
        "OTEL_EXPORTER_OTLP_HEADERS": "a=1",
        "OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "https://logs/own",
        "OTEL_EXPORTER_OTLP_LOGS_HEADERS": "b=2",
        "OTEL_EXPORTER_OTLP_LOGS_TIMEOUT": "2000",
        "OTEL_EXPORTER_OTLP_LOGS_COMPRESSION": "none",
        "OTEL_EXPORTER_OTLP_METRICS_TIMEOUT": "3000",
        "OTEL_BLRP_SCHEDULE_DELAY": "250",
        "OTEL_BLRP_MAX_QUEUE_SIZE": "512",
        "OTEL_BLRP_MAX_EXPORT_BATCH_SIZE": "128",
        "OTEL_BLRP_EXPORT_TIMEOUT": "60000",
    }
    otel = read_otel(environ, None)
    assert otel.warnings == []
    assert otel.export.traces == OtlpSettings("http://collector:4318/v1/traces", headers={"a": Secret("1")})
    assert otel.export.logs == OtlpSettings(
        "https://logs/own", headers={"b": Secret("2")}, timeout_s=2.0, compression="none", linger_s=0.25,
        queue_size=512, batch_size=128, retry_age_s=60.0,
    )  # fmt: skip
    assert otel.export.metrics == OtlpSettings(
        "http://collector:4318/v1/metrics", headers={"a": Secret("1")}, timeout_s=3.0
    )


def test_the_flag_goes_to_every_signal_under_its_own_path():
    for flag in ("http://h:4318", "http://h:4318/v1/traces", "http://h:4318/v1/logs/"):
        export = read_otel({}, flag).export
        found = [one.endpoint for one in (export.traces, export.logs, export.metrics)]
        assert found == [f"http://h:4318/v1/{name}" for name in ("traces", "logs", "metrics")]


@pytest.mark.parametrize(
    ("environ", "endpoint"),
    [
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4317"}, "http://h:4317"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://h"}, "https://h"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "h:4317"}, "https://h:4317"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "[::1]:4317", "OTEL_EXPORTER_OTLP_INSECURE": "true"}, "http://[::1]:4317"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "h:4317", "OTEL_EXPORTER_OTLP_TRACES_INSECURE": "TRUE"}, "http://h:4317"),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://h:4317", "OTEL_EXPORTER_OTLP_INSECURE": "true"}, "https://h:4317"),
    ],
)
def test_over_grpc_an_address_has_no_path_and_may_lack_its_scheme(environ, endpoint):
    settings = settings_of({**environ, "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"})
    assert (settings.endpoint, settings.protocol) == (endpoint, "grpc")


def test_the_flag_may_be_host_and_port_over_grpc():
    assert settings_of({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "h:4317").endpoint == "http://h:4317"


@pytest.mark.parametrize("protocol", ["http/protobuf", "http/json", "grpc", "GRPC"])
def test_a_protocol_is_chosen_for_all_or_for_one_signal(protocol):
    found = read_otel({**BASE, "OTEL_EXPORTER_OTLP_LOGS_PROTOCOL": protocol}, None).export
    assert found.logs is not None
    assert found.traces is not None
    assert (found.logs.protocol, found.traces.protocol) == (protocol.lower(), "http/protobuf")


def test_the_grpc_port_with_http_is_said():
    _, _, (warning,) = traces_of({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://h:4317"})
    assert warning == "OTEL_EXPORTER_OTLP_PROTOCOL is http/protobuf, and the endpoint's port 4317 usually takes grpc"


def test_client_certificates_are_taken_over():
    environ = {
        **BASE, "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE": "me.pem", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY": "me.key",
    }  # fmt: skip
    export = read_otel(environ, None).export
    assert export.traces is not None
    assert export.logs is not None
    assert (export.traces.cert_file, export.traces.key_file) == ("me.pem", "me.key")
    assert (export.logs.cert_file, export.logs.key_file) == ("me.pem", None)


@pytest.mark.parametrize(
    ("exporter", "protocol", "warned"),
    [
        ("otlp", "http/protobuf", False), ("console", "console", False), ("otlp,console", "http/protobuf", True),
        ("none", None, False), ("zipkin", "http/protobuf", True), ("Console", "console", False),
    ],
)  # fmt: skip
def test_exporters_of_logs(exporter, protocol, warned):
    otel = read_otel({**BASE, "OTEL_LOGS_EXPORTER": exporter}, None)
    assert (otel.export.logs and otel.export.logs.protocol) == protocol
    assert bool(otel.warnings) == warned
    assert otel.export.traces is not None


def test_an_address_that_is_not_used_is_said():
    environ = {"OTEL_EXPORTER_OTLP_LOGS_ENDPOINT": "http://h/logs", "OTEL_LOGS_EXPORTER": "none"}
    otel = read_otel(environ, None)
    assert otel.export.logs is None
    assert otel.warnings == ["OTEL_LOGS_EXPORTER switches logs off, the endpoint is not used for them"]


def test_console_needs_no_endpoint():
    otel = read_otel({"OTEL_TRACES_EXPORTER": "console"}, None)
    assert otel.export.traces is not None
    assert otel.export.traces.endpoint == "standard output"
    assert (otel.export.logs, otel.export.metrics, otel.warnings) == (None, None, [])


def test_limits_are_read_and_the_closer_name_wins():
    environ = {
        **BASE, "OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT": "100", "OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT": "50",
        "OTEL_ATTRIBUTE_COUNT_LIMIT": "20", "OTEL_SPAN_EVENT_COUNT_LIMIT": "2", "OTEL_SPAN_LINK_COUNT_LIMIT": "0",
    }  # fmt: skip
    otel = read_otel(environ, None)
    assert otel.warnings == []
    assert otel.export.traces is not None
    assert otel.export.logs is not None
    assert otel.export.traces.limits == Limits(value_chars=50, attributes=20, events=2, links=0)
    assert otel.export.logs.limits == Limits(value_chars=100, attributes=20)


def test_with_a_configuration_file_the_other_variables_are_ignored_and_that_is_said():
    otel = read_otel({**BASE, "OTEL_CONFIG_FILE": "otel.yaml", "OTEL_TRACES_SAMPLER": "always_off"}, None)
    assert otel.export.traces is None
    assert otel.tracing.ratio == 1.0
    assert otel.warnings == [
        "OTEL_CONFIG_FILE is set: the other OTEL_ variables are ignored, and that file is not read here"
    ]
    assert read_otel({"OTEL_CONFIG_FILE": "x"}, "http://h:4318").export.traces is not None


@pytest.mark.parametrize(
    ("environ", "name", "attributes", "warned"),
    [
        ({}, "asyncwatch", {}, False),
        ({"OTEL_SERVICE_NAME": "watch"}, "watch", {}, False),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=a,team=x%2Cy"}, "a", {"team": "x,y"}, False),
        ({"OTEL_RESOURCE_ATTRIBUTES": "service.name=a", "OTEL_SERVICE_NAME": "b"}, "b", {}, False),
        ({"OTEL_RESOURCE_ATTRIBUTES": "team=x,broken"}, "asyncwatch", {}, True),
        ({"OTEL_RESOURCE_ATTRIBUTES": "team=%ff"}, "asyncwatch", {}, True),
        ({"OTEL_RESOURCE_ATTRIBUTES": " a = b , ,c=d=e"}, "asyncwatch", {"a": "b", "c": "d=e"}, False),
    ],
)
def test_our_own_resource(environ, name, attributes, warned):
    otel = read_otel(environ, None)
    resource = otel.export.resource
    assert (resource.service_name, dict(resource.attributes)) == (name, attributes)
    assert bool(otel.warnings) == warned
    assert len(resource.instance_id) == 36


def test_attributes_without_end_are_cut_off_and_that_is_said():
    environ = {"OTEL_RESOURCE_ATTRIBUTES": ",".join(f"k{n}=v" for n in range(1000))}
    otel = read_otel(environ, None)
    assert len(otel.export.resource.attributes) == 64
    assert len(otel.warnings) == 1


def test_a_bad_endpoint_is_said_and_ignored():
    settings, _, warnings = traces_of({**BASE, "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "collector:4318"}, None)
    assert settings is not None
    assert settings.endpoint == "http://collector:4318/v1/traces"
    assert warnings == ["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is no http or https address, it is ignored"]
    assert traces_of({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector"}, None)[0] is None


def test_a_timeout_that_looks_like_seconds_is_taken_and_said():
    settings, _, (warning,) = traces_of({**BASE, "OTEL_EXPORTER_OTLP_TIMEOUT": "10"}, None)
    assert settings is not None
    assert settings.timeout_s == 0.01
    assert "milliseconds" in warning


def test_a_batch_never_exceeds_the_queue():
    environ = {**BASE, "OTEL_BSP_MAX_QUEUE_SIZE": "100"}
    assert settings_of(environ).batch_size == 100
    settings, _, (warning,) = traces_of({**environ, "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "512"}, None)
    assert settings is not None
    assert settings.batch_size == 100
    assert warning.startswith("OTEL_BSP_MAX_EXPORT_BATCH_SIZE")


@pytest.mark.parametrize(
    "off", [{"OTEL_SDK_DISABLED": "true"}, {"OTEL_SDK_DISABLED": "TRUE"}, {"OTEL_TRACES_EXPORTER": "none"}]
)
def test_traces_can_be_switched_off_and_that_is_said(off):
    assert traces_of(off, None) == (None, TracingSettings(), [])
    for environ, flag in (({**BASE, **off}, None), (off, "http://h:4318")):
        settings, _, (warning,) = traces_of(environ, flag)
        assert settings is None
        assert warning.startswith(next(iter(off)))


@pytest.mark.parametrize(
    ("sampler", "argument", "ratio"),
    [
        ("", "0.5", 1.0),
        ("always_on", None, 1.0),
        ("always_off", None, 0.0),
        ("traceidratio", None, 1.0),
        ("traceidratio", "0.25", 0.25),
        ("TraceIdRatio", "1e-3", 0.001),
        ("traceidratio", "0", 0.0),
        ("parentbased_always_on", None, 1.0),
        ("parentbased_always_off", None, 1.0),
        ("parentbased_traceidratio", "0.25", 1.0),
    ],
)
def test_samplers_become_a_ratio_and_those_that_follow_the_parent_keep_all(sampler, argument, ratio):
    environ = {"OTEL_TRACES_SAMPLER": sampler, "OTEL_TRACES_SAMPLER_ARG": argument or ""}
    settings, tracing, warnings = traces_of(environ, None)
    assert (settings, tracing.ratio, warnings) == (None, ratio, [])


@pytest.mark.parametrize("argument", ["2", "-0.1", "half", "nan", "inf", "1_0", "0x1", "1e999"])
def test_a_bad_ratio_is_said_and_ignored(argument):
    _, tracing, (warning,) = traces_of(
        {"OTEL_TRACES_SAMPLER": "traceidratio", "OTEL_TRACES_SAMPLER_ARG": argument}, None
    )
    assert tracing.ratio == 1.0
    assert warning.startswith("OTEL_TRACES_SAMPLER_ARG")
