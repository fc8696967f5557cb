"""What the scenarios share: the real assay-milter on a socket of its own, and an MTA's side of the milter protocol.

The daemon runs unprivileged or as whoever runs the tests, with DNS from a master file, so no scenario needs a network.
`Mta` speaks the protocol byte by byte, in any order, which no milter library lets a program do.
"""

import os
import pathlib
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time

SKIP = 77
AUTHSERV_ID = "mx.test"
HERE = pathlib.Path(__file__).resolve().parent

os.environ.setdefault("TSAN_OPTIONS", f"suppressions={HERE}/tsan.supp")

# actions and steps of mfdef.h
ADDHDRS, CHGHDRS, QUARANTINE, SETSYMLIST = 0x1, 0x10, 0x20, 0x100
ALL_ACTIONS = 0x1ff
ALL_STEPS = 0x1fffff
NR = {"C": 0x1000, "H": 0x2000, "M": 0x4000, "R": 0x8000, "T": 0x10000, "U": 0x20000, "L": 0x80, "N": 0x40000,
      "B": 0x80000}
SKIP_STEP, LEADSPC = 0x400, 0x100000
BODY_ANSWERED = ALL_STEPS & ~NR["B"]  # so that with body() all that went before it has been read

ZONE = r"""
$TTL 300
good.example.        TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.good.example. TXT "v=DMARC1; p=reject"
slow.example.        TIMEOUT
_dmarc.slow.example. TIMEOUT
1.2.0.192.in-addr.arpa. PTR mail.good.example.
mail.good.example.   A 192.0.2.1
"""


class Failed(Exception):
    pass


def check(condition, what):
    if not condition:
        raise Failed(what)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def program():
    path = pathlib.Path(os.environ.get("ASSAY_MILTER", "assay-milter")).resolve()
    if not path.exists():
        print(f"{path} is not built", file=sys.stderr)
        sys.exit(SKIP)
    return str(path)


class Daemon:
    """assay-milter in the foreground, its log in a file, everything in one temporary folder."""

    def __init__(self, options=(), config="", where=None, syslog="no", starts=True):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="assay-scenario-"))
        self.config = self.dir / "assay.conf"
        self.zone = self.dir / "zone"
        self.logfile = self.dir / "log"
        self.path = str(self.dir / "sock")
        self.where = where or f"unix:{self.path}"
        self.config.write_text(
            f"AuthservID = {AUTHSERV_ID}\nSocket = \"{self.where}\"\nUserID = root\nSyslog = {syslog}\nLogLevel = debug\n"
            f"Database = \"{self.dir}/assay.db\"\nDatabaseSync = normal\nIgnoreHosts = {{127.0.0.0/8}}\n{config}")
        self.zone.write_text(ZONE)
        self.options = list(options)
        self.starts = starts
        self.process = None

    def __enter__(self):
        if self.starts:
            self.start()
        return self

    def __exit__(self, kind, value, trace):
        if kind is not None:
            print(self.log(), file=sys.stderr)
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        shutil.rmtree(self.dir, ignore_errors=True)

    def command(self, *more):
        return [program(), "-c", str(self.config), "--zone", str(self.zone), *self.options, *more]

    def start(self):
        self.process = subprocess.Popen(self.command("-f"), stdout=self.logfile.open("a"), stderr=subprocess.STDOUT)
        self.wait_for_log(" serves ")

    def log(self):
        return self.logfile.read_text(errors="replace") if self.logfile.exists() else ""

    def wait_for_log(self, text, seconds=20):
        end = time.monotonic() + seconds
        while text not in self.log():
            if self.process.poll() is not None or time.monotonic() > end:
                raise Failed(f"no \"{text}\" in the log, exit code {self.process.poll()}")
            time.sleep(0.02)

    def signal(self, number):
        self.process.send_signal(number)

    def stop(self, seconds=40):
        """TERM; its exit code must be 0."""
        self.signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        check(code == 0, f"exit code {code} after TERM")
        check("ERROR: " not in self.log() and "WARNING: ThreadSanitizer" not in self.log(), "a sanitizer complained")


class Gone(Exception):
    """The milter closed the connection."""


