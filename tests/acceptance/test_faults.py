"""What a user meets when something is wrong: one clear message, the exit code, and the rest goes on."""

import asyncio
import json
import signal
import socket
import time
from datetime import UTC, datetime

import pytest

from acceptance.commands import STOP_S, Running, Sidecar, asyncwatch, check, checks, document, sidecar, wait_until
from acceptance.receivers import deaf_receiver, unwilling_receiver
from servers.flood import flood
from servers.kafka import PASSWORDS, KafkaServer
from servers.kafka_admin import Sent, create_topic, inventory, send
from servers.process import free_ports

pytestmark = [pytest.mark.kafka, pytest.mark.slow]

WRONG = "not-the-password-41"
TO_THE_END = ("--since", "earliest", "--until-end")
TRACED = [("traceparent", b"00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01")]


def orders(count, start=0, **options):
    return [Sent(b'{"id":%d}' % number, **options) for number in range(start, start + count)]


def filled(kafka, topic, messages, partitions=1, **config):
    """Make a topic that holds messages; give a document about it."""

    async def fill():
        await create_topic(kafka.bootstrap, topic, partitions, **config)
        await send(kafka.bootstrap, topic, messages, max_request_size=4 << 20)

    asyncio.run(fill())
    return document(kafka.bootstrap, topic)


def warned(done, text):
    """Give the lines on standard error that hold a text."""
    return [line for line in done.lines if text in line]


# Brokers


def test_no_broker_is_3_and_one_line_says_where_and_why(tmp_path):
    [port] = free_ports(1)
    done = check(tmp_path, document(f"127.0.0.1:{port}", "orders"), "--connect-timeout", "1500ms")
    assert done.code == 3
    assert done.took_s < STOP_S
    [line] = done.lines
    assert f"server 'production': no broker answers at 127.0.0.1:{port}: connection refused; next try in" in line
    assert done.report["servers"][0]["state"] == "connecting"
    assert done.report["messages"]["total"] == 0


def test_a_broker_that_takes_connections_and_never_answers_is_3_in_time(tmp_path):
    with deaf_receiver() as url:
        place = url.removeprefix("http://")
        done = check(tmp_path, document(place, "orders"), "--connect-timeout", "1s")
        assert done.code == 3
        assert done.took_s < STOP_S
        [line] = done.lines
        assert f"server 'production': no broker answers at {place}: no answer within 1 s" in line
        assert "--connect-timeout" in line
        assert place in done.report["servers"][0]["error"]
        with Sidecar(tmp_path, document(place, "orders")) as run:
            wait_until(lambda: run.server() != {}, lambda: "the API", run.process)
            assert run.server()["state"] == "connecting"
            assert run.signal(signal.SIGTERM) < STOP_S
            assert run.process.returncode == 0


def test_a_server_that_is_away_does_not_keep_the_others_from_being_read(kafka, tmp_path):
    [port] = free_ports(1)
    spec = filled(kafka, "faults.one-of-two", orders(3))
    spec = spec.replace("channels:", f"  standby: {{host: '127.0.0.1:{port}', protocol: kafka}}\nchannels:", 1)
    done = check(tmp_path, spec, "--since", "earliest", "--messages", "3", "--for", "10s")
    assert done.code == 0
    assert done.messages == {"total": 3, "valid": 3}
    assert {one["server"]: one["state"] for one in done.report["servers"]} == {
        "production": "connected", "standby": "connecting",
    }  # fmt: skip
    assert [f":{port}" in line for line in done.lines] == [True]


def credentials(password, mechanism, **tls):
    prefix = "ASYNCWATCH_SERVERS__PRODUCTION__"
    given = {"CREDENTIALS__USERNAME": "admin", "CREDENTIALS__PASSWORD": password, "CREDENTIALS__MECHANISM": mechanism}
    return {prefix + name: str(value) for name, value in (given | tls).items()}


