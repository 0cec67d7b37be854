"""Makes a process whose command line cannot be read: who tries hangs in the kernel.

It is what happens on a host with a dead file server, made on purpose. A FUSE file system of one
file, in a mount namespace of its own, never finishes a write. One thread touches the page that is
being written and waits for it, inside a page fault; another unmaps that page, waits for the first,
and holds the lock of the address space (mmap_lock) that reading /proc/PID/cmdline needs.

This process serves the file system; its child is the one that is stuck. The child prints its pid,
and is stuck as soon as two of its threads are in state D. It cannot even be killed; but when this
process ends, however it does, the kernel gives up the file system, every wait ends, and the child
dies with its parent."""

import ctypes
import mmap
import os
import signal
import struct
import sys
import threading
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from support import waiting  # noqa: E402
from support.children import die_with_parent, libc, set_comm  # noqa: E402

_CLONE_NEWNS = 0x20000
_MS_REC_PRIVATE = 0x4000 | 1 << 18
_SYNC_FILE_RANGE_WRITE = 2
_ENOSYS = 38

# Of linux/fuse.h.
_IN_HEADER = struct.Struct("<IIQQIIIHH")
_OUT_HEADER = struct.Struct("<IiQ")
_INIT_OUT = struct.Struct("<IIIIHHIIHHI7I")
_ATTR_OUT = struct.Struct("<QII6Q10I")
_OPEN_OUT = struct.Struct("<QII")
_READ_IN = struct.Struct("<QQI")
_FORGET, _GETATTR, _SETATTR, _OPEN, _READ, _WRITE, _INIT, _INTERRUPT = 2, 3, 4, 14, 15, 16, 26, 36


def check(result, what):
    if result != 0:
        raise OSError(ctypes.get_errno(), what)


def mount(path):
    """The descriptor of the connection to the kernel. The root of the file system is a file."""
    check(libc.unshare(_CLONE_NEWNS), "unshare")
    check(libc.mount(b"none", b"/", None, _MS_REC_PRIVATE, None), "private mounts")
    fuse = os.open("/dev/fuse", os.O_RDWR)
    options = f"fd={fuse},rootmode=100000,user_id=0,group_id=0".encode()
    check(libc.mount(b"e2e-stuck", path.encode(), b"fuse", 0, options), "mount of fuse")
    return fuse


def serve(fuse):
    """Answers everything but writes."""
    while True:
        request = os.read(fuse, 1 << 21)
        _, opcode, unique, *_ = _IN_HEADER.unpack_from(request)
        if opcode in (_WRITE, _FORGET, _INTERRUPT):
            continue
        answer = answer_to(opcode, request[_IN_HEADER.size :])
        error = -_ENOSYS if answer is None else 0
        answer = answer or b""
        os.write(fuse, _OUT_HEADER.pack(_OUT_HEADER.size + len(answer), error, unique) + answer)


def answer_to(opcode, body):
    if opcode == _INIT:
        return _INIT_OUT.pack(7, 31, 0, 0, 16, 12, 1 << 20, 1, 0, 0, 0, *[0] * 7)
    if opcode in (_GETATTR, _SETATTR):
        times = (0, 0, 0)
        attributes = (1, mmap.PAGESIZE, 8, *times, *times, 0o100600, 1, 0, 0, 0, mmap.PAGESIZE, 0)
        return _ATTR_OUT.pack(1 << 20, 0, 0, *attributes)
    if opcode == _OPEN:
        return _OPEN_OUT.pack(0, 0, 0)
    if opcode == _READ:
        return bytes(_READ_IN.unpack_from(body)[2])
    return None


def get_stuck(path):
    libc.mmap.restype = ctypes.c_void_p
    file = os.open(path, os.O_RDWR)
    os.fstat(file)  # Its size is known to the kernel from then on.
    length = ctypes.c_size_t(mmap.PAGESIZE)
    access = mmap.PROT_READ | mmap.PROT_WRITE
    page = ctypes.c_void_p(libc.mmap(None, length, access, mmap.MAP_SHARED, file, ctypes.c_long(0)))
    libc.memset(page, 1, 1)
    no_offset = ctypes.c_int64(0)
    page_size = ctypes.c_int64(mmap.PAGESIZE)
    started = libc.sync_file_range(file, no_offset, page_size, _SYNC_FILE_RANGE_WRITE)
    check(started, "sync_file_range")
    toucher = threading.Thread(target=libc.memset, args=(page, 2, 1))
    toucher.start()
    stat = Path(f"/proc/self/task/{toucher.native_id}/stat")
    waiting.until(lambda: b" D " in stat.read_bytes(), "the thread that touches the page")
    unmapper = threading.Thread(target=libc.munmap, args=(page, length))
    # Later it might be too late: whoever needs more memory then waits too.
    print(os.getpid(), flush=True)
    unmapper.start()


def main(path):
    """`path`: an empty file, on which the file system is mounted where nobody else sees it."""
    die_with_parent()
    set_comm(b"e2e-stuck-fs")
    fuse = mount(path)
    stuck = os.fork()
    if stuck == 0:
        die_with_parent()
        set_comm(b"e2e-stuck")
        os.close(fuse)
        get_stuck(path)
        signal.pause()
    serve(fuse)


if __name__ == "__main__":
    main(sys.argv[1])
