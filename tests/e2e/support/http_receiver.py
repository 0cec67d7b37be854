"""What collectd's write_http posts, received on the loopback."""

import http.server
import threading


class HttpReceiver:
    """Use it in `with`."""

    def __init__(self):
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Request)
        self._server.bodies = {}
        self._thread = threading.Thread(target=self._server.serve_forever)

    def url(self, path):
        return f"http://127.0.0.1:{self._server.server_address[1]}{path}"

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def bodies(self, path):
        """Of the requests to that path, in order."""
        return list(self._server.bodies.get(path, ()))


class _Request(http.server.BaseHTTPRequestHandler):
    def do_POST(self):  # noqa: N802, the name is http.server's
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.bodies.setdefault(self.path, []).append(body)
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass
