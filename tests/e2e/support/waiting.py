"""Waiting for something to become true, without saying how fast it has to be."""

import time

# A machine that is busy with other things must not fail a test; nothing waits so long otherwise.
PATIENCE_S = 60


def until(is_true, what):
    """Asks again and again and gives the first answer that is true."""
    deadline = time.monotonic() + PATIENCE_S
    while True:
        answer = is_true()
        if answer:
            return answer
        assert time.monotonic() < deadline, f"waited {PATIENCE_S} s in vain for {what}"
        time.sleep(0.02)
