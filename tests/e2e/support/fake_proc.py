"""A procfs that a test writes and rewrites: each file that process-exporter or proctally reads.

What the kernel does not do has to be avoided by the reader: a file that is kept open shows what it
showed when it was unlinked. So proctally is given too few descriptors to keep any.
"""

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

TICKS_PER_SECOND = 100
PAGE = os.sysconf("SC_PAGESIZE")
KERNEL_THREAD = 0x00200000  # PF_KTHREAD

# Long before any exporter of this test started. Whole seconds, so that it is the same second of the
# wall clock to those who know the boot to the second and to those who know it to the nanosecond.
OLD = 1000


def now():
    """A start that any program takes for a birth since its last look, also one that knows the time
    of the boot to the second only."""
    boot_s = int(time.clock_gettime(time.CLOCK_BOOTTIME))
    return (boot_s + 2) * TICKS_PER_SECOND


@dataclass(frozen=True)
class Thread:
    """`counts` and whatever else is not said of it are those of a Process."""

    tid: int
    name: bytes | str
    counts: tuple = ()
    state: str = "S"
    wchan: str = ""
    start: int = OLD


@dataclass(frozen=True)
class Process:
    """`counts`: seconds in user mode, in the kernel, bytes read, written, major faults, minor
    faults, voluntary switches, others; those at the end may be left out. Those of a process with
    threads are in its own files; the switches in its status are of its main thread, as the kernel
    has it."""

    pid: int
    comm: bytes | str
    args: tuple | None = None  # By default /usr/bin/COMM.
    counts: tuple = ()
    ppid: int = 1
    state: str = "S"
    start: int = OLD
    threads: tuple | int = 1  # Threads with files of their own, or only how many.
    resident_pages: int = 1
    virtual: int = PAGE
    swapped_kb: int | None = None
    pss_kb: int = 0
    swap_pss_kb: int = 0
    fds: int = 3
    fd_limit: int | str = 1024
    uid: int = 0
    cgroups: tuple = ("0::/",)
    wchan: str = ""
    flags: int = 0
    without: tuple = ()  # Entries that are not there.
    texts: dict = field(default_factory=dict)  # Those that hold something else.


