"""The API of a running sidecar: who is let in, a port that is taken, reloads, and readers that stall while messages flow."""

import json
import signal
import socket
import time
import urllib.error
import urllib.request

import pytest

from acceptance.commands import Running, Sidecar, asyncwatch, document, wait_until
from servers.kafka_admin import Sent, create_topic, send
from servers.process import free_ports

pytestmark = [pytest.mark.slow, pytest.mark.kafka]

TOKEN = "a-token-of-this-test"


def ask(port, path, *, token=None, body=None, headers=None):
    """Ask the API; give status and body."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/v1/{path}", data=body, headers=headers or {})
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urllib.request.urlopen(request, timeout=5) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


def stalled_reader(port):
    """Open a stream and read nothing of it."""
    reader = socket.socket()
    reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    reader.connect(("127.0.0.1", port))
    reader.sendall(b"GET /api/v1/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return reader


async def test_documents_are_read_again_when_asked_and_on_sighup_while_messages_flow(kafka, tmp_path):
    first, second = "api.reload.first", "api.reload.second"
    for topic in (first, second):
        await create_topic(kafka.bootstrap, topic)
    await send(kafka.bootstrap, first, [Sent(b'{"id": 1}')] * 3)
    await send(kafka.bootstrap, second, [Sent(b'{"id": 1}')] * 2)
    with Sidecar(tmp_path, document(kafka.bootstrap, first), "--since", "earliest", "--no-watch") as running:
        running.wait_total(3)
        readers = [stalled_reader(running.port) for _ in range(20)]
        (tmp_path / "document.yaml").write_text("asyncapi: [")
        as_json = {"Content-Type": "application/json"}
        status, problem = ask(running.port, "reload", body=b"{}", headers=as_json)
        assert (status, problem["status"]) == (422, 422)
        assert "document.yaml:" in problem["errors"][0]["detail"]
        (tmp_path / "document.yaml").write_text(document(kafka.bootstrap, first, second))
        assert ask(running.port, "reload", body=b"{}", headers={**as_json, "Origin": "http://evil.example"})[0] == 403
        status, outcome = ask(running.port, "reload", body=b"{}", headers=as_json)
        assert (status, outcome["kept"], outcome["added"]) == (200, 1, 1)
        running.wait_total(5)
        (tmp_path / "document.yaml").write_text(document(kafka.bootstrap, second))
        running.process.send_signal(signal.SIGHUP)
        wait_until(lambda: len(running.snapshot()["channels"]) == 1, lambda: running.stderr, running.process)
        await send(kafka.bootstrap, second, [Sent(b'{"id": "one"}')])
        running.wait_total(6)
        found = running.snapshot()
        assert [row["channel"] for row in found["channels"]] == [second]
        assert [row["rule"] for row in found["findings"]] == ["payload.schema"]
        (fingerprint,) = [row["fingerprint"] for row in found["findings"]]
        assert ask(running.port, f"findings/{fingerprint}")[1]["finding"]["channel"] == second
        assert ask(running.port, "document")[1]["documents"][0]["files"][0]["text"].count(second) > 0
        assert "documents were read again and cannot be used" in running.stderr
        assert running.signal(signal.SIGTERM) < 5
        assert running.process.returncode == 0
        for one in readers:
            one.close()


async def test_with_a_token_nobody_without_it_is_answered_and_it_stands_in_no_log(kafka, tmp_path):
    topic = "api.token"
    await create_topic(kafka.bootstrap, topic)
    (tmp_path / "orders.yaml").write_text(document(kafka.bootstrap, topic))
    port, health = free_ports(2)
    arguments = ("run", tmp_path / "orders.yaml", "--listen", f"0.0.0.0:{port}", "--health", f"127.0.0.1:{health}")
    refused = asyncwatch(*arguments)
    assert refused.code == 2
    assert "no token is set" in refused.stderr
    with Running(tmp_path, *arguments, env={"ASYNCWATCH_TOKEN": TOKEN}) as running:
        running.wait_for_line("API on")
        assert ask(port, "snapshot", token=TOKEN)[0] == 200
        for wrong in (None, "", "wrong", TOKEN[:-1], TOKEN + "x"):
            status, problem = ask(port, "snapshot", token=wrong)
            assert (status, problem["title"]) == (401, "Unauthorized")
        assert running.signal(signal.SIGTERM) < 5
        assert TOKEN not in running.stderr


def test_a_taken_port_is_told_at_start(tmp_path):
    (tmp_path / "orders.yaml").write_text(document("127.0.0.1:1", "orders"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ended = asyncwatch("run", tmp_path / "orders.yaml", "--listen", f"127.0.0.1:{port}", "--health", "127.0.0.1:0")
    assert ended.code == 2
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr


async def test_a_dashboard_on_a_connection_that_stalls_never_slows_the_reading(kafka, tmp_path):
    topic = "api.stall"
    await create_topic(kafka.bootstrap, topic)
    with Sidecar(tmp_path, document(kafka.bootstrap, topic), "--since", "earliest") as running:
        running.wait_state("connected")
        readers = [stalled_reader(running.port) for _ in range(50)]
        began_s = time.monotonic()
        for start in range(0, 5_000, 1_000):
            await send(kafka.bootstrap, topic, [Sent(b'{"id": 1}')] * 1_000)
            running.wait_total(start + 1_000)
        print(f"5,000 messages sent and judged in {time.monotonic() - began_s:.2f} s beside 50 stalled readers")
        assert running.signal(signal.SIGTERM) < 5
        for one in readers:
            one.close()
