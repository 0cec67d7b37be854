"""A real VictoriaMetrics on the loopback, with a storage of its own that outlives its end."""

import json
import signal
import subprocess
import tempfile
import urllib.parse
import urllib.request

from support import loopback, outcome, proctally, waiting


class VictoriaMetrics:
    """Use it in `with`."""

    def __init__(self):
        self._program = outcome.need_debian_peer("victoria-metrics", "victoria-metrics")
        self._address = f"127.0.0.1:{loopback.lasting_port()}"
        self.graphite_port = loopback.lasting_port()
        self._storage = tempfile.TemporaryDirectory()
        self._log = tempfile.TemporaryFile()
        self._child = None

    def __enter__(self):
        try:
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.terminate()
        self._log.close()
        self._storage.cleanup()

    def start(self):
        self._child = subprocess.Popen(
            [self._program, f"-httpListenAddr={self._address}",
             f"-graphiteListenAddr=127.0.0.1:{self.graphite_port}",
             f"-storageDataPath={self._storage.name}", "-retentionPeriod=1", "-loggerLevel=WARN"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip
        waiting.until(self._is_up, "VictoriaMetrics")

    def terminate(self):
        """It writes down what it has in memory."""
        self._end_by(signal.SIGTERM)

    def kill(self):
        """It loses what it has in memory: what came in its last seconds."""
        self._end_by(signal.SIGKILL)

    def _end_by(self, number):
        self._child.send_signal(number)
        self._child.wait(timeout=proctally.PATIENCE_S)

    def write(self, data):
        """Line protocol, as Telegraf's outputs.influxdb and InfluxDB's clients send it."""
        self._ask("/write", data=data)

    def counters(self, name):
        """Labels -> value of one of its own metrics."""
        values = {}
        for line in self._ask("/metrics").decode().splitlines():
            series, _, value = line.rpartition(" ")
            if series.partition("{")[0] == name:
                values[series.partition("{")[2].rstrip("}")] = float(value)
        return values

    def export(self, **labels):
        """Every series with these labels: its labels, values and times (ms)."""
        self._ask("/internal/force_flush")
        match = ",".join(f"{key}={json.dumps(value)}" for key, value in labels.items())
        query = urllib.parse.urlencode({"match[]": "{" + match + "}"})
        return [json.loads(line) for line in self._ask(f"/api/v1/export?{query}").splitlines()]

    def series(self, pattern):
        """The same for all whose names match this regular expression."""
        self._ask("/internal/force_flush")
        query = urllib.parse.urlencode({"match[]": f"{{__name__=~{json.dumps(pattern)}}}"})
        return [json.loads(line) for line in self._ask(f"/api/v1/export?{query}").splitlines()]

    @property
    def graphite_url(self):
        return f"tcp://127.0.0.1:{self.graphite_port}"

    def log(self):
        self._log.seek(0)
        return self._log.read().decode().splitlines()

    def _is_up(self):
        assert self._child.poll() is None, self.log()
        try:
            return self._ask("/health") == b"OK"
        except OSError:
            return False

    def _ask(self, path, data=None):
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(f"http://{self._address}{path}", data, proctally.PATIENCE_S) as answer:
            return answer.read()
