#include "plugins/graphite/graphite_options.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>

#include "formats/graphite_host.h"
#include "formats/graphite_names.h"
#include "plugins/common/byte_size.h"

namespace proctally::plugins::graphite {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kDayNs = 86'400 * kSecondNs;

OptionTable make_table(const std::vector<std::string>& formats) {
  auto destinations = make_option_table("Where to");
  destinations.add_options()  //
      ("to", many_texts("URL"),
       "tcp://HOST:PORT, udp://HOST:PORT or tls://HOST:PORT; given several times, each gets "
       "everything")  //
      ("failover",
       "only one of them gets it: the first that works; back to the first when it works again")  //
      ("confirm",
       "count as delivered only what the receiver's process has read: after each batch the "
       "connection is half-closed, and the receiver's own end is the receipt")  //
      ("keep-safe", one_text("TIME"),
       "keep what was acknowledged for so long, and send it again if the connection breaks (0s)")  //
      ("max-connection-age", one_text("TIME"),
       "connect anew from time to time, and so follow a name that moves (never)")  //
      ("tls-ca", one_text("FILE"),
       "who may have signed the certificates of tls:// destinations (the system's)")  //
      ("tls-cert", one_text("FILE"), "the certificate that we show, PEM")             //
      ("tls-key", one_text("FILE"), "and its key, PEM");
  auto names = make_option_table("Names");
  names.add_options()                                                                          //
      ("prefix", one_text("NODES"), "what all names begin with (proctally)")                   //
      ("host", one_text("NAME"), "auto (the short name), fqdn, reversed, or a name of yours")  //
      ("template", one_text("PATH"),
       fmt::format("what a path is made of ({})", formats::kDefaultGraphiteTemplate).c_str())  //
      ("tags", "NAME;groupname=GROUP;host=HOST instead of paths");
  auto waiting = make_option_table("What waits while a destination is away");
  waiting.add_options()  //
      ("queue-batches", one_text("N"),
       "so many scans in memory, for each destination (10000); then the oldest are dropped")      //
      ("queue-bytes", one_text("SIZE"), "so many bytes of them (32MiB)")                          //
      ("queue-age", one_text("TIME"), "none that is older (24h)")                                 //
      ("spool", one_text("DIR"), "on disk instead, where it survives a restart and a power cut")  //
      ("spool-bytes", one_text("SIZE"), "so many bytes on disk, for each destination (256MiB)")   //
      ("spool-age", one_text("TIME"), "none that is older (168h)")                                //
      ("replay-rate", one_text("N"), "send what has waited no faster, in lines a second (10000)");
  auto life = make_option_table("Life");
  life.add_options()  //
      ("interval", one_text("TIME"),
       "between two scans, whole seconds (10s); they are made at multiples of it, and have that "
       "time stamp")  //
      ("splay", one_text("TIME"),
       "send up to so long after the scan, so that a fleet does not send at once (0s)")   //
      ("stop-timeout", one_text("TIME"), "at the end, wait so long for what waits (5s)")  //
      ("once",
       "scan once, send, end: 0 if it was delivered, else 1; counters are then the lifetime totals "
       "of the processes that live; with --interval a second scan gives the percentages")  //
      ("dry-run", "print the lines of the groups instead of sending them")                 //
      ("format", one_text("NAME"),
       fmt::format("of a dry run: {}", fmt::join(formats, ", ")).c_str())  //
      ("print-schema",
       "print what carbon's storage-schemas.conf and storage-aggregation.conf need");
  add_common_options(life);
  auto table = make_option_table("");
  table.add(destinations).add(names).add(waiting).add(life);
  return table;
}

/// The options of the command line one by one, each with what it may be.
class Reader {
 public:
  explicit Reader(const GivenOptions& given) : given_(given) {}

  void time(const char* option, const TimeRange& range, std::chrono::milliseconds& value) const {
    if (const auto text = given_.text(option)) {
      value = std::chrono::milliseconds(parse_time(option, *text, range) / 1'000'000);
    }
  }
  template <typename Number>
  void number(const char* option, Number& value) const {
    constexpr std::uint64_t kMost = 1'000'000'000;
    const auto text = given_.text(option);
    if (!text) return;
    std::uint64_t parsed = 0;
    const auto* end = text->data() + text->size();
    const auto result = std::from_chars(text->data(), end, parsed);
    if (result.ec != std::errc() || result.ptr != end || parsed < 1 || parsed > kMost) {
      throw UsageError(fmt::format("--{}: is \"{}\", must be a whole number from 1 to {}", option,
                                   *text, kMost));
    }
    value = static_cast<Number>(parsed);
  }
  template <typename Size>
  void size(const char* option, Size& value) const {
    constexpr std::uint64_t kLeast = std::uint64_t{64} << 10U;
    constexpr std::uint64_t kMost = std::uint64_t{1} << 40U;
    const auto text = given_.text(option);
    if (!text) return;
    const auto parsed = parse_byte_size(*text);
    if (!parsed || *parsed < kLeast || *parsed > kMost) {
      throw UsageError(
          fmt::format("--{}: is \"{}\", must be a size from 64KiB to 1TiB, such as 32MiB or 32M",
                      option, *text));
    }
    value = static_cast<Size>(*parsed);
  }
  /// Throws where `option` is given and makes no sense: `why`.
  void refuse(const char* option, const std::string& why) const {
    if (given_.has(option)) throw UsageError(fmt::format("--{}: {}", option, why));
  }

