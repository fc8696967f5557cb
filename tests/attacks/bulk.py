#!/usr/bin/python3
"""Sessions that are long, headers that have no end, and recipients by the million: memory and time stay bounded, what is
beyond a limit is not let go unexamined, and others' mail is examined beside them."""

import pathlib
import resource
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from rig import BODY_ANSWERED, Daemon, Gone, Mta, check, main, program, stamped

SANITIZED = b"__asan_init" in pathlib.Path(program()).read_bytes()
MOST_MB = 600 if SANITIZED else 150
GROWS_MB = 400 if SANITIZED else 20  # a sanitizer keeps 256 MB of what was freed


def resident_mb(daemon):
    """Of the process that serves, now and at most."""
    root = daemon.process.pid
    worker = pathlib.Path(f"/proc/{root}/task/{root}/children").read_text().split()[0]
    lines = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{worker}/status").read_text().splitlines())
    return [int(lines[key].split()[0]) // 1024 for key in ("VmRSS", "VmHWM")]


def command(letter, data=b""):
    return struct.pack("!L", len(data) + 1) + letter + data


def ready(d, ip="198.51.100.7"):
    mta = Mta(d, steps=BODY_ANSWERED)
    mta.socket.settimeout(60)
    mta.connect(ip)
    mta.helo()
    return mta


def ended(mta):
    """The answer; "held" where it is quarantined."""
    answer = mta.end()
    return "held" if answer == "c" and any(c == "q" for c, _ in mta.edits) else answer


def beside(d):
    """Another's message has its turn at once."""
    mta = Mta(d)
    mta.connect()
    mta.helo()
    began = time.monotonic()
    check(mta.message("S1") == "c", "another's message did not go on")
    stamped(mta, "dmarc=pass")
    check(time.monotonic() - began < 5, f"another's message took {time.monotonic() - began:.1f} s")
    mta.close()


def a_hundred_thousand_resets():
    """100,000 times MAIL, recipients and RSET in one session: no memory grows, and what comes then is judged as ever"""
    with Daemon(config="Enforce = yes\n") as d:
        mta = ready(d, "192.0.2.1")
        check(mta.steps & 0xc000 == 0xc000, "MAIL and RCPT are answered")
        one = b"".join([command(b"D", b"Mi\0Q1\0"), command(b"M", b"<x@good.example>\0"), command(b"R", b"<b@here.test>\0"), command(b"A")])
        mta.socket.sendall(one * 1000)
        beside(d)
        before = resident_mb(d)[0]
        for _ in range(99):
            mta.socket.sendall(one * 1000)
        check(mta.message("Q2") == "c", "the message after them")
        stamped(mta, "dmarc=pass")
        after = resident_mb(d)[1]
        check(after - before < GROWS_MB, f"from {before} to {after} MB")
        d.stop()


def flood(what, fields, answers):
    """A header of these commands; how it is answered at its end, in less than 30 s, and `answers` has it."""
    with Daemon(config="Enforce = yes\n") as d:
        mta = ready(d)
        mta.envelope("F1", "<x@good.example>")
        began, said = time.monotonic(), "gone"
        try:
            mta.header("From", "a@good.example")
            for piece in fields:
                mta.socket.sendall(piece)
            mta.eoh()
            mta.body()
            said = ended(mta)
        except (Gone, OSError):
            pass
        took, most = time.monotonic() - began, resident_mb(d)[1]
        print(f"     {what}: {said} after {took:.1f} s, {most} MB at most", flush=True)
        check(said in answers, f"{what}: {said}")
        check(took < 30 and most < MOST_MB, f"{what}: {took:.1f} s, {most} MB")
        beside(d)
        d.stop()


def headers_without_end():
    """headers of 20 MB: a million fields, 300 large ones, one that is never over, one field said to have 2 GB"""
    small = b"".join(command(b"L", b"X%d\0y\0" % (i % 1000)) for i in range(10000))
    flood("a million fields", [small] * 100, ("held", "y", "t"))
    flood("300 fields of 70 KB", [command(b"L", b"X\0" + b"y" * 70000 + b"\0")] * 300, ("held", "y", "t"))
    flood("a field of 20 MB", [command(b"L", b"X\0" + b"y" * 20000000 + b"\0")], ("gone", "y", "t", "4"))
    flood("a field of 2 GB", [struct.pack("!L", 0x7fffffff) + b"L"] + [b"y" * 65536] * 320, ("gone", "y", "t", "4"))
    signature = f"v=1; a=rsa-sha256; d=good.example; s=s; h={':'.join(['from'] * 2000)}; bh={'A' * 43}=; b={'A' * 342}==".encode()
    flood("2,000 signatures of 2,000 fields", [command(b"L", b"DKIM-Signature\0" + signature + b"\0")] * 2000, ("held", "y", "t"))


def a_million_recipients():
    """1,000 sessions with 1,000 recipients each at once, from one address: they are examined or put off, and others beside them"""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 8192), hard))
    with Daemon(config="Enforce = yes\n") as d:
        rcpts = b"".join(command(b"R", f"<someone-with-a-long-name-{i}@here{i}.test>\0".encode()) for i in range(1000))
        sessions, answers = [], []
        for k in range(1000):
            mta = ready(d)
            mta.mail("<x@good.example>")
            mta.socket.sendall(rcpts)
            sessions.append(mta)
        beside(d)

        def end(mta):
            try:
                mta.header("From", "a@good.example")
                mta.eoh()
                mta.body()
                answers.append(ended(mta))
            except (Gone, OSError):
                answers.append("gone")
        threads = [threading.Thread(target=end, args=(m,), daemon=True) for m in sessions]
        for thread in threads:
            thread.start()
        beside(d)
        for thread in threads:
            thread.join(60)
        most = resident_mb(d)[1]
        print(f"     {len(answers)} answers {sorted(set(answers))}, {most} MB at most", flush=True)
        check(len(answers) == 1000 and set(answers) <= {"held", "y", "t"}, f"answers {sorted(set(answers))}")
        check(most < 2 * MOST_MB, f"{most} MB")
        d.stop()


main([a_hundred_thousand_resets, headers_without_end, a_million_recipients])
