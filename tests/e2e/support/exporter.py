"""proctally-exec as an exporter: it listens, and each scrape is a scan."""

import contextlib
import resource
import signal
import subprocess
import tempfile
import time

from support import exposition, loopback, metrics_page, proctally, waiting

# A scrape sooner after another gets the same page again.
INTERVAL_S = 0.1
# What process-exporter does unless it is told otherwise, and proctally only if it is.
THREADS_AND_PSS = ("-threads", "-gather-smaps")
# So many descriptors that none is left for files of processes to be kept open.
_FEW_FILES = 256


def keep_no_files():
    """For a child before exec."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (_FEW_FILES, _FEW_FILES))


class Exporter:
    """Started with these arguments. Use it in `with`."""

    def __init__(self, *arguments, preexec_fn=None):
        self.address = f"127.0.0.1:{loopback.free_port()}"
        self._log = tempfile.TemporaryFile()
        self._child = subprocess.Popen(
            [proctally.PROGRAM, *arguments, "--listen", self.address,
             "--interval", f"{round(INTERVAL_S * 1000)}ms"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self._log,
            preexec_fn=preexec_fn,
        )  # fmt: skip

    def __enter__(self):
        try:
            waiting.until(self._is_up, "proctally-exec")
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(self, failed, *_):
        code = self._end()
        assert failed or code == 0, f"exit code {code}: {self._text}"

    @property
    def pid(self):
        return self._child.pid

    def page(self):
        """What exposition.read() makes of a new scan."""
        return exposition.read(self.raw_page())

    def raw_page(self):
        time.sleep(1.2 * INTERVAL_S)
        return metrics_page.get(self.address)

    def page_of_named(self):
        """The page of a scan after which every process has its name: command lines are read off the
        scan, and one that is not there yet is named in the next."""
        return waiting.until(self._page_of_named, "every process to be named")

    def log(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def _page_of_named(self):
        page = self.page()
        unnamed = [value for (name, _), value in page.items() if name.endswith("processes_unnamed")]
        assert len(unnamed) == 1, "the page does not say how many processes have no name"
        return page if unnamed == [0] else None

    def _is_up(self):
        assert self._child.poll() is None, self.log()
        with contextlib.suppress(OSError):
            return bool(metrics_page.get(self.address, "/"))

    def _end(self):
        self._child.send_signal(signal.SIGTERM)
        code = self._child.wait(timeout=waiting.PATIENCE_S)
        self._text = self.log()
        self._log.close()
        return code
