#!/usr/bin/python3
"""Conversations: good ones, and such as no MTA should hold."""

import sys

sys.dont_write_bytecode = True

from rig import (ALL_STEPS, BODY_ANSWERED, LEADSPC, NR, SKIP_STEP, Daemon, Gone, Mta, Recorder, check, free_port, greeted,
                 main, stamped)


def good():
    """a good message is stamped at the top, answered with CONTINUE, and its line has the queue id"""
    with Daemon() as d:
        mta = greeted(d)
        check(mta.message("Q1") == "c", "not continued")
        stamped(mta)
        check(not mta.deleted(), "a field was deleted")
        check("Q1: dmarc=pass" in d.log(), "no line with the queue id")
        for step in "CHMRLNB":
            check(mta.steps & NR[step], f"step {step} is answered though it need not be")
        check(mta.steps & LEADSPC and not mta.steps & SKIP_STEP, "not LEADSPC agreed, or SKIP, which needs answers")
        check(b"{client_ptr}" in mta.symbols and b"{tls_version}" in mta.symbols, "macros not asked for")
        d.stop()


def forged():
    """forged stamps go, from the highest number down; foreign ones stay"""
    ours = "mx.test; spf=pass"
    fields = [("Authentication-Results", "other.example; spf=fail"), ("authentication-results", ours),
              ("From", "a@good.example"), ("AUTHENTICATION-RESULTS", "(x) mx.TEST ; dmarc=pass"),
              ("Authentication-Results", "more.example; none"), ("Authentication-Results", ours)]
    with Daemon() as d:
        mta = greeted(d)
        check(mta.message(headers=fields) == "c", "not continued")
        check([n for n, _ in mta.deleted()] == [5, 3, 2], f"deleted {mta.deleted()}")
        check([c for c, _ in mta.edits] == ["m", "m", "m", "i"], "inserted before the last deletion")
        stamped(mta)
        check("forged=3" in d.log(), "not counted in the log")
        d.stop()


def several():
    """messages on one connection, aborted ones among them, keep apart"""
    with Daemon() as d:
        mta = greeted(d)
        check(mta.message("Q1") == "c", "first not continued")
        mta.envelope("Q2", "<x@slow.example>")
        mta.header("From", "x@slow.example")
        mta.send("A")
        check(mta.message("Q3") == "c", "third not continued")
        stamped(mta)
        mta.envelope("Q4")
        mta.send("A")
        mta.send("A")
        check(mta.message("Q5", [("From", "a@nowhere.example")]) == "c", "fifth not continued")
        stamped(mta, "dmarc=none")
        mta.send("Q")
        check("Q2: " not in d.log() and "Q4: " not in d.log(), "an aborted message was logged")
        d.stop()


def untouched():
    """IgnoreHosts, logins and local submissions pass without an edit or a line, but a login's forgery of our field goes"""
    forgery = [("From", "a@good.example"), ("Authentication-Results", "mx.test; spf=pass")]
    with Daemon() as d:
        mta = Mta(d)
        mta.connect("127.0.0.1", "localhost")
        mta.helo()
        check(mta.message("H1", forgery) == "c" and not mta.edits, "IgnoreHosts edited")
        mta = greeted(d)
        mta.macros("M", i="L1", auth_authen="joe")
        mta.mail()
        mta.rcpt()
        mta.header(*forgery[0])
        mta.header(*forgery[1])
        mta.eoh()
        mta.body()
        check(mta.end() == "c" and len(mta.edits) == 1, f"a login's forgery stays, or more was done: {mta.edits}")
        check("L1: from a client that logged in: forged=1 " in d.log(), "nobody says so")
        mta.macros("M", i="L2", auth_authen="joe")
        mta.mail()
        mta.rcpt()
        mta.header(*forgery[0])
        mta.header("Authentication-Results", "mx.other.test; spf=pass")
        mta.eoh()
        mta.body()
        check(mta.end() == "c" and not mta.edits, f"a login's message edited: {mta.edits}")
        check(mta.message("N1") == "c", "the next one not continued")
        stamped(mta)
        mta = Mta(d)
        mta.connect(family="U", name="localhost")
        check(mta.message("S1", forgery) == "c" and not mta.edits, "a local submission edited")
        check("H1: " not in d.log() and "L2: " not in d.log() and "L1: dmarc=" not in d.log() and "S1: " not in d.log(), "a line was logged")
        d.stop()


