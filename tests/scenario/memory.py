#!/usr/bin/python3
"""What memory connections and messages hold: at most what is written here, in a daemon that has none to give back yet."""

import resource
import sys
import threading
import time

sys.dont_write_bytecode = True

from rig import Daemon, Mta, SKIP, check, greeted, main

CONNECTIONS, WARM = 1000, 100
IDLE_BYTES = 4096              # of one that waits, before a message and after one
LARGE, LARGE_SIZE = 60, 750 * 1024
LARGE_BYTES = 128 * 1024       # of one whose body is under way
HEADER_BYTES = 2 * LARGE_SIZE  # of one whose header is so large


def resident(daemon):
    """Bytes of the worker that are its own, when they no longer change."""
    worker = daemon.process.pid
    children = f"/proc/{worker}/task/{worker}/children"
    while True:
        with open(children) as f:
            below = f.read().split()
        if not below:
            break
        worker = int(below[0])
        children = f"/proc/{worker}/task/{worker}/children"
    before = -1
    for _ in range(40):
        with open(f"/proc/{worker}/status") as f:
            now = 1024 * next(int(line.split()[1]) for line in f if line.startswith("RssAnon:"))
        if now == before:
            break
        before = now
        time.sleep(0.25)
    return now


def is_sanitized(daemon):
    return "this build has sanitizers" in daemon.log()


def idle_connections():
    """1,000 connections that wait hold less than 4 KiB each, before their first message and after it"""
    with Daemon() as d:
        if is_sanitized(d):
            return
        warm = [greeted(d) for _ in range(WARM)]
        for n in range(4 * CONNECTIONS):  # what the daemon keeps, however many connect: threads, pages of the database
            warm[n % WARM].message(f"W{n}")
        before = resident(d)
        idle = [greeted(d) for _ in range(CONNECTIONS)]
        each = (resident(d) - before) / CONNECTIONS
        print(f"  {each:.0f} bytes each")
        check(each < IDLE_BYTES, f"a connection that waits holds {each:.0f} bytes")
        for n, mta in enumerate(idle):
            mta.message(f"A{n}")
        each = (resident(d) - before) / CONNECTIONS
        print(f"  {each:.0f} bytes each after a message")
        check(each < IDLE_BYTES, f"a connection that waits after its message holds {each:.0f} bytes")
        for mta in idle + warm:
            mta.close()
        d.stop()


def hold_large(daemon, size, in_header, number):
    """A connection with a message of this size whose end has not come, each of another client: one has not all memory."""
    mta = Mta(daemon)
    mta.connect(ip=f"192.0.2.{number}")
    mta.helo()
    mta.envelope()
    mta.header("From", "a@good.example")
    piece = b"y" * 60000
    for at in range(0, size if in_header else 0, len(piece)):
        mta.header(f"X-{at}", piece[:size - at])
    mta.eoh()
    for at in range(0, 0 if in_header else size, len(piece)):
        mta.body(piece[:min(len(piece), size - at)])
    mta.send("B", b"z")
    return mta


def large_messages():
    """60 messages of 750 KB at once hold 128 KiB each in the body, twice their size in the header"""
    for in_header, most in ((False, LARGE_BYTES), (True, HEADER_BYTES)):
        with Daemon() as d:
            if is_sanitized(d):
                return
            greeted(d).message()
            before = resident(d)
            held = []
            threads = [threading.Thread(target=lambda n=n: held.append(hold_large(d, LARGE_SIZE, in_header, n)))
                       for n in range(1, LARGE + 1)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            each = (resident(d) - before) / LARGE
            print(f"  {each / 1024:.0f} KiB each in the {'header' if in_header else 'body'}")
            check(each < most, f"a message of {LARGE_SIZE} bytes holds {each:.0f}")
            answers = []
            for mta in held:
                mta.macros("E", i="Q1")
                answers.append(mta.end())
                mta.close()
            check(set(answers) == {"c"}, f"answers {answers}")
            d.stop()


soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
if hard < CONNECTIONS + 400:
    print("too few descriptors", file=sys.stderr)
    sys.exit(SKIP)
resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 16384), hard))
main((idle_connections, large_messages))
