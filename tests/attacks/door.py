#!/usr/bin/python3
"""Who may use the socket, who may read the records, who may write them: each with groups of his own, as on a real system."""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import stat
import struct
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from rig import SKIP, Daemon, Mta, check, main, program

# numbers of nobody's, in the place of assay, assay-report, assay-mta, assay-read and two people
DAEMON, SENDER, MTA, READ, POSTFIX, ANN = 61001, 61002, 61003, 61004, 61005, 61006
AS_DAEMON = {"user": DAEMON, "group": DAEMON, "extra_groups": []}
AS_SENDER = {"user": SENDER, "group": SENDER, "extra_groups": [DAEMON, READ]}
AS_POSTFIX = {"user": POSTFIX, "group": POSTFIX, "extra_groups": [MTA]}
AS_READER = {"user": ANN, "group": ANN, "extra_groups": [READ]}
AS_STRANGER = {"user": ANN, "group": ANN, "extra_groups": []}

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "conf" / "dmarc-aggregate-rfc9990.xsd"
HELLO = "import socket, sys\ns = socket.socket(socket.AF_UNIX)\ns.settimeout(10)\ns.connect(sys.argv[1])\n" \
        "s.send(bytes.fromhex('0000000d4f00000006000001ff001fffff'))\nsys.exit(0 if s.recv(5)[4:] == b'O' else 1)\n"
WRITE = "import sqlite3, sys\ndb = sqlite3.connect(sys.argv[1], timeout=5)\ndb.execute('DELETE FROM run')\ndb.commit()\n"


class Installed(Daemon):
    """As sysusers.d and tmpfiles.d of contrib/systemd have it, by a user who may not become another."""

    def __init__(self, config="", **more):
        super().__init__(starts=False, config=config, **more)
        self.dir.chmod(0o755)
        self.state, run = self.dir / "state", self.dir / "run"
        for folder, group, mode in ((self.state, READ, 0o750), (run, MTA, 0o2751)):
            folder.mkdir()
            os.chown(folder, DAEMON, group)
            folder.chmod(mode)
        self.path, self.database = str(run / "sock"), self.state / "assay.db"
        self.config.write_text(self.config.read_text().replace(self.where, f"unix:{self.path}")
                               .replace(f"{self.dir}/assay.db", str(self.database)))
        self.where = f"unix:{self.path}"

    def start(self):
        self.logfile.unlink(missing_ok=True)
        self.process = subprocess.Popen(self.command("-f"), stdout=self.logfile.open("a"), stderr=subprocess.STDOUT,
                                        **AS_DAEMON)
        self.wait_for_log(" serves ")

    def runs(self, who, *argv):
        return subprocess.run([str(a) for a in argv], capture_output=True, text=True, check=False, timeout=60, **who)

    def assay(self, who, *argv):
        return self.runs(who, pathlib.Path(program()).parent / "assay", *argv, "-c", self.config)


def message(d, queue_id="Q1"):
    mta = Mta(d)
    mta.connect()
    mta.helo()
    check(mta.message(queue_id) == "c", "not continued")
    mta.close()


