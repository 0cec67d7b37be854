"""What README and man page of proctally-graphite say is what it does. What can be pasted is pasted
by graphite_paste_test.py, and the files in conf/ are held against it by graphite_conf_test.py."""

import json
import re
import shutil
import tempfile
import unittest

import fake_host
from generated import check_section
from graphite_command_lines import command_lines, service_options, try_out
from program import (ROOT, blocks, check_links, own_metrics, proctally_graphite, read, run,
                     set_man_page)

FRONT = "README.md"
README = "plugins/graphite/README.md"
MAN_PAGE = "plugins/graphite/proctally-graphite.8"
CAPABILITIES = ("CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_NET_ADMIN")


def help_text():
    """--help, with its lines joined."""
    return re.sub(r"\n {10,}", " ", proctally_graphite("--help").stdout)


def dry_run(*options, procfs):
    done = proctally_graphite("--dry-run", "--once", "--host", "web01", "--procfs", procfs,
                              *options)
    assert done.returncode == 0, done
    return done.stdout.splitlines()


def row(cells):
    return "| " + " | ".join(f"`{cell}`" for cell in cells) + " |\n"


class Generated(unittest.TestCase):
    """Parts of the README that the program can write."""

    def test_the_table_of_its_own_metrics_is_the_programs(self):
        check_section(self, README, "own metrics", own_metrics())

    def test_the_names_are_those_of_a_dry_run(self):
        rules = ("--config", ROOT / "conf/proctally.json")
        with tempfile.TemporaryDirectory() as procfs:
            fake_host.make(procfs)
            (host,) = dry_run(*rules, "--format", "json", procfs=procfs)
            groups = [group["name"] for group in json.loads(host)["groups"]]
            paths, tagged = (
                [line.split()[0] for line in dry_run(*rules, *style, procfs=procfs)
                 if re.match(r"\S+\bnum_procs\b", line)] for style in ((), ("--tags",)))
        rows = {cells[0]: cells for cells in zip(groups, paths, tagged, strict=True)}
        table = "| group | path | with `--tags` |\n|---|---|---|\n"
        for group in ("nginx", "postgres shop", "dbus.service"):
            table += row(rows[group])
        check_section(self, README, "names", table)


class Names(unittest.TestCase):
    def test_a_group_with_a_constant_name_is_sent_while_it_is_empty(self):
        with tempfile.TemporaryDirectory() as procfs:
            fake_host.make(procfs, pids={2})
            lines = dry_run("--config", ROOT / "conf/proctally.json", procfs=procfs)
        self.assertTrue(any(line.startswith("proctally.web01.nginx.num_procs 0 ")
                            for line in lines), lines)

    def test_the_row_of_a_destination_is_the_one_of_the_readme(self):
        label = "carbon.example:2003"
        (node,) = re.findall(r"proctally_self\.destination\.(\w+)\.lines_queued", read(README))
        done = proctally_graphite("--dry-run", "--once", "--template", "{host}.{metric}.{group}",
                                  "--host", "web01", "--config", self.rule_for(label))
        self.assertIn(f"num_procs.{node} ", done.stdout)

    def rule_for(self, name):
        """Settings with an empty group of this name, so that its node can be seen."""
        # pylint: disable-next=consider-using-with
        file = tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8")
        self.addCleanup(file.close)
        json.dump({"process_names": [{"name": name, "comm": ["nobody has this"]}]}, file)
        file.flush()
        return file.name


class Options(unittest.TestCase):
    def setUp(self):
        self.help = dict(re.findall("^  --([a-z-]+) (.*)", help_text(), re.MULTILINE))
        # Two that share a text.
        self.options = set(re.findall("^  --([a-z-]+)", help_text(), re.MULTILINE))
        self.assertIn("to", self.options)
        self.assertIn("config", self.options)
        self.rows = dict(re.findall("^\\| `--([a-z-]+)[^`]*` \\| (.*) \\|$", read(README),
                                    re.MULTILINE))

    def test_the_readme_has_those_that_help_has(self):
        self.assertEqual(set(self.rows), self.options)

    def test_the_man_page_has_those_that_help_has(self):
        documented = re.findall("^\\.It Fl -([a-z-]+)", read(MAN_PAGE), re.MULTILINE)
        self.assertEqual(set(documented), self.options)
        self.assertEqual(len(documented), len(self.options))

    def test_all_have_the_same_defaults(self):
        defaults = {option: found[1] for option, text in self.help.items()
                    if (found := re.search(r"\((\d\w*|\{.*\})\)", text))}
        self.assertGreater(len(defaults), 10)
        for option, default in defaults.items():
            with self.subTest(option):
                self.assertIn(f"`{default}`", self.rows[option])
                (in_man_page,) = re.findall(f"^\\.It Fl -{option}\\b.*?(?=^\\.(?:It|El))",
                                            read(MAN_PAGE), re.MULTILINE | re.DOTALL)
                self.assertIn(default, in_man_page)

    def test_the_man_page_has_the_formats(self):
        (formats,) = re.findall("of a dry run: (.*)", self.help["format"])
        for name in formats.split(", "):
            self.assertRegex(read(MAN_PAGE), f"\\.Cm .*\\b{name}\\b")
            self.assertIn(f"`{name}`", self.rows["format"])


