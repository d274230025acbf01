"""Certificates of our own making, by the openssl command line."""

import shutil
import subprocess
from pathlib import Path

from tests.database_elsewhere.servers import owner


def make_authority(folder: Path, name: str) -> Path:
    """Make a certificate authority; return its certificate, which clients are given."""
    certificate = folder / f"{name}.crt"
    _openssl(
        *("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", f"/CN={name}", "-days", "2", "-out", certificate),
        *("-keyout", certificate.with_suffix(".key")),
    )
    return certificate


def sign(authority: Path, name: str, *, for_server: bool = False) -> Path:
    """Make a certificate for a host or user, the key beside it; a server's is his user's own."""
    certificate = authority.with_name(f"{name}.crt")
    key, request = certificate.with_suffix(".key"), certificate.with_suffix(".csr")
    _openssl(
        *("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
        *("-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}"),
        *("-out", request, "-keyout", key),
    )
    _openssl(
        *("x509", "-req", "-in", request, "-CA", authority, "-CAcreateserial", "-days", "2"),
        *("-CAkey", authority.with_suffix(".key"), "-copy_extensions", "copy"),
        *("-out", certificate),
    )
    key.chmod(0o600)
    if for_server:
        shutil.chown(key, owner().pw_uid, owner().pw_gid)
    return certificate


def _openssl(*arguments: object) -> None:
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