def each_group_has_its_own():
    """Postfix uses the socket and reads nothing, the help desk reads and can neither change nor use it, reports are written"""
    with Installed() as d:
        d.start()
        message(d)
        shutil.copy(SCHEMA, d.dir / "schema.xsd")
        for who, name, may in ((AS_POSTFIX, "Postfix", True), (AS_READER, "a reader", False), (AS_SENDER, "the sender", False),
                               (AS_STRANGER, "a stranger", False)):
            check((d.runs(who, "/usr/bin/python3", "-c", HELLO, d.path).returncode == 0) == may, f"{name} and the socket")
        for stopped in (False, True):
            when = " while it is stopped" if stopped else ""
            done = d.assay(AS_READER, "why", "Q1")
            check(done.returncode == 0 and "DMARC pass" in done.stdout, f"a reader{when}: {done.stderr}")
            for who, name in ((AS_POSTFIX, "Postfix"), (AS_STRANGER, "a stranger")):
                check(d.assay(who, "why", "Q1").returncode != 0, f"{name} reads{when}")
                check(d.runs(who, "/usr/bin/cat", d.database).returncode != 0, f"{name} reads the file{when}")
            for who, name in ((AS_POSTFIX, "Postfix"), (AS_READER, "a reader"), (AS_STRANGER, "a stranger")):
                done = d.runs(who, "/usr/bin/python3", "-c", WRITE, d.database)
                check(done.returncode != 0, f"{name} writes{when}")
                check(d.assay(who, "source", "set", "good.example", "x", "--status", "approved").returncode != 0, "set")
            done = d.runs(AS_SENDER, "/usr/bin/python3", "-c", WRITE, d.database)
            check(done.returncode == 0, f"the sender cannot write{when}: {done.stderr}")
            for verb in ("build", "send"):
                done = d.assay(AS_SENDER, "report", verb, "-o", "ReportEmail=d@mx.test", "-o", "ReportOrg=x",
                               "-o", f"ReportSchema={d.dir}/schema.xsd")
                check(done.returncode == 0, f"report {verb}{when}: {done.returncode} {done.stderr}")
            if not stopped:
                d.stop()
        d.start()
        message(d, "Q2")
        check(d.assay(AS_READER, "why", "Q2").returncode == 0, "no record after a restart")
        d.stop()


def an_older_installation_goes_over():
    """a database made when one group was for everything gets the modes of now, and what was in it stays"""
    with Installed() as d:
        os.chown(d.state, DAEMON, DAEMON)
        d.start()
        message(d)
        check(stat.S_IMODE(d.database.stat().st_mode) == 0o640, "mode in a folder of one group")
        d.stop()
        os.chown(d.state, DAEMON, READ)
        d.start()
        check(stat.S_IMODE(d.database.stat().st_mode) == 0o664, f"mode {d.database.stat().st_mode:o}")
        check(d.assay(AS_READER, "why", "Q1").returncode == 0, "the reader does not read")
        check(d.runs(AS_SENDER, "/usr/bin/python3", "-c", WRITE, d.database).returncode == 0, "the sender does not write")
        d.stop()
        d.state.chmod(0o755)
        d.start()
        check(stat.S_IMODE(d.database.stat().st_mode) == 0o640, "open to all in a folder that is open to all")
        d.stop()


def secrets_are_the_senders():
    """a key or a password that the daemon's user may read is named at the start"""
    with Installed(config='ReportEmail = "d@mx.test"\nReportTLS = encrypt\n') as d:
        auth = d.dir / "auth"
        auth.write_text("user:password\n")
        auth.chmod(0o600)
        d.config.write_text(d.config.read_text() + f'ReportRelayAuth = "{auth}"\n')
        for owner in (DAEMON, SENDER):
            os.chown(auth, owner, owner)
            done = d.runs(AS_DAEMON, program(), "-n", "-c", d.config)
            told = "ReportRelayAuth: the user of this service may read" in done.stderr
            check(done.returncode == 0 and told == (owner == DAEMON), f"{owner}: {done.returncode} {done.stderr}")


def the_kernel_says_who_connects():
    """a socket that everybody may use by its mode is used by root, the daemon's user and the socket's group alone"""
    with Installed() as d:
        d.start()
        os.chmod(d.path, 0o777)
        for who, name, may in ((AS_POSTFIX, "Postfix", True), (AS_DAEMON, "the daemon's user", True), ({}, "root", True),
                               (AS_READER, "a reader", False), (AS_STRANGER, "a stranger", False),
                               ({"user": ANN, "group": MTA, "extra_groups": []}, "the group as the first", True)):
            check((d.runs(who, "/usr/bin/python3", "-c", HELLO, d.path).returncode == 0) == may, f"{name} and the socket")
        check(f"user {ANN} (process" in d.log() and "may not use the socket" in d.log(), "not said")
        message(d)
        d.stop()


def worker(d):
    return pathlib.Path(f"/proc/{d.process.pid}/task/{d.process.pid}/children").read_text().split()


