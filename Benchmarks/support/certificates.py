"""An authority and a server's certificate for 127.0.0.1 and localhost, made for one run."""
import contextlib
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Certificates:
    authority: Path
    certificate: Path
    key: Path


def _openssl(*arguments):
    subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True)


@contextlib.contextmanager
def certificates():
    """PEM files that go with the scope. Keys on P-256, as servers have them today."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = Certificates(folder / "authority.pem", folder / "server.pem", folder / "server.key")
        authority_key, request, extensions = folder / "authority.key", folder / "server.csr", folder / "extensions"
        new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
        _openssl("req", "-x509", *new_key, "-keyout", authority_key, "-out", made.authority, "-subj", "/CN=bench authority",
                 "-days", 2)
        _openssl("req", *new_key, "-keyout", made.key, "-out", request, "-subj", "/CN=localhost")
        extensions.write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\n")
        _openssl("x509", "-req", "-in", request, "-CA", made.authority, "-CAkey", authority_key, "-CAcreateserial",
                 "-out", made.certificate, "-days", 2, "-extfile", extensions)
        yield made
