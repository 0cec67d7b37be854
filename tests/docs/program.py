"""What the tests of the documentation share: the repository's files and the programs to ask."""

import os
import pathlib
import re
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]


def read(path):
    return (ROOT / path).read_text(encoding="utf-8")


def blocks(path, language):
    """The code blocks of a language in a file of Markdown; of the language "" those of none."""
    found = re.findall("^```(\\w*)\n(.*?)^```$", read(path), re.DOTALL | re.MULTILINE)
    return [text for name, text in found if name == language]


def anchors(path):
    """What a link may name behind #, as GitHub makes it of a heading."""
    headings = re.findall("^#+ (.*)$", read(path), re.MULTILINE)
    return {re.sub("[^a-z0-9 _-]", "", text.lower()).replace(" ", "-") for text in headings}


def check_links(test, page):
    """Fails the test where a link of this page leads to no file, or to no heading of it."""
    links = re.findall(r"\]\(([^)#:]*)(?:#([^)]+))?\)", read(page))
    test.assertTrue(links)
    for target, anchor in links:
        path = (ROOT / page).parent.joinpath(target) if target else ROOT / page
        test.assertTrue(path.exists(), target)
        if anchor:
            test.assertIn(anchor, anchors(path), target)


def set_man_page(path):
    """What groff says of it: exit code and warnings."""
    done = subprocess.run(["groff", "-mandoc", "-ww", "-Tutf8", ROOT / path],
                          capture_output=True, timeout=60, check=False)
    return done.returncode, done.stderr


def run(command):
    """Runs it to its end, without anything on stdin."""
    environment = {key: value for key, value in os.environ.items() if key != "HOST_PROC"}
    return subprocess.run(list(map(str, command)), env=environment, stdin=subprocess.DEVNULL,
                          capture_output=True, encoding="utf-8", timeout=60, check=False)


def proctally_exec(*arguments):
    return run([os.environ["PROCTALLY_EXEC"], *arguments])


def proctally_graphite(*arguments):
    return run([os.environ["PROCTALLY_GRAPHITE"], *arguments])


def own_metrics():
    """The table of what proctally-graphite tells of each destination, as markdown."""
    return run([os.environ["PROCTALLY_PRINT_OWN_METRICS"]]).stdout


def catalogue(table):
    """The table "groups" or "self" as markdown."""
    program = os.environ["PROCTALLY_PRINT_CATALOGUE"]
    return subprocess.run([program, table], stdout=subprocess.PIPE, encoding="utf-8", timeout=60,
                          check=True).stdout


def check(text):
    """What --check says of the JSON text of settings."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        return proctally_exec("--check", "--config", file.name)


def without_comments(text):
    """JSON of JSON with // and /* */ comments; strings stay as they are."""
    return re.sub(r'("(?:\\.|[^"\\])*")|//[^\n]*|/\*.*?\*/', lambda match: match[1] or "", text,
                  flags=re.DOTALL)
