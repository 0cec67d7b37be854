"""A process that does what it is told and nothing else, and knows exactly what that took."""

import os
import resource
import threading
import time
from dataclasses import dataclass

from support import children


@dataclass(frozen=True)
class Used:
    """In its whole life, threads that have ended included."""

    cpu_ns: int
    voluntary_switches: int


class Puppet:
    """Its body is for children.running(); orders work once it runs. It bears the name from its
    birth on."""

    def __init__(self, name):
        self._name = name
        self._orders = os.pipe()
        self._answers = os.pipe()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for end in (*self._orders, *self._answers):
            os.close(end)

    def body(self):
        children.set_comm(self._name.encode())
        return self._obey

    def work(self, seconds):
        """Uses so much CPU more. Each order gives what was used up to its end."""
        return self._order(f"work {seconds}")

    def rename(self, name):
        return self._order(f"rename {name}")

    def start_threads(self, count, sleeps):
        """Threads that give up their CPU so many times each, and then stay."""
        return self._order(f"start_threads {count} {sleeps}")

    def end_threads(self):
        return self._order("end_threads")

    def end(self):
        """Its end; it stays a zombie until children.running() reaps it."""
        return self._order("end")

    def _order(self, words):
        os.write(self._orders[1], f"{words}\n".encode())
        answer = os.read(self._answers[0], 100).split()
        return Used(*map(int, answer))

    def _obey(self):
        go_on = threading.Event()
        threads = []
        with os.fdopen(self._orders[0], "r", closefd=False) as orders:
            for line in orders:
                order, *words = line.split()
                if order == "work":
                    _burn(float(words[0]))
                elif order == "rename":
                    children.set_comm(words[0].encode())
                elif order == "start_threads":
                    threads = _start_threads(int(words[0]), int(words[1]), go_on)
                elif order == "end_threads":
                    go_on.set()
                    for thread in threads:
                        thread.join()
                switches = resource.getrusage(resource.RUSAGE_SELF).ru_nvcsw
                os.write(self._answers[1], b"%d %d" % (time.process_time_ns(), switches))
                if order == "end":
                    os._exit(0)


def _burn(seconds):
    until = time.process_time() + seconds
    while time.process_time() < until:
        sum(range(1000))


def _start_threads(count, sleeps, go_on):
    done = threading.Barrier(count + 1)

    def live():
        for _ in range(sleeps):
            time.sleep(0.0001)
        done.wait()
        go_on.wait()

    threads = [threading.Thread(target=live, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()
    done.wait()
    return threads
