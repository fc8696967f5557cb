#!/usr/bin/python3
"""Whatever strangers and files contain, no subcommand of assay writes to a terminal what would steer it.

Steering are C0 but newline and tab (and CR before LF in CSV), DEL, C1 (U+009B and U+009D begin sequences, as UTF-8 and
as single bytes), and what turns the direction of text.  It comes by messages, records of any age, zones, reports,
histories, CSV, policies, configuration, and arguments; it may go to standard output, standard error, and JSON.
"""

import gzip
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scenario"))

from rig import Daemon, Failed, check, main, program
from stream import send

ASSAY = str(pathlib.Path(program()).parent / "assay")
EVIL = ("\x1b]0;owned\x07\x1b[2J" "\u009b31m\u009d0;x\u009c" "\u202etxt.exe\u2066\u2069\u200f\u061c\u2028" "\x7f\x08\r\x00"
        .replace("\x00", ""))
RAW = EVIL.encode() + b"\x9b1m\x9d0;x\x9c\xc2"
STEERING = {*range(0x20), *range(0x7f, 0xa0), 0x61c, 0x200e, 0x200f, *range(0x2028, 0x202f), *range(0x2066, 0x206a)} - {10, 9}


def steers(output):
    text = output.replace(b"\r\n", b"\n").decode("utf-8", "surrogateescape")
    return [(hex(ord(c)), text[max(0, i - 60):i + 20]) for i, c in enumerate(text)
            if ord(c) in STEERING or 0xdc80 <= ord(c) <= 0xdcff]


class Desk:
    def __init__(self, folder, config):
        self.dir, self.config, self.ran = folder, config, 0

    def run(self, *args, stdin=b""):
        argv = [ASSAY.encode()] + [a if isinstance(a, bytes) else str(a).encode() for a in args] + [b"-c", str(self.config).encode()]
        done = subprocess.run(argv, capture_output=True, input=stdin, check=False, timeout=60, cwd=self.dir)
        self.ran += 1
        check(done.returncode >= 0, f"{argv}: killed by {-done.returncode}")
        for what, output in (("stdout", done.stdout), ("stderr", done.stderr)):
            found = steers(output)
            check(not found, f"{argv[1:]}: {what}: {found[:3]}")
        if b"--json" in argv and done.stdout[:1] in (b"[", b"{"):
            try:
                json.loads(done.stdout)
            except ValueError as why:
                raise Failed(f"{argv[1:]}: {why}: {done.stdout[:200]}") from why
        return done

    def both(self, *args, **more):
        self.run(*args, **more)
        self.run(*args, "--json", **more)

    def file(self, name, data):
        path = self.dir / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path


def quoted(text):
    """As a master file has it: \\DDD for each byte that is not plain."""
    return "".join(chr(b) if 0x20 <= b < 0x7f and b not in b'"\\' else f"\\{b:03d}"
                   for b in (text if isinstance(text, bytes) else text.encode()))


ZONE = f"""
evil.example.           TXT "v=spf1 include:{quoted(EVIL)}.example ?{quoted(RAW)} -all"
evil.example.           MX 10 mx.evil.example.
_dmarc.evil.example.    TXT "v=DMARC1; p={quoted(EVIL)}; rua=mailto:{quoted(EVIL)}@evil.example; x={quoted(RAW)}"
_dmarc.evil2.example.   TXT "v=DMARC1; p=reject; rua=mailto:{quoted(EVIL)}@evil2.example,{quoted(RAW)}:x"
s1._domainkey.evil.example. TXT "v=DKIM1; k={quoted(EVIL)}; n={quoted(RAW)}; p=xx"
"""
HEADERS = [("Subject", RAW), ("Message-ID", b"<" + RAW.replace(b"\r", b"") + b"@x>"), ("List-Id", RAW),
           ("DKIM-Signature", b"v=1; a=" + RAW + b"; d=evil.example; s=s1; h=from; bh=xx; b=yy; i=" + RAW),
           ("ARC-Seal", b"i=1; a=" + RAW + b"; cv=none; d=evil.example; s=" + RAW + b"; b=x"),
           ("Authentication-Results", b"mx.test; " + RAW + b"; spf=" + RAW)]
LETTER = b"".join(n.encode() + b": " + v.replace(b"\r", b"") + b"\r\n" for n, v in HEADERS) + \
    b"From: " + RAW.replace(b"\r", b"") + b" <x@evil.example>\r\n\r\nhello " + RAW + b"\r\n"
