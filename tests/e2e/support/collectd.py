"""A collectd of a test's own: in the foreground, with a folder and a configuration of its own, with
the plugins csv and unixsock, and with those that a test adds."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from support import outcome, waiting
from support.collectd_csv import CsvFolder
from support.unixsock import UnixSocket

HOST = "here"
_STOCK_PLUGINS = "/usr/lib/collectd"

# Libraries of plugins that Debian's collectd-core only suggests.
_PACKAGES = {
    "libcurl-gnutls.so.4": "libcurl3-gnutls",
    "libmicrohttpd.so.12": "libmicrohttpd12",
    "libprotobuf-c.so.1": "libprotobuf-c1",
    "libyajl.so.2": "libyajl2",
}

_OF_SANITIZERS = ("ERROR: AddressSanitizer", "LeakSanitizer", "runtime error")

_CONFIGURATION = """
Hostname "{host}"
FQDNLookup false
Interval 1
BaseDir "{folder}/base"
PIDFile "{folder}/pid"
LoadPlugin logfile
<Plugin logfile>
  LogLevel info
  PrintSeverity true
  File STDOUT
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "{folder}/csv"
  StoreRates false
</Plugin>
LoadPlugin unixsock
<Plugin unixsock>
  SocketFile "{folder}/socket"
