"""The configuration file: every mistake told at once with its place, precedence, secrets that are never shown."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asyncwatch.config.configuration import Configuration, load_configuration
from asyncwatch.config.file import read_config
from asyncwatch.config.kinds import near
from asyncwatch.config.reference import config_reference
from asyncwatch.config.secret import FileSecret
from asyncwatch.config.settings import LagSettings, ListenSettings, TracingSettings
from asyncwatch.model.errors import Misconfigured, MisconfiguredAll


def configured(text, environ=None, path="asyncwatch.yaml"):
    return load_configuration(path, environ or {}, lambda _: text.encode())


def faults(text, environ=None):
    with pytest.raises(Misconfigured) as error:
        configured(text, environ)
    found = error.value.faults if isinstance(error.value, MisconfiguredAll) else [error.value]
    return [(one.message, one.hint) for one in found]


def test_every_mistake_is_told_at_once_with_its_place():
    text = """\
lsiten: {address: 127.0.0.1:1}
lag:
  interval: soon
  enabled: maybe
servers:
  production:
    urll: a:1
    credentials:
      password: hunter2
      mechanism: SCRAM
tracing:
  formats: [b3, w3c]
  relation: parents
checks:
  rules: {payload.shema: error, payload.schema: fatal}
ordering:
  'orders.*': {lost-after: 60s, lost_after: 5s}
