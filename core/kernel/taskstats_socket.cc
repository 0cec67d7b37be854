#include "core/kernel/taskstats_socket.h"

#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/taskstats.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string>

namespace proctally::kernel {
namespace {

// A structure has 700 bytes in 2026, a message at most two of them.
constexpr std::size_t kDatagramBytes = 4096;
constexpr std::uint32_t kFamilySequence = 1;
constexpr std::uint32_t kRegisterSequence = 2;

/// Requests to the kernel, one behind the other.
class Requests {
 public:
  Requests() : bytes_(TaskstatsSocket::kBatch * kRequestBytes) {}

  /// The attribute of the request is added by the caller.
  nlmsghdr* add(std::uint16_t family, std::uint8_t command, std::uint32_t sequence) {
    auto* header = mnl_nlmsg_put_header(bytes_.data() + end_);
    header->nlmsg_type = family;
    header->nlmsg_flags = NLM_F_REQUEST;
    header->nlmsg_seq = sequence;
    auto* generic =
        static_cast<genlmsghdr*>(mnl_nlmsg_put_extra_header(header, sizeof(genlmsghdr)));
    generic->cmd = command;
    generic->version = TASKSTATS_GENL_VERSION;
    return header;
  }
  void finish(const nlmsghdr* header) { end_ += MNL_ALIGN(header->nlmsg_len); }
  [[nodiscard]] std::size_t free() const { return bytes_.size() - end_; }

  [[nodiscard]] int send(int fd) const {
    sockaddr_nl kernel{};
    kernel.nl_family = AF_NETLINK;
    const auto sent = ::sendto(fd, bytes_.data(), end_, MSG_DONTWAIT,
                               reinterpret_cast<const sockaddr*>(&kernel), sizeof kernel);
    return sent < 0 ? errno : 0;
  }

 private:
  // A mask of CPUs needs most: "0-8191", or in pieces.
  static constexpr std::size_t kRequestBytes = 64;

  std::vector<std::byte> bytes_;
  std::size_t end_ = 0;
};

/// As the kernel writes and reads lists: "0-7". What sysconf counts are the CPUs that are there
/// now.
std::string possible_cpus() {
  std::string list;
  std::ifstream file("/sys/devices/system/cpu/possible");
  if (std::getline(file, list) && !list.empty()) return list;
  return "0-" + std::to_string(std::max(::sysconf(_SC_NPROCESSORS_CONF), 1L) - 1);
}

int find_family_id(const nlattr* attribute, void* id) {
  if (mnl_attr_get_type(attribute) == CTRL_ATTR_FAMILY_ID &&
      mnl_attr_validate(attribute, MNL_TYPE_U16) >= 0) {
    *static_cast<std::uint16_t*>(id) = mnl_attr_get_u16(attribute);
  }
  return MNL_CB_OK;
}

/// All messages of one datagram.
void split(std::span<const std::byte> datagram, std::uint16_t family,
           std::vector<TaskstatsSocket::Message>& messages) {
  const auto* header = reinterpret_cast<const nlmsghdr*>(datagram.data());
  int left = static_cast<int>(datagram.size());
  for (; mnl_nlmsg_ok(header, left); header = mnl_nlmsg_next(header, &left)) {
    TaskstatsSocket::Message message;
    message.sequence = header->nlmsg_seq;
    message.payload = {static_cast<const std::byte*>(mnl_nlmsg_get_payload(header)),
                       mnl_nlmsg_get_payload_len(header)};
    int error = 0;
    if (header->nlmsg_type == NLMSG_ERROR && message.payload.size() >= sizeof error) {
      std::memcpy(&error, message.payload.data(), sizeof error);
      message.is_answer = true;
      message.error = -error;
      message.payload = {};
    }
    message.is_understood = message.is_answer || header->nlmsg_type == family;
    messages.push_back(message);
  }
  if (left > 0) messages.emplace_back();
}

}  // namespace

TaskstatsStatus TaskstatsSocket::open() {
  fd_.reset(::socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_GENERIC));
  if (!fd_.is_open()) return TaskstatsStatus::failed;
  // After an overrun the kernel would drop everything until we emptied the socket; this way it
  // drops what finds no room. It counts both (net/netlink/af_netlink.c netlink_overrun()).
  const int on = 1;
  ::setsockopt(fd(), SOL_NETLINK, NETLINK_NO_ENOBUFS, &on, sizeof on);
  sockaddr_nl own{};
  own.nl_family = AF_NETLINK;
  if (::bind(fd(), reinterpret_cast<const sockaddr*>(&own), sizeof own) != 0) {
    return TaskstatsStatus::failed;
  }
  buffer_.resize(kBatch * kDatagramBytes);
  messages_.reserve(kBatch);

