"""A real Telegraf: built once from its Go module, and run with proctally-exec as its plugin."""

import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import unittest
from pathlib import Path

from support import batches, kernel, line_protocol, proctally, waiting

VERSION = "1.39.3"
_TAGS = "custom,inputs.execd,outputs.file,parsers.influx,parsers.prometheus,serializers.influx"


def program():
    """The path of Telegraf. The first call on a machine builds it, which takes minutes; it stays in
    the user's cache. Skips where there is no Go; a build that fails is a failure."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    parts = hashlib.sha256(_TAGS.encode()).hexdigest()[:8]
    folder = cache / "proctally" / f"telegraf-{VERSION}-{parts}"
    built = folder / "telegraf"
    if built.exists():
        return str(built)
    go = shutil.which("go")
    if go is None:
        raise unittest.SkipTest("go is missing, so Telegraf cannot be built")
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not built.exists():
            _build(go, folder, built)
    return str(built)


def _build(go, folder, built):
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        done = subprocess.run(
            [go, "install", "-trimpath", "-tags", _TAGS,
             "-ldflags", f"-s -w -X github.com/influxdata/telegraf/internal.Version={VERSION}",
             f"github.com/influxdata/telegraf/cmd/telegraf@v{VERSION}"],
            env={**os.environ, "CGO_ENABLED": "0", "GOBIN": scratch}, cwd=scratch,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"Telegraf cannot be built: {done.stderr}"
        os.rename(Path(scratch) / "telegraf", built)


class Telegraf:
    """Telegraf with proctally-exec in inputs.execd and a file as its only output, in a folder of
    its own. Use it in `with`. `arguments` go to proctally-exec, `options` to Telegraf itself, which
    takes what it reads for this format."""

    def __init__(self, signal_mode, arguments=("--interval", "200ms"), options=(), reads="influx"):
        self._program = program()
        self._folder = Path(tempfile.mkdtemp())
        self._output = self._folder / "out.lp"
        self._config = self._folder / "telegraf.conf"
        self._config.write_text(_config(signal_mode, arguments, reads, self._output))
        self._options = list(options)
        self._child = None
        self._log = None

    def __enter__(self):
        self._log = open(self._folder / "log", "w+b")
        self._child = subprocess.Popen(
            [self._program, "--config", str(self._config), *self._options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=self._log,
        )  # fmt: skip
        return self

    def __exit__(self, *_):
        # Telegraf ends its plugin, so it is asked before it is killed.
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(timeout=proctally.PATIENCE_S)
            except subprocess.TimeoutExpired:
                plugin = self._plugin_pid()
                self._child.kill()
                self._child.wait()
                with contextlib.suppress(ProcessLookupError, TypeError):
                    os.kill(plugin, signal.SIGKILL)
        self._child.stdout.close()
        self._log.close()
        shutil.rmtree(self._folder)

    def signal(self, number):
        self._child.send_signal(number)

    def wait_for_end(self):
        """Waits until Telegraf ends by itself or because it was asked; gives what it printed."""
        printed, _ = self._child.communicate(timeout=proctally.PATIENCE_S)
        assert self._child.returncode == 0, f"{self._child.returncode}; log: {self.log()}"
        return printed

    def wait_for_plugin(self, other_than=None):
        """The pid of the plugin, once one runs that is not the given one."""

        def new_plugin():
            pid = self._plugin_pid()
            return pid if pid != other_than else None

        return waiting.until(new_plugin, f"a plugin; log: {self.log()}")

    def wait_for_batches(self, count):
        """Waits until so many more batches are in the output."""
        enough = self._finished_batches() + count
        waiting.until(lambda: self._finished_batches() >= enough, f"batches; log: {self.log()}")

    def wait_for_output(self, text, times):
        """Until this text (bytes) is so many times in the output."""
        waiting.until(
            lambda: self._read_output().count(text) >= times, f"{text!r}; log: {self.log()}"
        )

    def wait_for_log(self, text):
        """The first line of the log that has this text in it, once there is one."""

        def line():
            return next((line for line in self.log() if text in line), None)

        return waiting.until(line, f"{text!r} in the log: {self.log()}")

    def points(self):
        """All that reached the output so far, which must be whole lines: ask after the end."""
        return line_protocol.read(self._read_output())

    def batches(self):
        return batches.split(self.points())

    def log(self):
        return (self._folder / "log").read_text(errors="backslashreplace").splitlines()

    def errors(self):
        """What the log has of errors, and of warnings from the plugin."""
        return [line for line in self.log() if " E! " in line or " W! [inputs.execd]" in line]

    def _read_output(self):
        return self._output.read_bytes() if self._output.exists() else b""

    def _finished_batches(self):
        return (b"\n" + self._read_output()).count(b"\nproctally_self ")

    def _plugin_pid(self):
        return next(iter(kernel.children(self._child.pid)), None)


def _config(signal_mode, arguments, reads, output):
    command = ", ".join(f'"{word}"' for word in [proctally.PROGRAM, *arguments])
    return f"""
[agent]
  interval = "200ms"
  round_interval = false
  flush_interval = "200ms"
  metric_batch_size = 5000
  metric_buffer_limit = 100000
  omit_hostname = true
[[inputs.execd]]
  command = [{command}]
  signal = "{signal_mode}"
  restart_delay = "1s"
  data_format = "{reads}"
[[outputs.file]]
  files = ["{output}"]
  data_format = "influx"
"""
