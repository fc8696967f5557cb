#!/usr/bin/python3
"""Messages whose sender would choose his own verdict: what is refused, put off, or goes on without his fields."""

import itertools
import os
import pathlib
import sqlite3
import stat
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from rig import ALL_STEPS, NR, Daemon, Mta, check, main, stamped

ENFORCE = "Enforce = yes\n"
OURS = "mx.test; dmarc=pass"
MANIFOLD = {
    "two domains in From": [("From", "a@good.example, b@evil.example")],
    "nine": [("From", ", ".join(f"a@d{i}.example" for i in range(8)) + ", a@good.example")],
    "two From fields": [("From", "a@evil.example"), ("From", "a@good.example")],
    "no From": [("Subject", "hello")],
    "a From nobody can read": [("From", "\"a@good.example")],
}


def replied(mta, code):
    """The answer is this reply, and nothing else was done."""
    check(mta.edits == [], f"edits beside a reply: {mta.edits}")
    check(mta.reply.startswith(code), f"replied {mta.reply!r}")


class Teller(Mta):
    """An MTA that keeps the reply, and calls no two messages the same."""
    reply = ""
    ids = itertools.count(1)

    def message(self, queue_id=None, headers=(), body=b"hello\r\n"):
        return super().message(queue_id or f"T{next(self.ids)}", headers, body)

    def finish(self):
        self.reply = ""
        return super().finish()

    def read(self):
        command, data = super().read()
        if command == "y":
            self.reply = data.rstrip(b"\0").decode()
        return command, data


def teller(daemon, ip="192.0.2.1"):
    mta = Teller(daemon)
    mta.connect(ip)
    mta.helo()
    return mta


def manifold_authors_are_refused():
    """two domains in From, nine, two fields, none, one that cannot be read: refused where policies are enforced"""
    for author in (1, 8):
        with Daemon(config=f"{ENFORCE}MaxAuthorDomains = {author}\n") as d:
            mta = teller(d, "192.0.2.77")
            for what, fields in MANIFOLD.items():
                if author == 8 and what == "two domains in From":
                    continue
                check(mta.message(headers=fields) == "y", f"{what} was not refused")
                replied(mta, "550 5.7.1")
            check(mta.message() != "y", "one that only fails is the policy's to judge")
            d.stop()


def manifold_authors_go_on_where_nothing_is_enforced():
    """the same go on where policies are only looked at, or the site says no"""
    for config in ("", "Enforce = rehearse\n", ENFORCE + "RejectMalformedFrom = no\n"):
        with Daemon(config=config) as d:
            mta = teller(d)
            for what, fields in MANIFOLD.items():
                check(mta.message(headers=fields) == "c", f"{what} did not go on with {config!r}")
                stamped(mta, "dmarc=permerror")
            check("rehearse" not in config or "malformed-from" in d.log(), "not rehearsed")
            d.stop()


FULL = [("X", "y")] * 1000  # MaxHeaders
HIDDEN = {
    "behind a NUL": [("From", "a@evil.example\0, b@good.example")],
    "in front of a NUL": [("From", "b@good.\0example")],
    "behind what is read of a long field": FULL + [("From", f"a@evil.example{' ' * 65521}, b@good.example")],
    "in a comment's place": FULL + [("From", f"a@evil.example ({'x' * 65518}), b@good.example")],
    "in a field of nearly that name": [("From", "a@evil.example"), ("From\r", "b@good.example")],
    "in one with a NUL before it": [("\0From", "b@good.example"), ("From", "a@evil.example")],
}


def hidden_authors_are_refused():
    """an author who stands behind a NUL, or behind what is read of a field, is an author still"""
    for steps in (ALL_STEPS, 0x7f):
        with Daemon(config=ENFORCE) as d:
            mta = Teller(d, steps=steps)
            mta.connect("192.0.2.77")
            mta.helo()
            for what, fields in HIDDEN.items():
                check(mta.message(headers=fields) == "y", f"{what}: not refused")
                replied(mta, "550 5.7.1")
            d.stop()


