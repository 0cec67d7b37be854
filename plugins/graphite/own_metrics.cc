#include "plugins/graphite/own_metrics.h"

#include <fmt/format.h>

#include "formats/graphite.h"

namespace proctally::plugins::graphite {
namespace {

constexpr MetricInfo row(std::string_view name, Kind kind, std::string_view unit,
                         std::string_view help) {
  return {.name = name,
          .kind = kind,
          .type = ValueType::integer,
          .unit = unit,
          .help = help,
          .collectd = {}};
}

constexpr std::array<std::pair<OwnMetric, DropReason>, 5> kDrops = {
    {{OwnMetric::lines_dropped_too_many, DropReason::too_many},
     {OwnMetric::lines_dropped_too_large, DropReason::too_large},
     {OwnMetric::lines_dropped_too_old, DropReason::too_old},
     {OwnMetric::lines_dropped_oversized, DropReason::oversized},
     {OwnMetric::lines_dropped_damaged, DropReason::damaged}}};

}  // namespace

constexpr std::array<MetricInfo, kOwnMetricCount> kOwnMetrics = {{
    row("up", Kind::gauge, "", "1, or 0 while it cannot be reached or does not read"),
    row("in_use", Kind::gauge, "", "of a failover set only: 1 for the one that gets it, or else 0"),
    row("stalled", Kind::gauge, "", "1 while there is a connection that is not read, or else 0"),
    row("lines_pushed", Kind::counter, "",
        "lines that were made for it, with those found in the spool at the start"),
    row("lines_queued", Kind::gauge, "", "lines that wait"),
    row("batches_queued", Kind::gauge, "", "scans that wait"),
    row("bytes_queued", Kind::gauge, "bytes", "what waits in memory"),
    row("oldest_queued_seconds", Kind::gauge, "s", "age of the oldest scan that waits"),
    row("lines_in_flight", Kind::gauge, "", "lines that are sent and not acknowledged yet"),
    row("lines_sent", Kind::counter, "", "lines handed to the kernel, each time"),
    row("lines_acknowledged", Kind::counter, "",
        "lines that the receiver's kernel has; with --confirm, that its process has read"),
    row("lines_resent", Kind::counter, "", "lines to be sent again, as a connection broke"),
    row("lines_dropped_too_many", Kind::counter, "", "lines given up: more scans than may wait"),
    row("lines_dropped_too_large", Kind::counter, "", "lines given up: more bytes than may wait"),
    row("lines_dropped_too_old", Kind::counter, "", "lines given up: waited longer than they may"),
    row("lines_dropped_oversized", Kind::counter, "",
        "lines given up: one scan had more bytes than all that may wait"),
    row("lines_dropped_damaged", Kind::counter, "",
        "lines given up: the disk does not give back what was written to it"),
    row("connects", Kind::counter, "", "connections that were opened"),
    row("connect_failures", Kind::counter, "", "connections that could not be opened"),
    row("connection_breaks", Kind::counter, "",
        "connections that broke; udp://: answers that nobody listens there"),
    row("last_success_time", Kind::gauge, "Unix s", "when a line was acknowledged last"),
    row("spool_bytes", Kind::gauge, "bytes", "files of the spool, where there is one"),
    row("spool_errors", Kind::counter, "", "errors of the spool's disk"),
}};

OwnValues own_values(Sender& sender, std::int64_t now_s) {
  OwnValues values;
  const auto& stats = sender.stats();
  auto& backlog = sender.backlog();
  const auto set = [&values](OwnMetric metric, std::uint64_t number) {
    values[metric] = Value::integer(number);
  };
  const auto state = sender.state();
  if (state != StateLog::State::untried) {
    set(OwnMetric::up, state == StateLog::State::works ? 1 : 0);
  }
  set(OwnMetric::stalled, state == StateLog::State::stalled ? 1 : 0);
  const auto oldest_s = backlog.oldest_time_s(now_s);
  if (oldest_s) {
    set(OwnMetric::oldest_queued_seconds,
        static_cast<std::uint64_t>(std::max<std::int64_t>(0, now_s - *oldest_s)));
  }
  set(OwnMetric::lines_pushed, backlog.came().lines);
  set(OwnMetric::lines_queued, backlog.waiting().lines);
  set(OwnMetric::batches_queued, backlog.waiting().batches);
  set(OwnMetric::bytes_queued, backlog.waiting_bytes());
  set(OwnMetric::lines_in_flight, sender.in_flight().lines);
  set(OwnMetric::lines_sent, stats.sent_lines);
  set(OwnMetric::lines_acknowledged, stats.delivered.lines);
  set(OwnMetric::lines_resent, stats.resent.lines);
  const auto dropped = backlog.dropped();
  for (const auto& [metric, reason] : kDrops) set(metric, dropped[reason].lines);
  set(OwnMetric::connects, stats.connects);
  set(OwnMetric::connect_failures, stats.failed_connects);
  set(OwnMetric::connection_breaks, stats.breaks);
  if (stats.last_delivery_s) {
    set(OwnMetric::last_success_time, static_cast<std::uint64_t>(*stats.last_delivery_s));
  }
  if (const auto disk = backlog.disk()) {
    set(OwnMetric::spool_bytes, disk->file_bytes);
    set(OwnMetric::spool_errors, disk->errors);
  }
  return values;
}

OwnValues own_values(const FailoverMember& member) {
  OwnValues values;
  values[OwnMetric::in_use] = Value::integer(member.is_in_use ? 1 : 0);
  values[OwnMetric::connects] = Value::integer(member.connects);
  values[OwnMetric::connect_failures] = Value::integer(member.failed_connects);
  return values;
}

void append_own_lines(const formats::GraphiteNames& names, const std::string& destination,
                      const OwnValues& values, std::int64_t seconds, std::string& out) {
  for (std::size_t i = 0; i < kOwnMetricCount; ++i) {
    const auto& value = values[static_cast<OwnMetric>(i)];
    if (value.is_absent()) continue;
    formats::append_graphite_line(names, {.kind = "destination", .name = destination},
                                  kOwnMetrics.at(i).name, value, seconds, out);
  }
}

std::string to_string(const OwnValues& values) {
  std::string text;
  for (std::size_t i = 0; i < kOwnMetricCount; ++i) {
    const auto& value = values[static_cast<OwnMetric>(i)];
    if (value.is_absent()) continue;
    text +=
        fmt::format("{}{}={}", text.empty() ? "" : " ", kOwnMetrics.at(i).name, value.as_integer());
  }
  return text;
}

}  // namespace proctally::plugins::graphite