</Plugin>
"""


def plugin(name, block="", interval=None, folder=_STOCK_PLUGINS):
    """The part of a configuration that loads a plugin. block: what its own block holds."""
    # collectd takes PluginDir as a statement: it is in force until the next one.
    lines = [f'PluginDir "{folder}"', f"<LoadPlugin {name}>"]
    if interval is not None:
        lines.append(f"  Interval {interval}")
    lines += ["</LoadPlugin>", f"<Plugin {name}>", block, "</Plugin>"]
    return "\n".join(lines)


def proctally(block="", interval=None, folder=None):
    """The part that loads the plugin under test, or a copy of it in another folder."""
    return plugin("proctally", block, interval, folder or Path(_under_test()).resolve().parent)


@contextlib.contextmanager
def plugin_for_everybody():
    """A folder with a copy of the plugin that any user may read."""
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        shutil.copy(_under_test(), folder)
        yield folder


def need(*names):
    """Skips without collectd, or where the library of one of these plugins of its is missing; in CI
    fails."""
    outcome.need_debian_peer("collectd", "collectd-core")
    for name in names:
        for library, path in _libraries(f"{_STOCK_PLUGINS}/{name}.so"):
            if path == "not found":
                package = _PACKAGES.get(library, f"that has {library}")
                outcome.miss_debian_peer(f"{library} of the plugin {name}", package)


@dataclass(frozen=True)
class Checked:
    code: int
    output: str


def check(*parts):
    """What `collectd -T` says of a configuration: it starts, reads once and ends."""
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            (*_command(folder, parts), "-T"), env=_environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=waiting.PATIENCE_S,
            check=False,
        )  # fmt: skip
    output = done.stdout.decode(errors="backslashreplace")
    _check_sanitizers(output)
    return Checked(done.returncode, output)


@contextlib.contextmanager
def in_background(*parts):
    """The pid of a daemon that goes there, and its csv files."""
    need()
    with tempfile.TemporaryDirectory() as folder:
        command = [word for word in _command(folder, parts) if word != "-f"]
        subprocess.run(
            command, env=_environment(), stdin=subprocess.DEVNULL, timeout=waiting.PATIENCE_S,
            check=True,
        )  # fmt: skip
        file = Path(folder) / "pid"
        pid = int(waiting.until(lambda: file.exists() and file.read_text(), "the file of its pid"))
        try:
            yield pid, CsvFolder(Path(folder) / "csv" / HOST)
        finally:
            os.kill(pid, signal.SIGTERM)
            waiting.until(lambda: not Path(f"/proc/{pid}/exe").exists(), "its end")


class Daemon:
    """Runs with these parts of a configuration. Use it in `with`, which at the end checks that the
    daemon ended well; what it wrote is there until then. wrapper: a command that runs it. user: the
    number of another user to run as."""

    def __init__(self, *parts, environment=(), wrapper=(), user=None):
        need()
        self._temporary = tempfile.TemporaryDirectory()
        self._folder = Path(self._temporary.name)
        self._command = (*wrapper, *_command(self._folder, parts))
        self._environment = {**_environment(), **dict(environment)}
        self._identity = {}
        if user is not None:
            self._identity = {"user": user, "group": user, "extra_groups": []}
            os.chown(self._folder, user, user)
        self._log = self._folder / "log"
        self._child = None
        self.csv = CsvFolder(self._folder / "csv" / HOST)

    @property
    def pid(self):
        return self._child.pid

    def __enter__(self):
        with open(self._log, "wb") as log:
            self._child = subprocess.Popen(
                self._command, env=self._environment, stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, **self._identity,
            )  # fmt: skip
        try:
            waiting.until(self._is_up, "collectd")
        except BaseException:
            self.__exit__(AssertionError)
            raise
        return self

    def __exit__(self, kind=None, *_):
        try:
            self._end()
            if kind is None:
                self._check()
        finally:
            self._temporary.cleanup()

    def stop(self):
        """Ends it; all that was read has been written then, by every plugin alike."""
        self._end()
        self._check()

    def ask(self):
        """A client of its socket; use it in `with`."""
        return UnixSocket(self._folder / "socket")

    def wait_for_reads(self, *identifiers, count=2):
        """Waits until the csv files have so many more reads of each of them. The last of two has
        begun after this moment."""
        now_ms = time.time_ns() // 1_000_000

        def are_there():
            assert self._child.poll() is None, "\n".join(self.log())
            return all(self.csv.reads_since(now_ms, each) >= count for each in identifiers)

        waiting.until(are_there, f"reads of {identifiers}")

    def log(self):
        return self._log.read_text(errors="backslashreplace").splitlines()

    def complaints(self):
        """What the plugin under test has to say that is more than information, and what others have
        to say about its values."""
        levels = ("[notice]", "[warning]", "[error]")
        about = ("proctally", "uc_update", "plugin_dispatch_values")
        return [
            line for line in self.log()
            if any(level in line for level in levels) and any(word in line for word in about)
        ]  # fmt: skip

    def _is_up(self):
        assert self._child.poll() is None, "\n".join(self.log())
        return any("Initialization complete" in line for line in self.log())

    def _end(self):
        if self._child.poll() is None:
            self._child.terminate()
            try:
                self._child.wait(timeout=waiting.PATIENCE_S)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait()

    def _check(self):
        log = "\n".join(self.log())
        _check_sanitizers(log)
        assert self._child.returncode == 0, f"exit code {self._child.returncode}: {log}"


def _command(folder, parts):
    file = Path(folder) / "collectd.conf"
    preamble = _CONFIGURATION.format(folder=folder, host=HOST)
    file.write_text(preamble + "\n".join(parts) + "\n")
    return (outcome.need_debian_peer("collectd", "collectd-core"), "-f", "-C", str(file))


def _under_test():
    return os.environ["PROCTALLY_COLLECTD_SO"]


def _environment():
    """A plugin with the address sanitizer in a daemon without it: its library has to come first."""
    environment = dict(os.environ)
    if "PROCTALLY_COLLECTD_SO" in environment:
        libraries = dict(_libraries(_under_test()))
        asan = [path for name, path in libraries.items() if name.startswith("libasan.")]
        if asan:
            # It looks for the functions of C++ when it starts, which the daemon does not have.
            environment["LD_PRELOAD"] = " ".join((*asan, libraries["libstdc++.so.6"]))
            # gcc 12's takes what stands before some thread-local storage for its size, and crashes.
            environment["ASAN_OPTIONS"] = "detect_leaks=1:intercept_tls_get_addr=0"
            environment["UBSAN_OPTIONS"] = "print_stacktrace=1"
    return environment


def _libraries(shared_object):
    """Pairs of a library's name and its path, or "not found"."""
    told = subprocess.run(("ldd", shared_object), capture_output=True, check=True, text=True)
    return re.findall(r"^\s*(\S+) => (not found|\S+)", told.stdout, re.MULTILINE)


def _check_sanitizers(output):
    for finding in _OF_SANITIZERS:
        assert finding not in output, output