  Requests requests;
  auto* request = requests.add(GENL_ID_CTRL, CTRL_CMD_GETFAMILY, kFamilySequence);
  mnl_attr_put_strz(request, CTRL_ATTR_FAMILY_NAME, TASKSTATS_GENL_NAME);
  requests.finish(request);
  if (requests.send(fd()) != 0) return TaskstatsStatus::failed;
  family_ = GENL_ID_CTRL;
  std::uint16_t id = 0;
  for (const auto& message : receive()) {
    if (message.is_answer) {
      return message.error == ENOENT ? TaskstatsStatus::not_in_kernel : TaskstatsStatus::failed;
    }
    if (!message.is_understood || message.payload.size() < sizeof(genlmsghdr)) continue;
    const auto attributes = message.payload.subspan(sizeof(genlmsghdr));
    mnl_attr_parse_payload(attributes.data(), attributes.size(), find_family_id, &id);
  }
  family_ = id;
  return id == 0 ? TaskstatsStatus::failed : TaskstatsStatus::ok;
}

void TaskstatsSocket::set_receive_bytes(std::size_t bytes) const {
  // The kernel doubles it, for its own overhead (sock_setsockopt()).
  const int half = static_cast<int>(bytes / 2);
  if (::setsockopt(fd(), SOL_SOCKET, SO_RCVBUFFORCE, &half, sizeof half) != 0) {
    ::setsockopt(fd(), SOL_SOCKET, SO_RCVBUF, &half, sizeof half);
  }
}

std::span<const TaskstatsSocket::Message> TaskstatsSocket::receive() {
  std::array<mmsghdr, kBatch> headers{};
  std::array<iovec, kBatch> pieces{};
  std::array<sockaddr_nl, kBatch> senders{};
  for (std::size_t i = 0; i < kBatch; ++i) {
    pieces.at(i) = {.iov_base = buffer_.data() + i * kDatagramBytes, .iov_len = kDatagramBytes};
    headers.at(i).msg_hdr.msg_name = &senders.at(i);
    headers.at(i).msg_hdr.msg_namelen = sizeof(sockaddr_nl);
    headers.at(i).msg_hdr.msg_iov = &pieces.at(i);
    headers.at(i).msg_hdr.msg_iovlen = 1;
  }
  int count = 0;
  do {
    count = ::recvmmsg(fd(), headers.data(), kBatch, MSG_DONTWAIT, nullptr);
  } while (count < 0 && (errno == EINTR || errno == ENOBUFS));  // ENOBUFS: dropped() counts it.
  messages_.clear();
  for (std::size_t i = 0; i < static_cast<std::size_t>(std::max(count, 0)); ++i) {
    const auto& header = headers.at(i);
    const std::span datagram(buffer_.data() + i * kDatagramBytes, header.msg_len);
    if (senders.at(i).nl_pid != 0 || (header.msg_hdr.msg_flags & MSG_TRUNC) != 0) {
      messages_.emplace_back();
    } else {
      split(datagram, family_, messages_);
    }
  }
  return messages_;
}

int TaskstatsSocket::await_answer(std::uint32_t sequence, const Handler& others) {
  // The kernel answers within the send: nothing there means that the answer found no room.
  int result = ENOBUFS;
  for (auto batch = receive(); !batch.empty(); batch = receive()) {
    for (const auto& message : batch) {
      if (message.is_answer && message.sequence == sequence) {
        result = message.error;
      } else {
        others(message);
      }
    }
  }
  return result;
}

int TaskstatsSocket::register_for_exits(const Handler& early) {
  Requests requests;
  const auto cpus = possible_cpus();
  auto* request = requests.add(family_, TASKSTATS_CMD_GET, kRegisterSequence);
  request->nlmsg_flags |= NLM_F_ACK;
  if (!mnl_attr_put_strz_check(request, requests.free(), TASKSTATS_CMD_ATTR_REGISTER_CPUMASK,
                               cpus.c_str())) {
    return E2BIG;
  }
  requests.finish(request);
  const int error = requests.send(fd());
  return error != 0 ? error : await_answer(kRegisterSequence, early);
}

int TaskstatsSocket::ask_processes(std::span<const pid_t> pids, std::uint32_t first) const {
  Requests requests;
  for (const pid_t pid : pids.first(std::min(pids.size(), kBatch))) {
    auto* request = requests.add(family_, TASKSTATS_CMD_GET, first++);
    mnl_attr_put_u32(request, TASKSTATS_CMD_ATTR_TGID, static_cast<std::uint32_t>(pid));
    requests.finish(request);
  }
  return requests.send(fd());
}

std::uint32_t TaskstatsSocket::dropped() const {
  std::array<std::uint32_t, SK_MEMINFO_VARS> counts{};
  socklen_t size = sizeof counts;
  if (::getsockopt(fd(), SOL_SOCKET, SO_MEMINFO, counts.data(), &size) != 0) return 0;
  return counts[SK_MEMINFO_DROPS];
}

std::string_view name_of(TaskstatsStatus status) {
  switch (status) {
    case TaskstatsStatus::ok:
      return "usable";
    case TaskstatsStatus::no_permission:
      return "needs CAP_NET_ADMIN";
    case TaskstatsStatus::other_namespace:
      return "works in the first pid, user and network namespace only";
    case TaskstatsStatus::not_in_kernel:
      return "the kernel lacks taskstats";
    case TaskstatsStatus::not_usable:
      return "the kernel forgets what dead threads did";
    case TaskstatsStatus::failed:
      break;
  }
  return "failed";
}

}  // namespace proctally::kernel