@pytest.mark.parametrize(("listener", "mechanism"), [("sasl_plaintext", "PLAIN"), ("sasl_ssl", "SCRAM-SHA-512")])
def test_a_wrong_password_is_3_and_is_never_shown(kafka_secure, tmp_path, listener, mechanism):
    tls = {} if listener == "sasl_plaintext" else {"TLS__CA_FILE": kafka_secure.tls / "ca.pem"}
    place = getattr(kafka_secure, listener)
    done = check(tmp_path, document(place, "orders"), env=credentials(WRONG, mechanism, **tls))
    assert done.code == 3
    assert done.took_s < STOP_S
    [line] = done.lines
    assert f"server 'production': {place} does not accept the credentials" in line
    assert "refused" in line
    assert "check mechanism, username and password" in line
    assert done.report["servers"][0]["state"] == "refused"
    assert WRONG not in done.stdout + done.stderr + json.dumps(done.report)


@pytest.mark.parametrize("way", ["plain", "scram-256", "scram-512", "tls plain", "tls scram-512", "mutual tls"])
def test_every_documented_way_in_is_0_with_credentials_from_the_environment(kafka_secure, tmp_path, way):
    topic = "ways." + way.replace(" ", "-")
    filled(kafka_secure, topic, orders(3))
    tls = {"TLS__CA_FILE": kafka_secure.tls / "ca.pem"} if "tls" in way else {}
    mechanism = {"plain": "PLAIN", "scram-256": "SCRAM-SHA-256"}.get(way.rpartition(" ")[2], "SCRAM-SHA-512")
    if way == "mutual tls":
        certificate = {"CERT_FILE": kafka_secure.tls / "client.pem", "KEY_FILE": kafka_secure.tls / "client.key"}
        given = tls | {f"TLS__{name}": path for name, path in certificate.items()}
        env = {f"ASYNCWATCH_SERVERS__PRODUCTION__{name}": str(path) for name, path in given.items()}
        place = kafka_secure.ssl
    else:
        env = credentials(PASSWORDS["admin"], mechanism, **tls)
        place = kafka_secure.sasl_ssl if tls else kafka_secure.sasl_plaintext
    done = check(tmp_path, document(place, topic), *TO_THE_END, env=env)
    assert (done.code, done.lines) == (0, [])
    assert done.messages == {"total": 3, "valid": 3}
    assert PASSWORDS["admin"] not in json.dumps(done.report)


def test_a_broker_that_dies_and_comes_back_is_read_on_without_loss_or_repeat(servers_folder, kafka, tmp_path):
    server = KafkaServer(servers_folder / "kafka-that-dies", auto_create=True)
    try:
        server.start()
        spec = filled(server, "orders", orders(50))
        with sidecar(tmp_path, spec, "--since", "earliest") as run:
            run.wait_total(50)
            server.kill()
            run.wait_state("reconnecting")
            server.start()
            asyncio.run(send(server.bootstrap, "orders", orders(50, start=50)))
            run.wait_total(100)
            row = run.snapshot()
            assert row["servers"][0]["state"] == "connected"
            assert row["servers"][0]["breaks"] >= 1
            assert row["messages"]["total"] == row["messages"]["valid"] == 100
            assert row["channels"][0]["positions"] == {"0": [[0, 99]]}
            assert run.signal(signal.SIGTERM) < STOP_S
            assert run.process.returncode == 0
            assert (
                len([line for line in run.stderr.splitlines() if "connection lost" in line])
                == row["servers"][0]["breaks"]
            )
    finally:
        server.stop()


# Topics and documents


def test_a_documented_topic_that_does_not_exist_is_a_finding_and_is_not_created(kafka, tmp_path):
    filled(kafka, "faults.there", orders(2))
    before = asyncio.run(inventory(kafka.bootstrap))
    spec = document(kafka.bootstrap, "faults.there", "faults.absent")
    variants = {"to the end": TO_THE_END, "for a while": ("--since", "earliest", "--for", "2s")}
    for done in checks(tmp_path, spec, variants).values():
        assert done.code == 1
        assert done.messages == {"total": 2, "valid": 2}
        [finding] = done.report["findings"]
        assert (finding["rule"], finding["channel"], finding["count"]) == ("channel.missing", "faults.absent", 1)
        [line] = done.lines
        assert "'faults.absent' does not exist there; it is read as soon as it does" in line
    assert asyncio.run(inventory(kafka.bootstrap)) == before
    assert "faults.absent" not in before.topics


