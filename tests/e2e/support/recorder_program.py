"""The program behind recorder.py: a receiver of lines with manners, good and bad.

It writes what it reads to files before it takes it from the kernel: so whatever it had read when it
was killed is on record, and what it had not is answered with a reset."""

import argparse
import os
import selectors
import signal
import socket
import struct
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support.children import die_with_parent  # noqa: E402

MANNERS = ("read", "never-read", "close-after-accept", "close-in-batch", "reset-in-line",
           "close-when-idle", "slowly", "end-when-old", "never-end", "greet",
           "reset-unread")  # fmt: skip

# What another kind of server says first; a terminal must not get it as it is.
_GREETING = b"220 mail \x1b ESMTP\r\n"

# Shorter than the interval of every pusher in a test, and longer than a batch takes.
_IDLE_S = 0.3
_STEP_S = 0.02


class Connection:
    """One of them, and its files: the bytes, when they came, and in the end how it ended."""

    def __init__(self, sock, manner, options):
        self.sock = sock
        self._manner = manner
        self._options = options
        name = str(options.folder / f"{time.time_ns()}")
        # In this order: who sees the first of them may look for the other.
        self._times = os.open(name + ".times", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._bytes = os.open(name + ".bytes", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        self._end_file = name + ".end"
        self._last_read = None
        self._accepted = time.monotonic()
        self._has_ended_own_side = False
        if manner == "greet":
            sock.send(_GREETING)

    def read(self):
        """Whether it goes on. Called when there is something to be read, and for some manners each
        _STEP_S."""
        most = 1 << 16
        if self._manner == "slowly":
            most = max(1, int(self._options.rate * _STEP_S))
        try:
            data = self.sock.recv(most, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        except ConnectionError:
            return self.end("reset by peer")
        if not data and self._manner == "never-end":
            Path(self._end_file).write_text("end by peer")
            return False
        if not data:
            return self.end("end by peer")
        if self._manner == "reset-in-line":
            data = self._with_half_a_line(data)
            if data is None:
                return True
        now = time.time()
        os.write(self._bytes, data)
        os.write(self._times, struct.pack("<dQ", now, len(data)))
        self._last_read = time.monotonic()
        left = len(data)
        while left > 0:
            left -= len(self.sock.recv(left))
        if self._manner == "reset-in-line":
            return self.reset()
        if self._manner == "close-in-batch":
            # Where nothing else has come in this moment, the peer first sees a proper end.
            return self.end("closed")
        return True

    def look_at_clock(self):
        """Whether it goes on."""
        if self._manner == "close-when-idle" and self._last_read is not None:
            if time.monotonic() - self._last_read > _IDLE_S:
                return self.end("closed")
        is_old = time.monotonic() - self._accepted > self._options.seconds
        if self._manner == "reset-unread" and is_old:
            return self.reset()
        if self._manner == "end-when-old" and is_old and not self._has_ended_own_side:
            self._end_own_side()
        return True

    def _end_own_side(self):
        """Between two batches. Whatever comes all the same is read."""
        if self._last_read is None or time.monotonic() - self._last_read > _IDLE_S:
            self.sock.shutdown(socket.SHUT_WR)
            self._has_ended_own_side = True

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return self.end("reset")

    def end(self, how):
        """Of a connection with bytes that were not read the kernel makes a reset."""
        Path(self._end_file).write_text(how)
        self.sock.close()
        os.close(self._bytes)
        os.close(self._times)
        return False

    def has_own_pace(self):
        return self._manner in ("slowly", "reset-in-line")

    def _with_half_a_line(self, data):
        """So many whole lines, and half of the next; nothing where that has not come yet."""
        position = 0
        for _ in range(self._options.lines):
            position = data.find(b"\n", position) + 1
            if position == 0:
                return None
        rest = data.find(b"\n", position)
        if rest < 0:
            return None
        return data[: (position + rest) // 2]


class Server:
    def __init__(self, options):
        self._options = options
        self._left = options.times
        self._selector = selectors.DefaultSelector()
        self._waiting = []  # Of never-read: they are read when the signal comes.
        family = socket.AF_INET6 if ":" in options.address else socket.AF_INET
        self._listener = socket.socket(family)
        self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if options.receive_buffer:
            size = options.receive_buffer
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, size)
        self._listener.bind((options.address, options.port))
        self._listener.listen(50)
        self._listener.setblocking(False)
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._connections = []
        self._left_open = []  # Of never-end.
        self._asked = None
        signal.signal(signal.SIGTERM, self._note)
        signal.signal(signal.SIGUSR1, self._note)

    def serve(self):
        while True:
            ready = self._selector.select(timeout=_STEP_S)
            if self._asked == signal.SIGTERM:
                return self._stop()
            if self._asked == signal.SIGUSR1:
                self._read_from_now_on()
            for key, _ in ready:
                if key.data is None:
                    self._accept()
                elif not key.data.has_own_pace() and not key.data.read():
                    self._forget(key.data)
            for connection in list(self._connections):
                goes_on = connection.read() if connection.has_own_pace() else True
                if not (goes_on and connection.look_at_clock()):
                    self._forget(connection)

    def _note(self, number, _):
        self._asked = number

    def _accept(self):
        sock, _ = self._listener.accept()
        manner = self._options.manner if self._left != 0 else "read"
        if self._left > 0:
            self._left -= 1
        sock.setblocking(False)
        connection = Connection(sock, manner, self._options)
        if manner == "close-after-accept":
            connection.end("closed")
            return
        if manner == "never-read":
            self._waiting.append(connection)
            return
        if not connection.has_own_pace() and manner != "reset-unread":
            self._selector.register(sock, selectors.EVENT_READ, connection)
        self._connections.append(connection)

    def _forget(self, connection):
        self._connections.remove(connection)
        if connection.sock.fileno() >= 0:
            self._left_open.append(connection)
        for key in list(self._selector.get_map().values()):
            if key.data is connection:
                self._selector.unregister(key.fileobj)

    def _read_from_now_on(self):
        self._asked = None
        self._options.manner = "read"
        for connection in self._waiting:
            self._selector.register(connection.sock, selectors.EVENT_READ, connection)
            self._connections.append(connection)
        self._waiting = []

    def _stop(self):
        """As a daemon does it that stops: what it has not read is lost."""
        self._listener.close()
        for connection in self._connections + self._waiting:
            connection.end("closed")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--manner", choices=MANNERS, default="read")
    parser.add_argument("--times", type=int, default=-1, help="connections; later ones are read")
    parser.add_argument("--lines", type=int, default=3, help="before the half one")
    parser.add_argument("--rate", type=int, default=100_000, help="bytes a second")
    parser.add_argument("--seconds", type=float, default=0, help="that a connection may last")
    parser.add_argument("--receive-buffer", type=int, default=0)
    die_with_parent()
    server = Server(parser.parse_args())
    print("ready", flush=True)
    server.serve()


if __name__ == "__main__":
    main()
