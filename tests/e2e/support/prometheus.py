"""A real Prometheus on the loopback that scrapes each second, with a storage of its own."""

import contextlib
import json
import subprocess
import tempfile
import urllib.parse
from pathlib import Path

from support import loopback, metrics_page, outcome, waiting
from support.waiting import PATIENCE_S

_CONFIGURATION = """
global: {{scrape_interval: 1s}}
scrape_configs:
- job_name: {job}
  static_configs: [{{targets: ["{target}"]}}]
"""


class Prometheus:
    """Scrapes one target. Use it in `with`."""

    def __init__(self, target, job):
        program = outcome.need_debian_peer("prometheus", "prometheus")
        self.address = f"127.0.0.1:{loopback.free_port()}"
        self._folder = tempfile.TemporaryDirectory()
        folder = Path(self._folder.name)
        (folder / "prometheus.yml").write_text(_CONFIGURATION.format(target=target, job=job))
        self._log = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            [program, f"--config.file={folder}/prometheus.yml",
             f"--storage.tsdb.path={folder}/data", f"--web.listen-address={self.address}",
             "--log.level=warn"],
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log, cwd=folder,
        )  # fmt: skip

    def __enter__(self):
        try:
            waiting.until(self._is_ready, "Prometheus")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self._child.terminate()
        self._child.wait(timeout=PATIENCE_S)
        self._log.close()
        self._folder.cleanup()

    def query(self, expression, time=None):
        """The series of an instant vector: a list of (labels, value)."""
        words = {"query": expression} if time is None else {"query": expression, "time": time}
        answer = self._ask("query", words)
        assert answer["resultType"] == "vector", answer
        return [(series["metric"], float(series["value"][1])) for series in answer["result"]]

    def label_values(self, metric, label):
        """As Grafana's label_values(metric, label)."""
        return self._ask(f"label/{label}/values", {"match[]": metric})

    def log(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace").splitlines()

    def _ask(self, path, words):
        query = urllib.parse.urlencode(words)
        answer = json.loads(metrics_page.get(self.address, f"/api/v1/{path}?{query}"))
        assert answer["status"] == "success", answer
        return answer["data"]

    def _is_ready(self):
        assert self._child.poll() is None, self.log()
        with contextlib.suppress(OSError):
            return bool(metrics_page.get(self.address, "/-/ready"))


def check(page):
    """The lines that `promtool check metrics` says of the bytes of a page: none, if it is clean."""
    program = outcome.need_debian_peer("promtool", "prometheus")
    done = subprocess.run([program, "check", "metrics"], input=page, capture_output=True,
                          timeout=PATIENCE_S, check=False)  # fmt: skip
    said = (done.stdout + done.stderr).decode().splitlines()
    assert (done.returncode == 0) == (not said), f"exit code {done.returncode}: {said}"
    return said
