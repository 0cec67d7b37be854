#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/accounting/pss_reader.h"

namespace proctally::test {

/// What reading the smaps_rollup of one process comes to.
struct FakePss {
  std::uint64_t pss_kilobytes = 100;
  std::uint64_t swap_pss_kilobytes = 0;
  ReadStatus status = ReadStatus::ok;
  std::int64_t took_ns = 50'000;
  bool hangs = false;
};

/// Reads some of what it is asked for as soon as it is asked, and answers in the next scan.
class FakePssReader final : public accounting::PssReader {
 public:
  std::map<pid_t, FakePss> processes;  ///< All others are as FakePss is made.
  std::size_t reads_per_scan = 1000;   ///< Then the budget is spent.

  std::vector<pid_t> asked;  ///< In the last scan, in order.
  std::vector<pid_t> read;   ///< Ever, in order.
  std::int64_t budget_ns = 0;
  unsigned hanging = 0;

  void request(std::span<const accounting::PssRequest> requests, std::int64_t budget) override {
    asked.clear();
    budget_ns = budget;
    for (const auto& request : requests) {
      if (asked.size() < reads_per_scan) answer(request);
      asked.push_back(request.pid);
    }
  }
  void collect(std::vector<accounting::PssAnswer>& answers) override {
    answers.insert(answers.end(), answers_.begin(), answers_.end());
    answers_.clear();
  }
  [[nodiscard]] unsigned stuck() const override { return hanging; }

 private:
  void answer(const accounting::PssRequest& request) {
    read.push_back(request.pid);
    const auto& process = processes[request.pid];
    auto& answer = answers_.emplace_back();
    answer.request = request;
    if (process.hangs) return;
    answer.status = process.status;
    answer.rollup = {process.pss_kilobytes, process.swap_pss_kilobytes};
    answer.took_ns = process.took_ns;
  }

  std::vector<accounting::PssAnswer> answers_;
};

}  // namespace proctally::test
