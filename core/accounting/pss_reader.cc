#include "core/accounting/pss_reader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <ctime>
#include <iterator>
#include <mutex>
#include <new>
#include <thread>

namespace proctally::accounting {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds kPatience{1};
constexpr std::chrono::milliseconds kShutdownDeadline{200};
// The others of SlowThreads are for the command lines: without those there are no groups.
constexpr std::size_t kMaxWorkers = 2;

std::int64_t cpu_ns_of_this_thread() {
  timespec time{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

PssAnswer read(procfs::BlockingFiles& files, const PssRequest& request) {
  PssAnswer answer{.request = request, .rollup = {}, .took_ns = {}};
  const auto before = cpu_ns_of_this_thread();
  answer.status = files.smaps_rollup(request.pid, answer.rollup);
  answer.took_ns = cpu_ns_of_this_thread() - before;
  return answer;
}

}  // namespace

/// What a thread and the scan share. A thread that was given up keeps it alive.
struct ThreadedPssReader::Shared {
  std::shared_ptr<procfs::BlockingFiles> files;
  std::mutex mutex;
  std::condition_variable work;     ///< Requests came, or the end.
  std::condition_variable at_rest;  ///< A thread came back.
  std::vector<PssRequest> requests;
  std::size_t next = 0;  ///< Of the requests.
  std::int64_t budget_ns = 0;
  std::vector<PssAnswer> answers;
  bool is_reading = false;  ///< A thread that is not given up reads: one at a time.
  bool stopping = false;
};

/// Guarded by Shared::mutex, but for the thread.
struct ThreadedPssReader::Worker {
  enum class State : std::uint8_t { resting, reading, stuck };
  State state = State::resting;
  Clock::time_point began;
  PssRequest request;
  std::thread thread;  ///< Touched by the scan thread only.
};

ThreadedPssReader::ThreadedPssReader(std::shared_ptr<procfs::BlockingFiles> files,
                                     SlowThreads& threads)
    : threads_(threads), shared_(std::make_shared<Shared>()) {
  shared_->files = std::move(files);
}

ThreadedPssReader::~ThreadedPssReader() {
  {
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    shared_->work.notify_all();
    shared_->at_rest.wait_for(lock, kShutdownDeadline, [this] { return !shared_->is_reading; });
    for (const auto& worker : workers_) {
      if (worker->state != Worker::State::resting) worker->thread.detach();
    }
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

void ThreadedPssReader::run(const std::shared_ptr<Shared>& shared,
                            const std::shared_ptr<Worker>& worker) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->work.wait(lock, [&] {
      return shared->stopping || (!shared->is_reading && shared->next < shared->requests.size());
    });
    if (shared->stopping) return;
    shared->is_reading = true;
    worker->request = shared->requests[shared->next++];
    worker->began = Clock::now();
    worker->state = Worker::State::reading;
    lock.unlock();
    const auto answer = read(*shared->files, worker->request);
    lock.lock();
    const bool was_given_up = worker->state == Worker::State::stuck;
    worker->state = Worker::State::resting;
    if (was_given_up) continue;
    shared->is_reading = false;
    shared->at_rest.notify_all();
    shared->budget_ns -= *answer.took_ns;
    if (shared->budget_ns <= 0) shared->next = shared->requests.size();
    // An exception would end the whole program, which may be somebody else's.
    try {
      shared->answers.push_back(answer);
    } catch (const std::bad_alloc&) {
      // Never answered: asked for again.
    }
  }
}

void ThreadedPssReader::request(std::span<const PssRequest> requests, std::int64_t budget_ns) {
  {
    const std::lock_guard lock(shared_->mutex);
    shared_->requests.assign(requests.begin(), requests.end());
    shared_->next = 0;
    shared_->budget_ns = budget_ns;
    for (const auto& worker : workers_) {
      if (worker->state != Worker::State::reading) continue;
      std::erase_if(shared_->requests, [&worker](const PssRequest& request) {
        return request.pid == worker->request.pid;
      });
    }
    if (shared_->requests.empty()) return;
  }
  if (stuck() == workers_.size() && workers_.size() < kMaxWorkers) {
    workers_.reserve(workers_.size() + 1);  // Nothing may fail once the thread runs.
    auto worker = std::make_shared<Worker>();
    worker->thread =
        threads_.start("pss reader", [shared = shared_, worker] { run(shared, worker); });
    if (worker->thread.joinable()) workers_.push_back(std::move(worker));
  }
  shared_->work.notify_one();
}

void ThreadedPssReader::collect(std::vector<PssAnswer>& answers) {
  const std::lock_guard lock(shared_->mutex);
  for (const auto& worker : workers_) {
    if (worker->state != Worker::State::reading || Clock::now() - worker->began < kPatience) {
      continue;
    }
    worker->state = Worker::State::stuck;
    shared_->is_reading = false;
    answers.push_back({.request = worker->request, .rollup = {}, .took_ns = {}});
  }
  std::move(shared_->answers.begin(), shared_->answers.end(), std::back_inserter(answers));
  shared_->answers.clear();
}

unsigned ThreadedPssReader::stuck() const {
  const std::lock_guard lock(shared_->mutex);
  return static_cast<unsigned>(
      std::count_if(workers_.begin(), workers_.end(),
                    [](const auto& worker) { return worker->state == Worker::State::stuck; }));
}

}  // namespace proctally::accounting
