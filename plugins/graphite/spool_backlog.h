#pragma once

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plugins/common/log.h"
#include "plugins/graphite/backlog.h"
#include "plugins/graphite/batch_queue.h"
#include "plugins/graphite/disk_error.h"
#include "plugins/graphite/spool.h"

namespace proctally::plugins::graphite {

/// Batches that wait on disk: each is there before it is sent, so that neither a kill nor a power
/// cut loses one. While the disk refuses them they wait in memory, behind those that it has.
class SpoolBacklog final : public Backlog {
 public:
  /// Goes on where the process before this one ended. `name` is what the log calls it; `log`
  /// outlives it. Throws SpoolError.
  SpoolBacklog(const std::string& folder, const SpoolLimits& limits,
               const QueueLimits& limits_in_memory, std::string name, const Log& log,
               FileOps& ops = system_file_ops());

  void push(BatchPtr batch, std::int64_t now_s) override;
  [[nodiscard]] std::optional<BatchRest> take(std::int64_t now_s) override;
  void confirm(std::size_t batches, std::int64_t now_s) override;
  void give_back(const std::vector<BatchRest>& undelivered, std::int64_t now_s) override;

  void end(std::int64_t now_s) override;

  [[nodiscard]] bool is_empty() const override;
  [[nodiscard]] Tally came() const override;
  [[nodiscard]] Tally waiting() const override;
  [[nodiscard]] std::size_t waiting_bytes() const override;
  [[nodiscard]] DropCounts dropped() const override;
  [[nodiscard]] std::optional<std::int64_t> oldest_time_s(std::int64_t now_s) override;
  [[nodiscard]] std::optional<DiskCounts> disk() const override;

 private:
  struct Taken {
    std::optional<std::uint64_t> id;  ///< In the spool; nothing where it is from memory.
    Tally rest;
  };

  /// So many batches at most: each may wait for the disk.
  void spool_refused(std::size_t at_most, std::int64_t now_s);
  void save_position(std::int64_t now_s);
  /// Once when it begins, and once when a minute has passed without another.
  void tell(const std::optional<DiskError>& error, std::int64_t now_s);
  void tell_findings(const std::vector<SpoolFinding>& findings) const;

  const std::string name_;
  const Log& log_;
  std::unique_ptr<Spool> spool_;
  BatchQueue refused_;  ///< By the disk.
  Tally pushed_;
  std::deque<Taken> taken_;
  Tally taken_from_spool_;
  bool is_told_failing_ = false;
  std::int64_t failed_s_ = 0;
  bool has_unsaved_ = false;  ///< What was confirmed since the position was saved.
  std::int64_t saved_s_ = 0;
};

}  // namespace proctally::plugins::graphite
