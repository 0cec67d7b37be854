#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plugins/common/log.h"
#include "plugins/graphite/stream.h"

namespace proctally::plugins::graphite {

/// One destination of a set of which one is used at a time.
struct FailoverMember {
  std::string name;  ///< For the log, and its metrics.
  std::string label;
  StreamFactory make_stream;
  bool is_in_use = false;
  std::uint64_t connects = 0;
  std::uint64_t failed_connects = 0;
  /// It broke, and is tried behind the others until then.
  std::chrono::steady_clock::time_point avoid_until{};
};

/// Destinations of which one is used at a time: the first that can be reached. As streams it gives
/// such that try one after another. One that breaks is the last to be tried for a minute: a load
/// balancer without a backend accepts every connection, and closes it. A connection to another than
/// the first gets a minute old at most, so that the first is used when it is back. One thread.
class FailoverSet {
 public:
  /// `log` outlives the set, and the set the streams.
  FailoverSet(std::vector<FailoverMember> members, const Log& log)
      : members_(std::move(members)), log_(log) {}

  [[nodiscard]] std::shared_ptr<Stream> make_stream(Stream::Events events);
  [[nodiscard]] const std::vector<FailoverMember>& members() const { return members_; }

 private:
  class OneOfThem;

  /// All of them, in the order in which they are to be tried now.
  [[nodiscard]] std::vector<FailoverMember*> order();
  void opened(FailoverMember& member, const std::string& why_no_other);

  std::vector<FailoverMember> members_;
  const Log& log_;
  const FailoverMember* told_ = nullptr;  ///< Which one the log says is in use.
};

}  // namespace proctally::plugins::graphite
