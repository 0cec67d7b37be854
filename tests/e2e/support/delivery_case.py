"""One receiver to which something happens, beside one that is always well."""

import time

from support import accounts, waiting

# Of the back-off after a minute: a wait of up to a minute more.
_PATIENCE_S = 180


class Case:
    """One receiver that is not well, one that is, and a pusher that sends to both."""

    def __init__(self, name, mode, receiver, pusher, truth):
        self.name = f"{name}, {mode}"
        self.mode = mode
        self.receiver = receiver
        self.pusher = pusher
        self.truth = truth
        self.notes = []

    def wait_for_ticks(self, count):
        """Until the receiver that is well has so many more."""
        enough = len(self.truth.ticks()) + count
        waiting.until(lambda: len(self.truth.ticks()) >= enough, f"{self.name}: ticks")

    def counters(self):
        return self.pusher.counters()[self.pusher.urls[0]]

    def wait_for_delivery(self):
        """Until nothing waits, looked at between two ticks."""
        deadline = time.monotonic() + _PATIENCE_S

        def delivered():
            time.sleep(0.2)
            counters = self.counters()
            # What is kept safe is in flight for long; it is delivered at the end.
            kept = counters["lines_in_flight"] if self.mode == "keep-safe" else 0
            return counters.waiting() == kept

        while not delivered():
            assert time.monotonic() < deadline, f"{self.name}: {self.pusher.log()[-20:]}"

    def finish(self, *receivers):
        """Lets it end well, and settles the accounts with what these have: the row, and the
        counters."""
        self.wait_for_ticks(3)
        self.wait_for_delivery()
        at_end = self.pusher.finish()
        lines = [line for receiver in receivers for line in receiver.lines()]
        url, truth_url = self.pusher.urls
        at_end[truth_url].check()
        row = accounts.settle(self.name, self.truth.lines(), lines, at_end[url])
        late = accounts.missing_ticks(self.truth.ticks())
        assert not late, f"{self.name}: no scan at {late}: {self.pusher.log()}"
        return row, at_end[url]
