"""The places on the web that the user allows to be read."""

from __future__ import annotations

from collections.abc import Iterable

from asyncwatch.model.errors import Misconfigured, MisconfiguredAll
from asyncwatch.reading.web_address import NoWebAddress, WebAddress
from asyncwatch.reading.web_prefix import Trust, WebPrefix, read_web_prefix


class Allowed:
    """Prefixes of addresses."""

    def __init__(self, prefixes: Iterable[str]) -> None:
        """Read prefixes as the user wrote them. Raises: MisconfiguredAll."""
        self._prefixes: list[WebPrefix] = []
        faults: list[Misconfigured] = []
        for number, text in enumerate(prefixes, 1):
            try:
                self._prefixes.append(read_web_prefix(text))
            except NoWebAddress as error:
                faults.append(
                    Misconfigured(
                        f"--allow-remote, number {number}, is no beginning of addresses: {error}",
                        hint="write https://schemas.example.com/common/",
                    )
                )
        if faults:
            raise MisconfiguredAll(faults)

    def __bool__(self) -> bool:
        return bool(self._prefixes)

    def trust(self, asked: WebAddress) -> Trust | None:
        """Tell how far an address is trusted; None = it is not to be asked."""
        found = {prefix.trust(asked) for prefix in self._prefixes}
        return "named" if "named" in found else "public" if "public" in found else None
