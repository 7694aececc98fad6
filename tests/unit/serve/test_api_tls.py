"""The API over TLS, and settings that cannot be used."""

import ssl

import httpx
import pytest

from asyncwatch.config.secret import Secret
from asyncwatch.config.settings import ListenTls
from asyncwatch.model.errors import Misconfigured
from asyncwatch.serve.listener import open_tls
from servers.certificates import make_authority, make_certificate
from unit.serve.serving import events, served


async def test_the_api_over_tls_with_a_token(tmp_path):
    authority = make_authority(tmp_path)
    make_certificate(tmp_path, "api")
    tls = open_tls(ListenTls(str(tmp_path / "api.pem"), str(tmp_path / "api.key")))
    trusted = ssl.create_default_context(cafile=str(authority))
    headers = {"Authorization": "Bearer secret"}
    async with served(Secret("secret"), tls=tls, verify=trusted, headers=headers) as (client, _, _):
        assert str(client.base_url).startswith("https://")
        assert (
            await client.get("/api/v1/snapshot", headers={"Origin": str(client.base_url).rstrip("/")})
        ).status_code == 200
        assert len(await events(client, 2)) == 2
        async with httpx.AsyncClient(base_url=str(client.base_url), trust_env=False) as stranger:
            with pytest.raises(httpx.ConnectError):
                await stranger.get("/api/v1/snapshot")


@pytest.mark.parametrize("broken", ["missing", "no certificate", "another key"])
def test_files_that_are_no_certificate_are_told_at_start(tmp_path, broken):
    make_authority(tmp_path)
    make_certificate(tmp_path, "api")
    make_certificate(tmp_path, "other")
    files = {
        "missing": ("nothing.pem", "api.key"), "no certificate": ("api.key", "api.key"),
        "another key": ("api.pem", "other.key"),
    }[broken]  # fmt: skip
    with pytest.raises(Misconfigured, match="cannot be used"):
        open_tls(ListenTls(*(str(tmp_path / name) for name in files)))
