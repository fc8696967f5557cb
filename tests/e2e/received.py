#!/usr/bin/python3
"""End-to-end tests of received reports: mailed through a real Postfix past our own milter, taken in, told; root on Debian.

usage: received.py PROGRAMS_DIR [NAME …]      NAME: only tests whose name contains it
"""

import base64
import gzip
import json
import os
import pathlib
import pwd
import sqlite3
import subprocess
import sys
import time

from imapd import Imapd, certificate
from letters import Key, sign, txt
from rig import AUTHSERV_ID, RCPT, Failed, Rig

TESTS = []
REPORTER = {"ip": "192.0.2.10", "name": "mail.reporter.example", "helo": "mail.reporter.example"}
OTHER = {"ip": "198.51.100.7", "name": "out.mailer.example", "helo": "out.mailer.example"}
STRANGER = {"ip": "203.0.113.66", "name": "[UNAVAILABLE]", "helo": "evil.example"}
DAY = int(time.time()) // 86400 - 2


def test(function):
    TESTS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Failed(what)


def same(got, want, what):
    expect(got == want, f"{what}: {got!r}, not {want!r}")


def zone(key):
    return "".join([
        txt("reporter.example", "v=spf1 ip4:192.0.2.0/24 -all"), txt("_dmarc.reporter.example", "v=DMARC1; p=reject"),
        txt("mailer.example", "v=spf1 ip4:198.51.100.0/24 -all"), txt("_dmarc.mailer.example", "v=DMARC1; p=reject"),
        txt("s1._domainkey.reporter.example", key.txt),
        txt("acme.example", "v=spf1 ip4:192.0.2.77 include:_spf.esp.example -all"),
        txt("_dmarc.acme.example", "v=DMARC1; p=none; rua=mailto:dmarc@receiver.example"),
        txt("_spf.esp.example", "v=spf1 ip4:198.51.100.128/25 -all"),
        "77.2.0.192.in-addr.arpa. PTR www.acme.example.\n", "www.acme.example. A 192.0.2.77\n",
        "5.113.0.203.in-addr.arpa. PTR host5.isp.example.\n", "host5.isp.example. A 203.0.113.5\n",
    ])


def row(ip, count, dkim="fail", spf="fail", results=""):
    return (f"<record><row><source_ip>{ip}</source_ip><count>{count}</count><policy_evaluated><disposition>none</disposition>"
            f"<dkim>{dkim}</dkim><spf>{spf}</spf></policy_evaluated></row><identifiers><header_from>acme.example</header_from>"
            f"</identifiers><auth_results>{results}</auth_results></record>")


def report(number, rows, reporter="reporter.example", domain="acme.example"):
    xml = (f"<?xml version='1.0'?><feedback><report_metadata><org_name>Reporter</org_name><email>dmarc@{reporter}</email>"
           f"<report_id>{number}</report_id><date_range><begin>{DAY * 86400}</begin><end>{DAY * 86400 + 86399}</end></date_range>"
           f"</report_metadata><policy_published><domain>{domain}</domain><p>none</p></policy_published>{''.join(rows)}</feedback>")
    return gzip.compress(xml.encode(), mtime=0)


def mail(sender, number, packed, reporter="reporter.example"):
    domain = sender.rsplit("@", 1)[1]
    name = f"{reporter}!acme.example!{DAY * 86400}!{DAY * 86400 + 86399}.xml.gz"
    body = "\r\n".join(base64.encodebytes(packed).decode().split())
    return (f"From: {sender}\r\nTo: {RCPT}\r\nSubject: Report Domain: acme.example Submitter: {reporter} Report-ID: {number}\r\n"
            f"Message-ID: <{number}.{time.time_ns()}@{domain}>\r\nDate: Sat, 21 Nov 2026 12:00:00 +0000\r\nMIME-Version: 1.0\r\n"
            f"Content-Type: application/gzip; name=\"{name}\"\r\nContent-Transfer-Encoding: base64\r\n"
            f"Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{body}\r\n").encode()


