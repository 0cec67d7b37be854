#include "plugins/exec/exporter_flags.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "core/settings.h"
#include "plugins/exec/exec_options.h"

namespace proctally::plugins {
namespace {

using nlohmann::json;
using testing::HasSubstr;

using Arguments = std::vector<std::string>;

ExecOptions parsed(const Arguments& arguments) {
  return parse_exec_options(arguments, {"influx", "prometheus"}, nullptr);
}

/// Raw settings as these flags change them.
json changed(const Arguments& arguments, json raw = json::object()) {
  apply_flags(parsed(arguments).flags, raw);
  return raw;
}

std::string refusal_of(const Arguments& arguments) {
  try {
    (void)parsed(arguments);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(ExporterFlagsTest, ChangeNothingWhereThereAreNone) {
  EXPECT_EQ(changed({}), json::object());
  EXPECT_EQ(changed({}, {{"top", 5}}), json({{"top", 5}}));
}

TEST(ExporterFlagsTest, ListProcnames) {
  const auto expected =
      json::parse(R"({"process_names": [{"comm": ["bash", "sh"], "name": "{{.Comm}}"}]})");
  EXPECT_EQ(changed({"-procnames", "bash,sh"}), expected);
  EXPECT_EQ(changed({"-procnames=,bash,,sh,"}), expected);
  EXPECT_EQ(changed({"-procnames", ","}), json::object());
  EXPECT_EQ(changed({"-procnames", ""}), json::object());
}

TEST(ExporterFlagsTest, MapNamesWithoutProcnames) {
  EXPECT_EQ(changed({"-namemapping", R"(python2,([^/]+)\.py,java,-jar\s+([^/]+).jar)"}),
            json::parse(R"x({"process_names": [
    {"comm": ["python2"], "cmdline": ["([^/]+)\\.py"], "name": "{{.Comm}}:{{.Capture}}"},
    {"comm": ["java"], "cmdline": ["-jar\\s+([^/]+).jar"], "name": "{{.Comm}}:{{.Capture}}"}]})x"));
}

TEST(ExporterFlagsTest, TrackOnlyMappedNamesThatProcnamesList) {
  EXPECT_EQ(changed({"-procnames", "bash,upstart:--user", "-namemapping", "upstart,(--user)"}),
            json::parse(R"x({"process_names": [
    {"comm": ["upstart"], "cmdline": ["(--user)"], "name": "{{.Comm}}:{{.Capture}}",
     "names": ["bash", "upstart:--user"]},
    {"comm": ["bash", "upstart:--user"], "name": "{{.Comm}}"}]})x"));
}

TEST(ExporterFlagsTest, NeverTrackByItsCommWhatIsMappedToAnUnlistedName) {
  EXPECT_EQ(changed({"-procnames", "java,java:shop", "-namemapping", "java,-jar (\\w+)"}),
            json::parse(R"x({"process_names": [
    {"comm": ["java"], "cmdline": ["-jar (\\w+)"], "name": "{{.Comm}}:{{.Capture}}",
     "names": ["java", "java:shop"]},
    {"comm": ["java"], "cmdline": ["-jar (\\w+)"], "exclude": true},
    {"comm": ["java", "java:shop"], "name": "{{.Comm}}"}]})x"));
}

TEST(ExporterFlagsTest, LetTheLastMappingOfANameCount) {
  EXPECT_EQ(changed({"-namemapping", "a,(1),b,(2),a,(3)"}),
            changed({"-namemapping", "b,(2),a,(3)"}));
}

TEST(ExporterFlagsTest, SetWhatSettingsSayToo) {
  EXPECT_EQ(changed({"-children"}), json({{"children", true}}));
  EXPECT_EQ(changed({"-children=false"}, {{"children", true}}), json({{"children", false}}));
  EXPECT_EQ(changed({"-remove-empty-groups"}), json({{"remove_empty_groups", true}}));
  EXPECT_EQ(changed({"--remove-empty-groups=false"}), json({{"remove_empty_groups", false}}));
}

TEST(ExporterFlagsTest, SetThreadsOfEveryRuleThatMakesAGroup) {
  const auto raw = json::parse(R"({"process_names": [
    {"comm": ["a"], "threads": true}, {"comm": ["b"], "exclude": true}, {"comm": ["c"]}]})");
  EXPECT_EQ(changed({"-threads=false"}, raw), json::parse(R"({"process_names": [
    {"comm": ["a"], "threads": false}, {"comm": ["b"], "exclude": true},
    {"comm": ["c"], "threads": false}]})"));
  EXPECT_EQ(changed({"-threads", "-procnames", "a"}), json::parse(R"({"process_names": [
    {"comm": ["a"], "name": "{{.Comm}}", "threads": true}]})"));
  EXPECT_EQ(changed({"-threads"}), json::parse(R"({"process_names": [
    {"name": "kernel", "kernel_thread": true, "threads": true},
    {"name": "{{.Comm}}", "kernel_thread": false, "threads": true}]})"));
}