MISLEADING = {
    "an address in quotes": '"ceo@good.example"@evil.example',
    "an angle in quotes": '"<ceo@good.example>"@evil.example',
    "a full-width @": "ceo\uff20good.example@evil.example",
    "a route": "<@good.example:x@evil.example>",
    "a route of several": "<@evil.example,@good.example:x@evil.example>",
    "an encoded word": "=?utf-8?q?ceo=40good.example?=@evil.example",
    "encoded words and a NUL": "=?utf-8?b?Y2VvQGdvb2Q=?==?utf-8?Q?=2Eexample=00?=@evil.example",
    "an encoded word in quotes": '"=?utf-8?q?ceo=40good.example?="@evil.example',
}
ODD = ['"ceo@good.example" <x@evil.example>', "=?utf-8?q?ceo=40good.example?= <x@evil.example>", '"john@home"@evil.example',
       '"x@evil.example"@evil.example', "(=?utf-8?q?J=C3=BCrgen?=) x@evil.example", "bounce+ceo=good.example@evil.example",
       "prvs=1234=x@evil.example", "g: x@evil.example;", "<@evil.example:x@evil.example>"]


def misleading_authors_are_refused():
    """what passes for the author's domain while mail programs would show another is refused; what only looks odd is not"""
    for config in (ENFORCE, "Enforce = no\n"):
        with Daemon(config=config, starts=False) as d:
            d.zone.write_text(d.zone.read_text() + 'evil.example. TXT "v=spf1 +all"\n_dmarc.evil.example. TXT "v=DMARC1; p=reject"\n')
            d.start()
            mta = teller(d, "192.0.2.77")
            for what, author in [*MISLEADING.items(), *((a, a) for a in ODD)]:
                mta.envelope(f"T{next(mta.ids)}", "<x@evil.example>")
                mta.header("From", author)
                mta.eoh()
                mta.body()
                answer = mta.end()
                if config == ENFORCE and what in MISLEADING:
                    check(answer == "y", f"{what} was not refused")
                    replied(mta, "550 5.7.1")
                else:
                    check(answer == "c", f"{what} was refused: {mta.reply}")
                    stamped(mta, "dmarc=pass")
            d.stop()


def a_field_without_a_name():
    """ends the connection, with 421 where policies are enforced, for libmilter would end it without"""
    with Daemon(config=ENFORCE) as d:
        mta = Teller(d, steps=ALL_STEPS & ~NR["L"])
        mta.connect("192.0.2.77")
        mta.helo()
        mta.envelope()
        check(mta.header("", "a@good.example") == "4", "not told to end the session")
        d.wait_for_log("or a field has no name")
        d.stop()


def temporary_failures_are_put_off():
    """a return path that does not answer is put off where it could have aligned, and only there"""
    zone = ("sub.good.example. SERVFAIL\n_dmarc.bad.example. SERVFAIL\nsub.none.example. SERVFAIL\n"
            "_dmarc.none.example. TXT \"v=DMARC1; p=none\"\nsub.evil.example. SERVFAIL\n"
            "_dmarc.np.example. TXT \"v=DMARC1; p=none; np=reject\"\nunknown.np.example. SERVFAIL\nthere.np.example. A 192.0.2.1\n")
    rows = [  # author, return path, with Enforce
        ("good.example", "sub.good.example", "451 4.4.3"),
        ("bad.example", "good.example", "451 4.4.3"),
        ("none.example", "sub.none.example", None),
        ("good.example", "sub.evil.example", None),
        ("unknown.np.example", "evil.example", "451 4.4.3"),  # whether np= applies is not known
        ("there.np.example", "evil.example", None),
    ]
    for config in ("", ENFORCE, ENFORCE + "DeferTemperror = no\n"):
        with Daemon(config=config, starts=False) as d:
            d.zone.write_text(d.zone.read_text() + zone)
            d.start()
            mta = teller(d, "192.0.2.77")
            for author, path, reply in rows:
                mta.envelope(f"T{next(mta.ids)}", f"<x@{path}>")
                mta.header("From", f"a@{author}")
                mta.eoh()
                mta.body()
                answer = mta.end()
                check((answer == "y") == (config == ENFORCE and reply is not None), f"{author}, {path}: {answer}")
                if answer == "y":
                    replied(mta, reply)
            log = d.log()
            check("dmarc=fail" in log and log.count("dmarc=temperror") == 4, "verdicts")
            d.stop()