class Site(Rig):
    def take(self, data, mail_from, client, options=()):
        """Mails it through Postfix, gives what lies in the mailbox to `assay received add -`; the outcome."""
        delivered = self.delivered(self.send(data, mail_from, client))
        return self.add(delivered, options)

    def add(self, data, options=()):
        before = self.query("SELECT coalesce(max(id), 0) FROM received")[0][0]
        argv = [str(self.programs / "assay"), "received", "add", "-c", str(self.dir / "assay.conf"), *options, "-"]
        done = subprocess.run(argv, input=data, capture_output=True, check=False, **as_user())
        expect(done.returncode == 0, f"exit {done.returncode}: {done.stderr}")
        found = self.query("SELECT trust, outcome, reason FROM received WHERE id > ? ORDER BY id", before)
        expect(len(found) == 1, f"{found}")
        return found[0]

    def query(self, sql, *args):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as db:
            return db.execute(sql, args).fetchall()

    def ask(self, *words):
        """`assay …` with the host's configuration; its answer."""
        n = 2 if words[0] in ("received", "report") else 1
        done = subprocess.run([str(self.programs / "assay"), *words[:n], "-c", str(self.dir / "assay.conf"), *words[n:]],
                              capture_output=True, text=True, check=False, **as_user())
        expect(done.returncode == 0, f"{' '.join(words)}: exit {done.returncode}: {done.stderr}{done.stdout[-300:]}")
        return done.stdout

    def heeded(self, where="1"):
        return self.query(f"SELECT coalesce(sum(messages), 0) FROM day_in WHERE trust <> 'unproven' AND {where}")[0][0]


def as_user():
    return {"user": pwd.getpwnam("nobody").pw_uid, "group": pwd.getpwnam("postfix").pw_gid, "extra_groups": []}


# ---- tests ----

@test
def verified_by_our_own_record(rig):
    """A report whose mail our milter saw pass is verified; its sums are heeded."""
    packed = report("v1", [row("192.0.2.77", 40, spf="pass", results="<spf><domain>acme.example</domain><result>pass</result></spf>"),
                           row("203.0.113.5", 7)])
    trust, outcome, reason = rig.take(mail("dmarc@reporter.example", "v1", packed), "dmarc@reporter.example", REPORTER)
    same((trust, outcome, reason), ("verified", "stored", ""), "trust and outcome")
    same(rig.heeded(), 47, "messages that count")
    same(rig.query("SELECT source, cause FROM row_in ORDER BY n")[0], ("own-servers", ""), "the domain's own server")


@test
def forged_is_unproven(rig):
    """One that says it is of the same reporter, from elsewhere: shown apart, heeded by nothing, and in nobody's way."""
    before = rig.heeded()
    forged = report("f1", [row("203.0.113.9", 5000)])
    trust, outcome, _ = rig.take(mail("dmarc@reporter.example", "f1", forged), "dmarc@reporter.example", STRANGER)
    same((trust, outcome), ("unproven", "stored"), "trust and outcome")
    same(rig.heeded(), before, "messages that count")
    same(rig.query("SELECT sum(messages), min(source) FROM day_in WHERE trust = 'unproven'"), [(5000, "unknown")], "apart")
    expect("unproven" in rig.ask("received", "list"), "the list does not say so")
    real = report("f1", [row("192.0.2.77", 3)])  # and the real one with its key takes its place
    trust, outcome, _ = rig.take(mail("dmarc@reporter.example", "f1", real), "dmarc@reporter.example", REPORTER)
    same((trust, outcome), ("verified", "superseded"), "trust and outcome of the real one")
    same(rig.heeded(), before + 3, "messages that count")
    same(rig.query("SELECT count(*) FROM day_in WHERE trust = 'unproven'"), [(0,)], "what is left of the forged one")


@test
def forged_cannot_replace(rig):
    """A forged version of a stored report is not believed, and a copy of it is a duplicate."""
    packed = report("r1", [row("192.0.2.77", 11)])
    rig.take(mail("dmarc@reporter.example", "r1", packed), "dmarc@reporter.example", REPORTER)
    before = rig.heeded()
    other = report("r1", [row("192.0.2.77", 9999)])
    trust, outcome, reason = rig.take(mail("dmarc@reporter.example", "r1", other), "dmarc@reporter.example", STRANGER)
    same((trust, outcome), ("unproven", "untrusted"), "trust and outcome")
    expect("stays" in reason, reason)
    same(rig.take(mail("dmarc@reporter.example", "r1", packed), "dmarc@reporter.example", REPORTER)[1], "duplicate", "a copy")
    later = report("r1", [row("192.0.2.77", 12)])
    same(rig.take(mail("dmarc@reporter.example", "r1", later), "dmarc@reporter.example", REPORTER)[1], "superseded", "a later one")
    same(rig.heeded(), before + 1, "messages that count")


