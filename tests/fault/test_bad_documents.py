"""Documents that are broken, hostile or lead astray: each is one finding at its place within two seconds, asked as a user asks."""

from __future__ import annotations

import json
import os
import socket
import threading
import time

import pytest

from asyncwatch.cli.main import main
from servers.web_files import endless, redirect, web_files

LIMIT_S = 2.0

LAUGHS = "asyncapi: 3.0.0\na0: &a0 [x,x,x,x,x,x,x,x,x]\n" + "".join(
    f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 10)
)
MERGES = "asyncapi: 3.0.0\na: &a {" + ", ".join(f"k{n}: 1" for n in range(1000)) + "}\n" + "".join(
    f"b{n}: {{<<: [{','.join(['*a'] * 99)}]}}\n" for n in range(99)
)  # fmt: skip
GOOD = """\
asyncapi: 3.0.0
info: {title: Orders, version: 1.0.0}
channels:
  orders:
    address: orders
    messages:
      Order:
        payload: {$ref: 'TARGET'}
"""
JSON = json.dumps(
    {"asyncapi": "3.0.0", "info": {"title": "x", "version": "1"}, "channels": {"a": {"address": "a"}}}, indent=1
)


@pytest.fixture
def lint(tmp_path, monkeypatch, capfd):
    """Lint a document in this process as the installed program does; give its rows, and see that it was quick."""
    folder = tmp_path / "documents"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))

    def call(data, *flags):
        (folder / "orders.yaml").write_bytes(data if isinstance(data, bytes) else data.encode())
        began_s = time.monotonic()
        with pytest.raises(SystemExit) as end:
            main(["lint", "orders.yaml", "--format", "json", *flags])
        took_s = time.monotonic() - began_s
        told = capfd.readouterr()
        assert end.value.code == 1, told.out + told.err
        assert told.err == ""
        assert took_s < LIMIT_S
        (document,) = json.loads(told.out)["documents"]
        assert document["verdict"] == "invalid"
        return [
            (one["rule"], f"{one['file']}:{one['line']}:{one['column']}", one["severity"])
            for one in document["findings"]
        ], document

    return call


