"""The end of systemd's notification protocol that systemd has."""

import socket
import tempfile
from pathlib import Path

from support.waiting import PATIENCE_S


class NotifySocket:
    """Use it in `with`, and give the program its environment."""

    def __init__(self):
        self._folder = tempfile.TemporaryDirectory()
        Path(self._folder.name).chmod(0o755)
        self.path = str(Path(self._folder.name) / "notify")
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._socket.bind(self.path)
        Path(self.path).chmod(0o777)
        self._socket.settimeout(PATIENCE_S)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._socket.close()
        self._folder.cleanup()

    def next(self):
        """The next message: name -> value."""
        text = self._socket.recv(1 << 16).decode()
        return dict(line.split("=", 1) for line in text.splitlines())

    def wait_for(self, name):
        """The next message that has this name; those before it are passed over."""
        while True:
            message = self.next()
            if name in message:
                return message
