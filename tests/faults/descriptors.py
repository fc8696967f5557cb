"""Descriptors: more clients than there may be, and thousands that say nothing."""

import resource
import time

from rig import children, cpu_seconds, expect, milter, status_of, test, wait_for

CLIENTS = 2000


class Limited(milter.Daemon):
    """A daemon that may have so many files, whoever starts it."""

    def __init__(self, files):
        super().__init__(config=f"MaxFiles = {files}\n", starts=False)
        self.files = files

    def start(self):
        before = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (self.files, before[1]))
        try:
            super().start()
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)


def client(daemon):
    """A connection that has been negotiated and greeted; None when the daemon closed it."""
    try:
        return milter.greeted(daemon)
    except (milter.Gone, ConnectionError):
        return None


def program(place):
    import os
    os.environ["ASSAY_MILTER"] = str(place.programs) + "/assay-milter"


@test
def a_thousand_descriptors_and_two_thousand_clients(place):
    """those that got in are served, others are closed at once and may come when some left; no processor is burnt"""
    program(place)
    with Limited(1024) as d:
        d.start()
        worker = children(d.process.pid)[0]
        clients = [client(d) for _ in range(CLIENTS)]
        inside = [c for c in clients if c is not None]
        expect(500 < len(inside) < 1024, f"{len(inside)} of {CLIENTS} got in")
        before, began = cpu_seconds(worker), time.monotonic()
        for number, mta in enumerate(inside[:: len(inside) // 20]):
            took = time.monotonic()
            expect(mta.message(f"Q{number}") == "c", "not continued")
            milter.stamped(mta)
            expect(time.monotonic() - took < 5, "a client that is inside waits")
        for _ in range(20):  # and some that knock in vain
            expect(client(d) is None, "got in though nobody left")
        time.sleep(max(0.0, 3 - (time.monotonic() - began)))
        spent = cpu_seconds(worker) - before
        expect(spent < 1.5, f"{spent:.1f} s of CPU in 3 s")
        d.wait_for_log("no descriptors left, connections are refused (MaxFiles, LimitNOFILE=)")
        expect(d.log().count("no descriptors left") <= 3, "says it too often")
        for mta in inside[:10]:
            mta.close()
        fresh = wait_for("room for another", lambda: client(d), 5)
        expect(fresh.message("R1") == "c", "a newcomer is not served")
        expect("record lost" not in d.log(), "records were lost for want of descriptors")
        d.stop()
    return f"ok, {len(inside)} inside, the others refused at once; {spent:.2f} s of CPU in 3 s"


@test
def no_descriptors_at_all(place):
    """a limit that was lowered under the daemon, so that accept fails: it waits, says so, and goes on afterwards"""
    program(place)
    with milter.Daemon() as d:
        worker = children(d.process.pid)[0]
        first = milter.greeted(d)
        soft, hard = resource.prlimit(worker, resource.RLIMIT_NOFILE)
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (8, hard))
        before = cpu_seconds(worker)
        import socket
        waiting = socket.socket(socket.AF_UNIX)
        waiting.connect(d.path)
        time.sleep(3)
        spent = cpu_seconds(worker) - before
        expect(spent < 0.5, f"{spent:.1f} s of CPU in 3 s")
        d.wait_for_log("no descriptors left, connections wait")
        resource.prlimit(worker, resource.RLIMIT_NOFILE, (soft, hard))
        expect(first.message("Q1") == "c", "not continued")
        expect(client(d).message("Q2") == "c", "a newcomer is not served")
        waiting.close()
        d.stop()
    return f"ok, {spent:.2f} s of CPU in 3 s"


@test
def two_thousand_idle_connections(place):
    """2,000 connections that say nothing more: others are served as before, no thread each, no processor"""
    program(place)
    with milter.Daemon() as d:
        worker = children(d.process.pid)[0]
        alone = milter.greeted(d)
        for n in range(20):
            alone.message(f"A{n}")
        began = time.monotonic()
        for n in range(100):
            alone.message(f"B{n}")
        before = time.monotonic() - began
        memory = int(status_of(worker, "VmRSS").split()[0])
        idle = [milter.greeted(d) for _ in range(CLIENTS)]
        time.sleep(0.5)
        cpu, at = cpu_seconds(worker), time.monotonic()
        time.sleep(2)
        spent = cpu_seconds(worker) - cpu
        began = time.monotonic()
        for n in range(100):
            expect(alone.message(f"C{n}") == "c", "not continued")
        during = time.monotonic() - began
        threads = int(status_of(worker, "Threads"))
        grown = (int(status_of(worker, "VmRSS").split()[0]) - memory) / 1024
        expect(threads < 100, f"{threads} threads")
        expect(spent < 1, f"{spent:.1f} s of CPU in 2 s of nothing")
        expect(during < 5 * before + 1, f"100 messages took {before:.2f} s alone and {during:.2f} s beside the idle ones")
        for mta in idle:
            mta.close()
        d.stop()
    return (f"ok, a message takes {10 * before:.1f} ms alone and {10 * during:.1f} ms beside them; {threads} threads, "
            f"{grown:.0f} MB more, {spent:.2f} s of CPU in 2 s")
