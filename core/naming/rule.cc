#include "core/naming/rule.h"

#include <fnmatch.h>

#include <algorithm>

#include "core/naming/utf8.h"

namespace proctally::naming {
namespace {

bool contains(const std::vector<std::string>& values, std::string_view value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// A wanted path with a '/' in it is the whole path, any other one its last part.
bool contains_path(const std::vector<std::string>& wanted, std::string_view path) {
  return std::any_of(wanted.begin(), wanted.end(), [path](const std::string& value) {
    return value.find('/') != std::string::npos ? path == value : base_name(path) == value;
  });
}

bool is_number(std::string_view value) {
  return value.find_first_not_of("0123456789") == std::string_view::npos;
}

bool match_exe_path(const std::vector<std::string>& wanted, std::string_view path) {
  // The kernel's mark for a program that was replaced on disk while it runs (d_path()).
  constexpr std::string_view kDeleted = " (deleted)";
  if (path.ends_with(kDeleted)) path.remove_suffix(kDeleted.size());
  return contains_path(wanted, path);
}

bool match_cgroup(const std::vector<std::string>& globs, const std::vector<std::string>& paths) {
  return std::any_of(globs.begin(), globs.end(), [&paths](const std::string& glob) {
    return std::any_of(paths.begin(), paths.end(), [&glob](const std::string& path) {
      return ::fnmatch(glob.c_str(), path.c_str(), 0) == 0;
    });
  });
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto bytes = decode_utf8(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

/// A command line as expressions see it. No expression of RE2 matches a byte that is no UTF-8;
/// Go's, and so process-exporter's, take each for U+FFFD. Else one such byte hides a process from
/// ".+".
class SearchableText {
 public:
  /// `raw` outlives it.
  explicit SearchableText(std::string_view raw) : raw_(raw) {
    if (is_utf8(raw)) return;
    constexpr std::string_view kReplacement = "\xef\xbf\xbd";
    for (std::size_t i = 0; i < raw.size();) {
      const auto bytes = decode_utf8(raw.substr(i)).bytes;
      replaced_ += bytes == 0 ? kReplacement : raw.substr(i, bytes);
      origins_.resize(replaced_.size(), i);
      i += std::max<std::size_t>(bytes, 1);
    }
    origins_.push_back(raw.size());
  }

  [[nodiscard]] std::string_view text() const { return origins_.empty() ? raw_ : replaced_; }

  /// The raw bytes of a part of text(), which may be none.
  [[nodiscard]] std::string raw_of(re2::StringPiece part) const {
    if (part.empty()) return {};
    if (origins_.empty()) return {part.data(), part.size()};
    const auto begin = static_cast<std::size_t>(part.data() - replaced_.data());
    const auto from = origins_.at(begin);
    return std::string(raw_.substr(from, origins_.at(begin + part.size()) - from));
  }

 private:
  std::string_view raw_;
  std::string replaced_;              ///< Only where raw_ is no UTF-8.
  std::vector<std::size_t> origins_;  ///< For each byte of it: where its code point is in raw_.
};

}  // namespace

Verdict Rule::match(const ProcessFacts& facts, Captures& captures) const {
  const auto& want = selectors_;
  // The cheap ones first; those that may have to wait come last.
  if (want.kernel_thread && *want.kernel_thread != facts.is_kernel_thread) return Verdict::no;
  if (!want.comm.empty() && !contains(want.comm, facts.comm)) return Verdict::no;
  if (!want.cgroup.empty() &&
      (facts.cgroups == nullptr || !match_cgroup(want.cgroup, *facts.cgroups))) {
    return Verdict::no;
  }
  const auto user = match_user(facts);
  if (user == Verdict::no) return Verdict::no;
  if (facts.slow == nullptr) {
    const auto needed = needs();
    const bool names_user = name_ && name_->needs().user;
    const bool is_missing =
        needed.cmdline || needed.exe_path || (names_user && facts.find_user_name() == nullptr);
    return is_missing ? Verdict::unknown : user;
  }

  const auto& slow = *facts.slow;
  if (!want.exe.empty() && (!slow.cmdline || slow.cmdline->argv0.empty() ||
                            !contains_path(want.exe, slow.cmdline->argv0))) {
    return Verdict::no;
  }
  if (!want.exe_path.empty() &&
      (!slow.exe_path || !match_exe_path(want.exe_path, *slow.exe_path))) {
    return Verdict::no;
  }
  if (!match_cmdline(facts, captures)) return Verdict::no;
  const bool lacks_capture = name_ && name_->shows_first_capture() && captures.first.empty();
  return lacks_capture ? Verdict::no : Verdict::yes;
}

Verdict Rule::match_user(const ProcessFacts& facts) const {
  const auto& want = selectors_.user;
  if (want.empty()) return Verdict::yes;
  if (facts.effective_uid && contains(want, std::to_string(*facts.effective_uid))) {
    return Verdict::yes;
  }
  if (const auto* name = facts.find_user_name()) {
    return contains(want, *name) ? Verdict::yes : Verdict::no;
  }
  // No user is called by a number that is not its own.
  const bool is_decided =
      facts.slow != nullptr || (facts.effective_uid && std::ranges::all_of(want, is_number));
  return is_decided ? Verdict::no : Verdict::unknown;
}

bool Rule::match_cmdline(const ProcessFacts& facts, Captures& captures) const {
  if (selectors_.cmdline.empty()) return true;
  if (!facts.slow->cmdline) return false;
  const SearchableText searchable(facts.slow->cmdline->joined);
  const auto text = searchable.text();
  for (const auto& expression : selectors_.cmdline) {
    const auto groups = static_cast<std::size_t>(expression->NumberOfCapturingGroups()) + 1;
    std::vector<re2::StringPiece> found(groups);
    if (!expression->Match(text, 0, text.size(), RE2::UNANCHORED, found.data(),
                           static_cast<int>(groups))) {
      return false;
    }
    for (const auto& [index, name] : expression->CapturingGroupNames()) {
      const auto& part = found.at(static_cast<std::size_t>(index));
      captures.named.insert_or_assign(name, searchable.raw_of(part));
    }
    const auto first = std::find_if(found.begin() + 1, found.end(),
                                    [](const auto& part) { return !part.empty(); });
    if (captures.first.empty() && first != found.end()) captures.first = searchable.raw_of(*first);
  }
  return true;
}

bool Rule::admits(std::string_view name) const { return names_.empty() || contains(names_, name); }

FactNeeds Rule::needs() const {
  FactNeeds needs{.cmdline = !selectors_.exe.empty() || !selectors_.cmdline.empty(),
                  .exe_path = !selectors_.exe_path.empty(),
                  .user = !selectors_.user.empty(),
                  .cgroups = !selectors_.cgroup.empty()};
  if (name_) needs |= name_->needs();
  return needs;
}

std::vector<std::string> capture_names_of(const RE2& expression) {
  std::vector<std::string> names;
  for (const auto& [index, name] : expression.CapturingGroupNames()) names.push_back(name);
  return names;
}

}  // namespace proctally::naming
