from __future__ import annotations

import json
import os
import socket
import ssl
import stat
import time

import pytest

from asyncwatch.config.settings import ReferenceSettings
from asyncwatch.contract.load import load_contract
from asyncwatch.model.errors import MisconfiguredAll
from asyncwatch.pipeline.build import load_contracts
from asyncwatch.pipeline.recording import Recording, Replayed
from asyncwatch.reading.files import read_file
from asyncwatch.remote.fetching import open_fetching
from servers.certificates import make_authority, make_certificate
from servers.web_files import answer, endless, redirect, tagged, web_files


@pytest.fixture
def web():
    with web_files() as files:
        yield files


def document(folder, *references):
    messages = "".join(f"      m{n}: {{payload: {{$ref: '{one}'}}}}\n" for n, one in enumerate(references))
    path = folder / "doc.yaml"
    path.write_text(f"asyncapi: 3.0.0\nchannels:\n  a:\n    address: a\n    messages:\n{messages}")
    return str(path)


def load(path, *allow, cache=None, timeout_s=1.0, size_bytes=100_000, fetching=None):
    settings = ReferenceSettings(allow=allow, cache=None if cache is None else str(cache), timeout_s=timeout_s, size_bytes=size_bytes)  # fmt: skip
    make = fetching or open_fetching(settings)
    return load_contract(path, read_file, fetch=make())


def told(contract):
    return [(one.rule, one.severity) for one in contract.findings]


def schema(contract, number=0):
    return contract.channels["a"].messages[number].payload.compiled


def test_allowed_files_are_read_relative_to_their_address_json_and_yaml(web, tmp_path):
    web.paths = {
        "/s/one.yaml": b"S: {properties: {n: {$ref: 'deep/two.json#/defs/N'}, m: {$ref: '/s/three'}}}",
        "/s/deep/two.json": b'{"defs": {"N": {"$ref": "../four.yml"}}}', "/s/four.yml": b"type: integer", "/s/three": b"{type: string}",
    }  # fmt: skip
    contract = load(document(tmp_path, f"{web.url}/s/one.yaml#/S"), f"{web.url}/s/")
    assert contract.findings == ()
    assert schema(contract).is_valid({"n": 1, "m": "x"})
    assert not schema(contract).is_valid({"n": "x"})
    assert f"{web.url}/s/one.yaml" in contract.texts


