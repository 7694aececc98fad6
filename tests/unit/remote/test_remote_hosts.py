from __future__ import annotations

import socket
import threading
import time

import pytest

from asyncwatch.remote.deadline import Deadline, Silent, Unavailable
from asyncwatch.remote.hosts import Forbidden, addresses_of, zone_of


@pytest.mark.parametrize(
    ("address", "zone"),
    [
        ("8.8.8.8", "public"), ("2606:4700::1", "public"), ("10.1.2.3", "private"), ("172.16.0.1", "private"),
        ("192.168.1.1", "private"), ("100.64.0.1", "private"), ("fd12::1", "private"), ("127.0.0.1", "loopback"),
        ("127.9.9.9", "loopback"), ("::1", "loopback"), ("169.254.169.254", "reserved"), ("169.254.1.1", "reserved"),
        ("fe80::1", "reserved"), ("fe80::1%eth0", "reserved"), ("fd00:ec2::254", "reserved"), ("100.100.100.200", "reserved"),
        ("0.0.0.0", "reserved"), ("::", "reserved"), ("224.0.0.1", "reserved"), ("ff02::1", "reserved"),
        ("::ffff:127.0.0.1", "loopback"), ("::ffff:10.0.0.1", "private"), ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b::a9fe:a9fe", "reserved"), ("2002:7f00:1::", "loopback"), ("240.0.0.1", "private"), ("192.0.2.1", "private"),
    ],
)  # fmt: skip
def test_every_kind_of_address_is_told_apart(address, zone):
    assert zone_of(address) == zone


def resolving(monkeypatch, *addresses):
    def getaddrinfo(host, port, **_):
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port)) for one in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize(
    ("addresses", "trust", "is_allowed"),
    [
        (["8.8.8.8"], "public", True), (["8.8.8.8"], "named", True), (["10.0.0.1"], "public", False), (["10.0.0.1"], "named", True),
        (["127.0.0.1"], "public", False), (["127.0.0.1"], "named", False), (["169.254.169.254"], "named", False),
        (["8.8.8.8", "127.0.0.1"], "named", False), (["8.8.8.8", "10.0.0.1"], "public", False), (["::ffff:127.0.0.1"], "named", False),
    ],
)  # fmt: skip
def test_a_name_leads_only_to_addresses_it_may_lead_to(monkeypatch, addresses, trust, is_allowed):
    resolving(monkeypatch, *addresses)
    if is_allowed:
        assert addresses_of("host.example", 443, trust, Deadline(1)) == addresses
    else:
        with pytest.raises(Forbidden):
            addresses_of("host.example", 443, trust, Deadline(1))


def test_only_localhost_and_an_address_itself_may_be_this_machine(monkeypatch):
    assert addresses_of("127.0.0.1", 80, "named", Deadline(1)) == ["127.0.0.1"]
    with pytest.raises(Forbidden):
        addresses_of("127.0.0.1", 80, "public", Deadline(1))
    resolving(monkeypatch, "127.0.0.1")
    assert addresses_of("localhost", 80, "named", Deadline(1)) == ["127.0.0.1"]
    with pytest.raises(Forbidden):
        addresses_of("localhost", 80, "public", Deadline(1))


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [] if released.wait(30) else [])
    began_s = time.monotonic()
    with pytest.raises(Silent, match="not found in time"):
        addresses_of("host.example", 443, "named", Deadline(0.1))
    assert time.monotonic() - began_s < 1
    released.set()


def test_a_name_that_is_not_known_is_said(monkeypatch):
    def getaddrinfo(*_, **__):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    with pytest.raises(Unavailable, match="name of the host is not found"):
        addresses_of("host.example", 443, "named", Deadline(1))
