"""Who may read: TLS, passwords, rights; and what a user is told when it fails."""

from __future__ import annotations

import asyncio
import logging
import time
from pathlib import Path

import pytest

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, ServerSettings, TlsSettings
from asyncwatch.model.errors import AsyncwatchError, Misconfigured, Refused, Unreachable
from asyncwatch.taps.base import Start, Tap
from asyncwatch.taps.kafka import SPEC
from conformance.harness import SECRET, exactly, payloads, read_count, read_to_end
from servers.kafka import PASSWORDS, KafkaServer
from servers.kafka_admin import Sent, allow, create_topic, send
from servers.process import free_ports

pytestmark = pytest.mark.kafka

QUICK = {"refresh_s": 0.3, "away_after_s": 0.5}


def credentials(mechanism: str = "PLAIN", user: str = "admin", password: str | None = None) -> CredentialSettings:
    return CredentialSettings(mechanism, user, Secret(password or PASSWORDS[user]))


def trusting(server: KafkaServer, *, client: bool = False, authority: str = "ca") -> TlsSettings:
    own = (str(server.tls / "client.pem"), str(server.tls / "client.key")) if client else (None, None)
    return TlsSettings(str(server.tls / f"{authority}.pem"), *own)


def open_tap(settings: ServerSettings) -> Tap:
    return SPEC.open("production", settings, QUICK)


@pytest.fixture
async def topic(request: pytest.FixtureRequest, kafka_secure: KafkaServer) -> str:
    name = request.node.originalname.removeprefix("test_")
    index = 0 if not hasattr(request.node, "callspec") else request.node.callspec.indices.get("way", 0)
    name = f"{name}.{index}"
    await create_topic(kafka_secure.bootstrap, name)
    await send(kafka_secure.bootstrap, name, [Sent(b"1")])
    return name


async def refusal(settings: ServerSettings) -> AsyncwatchError:
    """Give the error of a connection that must fail, in time and without a secret in it."""
    tap = open_tap(settings)
    before = time.monotonic()
    with pytest.raises(AsyncwatchError) as raised:
        await tap.connect()
    assert time.monotonic() - before < 6
    await tap.close()
    shown = f"{raised.value} {raised.value.__dict__!r} {tap!r} {settings!r} {raised.getrepr(style='long')}"
    assert SECRET not in shown
    assert not any(password in shown for password in PASSWORDS.values())
    return raised.value


@pytest.mark.parametrize("way", ["plain", "scram-256", "scram-512", "tls plain", "tls scram-512", "mutual tls"])
async def test_every_way_in_reads(kafka_secure: KafkaServer, topic: str, way: str):
    mechanism = {"plain": "PLAIN", "256": "SCRAM-SHA-256", "512": "SCRAM-SHA-512"}.get(way.rpartition(" ")[2][-5:][-3:])
    mechanism = mechanism or "PLAIN"
    if way == "mutual tls":
        settings = ServerSettings(kafka_secure.ssl, tls=trusting(kafka_secure, client=True))
    elif way.startswith("tls"):
        settings = ServerSettings(kafka_secure.sasl_ssl, tls=trusting(kafka_secure), credentials=credentials(mechanism))
    else:
        settings = ServerSettings(kafka_secure.sasl_plaintext, credentials=credentials(mechanism))
    tap = open_tap(settings)
    await tap.connect()
    await tap.follow([exactly(topic)], Start("earliest", until_end=True))
    assert payloads(await read_to_end(tap)) == [b"1"]
    await tap.close()


