#pragma once

#include <sys/types.h>

#include <string>
#include <string_view>

namespace proctally::plugins {

/// Replaces the content of the file `path` at once: who opens it finds the old content or the new
/// one, never a part. The content is written to PATH.tmp, which is removed first where it was left
/// over, and never followed where it is a link; then renamed. `mode` is that of the file whatever
/// the umask is. A file has one writer at a time. On an error nothing is left behind, and the old
/// file stays. It survives our own end, not a power cut. Throws std::system_error: "PATH: what is
/// wrong".
void replace_file(const std::string& path, std::string_view content, mode_t mode);

/// Tries whether replace_file() can begin: throws as it does, and where something is there that is
/// no regular file.
void check_replaceable(const std::string& path);

}  // namespace proctally::plugins
