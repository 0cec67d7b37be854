#include "plugins/exec/scan_text.h"

#include <utility>

namespace proctally::plugins {

ScanText::ScanText(const ExecOptions& options, const Settings& settings, Scanner& scanner,
                   const Log& log)
    : options_(options),
      scanner_(scanner),
      log_(log),
      format_(make_formatter(options.format, settings)) {}

void ScanText::append(std::optional<std::uint64_t> ticks_skipped,
                      std::optional<std::uint64_t> batches_dropped, std::string& out) {
  format_(scanner_.scan(ticks_skipped, batches_dropped), out);
}

void ScanText::reload() {
  try {
    const auto settings = load_settings_of(options_, log_);
    auto format = make_formatter(options_.format, settings);
    scanner_.reconfigure(settings);
    format_ = std::move(format);
    log_.info("the settings are read again");
  } catch (const SettingsError& error) {
    for (const auto& problem : error.problems()) log_.error(problem);
    log_.error("the settings stay as they were");
  }
}

}  // namespace proctally::plugins
