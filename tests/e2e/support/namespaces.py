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


def inside_with_own_hosts(hosts, *command):
    """With this file as its /etc/hosts. The process that runs the command is the command."""
    script = 'mount --bind "$0" /etc/hosts && exec "$@"'
    return ("unshare", "--mount", "sh", "-c", script, str(hosts), *command)


def inside_with_own_network(*command, before=":"):
    """On a network of its own that has a loopback only; `before`: commands that prepare it."""
    script = f'ip link set lo up && {before} && exec "$@"'
    return ("unshare", "--net", "sh", "-c", script, "sh", *command)


@contextlib.contextmanager
def entered_with_disk(folder, size_bytes):
    """Yields the words that, before a command, run it where this folder is a disk of that size. The
    process becomes the command."""
    script = 'mount -t tmpfs -o size="$1" tests "$0" && echo ready && exec sleep 3600'
    command = ("unshare", "--mount", "sh", "-c", script, str(folder), str(size_bytes))
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as holder:
        try:
            assert holder.stdout.readline() == b"ready\n", "the disk could not be prepared"
            yield ("nsenter", f"--mount=/proc/{holder.pid}/ns/mnt", "--")
        finally:
            holder.kill()
