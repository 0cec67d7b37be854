"""How a test file ends: the exit code that ctest reads, and the reasons to skip."""

import os
import shutil
import sys
import unittest

# tests/e2e/CMakeLists.txt names it as SKIP_RETURN_CODE.
_SKIPPED = 77


def main():
    """Runs the tests of the calling file; a skip shows as one in ctest too."""
    result = unittest.main(verbosity=2, exit=False).result
    if not result.wasSuccessful():
        sys.exit(1)
    if result.testsRun == 0 and not result.skipped:
        sys.exit("no test was run")
    for test, reason in result.skipped:
        print(f"skipped: {test}: {reason}")
    sys.exit(_SKIPPED if result.skipped else 0)


def need_root():
    """Skips where the machine cannot be prepared without root."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root")


def need_debian_peer(program, package):
    """The path of a program that comes with a Debian package: without it skips, in CI fails."""
    path = shutil.which(program)
    if path is None:
        miss_debian_peer(program, package)
    return path


def miss_debian_peer(what, package):
    """Because of something that comes with a Debian package skips, in CI fails."""
    if os.environ.get("CI") == "true":
        raise AssertionError(f"{what} is missing in CI: install the Debian package {package}")
    raise unittest.SkipTest(f"{what} is missing: install the Debian package {package}")
