#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "formats/graphite_template.h"
#include "plugins/common/options.h"
#include "plugins/graphite/batch_queue.h"
#include "plugins/graphite/destination.h"
#include "plugins/graphite/sender.h"
#include "plugins/graphite/spool.h"
#include "plugins/graphite/tls_context.h"

namespace proctally::plugins::graphite {

/// The command line of proctally-graphite, valid.
struct GraphiteOptions : Options {
  // What else than to push.
  bool dry_run = false;
  std::string format;  ///< Of a dry run: a format that the caller allowed.
  bool print_schema = false;

  std::vector<Destination> to;
  bool is_failover = false;  ///< Only one of them gets a batch.
  TlsFiles tls;

  std::string prefix;
  std::string host;                               ///< "auto", "fqdn", "reversed", or a name.
  std::optional<formats::GraphiteTemplate> path;  ///< None: tags.

  std::chrono::seconds interval{10};
  bool interval_given = false;
  std::chrono::milliseconds splay{0};
  std::chrono::milliseconds stop_timeout{5000};
  SenderSettings sending;
  QueueLimits queue;
  std::optional<std::string> spool;  ///< A folder.
  SpoolLimits spool_limits;

  [[nodiscard]] bool has(Protocol protocol) const;
};

/// Parses `arguments`, without the program's own name. `formats` are the names --format takes;
/// `host_proc` is the environment's HOST_PROC, null where it is not set. Throws UsageError.
[[nodiscard]] GraphiteOptions parse_graphite_options(const std::vector<std::string>& arguments,
                                                     const std::vector<std::string>& formats,
                                                     const char* host_proc);

/// The text of --help behind the introduction: each option and what it does.
[[nodiscard]] std::string describe_graphite_options(const std::vector<std::string>& formats);

}  // namespace proctally::plugins::graphite
