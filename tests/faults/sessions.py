"""Mutated protocol sessions: valid conversations of an MTA with something wrong in their bytes or their order.

Each session comes of its number and the seed alone.  FAULTS_SESSIONS and FAULTS_SEED say how many and which.
"""

import collections
import contextlib
import os
import pathlib
import random
import re
import socket
import struct
import tempfile
import threading
import time

from descriptors import program
from memory import OURS
from rig import Trouble, children, expect, letters, milter, test, wait_for

THREADS = 4
FOREIGN = ("Authentication-Results", " mx.elsewhere.example; dkim=pass header.d=x.example")
FORGED = ("Authentication-Results", " mx.test; dmarc=pass")
ARC = [("ARC-Seal", " i=1; a=rsa-sha256; cv=none; d=esp.example; s=k1; b=AAAA"),
       ("ARC-Message-Signature", " i=1; a=rsa-sha256; c=relaxed/relaxed; d=esp.example; s=k1; h=from; bh=AAAA; b=AAAA"),
       ("ARC-Authentication-Results", " i=1; mx.elsewhere.example; dkim=pass")]


def command(letter, data=b""):
    return (letter, data)


def fields(*pairs):
    return [command("L", f"{n}\0{v}\0".encode("utf-8", "surrogateescape")) for n, v in pairs]


def macros(stage, *pairs):
    return command("D", stage.encode() + b"".join(f"{n}\0{v}\0".encode() for n, v in pairs))


def message(dice, signed):
    """The commands of one message."""
    out = [macros("M", ("i", "Q%d" % dice.randrange(10 ** 6)), ("{auth_authen}", "joe"))] if dice.random() < 0.5 else []
    out.append(command("M", dice.choice([b"<a@good.example>\0", b"<>\0", b"<a@good.example>\0SIZE=1000\0SMTPUTF8\0"])))
    out += [command("R", b"<desk@receiver.example>\0")] * dice.choice([1, 1, 3])
    pairs = list(dice.choice(signed))
    for extra in (FOREIGN, FORGED, *ARC):
        if dice.random() < 0.3:
            pairs.insert(dice.randrange(len(pairs) + 1), extra)
    out += fields(*pairs)
    out.append(command("N"))
    out += [command("B", dice.choice([b"", b"x\r\n", b"line\r\n" * 500]))] * dice.choice([0, 1, 2])
    out += [macros("E", ("i", "Q%d" % dice.randrange(10 ** 6))), command("E", dice.choice([b"", b"last piece\r\n"]))]
    return out


def conversation(dice, signed):
    """A valid one: what an MTA says from the connection to its end."""
    steps = dice.choice([milter.ALL_STEPS, milter.ALL_STEPS & ~0x100000, 0x7f])
    out = [command("O", struct.pack("!LLL", dice.choice([2, 6, 6, 6]), milter.ALL_ACTIONS, steps))]
    out.append(macros("C", ("j", "mx.test"), ("{client_addr}", "192.0.2.1"), ("{client_name}", "mail.good.example")))
    out.append(command("C", dice.choice([b"mail.good.example\x004\0\x19192.0.2.1\0", b"x\x006\0\x19IPv6:2001:db8::1\0", b"l\0U"])))
    out.append(command("H", b"mail.good.example\0"))
    for _ in range(dice.choice([1, 1, 2])):
        out += message(dice, signed)
        if dice.random() < 0.2:
            out.append(command("A"))
    out.append(command(dice.choice("QQK")))
    return out


# ---- mutations: of the list of commands, or of the bytes of one ----

def mutate_bytes(dice, data):
    data = bytearray(data or b"\0")
    for _ in range(dice.choice([1, 1, 4])):
        at = dice.randrange(len(data)) if data else 0
        way = dice.randrange(8)
        if way == 0 and data:
            data[at] ^= 1 << dice.randrange(8)
        elif way == 1 and data:
            data[at] = dice.choice(b"\0\xff\x80\n\r;=\"()<>")
        elif way == 2:
            del data[at:]
        elif way == 3:
            del data[at:at + dice.randrange(1, 9)]
        elif way == 4:
            data[at:at] = dice.randbytes(dice.randrange(1, 20))
        elif way == 5:
            data = data.replace(b"\0", dice.choice([b"", b"\0\0", b" "]))
        elif way == 6:
            data[at:at] = data[at:at + 50] * dice.choice([2, 30])
        else:
            data[at:at] = bytes([dice.choice(b"A{\0\xff")]) * dice.choice([100, 5000, 70000])
    return bytes(data)


