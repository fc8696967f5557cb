#!/usr/bin/python3
"""Name servers that answer as nobody should: over TCP and then no more, for no time, now so and now so, at great length,
in circles, and just when nobody waits any longer.  Whoever names them, others' mail is examined meanwhile as ever."""

import pathlib
import socket
import struct
import sys
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from names import HEADER, TXT, Names, question_of, txt_rdata, with_code
from rig import Daemon, check, main, program
from stream import speak

ATTACKERS = 60
FOR_S = 8
CNAME = 5
SPF, POLICY = "v=spf1 ip4:192.0.2.0/24 -all", "v=DMARC1; p=reject"
SANITIZED = b"__asan_init" in pathlib.Path(program()).read_bytes()
SLOWER = 4 if SANITIZED else 1  # beside the tests of other builds, to which it gives way


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


class Answers(Names):
    """What a name gets is told by the word its zone begins with; of zones of victims all is as it should be.

    stall: told to come by TCP, where nothing is said; block: the same, and that connection says no more of anything; far: to come by TCP, and answered there; zero: TTL 0; flap: every
    second time there is no such name; long: 64 KB over TCP; chain, ring: CNAMEs; late: DNSTimeout later, more or less.
    """

    def __init__(self, late=0.0):
        super().__init__(self.text, lambda name: False, delay_of=lambda name: late if ".late" in f".{name}" else 0)
        self.turn = 0
        self.tcp = socket.socket()
        self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.tcp.bind(("127.0.0.1", self.port))
        self.tcp.listen(512)
        threading.Thread(target=self.serve_tcp, daemon=True).start()

    @staticmethod
    def text(name):
        return POLICY if name.startswith("_dmarc.") else SPF

    @staticmethod
    def word(name):
        parts = name.split(".")
        return parts[-2].rstrip("0123456789") if len(parts) > 1 else ""

    def answer(self, query, name, kind, end):
        word = self.word(name)
        reply = super().answer(query, name, kind, end)
        if word in ("stall", "block", "far", "long"):
            return with_code(reply, 0, 2)
        if word == "flap":
            self.turn += 1
            return with_code(reply, 3) if self.turn % 2 else reply
        if word == "zero":
            return reply.replace(struct.pack("!HHL", TXT, 1, 60), struct.pack("!HHL", TXT, 1, 0))
        if word in ("chain", "ring"):
            label, rest = name.split(".", 1)
            n = int(label[1:]) if label[:1] == "c" and label[1:].isdigit() else 0
            to = f"c{n + 1 if word == 'chain' else (n + 1) % 3}.{rest if n else name}"
            rdata = wire_name(to)
            record = b"\xc0\x0c" + struct.pack("!HHLH", CNAME, 1, 60, len(rdata)) + rdata
            return HEADER.pack(*struct.unpack("!H", query[:2]), 0x8180, 1, 1, 0, 0) + query[HEADER.size:end] + record
        return reply

    def over_tcp(self, query, name, kind, end):
        reply = super().answer(query, name, kind, end)
        if self.word(name) == "long" and kind == TXT:
            rdata = txt_rdata("v=spf1 " + "ip4:198.51.100.1 " * 3600 + "-all")
            record = b"\xc0\x0c" + struct.pack("!HHLH", TXT, 1, 60, len(rdata)) + rdata
            return reply[:6] + b"\0\1\0\0\0\0" + query[HEADER.size:end] + record
        return reply

    def serve_tcp(self):
        while True:
            try:
                client = self.tcp.accept()[0]
            except OSError:
                return
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        blocked = False
        try:
            while True:
                n = struct.unpack("!H", client.recv(2, socket.MSG_WAITALL))[0]
                query = client.recv(n, socket.MSG_WAITALL)
                name, kind, end = question_of(query)
                self.asked.append((time.monotonic(), "tcp " + name))
                blocked = blocked or self.word(name) == "block"
                if blocked or self.word(name) == "stall":
                    continue
                reply = self.over_tcp(query, name, kind, end)
                client.sendall(struct.pack("!H", len(reply)) + reply)
        except (OSError, struct.error):
            client.close()

    def close(self):
        super().close()
        self.tcp.close()