 private:
  const GivenOptions& given_;
};

std::vector<Destination> read_destinations(const GivenOptions& given) {
  std::vector<Destination> destinations;
  for (const auto& url : given.texts("to")) {
    try {
      destinations.push_back(parse_destination(url));
    } catch (const std::invalid_argument& error) {
      throw UsageError(fmt::format("--to: {}", error.what()));
    }
    const auto& last = destinations.back();
    const auto same = std::ranges::find(destinations, last.label(), &Destination::label);
    if (same + 1 != destinations.end()) {
      throw UsageError(
          fmt::format("--to: \"{}\" is \"{}\" again, and would get everything twice; give each "
                      "host and port once",
                      last.url(), same->url()));
    }
  }
  return destinations;
}

void check_destinations(const GivenOptions& given, const GraphiteOptions& options) {
  const Reader read(given);
  if (options.to.empty() && !options.dry_run && !options.print_schema &&
      (options.action == Action::run || options.action == Action::once)) {
    throw UsageError(
        "--to: is missing; say where to send, such as --to tcp://carbon.example:2003, or look at "
        "the lines with --dry-run");
  }
  if (options.to.size() < 2) {
    read.refuse("failover", "needs at least two destinations; give --to again");
  }
  if (options.has(Protocol::udp)) {
    read.refuse("failover", "udp:// never says that it does not work; give tcp:// or tls://");
    read.refuse("confirm", "udp:// gives no receipts; give tcp:// or tls://");
    if (!options.has(Protocol::tcp) && !options.has(Protocol::tls)) {
      read.refuse("keep-safe", "udp:// acknowledges nothing; give tcp:// or tls://");
    }
  }
  if (!options.has(Protocol::tls)) {
    for (const auto* option : {"tls-ca", "tls-cert", "tls-key"}) {
      read.refuse(option, "no destination is tls://, so it would be of no use");
    }
  }
  for (const auto& [one, other] :
       {std::pair("tls-cert", "tls-key"), std::pair("tls-key", "tls-cert")}) {
    if (given.has(one) && !given.has(other)) {
      throw UsageError(fmt::format("--{}: is missing; --{} needs it", other, one));
    }
  }
}

void read_names(const GivenOptions& given, GraphiteOptions& options) {
  const char* option = "prefix";
  try {
    options.prefix = given.text(option).value_or(std::string(formats::kDefaultGraphitePrefix));
    formats::check_graphite_nodes("the prefix", options.prefix);
    option = "host";
    options.host = given.text(option).value_or("auto");
    if (const auto mode = formats::host_mode_of(options.host); mode == formats::HostMode::literal) {
      (void)formats::host_node(mode, options.host);
    }
    option = "template";
    if (!given.has("tags")) {
      options.path.emplace(
          given.text(option).value_or(std::string(formats::kDefaultGraphiteTemplate)));
    }
  } catch (const formats::GraphiteNameError& error) {
    throw UsageError(fmt::format("--{}: {}", option, error.what()));
  }
  if (!options.path) return;
  const Reader read(given);
  for (const auto& [name, part] : {std::pair("prefix", formats::GraphitePart::prefix),
                                   std::pair("host", formats::GraphitePart::host)}) {
    if (std::ranges::count(options.path->pieces(), part, &formats::GraphitePiece::part) > 0) {
      continue;
    }
    read.refuse(name, fmt::format("--template has no {{{}}} where it could stand", name));
  }
}

void read_waiting(const GivenOptions& given, GraphiteOptions& options) {
  constexpr TimeRange kAges{
      .least_ns = kSecondNs, .most_ns = 3650 * kDayNs, .allowed = "a time from 1s to 87600h"};
  const Reader read(given);
  std::chrono::milliseconds queue_age{86'400'000};
  std::chrono::milliseconds spool_age{7 * 86'400'000};
  options.queue.max_batches = 10'000;
  options.queue.max_bytes = std::size_t{32} << 20U;
  read.number("queue-batches", options.queue.max_batches);
  read.size("queue-bytes", options.queue.max_bytes);
  read.time("queue-age", kAges, queue_age);
  options.spool = given.name("spool", "a folder");
  read.size("spool-bytes", options.spool_limits.max_bytes);
  read.time("spool-age", kAges, spool_age);
  options.queue.max_age_s = queue_age.count() / 1000;
  options.spool_limits.max_age_s = spool_age.count() / 1000;
  read.number("replay-rate", options.sending.replay_lines_per_second);
  for (const auto* what : {"bytes", "age"}) {
    const auto in_memory = fmt::format("queue-{}", what);
    const auto on_disk = fmt::format("spool-{}", what);
    if (options.spool) {
      read.refuse(in_memory.c_str(),
                  fmt::format("is for what waits in memory; with --spool it is --{}", on_disk));
    } else {
      read.refuse(on_disk.c_str(), "there is no --spool DIR that it could be for");
    }
  }
  if (options.spool) read.refuse("queue-batches", "is for what waits in memory, not for --spool");
}

void read_life(const GivenOptions& given, const std::vector<std::string>& formats,
               GraphiteOptions& options) {
  constexpr TimeRange kIntervals{
      .least_ns = kSecondNs,
      .most_ns = kDayNs,
      .step_ns = kSecondNs,
      .allowed = "whole seconds from 1s to 24h, such as 10s: Graphite knows no fractions"};
  constexpr TimeRange kTimes{.most_ns = kDayNs, .allowed = "a time from 0s to 24h, such as 30s"};
  constexpr TimeRange kStops{.least_ns = kSecondNs / 10,
                             .most_ns = 3600 * kSecondNs,
                             .allowed = "a time from 100ms to 1h"};
  constexpr TimeRange kConnectionAges{
      .least_ns = kSecondNs, .most_ns = 365 * kDayNs, .allowed = "a time from 1s to 8760h"};
  const Reader read(given);
  if (const auto text = given.text("interval")) {
    options.interval = std::chrono::seconds(parse_time("interval", *text, kIntervals) / kSecondNs);
    options.interval_given = true;
  }
  read.time("splay", kTimes, options.splay);
  if (options.splay >= options.interval) {
    throw UsageError(fmt::format("--splay: is \"{}\", must be less than the interval, {}s",
                                 *given.text("splay"), options.interval.count()));
  }
  read.time("stop-timeout", kStops, options.stop_timeout);
  options.sending.receipt = given.has("confirm") ? Receipt::process : Receipt::kernel;
  read.time("keep-safe", kTimes, options.sending.keep_safe);
  read.time("max-connection-age", kConnectionAges, options.sending.max_connection_age);
  options.format = given.text("format").value_or("graphite");
  if (std::ranges::count(formats, options.format) == 0) {
    throw UsageError(fmt::format("--format: is \"{}\", must be one of: {}", options.format,
                                 fmt::join(formats, ", ")));
  }
  if (!options.dry_run) {
    read.refuse("format", "is what --dry-run prints; what is sent is always Graphite's");
  }
}

}  // namespace

