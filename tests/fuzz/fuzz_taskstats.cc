#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <vector>

#include "core/kernel/exit_assembler.h"
#include "core/kernel/exit_message.h"

/// The parser of taskstats messages, and what makes processes of them. The input is a sequence of
/// messages, each behind its length in two bytes (little endian); the last may be shorter.
namespace {

using proctally::kernel::ExitAssembler;
using proctally::kernel::parse_exit_message;
using proctally::kernel::parse_group_answer;
using proctally::kernel::ProcessExit;

void require(bool condition) {
  if (!condition) std::abort();
}

void check(std::span<const std::byte> payload, ExitAssembler& assembler) {
  (void)parse_group_answer(payload);
  const auto message = parse_exit_message(payload);
  if (!message) return;
  require(message->tid > 0);
  require(message->own.pid == message->tid);
  require(!message->tgid || *message->tgid > 0);
  require(!message->is_last_thread || message->tgid);
  require(message->own.name().size() <= message->own.comm.size());
  (void)assembler.add(*message);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  constexpr std::size_t kRoom = 4;
  constexpr std::size_t kSizeBytes = 2;
  ExitAssembler assembler(kRoom);
  std::span rest(bytes, size);
  while (rest.size() >= kSizeBytes) {
    const auto wanted = std::size_t{rest[0]} | std::size_t{rest[1]} << 8U;
    rest = rest.subspan(kSizeBytes);
    const auto message = rest.first(std::min(wanted, rest.size()));
    rest = rest.subspan(message.size());
    // Aligned, and of exactly its size, as a sanitizer wants to see it.
    const std::vector<std::uint8_t> exact(message.begin(), message.end());
    check(std::as_bytes(std::span(exact)), assembler);
  }
  std::vector<ProcessExit> exits;
  assembler.take(exits);
  require(exits.size() <= kRoom);
  require(assembler.partial() <= ExitAssembler::kMaxPartial);
  return 0;
}
