"""`asyncwatch doctor` against real brokers and a real collector: it names the cause, and leaves nothing behind."""

import asyncio
import json
import socket
from dataclasses import dataclass

import pytest

from acceptance.commands import asyncwatch, document
from asyncwatch.cli.configured import configuration
from asyncwatch.cli.doctor.diagnosis import as_json, problems
from asyncwatch.cli.doctor.visit import visit
from asyncwatch.cli.observing import Observing
from servers import nats_services
from servers.kafka import PASSWORDS, KafkaServer
from servers.kafka_admin import allow, create_topic, inventory
from servers.nats import NatsServer
from servers.process import free_ports

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


@dataclass
class Visit:
    """What a visit found, and what the command would print and end with."""

    code: int
    stdout: str
    stderr: str = ""


@pytest.fixture
def doctor(tmp_path, monkeypatch):
    """Visit in this process: a dozen starts of Python take longer than everything that is looked at."""

    def visit_now(text, *, config=None, otlp=None, env=None):
        (tmp_path / "document.yaml").write_text(text)
        api, health = free_ports(2)
        own = {
            "ASYNCWATCH_LISTEN__ADDRESS": f"127.0.0.1:{api}", "ASYNCWATCH_LISTEN__HEALTH": f"127.0.0.1:{health}",
        }  # fmt: skip
        for name, value in (own | (env or {})).items():
            monkeypatch.setenv(name, value)
        configuration.cache_clear()
        documents = [str(tmp_path / "document.yaml")]
        path = None if config is None else str(config)
        observing = Observing(documents, None, None, None, None, "now", None, "5s", None, config=path)
        sections = asyncio.run(visit(observing, otlp))
        configuration.cache_clear()
        found = json.loads(as_json(sections))
        checks = [one for section in found["sections"] for one in section["checks"]]
        return Visit(1 if problems(sections) else 0, as_json(sections)), checks

    return visit_now


def lines(checks, state):
    return [
        f"{one['what']}: {one['detail']}" if one["detail"] else one["what"] for one in checks if one["state"] == state
    ]


def test_all_is_well_and_the_broker_is_left_as_it_was(kafka, doctor):
    asyncio.run(create_topic(kafka.bootstrap, "doctor.well", 2))
    before = asyncio.run(inventory(kafka.bootstrap))
    done, checks = doctor(document(kafka.bootstrap, "doctor.well"))
    assert done.code == 0, done.stdout + done.stderr
    ok = lines(checks, "ok")
    assert f"TCP to {kafka.bootstrap}" in ok
    assert f"broker 1 advertises {kafka.bootstrap}" in ok
    assert "topics: 1 of 1 documented ones exist" in ok
    assert any(one.startswith("connection without login: cluster") for one in ok)
    assert "clock offset: this protocol tells no time of day" in lines(checks, "unknown")
    assert asyncio.run(inventory(kafka.bootstrap)) == before


def test_a_topic_that_is_not_there_is_named_and_not_made(kafka, doctor):
    before = asyncio.run(inventory(kafka.bootstrap))
    done, checks = doctor(document(kafka.bootstrap, "doctor.nowhere"))
    assert done.code == 1
    assert lines(checks, "problem") == ["topic doctor.nowhere: it does not exist"]
    assert asyncio.run(inventory(kafka.bootstrap)) == before


def test_a_bootstrap_that_works_and_an_advertised_address_that_does_not(servers_folder, doctor):
    [nobody] = free_ports(1)
    server = KafkaServer(servers_folder / "kafka-advertised", advertised_port=nobody)
    try:
        server.start()
        done, checks = doctor(document(server.bootstrap, "orders"))
    finally:
        server.stop()
    assert done.code == 1
    assert f"TCP to {server.bootstrap}" in lines(checks, "ok")
    assert lines(checks, "problem") == [f"broker 1 advertises 127.0.0.1:{nobody}: connection refused"]
    [hint] = [one["hint"] for one in checks if one["state"] == "problem"]
    assert hint == "set advertised.listeners of the broker to an address that is reachable from here"


def test_login_and_rights_step_by_step(kafka_secure, tmp_path, doctor):
    topic = "doctor.secret"
    asyncio.run(create_topic(kafka_secure.bootstrap, topic))
    text = document(kafka_secure.sasl_ssl, topic)
    (tmp_path / "password").write_text("not-the-password-41\n")
    (tmp_path / "asyncwatch.yaml").write_text(
        "servers:\n  production:\n"
        f"    tls: {{ca_file: {kafka_secure.tls / 'ca.pem'}}}\n"
        "    credentials: {mechanism: SCRAM-SHA-512, username: watch, password: '${file:password}'}\n"
    )
    config = tmp_path / "asyncwatch.yaml"
    done, checks = doctor(text, config=config)
    assert done.code == 1
    assert any("does not accept the credentials" in one for one in lines(checks, "problem"))
    assert any(one.startswith(f"TLS to {kafka_secure.sasl_ssl}: TLSv1.") for one in lines(checks, "ok"))
    (tmp_path / "password").write_text(PASSWORDS["watch"] + "\n")
    done, checks = doctor(text, config=config)
    assert done.code == 1
    assert f"right: topic {topic}: DESCRIBE is missing" in lines(checks, "problem")
    asyncio.run(allow(kafka_secure.bootstrap, "watch", "DESCRIBE", topic))
    done, checks = doctor(text, config=config)
    assert lines(checks, "problem") == [f"right: topic {topic}: READ is missing"]
    asyncio.run(allow(kafka_secure.bootstrap, "watch", "READ", topic))
    done, checks = doctor(text, config=config)
    assert done.code == 0, done.stdout
    assert any(one.startswith("login as 'watch' (SCRAM-SHA-512)") for one in lines(checks, "ok"))
    assert any(one.startswith("consumer groups") for one in lines(checks, "warning"))
    assert "password" not in done.stdout.replace("password of", "")


