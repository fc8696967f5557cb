#!/usr/bin/python3
"""The fault suite: what fails under the daemon, around it and in front of it, and what becomes of the mail.

usage: run.py [--long] PROGRAMS_DIR [NAME …]      NAME: only tests whose file or name contains it

Root on Debian with Postfix, NSD and a C compiler.  Mounts are made in a mount namespace of its own.  --long runs each test
as often as contrib/faults does.
"""

import ctypes
import os
import pathlib
import resource
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from rig import Background, House, Skipped, TESTS, letters


def own_mounts():
    """Whatever is mounted from now on is seen by this process and its children alone."""
    CLONE_NEWNS, MS_REC, MS_PRIVATE = 0x20000, 0x4000, 1 << 18
    libc = ctypes.CDLL(None, use_errno=True)
    return libc.unshare(CLONE_NEWNS) == 0 and libc.mount(b"none", b"/", None, MS_REC | MS_PRIVATE, None) == 0


class Place:
    """Where a test runs."""

    def __init__(self, programs, long, mounts):
        self.programs, self.long, self.mounts = programs, long, mounts
        self.shared = None

    def times(self, short, long):
        return long if self.long else short

    def house(self):
        """The mail host, started when it is first wanted, well and with the usual options."""
        if self.shared is None:
            import dnsfaults
            world = letters.World()
            self.shared = House(self.programs, world, dnsfaults.zone(world))
            self.shared.start()
        return self.shared


def run_one(function, place):
    began = time.monotonic()
    try:
        verdict = function(place) or "ok"
        good = True
    except Skipped as why:
        verdict, good = f"skipped: {why}", True
    except Exception as why:  # one test's failure must not hide the others
        verdict, good = f"FAILED: {type(why).__name__}: {why}", False
    where = f"{pathlib.Path(function.__code__.co_filename).name}:{function.__name__}"
    print(f"{where} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
    Background.end_all()
    if place.shared is not None:
        place.shared.quiet()
        if not good:
            odd = [line for line in place.shared.log("milter").splitlines() if ": dmarc=" not in line]
            print("\n".join(odd[-12:] + place.shared.log("postfix").splitlines()[-5:]))
    return good


def main():
    words = [a for a in sys.argv[1:] if a != "--long"]
    if not words:
        print(__doc__, file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("faults: needs root (Postfix does); skipped")
        return 77
    import clients, crash, descriptors, disk, dnsfaults, imports, memory, privileges, process, sessions, logsocket  # each adds to TESTS
    resource.setrlimit(resource.RLIMIT_NOFILE, (16384, 16384))
    place = Place(words[0], "--long" in sys.argv, own_mounts())
    chosen = [t for t in TESTS if not words[1:] or
              any(w in f"{pathlib.Path(t.__code__.co_filename).name}:{t.__name__}" for w in words[1:])]
    try:
        results = [run_one(t, place) for t in chosen]
    finally:
        if place.shared is not None:
            place.shared.close()
    print(f"{results.count(True)} passed, {results.count(False)} failed")
    return 0 if all(results) else 1


sys.exit(main())
