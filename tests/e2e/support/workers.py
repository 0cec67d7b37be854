"""Kinds of processes, each heavy in one thing that proctally measures: bodies for
children.running()."""

import mmap
import os
import resource
import signal
import tempfile
import threading
import time

from support import kernel, waiting
from support.children import libc, set_comm

_SYS_EXIT = 60 if os.uname().machine == "x86_64" else 93
_kept = []  # What must stay open or mapped as long as the child lives.


def sleeper():
    set_comm(b"sleeper")


def user_cpu():
    """Works in user mode."""
    while time.process_time() < 0.3:
        sum(range(1000))


def system_cpu():
    """Works in the kernel."""
    with open("/dev/zero", "rb", buffering=0) as zeros:
        while time.process_time() < 0.3:
            zeros.read(1 << 20)


def little_cpu():
    """Less than a tick."""
    os.getppid()


def threads():
    """Eight threads that live."""
    _start_threads(8, lambda: _burn_thread(0.02), stay=True)


def ended_threads():
    """Eight threads whose work must not be lost with them."""
    _start_threads(8, lambda: _burn_thread(0.02), stay=False)


def ended_leader():
    """The main thread ends, another goes on: the process looks like a zombie and is none."""
    _start_threads(1, lambda: _burn_thread(0.05), stay=True)
    return lambda: libc.syscall(_SYS_EXIT, 0)


def zombie():
    """Ended, not reaped; with some work done."""
    user_cpu()
    return lambda: os._exit(0)


def memory():
    """64 MiB that are resident, 256 MiB that are not."""
    _kept.append(bytearray(os.urandom(1 << 20) * 64))
    _kept.append(mmap.mmap(-1, 256 << 20))


def shared_memory():
    shared = mmap.mmap(-1, 16 << 20)
    shared.write(b"x" * (16 << 20))
    _kept.append(shared)


def mapped_file():
    file = tempfile.TemporaryFile()
    file.write(b"x" * (8 << 20))
    file.flush()
    mapped = mmap.mmap(file.fileno(), 8 << 20)
    sum(mapped[i] for i in range(0, 8 << 20, mmap.PAGESIZE))
    _kept.extend((file, mapped))


def page_faults():
    for _ in range(20):
        with mmap.mmap(-1, 4 << 20) as fresh:
            for i in range(0, 4 << 20, mmap.PAGESIZE):
                fresh[i] = 1


def disk_writer():
    with tempfile.TemporaryFile() as file:
        for _ in range(16):
            file.write(os.urandom(1 << 20))
        file.flush()
        os.fsync(file.fileno())
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        file.seek(0)
        while file.read(1 << 20):
            pass


def pipe_user():
    """Many small reads and writes that no disk sees."""
    reading, writing = os.pipe()
    for _ in range(5000):
        os.write(writing, b"0123456789")
        os.read(reading, 10)
    os.close(reading)
    os.close(writing)


def many_files():
    _kept.extend(open("/dev/null") for _ in range(200))


def few_files_allowed():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))


def unlimited_name():
    set_comm(b") R 1 1\n1 1 1 1")


def nice():
    os.nice(19)
    user_cpu()


def of_nobody():
    if os.geteuid() == 0:
        os.setgroups([])
        os.setresgid(65534, 65534, 65534)
        os.setresuid(65534, 65534, 65534)
    user_cpu()


def executed_as_nobody():
    """Another program, of another user."""
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
    return executed()


def session_leader():
    os.setsid()


def timers():
    """Interrupted again and again while it sleeps."""
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 0.005, 0.005)
    time.sleep(0.3)
    signal.setitimer(signal.ITIMER_REAL, 0)


def renamed():
    for i in range(100):
        set_comm(b"name %d" % i)


def executed():
    """Becomes another program."""
    return lambda: os.execv("/bin/sleep", ["sleep", "600"])


def wait_for_sleep(pid):
    """Until an executed() has become what it becomes."""
    waiting.until(lambda: kernel.comm(pid) == b"sleep", "sleep")
    waiting.until(lambda: kernel.state(pid) == "S", "a sleep that sleeps")


ALL = (
    sleeper, user_cpu, system_cpu, little_cpu, threads, ended_threads, ended_leader, zombie, memory,
    shared_memory, mapped_file, page_faults, disk_writer, pipe_user, many_files, few_files_allowed,
    unlimited_name, nice, of_nobody, session_leader, timers, renamed, executed,
)  # fmt: skip


def _start_threads(count, body, stay):
    done = threading.Barrier(count + 1)

    def run():
        body()
        done.wait()
        while stay:
            time.sleep(600)

    started = [threading.Thread(target=run, daemon=True) for _ in range(count)]
    for thread in started:
        thread.start()
    done.wait()
    if not stay:
        for thread in started:
            thread.join()


def _burn_thread(seconds):
    while time.thread_time() < seconds:
        sum(range(1000))


def going_on():
    """Works, reads, writes and takes pages, without an end."""

    def work():
        while True:
            system_work()
            sum(range(10000))

    def system_work():
        with open("/dev/zero", "rb", buffering=0) as zeros, open("/dev/null", "wb") as sink:
            sink.write(zeros.read(100_000))
        with mmap.mmap(-1, 64 << 10) as fresh:
            for i in range(0, 64 << 10, mmap.PAGESIZE):
                fresh[i] = 1

    return work


def changing_threads():
    """Threads come and go, without an end."""

    def work():
        while True:
            _start_threads(3, lambda: _burn_thread(0.005), stay=False)

    return work