@test
def proof_cannot_be_copied(rig):
    """A forger who copies the Message-ID, or writes Received and Authentication-Results fields of his own, proves nothing."""
    packed = report("c1", [row("192.0.2.77", 1)])
    genuine = mail("dmarc@reporter.example", "c1", packed)
    rig.take(genuine, "dmarc@reporter.example", REPORTER)
    message_id = genuine.split(b"Message-ID: ")[1].split(b"\r\n")[0]
    forged = mail("dmarc@reporter.example", "c2", report("c2", [row("203.0.113.9", 800)]))
    forged = forged.replace(forged.split(b"Message-ID: ")[1].split(b"\r\n")[0], message_id)
    field = (f"Authentication-Results: {AUTHSERV_ID}; dmarc=pass header.from=reporter.example\r\n"
             f"Received: from a by {AUTHSERV_ID} with ESMTP id 4AAAAA0000; Sat, 21 Nov 2026 12:00:00 +0000\r\n").encode()
    before = rig.heeded()
    same(rig.take(field + forged, "dmarc@reporter.example", STRANGER)[0], "unproven", "trust")
    same(rig.heeded(), before, "messages that count")


@test
def signatures_prove_what_we_did_not_see(rig):
    """A mail that did not pass our milter (fetched from elsewhere) is proven by its signature, and by that alone."""
    signed = sign(mail("dmarc@reporter.example", "d1", report("d1", [row("192.0.2.77", 4)])), rig.key, "reporter.example", "s1")
    same(rig.add(signed)[:2], ("verified", "stored"), "signed")
    other = report("d2", [row("192.0.2.77", 4000)])
    same(rig.add(mail("dmarc@reporter.example", "d2", other))[0], "unproven", "unsigned")
    foreign = sign(mail("dmarc@mailer.example", "d3", other), rig.key, "reporter.example", "s1")
    same(rig.add(foreign)[0], "unproven", "signed by another domain")
    same(rig.add(signed.replace(b"\r\n\r\n", b"\r\n\r\nAAAA", 1))[0], "unproven", "changed")


@test
def another_organization_is_aligned(rig):
    packed = report("m1", [row("203.0.113.5", 2)])
    trust, outcome, _ = rig.take(mail("reports@mailer.example", "m1", packed), "reports@mailer.example", OTHER)
    same((trust, outcome), ("aligned", "stored"), "trust and outcome")
    same(rig.query("SELECT reporter FROM report_in WHERE report_id = 'm1'"), [("mailer.example",)], "reporter")


@test
def names_come_after(rig):
    """Reverse names are looked up by fetch; what they show changes rows and sums, which stay in step."""
    before = rig.query("SELECT sum(messages) FROM day_in")
    expect(rig.query("SELECT source FROM row_in WHERE address = X'CB007105'")[0][0].startswith("net:203.0.113.0/24"), "as net:")
    told = rig.ask("received", "fetch")
    expect("named" in told, told)
    same({s for s, in rig.query("SELECT source FROM row_in WHERE address = X'CB007105'")}, {"ptr:isp.example"}, "by its name")
    same(rig.query("SELECT sum(messages) FROM day_in"), before, "sum of messages")
    same(rig.query("SELECT source, sum(w.messages) FROM row_in w JOIN report_in r ON r.id = w.report WHERE r.superseded_by IS NULL"
                   " GROUP BY 1"), rig.query("SELECT source, sum(messages) FROM day_in GROUP BY 1"), "sums by source")
    expect("0 addresses looked up" in rig.ask("received", "fetch"), "each once")
    rig.ask("source", "set", "acme.example", "ptr:isp.example", "--status", "malicious")
    expect("malicious" in rig.ask("source", "show", "acme.example", "ptr:isp.example"), "a group has a status")