def macros_that_are_no_pairs():
    """a block of macros whose strings are no pairs, whole and in pieces: the connection ends, the worker does not"""
    blocks = (b"Mi\0", b"Mi\0Q1", b"Mi\0Q1\0{mail_addr}\0a\0b\0", b"Mi", b"M\0", b"Ci\0Q1\0j\0", b"M" + b"x" * 70000 + b"\0")
    for config, told in (("", b""), ("Enforce = yes\n", b"\0\0\0\x014")):
        with Daemon(config=config) as d:
            before = worker(d)
            for block in blocks:
                for size in (1, 7, 10**6):
                    mta = Mta(d)
                    mta.connect()
                    frame = struct.pack("!L", len(block) + 1) + b"D" + block + b"\0\0\0\x16M<a@good.example>\0x=y\0"
                    for at in range(0, len(frame), size if len(frame) < 1000 else 10**6):
                        try:
                            mta.socket.sendall(frame[at:at + size] if len(frame) < 1000 else frame)
                        except OSError:
                            break
                    got = b""
                    try:
                        while piece := mta.socket.recv(100):
                            got += piece
                    except ConnectionResetError:
                        pass
                    check(got == told, f"{block[:20]} in pieces of {size}: answered {got}")
                    mta.close()
            check(worker(d) == before, "the worker died")
            check("macros are not pairs of name and value" in d.log(), "not said")
            message(d)
            d.stop()


LOCK = """import fcntl, os, sys, time
files = [os.open(sys.argv[1] + end, os.O_RDONLY) for end in ("-shm", "-wal", "")]
fcntl.lockf(files[0], fcntl.LOCK_SH, 8, 120)
fcntl.lockf(files[2], fcntl.LOCK_SH, 512, 0x40000000)
fcntl.flock(files[2], fcntl.LOCK_EX)
print("locked", flush=True)
time.sleep(60)
"""


def locks(d):
    """A reader who holds every lock of the database that he can."""
    reader = subprocess.Popen(["/usr/bin/python3", "-c", LOCK, str(d.database)], stdout=subprocess.PIPE, text=True, **AS_READER)
    check(reader.stdout.readline() == "locked\n", "not locked")
    return reader


def recorded(d):
    with contextlib.closing(sqlite3.connect(f"file:{d.database}?mode=ro", uri=True)) as db:
        return [row[0] for row in db.execute("SELECT queue_id FROM message ORDER BY id")]


def until(what, true, seconds=30):
    end = time.monotonic() + seconds
    while not true():
        check(time.monotonic() < end, f"no {what}")
        time.sleep(0.05)


def a_reader_can_lose_no_record():
    """a reader locks what he may: no record is lost, over a crash and a restart too, and but for the first nobody waits"""
    with Installed() as d:
        d.start()
        message(d, "Q0")
        reader = locks(d)
        took = []
        for n in range(1, 21):
            began = time.monotonic()
            message(d, f"Q{n}")
            took.append(time.monotonic() - began)
        check(sorted(took)[-2] < 1 and max(took) < 2, f"messages waited {sorted(took)[-3:]}")
        check("records wait in" in d.log() and "were lost" not in d.log(), "not said, or lost")
        check(len(recorded(d)) == 1, "the lock did not hold: the test proves nothing")
        os.kill(int(worker(d)[0]), 9)
        message(d, "Q21")
        d.stop()
        d.start()
        message(d, "Q22")
        reader.kill()
        reader.wait()
        until("records", lambda: len(recorded(d)) == 23)
        check(recorded(d) == [f"Q{n}" for n in range(23)], f"recorded {recorded(d)}")
        check(not (d.state / "assay.db.aside").exists(), "the file is still there")
        check("were lost" not in d.log() and "not recorded" not in d.log(), "lost")
        message(d, "Q23")
        until("the next", lambda: len(recorded(d)) == 24)
        d.stop()


if os.geteuid() != 0:
    print("wants root, to be several users")
    sys.exit(SKIP)
main([each_group_has_its_own, an_older_installation_goes_over, secrets_are_the_senders,
      the_kernel_says_who_connects, macros_that_are_no_pairs, a_reader_can_lose_no_record])
