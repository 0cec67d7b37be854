"""A server of OpenSSL's own on the loopback, which takes lines with TLS as it is told to."""

import contextlib
import os
import socket
import subprocess
import tempfile

from support import loopback, outcome, waiting
from support.waiting import PATIENCE_S


class TlsServer:
    """openssl s_server with this certificate. Use it in `with`."""

    def __init__(self, certificates, name, *options):
        self._openssl = outcome.need_debian_peer("openssl", "openssl")
        self._options = ("-cert", certificates.path(f"{name}.pem"),
                         "-key", certificates.path(f"{name}.key"), *options)  # fmt: skip
        self.port = loopback.lasting_port()
        self._output = tempfile.TemporaryFile()
        self._child = None

    def __enter__(self):
        self._child = subprocess.Popen(
            [self._openssl, "s_server", "-accept", f"127.0.0.1:{self.port}", "-quiet",
             "-naccept", "1000", *self._options],
            stdin=subprocess.PIPE, stdout=self._output, stderr=subprocess.STDOUT,
        )  # fmt: skip
        waiting.until(self._is_up, "openssl s_server")
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait(timeout=PATIENCE_S)
        self._child.stdin.close()
        self._output.close()

    def output(self):
        """What it got, and what it says itself."""
        size = os.fstat(self._output.fileno()).st_size
        return os.pread(self._output.fileno(), size, 0)

    def _is_up(self):
        assert self._child.poll() is None, self.output()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False
