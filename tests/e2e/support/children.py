"""Processes to be measured: forks of the test, each doing one thing, none outliving it."""

import contextlib
import ctypes
import os
import signal

libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1
_PR_SET_NAME = 15


def set_comm(name):
    """Gives the calling process any bytes but NUL as its name; the kernel keeps 15 of them."""
    libc.prctl(_PR_SET_NAME, ctypes.c_char_p(name), 0, 0, 0)


def die_with_parent():
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)


@contextlib.contextmanager
def running(*bodies):
    """Forks a child for each body and yields their pids once all bodies have returned. A body may
    return a function: the child goes on with that, otherwise it sleeps. At the end all are killed
    and reaped."""
    pids = []
    answers = []
    try:
        for body in bodies:
            pid, answer = _fork(body)
            pids.append(pid)
            answers.append(answer)
        for answer in answers:
            with os.fdopen(answer, "rb") as stream:
                said = stream.read()
            assert said == b"ready", f"a child failed: {said.decode(errors='replace')}"
        yield pids
    finally:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        for pid in pids:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def named(names):
    """Bodies for children that bear these names and sleep."""
    return [lambda name=name: set_comm(name) for name in names]


def bearing(name, body):
    """The body of a child that has this name first."""

    def named_body():
        set_comm(name.encode())
        return body()

    return named_body


def stop(pid):
    """SIGSTOP, and waits until every thread stands still."""
    os.kill(pid, signal.SIGSTOP)
    os.waitpid(pid, os.WUNTRACED)


def _fork(body):
    reading, writing = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _live(body, parent, reading, writing)
    os.close(writing)
    return pid, reading


def _live(body, parent, reading, writing):
    try:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)
        os.close(reading)
        try:
            go_on = body()
            os.write(writing, b"ready")
        except BaseException as error:
            os.write(writing, repr(error).encode())
            os._exit(1)
        os.close(writing)
        if go_on is not None:
            go_on()
        while True:
            signal.pause()
    finally:
        os._exit(1)
