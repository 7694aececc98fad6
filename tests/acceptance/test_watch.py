"""`demo` and `watch` in a real terminal: what the user sees, and that nothing outlives them."""

import asyncio
import os
import re
import signal
import socket
import time

import pytest

from acceptance.commands import STOP_S, asyncwatch, document, wait_until
from acceptance.terminal import children, terminal
from servers.kafka_admin import Sent, create_topic, inventory, send
from servers.process import process_start

pytestmark = pytest.mark.slow

SIZES = pytest.mark.parametrize(("columns", "rows"), [(80, 24), (120, 36)], ids=["80x24", "120x36"])
ENTERED, LEFT = b"\x1b[?1049h", b"\x1b[?1049l"
"""How a program takes the whole screen, and gives it back."""


def offspring(pid):
    """Give the processes that a process has started, those that they have started, and so on."""
    found = children(pid)
    for child in list(found):
        found |= offspring(child)
    return found


def gone(processes):
    return all(process_start(pid) != started for pid, started in processes.items())


LAG = re.compile(r"credit\.scores\.requested.* (\d+\.\d) s")


def lag_s(shown):
    """Read how far the scoring engine is behind off the screen."""
    found = LAG.search(shown.screen())
    return float(found[1]) if found else 0.0


@SIZES
def test_the_demo_shows_a_violation_a_gap_and_a_growing_lag_within_ten_seconds_and_leaves_nothing(columns, rows):
    with terminal("demo", columns=columns, rows=rows) as shown:
        shown.wait_for(r"✗ invalid.*payments\.settled", r"▲ \d+", LAG.pattern, within_s=10)
        at_first_s = lag_s(shown)
        wait_until(lambda: lag_s(shown) > at_first_s > 0, lambda: f"more than {at_first_s} s")
        took_s = time.monotonic() - shown.began_s
        assert took_s < 10, f"{took_s:.1f} s"
        screen = shown.screen()
        assert "Lending Demo" in screen
        assert all(len(line) <= columns for line in screen.splitlines())
        assert screen.splitlines()[-1].rstrip().endswith("q quit"), screen
        started = offspring(shown.process.pid)
        assert len(started) == 3, "sidecar, services and broker"
        began_s = time.monotonic()
        shown.type("q")
        assert shown.process.wait(10) == 0
        assert time.monotonic() - began_s < STOP_S
        assert gone(started)
        assert shown.raw.count(ENTERED) == shown.raw.count(LEFT) == 1
    print(f"violation, gap and growing lag after {took_s:.1f} s")


@pytest.mark.parametrize("end", ["killed", "closed"])
def test_the_sidecar_ends_when_the_dashboard_is_killed_or_its_terminal_closed(end):
    with terminal("demo") as shown:
        shown.wait_for("payments", within_s=10)
        sidecars = offspring(shown.process.pid)
        assert len(sidecars) == 3, "sidecar, services and broker"
        began_s = time.monotonic()
        if end == "killed":
            shown.process.kill()
        else:
            shown.hang_up()
        shown.process.wait(10)
        wait_until(lambda: gone(sidecars), lambda: "the end of sidecar, services and broker")
        assert time.monotonic() - began_s < STOP_S


def test_the_dashboard_stays_and_says_so_when_the_sidecar_is_killed():
    with terminal("demo") as shown:
        shown.wait_for("payments", within_s=10)
        [sidecar] = children(shown.process.pid)
        started = offspring(shown.process.pid)
        os.kill(sidecar, signal.SIGKILL)
        shown.wait_for("lost the sidecar", within_s=20)
        shown.type("q")
        assert shown.process.wait(10) == 3
        wait_until(lambda: b"the sidecar ended while the dashboard was open" in shown.raw, lambda: "the reason")
    wait_until(lambda: gone(started), lambda: "the end of services and broker")


@pytest.mark.kafka
def test_watch_shows_a_kafka_and_ends_with_0(kafka, tmp_path):
    asyncio.run(create_topic(kafka.bootstrap, "watched.orders"))
    before = asyncio.run(inventory(kafka.bootstrap))
    spec = tmp_path / "orders.yaml"
    spec.write_text(document(kafka.bootstrap, "watched.orders"))
    with terminal("watch", str(spec), "--since", "earliest", columns=120, rows=36) as shown:
        shown.wait_for("● production|● 1 up|connected", within_s=15)
        messages = [Sent(b'{"id":1}')] * 3 + [Sent(b'{"id":"secret-value"}')]
        asyncio.run(send(kafka.bootstrap, "watched.orders", messages))
        shown.wait_for(r"✗ invalid.*watched\.orders", r"✗ 1 in 1 kind", within_s=15)
        sidecars = children(shown.process.pid)
        shown.type("q")
        assert shown.process.wait(10) == 0
        assert gone(sidecars)
        assert b"secret-value" not in shown.raw
    assert asyncio.run(inventory(kafka.bootstrap)) == before


@pytest.mark.parametrize("command", [["watch"], []], ids=["watch SPEC", "SPEC"])
def test_a_bad_document_is_told_before_the_screen_is_taken(tmp_path, command):
    spec = tmp_path / "orders.yaml"
    spec.write_text("asyncapi: 3.0.0\ninfo: {title: T\n")
    with terminal(*command, str(spec)) as shown:
        assert shown.process.wait(10) == 2
        wait_until(lambda: b"orders.yaml:" in shown.raw, lambda: "the place of the fault")
        assert b"asyncwatch: error: " in shown.raw
        assert ENTERED not in shown.raw


def test_an_unknown_theme_is_told_before_the_screen_is_taken():
    with terminal("demo", "--theme", "plaid") as shown:
        assert shown.process.wait(10) == 2
        wait_until(lambda: b"theme 'plaid'" in shown.raw, lambda: "which theme")
        assert ENTERED not in shown.raw


def test_without_a_terminal_watch_is_2_with_a_hint(tmp_path):
    spec = tmp_path / "orders.yaml"
    spec.write_text(document("127.0.0.1:9", "orders"))
    for arguments in (["watch", spec], [spec], ["demo"]):
        done = asyncwatch(*arguments)
        assert (done.code, done.stdout) == (2, "")
        assert done.lines == [
            "asyncwatch: error: the dashboard needs a terminal",
            "            hint: use 'asyncwatch check' or 'asyncwatch run' in a pipe",
        ]


def test_a_demo_without_dashboard_says_that_its_port_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        done = asyncwatch("demo", "--no-dashboard", "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert done.code == 2
    assert "Address already in use" in done.lines[0]
