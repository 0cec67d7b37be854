#include "tests/plugins/collectd/test_daemon.h"

#include <dlfcn.h>

#include <array>
#include <cstdarg>
#include <cstdio>
#include <deque>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <variant>

#include "tests/support/allocations.h"

extern "C" {
#include <core/daemon/collectd.h>
#include <core/daemon/plugin.h>
}
#undef ERROR
#undef WARNING
#undef NOTICE
#undef INFO
#undef DEBUG

namespace proctally::test {
namespace {

using plugins::collectd::ConfigItem;

struct State {
  int (*config)(oconfig_item_t*) = nullptr;
  plugin_init_cb init = nullptr;
  plugin_read_cb read = nullptr;
  plugin_shutdown_cb shutdown = nullptr;
  std::vector<Dispatched> dispatched;
  std::mutex mutex;  // Any thread may log.
  std::vector<std::string> log;
};

State& state() {
  static State only;
  return only;
}

/// The tree that collectd's parser makes; it lives as long as the call.
class Tree {
 public:
  explicit Tree(const ConfigItem& item) { fill(root_, nullptr, item); }
  oconfig_item_t* root() { return &root_; }

 private:
  void fill(oconfig_item_t& to, oconfig_item_t* parent, const ConfigItem& from) {
    to = {};
    to.parent = parent;
    to.key = keep(from.key);
    auto& values = values_.emplace_back();
    for (const auto& value : from.values) {
      auto& v = values.emplace_back();
      if (const auto* text = std::get_if<std::string>(&value)) {
        v.type = OCONFIG_TYPE_STRING;
        v.value.string = keep(*text);
      } else if (const auto* number = std::get_if<double>(&value)) {
        v.type = OCONFIG_TYPE_NUMBER;
        v.value.number = *number;
      } else {
        v.type = OCONFIG_TYPE_BOOLEAN;
        v.value.boolean = std::get<bool>(value) ? 1 : 0;
      }
    }
    to.values = values.data();
    to.values_num = static_cast<int>(values.size());
    auto& children = children_.emplace_back(from.children.size());
    for (std::size_t i = 0; i < children.size(); ++i) fill(children[i], &to, from.children[i]);
    to.children = children.data();
    to.children_num = static_cast<int>(children.size());
  }
  char* keep(const std::string& text) { return texts_.emplace_back(text).data(); }

  oconfig_item_t root_{};
  std::deque<std::string> texts_;
  std::deque<std::vector<oconfig_value_t>> values_;
  std::deque<std::vector<oconfig_item_t>> children_;
};

std::string name_of(const value_list_t& list) {
  std::string name = list.plugin;
  if (*list.plugin_instance != '\0') name += std::string("-") + list.plugin_instance;
  name += std::string("/") + list.type;
  if (*list.type_instance != '\0') name += std::string("-") + list.type_instance;
  return name;
}

}  // namespace

TestDaemon::TestDaemon() : handle_(::dlopen(PROCTALLY_COLLECTD_SO, RTLD_NOW | RTLD_LOCAL)) {
  if (handle_ == nullptr) throw std::runtime_error(::dlerror());
  auto* symbol = ::dlsym(handle_, "module_register");
  if (symbol == nullptr) throw std::runtime_error("no module_register");
  state().dispatched.clear();
  state().log.clear();
  reinterpret_cast<void (*)()>(symbol)();
}

TestDaemon::~TestDaemon() { (void)unload(); }

int TestDaemon::configure(const ConfigItem& block) {
  std::optional<Tree> tree;
  {
    const FaultsOff no_faults;
    tree.emplace(block);
  }
  return state().config(tree->root());
}
int TestDaemon::init() { return state().init(); }
int TestDaemon::read() {
  state().dispatched.clear();
  return state().read(nullptr);
}
int TestDaemon::shutdown() { return state().shutdown(); }

bool TestDaemon::unload() {
  if (handle_ != nullptr) ::dlclose(handle_);
  handle_ = nullptr;
  return ::dlopen(PROCTALLY_COLLECTD_SO, RTLD_NOW | RTLD_NOLOAD) == nullptr;
}

const std::vector<Dispatched>& TestDaemon::dispatched() const { return state().dispatched; }
const std::vector<std::string>& TestDaemon::log() const { return state().log; }

}  // namespace proctally::test

// The functions of the daemon that the plugin calls. They throw nothing, as C does not: what is
// injected into the plugin must not be caught by it on their account.
#define EXPORTED extern "C" __attribute__((visibility("default")))

EXPORTED int plugin_register_complex_config(const char* /*type*/,
                                            int (*callback)(oconfig_item_t*)) {
  proctally::test::state().config = callback;
  return 0;
}
EXPORTED int plugin_register_init(const char* /*name*/, plugin_init_cb callback) {
  proctally::test::state().init = callback;
  return 0;
}
EXPORTED int plugin_register_complex_read(const char* /*group*/, const char* /*name*/,
                                          plugin_read_cb callback, cdtime_t /*interval*/,
                                          const user_data_t* /*user_data*/) {
  proctally::test::state().read = callback;
  return 0;
}
EXPORTED int plugin_register_shutdown(const char* /*name*/, plugin_shutdown_cb callback) {
  proctally::test::state().shutdown = callback;
  return 0;
}
EXPORTED int plugin_dispatch_values(const value_list_t* list) {
  const proctally::test::FaultsOff no_faults;
  auto& sent = proctally::test::state().dispatched.emplace_back();
  sent.name = proctally::test::name_of(*list);
  sent.time = list->time;
  return 0;
}
EXPORTED void plugin_log(int level, const char* format, ...) {
  const proctally::test::FaultsOff no_faults;
  std::array<char, 1024> line{};
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(line.data(), line.size(), format, arguments);
  va_end(arguments);
  const std::lock_guard lock(proctally::test::state().mutex);
  proctally::test::state().log.push_back(std::to_string(level) + " " + line.data());
}
