"""`asyncwatch doctor` against real brokers and a real collector: it names the cause, and leaves nothing behind."""

import asyncio
import json
import socket

import pytest

from acceptance.commands import asyncwatch, document
from servers import nats_services
from servers.kafka import PASSWORDS, KafkaServer
from servers.kafka_admin import allow, create_topic, inventory
from servers.nats import NatsServer
from servers.process import free_ports

pytestmark = [pytest.mark.kafka, pytest.mark.slow]


def doctor(folder, text, *arguments, env=None):
    (folder / "document.yaml").write_text(text)
    ports = free_ports(2)
    own = {
        "ASYNCWATCH_LISTEN__ADDRESS": f"127.0.0.1:{ports[0]}", "ASYNCWATCH_LISTEN__HEALTH": f"127.0.0.1:{ports[1]}",
    }  # fmt: skip
    done = asyncwatch("doctor", folder / "document.yaml", "--format", "json", *arguments, env=own | (env or {}))
    found = json.loads(done.stdout) if done.stdout else {"sections": []}
    return done, [one for section in found["sections"] for one in section["checks"]]


def lines(checks, state):
    return [
        f"{one['what']}: {one['detail']}" if one["detail"] else one["what"] for one in checks if one["state"] == state
    ]


def test_all_is_well_and_the_broker_is_left_as_it_was(kafka, tmp_path):
    asyncio.run(create_topic(kafka.bootstrap, "doctor.well", 2))
    before = asyncio.run(inventory(kafka.bootstrap))
    done, checks = doctor(tmp_path, document(kafka.bootstrap, "doctor.well"))
    assert done.code == 0, done.stdout + done.stderr
    ok = lines(checks, "ok")
    assert f"TCP to {kafka.bootstrap}" in ok
    assert f"broker 1 advertises {kafka.bootstrap}" in ok
    assert "topics: 1 of 1 documented ones exist" in ok
    assert any(one.startswith("connection without login: cluster") for one in ok)
    assert "clock offset: this protocol tells no time of day" in lines(checks, "unknown")
    assert asyncio.run(inventory(kafka.bootstrap)) == before


def test_a_topic_that_is_not_there_is_named_and_not_made(kafka, tmp_path):
    before = asyncio.run(inventory(kafka.bootstrap))
    done, checks = doctor(tmp_path, document(kafka.bootstrap, "doctor.nowhere"))
    assert done.code == 1
    assert lines(checks, "problem") == ["topic doctor.nowhere: it does not exist"]
    assert asyncio.run(inventory(kafka.bootstrap)) == before


def test_a_bootstrap_that_works_and_an_advertised_address_that_does_not(servers_folder, tmp_path):
    [nobody] = free_ports(1)
    server = KafkaServer(servers_folder / "kafka-advertised", advertised_port=nobody)
    try:
        server.start()
        done, checks = doctor(tmp_path, document(server.bootstrap, "orders"))
    finally:
        server.stop()
    assert done.code == 1
    assert f"TCP to {server.bootstrap}" in lines(checks, "ok")
    assert lines(checks, "problem") == [f"broker 1 advertises 127.0.0.1:{nobody}: connection refused"]
    [hint] = [one["hint"] for one in checks if one["state"] == "problem"]
    assert hint == "set advertised.listeners of the broker to an address that is reachable from here"


def test_login_and_rights_step_by_step(kafka_secure, tmp_path):
    topic = "doctor.secret"
    asyncio.run(create_topic(kafka_secure.bootstrap, topic))
    text = document(kafka_secure.sasl_ssl, topic)
    (tmp_path / "password").write_text("not-the-password-41\n")
    (tmp_path / "asyncwatch.yaml").write_text(
        "servers:\n  production:\n"
        f"    tls: {{ca_file: {kafka_secure.tls / 'ca.pem'}}}\n"
        "    credentials: {mechanism: SCRAM-SHA-512, username: watch, password: '${file:password}'}\n"
    )
    config = ("--config", tmp_path / "asyncwatch.yaml")
    done, checks = doctor(tmp_path, text, *config)
    assert done.code == 1
    assert any("does not accept the credentials" in one for one in lines(checks, "problem"))
    assert any(one.startswith(f"TLS to {kafka_secure.sasl_ssl}: TLSv1.") for one in lines(checks, "ok"))
    (tmp_path / "password").write_text(PASSWORDS["watch"] + "\n")
    done, checks = doctor(tmp_path, text, *config)
    assert done.code == 1
    assert f"right: topic {topic}: DESCRIBE is missing" in lines(checks, "problem")
    asyncio.run(allow(kafka_secure.bootstrap, "watch", "DESCRIBE", topic))
    done, checks = doctor(tmp_path, text, *config)
    assert lines(checks, "problem") == [f"right: topic {topic}: READ is missing"]
    asyncio.run(allow(kafka_secure.bootstrap, "watch", "READ", topic))
    done, checks = doctor(tmp_path, text, *config)
    assert done.code == 0, done.stdout
    assert any(one.startswith("login as 'watch' (SCRAM-SHA-512)") for one in lines(checks, "ok"))
    assert any(one.startswith("consumer groups") for one in lines(checks, "warning"))
    assert "password" not in done.stdout.replace("password of", "")


