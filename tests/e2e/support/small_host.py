"""A procfs of a few processes that never change: every scan of it says the same."""

import contextlib
import importlib.util
import tempfile
from pathlib import Path

_FAKE_HOST = Path(__file__).resolve().parents[2] / "docs" / "fake_host.py"


def _fake_host():
    spec = importlib.util.spec_from_file_location("fake_host", _FAKE_HOST)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@contextlib.contextmanager
def small():
    """Yields its folder: the host of the examples in the documentation, readable by everybody."""
    with tempfile.TemporaryDirectory() as folder:
        _fake_host().make(folder)
        Path(folder).chmod(0o755)
        yield folder


@contextlib.contextmanager
def of_groups(count):
    """Yields the folder of a host with so many processes, each a group of its own."""
    module = _fake_host()
    module.PROCESSES = [
        (100 + i, 1 if i else 0, f"group{i:05}", [f"/usr/bin/group{i:05}"], 0, "/", None)
        for i in range(count)
    ]
    with tempfile.TemporaryDirectory() as folder:
        module.make(folder)
        Path(folder).chmod(0o755)
        yield folder
