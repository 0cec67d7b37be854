"""What README and man page of collectd's plugin say is what it understands, and what its sample
shows. The tables of names are held against a real collectd by tests/e2e/collectd_names_test.py, and
the sample by collectd_config_test.py."""

import re
import shutil
import unittest

from program import blocks, catalogue, check_links, read, set_man_page

FRONT = "README.md"
README = "plugins/collectd/README.md"
MAN_PAGE = "plugins/collectd/proctally-collectd.5"
SAMPLE = "conf/collectd.conf"


def words():
    """The statements that the plugin understands."""
    found = re.findall('^inline constexpr .* k\\w+ = "(\\w+)";$',
                       read("plugins/collectd/statement.h"), re.MULTILINE)
    assert len(found) >= 8, found
    return set(found)


def families():
    rows = [line.split(" | ") for line in catalogue("groups").splitlines()[2:]]
    return {row[3] for row in rows}


def uncommented():
    """The lines of the sample without their indentation, the statements commented out too. Prose
    has two of #."""
    lines = (line.strip() for line in read(SAMPLE).splitlines())
    return [line.removeprefix("# ").strip() for line in lines if not line.startswith("##")]


def displays():
    """What the man page shows as it is."""
    found = re.findall("^\\.Bd .*?\n(.*?)^\\.Ed$", read(MAN_PAGE), re.DOTALL | re.MULTILINE)
    return [text.replace("\\e", "\\") for text in found]


def of_collectd(texts):
    """Those that are parts of collectd.conf."""
    return [text for text in texts if re.search("^<(Load)?Plugin proctally>$", text, re.MULTILINE)]


class Statements(unittest.TestCase):
    def test_the_readme_has_those_that_are_understood(self):
        self.assertEqual(set(re.findall("^\\| `([A-Z]\\w+) ", read(README), re.MULTILINE)), words())

    def test_the_man_page_has_those_that_are_understood(self):
        self.assertEqual(set(re.findall("^\\.It Ic (\\w+)", read(MAN_PAGE), re.MULTILINE)), words())

    def test_the_sample_has_those_that_are_understood(self):
        shown = {re.match("<?(\\w*)", line)[1] for line in uncommented()}
        self.assertEqual(shown - {"LoadPlugin", "Interval", "Plugin", ""}, words())

    def test_all_have_the_families_of_the_catalogue(self):
        (in_readme,) = re.findall('^\\| `Collect "FAMILY".* in place of all but `pss`: (.*?)\\.',
                                  read(README), re.MULTILINE)
        self.assertEqual(set(re.findall("\\w+", in_readme)), families())
        (in_man_page,) = re.findall("in place of all but the last:\n\\.Cm (.*) \\.$", read(MAN_PAGE),
                                    re.MULTILINE)
        self.assertEqual(set(in_man_page.split(" , ")), families())
        (in_sample,) = re.findall("in place of all but the last: (.*?)\\.", read(SAMPLE), re.DOTALL)
        self.assertEqual(set(in_sample.replace("##", "").split()), families())


class Sample(unittest.TestCase):
    def test_what_is_shown_elsewhere_are_lines_of_it(self):
        lines = uncommented()
        for path, texts in ((FRONT, blocks(FRONT, "")), (README, blocks(README, "")),
                            (MAN_PAGE, displays())):
            shown = of_collectd(texts)
            self.assertTrue(shown, path)
            for text in shown:
                for line in text.splitlines():
                    self.assertIn(line.strip(), lines, path)

    def test_all_begin_with_the_same(self):
        first = of_collectd(blocks(README, ""))[0]
        self.assertEqual(of_collectd(blocks(FRONT, ""))[0], first)
        self.assertEqual(of_collectd(displays())[0], first)

    def test_only_the_defaults_are_in_effect(self):
        lines = (line.strip() for line in read(SAMPLE).splitlines())
        in_effect = [line for line in lines if line and not line.startswith("#")]
        self.assertEqual(in_effect, ["LoadPlugin proctally", "<Plugin proctally>", "</Plugin>"])


class Texts(unittest.TestCase):
    def test_links_lead_to_files_and_headings(self):
        check_links(self, README)

    def test_the_same_command_gives_the_privileges_everywhere(self):
        names = ("cap_sys_ptrace", "cap_dac_read_search", "cap_net_admin")
        for path in (FRONT, README, MAN_PAGE):
            self.assertIn(f"setcap {','.join(names)}+ep ", read(path), path)
            self.assertIn(f"\nAmbientCapabilities={' '.join(names).upper()}\n", read(path), path)

    @unittest.skipUnless(shutil.which("groff"), "groff is not installed")
    def test_the_man_page_is_set_without_a_warning(self):
        self.assertEqual(set_man_page(MAN_PAGE), (0, b""))


if __name__ == "__main__":
    unittest.main()
