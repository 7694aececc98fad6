"""Where the API listens and who may ask: flag, environment, file."""

import pytest

from asyncwatch.config.listen_environment import read_listen
from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import ListenSettings, ListenTls
from asyncwatch.model.errors import MisconfiguredAll

TLS = {"ASYNCWATCH_LISTEN__TLS__CERT_FILE": "a.pem", "ASYNCWATCH_LISTEN__TLS__KEY_FILE": "a.key"}


def read(flag=None, environ=(), given=None, files=None):
    def read_file(path):
        if path not in (files or {}):
            raise FileNotFoundError(2, "No such file or directory")
        return files[path]

    return read_listen(flag, dict(environ), read_file, given)


def test_without_anything_it_is_loopback_without_a_token():
    assert read() == ListenSettings("127.0.0.1", 7464, None, None)


def test_the_flag_wins_over_the_environment_and_that_over_the_file():
    given = ListenSettings("127.0.0.3", 3, Secret("file"), ListenTls("f.pem", "f.key"))
    environ = {"ASYNCWATCH_LISTEN__ADDRESS": "127.0.0.2:2", "ASYNCWATCH_TOKEN": "environment", **TLS}
    assert read(given=given) == given
    assert read(environ=environ, given=given) == ListenSettings(
        "127.0.0.2", 2, Secret("environment"), ListenTls("a.pem", "a.key")
    )
    assert read("[::1]:1", environ, given).host == "::1"


def test_a_token_may_stand_in_a_file_or_another_variable():
    assert read(environ={"ASYNCWATCH_TOKEN": "${file:t}"}, files={"t": "secret\n"}).token == Secret("secret")
    assert read(environ={"ASYNCWATCH_LISTEN__TOKEN": "${env:T}", "T": "secret"}).token == Secret("secret")


@pytest.mark.parametrize("address", ["0.0.0.0:7464", "10.0.0.1:1", "example.org:80", "[::]:7464"])
def test_an_address_that_others_reach_needs_a_token(address):
    with pytest.raises(MisconfiguredAll, match="no token is set"):
        read(address)
    assert read(address, {"ASYNCWATCH_TOKEN": "secret"}).token == Secret("secret")


@pytest.mark.parametrize(
    ("flag", "environ", "told"),
    [
        ("nonsense", {}, "is no address"),
        ("127.0.0.1:70000", {}, "is no address"),
        (None, {"ASYNCWATCH_TOKEN": "two words"}, "without white space"),
        (None, {"ASYNCWATCH_TOKEN": "geheim\u00fc"}, "ASCII"),
        (None, {"ASYNCWATCH_TOKEN": "${file:t}"}, "cannot be read"),
        (None, {"ASYNCWATCH_TOKEN": "${env:T}"}, "is not set"),
        (None, {"ASYNCWATCH_LISTEN__TLS__CERT_FILE": "a.pem"}, "KEY_FILE is not"),
    ],
)
def test_what_cannot_be_used_is_told_without_the_secret(flag, environ, told):
    with pytest.raises(MisconfiguredAll, match=told) as error:
        read(flag, environ)
    assert "words" not in str(error.value)
    assert "geheim" not in str(error.value)


def test_everything_that_is_wrong_is_told_at_once():
    with pytest.raises(MisconfiguredAll) as error:
        read("nonsense", {"ASYNCWATCH_TOKEN": "two words", "ASYNCWATCH_LISTEN__TLS__KEY_FILE": "a.key"})
    assert len(error.value.faults) == 3
