#pragma once

namespace proctally {

/// How one attempt to read something of the kernel ended. Every source of the core returns it on
/// the scan path, where nothing throws; the scan counts what is not `ok` (see ScanStats).
enum class [[nodiscard]] ReadStatus{
    ok,
    vanished,   ///< The process is gone (ENOENT, ESRCH): no error, it happens on every busy host.
    denied,     ///< Reading needs a privilege that we lack (EACCES, EPERM): the value is absent.
    malformed,  ///< Read, but not understood: truncated, or not in the kernel's format.
    failed,     ///< Anything else, such as EMFILE or EIO.
};

}  // namespace proctally
