"""A real carbon-cache on the loopback, with a tree of files of its own."""

import contextlib
import json
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from support import loopback, outcome, waiting
from support.waiting import PATIENCE_S

_PACKAGE = "graphite-carbon"
_DEBIAN_PYTHON = "/usr/bin/python3"
_READER = Path(__file__).with_name("whisper_tree.py")

_CONFIGURATION = """[cache]
STORAGE_DIR = {folder}
LINE_RECEIVER_INTERFACE = 127.0.0.1
LINE_RECEIVER_PORT = {port}
PICKLE_RECEIVER_PORT = 0
CACHE_QUERY_INTERFACE = 127.0.0.1
CACHE_QUERY_PORT = 0
CARBON_METRIC_INTERVAL = 0
ENABLE_TAGS = False
MAX_UPDATES_PER_SECOND = inf
MAX_CREATES_PER_MINUTE = inf
WHISPER_SPARSE_CREATE = True
"""
_SCHEMAS = """[all]
pattern = .*
retentions = 1s:1h
"""
# All that is in its folder, but for data.
_OWN_FILES = {"conf", "conf/carbon.conf", "conf/storage-schemas.conf", "carbon.log", "carbon.pid",
              "whisper"}  # fmt: skip


class CarbonCache:
    """Use it in `with`; it starts there."""

    def __init__(self):
        self._program = outcome.need_debian_peer("carbon-cache", _PACKAGE)
        # It shares its port with whoever has it already, without an error.
        self.port = loopback.lasting_port()
        self._parent = tempfile.TemporaryDirectory()
        self.folder = Path(self._parent.name) / "carbon"
        (self.folder / "conf").mkdir(parents=True)
        self._configuration = self.folder / "conf" / "carbon.conf"
        self._configuration.write_text(_CONFIGURATION.format(folder=self.folder, port=self.port))
        (self.folder / "conf" / "storage-schemas.conf").write_text(_SCHEMAS)
        self._child = None

    @property
    def url(self):
        return f"tcp://127.0.0.1:{self.port}"

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.kill()
        self._parent.cleanup()

    def start(self):
        assert self._child is None
        pid_file = self.folder / "carbon.pid"
        pid_file.unlink(missing_ok=True)  # Of one that was killed.
        with open(self.folder / "carbon.log", "ab") as log:
            self._child = subprocess.Popen(
                [self._program, "--nodaemon", f"--config={self._configuration}",
                 f"--pidfile={pid_file}", "start"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder,
            )  # fmt: skip
        waiting.until(self._is_up, "carbon-cache")

    def terminate(self):
        self._end_by(signal.SIGTERM)

    def kill(self):
        self._end_by(signal.SIGKILL)

    def series(self, begin_s=None, end_s=None):
        """All that is stored, of the last hour: {path: {time: value}}."""
        now = int(time.time())
        words = (begin_s or now - 3500, end_s or now + 1)
        done = subprocess.run(
            [_DEBIAN_PYTHON, "-B", str(_READER), str(self.folder / "whisper"), *map(str, words)],
            capture_output=True, timeout=PATIENCE_S, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr.decode()
        series = json.loads(done.stdout)
        return {path: {int(t): v for t, v in points.items()} for path, points in series.items()}

    def strangers(self):
        """Files and folders that are neither its own nor data."""
        parent = Path(self._parent.name)
        found = {str(path.relative_to(parent)) for path in parent.rglob("*")}
        found -= {"carbon"} | {f"carbon/{name}" for name in _OWN_FILES}
        return sorted(name for name in found if not name.startswith("carbon/whisper/"))

    def data_files(self):
        """Relative to the root of the tree."""
        root = self.folder / "whisper"
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def log(self):
        return (self.folder / "carbon.log").read_bytes().decode(errors="replace").splitlines()

    def send(self, data):
        """On a connection of its own."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE_S) as sock:
            sock.sendall(data)

    def _is_up(self):
        assert self._child.poll() is None, self.log()
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
            return True
        return False

    def _end_by(self, number):
        if self._child is None:
            return
        self._child.send_signal(number)
        self._child.wait(timeout=PATIENCE_S)
        self._child = None