FEEDBACK = ("<?xml version='1.0'?><feedback><report_metadata><org_name>{0}</org_name><email>{0}</email><report_id>{0}"
            "</report_id><date_range><begin>1795000000</begin><end>1795086399</end></date_range></report_metadata>"
            "<policy_published><domain>good.example{0}</domain><p>{0}</p></policy_published><record><row><source_ip>192.0.2.1"
            "</source_ip><count>1{0}</count><policy_evaluated><disposition>{0}</disposition><reason><type>{0}</type><comment>{0}"
            "</comment></reason></policy_evaluated></row><identifiers><header_from>{0}</header_from></identifiers><auth_results>"
            "<spf><domain>{0}</domain><result>{0}</result></spf></auth_results></record></feedback>")


def desk():
    d = Daemon(starts=False)
    d.zone.write_text(d.zone.read_text() + ZONE)
    d.start()
    return d


def tamper(database):
    """Every text of every table, as an older version, another program or a fault could have left it."""
    with sqlite3.connect(database) as db:
        for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'").fetchall():
            for column in db.execute(f"PRAGMA table_info({table})").fetchall():
                if column[2] == "TEXT" and column[1] not in ("kind", "state"):
                    try:
                        db.execute(f"UPDATE {table} SET {column[1]} = {column[1]} || ?", (EVIL,))
                    except sqlite3.Error:
                        pass


def records():
    """records of messages that steer, whole, and tampered with: why, policy explain, what-if, report, source"""
    with desk() as d:
        for name in ("evil.example", "evil2.example", "good.example"):
            check(send(d, "192.0.2.1", f"x@{name}", name, HEADERS, name="x") in "cyt", "answer")
        time.sleep(1.5)
        found = Desk(d.dir, d.config)
        subprocess.run([ASSAY, "source", "set", "good.example", "unknown", "--note", "a", "-c",
                        str(d.config)], check=True, capture_output=True)
        d.stop()
        for round_ in range(2):
            for key in ("good.example", "evil.example", "evil2.example", "192.0.2.1", EVIL, RAW, b"x@evil.example" + RAW):
                found.both("why", key)
                found.both("why", "--playbook", key)
                found.both("policy", "explain", key)
            found.both("why", "--by", EVIL, "x")
            found.both("why", "--since", EVIL, "x")
            found.both("what-if")
            found.both("source", "list")
            found.run("source", "export")
            found.both("source", "show", "good.example", "unknown" if round_ == 0 else f"unknown{EVIL}")
            day = time.strftime("%Y-%m-%d", time.gmtime())
            schema = HERE.parent.parent / "conf" / "dmarc-aggregate-rfc9990.xsd"
            found.both("report", "build", "--day", day, "--unfinished", "-o", "ReportEmail=d@mx.test", "-o", f"ReportSchema={schema}")
            found.both("report", "list")
            found.both("report", "show", "1")
            found.both("report", "send", "--dry-run", "--zone", d.zone, "-o", "ReportEmail=d@mx.test")
            found.both("report", "retry", EVIL)
            tamper(d.dir / "assay.db")


def subcommands():
    said = subprocess.run([ASSAY, "--help"], capture_output=True, check=True, text=True).stdout
    found = [line.split()[0] for line in said.split("\n") if line.startswith("  ")]
    check("why" in found and len(found) > 10, f"subcommands {found}")
    return found


