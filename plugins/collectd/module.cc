// The only file that knows collectd's headers. They are C without a guard for C++, define macros
// such as ERROR, and need HAVE_CONFIG_H (see CMakeLists.txt).
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>

#include "core/naming/group_label.h"
#include "plugins/collectd/instance_name.h"
#include "plugins/collectd/lifecycle.h"

extern "C" {
#include <core/daemon/collectd.h>
#include <core/daemon/plugin.h>
}
#undef ERROR
#undef WARNING
#undef NOTICE
#undef INFO
#undef DEBUG

namespace proctally::plugins::collectd {
namespace {

// One name for all callbacks: the daemon unregisters the read of an init that failed by it.
constexpr const char* kName = "proctally";

#if defined(__x86_64__)
// A collectd-dev of another make (--with-data-max-name-len) would have us write beyond its end.
static_assert(sizeof(value_list_t) == 680 && offsetof(value_list_t, meta) == 672);
#endif
static_assert(DATA_MAX_NAME_LEN == kMaxInstanceBytes + 1);

/// Lines in the daemon's log. It has room for 1024 bytes with our prefix, and is told no more.
class DaemonLog final : public Log {
 private:
  void write(LogLevel level, std::string_view text) const override {
    constexpr std::size_t kMostBytes = 960;
    auto line = naming::escape_unprintable(text);
    line.resize(naming::place_to_cut(line, kMostBytes));
    plugin_log(severity_of(level), "%s plugin: %s", kName, line.c_str());
  }
  static int severity_of(LogLevel level) {
    switch (level) {
      case LogLevel::error:
        return LOG_ERR;
      case LogLevel::warning:
        return LOG_WARNING;
      case LogLevel::info:
        return LOG_INFO;
      case LogLevel::debug:
        break;
    }
    return LOG_DEBUG;
  }
};

struct Plugin {
  DaemonLog log;
  Lifecycle life{log};
};

// Made by the first callback that needs it and ended by shutdown. No object with a destructor: that
// would run in the parent too, which is left when the daemon goes into the background.
Plugin* plugin = nullptr;

Plugin& the_plugin() {
  if (plugin == nullptr) plugin = new Plugin;
  return *plugin;
}

// Allocates nothing: it may be memory that is missing. What is no printable ASCII becomes '?': text
// of an exception may have been anybody's.
void report(const char* what, const char* text) {
  std::array<char, 960> line{};
  for (std::size_t i = 0; i + 1 < line.size() && text[i] != '\0'; ++i) {
    const bool is_printable = text[i] >= ' ' && text[i] <= '~';
    line.at(i) = is_printable ? text[i] : '?';
  }
  plugin_log(LOG_ERR, "%s plugin: %s: %s", kName, what, line.data());
}

/// Runs the body of a callback. No exception passes: the daemon is C, and would end.
template <typename Body>
int guarded(const char* what, Body body) noexcept {
  try {
    body();
    return 0;
  } catch (const SettingsError& error) {
    for (const auto& problem : error.problems()) {
      plugin_log(LOG_ERR, "%s plugin: %s: %.960s", kName, what, problem.c_str());  // Printable.
    }
  } catch (const std::exception& error) {
    report(what, error.what());
  } catch (...) {
    report(what, "an unknown exception");
  }
  return -1;
}

ConfigItem copy_of(const oconfig_item_t& item) {
  ConfigItem copy{.key = item.key, .values = {}, .children = {}};
  for (int i = 0; i < item.values_num; ++i) {
    const auto& value = item.values[i];
    if (value.type == OCONFIG_TYPE_STRING) {
      copy.values.emplace_back(std::string(value.value.string));
    } else if (value.type == OCONFIG_TYPE_NUMBER) {
      copy.values.emplace_back(value.value.number);
    } else {
      copy.values.emplace_back(value.value.boolean != 0);
    }
  }
  for (int i = 0; i < item.children_num; ++i) copy.children.push_back(copy_of(item.children[i]));
  return copy;
}

cdtime_t cdtime_of(std::int64_t wall_ns) {
  // 2^-30 s, as utils_time.h has it.
  constexpr std::uint64_t kNsPerSecond = 1'000'000'000;
  constexpr unsigned kFractionBits = 30;
  const auto ns = static_cast<std::uint64_t>(wall_ns);
  return ((ns / kNsPerSecond) << kFractionBits) +
         ((ns % kNsPerSecond) << kFractionBits) / kNsPerSecond;
}

template <std::size_t kSize>
void put(char (&field)[kSize], std::string_view text) {  // NOLINT(*-avoid-c-arrays)
  text.copy(field, kSize - 1);                           // The list is all zeros.
}

void dispatch(const ValueList& list) {
  std::array<value_t, 2> values{};
  for (std::size_t i = 0; i < list.numbers.size(); ++i) {
    if (list.kind == Kind::counter) {
      values.at(i).derive = list.numbers[i].derive;
    } else {
      values.at(i).gauge = list.numbers[i].gauge;
    }
  }
  value_list_t vl{};  // Host and interval are the daemon's.
  vl.values = values.data();
  vl.values_len = list.numbers.size();
  vl.time = cdtime_of(list.wall_ns);
  put(vl.plugin, list.plugin);
  put(vl.plugin_instance, list.plugin_instance);
  put(vl.type, list.type);
  put(vl.type_instance, list.type_instance);
  plugin_dispatch_values(&vl);
}

extern "C" {

int proctally_config(oconfig_item_t* block) {
  return guarded("configuration", [block] { the_plugin().life.configure(copy_of(*block)); });
}

int proctally_init() {
  return guarded("start", [] {
    const char* procfs = std::getenv("HOST_PROC");  // NOLINT(concurrency-mt-unsafe)
    the_plugin().life.start(procfs != nullptr && *procfs != '\0' ? procfs : "/proc");
  });
}

int proctally_read(user_data_t* /*unused*/) {
  return guarded("read", [] { the_plugin().life.read(dispatch); });
}

int proctally_shutdown() {
  return guarded("shutdown", [] {
    delete plugin;
    plugin = nullptr;
  });
}

}  // extern "C"

}  // namespace
}  // namespace proctally::plugins::collectd

/// What the daemon looks for. It only registers: the daemon may still go into the background.
extern "C" __attribute__((visibility("default"))) void module_register() {
  using namespace proctally::plugins::collectd;  // NOLINT(google-build-using-namespace)
  plugin_register_complex_config(kName, proctally_config);
  plugin_register_init(kName, proctally_init);
  // The interval is that of <LoadPlugin>.
  plugin_register_complex_read(nullptr, kName, proctally_read, 0, nullptr);
  plugin_register_shutdown(kName, proctally_shutdown);
}