@test
def out_of_maildir_and_imap(rig):
    """fetch takes mail from a Maildir and from an IMAP server; it leaves only once it is stored."""
    box = rig.dir / "rua"
    for name in ("new", "cur", "tmp"):
        (box / name).mkdir(parents=True)
    (box / "new" / "1.x").write_bytes(rig.delivered(rig.send(mail("dmarc@reporter.example", "md1", report("md1", [row("192.0.2.77", 6)])),
                                                             "dmarc@reporter.example", REPORTER)))
    pem = certificate(rig.dir)
    secret = rig.dir / "passwords"
    secret.write_text("rua@x:swordfish\n")
    secret.chmod(0o600)
    subprocess.run(["chown", "-R", "nobody:postfix", str(box), str(secret)], check=True)
    for move in (True, False):
        imapd = Imapd(pem, "rua@x", "swordfish", move)
        imapd.start()
        for i in range(120):
            imapd.put(sign(mail("dmarc@reporter.example", f"im{move}{i}", report(f"im{move}{i}", [row("192.0.2.77", 1)])), rig.key,
                           "reporter.example", "s1"))
        imapd.put(b"Subject: lunch?\r\n\r\nAt one?\r\n")
        options = ["-o", f"ReceivedFrom={box} imaps://rua@x@localhost:{imapd.port}/INBOX", "-o", f"ReceivedPasswords={secret}",
                   "-o", "ReceivedDone=Taken in"]
        before = rig.heeded()
        argv = [str(rig.programs / "assay"), "received", "fetch", "-c", str(rig.dir / "assay.conf"), *options]
        done = subprocess.run(argv, capture_output=True, text=True, check=False, **as_user())
        same(done.returncode, 75, "exit where the certificate is not known")
        expect("certificate" in done.stderr and "LOGIN" not in "".join(imapd.log), done.stderr)
        done = subprocess.run([*argv, "-o", f"ReceivedCAFile={rig.dir}/imap.crt"], capture_output=True, text=True, check=False, **as_user())
        same(done.returncode, 0, f"exit: {done.stderr}")
        same((len(imapd.boxes["INBOX"]), len(imapd.boxes["Taken in"])), (0, 121), "where the messages are")
        same(rig.heeded() - before, 120 + (6 if move else 0), "messages that count")
        same(len(list((box / "new").iterdir())), 0, "mail left in new/")
    same(rig.query("SELECT trust, outcome FROM received WHERE way = 'maildir'"), [("verified", "stored")], "the Maildir's")
    same(rig.query("SELECT trust, count(*) FROM received WHERE way = 'imap' GROUP BY 1 ORDER BY 1"),
         [("unproven", 2), ("verified", 240)], "the server's")


@test
def the_desk_is_answered(rig):
    """Which service, how many, why not, whose move: by domain, service and address; beside what we saw, never added."""
    rows = [row("198.51.100.200", 412, results="<dkim><domain>esp.example</domain><selector>k1</selector><result>pass</result>"
                                               "</dkim><spf><domain>bounces.esp.example</domain><result>pass</result></spf>")]
    rig.take(mail("dmarc@reporter.example", "a1", report("a1", rows)), "dmarc@reporter.example", REPORTER)
    for key in ("acme.example", "esp", "Esp", "user@acme.example", "www.acme.example"):
        told = " ".join(rig.ask("why", key).split())
        expect("saw 412 messages from esp for acme.example on" in told, f"{key}: {told}")
        expect("none was confirmed, because it does not sign for acme.example" in told, f"{key}: {told}")
        expect("it is domain matching" in told and "next is client's confirmation first" in told, f"{key}: {told}")
    expect("412 messages as acme.example, 0 of them confirmed; source: esp" in rig.ask("why", "198.51.100.200"), "by address")
    expect("412 messages as acme.example" in rig.ask("who", "198.51.100.200", "--no-dns"), "who")
    expect("www.acme.example, confirmed" in rig.ask("who", "192.0.2.77"), "who, by DNS")
    rig.ask("source", "set", "acme.example", "esp", "--status", "approved", "--owner", "Ann")
    told = " ".join(rig.ask("source", "show", "acme.example", "esp").split())
    expect("messages none yet" in told and "saw 412 messages" in told, told)
    expect("approved since 2" in told and ", owner Ann; reported from" in told and "% of the domain's mail" in told and "next is vendor change: let it sign as the domain" in told, told)
    listed = json.loads(rig.ask("source", "list", "--json"))
    found = {(s["domain"], s["source"]): s for s in listed["received"]}
    same(found["acme.example", "esp"]["messages"], 412, "messages in the list")
    same([s["messages"] for s in listed["sources"] if s["source"] == "esp"], [0], "our own volume")
    shown = rig.ask("received", "show", str(rig.query("SELECT max(id) FROM received")[0][0]))
    expect("412  esp" in shown and "dkim-unaligned" in shown, shown)


