"""The command lines of proctally-graphite that stand in a text."""

import re
import shlex

from program import proctally_graphite

TELLING = ("--dry-run", "--print-schema")


def command_lines(text):
    """The arguments of each, as a shell has them."""
    joined = re.sub(r"\\e?\n\s*", "", text)
    found = re.findall(r"\bproctally-graphite (-[^|;>&)`\n]*)", joined)
    return [shlex.split(arguments) for arguments in found]


def service_options(text):
    """The same, of each PROCTALLY_GRAPHITE_OPTIONS of the service, those commented out too."""
    return [shlex.split(options)
            for options in re.findall('PROCTALLY_GRAPHITE_OPTIONS="(.*?)"', text)]


def without_files(arguments):
    """The same without files that are not here."""
    given = iter(arguments)
    for argument in given:
        if argument in ("--config", "--tls-ca", "--tls-cert", "--tls-key"):
            next(given)
        else:
            yield argument


def try_out(arguments, procfs):
    """Runs one without sending anything: such as print something as they are, others with
    --check."""
    if any(option in arguments for option in (*TELLING, "--check", "--explain")):
        return proctally_graphite(*arguments, "--procfs", procfs, "--host", "web01")
    kept = [argument for argument in without_files(arguments) if argument != "--once"]
    return proctally_graphite(*kept, "--check", "--host", "web01")