def login_examined():
    """IgnoreAuthenticatedClients = no stamps logins too"""
    with Daemon(config="IgnoreAuthenticatedClients = no\n") as d:
        mta = greeted(d)
        mta.macros("M", i="L1", auth_authen="joe")
        mta.mail()
        mta.rcpt()
        mta.header("From", "a@good.example")
        mta.eoh()
        mta.body()
        check(mta.end() == "c", "not continued")
        stamped(mta)
        d.stop()


def old_mta():
    """an MTA without LEADSPC, SKIP and no-reply flags gets each answer and no leading space"""
    with Daemon() as d:
        mta = Mta(d, steps=0x7f, actions=0x3f, version=2)
        check(mta.steps == 0, f"steps {mta.steps:x} asked of it")
        check(mta.connect() == "c" and mta.helo() == "c" and mta.mail() == "c" and mta.rcpt() == "c", "envelope")
        check(mta.header("From", "a@good.example") == "c" and mta.eoh() == "c" and mta.body() == "c", "content")
        check(mta.end() == "c", "not continued")
        stamped(mta)
        d.stop()


def unable_mta():
    """an MTA that lets no header fields be changed is refused, and the log says why"""
    with Daemon() as d:
        try:
            Mta(d, actions=0x2)
            check(False, "was not refused")
        except Gone:
            pass
        d.wait_for_log("does not let us add and remove")
        d.stop()


def absent():
    """nothing but an envelope: no HELO, no macros, no header, no body"""
    with Daemon() as d:
        mta = Mta(d)
        mta.connect()
        mta.mail("<>")
        mta.rcpt()
        check(mta.end() == "c", "not continued")
        stamped(mta, "dmarc=permerror")
        d.stop()


def disorder():
    """commands out of order are ignored or lead to an examined message, never to a crash"""
    with Daemon() as d:
        mta = Mta(d)
        check(mta.message("D1") == "c", "MAIL before CONNECT")
        stamped(mta, "dmarc=")
        for order in ("E", "B", "N", "LE", "RE", "NE", "HME", "CCHHMMRRE", "MRNNBBE", "MRLNLE", "MRBLE", "MRECHMRE"):
            mta = Mta(d, negotiate=order != "E")
            for command in order:
                {"C": mta.connect, "H": mta.helo, "M": mta.mail, "R": mta.rcpt, "N": mta.eoh, "B": mta.body,
                 "L": lambda: mta.header("From", "a@good.example")}.get(command, lambda: mta.send("E"))
                mta.send(command, {"C": b"x\x004\0\x19192.0.2.1\0", "H": b"x\0", "M": b"<a@good.example>\0",
                                   "R": b"<b@c>\0", "L": b"From\0 a@good.example\0", "B": b"x"}.get(command, b""))
            mta.close()
        mta = greeted(d)
        check(mta.message("D2") == "c", "a good message afterwards")
        stamped(mta)
        d.stop()


def reused():
    """QUIT_NC: a new SMTP connection on the same milter connection is examined as well"""
    with Daemon() as d:
        mta = greeted(d)
        check(mta.message("Q1") == "c", "first not continued")
        mta.send("K")
        mta.connect()
        mta.helo()
        check(mta.message("Q2") == "c", "second not continued")
        stamped(mta)
        d.stop()


def vanishing():
    """a client that vanishes at any stage leaves nothing behind"""
    with Daemon() as d:
        for stages in range(9):
            mta = Mta(d)
            for step in (mta.connect, mta.helo, mta.mail, mta.rcpt, lambda: mta.header("From", "a@good.example"),
                         mta.eoh, mta.body, lambda: mta.send("E"))[:stages]:
                step()
            mta.close()
            half = Mta(d)
            half.socket.sendall(b"\0\0\0\x40M<a@")
            half.close()
        mta = greeted(d)
        check(mta.message("V1") == "c", "a good message afterwards")
        d.stop()
        check("0 messages unfinished" not in d.log(), "counts messages that are gone")