def mutate(dice, commands):
    """The conversation as (letter, data, length told) with something wrong in it."""
    commands = list(commands)
    for _ in range(dice.choice([0, 1, 1, 2])):
        at = dice.randrange(len(commands))
        way = dice.randrange(5)
        if way == 0:
            del commands[at]
        elif way == 1:
            commands.insert(at, dice.choice(commands))
        elif way == 2:
            other = dice.randrange(len(commands))
            commands[at], commands[other] = commands[other], commands[at]
        elif way == 3:
            commands[at] = (chr(dice.randrange(256)), commands[at][1])
        else:
            commands.insert(at, command("D", dice.choice(b"CHMREB\0X").to_bytes(1, "big") + dice.randbytes(dice.randrange(30))))
        commands = commands or [command("Q")]
    for _ in range(dice.choice([0, 1, 1, 3])):
        at = dice.randrange(len(commands))
        commands[at] = (commands[at][0], mutate_bytes(dice, commands[at][1]))
    out = b""
    for letter, data in commands:
        length = len(data) + 1
        if dice.random() < 0.01:
            length = dice.choice([0, 1, length - 1, length + 1, 0x7fffffff, 0xffffffff, dice.randrange(70000)])
        out += struct.pack("!L", length & 0xffffffff) + letter.encode("latin-1")[:1] + data
    return out[:dice.randrange(len(out) + 1)] if dice.random() < 0.1 else out


# ---- the run ----

def hold(daemon, data):
    """Says it all and listens until the other side ends."""
    with socket.socket(socket.AF_UNIX) as s:
        s.settimeout(10)
        try:
            s.connect(daemon.path)
            s.sendall(data)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass
        except socket.timeout:
            return "silent"
        except OSError:
            return "cut"
    return "ended"


def corpus(world):
    out = [[("From", " a@good.example")], [("From", " a@good.example"), ("Subject", " x")] * 3]
    for key, selector in ((world.rsa, "s1"), (world.ed, "ed")):
        data = letters.sign(letters.letter("a@good.example"), key, "good.example", selector).decode()
        head = re.split(r"\r\n(?![ \t])", data.split("\r\n\r\n", 1)[0])
        out.append([tuple(f.split(":", 1)) for f in head])
    return out


def sanitizer_crashes(log):
    """(object or file, function) of each report of AddressSanitizer or UBSan: the first frame with a source of ours or a
    library."""
    found = []
    for report in re.split(r"(?=ERROR: AddressSanitizer|runtime error: )", log)[1:]:
        frames = re.findall(r"^\s+#\d+ \S+ in (\S+) (\S+)", report[:6000], re.M)
        frames = [(f, w) for f, w in frames if not f.startswith(("__interceptor", "__asan", "__sanitizer"))
                  and "/libc" not in w and "asan" not in w]
        name, where = frames[0] if frames else ("?", report[:100])
        found.append((OURS if "/milter/" in where else pathlib.Path(where.strip("(").split("+")[0]).name, name))
    return found


@test
def mutated_sessions(place):
    """thousands of mutated protocol sessions crash nothing, libmilter included"""
    program(place)
    count = int(os.environ.get("FAULTS_SESSIONS", place.times(3000, 100000)))
    seed = os.environ.get("FAULTS_SEED", "1")
    sanitized = b"__asan_init" in pathlib.Path(milter.program()).read_bytes()
    world, answers, lock = letters.World(), collections.Counter(), threading.Lock()
    signed, numbers = corpus(world), iter(range(count))
    with tempfile.TemporaryDirectory() as folder, milter.Daemon(starts=False) as d:
        os.chmod(folder, 0o1777)
        trouble = Trouble(pathlib.Path(folder))
        d.config.write_text(d.config.read_text().replace("LogLevel = debug", "LogLevel = error"))
        d.zone.write_text("$TTL 300\n" + world.zone)
        with contextlib.nullcontext() if sanitized else trouble.preloaded():
            d.process = milter.subprocess.Popen(d.command("-f"), stdout=d.logfile.open("a"), stderr=milter.subprocess.STDOUT)
        wait_for("the socket", lambda: os.path.exists(d.path))

        def work():
            while True:
                with lock:
                    number = next(numbers, None)
                if number is None:
                    return
                dice = random.Random(f"{seed}-{number}")
                answer = hold(d, mutate(dice, conversation(dice, signed)))
                with lock:
                    answers[answer] += 1
        threads = [threading.Thread(target=work) for _ in range(THREADS)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        rate = count / (time.monotonic() - began)
        wait_for("a worker", lambda: children(d.process.pid), 5)
        mta = milter.greeted(d)
        expect(mta.message("Z1", [("From", "a@good.example")]) == "c", "a good message afterwards is not continued")
        log = d.log()
        died = log.count("the next one starts in")
        crashes = sanitizer_crashes(log) if sanitized else trouble.crashes()
        if crashes:
            pathlib.Path("/tmp/assay-faults-sessions.log").write_text(log)
        expect(not crashes, f"crashed, in {sorted(set(crashes))}: /tmp/assay-faults-sessions.log")
        expect(died == 0, f"{died} workers died")
        d.signal(milter.signal.SIGTERM)
        expect(d.process.wait(40) == 0, "did not stop in order")
    return f"ok, {count} sessions, {rate:.0f} a second{', ASan' if sanitized else ''}: no crash; {dict(answers)}"