class FakeProc:
    """Use it in `with`; `folder` is its root."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory()
        self.folder = Path(self._folder.name)
        boot = int(time.time() - time.clock_gettime(time.CLOCK_BOOTTIME))
        self.write_stat(f"btime {boot}\n")
        (self.folder / "loadavg").write_text("0.00 0.00 0.00 1/1 1\n")
        (self.folder / "meminfo").write_text("MemTotal: 16000000 kB\nSwapTotal: 0 kB\n")
        return self

    def __exit__(self, *_):
        with contextlib.suppress(FileNotFoundError):
            self._folder.cleanup()

    def write_stat(self, rest):
        """/proc/stat, which says when the host was booted, or does not."""
        cpu = "100 0 100 1000 0 0 0 0 0 0"
        (self.folder / "stat").write_text(f"cpu  {cpu}\ncpu0 {cpu}\n{rest}")

    def put(self, *processes):
        """Adds them, or gives those of these pids other files."""
        for process in processes:
            self.remove(process.pid)
            self._write(process)

    def remove(self, *pids):
        for pid in pids:
            shutil.rmtree(self.folder / str(pid), ignore_errors=True)

    def only(self, *processes):
        """Nobody else is left."""
        self.remove(*(int(path.name) for path in self.folder.iterdir() if path.name.isdigit()))
        self.put(*processes)

    def _write(self, process):
        # Whole or not at all: its folder appears when everything is in it.
        building = self.folder / f"building-{process.pid}"
        _fill(building, process)
        building.rename(self.folder / str(process.pid))


def _fill(folder, process):
    listed = process.threads if isinstance(process.threads, tuple) else ()
    alone = Thread(process.pid, process.comm, process.counts, process.state, process.wchan,
                   process.start)  # fmt: skip
    arguments = (b"/usr/bin/" + _bytes(process.comm),) if process.args is None else process.args
    status = _status(process, process.counts)
    cgroup = "".join(f"{line}\n" for line in process.cgroups)
    texts = {
        "stat": _stat(process, process.pid, alone, len(listed) or process.threads),
        "statm": f"{process.virtual // PAGE} {process.resident_pages} 0 0 0 0 0\n",
        "status": status,
        "io": _io(process.counts),
        "limits": _limits(process.fd_limit),
        "wchan": process.wchan,
        "comm": _bytes(process.comm) + b"\n",
        "cmdline": b"".join(_bytes(argument) + b"\0" for argument in arguments),
        "cgroup": cgroup,
        "smaps_rollup": f"0-1 ---p 00000000 00:00 0 [rollup]\nRss: {process.pss_kb} kB\n"
        f"Pss: {process.pss_kb} kB\nSwap: {process.swap_pss_kb} kB\n"
        f"SwapPss: {process.swap_pss_kb} kB\n",
    }
    _write_all(folder, {**texts, **process.texts}, process.without)
    if "fd" not in process.without:
        (folder / "fd").mkdir()
        for number in range(process.fds):
            (folder / "fd" / str(number)).touch()
    if "task" in process.without:
        return
    for thread in listed or (alone,):
        own = {
            "stat": _stat(process, thread.tid, thread, len(listed) or 1),
            "status": _status(process, thread.counts),
            "io": _io(thread.counts),
            "wchan": thread.wchan,
            "comm": _bytes(thread.name) + b"\n",
            "schedstat": f"{round(sum((*thread.counts, 0, 0)[:2]) * 10**9)} 0 0\n",
            "children": "",
        }
        _write_all(folder / "task" / str(thread.tid), {**texts, **own}, ())


def _write_all(folder, texts, without):
    folder.mkdir(parents=True)
    for name, text in texts.items():
        if name not in without:
            (folder / name).write_bytes(_bytes(text))


def _stat(process, pid, thread, num_threads):
    """The 52 fields of proc(5); what nobody reads is 0."""
    user, system, _, _, major, minor, *_ = (*thread.counts, *(0,) * 8)
    fields = ["0"] * 53
    fields[3:9] = [thread.state, process.ppid, pid, pid, 0, -1]
    fields[9] = process.flags
    fields[10], fields[12] = minor, major
    fields[14], fields[15] = (round(seconds * TICKS_PER_SECOND) for seconds in (user, system))
    fields[18], fields[20], fields[22] = 20, num_threads, thread.start
    fields[23], fields[24], fields[25] = process.virtual, process.resident_pages, 2**64 - 1
    rest = " ".join(str(value) for value in fields[3:])
    return b"%d (%s) %s\n" % (pid, _bytes(thread.name), rest.encode())


def _status(process, counts):
    *_, voluntary, involuntary = (*counts, *(0,) * (8 - len(counts)))
    ids = "\t".join([str(process.uid)] * 4)
    swap = "" if process.swapped_kb is None else f"VmSwap:\t{process.swapped_kb} kB\n"
    return (
        b"Name:\t" + _bytes(process.comm).replace(b"\n", b"\\n")
        + f"\nUmask:\t0022\nState:\t{process.state} (as stat says)\nTgid:\t{process.pid}\n"
        f"Pid:\t{process.pid}\nPPid:\t{process.ppid}\nUid:\t{ids}\nGid:\t{ids}\n{swap}"
        f"Threads:\t1\nvoluntary_ctxt_switches:\t{voluntary}\n"
        f"nonvoluntary_ctxt_switches:\t{involuntary}\n".encode()
    )  # fmt: skip


def _io(counts):
    read, written = (*counts, *(0,) * 4)[2:4]
    return (
        f"rchar: {read}\nwchar: {written}\nsyscr: 1\nsyscw: 1\n"
        f"read_bytes: {read}\nwrite_bytes: {written}\ncancelled_write_bytes: 0\n"
    )


def _limits(files):
    """As wide as the kernel's table, all lines of which process-exporter reads."""
    units = {
        "cpu time": "seconds", "file size": "bytes", "data size": "bytes", "stack size": "bytes",
        "core file size": "bytes", "resident set": "bytes", "processes": "processes",
        "open files": "files", "locked memory": "bytes", "address space": "bytes",
        "file locks": "locks", "pending signals": "signals", "msgqueue size": "bytes",
        "nice priority": "", "realtime priority": "", "realtime timeout": "us",
    }  # fmt: skip
    lines = [f"{'Limit':<25} {'Soft Limit':<20} {'Hard Limit':<20} {'Units':<10}"]
    for name, unit in units.items():
        soft = files if name == "open files" else "unlimited"
        lines.append(f"{'Max ' + name:<25} {soft:<20} {'unlimited':<20} {unit:<10}")
    return "".join(line + "\n" for line in lines)


def _bytes(text):
    return text if isinstance(text, bytes) else text.encode()
