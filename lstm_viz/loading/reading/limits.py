"""Closing the doors of the child process before it looks at a file that may be hostile.

Linux: limits on memory beyond what is in use, processor time and written files, and Landlock, where the
kernel has it, so that nothing but the opened file can be read. macOS: the limits that it honours. Windows:
the parent puts the child into a job with limits (``windows_job.py``).
"""

from __future__ import annotations

import ctypes
import os
import sys

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same numbers on x86-64 and ARM64
_PR_SET_NO_NEW_PRIVS = 38
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3


class _Ruleset(ctypes.Structure):
    _fields_ = (("handled_fs", ctypes.c_uint64), ("handled_net", ctypes.c_uint64))


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent_fd", ctypes.c_int32))


def confine(path: str, memory_bytes: int, cpu_seconds: float) -> list[str]:
    """Limit this process for good, and return the names of the limits that took hold."""
    held = _limit_resources(memory_bytes, cpu_seconds)
    if sys.platform == "linux" and _landlock(path):
        held.append("files")
    return held


def _limit_resources(memory_bytes: int, cpu_seconds: float) -> list[str]:
    held: list[str] = []
    if sys.platform == "win32":
        return held
    import resource
    import signal

    wanted = (
        ("memory", "RLIMIT_AS", _address_space() + memory_bytes),
        ("written files", "RLIMIT_FSIZE", 0),
        ("core dumps", "RLIMIT_CORE", 0),
        ("processes", "RLIMIT_NPROC", 0),
        ("processor time", "RLIMIT_CPU", int(cpu_seconds) + 2),
    )
    for name, limit, value in wanted:
        try:
            resource.setrlimit(getattr(resource, limit), (value, value))
        except (OSError, ValueError, AttributeError):
            continue  # macOS refuses some of them; the others still hold
        held.append(name)
    # Counts processor time only, so a busy machine does not fail a good file; unhandled, it ends the process.
    signal.setitimer(signal.ITIMER_PROF, cpu_seconds)
    return held


def _address_space() -> int:
    """Bytes of address space in use: the libraries that are loaded take some hundred MiB of it."""
    try:
        with open("/proc/self/statm", encoding="ascii") as stream:
            return int(stream.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, ValueError):
        return 1 << 30


def _landlock(path: str) -> bool:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    version = libc.syscall(ctypes.c_long(_CREATE_RULESET), None, ctypes.c_size_t(0), ctypes.c_uint32(1))
    if version < 1:
        return False
    # Every right that this kernel knows is taken away: 13 at first, then refer, truncate, device ioctl.
    rights = (1 << (13 if version < 2 else 14 if version < 3 else 15 if version < 5 else 16)) - 1
    ruleset = _Ruleset(rights, 3 if version >= 4 else 0)  # and, since 4, binding and connecting TCP
    size = ctypes.sizeof(ruleset) if version >= 4 else 8
    ruleset_fd = libc.syscall(
        ctypes.c_long(_CREATE_RULESET), ctypes.byref(ruleset), ctypes.c_size_t(size), ctypes.c_uint32(0)
    )
    if ruleset_fd < 0:
        return False
    try:
        target = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        os.close(ruleset_fd)
        return False
    allowed = _READ_FILE | _READ_DIR if os.path.isdir(path) else _READ_FILE
    rule = _PathBeneath(allowed, target)
    try:
        added = libc.syscall(
            ctypes.c_long(_ADD_RULE),
            ctypes.c_int(ruleset_fd),
            ctypes.c_int(1),
            ctypes.byref(rule),
            ctypes.c_uint32(0),
        )
        if added != 0 or libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0:
            return False
        return bool(
            libc.syscall(ctypes.c_long(_RESTRICT_SELF), ctypes.c_int(ruleset_fd), ctypes.c_uint32(0)) == 0
        )
    finally:
        os.close(target)
        os.close(ruleset_fd)
