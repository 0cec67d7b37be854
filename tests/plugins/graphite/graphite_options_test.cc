#include "plugins/graphite/graphite_options.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace proctally::plugins::graphite {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using testing::HasSubstr;

using Arguments = std::vector<std::string>;

GraphiteOptions parsed(const Arguments& arguments) {
  return parse_graphite_options(arguments, {"graphite", "table"}, nullptr);
}

/// With a destination in front.
GraphiteOptions parsed_with(Arguments arguments) {
  arguments.insert(arguments.begin(), {"--to", "tcp://a"});
  return parsed(arguments);
}

std::string refusal_of(const Arguments& arguments) {
  try {
    (void)parsed(arguments);
    return "";
  } catch (const UsageError& error) {
    return error.what();
  }
}

TEST(GraphiteOptionsTest, HaveDefaults) {
  const auto options = parsed({"--to", "tcp://a"});
  EXPECT_EQ(options.action, Action::run);
  EXPECT_FALSE(options.dry_run);
  EXPECT_FALSE(options.print_schema);
  ASSERT_EQ(options.to.size(), 1U);
  EXPECT_EQ(options.to[0].url(), "tcp://a:2003");
  EXPECT_FALSE(options.is_failover);
  EXPECT_EQ(options.prefix, "proctally");
  EXPECT_EQ(options.host, "auto");
  EXPECT_TRUE(options.path.has_value());
  EXPECT_EQ(options.interval, seconds(10));
  EXPECT_EQ(options.splay, milliseconds(0));
  EXPECT_EQ(options.stop_timeout, seconds(5));
  EXPECT_EQ(options.sending.receipt, Receipt::kernel);
  EXPECT_EQ(options.sending.keep_safe, milliseconds(0));
  EXPECT_EQ(options.queue.max_batches, 10'000U);
  EXPECT_EQ(options.queue.max_bytes, std::size_t{32} << 20U);
  EXPECT_EQ(options.queue.max_age_s, 86'400);
  EXPECT_EQ(options.spool, std::nullopt);
}

TEST(GraphiteOptionsTest, TakeSeveralDestinations) {
  const auto options = parsed({"--to", "tcp://a", "--to=udp://b:1", "-to", "tls://[::1]:2"});
  ASSERT_EQ(options.to.size(), 3U);
  EXPECT_EQ(options.to[1].label(), "b:1");
  EXPECT_EQ(options.to[2].url(), "tls://[::1]:2");
}

TEST(GraphiteOptionsTest, SayHowToDeliver) {
  const auto options = parsed({"--to", "tcp://a", "--to", "tls://b", "--failover", "--confirm",
                               "--max-connection-age", "1h", "--tls-ca", "ca.pem", "--tls-cert",
                               "c.pem", "--tls-key", "k.pem", "--stop-timeout", "500ms"});
  EXPECT_TRUE(options.is_failover);
  EXPECT_EQ(options.sending.receipt, Receipt::process);
  EXPECT_EQ(options.sending.max_connection_age, std::chrono::hours(1));
  EXPECT_EQ(options.tls.ca, "ca.pem");
  EXPECT_EQ(options.tls.certificate, "c.pem");
  EXPECT_EQ(options.tls.key, "k.pem");
  EXPECT_EQ(options.stop_timeout, milliseconds(500));
  EXPECT_EQ(parsed_with({"--keep-safe", "20s"}).sending.keep_safe, seconds(20));
}

TEST(GraphiteOptionsTest, SayWhatMayWait) {
  const auto in_memory =
      parsed_with({"--queue-batches", "5", "--queue-bytes", "1MiB", "--queue-age", "1h"});
  EXPECT_EQ(in_memory.queue.max_batches, 5U);
  EXPECT_EQ(in_memory.queue.max_bytes, std::size_t{1} << 20U);
  EXPECT_EQ(in_memory.queue.max_age_s, 3600);
  const auto on_disk = parsed_with(
      {"--spool", "/s", "--spool-bytes", "1G", "--spool-age", "48h", "--replay-rate", "500"});
  EXPECT_EQ(on_disk.spool, "/s");
  EXPECT_EQ(on_disk.spool_limits.max_bytes, std::uint64_t{1} << 30U);
  EXPECT_EQ(on_disk.spool_limits.max_age_s, 2 * 86'400);
  EXPECT_EQ(on_disk.sending.replay_lines_per_second, 500);
}

TEST(GraphiteOptionsTest, SayHowSeriesAreCalledAndWhen) {
  const auto options =
      parsed_with({"--prefix", "a.b", "--host", "web01", "--template",
                   "{host}.{prefix}.{group}.{metric}", "--interval", "1m", "--splay", "30s"});
  EXPECT_EQ(options.prefix, "a.b");
  EXPECT_EQ(options.host, "web01");
  EXPECT_EQ(options.path->pieces().front().part, formats::GraphitePart::host);
  EXPECT_EQ(options.interval, seconds(60));
  EXPECT_TRUE(options.interval_given);
  EXPECT_EQ(options.splay, seconds(30));
  EXPECT_FALSE(parsed_with({"--tags"}).path.has_value());
}

TEST(GraphiteOptionsTest, NeedADestinationOnlyToSend) {
  EXPECT_TRUE(parsed({"--dry-run"}).dry_run);
  EXPECT_EQ(parsed({"--dry-run", "--once"}).action, Action::once);
  EXPECT_EQ(parsed({"--dry-run", "--format", "table"}).format, "table");
  EXPECT_TRUE(parsed({"--print-schema"}).print_schema);
  EXPECT_EQ(parsed({"--check"}).action, Action::check);
  EXPECT_EQ(parsed({"--explain"}).action, Action::explain);
  EXPECT_EQ(parsed({"--help", "--to", "nonsense"}).action, Action::help);
  EXPECT_EQ(parsed({"--version"}).action, Action::version);
}

TEST(GraphiteOptionsTest, AreRefusedWithWhatIsWrongAndWhatIsAllowed) {
  const std::string urls =
      "; must be such as tcp://carbon.example:2003, udp://10.0.0.5:2003 or "
      "tls://[2001:db8::5]:2003";
  const std::string sizes = ", must be a size from 64KiB to 1TiB, such as 32MiB or 32M";
  const std::string numbers = ", must be a whole number from 1 to 1000000000";
  const std::string intervals =
      ", must be whole seconds from 1s to 24h, such as 10s: Graphite knows no fractions";
  const std::string times = ", must be a time from 0s to 24h, such as 30s";
  const std::string missing =
      "--to: is missing; say where to send, such as --to tcp://carbon.example:2003, or look at the "
      "lines with --dry-run";
  const std::vector<std::pair<Arguments, std::string>> cases = {
      {{}, missing},
      {{"--once"}, missing},
      {{"--to", "carbon:2003"}, "--to: \"carbon:2003\": has no protocol in front" + urls},
      {{"--to", "http://a"}, "--to: \"http://a\": the protocol is none of tcp, udp and tls" + urls},
      {{"--to", "tcp://"}, "--to: \"tcp://\": has no host" + urls},
      {{"--to", "tcp://a:0"},
       "--to: \"tcp://a:0\": the port is \"0\", must be a number from 1 to 65535" + urls},
      {{"--to", ""}, "--to: \"\": has no protocol in front" + urls},
      {{"--to", "tcp://a", "--to", "udp://a:2003"},
       "--to: \"udp://a:2003\" is \"tcp://a:2003\" again, and would get everything twice; give "
       "each host and port once"},
      {{"--to", "tcp://a", "--failover"},
       "--failover: needs at least two destinations; give --to again"},
      {{"--to", "tcp://a", "--to", "udp://b", "--failover"},
       "--failover: udp:// never says that it does not work; give tcp:// or tls://"},
      {{"--to", "udp://a", "--confirm"},
       "--confirm: udp:// gives no receipts; give tcp:// or tls://"},
      {{"--to", "tcp://a", "--confirm", "--keep-safe", "5s"},
       "--confirm and --keep-safe exclude each other; give one of them"},
      {{"--to", "tcp://a", "--tls-ca", "x"},
       "--tls-ca: no destination is tls://, so it would be of no use"},
      {{"--to", "tls://a", "--tls-cert", "x"}, "--tls-key: is missing; --tls-cert needs it"},
      {{"--to", "tls://a", "--tls-key", "x"}, "--tls-cert: is missing; --tls-key needs it"},
      {{"--to", "tls://a", "--tls-ca", ""}, "--tls-ca: is empty, must be a file; see --help"},
      {{"--to", "tcp://a", "--tags", "--template", "{group}.{metric}"},
       "--tags and --template exclude each other; give one of them"},
      {{"--to", "tcp://a", "--queue-batches", "0"}, "--queue-batches: is \"0\"" + numbers},
      {{"--to", "tcp://a", "--queue-batches", "1.5"}, "--queue-batches: is \"1.5\"" + numbers},
      {{"--to", "tcp://a", "--queue-bytes", "1KiB"}, "--queue-bytes: is \"1KiB\"" + sizes},
      {{"--to", "tcp://a", "--queue-bytes", "much"}, "--queue-bytes: is \"much\"" + sizes},
      {{"--to", "tcp://a", "--spool-bytes", "1MiB"},
       "--spool-bytes: there is no --spool DIR that it could be for"},
      {{"--to", "tcp://a", "--spool-age", "1h"},
       "--spool-age: there is no --spool DIR that it could be for"},
      {{"--to", "tcp://a", "--spool", "/s", "--queue-bytes", "1MiB"},
       "--queue-bytes: is for what waits in memory; with --spool it is --spool-bytes"},
      {{"--to", "tcp://a", "--spool", "/s", "--queue-batches", "5"},
       "--queue-batches: is for what waits in memory, not for --spool"},
      {{"--to", "tcp://a", "--spool", ""}, "--spool: is empty, must be a folder; see --help"},
      {{"--to", "tcp://a", "--queue-age", "0s"},
       "--queue-age: is \"0s\", must be a time from 1s to 87600h"},
      {{"--to", "tcp://a", "--replay-rate", "-1"}, "--replay-rate: is \"-1\"" + numbers},
      {{"--to", "tcp://a", "--interval", "500ms"}, "--interval: is \"500ms\"" + intervals},
      {{"--to", "tcp://a", "--interval", "1.5s"}, "--interval: is \"1.5s\"" + intervals},
      {{"--to", "tcp://a", "--interval", "48h"}, "--interval: is \"48h\"" + intervals},
      {{"--to", "tcp://a", "--splay", "10s"},
       "--splay: is \"10s\", must be less than the interval, 10s"},
      {{"--to", "tcp://a", "--splay", "a bit"}, "--splay: is \"a bit\"" + times},
      {{"--to", "tcp://a", "--keep-safe", "x"}, "--keep-safe: is \"x\"" + times},
      {{"--to", "tcp://a", "--stop-timeout", "0"},
       "--stop-timeout: is \"0\", must be a time from 100ms to 1h"},
      {{"--to", "tcp://a", "--max-connection-age", "0"},
       "--max-connection-age: is \"0\", must be a time from 1s to 8760h"},
      {{"--to", "tcp://a", "--format", "table"},
       "--format: is what --dry-run prints; what is sent is always Graphite's"},
      {{"--dry-run", "--format", "xml"}, "--format: is \"xml\", must be one of: graphite, table"},
      {{"--dry-run", "--print-schema"},
       "--print-schema and --dry-run exclude each other; give one of them"},
      {{"--check", "--dry-run"}, "--check and --dry-run exclude each other; give one of them"},
      {{"--to", "tcp://a", "--host", "localhost"},
       "--host: the name of this host is \"localhost\", as any may be called; its series need a "
       "name of its own"},
      {{"--to", "tcp://a", "--template", "{group}.{metric}", "--prefix", "p"},
       "--prefix: --template has no {prefix} where it could stand"},
      {{"--to", "tcp://a", "--template", "{group}.{metric}", "--host", "h"},
       "--host: --template has no {host} where it could stand"},
      {{"--to", "tcp://a:1,tcp://b:2"},
       "--to: \"tcp://a:1,tcp://b:2\": is more than one; give --to once for each" + urls},
      {{"--to", "tcp://me:secret@a:1"},
       "--to: \"tcp://me:secret@a:1\": has a user, and carbon knows none" + urls},
      {{"--to", "udp://a", "--keep-safe", "5s"},
       "--keep-safe: udp:// acknowledges nothing; give tcp:// or tls://"},
      {{"tcp://a"},
       "\"tcp://a\" stands alone, but all arguments are options, such as --config FILE; see "
       "--help"},
      {{"--two", "tcp://a"}, "unrecognised option '--two'; see --help"},
  };
  for (const auto& [arguments, message] : cases) {
    EXPECT_EQ(refusal_of(arguments), message) << testing::PrintToString(arguments);
  }
  for (const auto& [option, text] :
       {std::pair("--prefix", "a b"), std::pair("--prefix", ""), std::pair("--host", "a/b"),
        std::pair("--template", "{group}"), std::pair("--template", "{user}.{group}.{metric}")}) {
    EXPECT_THAT(refusal_of({"--to", "tcp://a", option, text}),
                testing::StartsWith(std::string(option) + ": "));
  }
}

TEST(GraphiteOptionsTest, AreDescribedEachWithinTheWidthOfATerminal) {
  const auto text = describe_graphite_options({"graphite", "table"});
  for (const auto* option : {"--to URL",
                             "--failover",
                             "--confirm",
                             "--keep-safe TIME",
                             "--max-connection-age TIME",
                             "--tls-ca FILE",
                             "--tls-cert FILE",
                             "--tls-key FILE",
                             "--prefix NODES",
                             "--host NAME",
                             "--template PATH",
                             "--tags",
                             "--queue-batches N",
                             "--queue-bytes SIZE",
                             "--queue-age TIME",
                             "--spool DIR",
                             "--spool-bytes SIZE",
                             "--spool-age TIME",
                             "--replay-rate N",
                             "--interval TIME",
                             "--splay TIME",
                             "--stop-timeout TIME",
                             "--once",
                             "--dry-run",
                             "--print-schema",
                             "--format NAME",
                             "--config FILE",
                             "--check",
                             "--explain"}) {
    EXPECT_THAT(text, HasSubstr(option));
  }
  for (std::size_t begin = 0, end = 0; end < text.size(); begin = end + 1) {
    end = std::min(text.find('\n', begin), text.size());
    EXPECT_LE(end - begin, 96U) << text.substr(begin, end - begin);
  }
}

}  // namespace
}  // namespace proctally::plugins::graphite
