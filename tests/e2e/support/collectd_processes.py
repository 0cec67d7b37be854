"""collectd with its processes plugin, a peer that sees the same processes."""

import subprocess
import tempfile
from pathlib import Path

from support import outcome, waiting

_CONFIGURATION = """
Hostname "here"
FQDNLookup false
Interval 1
BaseDir "{folder}"
PIDFile "{folder}/pid"
LoadPlugin processes
<Plugin processes>
{processes}
</Plugin>
LoadPlugin csv
<Plugin csv>
  DataDir "{folder}/csv"
  StoreRates false
</Plugin>
"""


class CollectdProcesses:
    """Watches processes of these names, each second by its own clock. Use it in `with`."""

    def __init__(self, comms):
        program = outcome.need_debian_peer("collectd", "collectd-core")
        self._folder = tempfile.TemporaryDirectory()
        self._comms = comms
        folder = Path(self._folder.name)
        configuration = folder / "collectd.conf"
        processes = "\n".join(f'  Process "{comm}"' for comm in comms)
        configuration.write_text(_CONFIGURATION.format(folder=folder, processes=processes))
        self._log = folder / "log"
        with open(self._log, "wb") as log:
            self._child = subprocess.Popen(
                (program, "-f", "-C", configuration), stdin=subprocess.DEVNULL, stdout=log,
                stderr=log,
            )  # fmt: skip

    def __enter__(self):
        waiting.until(self._all_there, "collectd's first values")
        return self

    def __exit__(self, *_):
        self._child.terminate()
        self._child.wait()
        self._folder.cleanup()

    def cpu_seconds(self):
        """Of each name, as of its last scan."""
        return {comm: self._last(comm) for comm in self._comms}

    def _all_there(self):
        assert self._child.poll() is None, self._log.read_text()
        return all(self._last(comm) is not None for comm in self._comms)

    def _last(self, comm):
        seconds = None
        for file in Path(self._folder.name).glob(f"csv/here/processes-{comm}/ps_cputime-*"):
            *_, line = file.read_text().splitlines()
            if line[0].isdigit():
                _, user_us, system_us = line.split(",")
                seconds = max(seconds or 0.0, (float(user_us) + float(system_us)) / 1e6)
        return seconds
