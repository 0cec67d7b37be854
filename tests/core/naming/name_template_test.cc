#include "core/naming/name_template.h"

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "tests/core/naming/made_process.h"

namespace proctally::naming {
namespace {

std::string render(std::string_view text, const MadeProcess& process,
                   const Captures& captures = {}) {
  std::vector<std::string> names;
  for (const auto& [name, value] : captures.named) names.push_back(name);
  return NameTemplate(text, names).render(process.facts(), captures);
}

/// The message with which a template is refused; "" if it is not.
std::string refusal_of(std::string_view text, const std::vector<std::string>& captures = {}) {
  try {
    const NameTemplate accepted(text, captures);
    return "";
  } catch (const std::invalid_argument& error) {
    return error.what();
  }
}

const std::string kAllowed =
    "allowed: {{.Comm}} {{.ExeBase}} {{.ExeFull}} {{.Username}} {{.PID}} {{.StartTime}} "
    "{{.Matches.NAME}} {{.Capture}} {{.Cgroups}} {{index .Cgroups N}} {{.Unit}} {{.Container}}";

TEST(NameTemplateTest, RendersEachVariable) {
  const std::string id(64, 'a');
  MadeProcess process;
  process.cgroups = {"/system.slice/nginx.service", "/docker/" + id};
  EXPECT_EQ(render("{{.Comm}}", process), "nginx");
  EXPECT_EQ(render("{{.ExeBase}}", process), "nginx");
  EXPECT_EQ(render("{{.ExeFull}}", process), "/usr/sbin/nginx");
  EXPECT_EQ(render("{{.Username}}", process), "www-data");
  EXPECT_EQ(render("{{.PID}}", process), "23");
  EXPECT_EQ(render("{{.StartTime}}", process), "2017-10-19 22:52:51.19 +0000 UTC");
  EXPECT_EQ(render("{{.Cgroups}}", process), "[/system.slice/nginx.service /docker/" + id + "]");
  EXPECT_EQ(render("{{index .Cgroups 0}}", process), "/system.slice/nginx.service");
  EXPECT_EQ(render("{{index .Cgroups 1}}", process), "/docker/" + id);
  EXPECT_EQ(render("{{.Unit}}", process), "nginx.service");
  EXPECT_EQ(render("{{.Container}}", process), id);
  const Captures captures = {.named = {{"port", "80"}, {"dir", "/srv"}}, .first = "/srv"};
  EXPECT_EQ(render("{{.Matches.port}}", process, captures), "80");
  EXPECT_EQ(render("{{.Capture}}", process, captures), "/srv");
}

TEST(NameTemplateTest, KeepsTheTextAroundVariables) {
  const MadeProcess process;
  EXPECT_EQ(render("web", process), "web");
  EXPECT_EQ(render("a {{.PID}}:{{.Comm}}{{.PID}}\tz", process), "a 23:nginx23\tz");
  EXPECT_EQ(render("{ }} {{.PID}} }", process), "{ }} 23 }");
}

TEST(NameTemplateTest, FindsACaptureByIndexToo) {
  const Captures captures = {.named = {{"port", "80"}}, .first = {}};
  EXPECT_EQ(render(R"(<{{index .Matches "port"}}>)", {}, captures), "<80>");
  EXPECT_EQ(render("<{{ index  .Matches  `port` }}>", {}, captures), "<80>");
}

TEST(NameTemplateTest, AllowsBlanksInsideTheBraces) {
  const MadeProcess process;
  EXPECT_EQ(render("{{ .Comm }}", process), "nginx");
  EXPECT_EQ(render("{{\t.Comm  }}", process), "nginx");
  EXPECT_EQ(render("{{  index \t.Cgroups   0 }}", process), "/system.slice/nginx.service");
}

TEST(NameTemplateTest, TakesCommAsItIsWhereThereIsNoCommandLine) {
  MadeProcess process{.comm = "kworker/0:1H-events"};
  process.slow = {};
  EXPECT_EQ(render("{{.ExeBase}}", process), "kworker/0:1H-events");
  EXPECT_EQ(render("{{.ExeFull}}", process), "kworker/0:1H-events");
  process.run({});
  EXPECT_EQ(render("{{.ExeBase}}", process), "kworker/0:1H-events");
  EXPECT_EQ(render("{{.ExeFull}}", process), "kworker/0:1H-events");
}

TEST(NameTemplateTest, TakesTheBaseOfRewrittenTitlesAsProcessExporterDoes) {
  const auto base_of = [](const std::string& argv0) {
    MadeProcess process;
    return render("{{.ExeBase}}", process.run({argv0}));
  };
  EXPECT_EQ(base_of("nginx: worker process"), "nginx: worker process");
  EXPECT_EQ(base_of("nginx: master process /usr/sbin/nginx -g daemon on;"), "nginx -g daemon on;");
  EXPECT_EQ(base_of("sshd: user@pts/0"), "0");
  EXPECT_EQ(base_of("postgres: writer process   "), "postgres: writer process   ");
  EXPECT_EQ(base_of("/"), "/");
}

TEST(NameTemplateTest, NumbersAUserWithoutANameAndLeavesOutAnUnknownOne) {
  MadeProcess process;
  process.slow.user_name.reset();
  EXPECT_EQ(render("{{.Username}}", process), "33");
  process.effective_uid.reset();
  EXPECT_EQ(render("<{{.Username}}>", process), "<>");
}

TEST(NameTemplateTest, LeavesOutWhatCgroupsDoNotTell) {
  MadeProcess process;
  process.cgroups.reset();
  EXPECT_EQ(render("<{{.Cgroups}}>", process), "<[]>");
  EXPECT_EQ(render("<{{index .Cgroups 0}}>", process), "<>");
  EXPECT_EQ(render("<{{.Unit}}>", process), "<>");
  EXPECT_EQ(render("<{{.Container}}>", process), "<>");
  process.cgroups = {"/one"};
  EXPECT_EQ(render("A{{index .Cgroups 1}}B", process), "AB");
}

TEST(NameTemplateTest, PrintsStartTimesAsGoDoes) {
  const auto printed = [](std::int64_t unix_ns) {
    return render("{{.StartTime}}", {.start_unix_ns = unix_ns});
  };
  EXPECT_EQ(printed(1'508'453'571'000'000'000), "2017-10-19 22:52:51 +0000 UTC");
  EXPECT_EQ(printed(1'508'453'571'190'000'000), "2017-10-19 22:52:51.19 +0000 UTC");
  EXPECT_EQ(printed(1'508'453'571'200'000'000), "2017-10-19 22:52:51.2 +0000 UTC");
  EXPECT_EQ(printed(1'508'453'571'050'000'000), "2017-10-19 22:52:51.05 +0000 UTC");
  EXPECT_EQ(printed(1'508'453'571'009'999'999), "2017-10-19 22:52:51 +0000 UTC");
  EXPECT_EQ(printed(0), "1970-01-01 00:00:00 +0000 UTC");
  EXPECT_EQ(printed(1'709'164'800'000'000'000), "2024-02-29 00:00:00 +0000 UTC");
}

TEST(NameTemplateTest, PassesOnWhateverBytesAProcessHas) {
  MadeProcess process{.comm = "a\n\xff{{.PID}}"};
  EXPECT_EQ(render("{{.Comm}}!", process), "a\n\xff{{.PID}}!");
}

TEST(NameTemplateTest, GivesNothingForACaptureThatTookNoPart) {
  const NameTemplate name("<{{.Matches.port}}>", {"port"});
  EXPECT_EQ(name.render(MadeProcess().facts(), {}), "<>");
}

TEST(NameTemplateTest, RefusesWithPlaceReasonAndWhatIsAllowed) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "empty name; " + kAllowed},
      {"a{{.Comm", "{{ at byte 1 without }}; " + kAllowed},
      {"{{", "{{ at byte 0 without }}; " + kAllowed},
      {"é{{.Comm}", "{{ at byte 2 without }}; " + kAllowed},
      {"{{.Comm}} {{.Exe}}", "{{.Exe}} at byte 10 is unknown; " + kAllowed},
      {"{{.comm}}", "{{.comm}} at byte 0 is unknown; " + kAllowed},
      {"{{Comm}}", "{{Comm}} at byte 0 is unknown; " + kAllowed},
      {"{{}}", "{{}} at byte 0 is unknown; " + kAllowed},
      {"{{ }}", "{{}} at byte 0 is unknown; " + kAllowed},
      {"{{- .Comm -}}",
       "{{- .Comm -}} at byte 0 is unknown, {{- and -}} trim nothing here: leave the - out; " +
           kAllowed},
      {"a {{.Comm -}}",
       "{{.Comm -}} at byte 2 is unknown, {{- and -}} trim nothing here: leave the - out; " +
           kAllowed},
      {"{{/* why */}}", "{{/* why */}} at byte 0 is unknown; " + kAllowed},
      {"{{\"text\"}}", "{{\"text\"}} at byte 0 is unknown; " + kAllowed},
      {"{{printf \"%s\" .Comm}}", "{{printf \"%s\" .Comm}} at byte 0 is unknown; " + kAllowed},
      {"{{if .Comm}}x{{end}}", "{{if .Comm}} at byte 0 is unknown; " + kAllowed},
      {"{{range .Cgroups}}", "{{range .Cgroups}} at byte 0 is unknown; " + kAllowed},
      {"{{$x := .Comm}}", "{{$x := .Comm}} at byte 0 is unknown; " + kAllowed},
      {"{{.}}", "{{.}} at byte 0 is unknown; " + kAllowed},
      {"{{.Capture.x}}", "{{.Capture.x}} at byte 0 is unknown; " + kAllowed},
      {"{{.Comm | printf \"%s\"}}", "{{.Comm | printf \"%s\"}} at byte 0 is unknown; " + kAllowed},
      {"{{.Matches}}",
       "{{.Matches}} at byte 0 is unknown, name the one that is meant: {{.Matches.NAME}}; " +
           kAllowed},
      {"{{index .Cgroups}}", "{{index .Cgroups}} at byte 0 is unknown; " + kAllowed},
      {"{{index .Cgroups -1}}", "{{index .Cgroups -1}} at byte 0 is unknown; " + kAllowed},
      {"{{index .Cgroups 1x}}", "{{index .Cgroups 1x}} at byte 0 is unknown; " + kAllowed},
      {"{{index .Cgroups 1 2}}", "{{index .Cgroups 1 2}} at byte 0 is unknown; " + kAllowed},
      {"{{index .Matches 0}}", "{{index .Matches 0}} at byte 0 is unknown; " + kAllowed},
      {"{{index .Matches port}}", "{{index .Matches port}} at byte 0 is unknown; " + kAllowed},
      {R"({{index .Matches "a\x41"}})",
       R"({{index .Matches "a\x41"}} at byte 0 is unknown; )" + kAllowed},
      {R"({{index .Matches "port"}})",
       R"({{index .Matches "port"}} at byte 0: no cmdline expression of this item captures )"
       "(?P<port>...); it captures none"},
      {"x{{.Matches.port}}",
       "{{.Matches.port}} at byte 1: no cmdline expression of this item captures (?P<port>...); it "
       "captures none"},
  };
  for (const auto& [text, message] : cases) EXPECT_EQ(refusal_of(text), message) << text;
  EXPECT_EQ(refusal_of("{{.Matches.prot}}", {"port", "host"}),
            "{{.Matches.prot}} at byte 0: no cmdline expression of this item captures "
            "(?P<prot>...); captured: port, host");
}

