"""What the figures were measured on, and how much else it did meanwhile."""

import ctypes
import os
import pathlib
import platform
import resource
import shutil
import subprocess
import time

import corpus


def use_two_cores():
    """Binds this process and all that it starts to two cores, as far as there are two. The number
    of cores that are used."""
    allowed = sorted(os.sched_getaffinity(0))
    chosen, cores = [], set()
    for cpu in allowed:
        siblings = pathlib.Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        core = siblings.read_text() if siblings.exists() else str(cpu)
        if core not in cores and len(chosen) < 2:
            cores.add(core)
            chosen.append(cpu)
    os.sched_setaffinity(0, chosen)
    return len(chosen)


def description(binary):
    with open("/proc/cpuinfo") as file:
        models = [line.split(":")[1].strip() for line in file if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "processor": models[0] if models else platform.machine(),
        "cores": os.cpu_count(),
        "cores_used": len(os.sched_getaffinity(0)),
        "memory_gb": round(memory / 1e9),
        "kernel": platform.release(),
        "system": platform.freedesktop_os_release().get("PRETTY_NAME", "unknown"),
        "nice": os.nice(0),
        "versions": {
            "backtally": first_line(binary, "--version"),
            "binary": "SHA-256 " + corpus.digest_of(binary)[:16],
            "checkout": first_line(
                "git",
                "-C",
                os.path.dirname(os.path.abspath(__file__)),
                "describe",
                "--always",
                "--dirty",
                "--abbrev=12",
            ),
            "swift": first_line("swift", "--version").removeprefix("Swift version "),
            "gzip": first_line("gzip", "--version").removeprefix("gzip "),
            "libz": libz_version(),
            "cc": first_line("cc", "--version").removeprefix("cc "),
            "python": platform.python_version(),
        },
    }


def first_line(*command):
    if not shutil.which(command[0]):
        return "not installed"
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = result.stdout.splitlines()
    return lines[0].strip() if lines else "unknown"


def libz_version():
    try:
        library = ctypes.CDLL("libz.so.1")
    except OSError:
        return "unknown"
    library.zlibVersion.restype = ctypes.c_char_p
    return library.zlibVersion().decode()


class Neighbours:
    """How much processor time others took between two moments, as shares of the cores used: other
    processes of this machine, and other machines on the same host (`steal`)."""

    def __init__(self):
        self.start = self.reading()

    def reading(self):
        busy = stolen = 0
        cpus = {f"cpu{number}" for number in os.sched_getaffinity(0)}
        with open("/proc/stat") as file:
            for line in file:
                name, *ticks = line.split()
                if name in cpus:
                    user, nice, system, _, _, irq, softirq, steal = map(int, ticks[:8])
                    busy += user + nice + system + irq + softirq
                    stolen += steal
        own = sum(
            used.ru_utime + used.ru_stime
            for used in map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        )
        tick = os.sysconf("SC_CLK_TCK")
        return time.monotonic(), busy / tick, stolen / tick, own

    def shares(self):
        elapsed, busy, stolen, own = (
            now - then for now, then in zip(self.reading(), self.start, strict=True)
        )
        available = max(elapsed, 0.01) * len(os.sched_getaffinity(0))
        return {
            "other_processes": round(max(busy - own, 0) / available, 3),
            "stolen_by_host": round(stolen / available, 3),
            "seconds": round(elapsed),
        }
