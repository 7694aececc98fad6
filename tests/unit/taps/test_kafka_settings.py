"""Options and addresses of the Kafka tap that can be judged without a broker."""

from __future__ import annotations

import pytest

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, ServerSettings, TlsSettings
from asyncwatch.model.errors import Misconfigured
from asyncwatch.taps.kafka import SPEC
from asyncwatch.taps.kafka.options import KafkaOptions, parse_options
from asyncwatch.taps.kafka.positions import milliseconds
from asyncwatch.taps.kafka.security import connection_options


def test_options_have_their_documented_defaults():
    assert parse_options("prod", {}) == KafkaOptions(1_048_576, 0.5, 30.0, 2.5, 10.0, None)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"refresh": 1}, "server 'prod': option 'refresh' is unknown"),
        ({"refresh_s": 0}, "'refresh_s' is no number above 0"),
        ({"refresh_s": True}, "'refresh_s' is no number above 0"),
        ({"fetch_max_bytes": "1"}, "'fetch_max_bytes' is no number above 0"),
        ({"client_rack": 1}, "'client_rack' is no text"),
    ],
)
def test_a_wrong_option_is_named(options: dict[str, object], text: str):
    with pytest.raises(Misconfigured, match=text):
        SPEC.open("prod", ServerSettings("localhost:9092"), options)


@pytest.mark.parametrize("url", ["", " , ", "localhost:nine", "localhost:0", "localhost:70000", "a:1,b:c"])
def test_an_address_without_a_port_number_is_misconfigured(url: str):
    with pytest.raises(Misconfigured, match="is no kafka address"):
        connection_options("prod", ServerSettings(url))


def test_several_addresses_and_ipv6_are_taken():
    options = connection_options("prod", ServerSettings("a.example:9092, b.example , [::1]:9093"))
    assert options == {
        "bootstrap_servers": ["a.example:9092", "b.example", "[::1]:9093"],
        "security_protocol": "PLAINTEXT",
    }


@pytest.mark.parametrize(
    ("tls", "credentials", "protocol"),
    [
        (None, None, "PLAINTEXT"),
        (None, CredentialSettings(), "PLAINTEXT"),
        (TlsSettings(), None, "SSL"),
        (None, CredentialSettings("scram-sha-256", "u", Secret("p")), "SASL_PLAINTEXT"),
        (TlsSettings(), CredentialSettings(None, "u", Secret("p")), "SASL_SSL"),
    ],
)
def test_tls_and_credentials_choose_the_protocol(
    tls: TlsSettings | None, credentials: CredentialSettings | None, protocol: str
):
    options = connection_options("prod", ServerSettings("localhost:9092", tls=tls, credentials=credentials))
    assert options["security_protocol"] == protocol


@pytest.mark.parametrize(
    ("credentials", "text"),
    [
        (CredentialSettings("PLAIN"), "PLAIN needs a username and a password"),
        (CredentialSettings(None, "user"), "PLAIN needs a username and a password"),
        (CredentialSettings("OAUTHBEARER", token=Secret("t")), "'OAUTHBEARER' is not supported"),
        (CredentialSettings(token=Secret("t")), "kafka takes no token"),
    ],
)
def test_credentials_that_cannot_work_are_misconfigured(credentials: CredentialSettings, text: str):
    with pytest.raises(Misconfigured, match=text):
        connection_options("prod", ServerSettings("localhost:9092", credentials=credentials))


def test_a_time_is_rounded_up_to_kafkas_clock():
    assert [milliseconds(ns) for ns in (-5, 0, 1, 1_000_000, 1_000_001)] == [0, 0, 1, 1, 2]
