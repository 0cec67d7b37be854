"""Debian's prometheus-process-exporter, a peer that sees the same processes."""

import contextlib
import re
import subprocess
import urllib.error
import urllib.request

from support import loopback, outcome, waiting

_CPU = re.compile(r'namedprocess_namegroup_cpu_seconds_total\{groupname="(.*)",mode=".*"\} (\S+)')


class ProcessExporter:
    """Watches processes of these names; each scrape is a scan. Use it in `with`."""

    def __init__(self, comms):
        program = outcome.need_debian_peer(
            "prometheus-process-exporter", "prometheus-process-exporter"
        )
        self._url = f"127.0.0.1:{loopback.free_port()}"
        self._child = subprocess.Popen(
            (program, "-procnames", ",".join(comms), "-web.listen-address", self._url),
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def __enter__(self):
        waiting.until(self._is_up, "process-exporter")
        return self

    def __exit__(self, *_):
        self._child.kill()
        self._child.wait()

    def cpu_seconds(self):
        """Of each name that it has ever seen."""
        seconds = {}
        for name, value in _CPU.findall(self._scrape()):
            seconds[name] = seconds.get(name, 0.0) + float(value)
        return seconds

    def _is_up(self):
        with contextlib.suppress(urllib.error.URLError):
            return bool(self._scrape())

    def _scrape(self):
        with urllib.request.urlopen(f"http://{self._url}/metrics", timeout=10) as answer:
            return answer.read().decode()