class CommandLines(unittest.TestCase):
    def test_each_that_is_shown_is_right(self):
        texts = {path: "".join(blocks(path, "sh")) for path in (FRONT, README)}
        texts[MAN_PAGE] = "\n".join(re.findall(r"^\.Dl .*|^proctally-graphite .*\n.*",
                                               read(MAN_PAGE), re.MULTILINE))
        # Beside each stands what it is for.
        texts["--help"] = re.sub(r"(?<=\S) {2,}.*", "",
                                 proctally_graphite("--help").stdout.split("\n\n")[1])
        with tempfile.TemporaryDirectory() as procfs:
            fake_host.make(procfs)
            for where, text in texts.items():
                found = command_lines(text) + service_options(text)
                self.assertTrue(found, where)
                for arguments in found:
                    with self.subTest(where, arguments=arguments):
                        done = try_out(arguments, procfs)
                        self.assertEqual((done.returncode, done.stderr), (0, ""))

    def test_exit_codes_are_those_of_the_readme(self):
        self.assertEqual(set(re.findall(r"^\| (\d+) \|", read(README), re.MULTILINE)),
                         set(re.findall(r"^\.It (\d+)$", read(MAN_PAGE), re.MULTILINE)))
        nobody = ("--host", "web01", "--to", "tcp://127.0.0.1:1")
        for code, arguments in (
                (0, ("--check", *nobody)),
                (1, ("--once", "--stop-timeout", "100ms", *nobody)),
                (64, ()),
                (64, ("--check", "--confirm", "--to", "udp://127.0.0.1:1")),
                (78, ("--config", "/nonexistent", *nobody)),
                (78, ("--spool", "/dev/null", *nobody)),
                (78, ("--tls-ca", "/nonexistent", "--host", "web01", "--to", "tls://127.0.0.1:1")),
        ):
            with self.subTest(arguments):
                self.assertEqual(proctally_graphite(*arguments).returncode, code)
                self.assertIn(f"| {code} |", read(README))


class Messages(unittest.TestCase):
    """What the log says, as the sources have it."""

    def setUp(self):
        text = "".join(path.read_text(encoding="utf-8")
                       for path in (ROOT / "plugins/graphite").glob("*.cc")
                       if path.name != "graphite_options.cc")  # Those are of another kind.
        # What the compiler makes one of.
        text = re.sub(r'"\s*\n\s*"', "", text)
        self.literals = "\n".join(re.findall(r'"((?:[^"\\\n]|\\.)*)"', text))

    def test_those_of_the_readme_are_in_the_program(self):
        rows = re.findall(r"^\| (`(?:[WI]! |the |no answer).*?`) \|", read(README), re.MULTILINE)
        messages = [message for cells in rows for message in re.findall("`(.*?)`", cells)]
        self.assertGreater(len(messages), 15)
        for message in messages:
            # Words in capitals stand for what differs.
            literal = re.sub(r"^[WI]! |--spool: DIR |^the certificate (?=expired)", "", message)
            literal = re.sub(r"\b[NM] (lines|scans)\b", "N", literal)  # One has no s.
            for part in re.split(r"(?:\b[A-Z]{1,9}\b|[;:(),]|\bor\b)+", literal):
                if part.strip():
                    self.assertTrue(part.strip() in self.literals, (part, message))


class Texts(unittest.TestCase):
    def test_links_lead_to_files_and_headings(self):
        check_links(self, README)

    def test_the_libraries_are_those_that_the_build_links(self):
        packages = set(re.findall("^run +(\\S+)-dev$", read("packages.txt"), re.MULTILINE))
        packages -= {"libboost", "nlohmann-json3"}  # Headers only.
        (text,) = re.findall("To run, it needs (.*?)\\.\n\n", read(README), re.DOTALL)
        named = re.findall("`([^`]+)`", text)
        for package in packages:
            stem = package.removesuffix("-dev")
            self.assertTrue(any(name.startswith(stem) for name in named), package)
        self.assertEqual(len(named), len(packages))

    def test_the_same_commands_give_the_privileges_everywhere(self):
        self.assertIn(f"setcap {','.join(CAPABILITIES[i] for i in (0, 1, 2)).lower()}+ep "
                      "/usr/local/bin/proctally-graphite\n", read(README))
        for name in CAPABILITIES:
            self.assertIn(f"`{name}`", read(README))
            self.assertIn(f".It Dv {name}\n", read(MAN_PAGE))

    def test_the_man_page_has_the_environment(self):
        sources = "".join(path.read_text(encoding="utf-8")
                          for path in (ROOT / "plugins/graphite").glob("*.cc"))
        read_by_us = set(re.findall(r'getenv\("(\w+)"\)', sources))
        self.assertIn("HOST_PROC", read_by_us)
        for name in read_by_us | {"NOTIFY_SOCKET", "WATCHDOG_USEC"}:
            self.assertRegex(read(MAN_PAGE), f"\\.It Ev {name}\\b")

    @unittest.skipUnless(shutil.which("carbon-c-relay"), "carbon-c-relay is not installed")
    def test_carbon_c_relay_understands_its_line(self):
        (line,) = [text for text in blocks(README, "") if text.startswith("listen ")]
        with tempfile.NamedTemporaryFile("w", suffix=".conf", encoding="utf-8") as file:
            file.write(line)
            file.flush()
            done = run(["carbon-c-relay", "-f", file.name, "-t"])
        self.assertEqual(done.returncode, 0, done.stderr)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_the_man_page_is_set_without_a_warning(self):
        self.assertEqual(set_man_page(MAN_PAGE), (0, b""))


if __name__ == "__main__":
    unittest.main()