@pytest.mark.parametrize("mechanism", ["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"])
async def test_a_wrong_password_is_refused(kafka_secure: KafkaServer, mechanism: str, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    settings = ServerSettings(kafka_secure.sasl_plaintext, credentials=credentials(mechanism, password=SECRET))
    error = await refusal(settings)
    assert isinstance(error, Refused)
    assert "does not accept the credentials" in str(error)
    assert kafka_secure.sasl_plaintext in str(error)
    assert not [record for record in caplog.records if record.name.startswith("aiokafka")]


async def test_an_unknown_mechanism_is_misconfigured(kafka_secure: KafkaServer):
    settings = ServerSettings(kafka_secure.sasl_plaintext, credentials=credentials("GSSAPI"))
    with pytest.raises(Misconfigured, match="mechanism 'GSSAPI' is not supported"):
        open_tap(settings)


async def test_a_certificate_of_another_authority_is_refused(kafka_secure: KafkaServer):
    settings = ServerSettings(
        kafka_secure.sasl_ssl, tls=trusting(kafka_secure, authority="other"), credentials=credentials()
    )
    error = await refusal(settings)
    assert isinstance(error, Refused)
    assert "is not trusted" in str(error)
    assert error.hint is not None
    assert "ca_file" in error.hint


async def test_verification_can_be_switched_off(kafka_secure: KafkaServer):
    tap = open_tap(ServerSettings(kafka_secure.sasl_ssl, tls=TlsSettings(verify=False), credentials=credentials()))
    await tap.connect()
    await tap.close()


async def test_a_missing_client_certificate_is_refused(kafka_secure: KafkaServer):
    error = await refusal(ServerSettings(kafka_secure.ssl, tls=trusting(kafka_secure)))
    assert isinstance(error, Refused)
    assert "client certificate" in (error.hint or "")


async def test_plain_text_to_a_tls_listener_says_so(kafka_secure: KafkaServer):
    error = await refusal(ServerSettings(kafka_secure.ssl, connect_timeout_s=2.0))
    assert isinstance(error, Unreachable)
    assert "tls" in (error.hint or "")


async def test_tls_to_a_plain_listener_says_so(kafka_secure: KafkaServer):
    error = await refusal(ServerSettings(kafka_secure.bootstrap, tls=trusting(kafka_secure), connect_timeout_s=2.0))
    assert isinstance(error, Unreachable)


async def test_no_broker_names_the_place_and_the_cause():
    [port] = free_ports(1)
    error = await refusal(ServerSettings(f"127.0.0.1:{port}"))
    assert isinstance(error, Unreachable)
    assert str(error) == f"server 'production': no broker answers at 127.0.0.1:{port}: connection refused"


async def test_an_unknown_name_is_unreachable():
    error = await refusal(ServerSettings("no-such-host.invalid:9092"))
    assert isinstance(error, Unreachable)
    assert "no-such-host.invalid:9092" in str(error)


async def test_a_peer_that_stays_silent_is_unreachable_in_time():
    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    silent = await asyncio.start_server(hold, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent:
        error = await refusal(ServerSettings(f"127.0.0.1:{port}", connect_timeout_s=1.0))
    assert isinstance(error, Unreachable)
    assert "no answer in time" in str(error)


async def test_a_peer_that_is_no_broker_is_unreachable():
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(10)
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    other = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = other.sockets[0].getsockname()[1]
    async with other:
        error = await refusal(ServerSettings(f"127.0.0.1:{port}", connect_timeout_s=1.0))
    assert isinstance(error, Unreachable)


async def test_the_second_address_is_tried(kafka_secure: KafkaServer):
    [port] = free_ports(1)
    tap = open_tap(ServerSettings(f"127.0.0.1:{port},{kafka_secure.bootstrap}"))
    await tap.connect()
    await tap.close()


async def test_a_missing_file_is_misconfigured(tmp_path: Path):
    with pytest.raises(Misconfigured, match="cannot be used for tls"):
        open_tap(ServerSettings("localhost:9092", tls=TlsSettings(str(tmp_path / "absent.pem"))))
    (tmp_path / "text.pem").write_text("no certificate")
    with pytest.raises(Misconfigured, match="PEM|pem"):
        open_tap(ServerSettings("localhost:9092", tls=TlsSettings(str(tmp_path / "text.pem"))))


async def test_missing_rights_are_named_and_the_rest_is_read(kafka_secure: KafkaServer, topic: str):
    names = {right: f"{topic}.{right.lower()}" for right in ("READ", "DESCRIBE", "NONE")}
    for right, name in names.items():
        await create_topic(kafka_secure.bootstrap, name)
        await send(kafka_secure.bootstrap, name, [Sent(right.encode())])
        if right != "NONE":
            await allow(kafka_secure.bootstrap, "watch", right, name)
    tap = open_tap(ServerSettings(kafka_secure.sasl_plaintext, credentials=credentials(user="watch")))
    await tap.connect()
    await tap.follow([exactly(name) for name in names.values()], Start("earliest"))
    assert payloads(await read_count(tap, 1)) == [b"READ"]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.read(), 1.0)
    statistics = tap.statistics()
    assert statistics.rights_missing == [f"topic {names['NONE']}: DESCRIBE", f"topic {names['DESCRIBE']}: READ"]
    assert statistics.addresses[names["DESCRIBE"]].exists is True
    assert statistics.addresses[names["NONE"]].exists is None
    await allow(kafka_secure.bootstrap, "watch", "READ", names["DESCRIBE"])
    await allow(kafka_secure.bootstrap, "watch", "READ", names["NONE"])
    assert sorted(payload or b"" for payload in payloads(await read_count(tap, 2))) == [b"DESCRIBE", b"NONE"]
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(tap.read(), 0.5)
    assert tap.statistics().rights_missing == []
    await tap.close()