TEST(ExporterFlagsTest, CollectPssOrNot) {
  EXPECT_EQ(changed({"-gather-smaps"}, {{"collect", {"cpu"}}}),
            json({{"collect", {"cpu", "pss"}}}));
  EXPECT_EQ(changed({"-gather-smaps"}, {{"collect", {"pss"}}}), json({{"collect", {"pss"}}}));
  EXPECT_EQ(changed({"-gather-smaps=false"}, {{"collect", {"cpu", "pss"}}}),
            json({{"collect", {"cpu"}}}));
  EXPECT_EQ(changed({"-gather-smaps=false"}), json::object());
  auto with_pss = default_families();
  with_pss.set(static_cast<std::size_t>(Family::pss));
  EXPECT_EQ(validate_settings(changed({"-gather-smaps"})).collect, with_pss);
}

TEST(ExporterFlagsTest, CheckNamesAgainForATime) {
  EXPECT_EQ(changed({"-recheck"}), json({{"recheck_for", "876000h"}}));
  EXPECT_EQ(changed({"-recheck=false"}), json::object());
  EXPECT_EQ(changed({"-recheck-with-time-limit", "1h30m"}), json({{"recheck_for", "1h30m"}}));
  EXPECT_EQ(changed({"-recheck-with-time-limit=90s", "-recheck"}),
            json({{"recheck_for", "1m30s"}}));
  EXPECT_EQ(changed({"-recheck-with-time-limit", "0"}), json::object());
  EXPECT_EQ(changed({"-recheck-with-time-limit", "0s", "-recheck"}),
            json({{"recheck_for", "876000h"}}));
}

TEST(ExporterFlagsTest, MakeSettingsThatAreValidAndSayTheSameAgain) {
  const auto raw = changed({"-procnames", "a,b:c", "-namemapping", "b,(.)", "-threads", "-recheck",
                            "-gather-smaps", "-children=false", "-remove-empty-groups"});
  const auto effective = validate_settings(raw).effective;
  EXPECT_EQ(validate_settings(json::parse(effective)).effective, effective);
}

TEST(ExporterFlagsTest, LeaveToTheCheckWhatIsNoSetting) {
  const json wrong = {{"process_names", "x"}, {"collect", 5}};
  EXPECT_EQ(changed({"-threads", "-gather-smaps"}, wrong), wrong);
}

TEST(ExporterFlagsTest, ReadTruthAsGoDoes) {
  for (const std::string value : {"1", "t", "T", "true", "TRUE", "True"}) {
    EXPECT_EQ(parsed({"-children=" + value}).flags.children, true) << value;
  }
  for (const std::string value : {"0", "f", "F", "false", "FALSE", "False"}) {
    EXPECT_EQ(parsed({"-children=" + value}).flags.children, false) << value;
  }
  // Go would end its flags there.
  EXPECT_EQ(parsed({"-children", "false", "-threads"}).flags.children, false);
  EXPECT_EQ(parsed({"-children", "-threads"}).flags.children, true);
}

