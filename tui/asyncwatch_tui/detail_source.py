"""One finding's details from the sidecar's API, bounded in time and size."""

from __future__ import annotations

import ssl
from typing import Final, Protocol
from urllib.parse import quote

import httpx
import msgspec

from asyncwatch.model.view import FindingDetail

_TIMEOUT_S: Final = 5.0
_LONGEST_BYTES: Final = 4 * 1024 * 1024


class DetailFault(Exception):
    """The details could not be had; the text says why, for the screen."""


class DetailSource(Protocol):
    """Where details come from."""

    async def get(self, fingerprint: str) -> FindingDetail:
        """Give the details of a group.

        Raises: DetailFault.
        """


class SidecarDetails:
    """The details that one sidecar serves. The token is sent to that sidecar only."""

    def __init__(self, url: str, token: str | None, ca_file: str | None = None) -> None:
        self._ca_file = ca_file
        self._url = url.rstrip("/") + "/api/v1/findings/"
        self._headers = {"Accept": "application/json"}
        if token:
            self._headers["Authorization"] = f"Bearer {token}"
        self._verify: ssl.SSLContext | None = None

    async def get(self, fingerprint: str) -> FindingDetail:
        """Ask the sidecar.

        Raises: DetailFault.
        """
        if self._verify is None:
            self._verify = ssl.create_default_context(cafile=self._ca_file)
        try:
            # As for the stream: no proxy of the environment, no redirect, the token is for nobody else.
            async with httpx.AsyncClient(
                timeout=_TIMEOUT_S, verify=self._verify, trust_env=False, follow_redirects=False
            ) as client:
                return await self._ask(client, self._url + quote(fingerprint, safe=""))
        except httpx.TimeoutException:
            raise DetailFault("no answer in time") from None
        except (httpx.HTTPError, httpx.InvalidURL):
            raise DetailFault("the sidecar does not answer") from None
        except (msgspec.MsgspecError, RecursionError):
            raise DetailFault("the answer cannot be read; are dashboard and sidecar of one version?") from None

    async def _ask(self, client: httpx.AsyncClient, url: str) -> FindingDetail:
        async with client.stream("GET", url, headers=self._headers) as response:
            if response.status_code == 404:
                raise DetailFault("the sidecar keeps no details of this group")
            if response.status_code != 200:
                raise DetailFault(f"the answer was {response.status_code}")
            body = bytearray()
            async for chunk in response.aiter_bytes():
                body += chunk
                if len(body) > _LONGEST_BYTES:
                    raise DetailFault("the answer is too long")
        return msgspec.json.decode(body, type=FindingDetail)
