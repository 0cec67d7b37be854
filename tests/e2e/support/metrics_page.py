"""Fetching what a server on this host publishes for Prometheus."""

import urllib.request

from support.waiting import PATIENCE_S

_OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def get(address, path="/metrics"):
    """The bytes of a page; anything but 200 is an error."""
    with _OPENER.open(f"http://{address}{path}", timeout=PATIENCE_S) as answer:
        return answer.read()
