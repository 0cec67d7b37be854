"""Debian's prometheus-process-exporter, a peer that sees the same processes."""

import contextlib
import re
import subprocess
import tempfile

from support import exposition, loopback, metrics_page, outcome, waiting

_CPU = "namedprocess_namegroup_cpu_seconds_total"


class ProcessExporter:
    """Started with these arguments; each scrape is a scan. Use it in `with`."""

    def __init__(self, *arguments):
        program = outcome.need_debian_peer(
            "prometheus-process-exporter", "prometheus-process-exporter"
        )
        self.address = f"127.0.0.1:{loopback.free_port()}"
        self._log = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            (program, *arguments, "-web.listen-address", self.address),
            stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def __enter__(self):
        waiting.until(self._is_up, "process-exporter")
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()
        self._log.close()

    @property
    def pid(self):
        return self._child.pid

    def page(self):
        """What exposition.read() makes of a scrape."""
        return exposition.read(self.raw_page())

    def raw_page(self):
        return metrics_page.get(self.address)

    def cpu_seconds(self):
        """Of each name that it has ever seen. Read without strictness: a counter of its may wrap,
        or fall below 0."""
        seconds = {}
        for name, value in re.findall(rf'{_CPU}\{{groupname="(.*)",mode=".*"\}} (\S+)',
                                      self.raw_page().decode()):  # fmt: skip
            seconds[name] = seconds.get(name, 0.0) + float(value)
        return seconds

    def wait(self):
        """Waits for its end; gives the exit code."""
        return self._child.wait(timeout=waiting.PATIENCE_S)

    def log(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def _is_up(self):
        """Asked for another page than the metrics: that would be a scan."""
        assert self._child.poll() is None, self.log()
        with contextlib.suppress(OSError):
            return bool(metrics_page.get(self.address, "/"))
