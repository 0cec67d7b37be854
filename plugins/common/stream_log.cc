#include "plugins/common/stream_log.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>

#include "core/naming/group_label.h"

namespace proctally::plugins {
namespace {

constexpr std::array<std::string_view, 4> kLevels = {"error", "warning", "info", "debug"};
constexpr std::array<std::string_view, 4> kForTelegraf = {"E! ", "W! ", "I! ", "D! "};
constexpr std::array<std::string_view, 4> kForTheJournal = {"<3>", "<4>", "<6>", "<7>"};

}  // namespace

std::optional<LogLevel> log_level_of(std::string_view name) {
  const auto* found = std::find(kLevels.begin(), kLevels.end(), name);
  if (found == kLevels.end()) return std::nullopt;
  return static_cast<LogLevel>(found - kLevels.begin());
}

LogStyle log_style_of(int fd, const char* journal_stream) {
  struct stat stream {};
  if (journal_stream == nullptr || ::fstat(fd, &stream) != 0) return LogStyle::telegraf;
  return fmt::format("{}:{}", stream.st_dev, stream.st_ino) == journal_stream ? LogStyle::journal
                                                                              : LogStyle::telegraf;
}

std::string format_log_line(LogLevel level, std::string_view text, LogStyle style) {
  const auto& prefixes = style == LogStyle::journal ? kForTheJournal : kForTelegraf;
  std::string line(prefixes.at(static_cast<std::size_t>(level)));
  // Labels of groups and paths may hold anything; a control character would forge a line.
  line += naming::escape_unprintable(text);
  constexpr std::string_view kCut = "...";
  if (line.size() >= StreamLog::kMaxLineBytes) {
    line.resize(naming::place_to_cut(line, StreamLog::kMaxLineBytes - 1 - kCut.size()));
    line += kCut;
  }
  line += '\n';
  return line;
}

void StreamLog::write(LogLevel level, std::string_view text) const {
  if (level > level_) return;
  const auto line = format_log_line(level, text, style_);
  // A pipe takes a line of less than PIPE_BUF whole or, being full, would block for ever.
  pollfd stream{.fd = fd_, .events = POLLOUT, .revents = 0};
  if (::poll(&stream, 1, 0) == 1 && (stream.revents & POLLOUT) != 0) {
    // Nobody could be told.
    [[maybe_unused]] const auto written = ::write(fd_, line.data(), line.size());
  }
}

}  // namespace proctally::plugins
