#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string_view>
#include <vector>

#include "core/unique_fd.h"

namespace proctally::kernel {

/// Whether the kernel's taskstats can be used.
enum class TaskstatsStatus : std::uint8_t {
  ok,
  no_permission,    ///< CAP_NET_ADMIN is missing (EPERM).
  other_namespace,  ///< Not in the first pid, user and network namespace: exits are told there
                    ///< only.
  not_in_kernel,    ///< No such family.
  not_usable,       ///< It answers, but forgets what dead threads did.
  failed,           ///< Anything else, such as EMFILE.
};

/// For people: what stands in the way.
[[nodiscard]] std::string_view name_of(TaskstatsStatus status);

/// A generic netlink socket to taskstats, and room for one batch of messages. For one thread at a
/// time.
class TaskstatsSocket {
 public:
  /// Requests in one send, and datagrams in one receive.
  static constexpr std::size_t kBatch = 32;

  /// One message without its netlink header: a generic header and attributes, aligned to 4 bytes.
  /// Valid until the next receive.
  struct Message {
    std::uint32_t sequence = 0;  ///< Of the request that is answered.
    bool is_answer = false;      ///< The kernel's yes or no to a request: `error`, no payload.
    int error = 0;               ///< An errno; 0 is a yes.
    bool is_understood = false;  ///< Whole, of the kernel, and of our family.
    std::span<const std::byte> payload;
  };
  using Handler = std::function<void(const Message&)>;

  /// Opens, and finds the id of the family.
  [[nodiscard]] TaskstatsStatus open();

  /// How much may wait in the socket; beyond the host's limit where we are privileged.
  void set_receive_bytes(std::size_t bytes) const;

  /// What is there, at most kBatch datagrams, without waiting. Empty: nothing is there. What does
  /// not come from the kernel, or was cut short, is not understood.
  [[nodiscard]] std::span<const Message> receive();

  /// Registers for the exits on all CPUs that this machine may ever have: 0 or an errno. Exits that
  /// are told before the kernel's answer go to `early`.
  [[nodiscard]] int register_for_exits(const Handler& early);

  /// Asks for the totals of processes, at most kBatch; answer i bears the sequence `first` + i, and
  /// is there when this returns. 0 or an errno.
  [[nodiscard]] int ask_processes(std::span<const pid_t> pids, std::uint32_t first) const;

  /// The messages that found no room since the socket was opened, exactly. It wraps.
  [[nodiscard]] std::uint32_t dropped() const;

  [[nodiscard]] int fd() const { return fd_.get(); }

 private:
  [[nodiscard]] int await_answer(std::uint32_t sequence, const Handler& others);

  UniqueFd fd_;
  std::uint16_t family_ = 0;
  std::vector<std::byte> buffer_;
  std::vector<Message> messages_;
};

}  // namespace proctally::kernel
