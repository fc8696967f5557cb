"""seccomp.py "NUMBER ..." COMMAND ...: runs the command with these system calls of x86-64 and no others (they get EPERM).

As SystemCallFilter= of a systemd unit does, where there is no systemd.
"""

import ctypes
import errno
import os
import struct
import sys

PR_SET_SECCOMP, MODE_FILTER = 22, 2
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7fff0000, 0x00050000 | errno.EPERM
ARCHITECTURE, X86_64 = 4, 0xc000003e


def filter_of(numbers):
    """A program that looks the number up from one end of the list to the other."""
    steps = [(LOAD, 0, 0, ARCHITECTURE), (EQUAL, 1, 0, X86_64), (RETURN, 0, 0, REFUSE), (LOAD, 0, 0, 0)]
    for number in numbers:
        steps += [(EQUAL, 0, 1, number), (RETURN, 0, 0, ALLOW)]
    return [*steps, (RETURN, 0, 0, REFUSE)]


steps = filter_of([*map(int, sys.argv[1].split()), 59])  # execve: the command itself is yet to come
code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *step) for step in steps))
program = struct.pack("=H6xQ", len(steps), ctypes.addressof(code))
if ctypes.CDLL(None, use_errno=True).prctl(PR_SET_SECCOMP, MODE_FILTER, program, 0, 0) != 0:
    sys.exit(f"seccomp: {os.strerror(ctypes.get_errno())}")
os.execv(sys.argv[2], sys.argv[2:])
