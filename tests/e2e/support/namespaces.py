"""Commands that run something in namespaces of its own. With them it ends and is cleaned up."""

import contextlib
import platform
import subprocess
import unittest

from support import kernel, waiting

_UNSHARE = ("unshare", "--pid", "--fork", "--kill-child")


def need():
    """Skips where namespaces are not to be had, as in most containers."""
    probe = ("unshare", "--mount", *_UNSHARE[1:], "mount", "-t", "proc", "proc", "/proc")
    try:
        subprocess.run(probe, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise unittest.SkipTest(f"no pid and mount namespaces here: {error}") from None


def inside(*command):
    """In a pid namespace of its own, with the /proc of the outside."""
    return (*_UNSHARE, *command)


def inside_with_own_proc(*command, options="rw"):
    """In a pid namespace of its own, with a /proc of it, mounted with these options."""
    script = 'mount -t proc -o "$0" proc /proc && exec "$@"'
    return ("unshare", "--mount", *_UNSHARE[1:], "sh", "-c", script, options, *command)


@contextlib.contextmanager
def entered(pid_max=None):
    """Yields the words that, before a command, run it in a pid namespace with a /proc of its own
    and an init that reaps whatever comes to it. pid_max: pids wrap after so many."""
    need()
    limit = ":"
    if pid_max is not None:
        # Before, there was one limit for the whole host.
        if tuple(int(part) for part in platform.release().split(".")[:2]) < (6, 14):
            raise unittest.SkipTest("needs a pid_max of a pid namespace's own, Linux 6.14")
        limit = f"echo {pid_max} >/proc/sys/kernel/pid_max"
    command = inside_with_own_proc("sh", "-c", f"{limit} && echo ready && sleep 3600; :")
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as outer:
        try:
            assert outer.stdout.readline() == b"ready\n", "the namespace could not be prepared"
            (init,) = waiting.until(lambda: kernel.children(outer.pid), "the inner init")
            yield ("nsenter", "--target", str(init), "--pid", "--mount", "--")
        finally:
            outer.kill()
