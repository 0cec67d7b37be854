"""A procfs with the processes that the examples in the documentation are about."""

import os
import pathlib

CONTAINER_ID = "0123456789abcdef" * 4
SERVICES = "/system.slice/"
KERNEL_THREAD = 0x00200000  # PF_KTHREAD

# pid, ppid, comm, arguments, uid, cgroup, exe
PROCESSES = [
    (1, 0, "systemd", ["/sbin/init"], 0, "/init.scope", "/usr/lib/systemd/systemd"),
    (2, 0, "kthreadd", [], 0, "/", None),
    (17, 2, "kworker/0:1-events", [], 0, "/", None),
    (410, 1, "cron", ["/usr/sbin/cron", "-f"], 0, SERVICES + "cron.service", "/usr/sbin/cron"),
    (612, 1, "nginx", ["nginx: master process /usr/sbin/nginx"], 0, SERVICES + "nginx.service",
     "/usr/sbin/nginx"),
    (613, 612, "nginx", ["nginx: worker process"], 33, SERVICES + "nginx.service",
     "/usr/sbin/nginx"),
    (700, 1, "postgres", ["/usr/lib/postgresql/15/bin/postgres", "-D", "/var/lib/postgresql"],
     107, SERVICES + "postgresql@15-main.service", "/usr/lib/postgresql/15/bin/postgres"),
    (704, 700, "postgres", ["postgres: 15/main: walwriter "], 107,
     SERVICES + "postgresql@15-main.service", "/usr/lib/postgresql/15/bin/postgres"),
    (731, 700, "postgres", ["postgres: 15/main: alice shop 10.0.0.5(51234) idle"], 107,
     SERVICES + "postgresql@15-main.service", "/usr/lib/postgresql/15/bin/postgres"),
    (732, 700, "postgres", ["postgres: bob stock [local] SELECT"], 107,
     SERVICES + "postgresql@15-main.service", "/usr/lib/postgresql/15/bin/postgres"),
    (801, 1, "java", ["/usr/bin/java", "-Xmx2g", "-jar", "/opt/shop/orders.jar", "--port=80"],
     1000, SERVICES + "orders.service", "/usr/lib/jvm/java-17/bin/java"),
    (820, 1, "shopd", ["./shopd"], 1000, "/user.slice", "/opt/shop/bin/shopd"),
    (900, 1, "rsync", ["rsync", "-a", "/", "/srv/backup"], 34, "/user.slice", "/usr/bin/rsync"),
    (950, 1, "python3", ["python3", "app.py"], 0, f"{SERVICES}docker-{CONTAINER_ID}.scope",
     "/usr/bin/python3.11"),
    (960, 1, "dbus-daemon", ["/usr/bin/dbus-daemon", "--system"], 100, SERVICES + "dbus.service",
     "/usr/bin/dbus-daemon"),
    (1000, 1, "bash", ["-bash"], 1000, "/user.slice/user-1000.slice/session-1.scope",
     "/usr/bin/bash"),
    (1001, 1000, "sleep", ["sleep", "60"], 1000, "/user.slice/user-1000.slice/session-1.scope",
     "/usr/bin/sleep"),
]


def make(folder, pids=None):
    """Fills the folder with these processes; with all of them by default."""
    root = pathlib.Path(folder)
    (root / "stat").write_text("cpu  100 0 100 1000 0 0 0 0 0 0\ncpu0 100 0 100 1000 0 0 0 0 0 0\n")
    (root / "meminfo").write_text("MemTotal: 16000000 kB\nSwapTotal: 0 kB\nSwapFree: 0 kB\n")
    for pid, ppid, comm, arguments, uid, cgroup, exe in PROCESSES:
        if pids is not None and pid not in pids:
            continue
        process = root / str(pid)
        (process / "fd").mkdir(parents=True)
        flags = 0 if arguments else KERNEL_THREAD
        (process / "stat").write_text(
            f"{pid} ({comm}) S {ppid} {pid} {pid} 0 -1 {flags} 9 0 1 0 40 20 0 0 20 0 1 0 "
            f"{100 + pid} 1000000 100 0\n")
        (process / "status").write_text(
            f"Name:\t{comm}\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\nThreads:\t1\n")
        (process / "statm").write_text("250 100 50 10 0 100 0\n")
        (process / "cmdline").write_text("".join(argument + "\0" for argument in arguments))
        (process / "cgroup").write_text(f"0::{cgroup}\n")
        if exe:
            os.symlink(exe, process / "exe")