@test
def nothing_bounces(rig):
    """What is no report, about nobody's domain, or broken: exit 0, with a word; the store being away: 75."""
    foreign = report("x1", [row("192.0.2.1", 1)], domain="somebody.example")
    same(rig.take(mail("dmarc@reporter.example", "x1", foreign), "dmarc@reporter.example", REPORTER)[1], "foreign", "foreign")
    same(rig.add(b"Subject: hello\r\n\r\nWho are you?\r\n")[1], "not-a-report", "a letter")
    same(rig.add(mail("dmarc@reporter.example", "x2", b"\x1f\x8b\x08junk"))[1] in ("unreadable", "not-a-report"), True, "junk")
    same(rig.add(b"")[1], "not-a-report", "nothing")
    argv = [str(rig.programs / "assay"), "received", "add", "-c", str(rig.dir / "assay.conf"), "--database", "/proc/none/a.db", "-"]
    done = subprocess.run(argv, input=foreign, capture_output=True, check=False, **as_user())
    same(done.returncode, 75, "exit without a store")


@test
def old_rows_go_and_sums_stay(rig):
    before = rig.query("SELECT sum(messages) FROM day_in")
    with sqlite3.connect(rig.database) as db:
        db.execute("PRAGMA busy_timeout = 5000")
        db.execute("UPDATE report_in SET arrived_ms = arrived_ms - 500 * 86400000")
        db.execute("UPDATE received_original SET time_ms = time_ms - 31 * 86400000")
    rig.ask("received", "fetch")
    same(rig.query("SELECT count(*) FROM row_in") + rig.query("SELECT count(*) FROM received_original"), [(0,), (0,)], "what is left")
    same(rig.query("SELECT sum(messages) FROM day_in"), before, "sum of messages")
    later = report("r1", [row("192.0.2.77", 500)])
    trust, outcome, reason = rig.take(mail("dmarc@reporter.example", "r1", later), "dmarc@reporter.example", REPORTER)
    same(outcome, "duplicate", "a later version of a report whose rows are gone")
    expect("rows are no longer kept" in reason, reason)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("e2e: needs root (Postfix does); skipped")
        return 77
    chosen = [t for t in TESTS if not sys.argv[2:] or any(word in t.__name__ for word in sys.argv[2:])]
    files = {"clients.conf": "client acme { Domains = {acme.example} }\n",
             "senders.conf": "sender esp { Kind = marketing DKIM = {esp.example} SPF = {_spf.esp.example} }\n"}
    key = Key("rsa")
    rig, failed = Site(sys.argv[1], zone(key)), 0
    rig.key = key
    for name, text in files.items():
        (rig.dir / name).write_text(text)
        (rig.dir / name).chmod(0o644)
    rig.options = [f'ClientsFile="{rig.dir}/clients.conf"', f'SendersFile="{rig.dir}/senders.conf"', "SendersFolder=\"\""]
    try:
        rig.start()
        for run in chosen:
            began = time.monotonic()
            try:
                run(rig)
                verdict = "ok"
            except Exception as why:  # one failure must not hide the others
                failed += 1
                verdict = f"FAILED: {type(why).__name__}: {why}"
            print(f"{run.__name__} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
        if failed:
            print(rig.log("milter")[-3000:])
    finally:
        rig.close()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
