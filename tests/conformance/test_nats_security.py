"""Users, tokens, certificates and rights: who gets in, what is said when not, and what a missing right costs."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import CredentialSettings, ServerSettings, TlsSettings
from asyncwatch.model.errors import AsyncwatchError, Misconfigured, Refused, Unreachable
from asyncwatch.taps.base import Start
from asyncwatch.taps.nats import SPEC, open_probe
from conformance.harness import exactly, payloads, read_count
from servers.nats import PASSWORDS, TOKEN, NatsServer
from servers.nats_services import Sent, make_stream, publish, service, wait_stored
from servers.process import free_ports

pytestmark = pytest.mark.nats

ADMIN = {"user": "admin", "password": PASSWORDS["admin"]}
WATCH = CredentialSettings("PLAIN", "watch", Secret(PASSWORDS["watch"]))
LEAST = """{
  subscribe: ["_INBOX.>", "plain.>"],
  publish: ["$JS.API.STREAM.LIST", "$JS.API.STREAM.INFO.*", "$JS.API.STREAM.MSG.GET.*", "$JS.FC.>",
            "$JS.API.CONSUMER.CREATE.*.*", "$JS.API.CONSUMER.DELETE.*.*", "$JS.API.CONSUMER.LIST.*"]
}"""
"""The rights that SPEC.needs names, as a server's configuration writes them."""


@contextlib.contextmanager
def running(folder: Path, **options: object) -> Iterator[NatsServer]:
    server = NatsServer(folder, **options)
    try:
        server.start()
        yield server
    finally:
        server.stop()


async def refusal(settings: ServerSettings) -> AsyncwatchError:
    """Connect and give what it raises; it must be told within about a second."""
    tap = SPEC.open("production", settings, {})
    before = time.monotonic()
    with pytest.raises(AsyncwatchError) as raised:
        await tap.connect()
    assert time.monotonic() - before < 1.5
    await tap.close()
    return raised.value


async def test_a_login_is_refused_or_let_in(tmp_path: Path, caplog: pytest.LogCaptureFixture):
    caplog.set_level(logging.DEBUG)
    with running(tmp_path, login="users") as server:
        wrong = CredentialSettings(None, "watch", Secret("no-such-password"))
        for credentials in (wrong, None, CredentialSettings(None, None, None, Secret("no-such-token"))):
            error = await refusal(ServerSettings(server.bootstrap, credentials=credentials))
            assert isinstance(error, Refused)
            assert "does not accept the credentials" in str(error)
            assert "no-such" not in str(error) + caplog.text
        tap = SPEC.open("production", ServerSettings(server.bootstrap, credentials=WATCH), {})
        await tap.connect()
        await tap.follow([exactly("plain.a")], Start())
        async with service(server.bootstrap, **ADMIN) as client:
            await publish(client, "plain.a", [Sent(b"1")])
        assert payloads(await read_count(tap, 1)) == [b"1"]
        await tap.close()
        assert PASSWORDS["watch"] not in caplog.text


async def test_a_token_lets_in(tmp_path: Path):
    with running(tmp_path, login="token") as server:
        assert isinstance(await refusal(ServerSettings(server.bootstrap)), Refused)
        credentials = CredentialSettings(None, None, None, Secret(TOKEN))
        tap = SPEC.open("production", ServerSettings(server.bootstrap, credentials=credentials), {})
        await tap.connect()
        await tap.close()


async def test_tls_with_a_client_certificate(tmp_path: Path):
    with running(tmp_path, tls=True) as server:
        folder = server.tls
        ca, cert, key = (str(folder / name) for name in ("ca.pem", "client.pem", "client.key"))
        for wrong, words in (
            (TlsSettings(ca_file=str(folder / "other.pem"), cert_file=cert, key_file=key), "is not trusted"),
            (TlsSettings(ca_file=ca), "refuses the tls connection"),
            (None, "is not trusted"),
        ):
            error = await refusal(ServerSettings(server.bootstrap, tls=wrong))
            assert isinstance(error, Refused | Unreachable)
            assert words in str(error) or "the connection was closed" in str(error)
        tap = SPEC.open(
            "production",
            ServerSettings(server.bootstrap, tls=TlsSettings(ca_file=ca, cert_file=cert, key_file=key)),
            {},
        )
        await tap.connect()
        await tap.follow([exactly("a")], Start())
        context = ssl.create_default_context(cafile=ca)
        context.load_cert_chain(cert, key)
        async with service(server.bootstrap, tls=context) as client:
            await publish(client, "a", [Sent(b"1")])
        assert payloads(await read_count(tap, 1)) == [b"1"]
        await tap.close()