def test_a_certificate_nobody_trusts_is_told_at_the_step_that_fails(kafka_secure, doctor):
    env = {"ASYNCWATCH_SERVERS__PRODUCTION__TLS__CA_FILE": str(kafka_secure.tls / "other.pem")}
    done, checks = doctor(document(kafka_secure.sasl_ssl, "orders"), env=env)
    assert done.code == 1
    assert lines(checks, "problem")[0].startswith(f"TLS to {kafka_secure.sasl_ssl}: ")


def test_a_collector_takes_an_empty_request_or_is_not_there(rotel, kafka, doctor):
    text = document(kafka.bootstrap, "doctor.collected")
    asyncio.run(create_topic(kafka.bootstrap, "doctor.collected"))
    done, checks = doctor(text, otlp=rotel.bootstrap)
    assert done.code == 0, done.stdout
    assert [one for one in lines(checks, "ok") if one.endswith("an empty request is taken")]
    [port] = free_ports(1)
    done, checks = doctor(text, otlp=f"http://127.0.0.1:{port}")
    assert done.code == 1
    assert all("127.0.0.1" in one for one in lines(checks, "problem"))


def test_a_name_that_is_not_known_and_a_port_that_is_taken(doctor):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done, checks = doctor(
            document("no-such-host.invalid:9092", "orders"),
            env={"ASYNCWATCH_LISTEN__ADDRESS": f"127.0.0.1:{port}"},
        )
    assert done.code == 1
    [problem] = lines(checks, "problem")
    assert problem.startswith("name no-such-host.invalid: not known")
    assert [one for one in lines(checks, "warning") if one.startswith(f"API on 127.0.0.1:{port}")]


def test_a_configuration_that_is_wrong_is_2_with_every_fault(tmp_path):
    (tmp_path / "asyncwatch.yaml").write_text("lag: {intervall: 5s}\nlog: {level: loud}\n")
    (tmp_path / "document.yaml").write_text(document("h:1", "orders"))
    done = asyncwatch("doctor", tmp_path / "document.yaml", "--config", tmp_path / "asyncwatch.yaml")
    assert done.code == 2
    assert len([line for line in done.lines if "error:" in line]) == 2


def test_the_command_prints_the_visit_and_ends_with_1_where_a_problem_was_found(tmp_path):
    [port] = free_ports(1)
    (tmp_path / "document.yaml").write_text(document(f"127.0.0.1:{port}", "orders"))
    done = asyncwatch("doctor", tmp_path / "document.yaml")
    assert done.code == 1
    assert f"  ✗ TCP to 127.0.0.1:{port}: connection refused\n" in done.stdout
    assert "  – login and rights: no address answers\n" in done.stdout
    assert "1 problem" in done.stdout


def test_the_reference_is_printed():
    done = asyncwatch("doctor", "--config-reference")
    assert done.code == 0
    assert "# checks:" in done.stdout


def nats_document(server):
    return document(server.bootstrap, "orders").replace("protocol: kafka", "protocol: nats")


@pytest.mark.nats
def test_a_nats_server_is_left_as_it_was(nats, doctor):
    before = asyncio.run(nats_services.inventory(nats))
    done, checks = doctor(nats_document(nats))
    assert done.code == 0, done.stdout
    assert "login" in lines(checks, "ok")
    assert any(one.startswith("subscribing: ") for one in lines(checks, "unknown"))
    assert asyncio.run(nats_services.inventory(nats)) == before


@pytest.mark.nats
def test_a_nats_server_that_wants_another_password(servers_folder, doctor):
    server = NatsServer(servers_folder / "nats-doctor", login="users")
    env = {
        "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__USERNAME": "watch",
        "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__PASSWORD": "not-the-password-41",
    }
    try:
        server.start()
        done, checks = doctor(nats_document(server), env=env)
    finally:
        server.stop()
    assert done.code == 1
    [problem] = lines(checks, "problem")
    assert problem.startswith("login: ")
    assert "not-the-password-41" not in done.stdout + done.stderr


def test_an_api_that_others_can_reach_without_a_token_is_a_problem(doctor):
    [port] = free_ports(1)
    done, checks = doctor(document("h.invalid:1", "orders"), env={"ASYNCWATCH_LISTEN__ADDRESS": f"0.0.0.0:{port}"})
    assert done.code == 1
    assert [one for one in lines(checks, "problem") if "no token is set" in one]
