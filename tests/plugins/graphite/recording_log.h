#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "plugins/common/log.h"

namespace proctally::test {

/// Keeps what was logged.
class RecordingLog final : public plugins::Log {
 public:
  [[nodiscard]] const std::vector<std::string>& lines() const { return lines_; }

 private:
  void write(plugins::LogLevel /*level*/, std::string_view text) const override {
    lines_.emplace_back(text);
  }

  mutable std::vector<std::string> lines_;
};

}  // namespace proctally::test