def arguments():
    """arguments and options that steer, of every subcommand: what is said of a mistake repeats them safely"""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        d = Desk(folder, folder / "assay.conf")
        d.file("assay.conf", f'AuthservID = mx.test\nDatabase = "{folder}/none.db"\n')
        for evil in (EVIL, RAW):
            for sub in subcommands():
                d.both(sub, evil)
                d.both(sub, evil, evil)
                d.both(sub, b"--" + (evil if isinstance(evil, bytes) else evil.encode()))
                d.both(sub, "-o", evil, "x")
                d.both(sub, "-o", b"Socket=" + (evil if isinstance(evil, bytes) else evil.encode()), "x")
            d.run(evil)
            d.both("policy", "test", evil)
            d.both("policy", "release", evil)
            d.both("policy", "show", "--policy", evil)
            d.both("source", "set", evil, evil, "--status", evil)
            d.both("source", "set", "x.example", evil, "--note", evil)
            d.both("source", "import", evil)
            d.both("spf", "--ip", evil, "--helo", evil, "--from", evil)
            d.both("spf", "--ip", "192.0.2.1", "--helo", evil, "--from", b"x@" + (evil if isinstance(evil, bytes) else evil.encode()),
                   "--zone", evil)
            d.both("dmarc", "--record", b"v=DMARC1; p=" + (evil if isinstance(evil, bytes) else evil.encode()))
            d.both("dmarc", "--header-from", evil, "--spf", evil)
            d.both("domain", "--selector", evil, "--known", evil, evil)
            for verb in ("build", "show", "list", "send", "retry", "bounce"):
                d.both("report", verb, evil)
                d.both("report", verb, "--database", evil)
            for verb in ("add", "list", "show", "retry"):
                d.both("received", verb, evil)
                d.both("received", verb, "--database", evil)


def files():
    """letters, zones, policies, CSV, histories, reports and configurations that steer"""
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        d = Desk(folder, folder / "assay.conf")
        d.file("assay.conf", f'AuthservID = mx.test\nDatabase = "{folder}/assay.db"\n')
        zone = d.file("zone", "$TTL 300\n" + ZONE)
        letter = d.file("letter.eml", LETTER)
        d.both("check", letter, "--zone", zone, "--ip", "192.0.2.1", "--helo", "x", "--from", "x@evil.example")
        for domain in ("evil.example", "evil2.example"):
            d.both("domain", domain, "--zone", zone, "--selector", "s1")
            d.both("spf", "--ip", "192.0.2.1", "--helo", "x", "--from", f"x@{domain}", "--zone", zone)
            d.both("dmarc", "--header-from", f"x@{domain}", "--zone", zone)
            d.both("dmarc", "--header-from", RAW + f" <x@{domain}>".encode(), "--zone", zone)
        d.both("domain", "evil.example", "--zone", d.file("badzone", RAW))
        d.both("domain", "evil.example", "--zone", zone, "--known", d.file("known", RAW))
        d.both("domain", "evil.example", "--zone", zone, "--known", d.file("known2", json.dumps({EVIL: EVIL})))
        d.both("policy", "test", d.file("policy.conf", b"rule " + RAW + b" { Action = " + RAW + b" }\n"))
        d.both("policy", "test", d.file("policy2.conf", b"rule a { " + RAW + b" = x }\n"))
        d.both("policy", "test", d.file("policy3.conf", b"rule a { Action = none Reason = \"" + RAW + b"\" }\n"))
        d.both("policy", "show", "--policy", d.file("policy4.conf", b"rule a { Action = none Reason = \"" + EVIL.encode() + b"\" }\n"))
        d.both("source", "import", d.file("a.csv", b"domain,source,note\nx.example,unknown," + RAW + b"\n"))
        d.both("source", "import", d.file("b.csv", RAW + b",b\n"))
        d.both("import", "opendmarc-history", d.file("history", b"job " + RAW + b"\nreporter " + RAW + b"\nreceived 1\n" + RAW))
        for evil in (EVIL, "".join(c for c in EVIL if ord(c) >= 0x20)):
            report = d.file("report.xml", FEEDBACK.format(evil))
            d.both("report", "show", report)
            d.both("report", "show", d.file("report.xml.gz", gzip.compress(report.read_bytes())))
            d.both("received", "add", report)
            d.both("received", "list")
            d.both("received", "show", "1")
        for data in (RAW, LETTER):
            d.both("report", "show", d.file("x.eml", data))
            d.both("report", "bounce", stdin=data)
            d.both("received", "add", d.file("y.eml", data))
            d.both("received", "list")
        d.file("assay.conf", RAW + b" = " + RAW + b"\n")
        for sub in ("why", "policy", "source", "domain"):
            d.both(sub, "x.example")
        done = subprocess.run([program(), "-n", "-v", "-c", str(d.config)], capture_output=True, check=False)
        check(not steers(done.stdout + done.stderr), f"assay-milter -n: {steers(done.stdout + done.stderr)[:3]}")


# hundreds of short runs, which a build with sanitizers makes ten times as long
SANITIZED = b"__asan_init" in pathlib.Path(program()).read_bytes()
main([records, files] if SANITIZED else [records, arguments, files])