def test_nothing_is_asked_where_nothing_is_allowed(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        for allow in ([], ["https://schemas.example.com/"], [f"{url}/x.yaml/below"], [f"{url}/x"], ["https://"]):
            contract = load(document(tmp_path, f"{url}/x.yaml"), *allow)
            assert told(contract) == [("document.reference-remote", "error")]
            assert "--allow-remote" in contract.findings[0].summary
            with pytest.raises(BlockingIOError):
                listener.accept()


def test_every_host_is_allowed_only_as_far_as_it_is_public(web, tmp_path):
    web.paths["/x"] = b"type: integer"
    contract = load(document(tmp_path, f"{web.url}/x"), "http://")
    assert told(contract) == [("document.reference-remote", "error")]
    assert "the address of the host is this machine" in contract.findings[0].summary
    assert web.asked == []


@pytest.mark.parametrize("path", ["/s/../secret", "/s/%2e%2e/secret", "/s-evil", "/S/x", "/"])
def test_a_path_beside_the_prefix_is_not_asked_for(web, tmp_path, path):
    contract = load(document(tmp_path, web.url + path), f"{web.url}/s")
    assert told(contract) == [("document.reference-remote", "error")]
    assert web.asked == []


@pytest.mark.parametrize(
    "reference",
    [
        "file:///etc/hostname",
        "file:/etc/hostname",
        "ftp://127.0.0.1/x",
        "http://user:secret@127.0.0.1/x",
        "//other.example/x",
    ],
)
def test_a_file_from_the_web_leads_to_no_local_file_and_to_no_other_host(web, tmp_path, reference):
    web.paths["/s/one.yaml"] = f"$ref: '{reference}'".encode()
    contract = load(document(tmp_path, f"{web.url}/s/one.yaml"), f"{web.url}/s")
    assert [one.rule for one in contract.findings][0] in {"document.reference-outside", "document.reference-remote"}
    assert "secret" not in str(contract.findings)
    assert web.names() == ["/s/one.yaml"]


def test_absolute_paths_in_a_file_from_the_web_are_paths_of_its_host(web, tmp_path):
    web.paths["/s/one.yaml"] = b"$ref: '/etc/hostname'"
    contract = load(document(tmp_path, f"{web.url}/s/one.yaml"), f"{web.url}/")
    assert told(contract) == [("document.reference-unreachable", "error")]
    assert "the host answers 404" in contract.findings[0].summary
    assert web.names() == ["/s/one.yaml", "/etc/hostname"]


def test_redirects_lead_to_allowed_places_only_and_relative_references_go_on_from_there(web, tmp_path):
    web.paths = {
        "/s/moved.yaml": redirect("/s/new/here.yaml", 301), "/s/new/here.yaml": b"$ref: beside.yaml", "/s/new/beside.yaml": b"type: integer",
        "/s/out.yaml": redirect("/secret"), "/secret": b"type: integer", "/s/away.yaml": redirect("http://169.254.169.254/latest/"),
        "/s/round.yaml": redirect("/s/round.yaml"), "/s/login.yaml": redirect("http://user:secret@127.0.0.1/s/x"), "/s/none.yaml": redirect(""),
        "/s/file.yaml": redirect("file:///etc/hostname"),
    }  # fmt: skip
    names = ["moved", "out", "away", "round", "login", "file"]
    contract = load(document(tmp_path, *(f"{web.url}/s/{one}.yaml" for one in names)), f"{web.url}/s")
    assert schema(contract).is_valid(1)
    found = [
        (one.rule, one.summary.rpartition(": ")[2] if "redirects to what" in one.summary else "")
        for one in contract.findings
    ]
    assert [rule for rule, _ in found] == [
        "document.reference-remote", "document.reference-remote", "document.reference-unreachable",
        "document.reference-unreachable", "document.reference-unreachable",
    ]  # fmt: skip
    assert web.names().count("/s/round.yaml") == 6
    assert "/secret" not in web.names()
    assert "secret@" not in str(contract.findings)


@pytest.mark.parametrize(
    ("respond", "said"),
    [
        (lambda request: answer(request, 404), "answers 404"), (lambda request: answer(request, 500), "answers 500"),
        (lambda request: answer(request, 304), "answers 304"), (lambda request: answer(request, 204), "answers 204"),
        (lambda request: answer(request, 200, b"x" * 200_000), "200,000 bytes, at most 100,000"),
        (lambda request: request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n"), "1,000,000,000 bytes"),
        (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536, 0), "more than 100,000 bytes"),
        (endless(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1000\r\n" + b"x" * 4096 + b"\r\n", 0), "more than 100,000 bytes"),
        (endless(b"HTTP/1.1 200 OK\r\n\r\n", b"x", 0.05), "takes too long"),
        (endless(b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x", 0.05), "takes too long"),
        (endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n", 0.01), "takes too long"),
        (endless(b"HTTP/1.1 200 OK\r\n", b"X-Many: x\r\n" * 50, 0), "no HTTP"),
        (endless(b"", b"x" * 4096, 0), "no HTTP"),
        (lambda request: time.sleep(2), "takes too long"),
        (lambda request: request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\n{"), "breaks off"),
        (lambda request: answer(request, 200, b"\x1f\x8b", Content_Encoding="gzip"), "compressed"),
    ],
)  # fmt: skip
def test_a_host_that_answers_badly_slowly_or_without_end_is_one_finding_in_time(web, tmp_path, respond, said):
    def respond_and_leave(request):
        request.close_connection = True
        respond(request)

    web.paths["/x"] = respond_and_leave
    began_s = time.monotonic()
    contract = load(document(tmp_path, f"{web.url}/x"), web.url, timeout_s=0.6)
    assert time.monotonic() - began_s < 2
    assert told(contract) == [("document.reference-unreachable", "error")]
    assert said in contract.findings[0].summary
    assert contract.findings[0].pointer == "/channels/a/messages/m0/payload"


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"<html><title>Sign in</title></html>", "document.schema"), (b"\x89PNG\r\n\x1a\n", "document.encoding"), (b"", "document.empty"),
        (b"a: [", "document.syntax"), (b"[" * 50_000, "document.too-large"), (b"type: integer\ntype: string", "document.duplicate-key"),
    ],
)  # fmt: skip
def test_what_is_no_schema_is_a_finding(web, tmp_path, body, rule):
    web.paths["/x"] = body
    contract = load(document(tmp_path, f"{web.url}/x"), web.url)
    assert told(contract) == [(rule, "error")]


def test_a_fault_in_a_file_from_the_web_names_its_address_line_and_column(web, tmp_path):
    web.paths["/x"] = b"a: 1\nS:\n  type: integer\n  type: string\n"
    contract = load(document(tmp_path, f"{web.url}/x#/S"), web.url)
    assert [str(one.position) for one in contract.findings] == [f"{web.url}/x:4:3"]


def test_each_file_is_asked_for_once_and_a_silent_host_once(web, tmp_path):
    web.paths["/x"] = b"A: {type: integer}\nB: {type: string}"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        other = f"http://127.0.0.1:{silent.getsockname()[1]}"
        references = [f"{web.url}/x#/A", f"{web.url}/x#/B", f"{web.url}/./x", *(f"{other}/f{n}" for n in range(20))]
        began_s = time.monotonic()
        contract = load(document(tmp_path, *references), web.url, other, timeout_s=0.5)
        assert time.monotonic() - began_s < 1.5
    assert web.names() == ["/x"]
    assert {one.rule for one in contract.findings} == {"document.reference-unreachable"}
    assert len(contract.findings) == 20


def test_all_references_of_a_document_have_a_time_together(web, tmp_path):
    for number in range(30):
        web.paths[f"/f{number}"] = lambda request: (time.sleep(0.15), answer(request, 200, b"type: integer"))
    began_s = time.monotonic()
    contract = load(document(tmp_path, *(f"{web.url}/f{n}" for n in range(30))), web.url, timeout_s=0.3)
    assert time.monotonic() - began_s < 2.5
    assert 5 <= len(web.asked) < 15
    assert "have taken too long already" in contract.findings[-1].summary


def test_two_documents_of_a_run_ask_once(web, tmp_path):
    web.paths["/x"] = b"type: integer"
    fetching = open_fetching(ReferenceSettings(allow=(web.url,)))
    for _ in range(2):
        assert load(document(tmp_path, f"{web.url}/x"), fetching=fetching).findings == ()
    assert web.names() == ["/x"]


def test_what_was_fetched_is_read_from_the_cache_where_the_host_is_away_and_that_is_said(tmp_path, monkeypatch):
    cache, now_s = tmp_path / "cache" / "references", time.time()
    with web_files() as web:
        web.paths["/x"] = tagged(b"type: integer", '"v1"')
        path = document(tmp_path, f"{web.url}/x")
        assert load(path, web.url, cache=cache).findings == ()
        assert load(path, web.url, cache=cache).findings == ()
        assert web.names() == ["/x"]  # a minute has not passed
        monkeypatch.setattr(time, "time", lambda: now_s + 100)
        assert load(path, web.url, cache=cache).findings == ()
        assert web.asked[1][1]["if-none-match"] == '"v1"'
        web.paths["/x"] = lambda request: answer(request, 503)
        monkeypatch.setattr(time, "time", lambda: now_s + 300)
        assert told(load(path, web.url, cache=cache)) == [("document.reference-cached", "warning")]
        web.paths["/x"] = tagged(b"type: string", '"v2"')
        contract = load(path, web.url, cache=cache)
        assert contract.findings == ()
        assert schema(contract).is_valid("x")
        monkeypatch.setattr(time, "time", lambda: now_s + 500)
    contract = load(path, web.url, cache=cache)
    assert told(contract) == [("document.reference-cached", "warning")]
    assert "cannot be had (Connection refused)" in contract.findings[0].summary
    assert str(contract.findings[0].position) == f"{web.url}/x:1:1"
    assert schema(contract).is_valid("x")
    assert stat.S_IMODE(os.stat(cache).st_mode) == 0o700
    (kept,) = os.listdir(cache)
    assert stat.S_IMODE(os.stat(cache / kept).st_mode) == 0o600


def test_the_cache_gives_nothing_that_is_denied_damaged_open_to_others_or_not_allowed_any_more(tmp_path, monkeypatch):
    cache, now_s = tmp_path / "cache", time.time()
    with web_files() as web:
        web.paths["/x"] = b"type: integer"
        path = document(tmp_path, f"{web.url}/x")
        assert load(path, web.url, cache=cache).findings == ()
        monkeypatch.setattr(time, "time", lambda: now_s + 100)
        web.paths["/x"] = lambda request: answer(request, 410)
        assert told(load(path, web.url, cache=cache)) == [("document.reference-unreachable", "error")]
        assert told(load(path, "http://127.0.0.2/", cache=cache)) == [("document.reference-remote", "error")]
        web.paths["/x"] = lambda request: answer(request, 500)
        assert told(load(path, web.url, cache=cache)) == [("document.reference-cached", "warning")]
        assert told(load(path, web.url, cache=cache, size_bytes=5)) == [("document.reference-unreachable", "error")]
        os.chmod(cache, 0o777)
        assert told(load(path, web.url, cache=cache)) == [("document.reference-unreachable", "error")]
        os.chmod(cache, 0o700)
        (kept,) = os.listdir(cache)
        good = (cache / kept).read_bytes()
        head = json.loads(good.partition(b"\n")[0])
        odd = [
            {**head, "at_s": 1e300},
            {**head, "at_s": "x"},
            {**head, "final": 1},
            {**head, "etag": []},
            {**head, "more": 1},
            {},
            [],
            1,
        ]
        for data in (
            good.replace(b"integer", b"string!"), good[:-1], good[:5], b"", b"\n",
            *(json.dumps(one).encode() + b"\n" + good.partition(b"\n")[2] for one in odd),
        ):  # fmt: skip
            (cache / kept).write_bytes(data)
            assert told(load(path, web.url, cache=cache)) == [("document.reference-unreachable", "error")]
        (cache / kept).write_bytes(good)
        assert told(load(path, web.url, cache=cache)) == [("document.reference-cached", "warning")]


def test_a_cache_that_cannot_be_written_is_done_without(web, tmp_path):
    (tmp_path / "file").write_text("")
    web.paths["/x"] = b"type: integer"
    assert load(document(tmp_path, f"{web.url}/x"), web.url, cache=tmp_path / "file" / "cache").findings == ()


def test_the_cache_keeps_to_its_size(web, tmp_path, monkeypatch):
    monkeypatch.setattr("asyncwatch.remote.cache._MOST_FILES", 5)
    names = [f"{web.url}/f{n}" for n in range(12)]
    web.paths = {f"/f{n}": b"type: integer" for n in range(12)}
    assert load(document(tmp_path, *names), web.url, cache=tmp_path / "cache").findings == ()
    assert len(os.listdir(tmp_path / "cache")) == 5


def test_requests_tell_our_name_and_nothing_of_the_document(web, tmp_path):
    web.paths["/x"] = b"type: integer"
    load(document(tmp_path, f"{web.url}/x"), web.url)
    assert web.asked[0][1] == {
        "accept": "application/yaml, application/json, */*;q=0.5", "accept-encoding": "identity", "connection": "close",
        "host": f"127.0.0.1:{web.port}", "user-agent": "asyncwatch",
    }  # fmt: skip


def test_prefixes_that_are_none_are_told_all_at_once():
    with pytest.raises(MisconfiguredAll) as caught:
        open_fetching(ReferenceSettings(allow=("https://ok.example/", "e.com", "https://user:secret@e.com/")))
    assert len(caught.value.faults) == 2
    assert "secret" not in str(caught.value)


def test_a_certificate_must_be_trusted_and_bear_the_name_that_was_asked_for(tmp_path, monkeypatch):
    make_authority(tmp_path)
    make_certificate(tmp_path, "server")
    offered = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    offered.load_cert_chain(tmp_path / "server.pem", tmp_path / "server.key")
    trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
    with web_files(offered) as web:
        web.paths["/x"] = b"type: integer"
        url = web.url.replace("http:", "https:").replace("127.0.0.1", "localhost")
        contract = load(document(tmp_path, f"{url}/x"), url)
        assert told(contract) == [("document.reference-unreachable", "error")]
        assert "certificate is not trusted" in contract.findings[0].summary
        monkeypatch.setattr("asyncwatch.remote.get._tls", lambda: trusting)
        assert load(document(tmp_path, f"{url}/x"), url).findings == ()
        resolve = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, port, *_, **__: resolve("127.0.0.1", port, type=socket.SOCK_STREAM)
        )
        other = url.replace("localhost", "other.localhost")
        contract = load(document(tmp_path, f"{other}/x"), other)
        assert "certificate is not trusted" in contract.findings[0].summary


def test_what_was_recorded_is_replayed_without_asking_anybody(web, tmp_path):
    web.paths = {"/s/moved.yaml": redirect("/s/new/here.yaml"), "/s/new/here.yaml": b"$ref: beside.yaml", "/s/new/beside.yaml": b"type: integer"}  # fmt: skip
    path = document(tmp_path, f"{web.url}/s/moved.yaml", f"{web.url}/s/none.yaml")
    settings, recording = ReferenceSettings(allow=(web.url,)), Recording(read_file)
    (first,) = load_contracts([path], recording, settings)
    asked = len(web.asked)
    web.paths = {}
    again = Recording(Replayed(recording.files))
    (second,) = load_contracts([path], again, settings)
    assert len(web.asked) == asked
    assert schema(second).is_valid(1)
    assert second.texts == first.texts
    assert told(second) == told(first) == [("document.reference-unreachable", "error")]
    assert again.files == recording.files
