#include "plugins/graphite/destinations.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <random>
#include <system_error>
#include <utility>

#include "core/fingerprint.h"
#include "formats/graphite_node.h"
#include "plugins/common/host.h"
#include "plugins/common/host_name.h"
#include "plugins/graphite/batch_queue.h"
#include "plugins/graphite/own_metrics.h"
#include "plugins/graphite/spool_backlog.h"
#include "plugins/graphite/spool_root.h"
#include "plugins/graphite/tcp_stream.h"
#include "plugins/graphite/tls_stream.h"
#include "plugins/graphite/udp_stream.h"
#include "plugins/graphite/wording.h"

namespace proctally::plugins::graphite {
namespace {

constexpr const char* kFailover = "failover";

std::int64_t now_s() { return read_clock(CLOCK_REALTIME) / 1'000'000'000; }

double random_fraction() {
  static std::mt19937_64 generator{std::random_device{}()};
  return std::uniform_real_distribution<double>(0.0, 1.0)(generator);
}

// The same for a host each time, so that the distance between two of its batches stays.
std::chrono::milliseconds part_of(std::chrono::milliseconds splay) {
  if (splay.count() == 0) return splay;
  return std::chrono::milliseconds(fingerprint_number(host_name()) %
                                   static_cast<std::uint64_t>(splay.count()));
}

std::string folder_of(const std::string& label) {
  return std::string(formats::graphite_node(label).view());
}

}  // namespace

Destinations::Destinations(const GraphiteOptions& options, boost::asio::io_context& context,
                           const Log& log)
    : options_(options), context_(context), log_(log) {
  reload();
  if (options.spool) make_spool_root(*options.spool);
  if (options.is_failover) {
    std::vector<FailoverMember> members;
    for (const auto& destination : options.to) {
      members.push_back({.name = destination.url(),
                         .label = destination.label(),
                         .make_stream = stream_factory(destination)});
    }
    failover_ = std::make_unique<FailoverSet>(std::move(members), log);
    add(kFailover, kFailover, Protocol::tcp,
        [this](Stream::Events events) { return failover_->make_stream(std::move(events)); });
  } else {
    for (const auto& destination : options.to) {
      add(destination.url(), destination.label(), destination.protocol,
          stream_factory(destination));
    }
  }
  if (options.spool) warn_of_other_spools();
}

void Destinations::reload() {
  if (options_.has(Protocol::tls)) tls_ = make_tls_context(options_.tls);
}

StreamFactory Destinations::stream_factory(const Destination& destination) {
  return [this, destination](Stream::Events events) -> std::shared_ptr<Stream> {
    switch (destination.protocol) {
      case Protocol::udp:
        return std::make_shared<UdpStream>(context_, destination, std::move(events));
      case Protocol::tls:
        return std::make_shared<TlsStream>(context_, tls_, destination, std::move(events));
      case Protocol::tcp:
        break;
    }
    return std::make_shared<TcpStream>(context_, destination, std::move(events));
  };
}

void Destinations::add(const std::string& name, const std::string& label, Protocol protocol,
                       StreamFactory make_stream) {
  auto settings = options_.sending;
  settings.interval = options_.interval;
  settings.delay = part_of(options_.splay);
  settings.max_in_flight_bytes = options_.queue.max_bytes;
  auto backlog = make_backlog(name, label);
  targets_.push_back(
      {.label = label,
       .protocol = protocol,
       .sender = std::make_unique<Sender>(name,
                                          Sender::Parts{.context = context_,
                                                        .make_stream = std::move(make_stream),
                                                        .backlog = std::move(backlog),
                                                        .clock = now_s,
                                                        .random = random_fraction,
                                                        .log = log_},
                                          settings)});
}

std::unique_ptr<Backlog> Destinations::make_backlog(const std::string& name,
                                                    const std::string& label) const {
  if (!options_.spool) return std::make_unique<BatchQueue>(options_.queue);
  return std::make_unique<SpoolBacklog>(fmt::format("{}/{}", *options_.spool, folder_of(label)),
                                        options_.spool_limits, options_.queue, name, log_);
}

void Destinations::warn_of_other_spools() const {
  std::error_code ignored;
  for (const auto& entry : std::filesystem::directory_iterator(*options_.spool, ignored)) {
    const auto name = entry.path().filename().string();
    const auto is_ours = std::ranges::any_of(
        targets_, [&name](const Target& target) { return folder_of(target.label) == name; });
    if (is_ours || !entry.is_directory(ignored)) continue;
    log_.warning(fmt::format("--spool: {} is of no destination in --to, and stays as it is",
                             entry.path().string()));
  }
}

void Destinations::start() {
  for (const auto& target : targets_) target.sender->start();
}

void Destinations::push(const BatchPtr& batch) {
  for (const auto& target : targets_) target.sender->push(batch);
}

void Destinations::stop(std::chrono::milliseconds deadline,
                        std::function<void(std::uint64_t lines)> done) {
  struct Waiting {
    std::size_t targets;
    std::uint64_t lines;
  };
  auto waiting = std::make_shared<Waiting>(Waiting{.targets = targets_.size(), .lines = 0});
  for (const auto& target : targets_) {
    target.sender->stop(deadline, [this, &target, waiting, done](const Tally& undelivered) {
      tell_end(target, undelivered);
      waiting->lines += undelivered.lines;
      if (--waiting->targets == 0) done(waiting->lines);
    });
  }
}

void Destinations::tell_end(const Target& target, const Tally& undelivered) const {
  const auto& name = target.sender->name();
  if (undelivered.lines > 0) {
    const auto disk = target.sender->backlog().disk();
    const auto kept = disk ? std::min(disk->pending.lines, undelivered.lines) : 0;
    log_.warning(
        fmt::format("{}: {} of {} were not delivered: {}", name,
                    count_of(undelivered.lines, "line"), count_of(undelivered.batches, "scan"),
                    disk ? fmt::format("{} stay in the spool for the next start, {} are lost", kept,
                                       undelivered.lines - kept)
                         : "they are lost, as there is no --spool"));
  } else if (target.sender->state() == StateLog::State::untried) {
    log_.info(fmt::format("{}: there was nothing to deliver", name));
  } else if (target.protocol == Protocol::udp) {
    log_.info(fmt::format("{}: all is sent; whether it arrived is not known over UDP", name));
  } else {
    log_.info(fmt::format("{}: all is delivered", name));
  }
}

void Destinations::append_own_lines(const formats::GraphiteNames& names, std::int64_t seconds,
                                    std::string& out) const {
  for (const auto& target : targets_) {
    graphite::append_own_lines(names, target.label, own_values(*target.sender, now_s()), seconds,
                               out);
  }
  if (failover_ == nullptr) return;
  for (const auto& member : failover_->members()) {
    graphite::append_own_lines(names, member.label, own_values(member), seconds, out);
  }
}

std::uint64_t Destinations::batches_dropped() const {
  std::uint64_t sum = 0;
  for (const auto& target : targets_) sum += target.sender->backlog().dropped().total().batches;
  return sum;
}

void Destinations::log_counts(LogLevel level) const {
  for (const auto& target : targets_) {
    log_.log(level, fmt::format("{}: {}", target.sender->name(),
                                to_string(own_values(*target.sender, now_s()))));
  }
}

std::string Destinations::status() const {
  constexpr std::array<std::string_view, 4> kStates = {"is not tried yet", "works", "is down",
                                                       "does not read"};
  std::string text;
  for (const auto& target : targets_) {
    const auto& sender = *target.sender;
    text += fmt::format("{}{} {}, {} wait", text.empty() ? "" : "; ", sender.name(),
                        kStates.at(static_cast<std::size_t>(sender.state())),
                        count_of(sender.backlog().waiting().lines, "line"));
  }
  return text;
}

}  // namespace proctally::plugins::graphite
