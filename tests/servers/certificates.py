"""A certificate authority for tests, and what it signs, made by openssl."""

from __future__ import annotations

import subprocess
from pathlib import Path


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def make_authority(folder: Path, name: str = "ca") -> Path:
    """Make a certificate authority `NAME.pem` with its key."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / f"{name}.pem").exists():
        subject = f"/CN=asyncwatch-test-{name}"
        _openssl(
            folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "3650", "-subj", subject,
            "-keyout", f"{name}.key", "-out", f"{name}.pem",
        )  # fmt: skip
    return folder / f"{name}.pem"


def make_certificate(folder: Path, name: str, authority: str = "ca") -> None:
    """Make `NAME.pem` and `NAME.key` for this machine's loopback names, signed by the authority in the folder."""
    if (folder / f"{name}.pem").exists():
        return
    _openssl(
        folder, "req", "-newkey", "rsa:2048", "-nodes", "-subj", f"/CN={name}",
        "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", f"{name}.key", "-out", f"{name}.csr",
    )  # fmt: skip
    _openssl(
        folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{authority}.pem", "-CAkey", f"{authority}.key",
        "-CAcreateserial", "-days", "3650", "-copy_extensions", "copy", "-out", f"{name}.pem",
    )  # fmt: skip