def test_a_broken_channel_is_named_with_its_line_and_the_good_ones_are_read(kafka, tmp_path):
    spec = filled(kafka, "faults.good", orders(4))
    spec += "  refunds:\n    address: faults.good.refunds\n    messages:\n      Refund: {$ref: '#/components/messages/Absent'}\n"
    done = check(tmp_path, spec, *TO_THE_END, "--fail-on", "payload")
    assert done.code == 0
    assert done.messages == {"total": 4, "valid": 4}
    line = 1 + spec[: spec.index("Refund:")].count("\n")
    [told] = warned(done, "document.reference")
    assert f"document.yaml:{line}:" in told
    assert "'#/components/messages/Absent' leads nowhere" in told
    assert check(tmp_path, spec, *TO_THE_END, "--fail-on", "document").code == 1
    assert f"document.yaml:{line}:" in asyncwatch("check", tmp_path / "document.yaml", *TO_THE_END).stdout


def test_options_that_leave_nothing_to_do_are_2(kafka, tmp_path):
    spec = document(kafka.bootstrap, "orders")
    wrong = {
        "--channel 'refund*'": ("--channel", "refund*"), "--exclude '*'": ("--exclude", "*"),
        "folder does not exist": ("--findings", tmp_path / "absent" / "findings.jsonl"),
    }  # fmt: skip
    for words, done in checks(tmp_path, spec, wrong).items():
        assert (done.code, done.report) == (2, {})
        assert words in done.lines[0]


def test_undocumented_addresses_are_read_when_asked_for(kafka, tmp_path):
    spec = filled(kafka, "faults.known", orders(1))
    filled(kafka, "audit.raw", orders(3))
    filled(kafka, "other.raw", orders(5))
    done = check(tmp_path, spec, *TO_THE_END, "--undocumented", "audit.*")
    assert done.code == 0
    rows = {one["address"]: (one["channel"], one["messages"]["total"]) for one in done.report["channels"]}
    assert rows == {"faults.known": ("faults.known", 1), "audit.raw": (None, 3)}
    assert done.counts() == {"channel.undocumented": 3}
    assert done.report["coverage"]["channels"]["undocumented"] == ["audit.raw"]


# Messages


def test_hostile_messages_are_counted_exactly(kafka, tmp_path):
    big = b'{"id":1,"pad":"' + b"x" * 900_000 + b'"}'
    odd = [("a", b"1"), ("a", b"2"), ("b", b"\xff\xfe"), ("n", None), ("sequence_id", b"\xff"), ("\u2028", b"\x1b[2J")]
    messages = [
        *orders(5), *[Sent(b"no json")] * 3, *[Sent(b"\xff\xfe{")] * 2, Sent(b""), *[Sent(big)] * 4,
        *[Sent(None, key=b"gone")] * 6, *orders(7, headers=odd, key=b"\xff\x00"), Sent(b"[" * 100_000),
        *[Sent(b'{"id":"secret-\x1b[2J-value"}')] * 2, *[Sent(b'{"id":"secret-value"}')] * 8,
    ]  # fmt: skip
    spec = filled(kafka, "faults.hostile", messages, max_message_bytes="2000000")
    findings = tmp_path / "findings.jsonl"
    done = check(tmp_path, spec, *TO_THE_END, "--findings", findings)
    assert (done.code, done.lines) == (1, [])
    assert done.messages == {
        "total": 39, "valid": 5 + 4 + 7, "undecodable": 3 + 2 + 1 + 2, "tombstone": 6, "unchecked": 1, "invalid": 8,
    }  # fmt: skip
    assert done.counts() == {"payload.undecodable": 8, "payload.schema": 8}
    [row] = done.report["channels"]
    assert sum(row["unchecked_reasons"].values()) == 1
    assert row["bytes"] >= 4 * 900_000
    lines = [json.loads(line) for line in findings.read_text().splitlines()]
    assert sorted(line["offset"] for line in lines) == [*range(5, 11), *range(29, 39)]
    assert "secret" not in findings.read_text() + done.stdout + done.stderr + json.dumps(done.report)


