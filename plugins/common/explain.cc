#include "plugins/common/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <thread>
#include <vector>

#include "core/naming/group_label.h"

namespace proctally::plugins {
namespace {

using accounting::GroupSource;
using accounting::NamingState;
using accounting::Process;

struct Row {
  pid_t pid = 0;
  std::string comm;
  std::string group;
  std::string reason;
};

std::string reason_of(const Process& process) {
  std::string reason;
  switch (process.source) {
    case GroupSource::rule:
      reason = fmt::format("process_names[{}]", process.rule);
      break;
    case GroupSource::excluded:
      reason = fmt::format("process_names[{}] excludes it", process.rule);
      break;
    case GroupSource::parent:
      reason = fmt::format("no rule matches; its parent {} is in that group", process.ppid);
      break;
    case GroupSource::none:
      reason = "no rule matches, and its parent is in no group";
      break;
  }
  if (process.naming == NamingState::waiting) reason += "; its command line is not read yet";
  return reason;
}

}  // namespace

std::string explain_groups(const Host& host, Scanner& scanner) {
  // Whose command line did not come in time is told by its name alone: a person can wait for it.
  constexpr std::chrono::milliseconds kForLateAnswers{200};
  if (scanner.scan(0, 0).self[SelfMetric::slow_readers_stuck].as_integer() > 0) {
    std::this_thread::sleep_for(kForLateAnswers);
    scanner.scan(0, 0);
  }
  std::vector<Row> rows;
  std::size_t comm_width = 4;
  std::size_t group_width = 5;
  scanner.collector().for_each_process([&](const Process& process, std::string_view label) {
    rows.push_back({process.pid, naming::escape_unprintable(process.comm),
                    label.empty() ? "-" : std::string(label), reason_of(process)});
    comm_width = std::max(comm_width, rows.back().comm.size());
    group_width = std::max(group_width, rows.back().group.size());
  });
  std::ranges::sort(rows, {}, &Row::pid);
  auto text = fmt::format("{}\n\n{:>7}  {:<{}}  {:<{}}  WHY\n", host.describe_routes(), "PID",
                          "COMM", comm_width, "GROUP", group_width);
  for (const auto& row : rows) {
    text += fmt::format("{:>7}  {:<{}}  {:<{}}  {}\n", row.pid, row.comm, comm_width, row.group,
                        group_width, row.reason);
  }
  return text;
}

}  // namespace proctally::plugins