async def test_a_server_without_tls_never_gets_the_password(nats: NatsServer):
    settings = ServerSettings(nats.bootstrap, tls=TlsSettings(), credentials=WATCH)
    error = await refusal(settings)
    assert isinstance(error, Refused)
    assert "offers no tls" in str(error)


async def test_what_answers_and_is_no_nats_is_unreachable():
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        with contextlib.suppress(ConnectionError):
            await reader.read(100)
            writer.close()

    async def flood(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            writer.write(b"INFO {" + b"x" * 1_000_000)
            await writer.drain()
        writer.close()

    for answer in (talk, flood):
        [port] = free_ports(1)
        server = await asyncio.start_server(answer, "127.0.0.1", port)
        error = await refusal(ServerSettings(f"127.0.0.1:{port}", connect_timeout_s=1.0))
        assert isinstance(error, Unreachable)
        server.close()


async def test_wrong_settings_are_told_before_anything_runs(tmp_path: Path):
    for settings in (
        ServerSettings("not an address"),
        ServerSettings("host:99999"),
        ServerSettings("host", credentials=CredentialSettings(None, "watch", None)),
        ServerSettings("host", tls=TlsSettings(ca_file=str(tmp_path / "absent.pem"))),
    ):
        with pytest.raises(Misconfigured, match="server 'production'"):
            SPEC.open("production", settings, {})
    with pytest.raises(Misconfigured, match="option 'nonsense' is unknown"):
        SPEC.open("production", ServerSettings("host"), {"nonsense": 1})


async def test_the_least_rights_are_enough(tmp_path: Path):
    with running(tmp_path, login="users", watch_may=LEAST) as server:
        async with service(server.bootstrap, **ADMIN) as client:
            await make_stream(client, "orders", ["orders.>"])
            await make_stream(client, "jobs", ["jobs"], retention="workqueue")
            await publish(client, "orders.a", [Sent(b"1")])
            await publish(client, "jobs", [Sent(b"2")])
            await wait_stored(client, "jobs", 1)
            settings = ServerSettings(server.bootstrap, credentials=WATCH)
            tap = SPEC.open("production", settings, {})
            await tap.connect()
            wanted = [exactly("orders.a"), exactly("jobs"), exactly("plain.a")]
            await tap.follow(wanted, Start("time", time.time_ns() - 10**12))
            await publish(client, "plain.a", [Sent(b"3")])
            assert sorted(payloads(await read_count(tap, 3))) == [b"1", b"2", b"3"]
            assert tap.statistics().rights_missing == []
            probe = open_probe("production", settings)
            assert (await probe.poll(wanted)).rights_missing == []
            await probe.close()
            await tap.close()


async def test_a_missing_right_is_named_and_costs_one_feature(tmp_path: Path):
    may = '{ subscribe: ["_INBOX.>", "orders.>"], publish: ["$JS.API.STREAM.LIST"] }'
    with running(tmp_path, login="users", watch_may=may) as server:
        async with service(server.bootstrap, **ADMIN) as client:
            await make_stream(client, "orders", ["orders.>"])
            settings = ServerSettings(server.bootstrap, credentials=WATCH)
            tap = SPEC.open("production", settings, {})
            await tap.connect()
            await tap.follow([exactly("orders.a"), exactly("secret.b")], Start())
            await publish(client, "orders.a", [Sent(b"1")])
            [batch] = await read_count(tap, 1)
            assert (batch.payloads, batch.time_source) == ([b"1"], "none")
            told = tap.statistics().rights_missing
            await tap.close()
            assert any("$JS.API.CONSUMER.CREATE.orders." in one and "stream orders is not read" in one for one in told)
            assert "subscribe to secret.b" in told
            probe = open_probe("production", settings)
            progress = await probe.poll([exactly("orders.a")])
            await probe.close()
            assert progress.groups is None
            assert progress.rights_missing == ["publish to $JS.API.CONSUMER.LIST.orders"]
