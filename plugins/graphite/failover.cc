#include "plugins/graphite/failover.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "plugins/graphite/backoff.h"

namespace proctally::plugins::graphite {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::seconds kAvoidFor{60};
constexpr std::chrono::seconds kMaxAgeOfOthers{60};

}  // namespace

/// Tries the members until one opens, and then is that one's stream.
class FailoverSet::OneOfThem final : public Stream {
 public:
  OneOfThem(FailoverSet& set, Events events)
      : set_(set), events_(std::move(events)), order_(set.order()) {}

  void open() override {
    next_ = order_.begin();
    open(**next_);
  }
  void write(std::string_view bytes) override { stream_->write(bytes); }
  void finish() override {
    is_finished_ = true;
    stream_->finish();
  }
  void complete_line(std::string_view rest) override { stream_->complete_line(rest); }
  [[nodiscard]] std::size_t unacknowledged() override { return stream_->unacknowledged(); }
  void close() override {
    if (stream_ != nullptr) stream_->close();
    if (in_use_ == nullptr) return;
    // It did not end: it was given up, because it does not read.
    if (!has_ended_) avoid(*in_use_);
    in_use_->is_in_use = false;
    in_use_ = nullptr;
  }
  [[nodiscard]] std::chrono::milliseconds max_age() const override {
    return in_use_ == &set_.members_.front() ? kNoMaxAge : kMaxAgeOfOthers;
  }

 private:
  void open(FailoverMember& member) {
    stream_ = member.make_stream(
        {.opened = [this, &member] { opened(member); },
         .written = events_.written,
         .ended = [this, &member](End end, const std::string& why) { ended(member, end, why); }});
    stream_->open();
  }

  void opened(FailoverMember& member) {
    in_use_ = &member;
    opened_at_ = steady_clock::now();
    set_.opened(member, why_);
    events_.opened();
  }

  void ended(FailoverMember& member, End end, const std::string& why) {
    if (in_use_ == nullptr) {
      ++member.failed_connects;
      why_ += fmt::format("{}{}: {}", why_.empty() ? "" : "; ", member.name, why);
      stream_->close();
      if (++next_ != order_.end()) {
        open(**next_);
        return;
      }
    } else if (end != End::by_peer ||
               (!is_finished_ && steady_clock::now() - opened_at_ < kProvenAge)) {
      avoid(member);
    }
    has_ended_ = true;
    const auto ended = events_.ended;  // Who hears of it may let go of us.
    const auto all = in_use_ == nullptr ? why_ : fmt::format("{}: {}", member.name, why);
    ended(end, all);
  }

  static void avoid(FailoverMember& member) {
    member.avoid_until = steady_clock::now() + kAvoidFor;
  }

  FailoverSet& set_;
  const Events events_;
  std::vector<FailoverMember*> order_;
  std::vector<FailoverMember*>::iterator next_;
  std::shared_ptr<Stream> stream_;
  FailoverMember* in_use_ = nullptr;
  steady_clock::time_point opened_at_;
  bool is_finished_ = false;
  bool has_ended_ = false;
  std::string why_;
};

std::shared_ptr<Stream> FailoverSet::make_stream(Stream::Events events) {
  return std::make_shared<OneOfThem>(*this, std::move(events));
}

std::vector<FailoverMember*> FailoverSet::order() {
  std::vector<FailoverMember*> order;
  for (auto& member : members_) order.push_back(&member);
  const auto now = steady_clock::now();
  std::ranges::stable_partition(
      order, [now](const FailoverMember* member) { return member->avoid_until <= now; });
  return order;
}

void FailoverSet::opened(FailoverMember& member, const std::string& why_no_other) {
  member.is_in_use = true;
  ++member.connects;
  if (told_ == &member) return;
  if (told_ != nullptr || &member != &members_.front()) {
    log_.info(fmt::format("failover: {} is used now{}{}", member.name,
                          why_no_other.empty() ? "" : ", because of ", why_no_other));
  }
  told_ = &member;
}

}  // namespace proctally::plugins::graphite
