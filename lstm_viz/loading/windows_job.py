"""Limits for the reading child on Windows, where a process cannot limit itself: a job object.

See "Job Objects" and ``JOBOBJECT_EXTENDED_LIMIT_INFORMATION`` in Microsoft's documentation. On other systems
this does nothing; there the child limits itself (``reading/limits.py``).
"""

from __future__ import annotations

import ctypes
import os
import subprocess
from typing import Any

_ACTIVE_PROCESS, _PROCESS_MEMORY, _DIE_ON_EXCEPTION, _KILL_ON_CLOSE = 0x8, 0x100, 0x400, 0x2000
_EXTENDED_LIMIT_INFORMATION = 9


class _BasicLimits(ctypes.Structure):
    _fields_ = (
        ("per_process_user_time", ctypes.c_int64),
        ("per_job_user_time", ctypes.c_int64),
        ("limit_flags", ctypes.c_uint32),
        ("minimum_working_set", ctypes.c_size_t),
        ("maximum_working_set", ctypes.c_size_t),
        ("active_process_limit", ctypes.c_uint32),
        ("affinity", ctypes.c_size_t),
        ("priority_class", ctypes.c_uint32),
        ("scheduling_class", ctypes.c_uint32),
    )


class _ExtendedLimits(ctypes.Structure):
    _fields_ = (
        ("basic", _BasicLimits),
        ("io_counters", ctypes.c_uint64 * 6),
        ("process_memory_limit", ctypes.c_size_t),
        ("job_memory_limit", ctypes.c_size_t),
        ("peak_process_memory", ctypes.c_size_t),
        ("peak_job_memory", ctypes.c_size_t),
    )


class _Job:
    """An open job; closing it ends the processes in it."""

    def __init__(self, kernel32: Any, handle: int) -> None:
        self._kernel32, self._handle = kernel32, handle

    def __del__(self) -> None:
        self._kernel32.CloseHandle(ctypes.c_void_p(self._handle))


def limit_job(process: subprocess.Popen[bytes], memory_bytes: int) -> object | None:
    """Put a child process into a job of one process and so much memory.

    Returns
    -------
    object or None
        Keep it as long as the child may live. None where there are no jobs.
    """
    if os.name != "nt":
        return None
    kernel32 = vars(ctypes)["WinDLL"]("kernel32", use_last_error=True)
    kernel32.CreateJobObjectW.restype = ctypes.c_void_p
    handle = kernel32.CreateJobObjectW(None, None)
    if not handle:
        return None
    job = _Job(kernel32, handle)
    limits = _ExtendedLimits()
    limits.basic.limit_flags = _ACTIVE_PROCESS | _PROCESS_MEMORY | _DIE_ON_EXCEPTION | _KILL_ON_CLOSE
    limits.basic.active_process_limit = 1
    limits.process_memory_limit = memory_bytes
    kernel32.SetInformationJobObject(
        ctypes.c_void_p(handle), _EXTENDED_LIMIT_INFORMATION, ctypes.byref(limits), ctypes.sizeof(limits)
    )
    kernel32.AssignProcessToJobObject(ctypes.c_void_p(handle), ctypes.c_void_p(int(vars(process)["_handle"])))
    return job