TEST(NameTemplateTest, IsConstantWithoutVariables) {
  EXPECT_TRUE(NameTemplate("web }} server", {}).is_constant());
  EXPECT_FALSE(NameTemplate("web-{{.PID}}", {}).is_constant());
  EXPECT_EQ(NameTemplate("web-{{.PID}}", {}).text(), "web-{{.PID}}");
}

TEST(NameTemplateTest, NeedsOnlyTheFactsThatItsVariablesShow) {
  const auto needs_of = [](std::string_view text) {
    const auto needs = NameTemplate(text, {"x"}).needs();
    std::string named;
    if (needs.cmdline) named += "cmdline ";
    if (needs.exe_path) named += "exe_path ";
    if (needs.user) named += "user ";
    if (needs.cgroups) named += "cgroups ";
    return named;
  };
  EXPECT_EQ(needs_of("a {{.Comm}} {{.PID}} {{.StartTime}}"), "");
  EXPECT_EQ(needs_of("{{.ExeBase}}"), "cmdline ");
  EXPECT_EQ(needs_of("{{.ExeFull}}"), "cmdline ");
  EXPECT_EQ(needs_of("{{.Matches.x}}"), "cmdline ");
  EXPECT_EQ(needs_of("{{index .Matches \"x\"}}"), "cmdline ");
  EXPECT_EQ(needs_of("{{.Capture}}"), "cmdline ");
  EXPECT_EQ(needs_of("{{.Username}}"), "user ");
  EXPECT_EQ(needs_of("{{.Cgroups}}"), "cgroups ");
  EXPECT_EQ(needs_of("{{index .Cgroups 0}}"), "cgroups ");
  EXPECT_EQ(needs_of("{{.Unit}}"), "cgroups ");
  EXPECT_EQ(needs_of("{{.Container}}"), "cgroups ");
  EXPECT_EQ(needs_of("{{.ExeBase}}{{.Username}}{{.Unit}}"), "cmdline user cgroups ");
}

TEST(BaseNameTest, IsGosFilepathBase) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", "."},    {"/", "/"},    {"///", "/"},       {"a", "a"},     {"/a", "a"},
      {"/a/", "a"}, {"/a//", "a"}, {"/a/b", "b"},      {"a/b/c", "c"}, {".", "."},
      {"./x", "x"}, {"..", ".."},  {"/usr/ x ", " x "}};
  for (const auto& [path, base] : cases) EXPECT_EQ(base_name(path), base) << path;
}

}  // namespace
}  // namespace proctally::naming