@pytest.mark.parametrize(
    ("data", "rule", "place"),
    [
        ("", "document.empty", "1:1"), ("# nothing\n", "document.empty", "1:1"), ("\ufeff", "document.empty", "1:1"),
        (bytes(range(256)), "document.encoding", "1:1"), (b"\x89PNG\r\n\x1a\n\x00\x00", "document.encoding", "1:1"),
        (b"asyncapi: 3.0.0\ninfo: {title: caf\xe9}\n", "document.encoding", "2:19"), (b"\x7fELF\x02\x01\x01" + b"\0" * 4096, "document.encoding", "1:1"),
        ("asyncapi: 1.2.0\n", "document.version", "1:1"), ("info: {}\nasyncapi: '2.9.0'\n", "document.version", "2:1"),
        ("asyncapi: 4.0.0\n", "document.version", "1:1"), ("asyncapi: 3.0\n", "document.version", "1:1"),
        ("openapi: 3.1.0\n", "document.unrecognised", "1:1"), ("[1, 2]", "document.unrecognised", "1:1"),
        ("- asyncapi: 3.0.0\n", "document.unrecognised", "1:1"), ("hello\n", "document.unrecognised", "1:1"), ("null", "document.unrecognised", "1:1"),
        ("<html><body>Sign in</body></html>", "document.unrecognised", "1:1"),
        (GOOD[:-16], "document.syntax", "9:1"), (JSON[: len(JSON) // 2], "document.syntax", "5:11"), ("asyncapi: '3.0.0\ninfo: {}\n", "document.syntax", "3:1"),
        ("asyncapi: 3.0.0\ninfo:\n\ttitle: x\n", "document.syntax", "3:1"), ("asyncapi: 3.0.0\n---\nasyncapi: 3.0.0\n", "document.syntax", "2:1"),
        (LAUGHS, "document.too-large", "8:"), (MERGES, "document.too-large", "8:"),
        ("[" * 100_000, "document.too-large", "1:201"), ('{"a":' * 100_000, "document.too-large", "1:1001"),
        ("asyncapi: 3.0.0\nx-deep: " + "[" * 100_000 + "]" * 100_000, "document.too-large", "2:208"),
        ("- " * 100_000, "document.too-large", "1:401"), ("? " * 100_000, "document.key-type", "1:3"), ("asyncapi: 3.0.0\nx: " + "9" * 5_000, "document.syntax", "2:4"),
        (b"a" * 20_000_001, "document.too-large", "1:1"), (b"\n" * 20_000_000, "document.empty", "1:1"), (b"#" * 20_000_000, "document.empty", "1:1"),
        (b'"' + b"a" * 19_999_000, "document.syntax", "1:19999002"), (b" " * 20_000_000, "document.empty", "1:1"), (b"%" * 1_000_000, "document.syntax", "1:2"),
        (b"&" * 1_000_000, "document.syntax", "1:2"), (b"{" * 1_000_000, "document.key-type", "1:2"), (b"!" * 1_000_000, "document.unrecognised", "1:1"),
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_a_file_that_is_no_document_is_a_finding_at_its_place(lint, data, rule, place):
    found, _ = lint(data)
    assert found[-1][0] == rule
    assert found[-1][1].startswith(f"orders.yaml:{place}")
    assert found[-1][2] == "error"


@pytest.mark.parametrize(
    ("reference", "rule"),
    [
        ("/etc/passwd", "document.reference-outside"), ("../../../../../../../../etc/passwd", "document.reference-outside"),
        ("file:///etc/passwd", "document.reference-outside"), ("..%2Fsecret.yaml", "document.reference-outside"),
        ("link.yaml", "document.reference-outside"), ("folder/passwd", "document.reference-outside"), ("file://host/etc/passwd", "document.reference-remote"),
        ("/proc/self/environ", "document.reference-outside"), ("/dev/zero", "document.reference-outside"), ("pipe", "document.reference"),
        ("http://169.254.169.254/latest/meta-data/", "document.reference-remote"), ("http://127.0.0.1:9/", "document.reference-remote"),
        ("https://example.com/schema.yaml", "document.reference-remote"), ("//example.com/x", "document.reference-remote"),
        ("none.yaml", "document.reference"), (".", "document.reference"), ("#/channels/orders/messages/Order/payload", "document.reference-loop"),
        ("#/none", "document.reference"), ("orders.yaml/x", "document.reference"), ("deep.yaml", "document.too-large"), ("C:\\\\x.yaml", "document.reference"),
    ],
)  # fmt: skip
def test_a_reference_that_leads_astray_is_a_finding_at_its_place(lint, tmp_path, reference, rule):
    here = tmp_path / "documents"
    (tmp_path / "secret.yaml").write_text("const: top-secret")
    os.symlink(tmp_path / "secret.yaml", here / "link.yaml")
    os.symlink("/etc", here / "folder")
    os.mkfifo(here / "pipe")
    (here / "deep.yaml").write_text("[" * 100_000)
    found, document = lint(GOOD.replace("TARGET", reference))
    assert found == [(rule, "orders.yaml:8:9", "error")]
    told = json.dumps(document)
    assert "top-secret" not in told
    assert "root:" not in told


@pytest.mark.parametrize(
    "address",
    ["http://127.0.0.1:1/x", "http://127.1:1/x", "http://2130706433:1/x", "http://0x7f000001:1/x", "http://[::1]:1/x", "http://[::ffff:7f00:1]:1/x",
     "http://localhost:1/x", "http://0.0.0.0:1/x", "http://169.254.169.254/x", "http://10.0.0.1/x", "http://192.168.0.1/x", "http://[fe80::1]/x"],
)  # fmt: skip
def test_a_private_address_is_not_asked_though_every_public_one_is_allowed(lint, address):
    found, document = lint(GOOD.replace("TARGET", address), "--allow-remote", "http://")
    assert found == [("document.reference-remote", "orders.yaml:8:9", "error")]
    assert "the address of the host is" in json.dumps(document)


def test_a_name_that_leads_to_this_machine_is_not_asked_though_the_name_is_allowed(lint, monkeypatch):
    def getaddrinfo(host, port, *_, **__):
        assert host == "good.example"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]

    with web_files() as web:
        web.paths["/x"] = b"type: integer"
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        url = f"http://good.example:{web.port}/x"
        found, _ = lint(GOOD.replace("TARGET", url), "--allow-remote", url)
        assert found == [("document.reference-remote", "orders.yaml:8:9", "error")]
        assert web.asked == []


def test_a_name_is_looked_up_once_so_that_nobody_can_change_it_in_between(lint, monkeypatch):
    looked_up = []

    def getaddrinfo(host, port, *_, **__):
        if host == "127.0.0.1":  # what connects looks at the address again, which asks nobody
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (host, port))]
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1" if len(looked_up) == 1 else "10.0.0.1", port))]

    with web_files() as web:
        web.paths["/x"] = b"type: nonsense"
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        url = f"http://localhost:{web.port}/x"
        lint(GOOD.replace("TARGET", url), "--allow-remote", url)
        assert looked_up == ["localhost"]
        assert web.names() == ["/x"]


@pytest.mark.parametrize(
    "respond",
    [
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"a", 0.05), endless(b"HTTP/1.1 200 OK\r\nX: ", b"a", 0.05), lambda _: time.sleep(4),
        endless(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n", b"#" * 65_536, 0),
        endless(b"HTTP/1.1 200 OK\r\n\r\n", b"#" * 65_536, 0), redirect("/x"), redirect("http://169.254.169.254/"),
    ],
    ids=["drips", "drips headers", "says nothing", "a gigabyte", "without end", "goes round", "leads to metadata"],
)  # fmt: skip
def test_a_host_that_answers_slowly_or_with_a_gigabyte_is_a_finding_in_time(lint, respond):
    with web_files() as web:
        web.paths["/x"] = respond
        found, _ = lint(GOOD.replace("TARGET", f"{web.url}/x"), "--allow-remote", web.url)
    assert [(rule.rpartition("-")[0], place, severity) for rule, place, severity in found] == [
        ("document.reference", "orders.yaml:8:9", "error")
    ]


def test_a_host_that_accepts_and_says_nothing_is_a_finding_in_time(lint):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        found, _ = lint(GOOD.replace("TARGET", url), "--allow-remote", url)
    assert found == [("document.reference-unreachable", "orders.yaml:8:9", "error")]


def test_without_a_network_a_remote_reference_is_a_finding_in_time(lint, monkeypatch):
    released = threading.Event()
    for getaddrinfo in (
        lambda *_, **__: [] if released.wait(30) else [],
        lambda *_, **__: _raise(socket.gaierror(-3, "Temporary failure")),
    ):
        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        url = "https://schemas.example.com/x.yaml"
        found, document = lint(GOOD.replace("TARGET", url), "--allow-remote", url)
        assert found == [("document.reference-unreachable", "orders.yaml:8:9", "error")]
        assert "the name of the host is not found" in json.dumps(document)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [])
    released.set()