def two_hundred_forged_fields():
    """200 forged fields are removed, 201 and 12,000 refused, whatever the site does otherwise"""
    for config in ("", ENFORCE):
        with Daemon(config=config) as d:
            mta = teller(d)
            author = [("From", "a@good.example")]
            check(mta.message(headers=author + [("Authentication-Results", OURS)] * 200) == "c", "200 not continued")
            check(len(mta.deleted()) == 200, f"{len(mta.deleted())} deleted of 200")
            stamped(mta)
            check(mta.message(headers=author + [("Authentication-Results", "other.test; none")] * 300) == "c",
                  "foreign fields are no forgeries")
            for n in (201, 12000):
                check(mta.message(headers=author + [("Authentication-Results", OURS)] * n) == "y", f"{n} not refused")
                replied(mta, "550 5.6.0")
            check("forged-fields" in d.log(), "the rule is not in the log")
            d.stop()


def signature_with_a_huge_z():
    """a signature with a z= of 66 KB, in the author's name: no temporary failure, and dmarc=fail stays"""
    z = "From:" + "x" * 66000
    value = f"v=1; a=rsa-sha256; d=good.example; s=s1; h=from; bh={'A' * 43}=; z={z}; b={'A' * 344}"
    for n in (1, 3):
        with Daemon(config=ENFORCE) as d:
            mta = teller(d, "192.0.2.77")
            check(mta.message(headers=[("DKIM-Signature", value)] * n + [("From", "a@good.example")]) == "c", "answer")
            check("q" in [c for c, _ in mta.edits], "not quarantined")
            check("dmarc=fail" in d.log() and "dmarc=temperror" not in d.log(), "verdict")
            d.stop()


def fill(daemon):
    """An MTA that strips the blank after the colon has it put back, which takes memory again: 16 MB are used up."""
    mta = Teller(daemon, steps=0x7f, actions=0x3f, version=2)
    mta.connect("192.0.2.77")
    mta.helo()
    fields = [("From", "a@good.example"), ("Authentication-Results", OURS)]
    fields += [("X-Filler", "y" * 900000)] * 10 + [("Authentication-Results", OURS)]
    return mta, mta.message("M1", headers=fields)


def memory_of_a_message():
    """one that used up its memory goes on without forged fields, stamped and recorded; not where policies are enforced"""
    for config in ("", ENFORCE):
        with Daemon(config="MaxHeaderBytes = 8M\n" + config) as d:
            mta, answer = fill(d)
            if config == ENFORCE:
                check(answer == "y", f"answered {answer}")
                replied(mta, "451 4.7.1")
            else:
                check(answer == "c", f"answered {answer}")
                check([n for n, _ in mta.deleted()] == [2, 1], f"deleted {mta.deleted()}")
                stamped(mta, "dmarc=temperror")
                check("dkim=" not in mta.inserted()[0][2], "said of signatures what nobody looked for")
            check("limits=memory" in d.log(), "it did not use up its memory")
            d.stop()
            rows = sqlite3.connect(d.dir / "assay.db").execute("SELECT dmarc, disposition FROM message").fetchall()
            check(rows == [("temperror", "tempfail" if config else "none")], f"recorded {rows}")


def pid_file_is_no_link():
    """a link where the pid file is to stand is replaced, and what it points at is left alone"""
    with Daemon(starts=False) as d:
        victim, pid_file = d.dir / "victim", d.dir / "pid"
        victim.write_text("precious\n")
        for name in ("pid", "pid.new"):
            os.symlink(victim, d.dir / name)
        d.options += ["-o", f"PidFile={pid_file}"]
        d.start()
        check(victim.read_text() == "precious\n", "written through the link")
        check(stat.S_ISREG(os.lstat(pid_file).st_mode), "the pid file is a link still")
        check(int(pid_file.read_text()) > 1, "no process id in it")
        check(not os.path.lexists(d.dir / "pid.new"), "left behind")
        d.stop()


main([manifold_authors_are_refused, manifold_authors_go_on_where_nothing_is_enforced, hidden_authors_are_refused,
      misleading_authors_are_refused, a_field_without_a_name, temporary_failures_are_put_off, two_hundred_forged_fields,
      signature_with_a_huge_z, memory_of_a_message, pid_file_is_no_link])
