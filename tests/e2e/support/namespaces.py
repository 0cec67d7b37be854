"""Commands that run something in namespaces of its own. With them it ends and is cleaned up."""

import subprocess
import unittest

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