TEST(ExporterFlagsTest, GiveOptionsAnotherName) {
  EXPECT_EQ(parsed({"-config.path", "a.yml"}).config, "a.yml");
  EXPECT_EQ(parsed({"-debug"}).log_level, LogLevel::debug);
  EXPECT_EQ(parsed({"-debug=false"}).log_level, LogLevel::info);
}

TEST(ExporterFlagsTest, PrintOnceAfterADelayWhatCameUpInIt) {
  const auto options = parsed({"-once-to-stdout-delay", "1m30s"});
  EXPECT_EQ(options.action, Action::once);
  EXPECT_EQ(options.interval_ns, 90'000'000'000);
  EXPECT_TRUE(options.interval_given);
  EXPECT_EQ(options.once_baseline, Baseline::start);
  EXPECT_EQ(options.format, "prometheus");
  EXPECT_EQ(parsed({"-once-to-stdout-delay=1s", "--format", "influx"}).format, "influx");
  EXPECT_EQ(parsed({"-once-to-stdout-delay=0"}).action, Action::run);
  EXPECT_EQ(parsed({"-once-to-stdout-delay=0"}).format, "influx");
  EXPECT_EQ(parsed({"-once-to-stdout-delay=1s", "--help"}).action, Action::help);
  EXPECT_EQ(parsed({"--once"}).once_baseline, Baseline::lifetime);
}

TEST(ExporterFlagsTest, AreRefusedWithWhatIsWrongAndWhatIsAllowed) {
  const std::string pairs =
      ", must be NAME,EXPRESSION,NAME,EXPRESSION... with a comma nowhere else: neither a name nor "
      "an "
      "expression may hold one";
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"-namemapping", "a,b,c"}, "--namemapping: is an odd number of parts (3)" + pairs},
      {{"-namemapping", "a"}, "--namemapping: is an odd number of parts (1)" + pairs},
      {{"-namemapping", "a,x{1,2}"}, "--namemapping: is an odd number of parts (3)" + pairs},
      {{"-namemapping", "a,b"},
       "--namemapping: part 2 of 2 is \"b\", which captures nothing; put a group (...) around what "
       "is to be in the name"},
      {{"-namemapping", "a,,b,c"}, "--namemapping: part 2 of 4 is empty" + pairs},
      {{"-namemapping", "a,b,"}, "--namemapping: part 3 of 3 is empty" + pairs},
      {{"-namemapping", ","}, "--namemapping: part 1 of 2 is empty" + pairs},
      {{"-children=no"}, "--children: is \"no\", must be true or false"},
      {{"-recheck-with-time-limit", "soon"},
       "--recheck-with-time-limit: is \"soon\", must be a time such as 30s, 10m or 1h30m, or 0 for "
       "none"},
      {{"-once-to-stdout-delay", "25h"},
       "--once-to-stdout-delay: is \"25h\", must be a time up to 24h, such as 1s"},
      {{"-config.path", ""}, "--config.path: is empty, must be a file; see --help"},
      {{"--config", "a", "-config.path", "b"},
       "--config and --config.path exclude each other; give one of them"},
      {{"--config", "a", "-procnames", "b"},
       "--config and --procnames exclude each other; give one of them"},
      {{"-config.path", "a", "-namemapping", "b,(c)"},
       "--config.path and --namemapping exclude each other; give one of them"},
      {{"--log-level", "info", "-debug"},
       "--log-level and --debug exclude each other; give one of them"},
      {{"--interval", "1s", "-once-to-stdout-delay", "1s"},
       "--interval and --once-to-stdout-delay exclude each other; give one of them"},
      {{"--check", "-once-to-stdout-delay", "1s"},
       "--check and --once-to-stdout-delay exclude each other; give one of them"},
  };
  for (const auto& [arguments, message] : cases) {
    EXPECT_EQ(refusal_of(arguments), message) << testing::PrintToString(arguments);
  }
}

TEST(ExporterFlagsTest, AreDescribedEach) {
  OptionTable table;
  add_exporter_flags(table);
  for (const auto& option : table.options()) {
    EXPECT_THAT(describe_exporter_flags(), HasSubstr("\n  -" + option->long_name()));
  }
}

}  // namespace
}  // namespace proctally::plugins
