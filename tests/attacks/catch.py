#!/usr/bin/python3
"""The safety catch as a switch for attackers: whatever a stranger sends in a correspondent's name stays refused."""

import os
import pathlib
import sqlite3
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

import stream
from rig import Daemon, Mta, check, main

CONFIG = "Enforce = yes\nHonourReject = yes\n"
ZONE = """
bank.example.        TXT "v=spf1 ip4:192.0.2.8 -all"
_dmarc.bank.example. TXT "v=DMARC1; p=reject"
s1._domainkey.bank.example. TXT "v=DKIM1; k=rsa; p="
evil.example.        TXT "v=spf1 ip4:203.0.113.0/24 -all"
"""
PARTNER = "192.0.2.7"  # whose mail passed for weeks; bank.example has just forgotten it in its SPF record
JUNK = f"v=1; a=rsa-sha256; d=bank.example; s=s1; h=from; bh={'A' * 43}=; b={'A' * 344}"
LOOKS = 2.5  # seconds for the catch to look, and for every verdict to know


def daemon(zone=""):
    d = Daemon(config=CONFIG, starts=False)
    d.zone.write_text(d.zone.read_text() + ZONE + zone)
    d.start()
    day = int(time.time()) // 86400
    with sqlite3.connect(d.dir / "assay.db") as db:
        for address in (PARTNER, ""):
            db.execute("INSERT INTO correspondent VALUES ('bank.example', ?, ?, ?, 9, 400)", (address, day - 20, day - 1))
    return d


def send(d, ip, path="x@bank.example", author="bank.example", headers=(), **more):
    return stream.send(d, ip, path, author, headers, **more)


def stays_shut(d, count, **how):
    for _ in range(count):
        check(send(d, **how) == "y", f"not refused: {how}")
    time.sleep(LOOKS)
    check(send(d, **how) == "y", f"let go: {how}")
    check("safety catch on" not in d.log(), "the catch is on")


def spoofs_do_not_put_it_on():
    """spoofs that pass SPF for the spoofer, junk signatures, his own return path, the address next door: all refused"""
    with daemon() as d:
        for how in ({"ip": "203.0.113.5", "path": "x@evil.example"},
                    {"ip": "203.0.113.5", "path": "x@evil.example", "headers": [("DKIM-Signature", JUNK)]},
                    {"ip": "203.0.113.5", "headers": [("DKIM-Signature", JUNK)]},
                    {"ip": "203.0.113.5", "name": "mail.bank.example"},
                    {"ip": "192.0.2.6"},
                    {"ip": PARTNER, "path": "x@evil.example", "headers": [("DKIM-Signature", JUNK)]},
                    {"ip": PARTNER, "path": ""}):
            stays_shut(d, 8, **how)
        d.stop()


def a_queue_id_is_no_pass():
    """a message under the queue id of one that passed, or of one that was refused, is examined as any other"""
    with daemon() as d:
        for first in ({"ip": "192.0.2.1", "path": "x@good.example", "author": "good.example"}, {"ip": "203.0.113.5"}):
            check(send(d, queue_id="Q1", **first) == ("c" if "author" in first else "y"), "the first")
            for ip in ("192.0.2.1", "203.0.113.5"):
                check(send(d, ip, queue_id="Q1") == "y", f"unexamined, after {first}")
        d.stop()


def a_repeated_header_is_no_pass():
    """the header of one that passed, with our stamp and its queue id, before another body, or a long field that ends otherwise"""
    with daemon() as d:
        def again(author, body, more=()):
            mta = Mta(d)
            mta.connect("192.0.2.1")
            mta.helo()
            check(mta.message("Q9", [*more, ("From", author)], body) == "c", "answer")
            return mta
        long = "(" + "x" * 5000 + ") a@{}.example"
        for first, second, body in (("a@good.example", "a@good.example", b"hallo\r\n"),
                                    (long.format("good"), long.format("dood"), b"hello\r\n")):
            stamp = again(first, b"hello\r\n").inserted()[0][2].strip()
            check(again(first, b"hello\r\n", [("Authentication-Results", stamp)]).edits == [], "the same is examined twice")
            mta = again(second, body, [("Authentication-Results", stamp)])
            check(mta.deleted() and mta.inserted(), "unexamined")
        d.stop()


def nothing_opens_for_all_mail():
    """sixty domains of six spoofs each open nothing, neither for them nor for anybody"""
    with daemon("".join(f"_dmarc.d{i}.example. TXT \"v=DMARC1; p=reject\"\n" for i in range(60))) as d:
        for i in range(60):
            for _ in range(6):
                check(send(d, "203.0.113.5", f"x@d{i}.example", f"d{i}.example") == "y", "not refused")
        time.sleep(LOOKS)
        check(send(d, "203.0.113.5", "x@d1.example", "d1.example") == "y", "let go")
        check(send(d, "203.0.113.5") == "y", "let go for the bank")
        check("safety catch on" not in d.log(), "the catch is on")
        d.stop()


def the_correspondent_is_let_go():
    """mail from the correspondent's own address is let go when its SPF record breaks, and no other mail of that domain"""
    with daemon() as d:
        for _ in range(6):
            check(send(d, PARTNER) == "y", "not refused")
        d.wait_for_log("safety catch on for bank.example")
        time.sleep(1)
        check(send(d, PARTNER) == "c", "not let go")
        check(send(d, PARTNER, path="x@evil.example") == "y", "another's return path is let go")
        check(send(d, PARTNER, path="") == "y", "the null sender is let go")
        check(send(d, "203.0.113.5") == "y" and send(d, "192.0.2.6") == "y", "another address is let go")
        check(send(d, PARTNER, author="sub.bank.example") == "y", "another domain is let go")
        check("enforcement=caught" in d.log(), "it is not in the log")
        d.stop()


def restored_and_caught_again():
    """a backup takes the database's place by mv, its -wal left behind: the catch that was on holds, and a second comes on"""
    extra = ("shop.example. TXT \"v=spf1 ip4:192.0.2.8 -all\"\n_dmarc.shop.example. TXT \"v=DMARC1; p=reject\"\n")
    with daemon(extra) as d:
        day = int(time.time()) // 86400
        with sqlite3.connect(d.dir / "assay.db") as db:
            db.execute("INSERT INTO correspondent VALUES ('shop.example', ?, ?, ?, 9, 400)", (PARTNER, day - 20, day - 1))
        backup = d.dir / "backup.db"
        with sqlite3.connect(d.dir / "assay.db") as db, sqlite3.connect(backup) as copy:
            db.backup(copy)
        for _ in range(6):
            check(send(d, PARTNER) == "y", "not refused")
        d.wait_for_log("safety catch on for bank.example")
        os.replace(backup, d.dir / "assay.db")
        d.wait_for_log("stays on: the database was replaced")
        time.sleep(1)
        check(send(d, PARTNER) == "c", "the first is not let go after the restore")
        for _ in range(6):
            check(send(d, PARTNER, path="x@shop.example", author="shop.example") == "y", "not refused")
        d.wait_for_log("safety catch on for shop.example")
        time.sleep(1)
        check(send(d, PARTNER, path="x@shop.example", author="shop.example") == "c", "the second is not let go")
        check(send(d, "203.0.113.5", path="x@shop.example", author="shop.example") == "y", "a stranger is")
        d.stop()


main([restored_and_caught_again, a_queue_id_is_no_pass,
      a_repeated_header_is_no_pass, spoofs_do_not_put_it_on, nothing_opens_for_all_mail, the_correspondent_is_let_go])
