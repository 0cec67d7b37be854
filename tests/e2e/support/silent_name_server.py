"""A name server on the loopback of a network that gets every question and answers none."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

_ADDRESS = "127.0.0.53"
_PROGRAM = f"""
import socket
server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
server.bind(("{_ADDRESS}", 53))
while True:
    print(flush=True)  # First that it is ready, then at each question.
    server.recv(4096)
"""
# How long the resolver of the C library waits for an answer.
LOOKUP_S = 30
_FILES = {
    "resolv.conf": f"nameserver {_ADDRESS}\noptions timeout:{LOOKUP_S} attempts:1\n",
    "nsswitch.conf": "hosts: files dns\n",
    "hosts": "127.0.0.1 localhost\n",
}


class SilentNameServer:
    """Use it in `with`. `network`: words that run a command on a network of its own."""

    def __init__(self, network):
        self._network = network
        self._folder = tempfile.TemporaryDirectory()
        self._child = None
        self._output = tempfile.TemporaryFile()

    def __enter__(self):
        for name, text in _FILES.items():
            (Path(self._folder.name) / name).write_text(text)
        self._child = subprocess.Popen(
            [*self._network, sys.executable, "-B", "-c", _PROGRAM],
            stdin=subprocess.DEVNULL, stdout=self._output,
        )  # fmt: skip
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()
        self._output.close()
        self._folder.cleanup()

    def is_ready(self):
        assert self._child.poll() is None, "the name server has ended"
        return self._said() > 0

    def questions(self):
        return self._said() - 1

    def asked_by(self, *command):
        """Words that run this command on that network, with this as its only name server. The
        process becomes the command."""
        binds = " && ".join(f'mount --bind "$0/{name}" /etc/{name}' for name in _FILES)
        return (*self._network, "unshare", "--mount", "sh", "-c", f'{binds} && exec "$@"',
                self._folder.name, *command)  # fmt: skip

    def _said(self):
        return os.fstat(self._output.fileno()).st_size
