"""The I/O of a child that is reaped appears in its parent's /proc/PID/io too: the accounts have it
once, and in the child's group."""

import contextlib
import os
import subprocess
import unittest

from support import actors, conservation, outcome, proctally

MIB = 1 << 20
SIZE = 200 * MIB
OTHERWISE = MIB // 4  # What a shell and dd read and write beside it: libraries, messages.
COUNTERS = ("write_bytes", "read_bytes")


class DeadIoTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        outcome.need_root()

    @contextlib.contextmanager
    def shell(self, **user):
        """A collector, a function that gives its accounts of I/O, and a shell that runs dd from a
        pipe to a file and then waits. Yields the accounts, the pipe and the shell."""
        with contextlib.ExitStack() as resources:
            cast = resources.enter_context(actors.Actors())
            folder = cast.folder / "open"
            folder.mkdir()
            os.chmod(folder, 0o777)
            os.mkfifo(folder / "pipe")
            os.chmod(folder / "pipe", 0o666)
            script = (
                f"{cast['dd']} if={folder}/pipe iflag=fullblock of={folder}/file bs=1M count=200\n"
                "echo reaped\nread wait"
            )
            settings = cast.settings(("sh", "dd"), ("io",))
            settings = resources.enter_context(proctally.settings_file(settings))
            program = resources.enter_context(proctally.program_for_everybody())
            collector = resources.enter_context(
                proctally.Running("--config", settings, command=(program,), **user)
            )
            collector.ask()
            shell = resources.enter_context(
                subprocess.Popen(
                    (cast["sh"], "-c", script), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                    stderr=subprocess.DEVNULL, **user,
                )
            )  # fmt: skip
            resources.callback(shell.kill)
            pipe = resources.enter_context(open(folder / "pipe", "wb", buffering=0))

            def accounts():
                groups = collector.ask().groups
                return {
                    role: {name: groups[role].get(name, 0) for name in COUNTERS}
                    for role in ("sh", "dd")
                }

            yield accounts, pipe, shell
            self.assertEqual((folder / "file").stat().st_size, SIZE)

    def feed(self, pipe, size):
        block = bytes(MIB)
        for _ in range(size // MIB):
            view = memoryview(block)
            while view:
                view = view[pipe.write(view) :]

    def check(self, accounts, when):
        print(f"{when}: " + ", ".join(f"{role} {io}" for role, io in accounts.items()))
        for name in COUNTERS:
            with self.subTest(when=when, counter=name):
                self.assertGreaterEqual(accounts["dd"][name], SIZE)
                self.assertLess(accounts["dd"][name], SIZE + OTHERWISE)
                self.assertLess(accounts["sh"][name], OTHERWISE)

    def run_dd(self, route, seen, **user):
        with self.shell(**user) as (accounts, pipe, shell):
            if seen:
                self.feed(pipe, SIZE // 2)
                half = accounts()
                self.assertGreater(half["dd"]["read_bytes"], SIZE // 4, "dd has not been seen")
            self.feed(pipe, SIZE // 2 if seen else SIZE)
            self.assertEqual(shell.stdout.readline(), b"reaped\n")
            self.check(accounts(), f"{route}, the shell alive")
            self.check(accounts(), f"{route}, a scan later")
            shell.communicate(b"\n")
            self.check(accounts(), f"{route}, the shell dead")

    def test_of_a_child_that_a_scan_has_seen(self):
        self.run_dd("Route A, dd seen", seen=True)

    def test_of_a_child_that_no_scan_has_seen(self):
        self.run_dd("Route A, dd unseen", seen=False)

    def test_of_a_child_that_a_scan_has_seen_without_privileges(self):
        self.run_dd("Route B, dd seen", seen=True, **conservation.NOBODY)


if __name__ == "__main__":
    outcome.main()