log: loud
"""
    assert faults(text) == [
        ("unknown key 'lsiten' (asyncwatch.yaml:1:1)", "did you mean 'listen'?"),
        ("'lag.interval': a duration such as 10s, at least 1s is expected (asyncwatch.yaml:3:3)", None),
        ("'lag.enabled': true or false is expected (asyncwatch.yaml:4:3)", None),
        ("unknown key 'servers.production.urll' (asyncwatch.yaml:7:5)", "did you mean 'url'?"),
        (
            (
                "'servers.production.credentials.password': ${env:NAME} or ${file:PATH}, never the secret itself is expected "
                "(asyncwatch.yaml:9:7)"
            ),
            None,
        ),
        (
            (
                "'servers.production.credentials.mechanism': one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512 is expected "
                "(asyncwatch.yaml:10:7)"
            ),
            None,
        ),
        (
            (
                "'tracing.formats': one of tracecontext, cloudevents, b3, datadog, jaeger, xray, ottrace is expected "
                "(asyncwatch.yaml:12:17)"
            ),
            None,
        ),
        ("'tracing.relation': one of parent, link is expected (asyncwatch.yaml:13:3)", "did you mean 'parent'?"),
        (
            "'checks.rules.payload.shema': no such rule or family (asyncwatch.yaml:15:11)",
            "did you mean 'payload.schema'?",
        ),
        ("'checks.rules.payload.schema': one of error, warning, info, off is expected (asyncwatch.yaml:15:33)", None),
        ("'ordering.orders.*.lost_after': it stands twice (asyncwatch.yaml:17:33)", None),
        ("'log': keys with values are expected (asyncwatch.yaml:18:1)", None),
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- 1\n", "the file: keys with values are expected (asyncwatch.yaml:1:1)"),
        ("a: [", "asyncwatch.yaml:"),
        ("log: {level: info}\nlog: {level: debug}\n", "stands twice (asyncwatch.yaml:2:1)"),
        ("asyncapi: 3.0.0\ninfo: {}\n", "is an AsyncAPI document, no configuration"),
        ("servers: {my-eu: {url: a}, my_eu: {url: b}}\n", "variables cannot tell them apart"),
        ("specs: orders.yaml\n", "'specs': a list, each the path of a file is expected (asyncwatch.yaml:1:1)"),
        ("servers: {p: {url: 'kafka://u:hunter2@h:1'}}\n", "without a login is expected"),
        ("exporters: {otlp: {endpoint: 'http://u:hunter2@h'}}\n", "without a login is expected"),
        ("listen: {token: hunter2}\n", "never the secret itself is expected (asyncwatch.yaml:1:10)"),
        ("listen: {token: *hunter2 }\n", "a value that begins with '*' or '!' (asyncwatch.yaml:1:17)"),
        ("listen: {token: !hunter2 x}\n", "a value that begins with '*' or '!' (asyncwatch.yaml:1:17)"),
        ("state: folder\n", "unknown key 'state' (asyncwatch.yaml:1:1)"),
    ],
)
def test_a_mistake_is_named_and_no_value_is_shown(text, told):
    found = faults(text)
    assert told in found[0][0]
    assert "hunter2" not in str(found)


def test_a_file_that_is_missing_or_huge_is_told():
    with pytest.raises(Misconfigured, match="cannot read 'nowhere.yaml': No such file"):
        load_configuration("nowhere.yaml", {})
    with pytest.raises(Misconfigured, match="larger than"):
        read_config("x", lambda _: b"#" * 1_000_001)


@pytest.mark.parametrize("text", ["", "# nothing\n", "---\n", "log:\n", "checks: {values: }\n"])
def test_nothing_said_is_no_mistake(text):
    assert configured(text).lag() == LagSettings()


def test_a_variable_wins_over_the_file_key_by_key():
    text = "lag: {interval: 5s, enabled: false}\nchannels: {include: [a.*]}\nservers: {my-eu: {url: 'a:1', tls: {verify: false}}}\n"
    environ = {
        "ASYNCWATCH_LAG__INTERVAL": "7s", "ASYNCWATCH_CHANNELS__INCLUDE": "b.*, c",
        "ASYNCWATCH_SERVERS__MY_EU__URL": "b:2", "ASYNCWATCH_SERVERS__MY_EU__TLS__CA_FILE": "ca.pem",
        "ASYNCWATCH_CHECKS__RULES__SEQUENCE_GAP": "info", "ASYNCWATCH_CHECKS__VALUES": "true",
    }  # fmt: skip
    found = configured(text, environ)
    assert found.lag() == LagSettings(enabled=False, interval_s=7.0)
    assert found.texts("channels", "include") == ["b.*", "c"]
    assert found.servers().url("my-eu") == "b:2"
    tls = found.servers().tls("my-eu")
    assert (tls.ca_file, tls.verify) == ("ca.pem", False)
    assert found.rules() == ({"sequence.gap": "info"}, {})
    assert found.flag("checks", "values")


def test_a_variable_may_hold_a_whole_section():
    environ = {
        "ASYNCWATCH_ORDERING": "{'orders.*': {sequence: {location: $message.header#/n, step: 2}, lost-after: 5s}}"
    }
    rule = configured("", environ).ordering()["orders.*"]
    assert (rule.location, rule.step, rule.lost_after_s) == ("$message.header#/n", 2, 5.0)


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("ASYNCWATCH_LAG__INTERVAL", "hunter2", "ASYNCWATCH_LAG__INTERVAL: a duration such as 10s, at least 1s is expected"),
        ("ASYNCWATCH_LAG__INTERVALL", "hunter2", "unknown setting ASYNCWATCH_LAG__INTERVALL"),
        ("ASYNCWATCH_LAG__INTERVAL__S", "hunter2", "unknown setting ASYNCWATCH_LAG__INTERVAL__S"),
        ("ASYNCWATCH_SERVERS__P__CREDENTIALS__PASWORD", "hunter2", "unknown setting ASYNCWATCH_SERVERS__P__CREDENTIALS__PASWORD"),
        ("ASYNCWATCH_CHECKS__RULES__NOTHING", "error", "unknown setting ASYNCWATCH_CHECKS__RULES__NOTHING"),
        ("ASYNCWATCH_ORDERING", "{hunter2", "ASYNCWATCH_ORDERING: YAML on one line is expected"),
        ("ASYNCWATCH_LAG", "hunter2", "'lag': keys with values are expected (ASYNCWATCH_LAG)"),
    ],
)  # fmt: skip
def test_a_wrong_variable_is_named_without_its_value(variable, value, told):
    found = faults("", {variable: value})
    assert told in found[0][0]
    assert "hunter2" not in str(found)


def test_file_and_variables_are_told_together():
    assert len(faults("lag: 1\n", {"ASYNCWATCH_LAG__INTERVAL": "x"})) == 2


def test_a_variable_that_looks_like_ours_is_warned_of_and_others_are_left_alone():
    environ = {
        "ASYNCWATCH_LSITEN__ADDRESS": "x",
        "ASYNCWATCH_SERVICE_HOST": "10.0.0.1",
        "ASYNCWATCH_TOKEN": "t",
        "PATH": "x",
    }
    assert configured("", environ).warnings == [
        "ASYNCWATCH_LSITEN__ADDRESS is no setting, it is ignored; did you mean 'listen'?"
    ]


def test_the_file_is_named_by_flag_or_variable(tmp_path):
    (tmp_path / "a.yaml").write_text("lag: {interval: 3s}\n")
    (tmp_path / "b.yaml").write_text("lag: {interval: 4s}\n")
    environ = {"ASYNCWATCH_CONFIG": str(tmp_path / "a.yaml")}
    assert load_configuration(None, environ).lag().interval_s == 3.0
    assert load_configuration(str(tmp_path / "b.yaml"), environ).lag().interval_s == 4.0
    assert load_configuration(None, {}).path is None


def test_paths_of_the_file_are_relative_to_its_folder(tmp_path):
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "x.yaml").write_text("specs: [docs/a.yaml, /b.yaml]\nservers: {p: {tls: {ca_file: ca.pem}}}\n")
    found = load_configuration(str(folder / "x.yaml"), {"ASYNCWATCH_SERVERS__P__TLS__CERT_FILE": "c.pem"})
    assert found.specs() == [str(folder / "docs/a.yaml"), "/b.yaml"]
    tls = found.servers().tls("p")
    assert (tls.ca_file, tls.cert_file) == (str(folder / "ca.pem"), "c.pem")


def test_a_secret_is_a_reference_in_the_file_and_is_never_printed(tmp_path):
    (tmp_path / "password").write_text("hunter2\n")
    text = "servers:\n  p:\n    credentials: {username: u, password: '${file:%s}', token: '${env:T}'}\n" % (
        tmp_path / "password"
    )
    found = configured(text, {"T": "hunter2"})
    credentials = found.servers().credentials("p")
    assert (credentials.password.reveal(), credentials.token.reveal()) == ("hunter2", "hunter2")
    values = list(found.servers()._values.items())
    assert "hunter2" not in f"{credentials!r} {values!r} {found.__dict__['_values']!r}"
    plain = configured("", {"ASYNCWATCH_SERVERS__P__CREDENTIALS__PASSWORD": "hunter2"})
    assert plain.servers().credentials("p").password.reveal() == "hunter2"
    assert "hunter2" not in repr(list(plain.servers()._values.items()))


@pytest.mark.parametrize(
    ("reference", "told"),
    [
        ("${env:NOWHERE}", "environment variable 'NOWHERE' is not set"),
        ("${file:nowhere}", "file 'nowhere' cannot be read"),
    ],
)
def test_a_secret_that_is_not_there_is_told_with_the_place_of_its_reference(reference, told):
    servers = configured(f"servers:\n  p:\n    credentials:\n      password: {reference}\n").servers()
    with pytest.raises(Misconfigured, match=told) as error:
        servers.credentials("p")
    assert "(asyncwatch.yaml:4:7)" in str(error.value)


def test_a_secret_in_a_file_is_read_again_when_the_file_changes(tmp_path):
    path = tmp_path / "password"
    path.write_text("one\n")
    secret = FileSecret(str(path))
    assert secret.reveal() == "one"
    new = tmp_path / "new"
    new.write_text("two, longer\n")
    os.replace(new, path)
    assert secret.reveal() == "two, longer"
    path.unlink()
    assert secret.reveal() == "two, longer"
    path.write_text("")
    assert secret.reveal() == "two, longer"
    path.write_text("three")
    assert secret.reveal() == "three"
    assert repr(secret) == str(secret) == "***"


def test_severities_of_a_channel_stand_below_their_rule():
    text = "checks: {rules: {payload: warning, payload.schema: {'orders.*': off, '*': info}}}\n"
    assert configured(text).rules() == (
        {"payload": "warning"}, {"orders.*": {"payload.schema": "off"}, "*": {"payload.schema": "info"}},
    )  # fmt: skip


def test_values_are_shown_of_what_is_wanted_and_never_of_what_is_masked():
    assert configured("").shows() is None
    assert configured("checks: {values: false, show_fields: ['*']}\n").shows() is None
    shows = configured("checks: {values: true, mask_fields: ['*name', '/card/*']}\n").shows()
    assert [shows(one) for one in ("/id", "/lastName", "/card/number", "/card/holder/age", "/names/0")] == [
        True, False, False, False, True,
    ]  # fmt: skip
    shows = configured("checks: {values: true, show_fields: [status, /order], mask_fields: [status]}\n").shows()
    assert [shows(one) for one in ("/id", "/status", "/order/total")] == [False, False, True]


def test_the_standard_variables_win_over_the_file_and_ours_win_over_them():
    text = (
        "exporters: {otlp: {endpoint: 'http://file:4318', protocol: grpc}}\ntracing: {sampling: 0.5, formats: [b3]}\n"
    )
    assert configured(text).otel_environ() == {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://file:4318", "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    }  # fmt: skip
    standard = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://standard:4318", "OTEL_TRACES_SAMPLER": "always_on",
        "OTEL_PROPAGATORS": "jaeger",
    }  # fmt: skip
    found = configured(text, standard)
    assert found.otel_environ()["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://standard:4318"
    assert found.tracing(TracingSettings()).ratio == 1.0
    assert found.context_formats() is None
    ours = {
        **standard,
        "ASYNCWATCH_EXPORTERS__OTLP__ENDPOINT": "http://ours:4318",
        "ASYNCWATCH_TRACING__SAMPLING": "0.25",
    }
    found = configured(text, ours)
    assert found.otel_environ()["OTEL_EXPORTER_OTLP_ENDPOINT"] == "http://ours:4318"
    assert found.tracing(TracingSettings()).ratio == 0.25


def test_the_listener_of_the_api(tmp_path):
    text = "listen: {address: '[::1]:99', token: '${env:T}', tls: {cert_file: a.pem, key_file: b.pem}}\n"
    found = configured(text, {"T": "t"}, path=str(tmp_path / "x.yaml")).listen()
    assert (found.host, found.port, found.token.reveal()) == ("::1", 99, "t")
    assert found.tls.cert_file == str(tmp_path / "a.pem")
    assert configured("").listen() == ListenSettings()
    with pytest.raises(MisconfiguredAll, match="both needed"):
        configured("listen: {tls: {key_file: b}}\n").listen()


def test_the_reference_says_nothing_as_it_is_and_is_a_valid_file_without_its_signs():
    text = config_reference()
    assert not list(configured(text)._values.items())
    bare = "\n".join(line.removeprefix("# ") for line in text.splitlines())
    found = configured(bare, {"BROKER_TOKEN": "x", "ASYNCWATCH_TOKEN": "y"})
    assert isinstance(found, Configuration)
    assert found.lag() == LagSettings()
    assert found.tracing(TracingSettings(identifiers={})).formats == TracingSettings().formats
    assert found.context_formats() == TracingSettings().formats
    rule = found.ordering()["orders.*"]
    assert (rule.window, rule.lost_after_s, rule.allowed_lateness_s) == (1000, 60.0, 10.0)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused_with_a_place(data):
    try:
        read_config("x.yaml", lambda _: data)
    except MisconfiguredAll as error:
        assert all("x.yaml" in one.message for one in error.faults)
    except Misconfigured as error:
        assert "x.yaml" in str(error)


names = st.sampled_from(
    ["specs", "servers", "production", "url", "tls", "verify", "credentials", "password", "checks", "rules", "payload.schema",
     "values", "ordering", "orders.*", "sequence", "step", "lag", "interval", "listen", "token", "log", "level", "x", "state"]
)  # fmt: skip
trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["info", "10s", "${env:X}", "h:1", "hunter2"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(names, trees, max_size=5))
def test_any_tree_is_read_or_told_and_shows_no_value(tree):
    import json

    try:
        values = read_config("x.yaml", lambda _: json.dumps(tree).encode())
    except MisconfiguredAll as error:
        assert "hunter2" not in str(error)
        assert all(one.message.count("x.yaml:") == 1 for one in error.faults)
    else:
        assert all(given.place.startswith("x.yaml:") for _, given in values.items())


@given(st.dictionaries(st.sampled_from(["ASYNCWATCH_LAG__INTERVAL", "ASYNCWATCH_SPECS", "ASYNCWATCH_ORDERING", "ASYNCWATCH_SERVERS__A__B", "ASYNCWATCH_CHECKS__RULES", "ASYNCWATCH_LISTEN__TOKEN", "ASYNCWATCH_", "ASYNCWATCH___"]), st.text(max_size=40), max_size=4))  # fmt: skip
def test_any_variables_are_read_or_told(environ):
    try:
        configured("", environ)
    except MisconfiguredAll as error:
        assert error.faults


def test_a_near_word_is_offered_and_a_far_one_is_not():
    assert near("lsiten", ["listen", "lag"]) == "did you mean 'listen'?"
    assert near("zzz", ["listen"]) is None