def test_messages_stops_after_exactly_so_many(kafka, tmp_path):
    spec = filled(kafka, "faults.exactly", orders(100), partitions=3)
    variants = {str(count): ("--since", "earliest", "--messages", count, "--for", "20s") for count in (1, 7, 60)}
    for name, done in checks(tmp_path, spec, variants).items():
        count = int(name)
        assert done.code == 0
        assert done.messages == {"total": count, "valid": count}
        ranges = [one for ranges in done.report["channels"][0]["positions"].values() for one in ranges]
        assert sum(last - first + 1 for first, last in ranges) == count


def test_since_says_where_to_begin(kafka, tmp_path):
    now_ms = time.time_ns() // 1_000_000
    old, young = now_ms - 3_600_000, now_ms - 600_000
    spec = filled(kafka, "faults.since", [*orders(3, timestamp_ms=old), *orders(2, timestamp_ms=young)])
    between = datetime.fromtimestamp((old + young) / 2000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    wanted = {"earliest": 5, "30m": 2, between: 2, "now": 0}
    ended = checks(tmp_path, spec, {since: ("--since", since, "--until-end") for since in wanted})
    assert {since: done.report["messages"]["total"] for since, done in ended.items()} == wanted


def test_fail_on_decides_what_counts(kafka, tmp_path):
    spec = filled(kafka, "faults.fail-on", [*orders(2), Sent(b'{"id":"x"}')])
    wanted = {"error": 1, "none": 0, "payload.schema": 1, "sequence,channel": 0}
    ended = checks(tmp_path, spec, {words: (*TO_THE_END, "--fail-on", words) for words in wanted})
    assert {words: done.code for words, done in ended.items()} == wanted
    assert all(done.counts() == {"payload.schema": 1} for done in ended.values())


def test_warnings_count_only_when_asked_for(kafka, tmp_path):
    text = [("content-type", b"text/csv")]
    spec = filled(kafka, "faults.warning", orders(2, headers=text))
    wanted = {"error": 0, "warning": 1, "payload": 1}
    ended = checks(tmp_path, spec, {words: (*TO_THE_END, "--fail-on", words) for words in wanted})
    assert {words: done.code for words, done in ended.items()} == wanted


def test_nothing_seen_is_3_where_traffic_is_required(kafka, tmp_path):
    spec = filled(kafka, "faults.quiet", [])
    ended = checks(tmp_path, spec, {"required": ("--for", "1s", "--require-traffic"), "not": ("--for", "1s")})
    assert {name: done.code for name, done in ended.items()} == {"required": 3, "not": 0}


# Outputs


def test_a_receiver_of_spans_that_fails_delays_nothing_and_is_told_once(kafka, tmp_path):
    spec = filled(kafka, "faults.spans", orders(5, headers=TRACED))
    [port] = free_ports(1)
    with deaf_receiver() as deaf, unwilling_receiver() as unwilling:
        receivers = {"connection refused": f"http://127.0.0.1:{port}", "no time left": deaf, "status 503": unwilling}
        ended = checks(tmp_path, spec, {why: (*TO_THE_END, "--otlp-endpoint", url) for why, url in receivers.items()})
    for why, done in ended.items():
        assert done.code == 0
        assert done.took_s < 2 * STOP_S  # observing is a part of it, and three run at once
        assert done.messages == {"total": 5, "valid": 5}
        assert (done.report["sidecar"]["dropped"]["spans"], done.report["sidecar"]["exported"]["spans"]) == (5, 0)
        spans, metrics = done.lines
        assert "outlet 'otlp': 5 of 5 spans were not delivered" in spans
        assert "outlet 'otlp metrics': " in metrics
        assert why in spans


def test_a_full_disk_under_the_findings_is_told_and_the_report_is_whole(kafka, tmp_path):
    spec = filled(kafka, "faults.disk", [*orders(4), Sent(b'{"id":"x"}')])
    done = check(tmp_path, spec, *TO_THE_END, "--findings", "/dev/full")
    assert done.code == 1
    assert done.messages == {"total": 5, "valid": 4, "invalid": 1}
    [line] = done.lines
    assert "outlet 'findings': 1 of 1 findings were not delivered" in line
    assert "'/dev/full': No space left on device" in line


def test_a_full_disk_under_the_report_is_2_with_the_reason(kafka, tmp_path):
    spec = tmp_path / "document.yaml"
    spec.write_text(filled(kafka, "faults.report", orders(1)))
    done = asyncwatch("check", spec, *TO_THE_END, "-o", "/dev/full")
    assert (done.code, done.lines[0]) == (
        2,
        "asyncwatch: error: -o '/dev/full' cannot be written: No space left on device",
    )
    with open("/dev/full", "w") as full:
        done = asyncwatch("check", spec, *TO_THE_END, stdout=full)
    assert done.code == 2
    assert done.lines[0] == "asyncwatch: error: standard output cannot be written: No space left on device"
    assert len(done.lines) == 2


def test_a_capture_cut_in_the_middle_is_read_up_to_there(kafka, tmp_path):
    spec = tmp_path / "document.yaml"
    spec.write_text(filled(kafka, "faults.capture", orders(20)))
    capture = tmp_path / "capture.jsonl"
    assert asyncwatch("capture", spec, "-o", capture, "--values", *TO_THE_END).code == 0
    lines = capture.read_bytes().splitlines(keepends=True)
    capture.write_bytes(b"".join(lines[:9]) + lines[9][: len(lines[9]) // 2])
    done = asyncwatch("replay", spec, capture, "--format", "json")
    assert done.code == 0
    report = json.loads(done.stdout)
    assert report["messages"]["total"] == report["messages"]["valid"] == 9
    assert report["servers"][0]["missed"] == 1
    [line] = done.lines
    assert "capture.jsonl:10: " in line
    assert "cut off in the middle" in line


def test_a_taken_port_is_2_and_says_what_to_do(kafka, tmp_path):
    spec = tmp_path / "document.yaml"
    spec.write_text(document(kafka.bootstrap, "orders"))
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = asyncwatch("run", spec, "--listen", f"127.0.0.1:{port}", "--health", "127.0.0.1:0")
    assert done.code == 2
    assert done.lines == [
        f"asyncwatch: error: cannot listen on 127.0.0.1:{port}: Address already in use",
        "            hint: choose another with --listen HOST:PORT",
    ]


# Ends


def test_sigterm_under_load_ends_with_0_in_time(kafka, tmp_path):
    topic, count = "faults.load", 400_000
    spec = document(kafka.bootstrap, topic)

    async def fill():
        await create_topic(kafka.bootstrap, topic, 4)
        messages = ((n % 4, b"k", b'{"id":"%d"}' % n, [("sequence_id", b"%d" % n)], None) for n in range(count))
        assert await flood(kafka.bootstrap, topic, messages) == count

    asyncio.run(fill())
    findings = tmp_path / "findings.jsonl"
    with sidecar(tmp_path, spec, "--since", "earliest", "--findings", findings) as run:
        run.wait_total(1)
        assert run.total() < count
        assert run.signal(signal.SIGTERM) < STOP_S
        assert run.process.returncode == 0
        assert "Traceback" not in run.stderr
    lines = [json.loads(line) for line in findings.read_text().splitlines()]
    assert lines
    assert sum(one.get("suppressed", 0) for one in lines) > 0


def test_ctrl_c_prints_the_report_and_is_130(kafka, tmp_path):
    spec = tmp_path / "document.yaml"
    spec.write_text(filled(kafka, "faults.interrupt", [*orders(3), Sent(b"no json")]))
    findings = tmp_path / "findings.jsonl"
    with Running(tmp_path, "check", spec, "--since", "earliest", "--for", "60s", "--findings", findings) as run:
        wait_until(lambda: findings.exists() and findings.stat().st_size > 0, lambda: "the finding", run.process)
        assert run.signal(signal.SIGINT) < STOP_S
        assert run.process.returncode == 130
        assert "1 of 1 kinds of findings count against this run (4 messages)" in run.stdout


def test_a_killed_sidecar_leaves_nothing_on_the_broker(kafka, tmp_path):
    spec = filled(kafka, "faults.killed", orders(5))
    before = asyncio.run(inventory(kafka.bootstrap))
    with sidecar(tmp_path, spec, "--since", "earliest", "--undocumented", "faults.ki*") as run:
        run.wait_total(5)
        run.signal(signal.SIGKILL)
        assert run.process.returncode == -signal.SIGKILL
    assert asyncio.run(inventory(kafka.bootstrap)) == before
    wait_until(lambda: asyncio.run(inventory(kafka.bootstrap)) == before, lambda: "the same inventory")
