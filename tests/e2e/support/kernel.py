"""What the kernel itself says of a process, read without any code of the product."""

import contextlib
import os
import time
from pathlib import Path

NS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGESIZE")


def in_first_namespaces():
    """Whether processes that end are announced here, to who may hear it."""
    first = {"pid": 0xEFFFFFFC, "user": 0xEFFFFFFD}
    return all(os.stat(f"/proc/self/ns/{name}").st_ino == number for name, number in first.items())


def cpu_clock_ns(pid):
    """The process CPU clock: all threads, dead ones included."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def processes(procfs="/proc"):
    return sorted(int(name) for name in os.listdir(procfs) if name.isdigit())


def children(pid):
    """The pids of those that still run."""
    found = []
    for other in processes():
        with contextlib.suppress(OSError):
            fields = stat(other)
            if int(fields[4]) == pid and fields[3] != b"Z":
                found.append(other)
    return found


def stat(pid, procfs="/proc"):
    """Fields of /proc/PID/stat by their numbers in proc(5)."""
    after_comm = Path(f"{procfs}/{pid}/stat").read_bytes().rpartition(b")")[2].split()
    return {number: field for number, field in enumerate(after_comm, start=3)}


def comm(pid, procfs="/proc"):
    return Path(f"{procfs}/{pid}/comm").read_bytes()[:-1]


def state(pid):
    return stat(pid)[3].decode()


def statm(pid):
    """Total and resident size in bytes."""
    size, resident = Path(f"/proc/{pid}/statm").read_text().split()[:2]
    return int(size) * PAGE, int(resident) * PAGE


def swapped(pid):
    """Bytes that are swapped out; a process that has ended has none."""
    for line in Path(f"/proc/{pid}/status").read_bytes().splitlines():
        if line.startswith(b"VmSwap:"):
            return int(line.split()[1]) * 1024
    return 0


def pss(pid):
    """PSS and swap PSS in bytes."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    kilobytes = {key: int(rest.split()[0]) for key, rest in (line.split(":") for line in lines)}
    return kilobytes["Pss"] * 1024, kilobytes["SwapPss"] * 1024


def threads(pid):
    return [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]


def thread_names(pid):
    return {Path(f"/proc/{pid}/task/{tid}/comm").read_bytes()[:-1] for tid in threads(pid)}


def io(pid):
    """/proc/PID/io under the names of the catalogue."""
    lines = Path(f"/proc/{pid}/io").read_text().splitlines()
    kernel = {name: int(value) for name, value in (line.split(": ") for line in lines)}
    return {
        "disk_read_bytes": kernel["read_bytes"],
        "disk_write_bytes": kernel["write_bytes"],
        "read_bytes": kernel["rchar"],
        "write_bytes": kernel["wchar"],
        "read_count": kernel["syscr"],
        "write_count": kernel["syscw"],
    }


def open_files(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def open_files_soft_limit(pid):
    for line in Path(f"/proc/{pid}/limits").read_text().splitlines():
        if line.startswith("Max open files"):
            return int(line.split()[3])
    raise AssertionError("no limit of open files")


def memory_total():
    for line in Path("/proc/meminfo").read_text().splitlines():
        if line.startswith("MemTotal:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("no MemTotal")


def start_time_ns(pid):
    """When it started, on the wall clock as it stands now."""
    since_boot = int(stat(pid)[22]) * NS_PER_TICK
    return time.time_ns() - time.clock_gettime_ns(time.CLOCK_BOOTTIME) + since_boot
