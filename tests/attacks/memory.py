#!/usr/bin/python3
"""Many large messages at once: together they hold no more than MaxMemory, and small ones go on beside them."""

import pathlib
import select
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from rig import Daemon, Mta, check, main, program

MESSAGES = 60


def resident_mb(daemon):
    """Of the process that serves, now and at most."""
    root = daemon.process.pid
    worker = pathlib.Path(f"/proc/{root}/task/{root}/children").read_text().split()[0]
    lines = dict(line.split(":", 1) for line in pathlib.Path(f"/proc/{worker}/status").read_text().splitlines())
    return [int(lines[key].split()[0]) // 1024 for key in ("VmRSS", "VmHWM")]


class Large:
    """A message of 750 KB with ten signatures, all there but for its end."""

    def __init__(self, daemon, k, ip=None):
        self.mta = Mta(daemon)
        self.mta.socket.settimeout(90)
        self.mta.connect(ip or f"198.51.100.{k % 250}")
        self.mta.helo()
        self.mta.envelope(f"L{k}", "<x@good.example>")
        self.mta.header("From", "a@good.example")
        for i in range(10):
            self.mta.header("DKIM-Signature", f"v=1; a=rsa-sha256; d=good.example; s=s{i}; h=from:subject:x; bh={'A' * 43}=; "
                                              f"b={'A' * 342}==")
        for _ in range(10):
            self.mta.header("X", "y" * 76800)
        self.mta.eoh()
        self.mta.body()

    def end(self):
        self.mta.send("E")
        reply = ""
        while True:
            command, data = self.mta.read()
            if command == "y":
                reply = data.rstrip(b"\0").decode()
            if command in "acdrty":
                self.mta.close()
                return command, reply


def all_at_once(config, beside):
    """The answers of all, the last of which came after `beside` was done with; and the memory at most."""
    with Daemon(config=config) as d:
        gate, answers = threading.Barrier(MESSAGES + 1), []

        def work(k):
            message = Large(d, k)
            gate.wait()
            gate.wait()
            answers.append(message.end())
        threads = [threading.Thread(target=work, args=(k,), daemon=True) for k in range(MESSAGES)]
        for thread in threads:
            thread.start()
        gate.wait(60)
        beside(d)
        gate.wait(60)
        for thread in threads:
            thread.join()
        time.sleep(0.2)
        small(d)
        most = resident_mb(d)[1]
        log = d.log()
        d.stop()
    return answers, most, log


def small(d):
    """A small message has its turn at once."""
    mta = Mta(d)
    mta.connect()
    mta.helo()
    began = time.monotonic()
    check(mta.message("S1") == "c" and "dmarc=pass" in mta.inserted()[0][2], "a small message did not pass")
    check(time.monotonic() - began < 5, f"a small message took {time.monotonic() - began:.1f} s")
    mta.close()


def large_messages_at_once():
    """60 messages of 750 KB at once, as it comes: all are examined, in less than 256 MB"""
    answers, most, log = all_at_once("", small)
    check([a for a in answers if a[0] != "c"] == [], f"answers {answers}")
    check(log.count("dmarc=fail") == MESSAGES, "not all were examined")
    check(most < (512 if SANITIZED else 256), f"{most} MB")


def more_than_may_be():
    """the same with MaxMemory at its least: those beyond wait, then are put off; small ones go on, and memory is bounded"""
    answers, most, log = all_at_once("MaxMemory = 32M\nEnforce = yes\n", small)
    put_off = [a for a in answers if a[0] == "y" and a[1].startswith("451 4.3.2")]
    check(0 < len(put_off) < MESSAGES, f"{len(put_off)} put off of {MESSAGES}: {sorted(set(answers))}")
    check(len(put_off) + len([a for a in answers if a[0] == "c"]) == MESSAGES, f"answers {sorted(set(answers))}")
    check("hold" in log and "MaxMemory" in log, "not said")
    check(most < (300 if SANITIZED else 100), f"{most} MB")


def halves_of_large_commands():
    """of large commands on their way at once those beyond 64 end their connections, with 421; others go on beside them"""
    with Daemon(config="Enforce = yes\n") as d:
        halves = []
        for _ in range(200):
            mta = Mta(d)
            mta.connect()
            mta.helo()
            mta.envelope()
            mta.socket.sendall(struct.pack("!L", 900001) + b"L")
            halves.append(mta)
        ended, end = set(), time.monotonic() + 60
        while len(ended) < 136 and time.monotonic() < end:
            ready = select.select([m.socket for m in halves if m not in ended], [], [], 1)[0]
            for mta in (m for m in halves if m.socket in ready):
                check(mta.read()[0] == "4", "not told to end the session")
                ended.add(mta)
        halves = [m for m in halves if m not in ended]
        check(len(halves) == 64, f"{len(ended)} of 136 were told to end their session")
        for mta in halves:
            mta.socket.sendall(b"X" * 800000)
        small(d)
        d.wait_for_log("commands of 64 KB and more")
        halves[0].socket.sendall(b"\0" + b"x" * 99998 + b"\0")
        halves[0].eoh()
        check(halves[0].end() == "y", "one that came to its end was not judged")
        mta = Mta(d)
        mta.connect()
        mta.helo()
        check(mta.message(headers=[("From", "a@good.example"), ("X", "y" * 200000)]) == "c", "no place is free again")
        check(resident_mb(d)[1] < (400 if SANITIZED else 120), f"{resident_mb(d)[1]} MB")
        for mta in halves:
            mta.close()
        d.stop()


def one_client_takes_all():
    """one address with 60 large messages and 300 small ones at once: it is put off beyond its share, and another's message,
    large or small, is examined at once"""
    with Daemon(config="MaxMemory = 32M\nEnforce = yes\n") as d:
        ready, larges, smalls = [], [], []

        def large(k):
            try:
                larges.append(Large(d, k, "198.51.100.7"))
            except (OSError, EOFError):
                pass
            ready.append(k)
        threads = [threading.Thread(target=large, args=(k,), daemon=True) for k in range(MESSAGES)]
        for thread in threads:
            thread.start()
        for k in range(300):
            mta = Mta(d)
            mta.connect("198.51.100.7")
            mta.helo()
            mta.envelope(f"H{k}", "<x@good.example>")
            mta.header("X", "y" * 25000)
            smalls.append(mta)
        time.sleep(1)
        for _ in range(3):
            small(d)
            other = Large(d, 1, "192.0.2.1")
            began = time.monotonic()
            answer = other.end()
            check(answer[0] == "c", f"another's large message: {answer}")
            check(time.monotonic() - began < 5, f"another's large message took {time.monotonic() - began:.1f} s")
        for thread in threads:
            thread.join(60)
        check(len(ready) == MESSAGES, "large messages hang")
        d.wait_for_log("those of client 198.51.100.7 ")
        for mta in smalls + [m.mta for m in larges]:
            mta.close()
        time.sleep(0.5)
        answer = Large(d, 2, "198.51.100.7").end()
        check(answer[0] == "c", f"it has its share again when they are gone: {answer}")
        check(resident_mb(d)[1] < (300 if SANITIZED else 100), f"{resident_mb(d)[1]} MB")
        d.stop()


SANITIZED = b"__asan_init" in pathlib.Path(program()).read_bytes()  # which needs room of its own
main([large_messages_at_once, more_than_may_be, one_client_takes_all, halves_of_large_commands])
