#include "plugins/exec/exec_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace proctally::plugins {
namespace {

using testing::HasSubstr;

using Arguments = std::vector<std::string>;

constexpr std::int64_t kSecondNs = 1'000'000'000;

ExecOptions parsed(const Arguments& arguments, const char* host_proc = nullptr) {
  return parse_exec_options(arguments, {"influx", "json"}, host_proc);
}

std::string refusal_of(const Arguments& arguments) {
  try {
    (void)parsed(arguments);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(ExecOptionsTest, HaveDefaults) {
  const auto options = parsed({});
  EXPECT_EQ(options.action, Action::run);
  EXPECT_EQ(options.config, std::nullopt);
  EXPECT_EQ(options.state, std::nullopt);
  EXPECT_EQ(options.procfs, "/proc");
  EXPECT_EQ(options.interval_ns, 10 * kSecondNs);
  EXPECT_FALSE(options.interval_given);
  EXPECT_TRUE(options.has_timer);
  EXPECT_EQ(options.format, "influx");
  EXPECT_EQ(options.log_level, LogLevel::info);
}

TEST(ExecOptionsTest, MayBeGivenInEachOfGosWays) {
  const std::vector<Arguments> ways = {{"--config", "a.json", "--interval", "2s"},
                                       {"-config", "a.json", "-interval", "2s"},
                                       {"--config=a.json", "--interval=2s"},
                                       {"-config=a.json", "-interval=2s"},
                                       {"--interval", "2s", "-config=a.json"}};
  for (const auto& way : ways) {
    const auto options = parsed(way);
    EXPECT_EQ(options.config, "a.json") << testing::PrintToString(way);
    EXPECT_EQ(options.interval_ns, 2 * kSecondNs) << testing::PrintToString(way);
    EXPECT_TRUE(options.interval_given);
  }
}

TEST(ExecOptionsTest, TakeValuesAsTheyAre) {
  EXPECT_EQ(parsed({"--config", "a b=c"}).config, "a b=c");
  EXPECT_EQ(parsed({"--state", "/run/s"}).state, "/run/s");
  EXPECT_EQ(parsed({"--config=a=b"}).config, "a=b");
  EXPECT_EQ(parsed({"--procfs", "/host/proc"}).procfs, "/host/proc");
  EXPECT_EQ(parsed({"--format", "json"}).format, "json");
}

TEST(ExecOptionsTest, AreThoseOfTelegrafsShimToo) {
  const auto options =
      parsed({"-config", "a.json", "-poll_interval", "30s", "-poll_interval_disabled"});
  EXPECT_EQ(options.config, "a.json");
  EXPECT_EQ(options.interval_ns, 30 * kSecondNs);
  EXPECT_TRUE(options.interval_given);
  EXPECT_FALSE(options.has_timer);
  EXPECT_EQ(parsed({"--poll_interval=1m"}).interval_ns, 60 * kSecondNs);
}

TEST(ExecOptionsTest, TakeTimesAsTelegrafWritesThem) {
  EXPECT_EQ(parsed({"--interval", "100ms"}).interval_ns, kSecondNs / 10);
  EXPECT_EQ(parsed({"--interval", "1m30s"}).interval_ns, 90 * kSecondNs);
  EXPECT_EQ(parsed({"--interval", "15"}).interval_ns, 15 * kSecondNs);
  EXPECT_EQ(parsed({"--interval", "24h"}).interval_ns, 86'400 * kSecondNs);
}

TEST(ExecOptionsTest, FindProcfsByOptionThenByHostProc) {
  EXPECT_EQ(parsed({}, "/host/proc").procfs, "/host/proc");
  EXPECT_EQ(parsed({"--procfs", "/mine"}, "/host/proc").procfs, "/mine");
  EXPECT_EQ(parsed({}, "").procfs, "/proc");
  EXPECT_EQ(parsed({"--procfs", "/mine"}, nullptr).procfs, "/mine");
}

TEST(ExecOptionsTest, SayWhatTheCallIsFor) {
  EXPECT_EQ(parsed({"--once"}).action, Action::once);
  EXPECT_EQ(parsed({"-check"}).action, Action::check);
  EXPECT_EQ(parsed({"--explain"}).action, Action::explain);
  EXPECT_EQ(parsed({"--help"}).action, Action::help);
  EXPECT_EQ(parsed({"--version"}).action, Action::version);
  EXPECT_EQ(parsed({"--once", "--help"}).action, Action::help);
  EXPECT_EQ(parsed({"--version", "--explain", "--check"}).action, Action::version);
}

TEST(ExecOptionsTest, ChooseALogLevel) {
  EXPECT_EQ(parsed({"--log-level", "error"}).log_level, LogLevel::error);
  EXPECT_EQ(parsed({"--log-level=warning"}).log_level, LogLevel::warning);
  EXPECT_EQ(parsed({"-log-level", "debug"}).log_level, LogLevel::debug);
}

TEST(ExecOptionsTest, SayWhereScansGo) {
  EXPECT_EQ(parsed({}).output, std::nullopt);
  EXPECT_FALSE(parsed({}).listen);
  EXPECT_EQ(parsed({"--output", "/x/a.prom"}).output, "/x/a.prom");
  EXPECT_EQ(parsed({"--output", "/x/a.prom"}).interval_ns, 10 * kSecondNs);
  EXPECT_EQ(parsed({"--output", "/x/a.prom", "--format", "json"}).format, "json");
}

TEST(ExecOptionsTest, ServePrometheusWithAnIntervalOfItsOwn) {
  const auto options = parsed({"--listen", "[::1]:9256"});
  ASSERT_TRUE(options.listen);
  EXPECT_EQ(options.listen->host, "::1");
  EXPECT_EQ(options.listen->port, 9256);
  EXPECT_EQ(options.format, "prometheus");
  EXPECT_EQ(options.metrics_path, "/metrics");
  EXPECT_EQ(options.interval_ns, kSecondNs);
  EXPECT_FALSE(options.interval_given);
  EXPECT_EQ(parsed({"--listen", "9256", "--interval", "5s"}).interval_ns, 5 * kSecondNs);
  EXPECT_EQ(parsed({"--listen", "9256", "--format", "prometheus"}).format, "prometheus");
}

TEST(ExecOptionsTest, ServeAsProcessExporterIsToldTo) {
  const auto options =
      parsed({"-web.listen-address", ":9256", "-web.telemetry-path=/processes/all"});
  ASSERT_TRUE(options.listen);
  EXPECT_EQ(options.listen->host, "::");
  EXPECT_EQ(options.metrics_path, "/processes/all");
}

TEST(ExecOptionsTest, AreRefusedWithWhatIsWrongAndWhatIsAllowed) {
  const std::string time = ", must be a time from 100ms to 24h, such as 10s";
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{"--interval", "fast"}, "--interval: is \"fast\"" + time},
      {{"--interval", "99ms"}, "--interval: is \"99ms\"" + time},
      {{"--interval", "25h"}, "--interval: is \"25h\"" + time},
      {{"--interval", "0"}, "--interval: is \"0\"" + time},
      {{"-poll_interval",
        "1"
        "0 s"},
       "--poll_interval: is \"10 s\"" + time},
      {{"--format", "xml"}, "--format: is \"xml\", must be one of: influx, json"},
      {{"--format", "Influx"}, "--format: is \"Influx\", must be one of: influx, json"},
      {{"--log-level", "loud"},
       "--log-level: is \"loud\", must be one of: error, warning, info, debug"},
      {{"--once", "--check"}, "--check and --once exclude each other; give one of them"},
      {{"--state", "s", "--once"}, "--once and --state exclude each other; give one of them"},
      {{"--state", "s", "--check"}, "--check and --state exclude each other; give one of them"},
      {{"--state", "s", "--explain"}, "--explain and --state exclude each other; give one of them"},
      {{"--state", ""}, "--state: is empty, must be a file; see --help"},
      {{"--explain", "--once"}, "--explain and --once exclude each other; give one of them"},
      {{"--check", "--explain"}, "--check and --explain exclude each other; give one of them"},
      {{"--listen", "9256", "--output", "a"},
       "--listen and --output exclude each other; give one of them"},
      {{"--listen", "9256", "-web.listen-address", ":9256"},
       "--listen and --web.listen-address exclude each other; give one of them"},
      {{"--once", "--output", "a"}, "--once and --output exclude each other; give one of them"},
      {{"--once", "--listen", "9256"}, "--once and --listen exclude each other; give one of them"},
      {{"-once-to-stdout-delay", "1s", "--output", "a"},
       "--once-to-stdout-delay and --output exclude each other; give one of them"},
      {{"-once-to-stdout-delay", "1s", "--state", "a"},
       "--once-to-stdout-delay and --state exclude each other; give one of them"},
      {{"--output", "/tmp/a", "--state", "/tmp/./a"},
       "--output and --state: are one file, \"/tmp/./a\"; give each its own"},
      {{"--config", "/tmp/a", "--output", "/tmp/a"},
       "--config and --output: are one file, \"/tmp/a\"; give each its own"},
      {{"-poll_interval_disabled", "--output", "a"},
       "--poll_interval_disabled and --output exclude each other; give one of them"},
      {{"--output", ""}, "--output: is empty, must be a file; see --help"},
      {{"--listen", "9256", "--format", "json"},
       "--format: is \"json\", must be prometheus with --listen"},
      {{"--listen", "web01:9256"},
       "--listen: is \"web01:9256\", must be a numeric address and a port, such as "
       "127.0.0.1:9256, [::1]:9256, :9256 (every address) or 9256 (127.0.0.1)"},
      {{"-web.telemetry-path", "/metrics"},
       "--web.telemetry-path: is of use with --listen only; give that too"},
      {{"--listen", "9256", "-web.telemetry-path", "metrics"},
       "--web.telemetry-path: is \"metrics\", must be a path of letters, digits and ._~/- that "
       "begins with /, such as /metrics"},
      {{"--listen", "9256", "-web.telemetry-path", "/a\"b"},
       "--web.telemetry-path: is \"/a\"b\", must be a path of letters, digits and ._~/- that "
       "begins with /, such as /metrics"},
      {{"--frobnicate"}, "unrecognised option '--frobnicate'; see --help"},
      {{"-x"}, "unrecognised option '-x'; see --help"},
      {{"--conf", "a.json"}, "unrecognised option '--conf'; see --help"},
      {{"--config"}, "the required argument for option '--config' is missing; see --help"},
      {{"--once=1"}, "option '--once' does not take any arguments; see --help"},
      {{"--config", "a", "--config", "b"},
       "option '--config' cannot be specified more than once; see --help"},
      {{"--interval="},
       "the argument for option '--interval' should follow immediately after the equal sign; see "
       "--help"},
      {{"--interval", ""}, "--interval: is \"\"" + time},
      {{"--config", ""}, "--config: is empty, must be a file; see --help"},
      {{"--procfs", ""}, "--procfs: is empty, must be a folder; see --help"},
      {{"proctally.json"},
       "\"proctally.json\" stands alone, but all arguments are options, such as --config FILE; see "
       "--help"},
      {{"--once", "now"},
       "\"now\" stands alone, but all arguments are options, such as --config FILE; see --help"},
      {{"-"},
       "\"-\" stands alone, but all arguments are options, such as --config FILE; see --help"},
      {{""}, "\"\" stands alone, but all arguments are options, such as --config FILE; see --help"},
  };
  for (const auto& [arguments, message] : cases) {
    EXPECT_EQ(refusal_of(arguments), message) << testing::PrintToString(arguments);
  }
}

TEST(ExecOptionsTest, AreDescribedEachButTheShims) {
  const auto text = describe_exec_options({"influx", "json"});
  for (const auto* option :
       {"--config FILE", "--interval TIME", "--procfs DIR", "--format NAME", "--output FILE",
        "--listen ADDRESS", "--once", "--check", "--explain", "--log-level LEVEL", "--help",
        "--version", "influx, json; the first is the default"}) {
    EXPECT_THAT(text, HasSubstr(option));
  }
  EXPECT_THAT(text, testing::Not(HasSubstr("poll_interval")));
  for (std::size_t begin = 0, end = 0; end < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    EXPECT_LE(end - begin, 96U) << text.substr(begin, end - begin);
  }
}

}  // namespace
}  // namespace proctally::plugins
