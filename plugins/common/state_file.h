#pragma once

#include <cstddef>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/unique_fd.h"
#include "plugins/common/log.h"
#include "plugins/common/state_store.h"

namespace proctally::plugins {

/// A file that cannot hold the state: what() is "PATH: what is wrong, what is needed".
class StateFileError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// --state FILE. A line that tells whose it is, its checksum and its length, then the state. The
/// file is replaced at once after each scan; FILE.lock keeps a second program out.
class StateFile final : public StateStore {
 public:
  /// Larger than that is none: a state takes a hundred bytes or two for each process.
  static constexpr std::size_t kMostBytes = std::size_t{256} << 20U;

  /// `owner` is what identify_host() tells. `log` outlives the file. Throws StateFileError where
  /// the file is none, is in use, or cannot be replaced.
  StateFile(std::string path, std::string owner, const Log& log);

  /// A file that cannot be used is moved to FILE.refused, and the log says why.
  std::optional<std::string> load() override;
  void refuse(std::string_view why) override;
  /// An error is in the log when it begins and when it is over; the file is then as it was.
  void save(const Collector& collector) override;

 private:
  void lock();
  [[nodiscard]] std::string head(std::size_t crc, std::size_t size) const;

  std::string path_;
  std::string owner_;
  const Log& log_;
  UniqueFd lock_;
  std::string content_;  ///< Kept for its memory alone.
  bool is_failing_ = false;
};

}  // namespace proctally::plugins