def _raise(error):
    raise error


@pytest.mark.parametrize(
    ("pattern", "rule"),
    [
        ("^(a+)+$", "document.example"), ("^(a|a)*$", "document.example"), ("((((a*)*)*)*)*$", None),
        ("^(?=(a+)+$)a", "document.pattern"), (r"^(a+)\1+$", "document.pattern"), ("(x{1,1000}){1,1000}", "document.pattern"),
    ],
)  # fmt: skip
def test_a_catastrophic_regular_expression_takes_no_time(lint, pattern, rule):
    text = "a" * 60 + "b"
    payload = f"{{type: string, pattern: '{pattern}'}}\n        examples: [{{payload: {text}}}]\n        nonsense: 1"
    found, _ = lint(GOOD.replace("{$ref: 'TARGET'}", payload))
    assert [place for _, place, severity in found if severity == "error"] == ["orders.yaml:10:9"]
    assert rule is None or rule in {one for one, _, _ in found}


def test_many_broken_parts_are_many_findings_in_time(lint):
    messages = "".join(
        f"      m{n}: {{payload: {{$ref: 'none{n}.yaml#/x'}}, headers: {{$ref: '#/x/{n}'}}}}\n" for n in range(900)
    )
    found, _ = lint(GOOD[: GOOD.index("      Order:")] + messages)
    broken = [rule for rule, _, severity in found if severity == "error"]
    assert broken == ["document.reference"] * 1800