class Mta:
    """One milter connection.  Commands are sent as they are given; answers are read when one is due."""

    def __init__(self, daemon, steps=ALL_STEPS, actions=ALL_ACTIONS, version=6, negotiate=True):
        if daemon.where.startswith("unix:"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(30)
            self.socket.connect(daemon.path)
        else:
            port, host = daemon.where.split(":", 1)[1].split("@")
            self.socket = socket.create_connection((host, int(port)), 30)
        self.steps = 0
        self.edits = []
        if negotiate:
            self.negotiate(steps, actions, version)

    def negotiate(self, steps=ALL_STEPS, actions=ALL_ACTIONS, version=6):
        self.send("O", struct.pack("!LLL", version, actions, steps))
        command, data = self.read()
        check(command == "O", f"negotiation answered {command}")
        _, self.actions, self.steps = struct.unpack("!LLL", data[:12])
        check(self.steps & ~steps == 0, f"steps {self.steps:x} were not offered in {steps:x}")
        self.symbols = data[12:]

    def close(self):
        self.socket.close()

    def send(self, command, data=b""):
        if isinstance(data, str):
            data = data.encode()
        self.socket.sendall(struct.pack("!L", len(data) + 1) + command.encode() + data)

    def exactly(self, n):
        out = b""
        while len(out) < n:
            piece = self.socket.recv(n - len(out))
            if not piece:
                raise Gone()
            out += piece
        return out

    def read(self):
        n, = struct.unpack("!L", self.exactly(4))
        data = self.exactly(n)
        return chr(data[0]), data[1:]

    def ask(self, command, data=b""):
        """Sends, and reads the answer unless none was agreed upon."""
        self.send(command, data)
        if self.steps & NR.get(command, 0):
            return None
        return self.read()[0]

    def macros(self, stage, **values):
        text = stage.encode()
        for name, value in values.items():
            name = name if len(name) == 1 else "{" + name + "}"
            text += name.encode() + b"\0" + value.encode() + b"\0"
        self.send("D", text)

    def connect(self, ip="192.0.2.1", name="mail.good.example", family="4"):
        address = b"" if family == "U" else struct.pack("!H", 25) + ip.encode() + b"\0"
        return self.ask("C", name.encode() + b"\0" + family.encode() + address)

    def helo(self, name="mail.good.example"):
        return self.ask("H", (name if isinstance(name, bytes) else name.encode()) + b"\0")

    def mail(self, path="<a@good.example>", *args):
        return self.ask("M", b"".join(a.encode() + b"\0" for a in (path, *args)))

    def rcpt(self, path="<b@here.test>"):
        return self.ask("R", path.encode() + b"\0")

    def header(self, name, value):
        value = value if isinstance(value, bytes) else value.encode()
        if self.steps & LEADSPC:
            value = b" " + value
        return self.ask("L", name.encode() + b"\0" + value + b"\0")

    def eoh(self):
        return self.ask("N")

    def body(self, data=b"hello\r\n"):
        return self.ask("B", data)

    def end(self):
        """The end of the message: the final answer; edits are kept."""
        self.send("E")
        return self.finish()

    def finish(self):
        self.edits = []
        while True:
            command, data = self.read()
            if command in "acdrty":
                return command
            check(command in "ihqmp", f"unexpected {command} at the end of the message")
            self.edits.append((command, data))

    def inserted(self):
        """The fields inserted, as (position, name, value)."""
        out = []
        for command, data in self.edits:
            if command == "i":
                name, value, _ = data[4:].split(b"\0")
                out.append((struct.unpack("!L", data[:4])[0], name.decode(), value.decode()))
        return out

    def deleted(self):
        """The fields deleted, as (number, name), in the order told."""
        out = []
        for command, data in self.edits:
            if command == "m":
                name, value, _ = data[4:].split(b"\0")
                check(value == b"", "a field was changed, not deleted")
                out.append((struct.unpack("!L", data[:4])[0], name.decode()))
        return out

    def envelope(self, queue_id="Q1", path="<a@good.example>"):
        self.macros("M", i=queue_id)
        self.mail(path)
        self.rcpt()

    def message(self, queue_id="Q1", headers=(), body=b"hello\r\n"):
        """A whole good message on an open connection."""
        self.envelope(queue_id)
        for name, value in headers or [("From", "a@good.example")]:
            self.header(name, value)
        self.eoh()
        if body:
            self.body(body)
        self.macros("E", i=queue_id)
        return self.end()


class Recorder(Mta):
    """The bytes that an MTA sends when it is answered nothing before the end of a message."""

    def __init__(self):
        self.steps = ALL_STEPS
        self.sent = b""

    def send(self, command, data=b""):
        data = data.encode() if isinstance(data, str) else data
        self.sent += struct.pack("!L", len(data) + 1) + command.encode() + data


def greeted(daemon, **how):
    mta = Mta(daemon, **how)
    mta.connect()
    mta.helo()
    return mta


def stamped(mta, result="dmarc=pass"):
    """Exactly one field was inserted, at the top, by us, with that result."""
    fields = mta.inserted()
    check(len(fields) == 1, f"{len(fields)} fields inserted")
    position, name, value = fields[0]
    check(position == 0 and name == "Authentication-Results", f"inserted {name} at {position}")
    space = " " if mta.steps & LEADSPC else ""
    check(value.startswith(space + AUTHSERV_ID + ";"), f"stamp is {value!r}")
    check(result in value, f"no {result} in {value!r}")
    return value


def main(scenarios):
    """Runs those named on the command line, or all; each is a function."""
    wanted = sys.argv[1:]
    failed = 0
    for scenario in scenarios:
        if wanted and scenario.__name__ not in wanted:
            continue
        try:
            scenario()
            print(f"ok   {scenario.__doc__.splitlines()[0]}")
        except (Failed, Gone, OSError, subprocess.TimeoutExpired) as e:
            failed += 1
            print(f"FAIL {scenario.__name__}: {type(e).__name__}: {e}")
        sys.stdout.flush()
    sys.exit(1 if failed else 0)
