"""Settings of servers from the environment."""

import pytest

from asyncwatch.config.configuration import load_configuration
from asyncwatch.config.secret import Secret
from asyncwatch.config.starting_point import parse_since
from asyncwatch.model.errors import Misconfigured
from asyncwatch.reading.duration import parse_duration


def servers(environ):
    return load_configuration(None, environ).servers()


def test_names_compare_without_case_and_signs():
    environment = servers({"ASYNCWATCH_SERVERS__MY_EU_CLUSTER__CREDENTIALS__USERNAME": "watch"})
    assert environment.credentials("my-eu.cluster").username == "watch"
    assert environment.credentials("other") is None


def test_a_secret_is_read_from_a_file_and_never_printed(tmp_path):
    (tmp_path / "p").write_text("from a file\n")
    environ = {
        "ASYNCWATCH_SERVERS__P__CREDENTIALS__PASSWORD": f"${{file:{tmp_path / 'p'}}}",
        "ASYNCWATCH_SERVERS__P__CREDENTIALS__USERNAME": "u",
    }
    credentials = servers(environ).credentials("p")
    assert credentials.password.reveal() == "from a file"
    assert "from a file" not in f"{credentials} {credentials!r} {credentials.password}"


def test_a_secret_is_read_from_another_variable():
    environ = {"ASYNCWATCH_SERVERS__P__CREDENTIALS__PASSWORD": "${env:OTHER}", "OTHER": "x"}
    assert servers(environ).credentials("p").password == Secret("x")


@pytest.mark.parametrize(
    ("variable", "value", "told"),
    [
        ("CREDENTIALS__PASSWORD", "${file:/nowhere}", "cannot be read"),
        ("CREDENTIALS__PASSWORD", "${env:NOWHERE}", "is not set"),
        ("CREDENTIALS__MECHANISM", "GSSAPI", "one of PLAIN, SCRAM-SHA-256"),
        ("CREDENTIALS__PASWORD", "hunter2", "unknown setting"),
    ],
)
def test_a_wrong_variable_is_named_without_its_value(variable, value, told):
    with pytest.raises(Misconfigured, match=told) as error:
        servers({f"ASYNCWATCH_SERVERS__P__{variable}": value}).credentials("p")
    assert "hunter2" not in str(error.value)
    assert f"ASYNCWATCH_SERVERS__P__{variable}" in str(error.value)


def test_tls_settings():
    environ = {"ASYNCWATCH_SERVERS__P__TLS__CA_FILE": "ca.pem", "ASYNCWATCH_SERVERS__P__TLS__VERIFY": "false"}
    tls = servers(environ).tls("p")
    assert (tls.ca_file, tls.verify) == ("ca.pem", False)


def test_a_doubtful_boolean_is_told():
    with pytest.raises(Misconfigured, match="neither true nor false"):
        servers({"ASYNCWATCH_SERVERS__P__READ_COMMITTED": "perhaps"}).read_committed("p")


def test_variables_of_no_server_are_named():
    environment = servers({"ASYNCWATCH_SERVERS__PRODUCTOIN__URL": "x"})
    assert environment.unused(["production"]) == ["ASYNCWATCH_SERVERS__PRODUCTOIN__URL"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("90", 90), ("90s", 90), ("1h30m", 5400), ("500ms", 0.5), ("PT5M", 300), ("PT1.5S", 1.5), ("P1DT1H", 90000), ("2d", 172800), ("", None), ("P", None), ("PT", None), ("5 s", None), ("-5s", None), ("5x", None), ("٣s", None), ("1" * 99, None)],
)  # fmt: skip
def test_durations(text, seconds):
    assert parse_duration(text) == seconds


def test_starting_points():
    assert parse_since("now", 5) == ("now", 0)
    assert parse_since("earliest", 5) == ("earliest", 0)
    assert parse_since("10s", 20 * 10**9) == ("time", 10 * 10**9)
    assert parse_since("1970-01-01T00:00:01Z", 5) == ("time", 10**9)
    assert parse_since("yesterday", 5) is None


def test_how_nats_is_read_and_whether_requests_are():
    configured = servers({"ASYNCWATCH_SERVERS__N__NATS": "core", "ASYNCWATCH_SERVERS__N__REQUESTS": "true"})
    assert (configured.nats("n"), configured.requests("n")) == ("core", True)
    assert (configured.nats("other"), configured.requests("other")) == ("auto", False)
    with pytest.raises(Misconfigured, match="ASYNCWATCH_SERVERS__N__NATS"):
        servers({"ASYNCWATCH_SERVERS__N__NATS": "both"})
