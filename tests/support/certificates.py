"""Certificates that no one but a test trusts, made by the openssl command."""

import ssl
import subprocess
from pathlib import Path


def make(directory: Path, names: str) -> Path:
    """Make a certificate that is its own authority, for ``names`` in OpenSSL's spelling; key and all in one file."""
    key, certificate, both = directory / "key.pem", directory / "certificate.pem", directory / "both.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=lightning"
    extensions = ["-addext", f"subjectAltName={names}", "-addext", "keyUsage=digitalSignature,keyCertSign"]
    files = ["-keyout", str(key), "-out", str(certificate)]
    subprocess.run([*command.split(), *extensions, *files], check=True, capture_output=True, timeout=60)
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    return both


def serving_context(both: Path) -> ssl.SSLContext:
    """Return the server's side of a certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return context