def test_a_certificate_nobody_trusts_is_told_at_the_step_that_fails(kafka_secure, tmp_path):
    env = {"ASYNCWATCH_SERVERS__PRODUCTION__TLS__CA_FILE": str(kafka_secure.tls / "other.pem")}
    done, checks = doctor(tmp_path, document(kafka_secure.sasl_ssl, "orders"), env=env)
    assert done.code == 1
    assert lines(checks, "problem")[0].startswith(f"TLS to {kafka_secure.sasl_ssl}: ")


def test_a_collector_takes_an_empty_request_or_is_not_there(rotel, kafka, tmp_path):
    text = document(kafka.bootstrap, "doctor.collected")
    asyncio.run(create_topic(kafka.bootstrap, "doctor.collected"))
    done, checks = doctor(tmp_path, text, "--otlp-endpoint", rotel.bootstrap)
    assert done.code == 0, done.stdout
    assert [one for one in lines(checks, "ok") if one.endswith("an empty request is taken")]
    [port] = free_ports(1)
    done, checks = doctor(tmp_path, text, "--otlp-endpoint", f"http://127.0.0.1:{port}")
    assert done.code == 1
    assert all("127.0.0.1" in one for one in lines(checks, "problem"))


def test_a_name_that_is_not_known_and_a_port_that_is_taken(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done, checks = doctor(
            tmp_path,
            document("no-such-host.invalid:9092", "orders"),
            env={"ASYNCWATCH_LISTEN__ADDRESS": f"127.0.0.1:{port}"},
        )
    assert done.code == 1
    [problem] = lines(checks, "problem")
    assert problem.startswith("name no-such-host.invalid: not known")
    assert [one for one in lines(checks, "warning") if one.startswith(f"API on 127.0.0.1:{port}")]


def test_a_configuration_that_is_wrong_is_2_with_every_fault(tmp_path):
    (tmp_path / "asyncwatch.yaml").write_text("lag: {intervall: 5s}\nlog: {level: loud}\n")
    done, _ = doctor(tmp_path, document("h:1", "orders"), "--config", tmp_path / "asyncwatch.yaml")
    assert done.code == 2
    assert len([line for line in done.lines if "error:" in line]) == 2


def test_the_reference_is_printed():
    done = asyncwatch("doctor", "--config-reference")
    assert done.code == 0
    assert "# checks:" in done.stdout


def nats_document(server):
    return document(server.bootstrap, "orders").replace("protocol: kafka", "protocol: nats")


@pytest.mark.nats
def test_a_nats_server_is_left_as_it_was(nats, tmp_path):
    before = asyncio.run(nats_services.inventory(nats))
    done, checks = doctor(tmp_path, nats_document(nats))
    assert done.code == 0, done.stdout
    assert "login" in lines(checks, "ok")
    assert any(one.startswith("subscribing: ") for one in lines(checks, "unknown"))
    assert asyncio.run(nats_services.inventory(nats)) == before


@pytest.mark.nats
def test_a_nats_server_that_wants_another_password(servers_folder, tmp_path):
    server = NatsServer(servers_folder / "nats-doctor", login="users")
    env = {
        "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__USERNAME": "watch",
        "ASYNCWATCH_SERVERS__PRODUCTION__CREDENTIALS__PASSWORD": "not-the-password-41",
    }
    try:
        server.start()
        done, checks = doctor(tmp_path, nats_document(server), env=env)
    finally:
        server.stop()
    assert done.code == 1
    [problem] = lines(checks, "problem")
    assert problem.startswith("login: ")
    assert "not-the-password-41" not in done.stdout + done.stderr


def test_an_api_that_others_can_reach_without_a_token_is_a_problem(tmp_path):
    [port] = free_ports(1)
    done, checks = doctor(
        tmp_path, document("h.invalid:1", "orders"), env={"ASYNCWATCH_LISTEN__ADDRESS": f"0.0.0.0:{port}"}
    )
    assert done.code == 1
    assert [one for one in lines(checks, "problem") if "no token is set" in one]