class Resolving(Daemon):
    def __init__(self, names, config):
        super().__init__(config=f"Nameservers = {{\"127.0.0.1@{names.port}\"}}\nEnforce = yes\n{config}", starts=False)

    def command(self, *more):
        return [program(), "-c", str(self.config), *self.options, *more]


def attacked(word, victims=("victim",), most=3.0, late=0.0, config="", seconds=FOR_S):
    """ATTACKERS at a time name zones of `word`; each of the victims' messages is to pass meanwhile, in `most` seconds."""
    names = Answers(late)
    with Resolving(names, config) as d:
        d.start()
        end, got, took = time.monotonic() + seconds, [], []

        def attack(k):
            n = k
            while time.monotonic() < end:
                n += ATTACKERS
                name = lambda i: f"m{n}i{i}.{word}{(n * 7 + i) % 60}.example"
                got.append(speak(d, f"198.51.100.{k % 250}", f"x@{name(0)}", [("From", f"a@{name(1)}")] + [
                    ("DKIM-Signature", f"v=1; a=rsa-sha256; d={name(2 + i)}; s=s; h=from; bh={'A' * 43}=; b={'A' * 342}==")
                    for i in range(5)]))
        threads = [threading.Thread(target=attack, args=(k,), daemon=True) for k in range(ATTACKERS)]
        for thread in threads:
            thread.start()
        k = 0
        while time.monotonic() < end:
            k += 1
            domain = f"x{k}.{victims[k % len(victims)]}{k}.example"
            answer, stamp, seconds_ = speak(d, "192.0.2.9", f"x@{domain}", [("From", f"a@{domain}")])
            check(answer == "c" and "dmarc=pass" in stamp, f"another's message {k}: {answer} {stamp!r} after {seconds_:.1f} s")
            took.append(seconds_)
            time.sleep(0.05)
        for thread in threads:
            thread.join(60)
        took.sort()
        print(f"     {word}: {len(got)} of the attack, {len(took)} others: median {took[len(took) // 2]:.3f}, most {took[-1]:.2f} s",
              flush=True)
        check(took[len(took) // 2] < SLOWER and took[-1] < SLOWER * most, f"others waited {took[-1]:.1f} s")
        check(got and all(g[0] in ("c", "t", "y", "r", "held") for g in got), f"answers {sorted({g[0] for g in got})}")
        check(all(g[2] < 20 for g in got), f"a message of the attack took {max(g[2] for g in got):.1f} s")
        d.stop()
    names.close()


def stalled_tcp():
    """names that are to be asked by TCP, where the resolver says nothing of them: others that need TCP are heard"""
    attacked("stall", victims=("victim", "far"))


def blocked_tcp():
    """the same, where a connection that heard of such a name says no more of any (a forwarder that keeps their order): others
    that do not need TCP are heard; those that do share the connection, and are put off"""
    attacked("block")


def for_no_time():
    """answers with TTL 0: each message has its own, and passes or fails by it"""
    attacked("zero")


def now_so_now_so():
    """names that are there every second time"""
    attacked("flap")


def at_great_length():
    """SPF records of 64 KB, over TCP"""
    attacked("long", victims=("victim", "far"))


def chains_and_rings():
    """CNAMEs to others without end, and round in a circle"""
    attacked("chain")
    attacked("ring")


def at_the_deadline():
    """answers that come just when DNSTimeout is over: told as late or as what they are, and nothing hangs"""
    wait = 5 if SANITIZED else 2  # such a build beside others is slow by itself
    attacked("late", late=wait, config=f"DNSTimeout = {wait}\n", most=wait - 0.1)
    attacked("late", late=wait - 0.02, config=f"DNSTimeout = {wait}\n", most=wait - 0.1, seconds=wait + 4)


main([stalled_tcp, blocked_tcp, for_no_time, now_so_now_so, at_great_length, chains_and_rings, at_the_deadline])
