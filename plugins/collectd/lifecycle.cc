#include "plugins/collectd/lifecycle.h"

#include <fmt/format.h>

#include <utility>

namespace proctally::plugins::collectd {

void Lifecycle::configure(const ConfigItem& block) {
  const bool was_valid = std::exchange(is_valid_, false);
  config_.read_block(block);
  if (!was_valid) return;  // The daemon will not start.
  settings_ = config_.settings();
  is_valid_ = true;
}

void Lifecycle::start(const std::string& procfs) {
  for (const auto& warning : settings_.settings.warnings) log_.warning(warning);
  leave_out_threads(settings_.settings, "collectd", log_);
  procfs_ = procfs;
  (void)scan();
}

void Lifecycle::read(const ValueListSink& sink) {
  if (procfs_.empty()) throw std::logic_error("it was not started");
  lists_.send(scan(), settings_.hidden, sink);
}

const Snapshot& Lifecycle::scan() {
  try {
    if (!accounts_) {
      accounts_.emplace(procfs_, settings_.settings, log_);
      log_.info(fmt::format("version {}, {} rules; {}", PROCTALLY_VERSION,
                            settings_.settings.rules.size(), accounts_->host.describe_routes()));
    }
    return accounts_->scanner.scan();
  } catch (...) {
    accounts_.reset();
    throw;
  }
}

}  // namespace proctally::plugins::collectd
