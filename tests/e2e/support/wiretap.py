"""Hands everything on to a server on the loopback, and keeps what a client sent over the wire."""

import contextlib
import selectors
import socket
import socketserver
import threading

from support import loopback


class Wiretap:
    """Use it in `with`. Clients connect to its port."""

    def __init__(self, target_port):
        self.port = loopback.lasting_port()
        self._server = _Server(("127.0.0.1", self.port), _Connection)
        self._server.target_port = target_port
        self._server.sent = []
        self._thread = threading.Thread(target=self._server.serve_forever)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def sent(self):
        """What all clients sent, one after the other."""
        return b"".join(self._server.sent)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Connection(socketserver.BaseRequestHandler):
    def handle(self):
        address = ("127.0.0.1", self.server.target_port)
        # Either end may reset it whenever it likes.
        with contextlib.suppress(OSError), socket.create_connection(address) as target:
            self._hand_on(target)

    def _hand_on(self, target):
        other = {self.request: target, target: self.request}
        with selectors.DefaultSelector() as selector:
            for end in other:
                selector.register(end, selectors.EVENT_READ)
            while selector.get_map():
                for key, _ in selector.select():
                    data = key.fileobj.recv(1 << 16)
                    if key.fileobj is self.request:
                        self.server.sent.append(data)
                    if not data:
                        selector.unregister(key.fileobj)
                        other[key.fileobj].shutdown(socket.SHUT_WR)
                    else:
                        other[key.fileobj].sendall(data)
