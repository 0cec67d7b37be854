"""A real carbon-c-relay on the loopback that writes every line it takes to a file; it can end and
start again."""

import contextlib
import socket
import subprocess
import tempfile
from pathlib import Path

from support import loopback, outcome, waiting
from support.waiting import PATIENCE_S

_CONFIGURATION = """cluster dump file {folder}/lines;
match ^carbon\\.relays\\. send to blackhole stop;
match * send to dump stop;
listen type linemode 127.0.0.1:{port} proto tcp;
"""
_TLS = "listen type linemode transport plain ssl {pem} 127.0.0.1:{port} proto tcp;\n"


class CarbonCRelay:
    """Use it in `with`. `pem`: a file with its key and its certificate, for its port with TLS."""

    def __init__(self, pem=None):
        self._program = outcome.need_debian_peer("carbon-c-relay", "carbon-c-relay")
        self._folder = tempfile.TemporaryDirectory()
        self.port = loopback.lasting_port()
        self.tls_port = loopback.lasting_port()
        text = _CONFIGURATION.format(folder=self._folder.name, port=self.port)
        if pem is not None:
            text += _TLS.format(pem=pem, port=self.tls_port)
        (Path(self._folder.name) / "relay.conf").write_text(text)
        self._child = None

    @property
    def url(self):
        return f"tcp://127.0.0.1:{self.port}"

    @property
    def tls_url(self):
        return f"tls://localhost:{self.tls_port}"

    def __enter__(self):
        self.start()
        return self

    def __exit__(self, *_):
        self.kill()
        self._folder.cleanup()

    def start(self):
        folder = Path(self._folder.name)
        with open(folder / "log", "ab") as log:
            self._child = subprocess.Popen(
                [self._program, "-f", str(folder / "relay.conf"), "-w", "2"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            )  # fmt: skip
        waiting.until(self._is_up, "carbon-c-relay")

    def terminate(self):
        """It hands on what it has in its queues."""
        self._child.terminate()
        self._child.wait(timeout=PATIENCE_S)

    def kill(self):
        """What it has in its queues, and in its buffer for the file, is lost."""
        if self._child is not None:
            self._child.kill()
            self._child.wait(timeout=PATIENCE_S)

    def lines(self):
        """What it has written so far, the whole ones."""
        with contextlib.suppress(FileNotFoundError):
            data = (Path(self._folder.name) / "lines").read_bytes()
            return [line for line in data.split(b"\n")[:-1] if not line.startswith(b"carbon.")]
        return []

    def log(self):
        return (Path(self._folder.name) / "log").read_text(errors="replace").splitlines()

    def _is_up(self):
        assert self._child.poll() is None, self.log()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False