def hostile_text():
    """NUL, 8-bit and very long names, headers without sense: no foreign byte reaches log or stamp"""
    with Daemon() as d:
        for helo in (b"a\0b", b"\xff\xfe\x80", b"x" * 60000, b"x;dmarc=pass", b'") (', b"\x1b[2J", b""):
            mta = Mta(d)
            mta.connect(name="evil\x1b;dmarc=pass")
            mta.helo(helo)
            mta.envelope("T1", "<" + "y" * 50000 + '@"\x01;spf=pass>')
            mta.header("From", b"\x80\xff <\x00@\x01")
            mta.header("X" * 900, b"\xff" * 900)
            mta.header("Subject", "")
            mta.eoh()
            mta.body(b"\0\xff" * 1000)
            check(mta.end() == "c", "not continued")
            value = stamped(mta, "dmarc=")
            check(all(c in "\t\n" or " " <= c <= "~" for c in value), f"stamp is {value!r}")
            check(value.count("dmarc=") == 1 and "spf=pass" not in value, f"stamp is {value!r}")
        check(all(c == "\n" or " " <= c <= "~" for c in d.log()), "the log has raw bytes")
        d.stop()


def many_headers():
    """10,000 fields, a forged stamp behind them all: removed by its right number, and the limit is named"""
    with Daemon() as d:
        mta = greeted(d)
        fields = [("From", "a@good.example")] + [("X-Filler", "y" * 50)] * 5000
        fields += [("Authentication-Results", "other.example; none")] + [("X-Filler", "z")] * 5000
        fields += [("Authentication-Results", "mx.test; dmarc=pass")]
        check(mta.message(headers=fields) == "c", "not continued")
        check(mta.deleted() == [(2, "Authentication-Results")], f"deleted {mta.deleted()}")
        stamped(mta)
        check("limits=headers" in d.log(), "limit not named")
        check(mta.message("Q2", [("From", "a@good.example"), ("X-Long", "y" * 900000)]) == "c", "a long field")
        stamped(mta)
        d.stop()


def header_of_forgeries():
    """more forged stamps than are kept: all go, the highest number first"""
    big = "mx.test; none (" + "x" * 65000 + ")"
    with Daemon() as d:
        mta = greeted(d)
        mta.envelope("F1")
        mta.header("From", "a@good.example")
        mta.header("X-Filler", "y" * 900000)
        for _ in range(150):
            mta.header("Authentication-Results", big)
        mta.header("Authentication-Results", "mx.test; dmarc=pass")
        mta.eoh()
        mta.body()
        check(mta.end() == "c", "not continued")
        check([n for n, _ in mta.deleted()] == list(range(151, 0, -1)), f"deleted {mta.deleted()}")
        stamped(mta)
        d.stop()


def big_body():
    """20 MB of body in pieces of 64 kB, answered and not"""
    with Daemon() as d:
        for steps, answer in ((BODY_ANSWERED, "c"), (ALL_STEPS, None)):
            mta = greeted(d, steps=steps)
            mta.envelope("B1")
            mta.header("From", "a@good.example")
            mta.eoh()
            for _ in range(320):
                check(mta.body(b"0123456789abcde\n" * 4095) == answer, "piece not continued")
            check(mta.end() == "c", "not continued")
            stamped(mta)
        d.stop()


def bursts():
    """a message cut at any byte, or sent in one piece with the next one, is the same message"""
    with Daemon() as d:
        whole = Recorder()
        for queue_id in ("P1", "P2"):
            whole.envelope(queue_id)
            whole.header("From", "a@good.example")
            whole.header("X-Long", "y" * 6000)
            whole.eoh()
            whole.body(b"0123456789abcde\n" * 400)
            whole.macros("E", i=queue_id)
            whole.send("E")
        for size in (1, 3, 7, 4096, 4101, len(whole.sent)):
            mta = greeted(d)
            for at in range(0, len(whole.sent), size):
                mta.socket.sendall(whole.sent[at:at + size])
            for _ in range(2):
                check(mta.finish() == "c", f"not continued in pieces of {size}")
                stamped(mta)
            mta.close()
        check(d.log().count("P2: dmarc=pass") == 6, "not a line for each")
        d.stop()


def inet():
    """an inet socket"""
    with Daemon(where=f"inet:{free_port()}@localhost") as d:
        mta = greeted(d)
        check(mta.message() == "c", "not continued")
        stamped(mta)
        d.stop()


main([good, forged, several, untouched, login_examined, old_mta, unable_mta, absent, disorder, reused,
      vanishing, hostile_text, many_headers, header_of_forgeries, big_body, bursts, inet])
