#include "core/naming/rule.h"

#include <fnmatch.h>

#include <algorithm>

#include "core/procfs/text.h"

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
  if (facts.slow == nullptr) return needs().any_slow() ? Verdict::unknown : Verdict::yes;

  const auto& slow = *facts.slow;
  if (!want.user.empty() && !(slow.user_name && contains(want.user, *slow.user_name)) &&
      !(facts.effective_uid && contains(want.user, std::to_string(*facts.effective_uid)))) {
    return Verdict::no;
  }
  if (!want.exe.empty() && (!slow.cmdline || slow.cmdline->argv0.empty() ||
                            !contains_path(want.exe, slow.cmdline->argv0))) {
    return Verdict::no;
  }
  if (!want.exe_path.empty() &&
      (!slow.exe_path || !match_exe_path(want.exe_path, *slow.exe_path))) {
    return Verdict::no;
  }
  return match_cmdline(facts, captures) ? Verdict::yes : Verdict::no;
}

bool Rule::match_cmdline(const ProcessFacts& facts, Captures& captures) const {
  if (selectors_.cmdline.empty()) return true;
  if (!facts.slow->cmdline) return false;
  const std::string_view text = facts.slow->cmdline->joined;
  for (const auto& expression : selectors_.cmdline) {
    const auto groups = static_cast<std::size_t>(expression->NumberOfCapturingGroups()) + 1;
    std::vector<re2::StringPiece> found(groups);
    if (!expression->Match(text, 0, text.size(), RE2::UNANCHORED, found.data(),
                           static_cast<int>(groups))) {
      return false;
    }
    for (const auto& [index, name] : expression->CapturingGroupNames()) {
      const auto& piece = found.at(static_cast<std::size_t>(index));
      captures.insert_or_assign(name, std::string(piece.data(), piece.size()));
    }
  }
  return true;
}

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
