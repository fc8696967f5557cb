"""Clients of the milter socket that vanish, stall, or speak out of order, while others are served."""

import os
import pathlib
import random
import tempfile
import threading
import time

from descriptors import program
from rig import Trouble, children, expect, milter, status_of, test


def stages(mta):
    """The steps of a conversation, each to be the last one."""
    return [lambda: None, mta.connect, mta.helo, lambda: mta.macros("M", i="V1"), mta.mail, mta.rcpt,
            lambda: mta.header("From", "a@good.example"), mta.eoh, mta.body, lambda: mta.send("E")]


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


class Others:
    """Somebody who sends good messages all the time."""

    def __init__(self, daemon):
        self.daemon, self.sent, self.slowest, self.wrong = daemon, 0, 0.0, None
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self.run)
        self.thread.start()

    def run(self):
        try:
            mta = milter.greeted(self.daemon)
            while not self.stop.wait(0.005):
                began = time.monotonic()
                expect(mta.message(f"G{self.sent}") == "c", "not continued")
                milter.stamped(mta)
                self.slowest = max(self.slowest, time.monotonic() - began)
                self.sent += 1
        except Exception as why:
            self.wrong = f"{type(why).__name__}: {why}"

    def end(self):
        self.stop.set()
        self.thread.join()
        expect(self.wrong is None, f"somebody else's mail: {self.wrong}")
        expect(self.sent > 0 and self.slowest < 5, f"{self.sent} messages of somebody else, the slowest {self.slowest:.1f} s")
        return f"{self.sent} messages of somebody else meanwhile, the slowest {self.slowest * 1000:.0f} ms"


@test
def vanishing_at_each_stage(place):
    """connections that end after each step, and within each command: no descriptor stays, nobody else notices"""
    program(place)
    with milter.Daemon() as d:
        worker = children(d.process.pid)[0]
        milter.greeted(d).message()
        before = descriptors(worker)
        others = Others(d)
        for _ in range(place.times(20, 300)):
            for last in range(10):
                mta = milter.Mta(d)
                for step in stages(mta)[:last + 1]:
                    step()
                if last % 2:
                    mta.socket.sendall(b"\0\0\0\x40M<a@")  # the beginning of a command
                mta.close()
        told = others.end()
        time.sleep(0.5)
        left = descriptors(worker) - before
        expect(left <= 2, f"{left} descriptors are left over")
        d.signal(milter.signal.SIGUSR1)
        d.wait_for_log("in_flight=0")
        d.stop()
    return f"ok, {told}"


@test
def stalling_at_each_stage(place):
    """500 connections that stop in the middle of a command and stay: nobody else waits, no thread each"""
    program(place)
    with milter.Daemon() as d:
        worker = children(d.process.pid)[0]
        stalled = []
        for n in range(500):
            mta = milter.Mta(d)
            for step in stages(mta)[:n % 10]:
                step()
            mta.socket.sendall(b"\0\0\0\x40M<a@")
            stalled.append(mta)
        others = Others(d)
        time.sleep(2)
        told = others.end()
        threads = int(status_of(worker, "Threads"))
        for mta in stalled:
            mta.close()
        d.stop()
    # libmilter reads a command it has begun to read to its end, or for its time-out: such a client does hold a thread
    return f"ok, {told}; {threads} threads"


@test
def out_of_order(place):
    """random orders of commands, random bytes as their arguments: the worker lives, the next good message is examined"""
    program(place)
    dice = random.Random(8)
    arguments = {"C": b"x\x004\0\x19192.0.2.1\0", "H": b"x\0", "M": b"<a@good.example>\0", "R": b"<b@c>\0",
                 "L": b"From\0 a@good.example\0", "B": b"x", "N": b"", "E": b"", "A": b"", "K": b"", "T": b"",
                 "U": b"NOOP\0", "D": b"Mi\0Q1\0"}
    with milter.Daemon() as d:
        worker = children(d.process.pid)[0]
        others = Others(d)
        for _ in range(place.times(300, 5000)):
            mta = milter.Mta(d, negotiate=dice.random() < 0.9)
            try:
                for command in dice.choices(list(arguments), k=dice.randrange(1, 15)):
                    junk = dice.random() < 0.15
                    mta.send(command, dice.randbytes(dice.randrange(40)) + b"\0" if junk else arguments[command])
            except OSError:
                pass
            mta.close()
        told = others.end()
        survived = children(d.process.pid) == [worker]
        expect(survived, "the worker died")
        expect(milter.greeted(d).message("Z1") == "c", "a good message afterwards")
        d.stop()
    return f"ok, {told}"


@test
def a_command_that_is_too_long(place):
    """a header field of more than 1 MB ends its connection and nobody else's"""
    program(place)
    with milter.Daemon() as d:
        others = Others(d)
        mta = milter.greeted(d)
        mta.envelope("L1")
        try:
            mta.header("X-Long", "y" * (1024 * 1024 + 1))
            mta.eoh()
            mta.body()
            ended = False
        except (OSError, milter.Gone):
            ended = True
        expect(ended, "the connection goes on")
        time.sleep(0.3)
        told = others.end()
        d.stop()
    return f"ok, {told}"


@test
def a_connection_that_is_silent_for_long(place):
    """an hour without a command, by the daemon's clock: the connection is closed; one that speaks is not"""
    program(place)
    with tempfile.TemporaryDirectory() as folder, milter.Daemon(starts=False) as d:
        trouble = Trouble(pathlib.Path(folder))
        with trouble.preloaded():
            d.start()
        silent, speaking = milter.greeted(d), milter.greeted(d)
        silent.socket.settimeout(20)
        trouble.set("clock_ahead", 29 * 60)
        speaking.message("S1")
        time.sleep(1)
        trouble.set("clock_ahead", 61 * 60)
        expect(speaking.message("S2") == "c", "not continued")  # libmilter looks every ten minutes, when something comes
        try:
            silent.exactly(1)
            expect(False, "it says something")
        except milter.Gone:
            pass
        expect(speaking.message("S3") == "c", "the one that spoke is gone")
        d.stop()


@test
def nobody_waits_behind_a_session_that_blocks(place):
    """sessions that speak at the same moment, while others stalled in a command: each is answered soon, round after round"""
    program(place)
    with milter.Daemon() as d:
        slowest = 0.0
        for _ in range(place.times(30, 300)):
            stalled = [milter.Mta(d, negotiate=False) for _ in range(8)]
            speaking = [milter.Mta(d, negotiate=False) for _ in range(8)]
            for one, other in zip(stalled, speaking):  # all at once, so that libmilter finds them ready together
                one.socket.sendall(b"\0\0\0\x0dO\0\0")
                other.socket.sendall(b"\0\0\0\x0dO\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff")
            began = time.monotonic()
            for mta in speaking:
                mta.read()
            slowest = max(slowest, time.monotonic() - began)
            for mta in stalled + speaking:
                mta.close()
        expect(slowest < 5, f"an answer took {slowest:.1f} s")
        d.stop()
    return f"ok, the slowest answer took {slowest * 1000:.0f} ms"
