"""On a line that loses a tenth of all packets and is slow, or is cut for a while, all arrives."""

import contextlib
import time
import unittest

from support import accounts, graphite_pusher, lossy_link, outcome, small_host, waiting
from support.graphite_pusher import Pusher
from support.lossy_link import FAR, NetemLink, TunLink
from support.recorder import Recorder

LOSS = 0.1
DELAY_S = 0.1
TICKS = 10


class GraphiteNetemTest(unittest.TestCase):
    def setUp(self):
        outcome.need_root()

    def test_all_arrives_once_over_the_kernels_netem(self):
        self.lossy(NetemLink)

    def test_all_arrives_once_over_a_lossy_link(self):
        self.lossy(TunLink)

    def test_all_arrives_after_the_line_was_cut(self):
        """Neither end is told of it, and the connection of before goes on."""

        def cut(link):
            link.loss = 1
            time.sleep(8)
            link.loss = 0

        self.run_over(TunLink, (), loss=0, during=cut)
        self.run_over(TunLink, ("--confirm",), loss=0, during=cut)

    def lossy(self, kind):
        for options in ((), ("--confirm",)):
            with self.subTest(options=options):
                row = self.run_over(kind, options, LOSS)
                self.assertEqual(row.twice, 0)

    def run_over(self, kind, options, loss, during=lambda link: None):
        with contextlib.ExitStack() as resources:
            near = resources.enter_context(lossy_link.namespace())
            far = resources.enter_context(lossy_link.namespace())
            link = resources.enter_context(kind(near, far, loss, DELAY_S))
            receiver = resources.enter_context(Recorder(address=FAR, within=far))
            # Not over the line.
            truth = resources.enter_context(Recorder(within=near))
            # Few lines, as TCP gets 30 kB a second through at most.
            procfs = resources.enter_context(small_host.of_groups(2))
            words = [*graphite_pusher.arguments(receiver, truth), "--procfs", procfs, *options]
            pusher = Pusher(*words, command=(*near, graphite_pusher.PROGRAM))
            resources.enter_context(pusher)
            waiting.until(lambda: len(truth.ticks()) >= 2, "ticks")
            during(link)
            waiting.until(lambda: len(truth.ticks()) >= TICKS, "ticks")

            def delivered():
                time.sleep(0.1)
                return pusher.counters()[receiver.url].waiting() == 0

            waiting.until(delivered, "all to arrive")
            counters = pusher.finish()[receiver.url]
            name = f"{kind.__name__}, loss {loss:.0%}, {' '.join(options) or 'plain'}"
            row = accounts.settle(name, truth.lines(), receiver.lines(), counters)
            print(accounts.table([row]))
            if kind is TunLink:
                print(f"{link.passed} packets passed, {link.lost} were lost")
            self.assertEqual(row.unconfirmed + row.undelivered, 0)
            self.assertEqual(row.dropped, {})
            self.assertEqual(accounts.missing_ticks(truth.ticks()), [])
            return row


if __name__ == "__main__":
    outcome.main()
