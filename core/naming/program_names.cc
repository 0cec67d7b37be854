#include "core/naming/program_names.h"

#include <tuple>

namespace proctally::naming {

bool operator<(const Program& a, const Program& b) {
  return std::tie(a.exe.inode, a.exe.device, a.comm, a.uid, a.cgroups) <
         std::tie(b.exe.inode, b.exe.device, b.comm, b.uid, b.cgroups);
}

void ProgramNames::learn(const Program& program, const Naming& naming) {
  const auto known = names_.find(program);
  if (known == names_.end()) {
    if (names_.size() == kMaxPrograms) names_.clear();
    names_.emplace(program, naming);
    return;
  }
  auto& name = known->second;
  if (name && (name->outcome != naming.outcome || name->label != naming.label)) name.reset();
}

const Naming* ProgramNames::find(const Program& program) const {
  const auto known = names_.find(program);
  return known == names_.end() || !known->second ? nullptr : &*known->second;
}

}  // namespace proctally::naming
