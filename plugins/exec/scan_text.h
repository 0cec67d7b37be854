#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "plugins/common/formatter.h"
#include "plugins/common/log.h"
#include "plugins/common/scanner.h"
#include "plugins/exec/exec_options.h"

namespace proctally::plugins {

/// Scans as text: in the format of the command line, with the settings that are in effect. Each of
/// the loops has one.
class ScanText {
 public:
  /// All but the settings outlive it.
  ScanText(const ExecOptions& options, const Settings& settings, Scanner& scanner, const Log& log);

  /// Scans and appends the text. The numbers go into the self row.
  void append(std::optional<std::uint64_t> ticks_skipped,
              std::optional<std::uint64_t> batches_dropped, std::string& out);

  /// Reads the settings again. Where they are wrong the log lists every problem, and they stay as
  /// they were.
  void reload();

 private:
  const ExecOptions& options_;
  Scanner& scanner_;
  const Log& log_;
  Formatter format_;
};

}  // namespace proctally::plugins
