#include "core/naming/rule.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "tests/core/naming/made_process.h"

namespace proctally::naming {
namespace {

using testing::ElementsAre;
using testing::Pair;

std::vector<std::shared_ptr<const RE2>> expressions(const std::vector<std::string>& texts) {
  std::vector<std::shared_ptr<const RE2>> made;
  made.reserve(texts.size());
  for (const auto& text : texts) made.push_back(std::make_shared<RE2>(text));
  return made;
}

Verdict verdict_of(const Selectors& selectors, const MadeProcess& process,
                   std::string_view name = "x") {
  Captures captures;
  return Rule(selectors, NameTemplate(name, {})).match(process.facts(), captures);
}

bool matches(const Selectors& selectors, const MadeProcess& process = {}) {
  return verdict_of(selectors, process) == Verdict::yes;
}

Captures all_captures_of(const std::vector<std::string>& texts,
                         const std::vector<std::string>& argv) {
  Captures captures;
  const Rule rule({.cmdline = expressions(texts)}, std::nullopt);
  MadeProcess process;
  EXPECT_EQ(rule.match(process.run(argv).facts(), captures), Verdict::yes);
  return captures;
}

/// Those of named groups.
std::map<std::string, std::string, std::less<>> captures_of(const std::vector<std::string>& texts,
                                                            const std::vector<std::string>& argv) {
  return all_captures_of(texts, argv).named;
}

TEST(RuleTest, MatchesCommExactly) {
  EXPECT_TRUE(matches({.comm = {"nginx"}}));
  EXPECT_FALSE(matches({.comm = {"ngin"}}));
  EXPECT_FALSE(matches({.comm = {"nginx2"}}));
  EXPECT_FALSE(matches({.comm = {"Nginx"}}));
  EXPECT_FALSE(matches({.comm = {"ngin.", "n*"}}));
  EXPECT_TRUE(matches({.comm = {"a) (b\n"}}, {.comm = "a) (b\n"}));
}

TEST(RuleTest, MatchesExeWithoutASlashByItsBaseName) {
  EXPECT_TRUE(matches({.exe = {"nginx"}}));
  MadeProcess process;
  EXPECT_TRUE(matches({.exe = {"pg"}}, process.run({"./pg", "-D"})));
  EXPECT_TRUE(matches({.exe = {"pg"}}, process.run({"pg"})));
  EXPECT_FALSE(matches({.exe = {"pg"}}, process.run({"/pg/x"})));
  EXPECT_FALSE(matches({.exe = {"pg"}}, process.run({"apg"})));
}

TEST(RuleTest, MatchesExeWithASlashAsAWhole) {
  EXPECT_TRUE(matches({.exe = {"/usr/sbin/nginx"}}));
  EXPECT_FALSE(matches({.exe = {"sbin/nginx"}}));
  MadeProcess process;
  EXPECT_TRUE(matches({.exe = {"./pg"}}, process.run({"./pg"})));
  EXPECT_FALSE(matches({.exe = {"./pg"}}, process.run({"pg"})));
  EXPECT_FALSE(matches({.exe = {"/opt/pg"}}, process.run({"/opt/pg/"})));
}

TEST(RuleTest, KeepsTwoPathsOfOneBaseNameApart) {
  MadeProcess process;
  const Selectors either{.exe = {"/usr/bin/pg", "/opt/pg"}};
  EXPECT_TRUE(matches(either, process.run({"/usr/bin/pg"})));
  EXPECT_TRUE(matches(either, process.run({"/opt/pg"})));
  EXPECT_FALSE(matches(either, process.run({"/home/pg"})));
  EXPECT_TRUE(matches({.exe = {"pg", "/opt/pg"}}, process));
}

TEST(RuleTest, MatchesNoExeWhereThereIsNoCommandLine) {
  MadeProcess process;
  EXPECT_FALSE(matches({.exe = {"nginx"}}, process.run({})));
  EXPECT_FALSE(matches({.exe = {"."}}, process));
}

TEST(RuleTest, MatchesTheRealProgramByBaseNameOrPath) {
  MadeProcess process;
  process.slow.exe_path = "/opt/app/server";
  EXPECT_TRUE(matches({.exe_path = {"server"}}, process));
  EXPECT_TRUE(matches({.exe_path = {"/opt/app/server"}}, process));
  EXPECT_FALSE(matches({.exe_path = {"app/server"}}, process));
  EXPECT_FALSE(matches({.exe_path = {"/opt/app"}}, process));
}

TEST(RuleTest, MatchesAProgramThatWasReplacedOnDisk) {
  MadeProcess process;
  process.slow.exe_path = "/opt/app/server (deleted)";
  EXPECT_TRUE(matches({.exe_path = {"server"}}, process));
  EXPECT_TRUE(matches({.exe_path = {"/opt/app/server"}}, process));
  process.slow.exe_path = "/opt/(deleted)";
  EXPECT_TRUE(matches({.exe_path = {"(deleted)"}}, process));
}

TEST(RuleTest, MatchesTheUserByNameOrNumber) {
  EXPECT_TRUE(matches({.user = {"www-data"}}));
  EXPECT_TRUE(matches({.user = {"33"}}));
  EXPECT_FALSE(matches({.user = {"root", "0", "3", "333", "www"}}));
}

TEST(RuleTest, MatchesCgroupsByGlobOverWholePaths) {
  EXPECT_TRUE(matches({.cgroup = {"/system.slice/nginx.service"}}));
  EXPECT_TRUE(matches({.cgroup = {"*"}}));
  EXPECT_TRUE(matches({.cgroup = {"/system.slice/*"}}));
  EXPECT_TRUE(matches({.cgroup = {"*/nginx.serv?ce"}}));
  EXPECT_TRUE(matches({.cgroup = {"/system.slice/[mn]ginx.service"}}));
  EXPECT_FALSE(matches({.cgroup = {"/system.slice"}}));
  EXPECT_FALSE(matches({.cgroup = {"nginx.service"}}));
  EXPECT_TRUE(matches({.cgroup = {"/a/*"}}, {.cgroups = {{"/", "/a/b/c"}}}));
  EXPECT_FALSE(matches({.cgroup = {"*"}}, {.cgroups = {{}}}));
}

TEST(RuleTest, SearchesCommandLinesUnanchored) {
  EXPECT_TRUE(matches({.cmdline = expressions({"daemon"})}));
  EXPECT_TRUE(matches({.cmdline = expressions({"^/usr/sbin/nginx -g"})}));
  EXPECT_FALSE(matches({.cmdline = expressions({"^daemon"})}));
  MadeProcess process;
  EXPECT_FALSE(matches({.cmdline = expressions({".+"})}, process.run({})));
  EXPECT_TRUE(matches({.cmdline = expressions({".*"})}, process));
  EXPECT_TRUE(matches({.cmdline = expressions({"a  b$"})}, process.run({"a", "", "b", ""})));
  EXPECT_FALSE(matches({.cmdline = expressions({"a.b"})}, process.run({"a\nb"})));
}

TEST(RuleTest, IsNotHiddenFromByBytesThatAreNoUtf8) {
  MadeProcess process;
  EXPECT_TRUE(matches({.cmdline = expressions({".+"})}, process.run({"\xff"})));
  EXPECT_TRUE(matches({.cmdline = expressions({"^java.*Main$"})},
                      process.run({"java", "-Dname=M\xfcller", "Main"})));
  EXPECT_TRUE(matches({.cmdline = expressions({"^a.b$"})}, process.run({"a\xe2"
                                                                        "b"})));
  EXPECT_FALSE(matches({.cmdline = expressions({"^a.b$"})}, process.run({"a\xe2\x82"
                                                                         "b"})));
  EXPECT_TRUE(matches({.cmdline = expressions({"^.$"})}, process.run({"€"})));
}

TEST(RuleTest, CapturesTheBytesAsTheyAre) {
  const std::string hostile = "\xff\xe2\x82/€\xfc";
  EXPECT_THAT(captures_of({"-D=(?P<dir>\\S+) (?P<rest>.*)"}, {"x", "-D=" + hostile, "y\xff", "€"}),
              ElementsAre(Pair("dir", hostile), Pair("rest", "y\xff €")));
  EXPECT_THAT(captures_of({"(?P<all>.*)$"}, {"\xff"}), ElementsAre(Pair("all", "\xff")));
  EXPECT_THAT(captures_of({"\xef\xbf\xbd(?P<next>.)"}, {"\xff!"}), ElementsAre(Pair("next", "!")));
}

TEST(RuleTest, TellsKernelThreadsFromPrograms) {
  EXPECT_TRUE(matches({.kernel_thread = false}));
  EXPECT_FALSE(matches({.kernel_thread = true}));
  EXPECT_TRUE(matches({.kernel_thread = true}, {.is_kernel_thread = true}));
  EXPECT_FALSE(matches({.kernel_thread = false}, {.is_kernel_thread = true}));
}

TEST(RuleTest, AsksForAllSelectorsAtOnce) {
  const Selectors all{.comm = {"nginx"},
                      .exe = {"nginx"},
                      .exe_path = {"/usr/sbin/nginx"},
                      .user = {"www-data"},
                      .cgroup = {"*.service"},
                      .cmdline = expressions({"-g"}),
                      .kernel_thread = false};
  EXPECT_TRUE(matches(all));
  const auto with = [&all](auto change) {
    auto changed = all;
    change(changed);
    return matches(changed);
  };
  EXPECT_FALSE(with([](Selectors& s) { s.comm = {"x"}; }));
  EXPECT_FALSE(with([](Selectors& s) { s.exe = {"x"}; }));
  EXPECT_FALSE(with([](Selectors& s) { s.exe_path = {"x"}; }));
  EXPECT_FALSE(with([](Selectors& s) { s.user = {"x"}; }));
  EXPECT_FALSE(with([](Selectors& s) { s.cgroup = {"x"}; }));
  EXPECT_FALSE(with([](Selectors& s) { s.cmdline = expressions({"absent"}); }));
  EXPECT_FALSE(with([](Selectors& s) { s.kernel_thread = true; }));
}

TEST(RuleTest, IsContentWithOneOfSeveralValues) {
  EXPECT_TRUE(matches({.comm = {"a", "nginx", "b"}}));
  EXPECT_TRUE(matches({.exe = {"a", "nginx"}}));
  EXPECT_TRUE(matches({.exe_path = {"a", "nginx"}}));
  EXPECT_TRUE(matches({.user = {"a", "33"}}));
  EXPECT_TRUE(matches({.cgroup = {"a", "*"}}));
}

TEST(RuleTest, AsksForAllExpressionsOfCmdline) {
  EXPECT_TRUE(matches({.cmdline = expressions({"nginx", "-g"})}));
  EXPECT_FALSE(matches({.cmdline = expressions({"nginx", "absent"})}));
  EXPECT_FALSE(matches({.cmdline = expressions({"absent", "nginx"})}));
}

TEST(RuleTest, IsUnknownUntilSlowFactsArrive) {
  const MadeProcess waiting{.is_answered = false};
  EXPECT_EQ(verdict_of({.exe = {"nginx"}}, waiting), Verdict::unknown);
  EXPECT_EQ(verdict_of({.exe_path = {"nginx"}}, waiting), Verdict::unknown);
  EXPECT_EQ(verdict_of({.user = {"www-data"}}, waiting), Verdict::unknown);
  EXPECT_EQ(verdict_of({.cmdline = expressions({"x"})}, waiting), Verdict::unknown);
  EXPECT_EQ(verdict_of({.comm = {"nginx"}}, waiting, "{{.ExeBase}}"), Verdict::unknown);
  EXPECT_EQ(verdict_of({.comm = {"nginx"}}, waiting, "{{.Username}}"), Verdict::unknown);
}

TEST(RuleTest, WaitsForNothingThatCannotChangeItsVerdict) {
  const MadeProcess waiting{.is_answered = false};
  EXPECT_EQ(verdict_of({.comm = {"nginx"}}, waiting), Verdict::yes);
  EXPECT_EQ(verdict_of({.cgroup = {"*"}}, waiting, "{{.Unit}}"), Verdict::yes);
  EXPECT_EQ(verdict_of({.comm = {"x"}, .exe = {"nginx"}}, waiting), Verdict::no);
  EXPECT_EQ(verdict_of({.exe = {"nginx"}, .cgroup = {"x"}}, waiting), Verdict::no);
  EXPECT_EQ(verdict_of({.exe = {"nginx"}, .kernel_thread = true}, waiting), Verdict::no);
}

TEST(RuleTest, WaitsForNoNameOfAUserWhereItsNumberDecides) {
  const MadeProcess waiting{.is_answered = false};
  EXPECT_EQ(verdict_of({.user = {"www-data", "33"}}, waiting), Verdict::yes);
  EXPECT_EQ(verdict_of({.user = {"34", "3"}}, waiting), Verdict::no);
  EXPECT_EQ(verdict_of({.exe = {"nginx"}, .user = {"33"}}, waiting), Verdict::unknown);
  EXPECT_EQ(verdict_of({.exe = {"nginx"}, .user = {"34"}}, waiting), Verdict::no);
  const MadeProcess unread{.effective_uid = std::nullopt, .is_answered = false};
  EXPECT_EQ(verdict_of({.user = {"33"}}, unread), Verdict::unknown);
}

TEST(RuleTest, WaitsForNoNameOfAUserThatIsKnown) {
  const MadeProcess waiting{.is_answered = false};
  const std::string name = "www-data";
  auto facts = waiting.facts();
  facts.user_name = &name;
  Captures captures;
  const auto verdict = [&](const Selectors& selectors, std::string_view label) {
    return Rule(selectors, NameTemplate(label, {})).match(facts, captures);
  };
  EXPECT_EQ(verdict({.user = {"www-data"}}, "{{.Username}}"), Verdict::yes);
  EXPECT_EQ(verdict({.user = {"root"}}, "x"), Verdict::no);
  EXPECT_EQ(verdict({.user = {"www-data"}}, "{{.ExeBase}}"), Verdict::unknown);
  EXPECT_EQ(NameTemplate("{{.Username}}", {}).render(facts, captures), "www-data");
}

TEST(RuleTest, MatchesNothingThatCouldNotBeRead) {
  MadeProcess unread{.effective_uid = std::nullopt, .cgroups = std::nullopt};
  unread.slow = {};
  EXPECT_FALSE(matches({.exe = {"nginx"}}, unread));
  EXPECT_FALSE(matches({.exe_path = {"nginx"}}, unread));
  EXPECT_FALSE(matches({.user = {"33", "www-data", ""}}, unread));
  EXPECT_FALSE(matches({.cgroup = {"*"}}, unread));
  EXPECT_FALSE(matches({.cmdline = expressions({".*"})}, unread));
  EXPECT_TRUE(matches({.comm = {"nginx"}}, unread));
}

TEST(RuleTest, CapturesNamedGroupsOfAllExpressions) {
  EXPECT_THAT(captures_of({"-p (?P<port>\\d+)", "^(?P<program>\\S+)(x)?"}, {"web", "-p", "80"}),
              ElementsAre(Pair("port", "80"), Pair("program", "web")));
  EXPECT_THAT(captures_of({"(unnamed)?"}, {"web"}), ElementsAre());
}

TEST(RuleTest, KeepsTheFirstGroupThatCapturedSomething) {
  EXPECT_EQ(all_captures_of({"(x)?(y)?(w)(e)"}, {"web"}).first, "w");
  EXPECT_EQ(all_captures_of({"(?P<a>x)?", "(?P<b>e)", "(w)"}, {"web"}).first, "e");
  EXPECT_EQ(all_captures_of({"w(x*)eb"}, {"web"}).first, "");
  EXPECT_EQ(all_captures_of({"web"}, {"web"}).first, "");
  EXPECT_EQ(all_captures_of({"=(.+)"}, {"a=\xff"}).first, "\xff");
}

TEST(RuleTest, MatchesWithoutACaptureOnlyWhereTheNameShowsNone) {
  const auto verdict_of = [](const std::string& name, const std::vector<std::string>& argv) {
    Selectors selectors;
    selectors.cmdline = {std::make_shared<const RE2>("^web(?: -p (\\d+))?")};
    MadeProcess process;
    Captures captures;
    return Rule(selectors, NameTemplate(name, {})).match(process.run(argv).facts(), captures);
  };
  EXPECT_EQ(verdict_of("web:{{.Capture}}", {"web", "-p", "80"}), Verdict::yes);
  EXPECT_EQ(verdict_of("web:{{.Capture}}", {"web"}), Verdict::no);
  EXPECT_EQ(verdict_of("web", {"web"}), Verdict::yes);
}

TEST(RuleTest, CapturesNothingOfAGroupThatTookNoPart) {
  EXPECT_THAT(captures_of({"web(?: -p (?P<port>\\d+))?$"}, {"web"}), ElementsAre(Pair("port", "")));
}

TEST(RuleTest, LetsTheLaterExpressionWinWhereTwoCaptureOneName) {
  EXPECT_THAT(captures_of({"-a (?P<x>\\d)", "-b (?P<x>\\d)"}, {"web", "-a", "1", "-b", "2"}),
              ElementsAre(Pair("x", "2")));
  EXPECT_THAT(captures_of({"-a (?P<x>\\d)", "web(?P<x>y)?"}, {"web", "-a", "1"}),
              ElementsAre(Pair("x", "")));
}

TEST(RuleTest, ExcludesWithoutAName) {
  EXPECT_TRUE(Rule({.comm = {"nginx"}}, std::nullopt).excludes());
  EXPECT_FALSE(Rule({.comm = {"nginx"}}, NameTemplate("x", {})).excludes());
}

TEST(RuleTest, NeedsWhatItsSelectorsAndItsNameNeed) {
  const auto needs_of = [](const Selectors& selectors, std::string_view name) {
    const auto needs = Rule(selectors, NameTemplate(name, {})).needs();
    std::string named;
    if (needs.cmdline) named += "cmdline ";
    if (needs.exe_path) named += "exe_path ";
    if (needs.user) named += "user ";
    if (needs.cgroups) named += "cgroups ";
    return named;
  };
  EXPECT_EQ(needs_of({.comm = {"a"}, .kernel_thread = true}, "x"), "");
  EXPECT_EQ(needs_of({.exe = {"a"}}, "x"), "cmdline ");
  EXPECT_EQ(needs_of({.cmdline = expressions({"a"})}, "x"), "cmdline ");
  EXPECT_EQ(needs_of({.exe_path = {"a"}}, "x"), "exe_path ");
  EXPECT_EQ(needs_of({.user = {"a"}}, "x"), "user ");
  EXPECT_EQ(needs_of({.cgroup = {"a"}}, "x"), "cgroups ");
  EXPECT_EQ(needs_of({.comm = {"a"}}, "{{.ExeBase}} {{.Unit}}"), "cmdline cgroups ");
  EXPECT_FALSE(Rule({.comm = {"a"}}, std::nullopt).needs().any_slow());
}

TEST(RuleTest, NamesTheGroupsOfAnExpression) {
  EXPECT_THAT(capture_names_of(RE2("(?P<b>x)(y)(?P<a>z)")), ElementsAre("b", "a"));
  EXPECT_THAT(capture_names_of(RE2("(x)")), ElementsAre());
}

}  // namespace
}  // namespace proctally::naming
