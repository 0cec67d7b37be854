"""Certificates for tests of TLS, right ones and wrong ones, made by the openssl program."""

import subprocess
import tempfile
from pathlib import Path

from support import outcome

_NAME = "localhost"
_CA_SETTINGS = """[ca]
default_ca = tests
[tests]
database = {folder}/index.txt
new_certs_dir = {folder}
default_md = sha256
policy = any
unique_subject = no
rand_serial = yes
[any]
commonName = supplied
"""


class Certificates:
    """A folder with an authority and whom it signed, by name. Use it in `with`.

    For each NAME there are NAME.pem, the certificate, NAME.key, and NAME.both.pem, both of them:
    ca, other_ca; server, wrong_name, expired, not_yet_valid, other_issuer; client, other_client."""

    def __init__(self):
        self._openssl = outcome.need_debian_peer("openssl", "openssl")
        self._holder = tempfile.TemporaryDirectory()
        self.folder = Path(self._holder.name)

    def __enter__(self):
        self.folder.chmod(0o755)
        (self.folder / "index.txt").touch()
        (self.folder / "ca.conf").write_text(_CA_SETTINGS.format(folder=self.folder))
        self._make_authority("ca", "e2e authority")
        self._make_authority("other_ca", "e2e other authority")
        self._make("server", alternative=f"DNS:{_NAME},IP:127.0.0.1")
        self._make("wrong_name", alternative="DNS:other.example", subject="other.example")
        self._make("expired", dates=("20200101000000Z", "20210101000000Z"))
        self._make("not_yet_valid", dates=("20900101000000Z", "20910101000000Z"))
        self._make("other_issuer", authority="other_ca")
        self._make("client", alternative="DNS:client.example", subject="client.example")
        self._make("other_client", alternative="DNS:client.example", authority="other_ca")
        return self

    def __exit__(self, *_):
        self._holder.cleanup()

    def path(self, file):
        return str(self.folder / file)

    def lock_key(self, name, file):
        """The key of that name, with a passphrase, as another file."""
        self._ask("ec", "-in", self.path(f"{name}.key"), "-out", self.path(file), "-aes256",
                  "-passout", "pass:secret")  # fmt: skip

    def _make_authority(self, name, subject):
        self._ask("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                  "-nodes", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.pem"),
                  "-days", "30", "-subj", f"/CN={subject}",
                  "-addext", "basicConstraints=critical,CA:TRUE",
                  "-addext", "keyUsage=critical,keyCertSign,cRLSign")  # fmt: skip

    def _make(self, name, alternative=f"DNS:{_NAME}", subject=_NAME, authority="ca", dates=None):
        self._ask("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
                  "-nodes", "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.csr"),
                  "-subj", f"/CN={subject}")  # fmt: skip
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={alternative}\n")
        begin_and_end = ("-startdate", dates[0], "-enddate", dates[1]) if dates else ("-days", "30")
        self._ask("ca", "-batch", "-notext", "-config", self.path("ca.conf"),
                  "-cert", self.path(f"{authority}.pem"), "-keyfile", self.path(f"{authority}.key"),
                  "-in", self.path(f"{name}.csr"), "-out", self.path(f"{name}.pem"),
                  "-extfile", str(extensions), *begin_and_end)  # fmt: skip
        both = (self.folder / f"{name}.key").read_text() + (self.folder / f"{name}.pem").read_text()
        (self.folder / f"{name}.both.pem").write_text(both)

    def _ask(self, *words):
        done = subprocess.run(
            [self._openssl, *words], stdin=subprocess.DEVNULL, capture_output=True, check=False
        )
        assert done.returncode == 0, f"openssl {words}: {done.stderr.decode()}"