bool GraphiteOptions::has(Protocol protocol) const {
  return std::ranges::count(to, protocol, &Destination::protocol) > 0;
}

GraphiteOptions parse_graphite_options(const std::vector<std::string>& arguments,
                                       const std::vector<std::string>& formats,
                                       const char* host_proc) {
  const GivenOptions given(arguments, make_table(formats));
  GraphiteOptions options;
  static_cast<Options&>(options) = read_common_options(given, host_proc);
  if (options.action == Action::help || options.action == Action::version) return options;
  refuse_two_of(given, {"check", "explain", "print-schema", "once"});
  refuse_two_of(given, {"check", "explain", "print-schema", "dry-run"});
  refuse_two_of(given, {"tags", "template"});
  refuse_two_of(given, {"confirm", "keep-safe"});
  options.dry_run = given.has("dry-run");
  options.print_schema = given.has("print-schema");
  options.is_failover = given.has("failover");
  options.to = read_destinations(given);
  check_destinations(given, options);
  options.tls = {.ca = given.name("tls-ca", "a file").value_or(""),
                 .certificate = given.name("tls-cert", "a file").value_or(""),
                 .key = given.name("tls-key", "a file").value_or("")};
  read_names(given, options);
  read_waiting(given, options);
  read_life(given, formats, options);
  return options;
}

std::string describe_graphite_options(const std::vector<std::string>& formats) {
  return describe(make_table(formats));
}

}  // namespace proctally::plugins::graphite
