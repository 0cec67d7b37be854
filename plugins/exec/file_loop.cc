#include "plugins/exec/file_loop.h"

#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>

#include <array>
#include <cerrno>
#include <system_error>
#include <utility>

#include "plugins/common/atomic_file.h"
#include "plugins/exec/signals.h"

namespace proctally::plugins {

FileLoop::FileLoop(const ExecOptions& options, const Settings& settings, Scanner& scanner,
                   const Log& log)
    : options_(options),
      log_(log),
      text_(options, settings, scanner, log),
      signals_(open_signals()) {
  try {
    check_replaceable(*options.output);
  } catch (const std::system_error& error) {
    throw OutputError(fmt::format(
        "--output: {}; must be a file in a folder that this user may write to", error.what()));
  }
}

void FileLoop::run() {
  tick();
  timer_.start(options_.interval_ns);
  for (;;) {
    std::array<pollfd, 2> events = {{{signals_.get(), POLLIN, 0}, {timer_.fd(), POLLIN, 0}}};
    if (::poll(events.data(), events.size(), -1) < 0 && errno != EINTR) break;
    const auto requests = read_signals(signals_.get());
    if (requests.reload) text_.reload();
    if (requests.end) break;
    const auto ticks = requests.ticks + timer_.take_expirations();
    if (ticks == 0) continue;
    ticks_skipped_ += ticks - 1;
    tick();
  }
  // What was done since the last one would otherwise go unreported.
  tick();
}

void FileLoop::tick() {
  batch_.clear();
  text_.append(ticks_skipped_, batches_dropped_, batch_);
  try {
    write();
    if (std::exchange(is_failing_, false)) {
      log_.info(fmt::format("{} is written again; batches dropped so far: {}", *options_.output,
                            batches_dropped_));
    }
  } catch (const std::system_error& error) {
    ++batches_dropped_;
    if (!std::exchange(is_failing_, true)) {
      log_.warning(fmt::format("cannot be written, whole batches are dropped: {}", error.what()));
    }
  }
}

void FileLoop::write() {
  constexpr mode_t kForEverybody = S_IRUSR | S_IWUSR | S_IRGRP | S_IROTH;
  replace_file(*options_.output, batch_, kForEverybody);
}

}  // namespace proctally::plugins
