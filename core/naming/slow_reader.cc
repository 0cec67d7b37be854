#include "core/naming/slow_reader.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <exception>
#include <mutex>
#include <new>
#include <thread>

namespace proctally::naming {
namespace {

constexpr std::chrono::milliseconds kDeadline{20};
constexpr std::chrono::milliseconds kScanDeadline{500};
constexpr std::chrono::milliseconds kShutdownDeadline{200};
// Reached only when every thread hangs.
constexpr std::size_t kMaxRequests = 65'536;

SlowFacts read_facts(procfs::BlockingFiles& files, const SlowRequest& request) {
  SlowFacts facts;
  procfs::ExeId exe_id;
  const bool has_exe_id =
      request.wants_exe_id && files.exe_id(request.pid, exe_id) == ReadStatus::ok;
  procfs::PidCmdline cmdline;
  if (request.needs.cmdline && files.cmdline(request.pid, cmdline) == ReadStatus::ok) {
    facts.cmdline = std::move(cmdline);
  }
  std::string path;
  if (request.needs.exe_path && files.exe(request.pid, path) == ReadStatus::ok) {
    facts.exe_path = std::move(path);
  }
  if (request.needs.user && request.effective_uid) {
    facts.user_name = files.user_name(*request.effective_uid);
  }
  // It may have become another program meanwhile: what was read is then of one or of the other.
  procfs::ExeId exe_id_after;
  if (has_exe_id && files.exe_id(request.pid, exe_id_after) == ReadStatus::ok &&
      exe_id_after == exe_id) {
    facts.exe_id = exe_id;
  }
  return facts;
}

}  // namespace

/// What a thread and the scan share. A thread that was given up keeps it alive.
struct ThreadedSlowReader::Shared {
  std::shared_ptr<procfs::BlockingFiles> files;
  std::mutex mutex;
  std::condition_variable work;      ///< A request came, or the end.
  std::condition_variable progress;  ///< An answer came, or a thread came to rest.
  std::deque<SlowRequest> requests;
  std::vector<SlowAnswer> answers;
  bool stopping = false;
};

struct ThreadedSlowReader::Worker {
  enum class State : std::uint8_t { resting, reading, stuck };
  State state = State::resting;  ///< Guarded by Shared::mutex.
  std::thread thread;            ///< Touched by the scan thread only.
};

ThreadedSlowReader::ThreadedSlowReader(std::shared_ptr<procfs::BlockingFiles> files,
                                       SlowThreads& threads)
    : threads_(threads), shared_(std::make_shared<Shared>()) {
  shared_->files = std::move(files);
}

ThreadedSlowReader::~ThreadedSlowReader() {
  {
    std::unique_lock lock(shared_->mutex);
    shared_->stopping = true;
    shared_->work.notify_all();
    shared_->progress.wait_for(lock, kShutdownDeadline, [this] {
      return std::none_of(workers_.begin(), workers_.end(), [](const auto& worker) {
        return worker->state == Worker::State::reading;
      });
    });
    for (const auto& worker : workers_) {
      if (worker->state != Worker::State::resting) worker->thread.detach();
    }
  }
  for (const auto& worker : workers_) {
    if (worker->thread.joinable()) worker->thread.join();
  }
}

bool ThreadedSlowReader::start_worker() {
  workers_.reserve(workers_.size() + 1);  // Nothing may fail once the thread runs.
  auto worker = std::make_shared<Worker>();
  worker->thread =
      threads_.start("slow reader", [shared = shared_, worker] { run(shared, worker); });
  if (!worker->thread.joinable()) return false;
  workers_.push_back(std::move(worker));
  return true;
}

void ThreadedSlowReader::run(const std::shared_ptr<Shared>& shared,
                             const std::shared_ptr<Worker>& worker) {
  std::unique_lock lock(shared->mutex);
  while (true) {
    shared->work.wait(lock, [&] { return shared->stopping || !shared->requests.empty(); });
    if (shared->stopping) return;
    const auto request = shared->requests.front();
    shared->requests.pop_front();
    worker->state = Worker::State::reading;
    lock.unlock();
    SlowAnswer answer{.pid = request.pid,
                      .starttime_ticks = request.starttime_ticks,
                      .effective_uid = request.effective_uid,
                      .facts = {}};
    // An exception would end the whole program, which may be somebody else's.
    try {
      answer.facts = read_facts(*shared->files, request);
    } catch (const std::exception&) {
      // No memory: a process without facts.
    }
    lock.lock();
    worker->state = Worker::State::resting;
    try {
      shared->answers.push_back(std::move(answer));
    } catch (const std::bad_alloc&) {
      // Never answered, like one that was dropped.
    }
    shared->progress.notify_all();
  }
}

void ThreadedSlowReader::request(const SlowRequest& request) {
  {
    const std::lock_guard lock(shared_->mutex);
    if (shared_->requests.size() == kMaxRequests) return;
    shared_->requests.push_back(request);
  }
  if (workers_.empty()) start_worker();
  shared_->work.notify_one();
}

void ThreadedSlowReader::collect(std::vector<SlowAnswer>& answers) {
  std::unique_lock lock(shared_->mutex);
  const auto has_state = [](Worker::State state) {
    return [state](const auto& worker) { return worker->state == state; };
  };
  const auto scan_deadline = std::chrono::steady_clock::now() + kScanDeadline;
  while (std::chrono::steady_clock::now() < scan_deadline) {
    const bool all_stuck =
        std::all_of(workers_.begin(), workers_.end(), has_state(Worker::State::stuck));
    const bool reading =
        std::any_of(workers_.begin(), workers_.end(), has_state(Worker::State::reading));
    if (!shared_->requests.empty() && all_stuck) {
      if (!start_worker()) break;
    } else if (shared_->requests.empty() && !reading) {
      break;
    }
    const auto before = shared_->answers.size();
    const bool progressed = shared_->progress.wait_for(
        lock, kDeadline, [&] { return shared_->answers.size() > before; });
    if (progressed) continue;
    bool gave_up = false;
    for (const auto& worker : workers_) {
      if (worker->state != Worker::State::reading) continue;
      worker->state = Worker::State::stuck;
      gave_up = true;
    }
    if (!gave_up) break;  // A thread that did not get a CPU: its answers come later.
  }
  std::move(shared_->answers.begin(), shared_->answers.end(), std::back_inserter(answers));
  shared_->answers.clear();
}

unsigned ThreadedSlowReader::stuck() const {
  const std::lock_guard lock(shared_->mutex);
  return static_cast<unsigned>(
      std::count_if(workers_.begin(), workers_.end(),
                    [](const auto& worker) { return worker->state == Worker::State::stuck; }));
}

}  // namespace proctally::naming
