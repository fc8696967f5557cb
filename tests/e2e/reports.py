#!/usr/bin/python3
"""End-to-end tests of sending reports: a real Postfix takes them, a real name server says where they go; root on Debian.

usage: reports.py PROGRAMS_DIR [NAME …]      NAME: only tests whose name contains it
"""

import base64
import email
import email.policy
import gzip
import json
import os
import pathlib
import pwd
import re
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time

import dkim

from letters import Key, letter, txt
from rig import Failed, Rig, free_port, header_fields, wait_for

TESTS = []
OWNER = "dmarc@receiver.example"
DAY = 1764028800
BODY = gzip.compress(b'<?xml version="1.0"?><feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0"/>' * 20, mtime=0)


def test(function):
    TESTS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Failed(what)


def same(got, want, what):
    expect(got == want, f"{what}: {got!r}, not {want!r}")


# ---- the world ----

def leave(policy_domain, host, text="v=DMARC1"):
    return txt(f"{policy_domain}._report._dmarc.{host}", text)


TRICKY = {
    # policy domain: (rua, extra records, the addresses that get it)
    "plain": ("mailto:r@plain.example", "", ["r@plain.example"]),
    "leave": ("mailto:r@ok.example", "LEAVE ok", ["r@ok.example"]),
    "noleave": ("mailto:r@third.example", "", []),
    "moved": ("mailto:r@moves.example", "moved", ["inbox@moves.example"]),
    "movedaway": ("mailto:r@away.example", "movedaway", []),
    "bcc": ("mailto:r@bcc.example%0ABcc:victim@victim.example", "", []),
    "crlf": ("mailto:r@crlf.example%0d%0aRCPT TO:<victim@victim.example>", "", []),
    "encodedcrlf": ("mailto:r%0d%0aBcc%3Avictim%40victim.example@encodedcrlf.example", "", []),
    "two": ("mailto:r@two.example%2Cvictim@victim.example", "", []),
    "atinlocal": ("mailto:victim%40victim.example@atinlocal.example", "", []),
    "route": ("mailto:victim%25victim.example@route.example", "", []),
    "bang": ("mailto:victim.example%21victim@bang.example", "", []),
    "quoted": ("mailto:%22victim@victim.example%22@quoted.example", "", []),
    "query": ("mailto:r@query.example?cc=victim@victim.example&bcc=victim@victim.example", "", ["r@query.example"]),
    "noaddress": ("mailto:?to=victim@victim.example", "", []),
    "size": ("mailto:r@size.example!10m", "", ["r@size.example"]),
    "scheme": ("https://victim.example/report,mailto:r@scheme.example", "", ["r@scheme.example"]),
    "double": ("mailto:r@double.example,mailto:R@DOUBLE.example,mailto:%72@double.example", "", ["r@double.example"]),
    "literal": ("mailto:r@[127.0.0.1]", "", []),
    "utf8": ("mailto:r%C3%A9@utf8.example", "", []),
    "nul": ("mailto:r%00@nul.example", "", []),
    "suffix": ("mailto:r@evilsuffix.example", "", []),
    "ours": (f"mailto:{OWNER}", "leave-receiver", []),
    "ourverp": ("mailto:bounces+aaaaaaaaaaaaaaaaaaaaaaaaaa@receiver.example", "leave-receiver2", []),
    "optdomain": ("mailto:r@optdomain.example", "", []),
    "optaddress": ("mailto:r@optaddress.example", "", []),
    "opthost": ("mailto:r@opthost.example", "", []),
    "many": (",".join(f"mailto:r{i}@many.example" for i in range(500)), "", ["r0@many.example", "r1@many.example"]),
    "norecord": (None, "", []),
}


def zone(key):
    text = "".join([
        txt("_dmarc.receiver.example", "v=DMARC1; p=reject; adkim=s"),
        txt("r1._domainkey.receiver.example", key.txt),
        leave("leave.example", "ok.example"),
        leave("moved.example", "moves.example", "v=DMARC1; rua=mailto:inbox@moves.example"),
        leave("movedaway.example", "away.example", "v=DMARC1; rua=mailto:victim@victim.example"),
        leave("ours.example", "receiver.example"), leave("ourverp.example", "receiver.example"),
        txt("_dmarc.dead.example", "v=DMARC1; p=none; rua=mailto:dead@dead.example"),
        txt("_dmarc.failing.example",
            "v=DMARC1; p=none; ruf=mailto:ruf@failing.example,mailto:ruf@third.example; fo=0"),
        txt("failing.example", "v=spf1 ip4:192.0.2.99 -all"),
        txt("_dmarc.quiet.example", "v=DMARC1; p=none; ruf=mailto:ruf@quiet.example"),
    ])
    for name, (rua, _, _) in TRICKY.items():
        if rua is not None:
            text += txt(f"_dmarc.{name}.example", f"v=DMARC1; p=none; rua={rua}")
    text += txt("_dmarc.evil.example", "v=DMARC1; p=none")
    for i in range(200):
        rua = ",".join(f"mailto:r{i}x{k}@mx{k}.evil.example" for k in range(10))
        text += txt(f"_dmarc.x{i}.evil.example", f"v=DMARC1; p=none; rua={rua}")
    for i in range(400):
        text += txt(f"_dmarc.d{i}.bulk", f"v=DMARC1; p=none; rua=mailto:dmarc@d{i}.bulk")
    return text


def report_options(rig, keyfile, **more):
    lines = {
        "ReportOrg": '"Receiver & Söhne"', "ReportEmail": OWNER, "ReportSender": "bounces@receiver.example",
        "ReportRelay": f'"smtp://127.0.0.1:{rig.smtp_port}"', "ReportKey": f'"{keyfile}"', "ReportSelector": "r1",
        "ReportSpread": "0", "ReportOptOut": '{"optdomain.example", "r@optaddress.example", "@opthost.example"}',
        "FailureReports": '{"failing.example"}', "ReportsOfStrangers": 100000,
    }
    lines.update(more)
    return [f"{k}={v}" for k, v in lines.items()]


# ---- helpers ----

class Host(Rig):
    def add_reports(self, domains, body=BODY):
        """Built reports, as `assay report build` leaves them."""
        with sqlite3.connect(self.database) as db:
            db.execute("PRAGMA busy_timeout = 5000")
            for domain in domains:
                self.serial += 1
                db.execute(
                    "INSERT INTO report (report_id, policy_domain, policy_key, begin_s, end_s, messages, rows, filename,"
                    " size, built_ms, body) VALUES (?, ?, 'k', ?, ?, 3, 2, ?, ?, 1, ?)",
                    (f"{self.serial:032x}", domain, DAY + 86400 * self.serial, DAY + 86400 * self.serial + 86399,
                     f"receiver.example!{domain}!{DAY}!{DAY + 86399}.xml.gz", len(body), body))
        db.close()

    serial = 0

    def as_user(self, *args, check=True, **more):
        """assay report …, as the user of the service."""
        argv = [str(self.programs / "assay"), "report", args[0], "-c", str(self.dir / "assay.conf"), *args[1:]]
        nobody, gid = pwd.getpwnam("nobody").pw_uid, pwd.getpwnam("postfix").pw_gid
        done = subprocess.run(argv, capture_output=True, text=True, check=False, user=nobody, group=gid,
                              extra_groups=[], **more)
        if check and done.returncode != 0:
            raise Failed(f"{' '.join(args)}: exit {done.returncode}: {done.stderr}{done.stdout[-500:]}")
        return done

    def send(self, *args):
        return json.loads(self.as_user("send", "--json", *args).stdout)

    def query(self, sql, *args):
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as db:
            return db.execute(sql, args).fetchall()

    def queue_empty(self):
        listed = subprocess.run(["postqueue", "-c", str(self.dir / "postfix"), "-p"], capture_output=True, text=True,
                                check=False).stdout
        return "empty" in listed

    def mailbox(self):
        """Every mail that reached a mailbox, as (recipient, message)."""
        wait_for("Postfix's queue to empty", self.queue_empty, 30)
        found = []
        for path in sorted((self.dir / "mail" / "in" / "new").glob("*")):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.SMTP)
            found.append((message["X-Original-To"], message))
        return found

    def clear(self):
        self.mailbox()
        for path in (self.dir / "mail" / "in" / "new").glob("*"):
            path.unlink()
        with sqlite3.connect(self.database) as db:
            db.execute("PRAGMA busy_timeout = 5000")
            for table in ("report", "failure", "suppressed", "dispatch", "delivery"):
                db.execute(f"DELETE FROM {table}")
        db.close()


def to_whom(mails):
    return sorted(to for to, _ in mails)


# ---- tests ----

@test
def where_reports_go(rig):
    """Nothing reaches an address that the record and its host do not want, in any disguise."""
    rig.add_reports(f"{name}.example" for name in TRICKY)
    dry = rig.send("--dry-run")
    same(rig.query("SELECT count(*) FROM delivery")[0][0], 0, "deliveries after a dry run")
    same(rig.mailbox(), [], "mail after a dry run")
    done = rig.send()
    want = sorted(address for _, _, addresses in TRICKY.values() for address in addresses)
    mails = rig.mailbox()
    same(to_whom(mails), want, "who got mail")
    for to, message in mails:
        same(message.get_all("To"), [to], "To")
        same(message.get_all("Bcc"), None, "Bcc")
        same(message.get_all("Cc"), None, "Cc")
    would = sorted(d["to"] for d in dry["deliveries"] if d["state"] == "would send")
    same(would, want, "what the dry run said")
    refused = {d["policy_domain"]: d["why"] for d in done["deliveries"] if d["state"] in ("refused", "suppressed")}
    for name, (_, _, addresses) in TRICKY.items():
        if not addresses:
            expect(refused.get(f"{name}.example"), f"no reason is told for {name}: {refused}")
    same(done["reports"], len(TRICKY), "reports")
    same(done["sent"], sum(1 for _, _, a in TRICKY.values() if a), "sent")
    same(done["sent"] + done["refused"], len(TRICKY), "sent and refused")


@test
def the_mail(rig):
    """RFC 9990 section 3.5.2, and it passes DMARC in our own milter."""
    rig.add_reports(["plain.example"])
    rig.send()
    [(to, message)] = rig.mailbox()
    report_id = rig.query("SELECT report_id FROM report")[0][0]
    same(message["Subject"], f"Report Domain: plain.example Submitter: receiver.example Report-ID: <{report_id}>", "Subject")
    same(message["From"].addresses[0].addr_spec, OWNER, "From")
    same(message["From"].addresses[0].display_name, "Receiver & Söhne", "From's name")
    same(message["Auto-Submitted"], "auto-generated", "Auto-Submitted")
    expect(re.fullmatch(r"<bounces\+[a-z2-7]{26}@receiver\.example>", message["Return-Path"]), message["Return-Path"])
    expect(message["Date"].datetime.timestamp() > time.time() - 60, message["Date"])
    text, attachment = list(message.iter_parts())
    expect("plain.example" in text.get_content() and "rua" in text.get_content(), text.get_content())
    same(attachment.get_content_type(), "application/gzip", "media type")
    same(attachment.get_content_disposition(), "attachment", "disposition")
    same(attachment.get_filename(), f"receiver.example!plain.example!{DAY}!{DAY + 86399}.xml.gz", "file name")
    same(attachment.get_payload(decode=True), BODY, "attachment")
    raw = next((rig.dir / "mail" / "in" / "new").glob("*")).read_bytes().replace(b"\n", b"\r\n")
    stamp = header_fields(raw, "Authentication-Results")[0]
    expect("dmarc=pass header.from=receiver.example" in stamp and "dkim=pass header.d=receiver.example" in stamp, stamp)
    expect(dkim.verify(raw, dnsfunc=lambda name, timeout=5: rig.key.txt.encode()), "python3-dkim does not verify it")


@test
def nothing_twice(rig):
    rig.add_reports(f"d{i}.bulk" for i in range(50))
    same(rig.send()["mails"], 50, "first run")
    again = rig.send()
    same((again["reports"], again["mails"]), (0, 0), "second run")
    same(len(rig.mailbox()), 50, "mails")


@test
def killed_in_the_middle(rig):
    rig.add_reports(f"d{i}.bulk" for i in range(300))
    argv = [str(rig.programs / "assay"), "report", "send", "-c", str(rig.dir / "assay.conf"), "--quiet"]
    for _ in range(3):
        before = rig.query("SELECT count(*) FROM delivery WHERE state = 'sent'")[0][0]
        child = subprocess.Popen(argv, stdout=subprocess.DEVNULL, user=pwd.getpwnam("nobody").pw_uid,
                                 group=pwd.getpwnam("postfix").pw_gid, extra_groups=[])
        wait_for("40 more to be sent",
                 lambda n=before: rig.query("SELECT count(*) FROM delivery WHERE state = 'sent'")[0][0] >= n + 40, 30)
        child.send_signal(signal.SIGKILL)
        child.wait()
    rest = rig.send()
    expect(rest["reports"] < 300, f"nothing was sent before the kill: {rest}")
    same(rig.send()["mails"], 0, "a run after all was sent")
    mails = rig.mailbox()
    ids = [m["Message-ID"] for _, m in mails]
    reports = {m["Subject"] for _, m in mails}
    same(len(reports), 300, "reports that arrived")
    same(len(set(ids)), 300, "different Message-IDs")
    expect(len(ids) <= 303, f"{len(ids)} mails: more than the one in flight at each kill came twice")
    return f"ok; {len(ids) - 300} of 3 in flight came twice, under the same Message-ID"


@test
def two_at_once(rig):
    rig.add_reports(f"d{i}.bulk" for i in range(100))
    codes = []

    def run():
        codes.append(rig.as_user("send", "--quiet", check=False).returncode)
    threads = [threading.Thread(target=run) for _ in range(4)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    expect(codes.count(0) >= 1 and set(codes) <= {0, 75}, f"exit codes {codes}")
    same(len(rig.mailbox()), 100, "mails")


@test
def dead_relay(rig):
    """A relay that is gone, answers 4yz, or vanishes after DATA: all is sent once it is back."""
    rig.add_reports(f"d{i}.bulk" for i in range(20))
    done = rig.as_user("send", "-o", f"ReportRelay=smtp://127.0.0.1:{free_port()}", check=False)
    same(done.returncode, 69, "exit code without a relay")
    expect("waiting 20" in done.stdout and "relay" in done.stdout, done.stdout)
    same(rig.query("SELECT DISTINCT state FROM dispatch"), [("waiting",)], "states")
    with Sulking(b"451 4.3.0 try later\r\n") as relay:
        rig.as_user("retry")
        done = json.loads(rig.as_user("send", "--json", "-o", f"ReportRelay=smtp://127.0.0.1:{relay.port}").stdout)
        same((done["mails"], done["waiting"]), (0, 20), "after 451 to DATA")
    with Sulking(None) as relay:
        rig.as_user("retry")
        done = json.loads(rig.as_user("send", "--json", "-o", f"ReportRelay=smtp://127.0.0.1:{relay.port}").stdout)
        same((done["mails"], done["waiting"]), (0, 20), "after a relay that vanished")
    with Sulking(b"554 5.6.0 no such content here\r\n") as relay:
        rig.as_user("retry")
        done = json.loads(rig.as_user("send", "--json", "-o", f"ReportRelay=smtp://127.0.0.1:{relay.port}").stdout)
        same((done["mails"], done["failed"]), (0, 20), "after 554 to DATA")
    same(rig.send("--now")["reports"], 0, "what failed does not go by itself")
    for i in range(20):
        rig.as_user("retry", f"d{i}.bulk")
    same(rig.send()["mails"], 20, "the relay is back")
    same(len(rig.mailbox()), 20, "mails")


class Login:
    """A relay that takes mail over TLS and after a login alone."""

    def __init__(self, rig, name="relay.example"):
        self.cert, key = rig.dir / "relay.pem", rig.dir / "relay.key"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.cert,
                        "-days", "2", "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name},IP:127.0.0.1"],
                       check=True, capture_output=True)
        self.cert.chmod(0o644)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(self.cert, key)
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.port, self.taken, self.logins = self.socket.getsockname()[1], 0, []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            conn, _ = self.socket.accept()
            try:
                self.talk(conn)
            except OSError:
                pass  # the client did not like our certificate

    def talk(self, conn):
        tls, lines = False, conn.makefile("rb")
        conn.sendall(b"220 relay ESMTP\r\n")
        while True:
            line = lines.readline()
            verb = line.strip().upper().split(b" ")[0]
            if not line:
                return
            if verb == b"EHLO":
                conn.sendall(b"250-relay\r\n250 AUTH PLAIN\r\n" if tls else b"250-relay\r\n250 STARTTLS\r\n")
            elif verb == b"STARTTLS":
                conn.sendall(b"220 go\r\n")
                conn = self.context.wrap_socket(conn, server_side=True)
                tls, lines = True, conn.makefile("rb")
            elif verb == b"AUTH":
                words = line.split()
                if len(words) < 3:
                    conn.sendall(b"334 \r\n")
                    words = [b"", b"", lines.readline().strip()]
                self.logins.append(base64.b64decode(words[2]))
                conn.sendall(b"235 ok\r\n" if self.logins[-1] == b"\0ann\0hunter2" else b"535 5.7.8 no\r\n")
            elif verb == b"DATA":
                conn.sendall(b"354 go on\r\n")
                while lines.readline() not in (b".\r\n", b""):
                    pass
                self.taken += 1
                conn.sendall(b"250 ok\r\n")
            elif verb == b"MAIL" and b"\0ann\0hunter2" not in self.logins:
                conn.sendall(b"530 5.7.0 log in first\r\n")
            else:
                conn.sendall(b"250 ok\r\n")


@test
def tls_and_login(rig):
    """The password goes over TLS alone, and with "verify" to the right host alone."""
    rig.add_reports(["plain.example"])
    relay, auth = Login(rig), rig.dir / "auth"

    def send(password, *options):
        auth.write_text(f"ann:{password}\n")
        auth.chmod(0o600)
        os.chown(auth, pwd.getpwnam("nobody").pw_uid, -1)
        rig.as_user("retry")
        return rig.as_user("send", "-o", f"ReportRelay=smtp://127.0.0.1:{relay.port}", "-o", f"ReportRelayAuth={auth}",
                           *options, check=False)
    done = send("hunter2", "-o", "ReportTLS=may")
    same((done.returncode, relay.logins), (78, []), "a password without TLS")
    done = send("hunter2", "-o", "ReportTLS=verify")
    same((done.returncode, relay.logins), (69, []), "a certificate that nobody vouches for")
    expect("certificate" in done.stdout.lower() or "ssl" in done.stdout.lower(), done.stdout)
    done = send("wrong", "-o", "ReportTLS=encrypt")
    same((done.returncode, relay.taken), (69, 0), "a wrong password")
    expect("wrong" not in done.stdout + done.stderr and "waiting 1" in done.stdout, done.stdout)
    done = send("hunter2", "-o", "ReportTLS=verify", "-o", f"ReportCAFile={relay.cert}")
    same((done.returncode, relay.taken), (0, 1), done.stdout + done.stderr)


class Sulking:
    """An SMTP server that answers the end of each message with `reply`, or closes (None)."""

    def __init__(self, reply):
        self.reply = reply
        self.socket = socket.socket()
        self.socket.bind(("127.0.0.1", 0))
        self.socket.listen()
        self.port = self.socket.getsockname()[1]

    def __enter__(self):
        threading.Thread(target=self.serve, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.socket.close()

    def serve(self):
        while True:
            try:
                conn, _ = self.socket.accept()
            except OSError:
                return
            with conn, conn.makefile("rb") as lines:
                conn.sendall(b"220 sulking ESMTP\r\n")
                while self.answer(conn, lines):
                    pass

    def answer(self, conn, lines):
        line = lines.readline().upper()
        if line.startswith(b"DATA"):
            conn.sendall(b"354 go on\r\n")
            while lines.readline() not in (b".\r\n", b""):
                pass
            if self.reply is None:
                return False
            conn.sendall(self.reply)
        elif line:
            conn.sendall(b"250 ok\r\n")
        return bool(line) and not line.startswith(b"QUIT")


@test
def a_bounce_suppresses(rig):
    rig.add_reports(["dead.example", "plain.example"])
    same(rig.send()["mails"], 2, "mails")
    wait_for("the bounce", lambda: rig.query("SELECT address, why FROM suppressed"), 30)
    [(address, why)] = rig.query("SELECT address, why FROM suppressed")
    same(address, "dead@dead.example", "suppressed address")
    expect(why.startswith("5.1.1"), why)
    expect(address in rig.as_user("list", "--suppressed").stdout, "report list --suppressed")
    same({(r["policy_domain"], r["state"]) for r in json.loads(rig.as_user("list", "--json").stdout)["reports"]},
         {("dead.example", "sent"), ("plain.example", "sent")}, "report list")
    rig.add_reports(["dead.example", "plain.example"])
    done = rig.send()
    same((done["mails"], done["suppressed"]), (1, 1), "after the bounce")
    rig.as_user("retry", "dead@dead.example")
    same(rig.query("SELECT count(*) FROM suppressed")[0][0], 0, "suppressed after retry")
    same(rig.send()["mails"], 2, "both that had not arrived are tried again")


@test
def forged_bounces(rig):
    """Who does not know the key of a return path can suppress nobody."""
    rig.add_reports(["plain.example"])
    rig.send()
    bounce = ("From: mailer@evil.example\nTo: {to}\nMIME-Version: 1.0\nContent-Type: multipart/report;"
              " report-type=delivery-status; boundary=b\n\n--b\n\ngone\n--b\nContent-Type: message/delivery-status\n\n"
              "Reporting-MTA: dns; evil.example\n\nFinal-Recipient: rfc822; r@plain.example\nAction: {action}\n"
              "Status: 5.1.1\n\n--b--\n")
    verp = rig.query("SELECT verp FROM delivery WHERE verp <> ''")[0][0]
    for to in ("bounces@receiver.example", "bounces+@receiver.example", "bounces+" + "a" * 26 + "@receiver.example",
               "bounces+%@receiver.example", f"bounces+{verp[:-1]}@receiver.example", "r@plain.example"):
        out = rig.as_user("bounce", input=bounce.format(to=to, action="failed")).stdout
        expect("nothing to do" in out, f"{to}: {out}")
    true = f"bounces+{verp}@receiver.example"
    expect("delayed" in rig.as_user("bounce", input=bounce.format(to=true, action="delayed")).stdout, "delayed")
    expect("no bounce" in rig.as_user("bounce", input=f"To: {true}\n\nI am on holiday\n").stdout, "holiday")
    same(rig.query("SELECT count(*) FROM suppressed")[0][0], 0, "suppressed")
    expect("nothing more goes there" in rig.as_user("bounce", input=bounce.format(to=true, action="failed")).stdout, "true")
    same(rig.query("SELECT address FROM suppressed"), [("r@plain.example",)], "suppressed")


@test
def dns_is_away(rig):
    rig.add_reports(["plain.example", "leave.example"])
    rig.mute_dns()
    try:
        done = rig.send("-o", "DNSTimeout=1")
    finally:
        rig.unmute_dns()
    same((done["waiting"], done["mails"]), (2, 0), "while DNS is away")
    expect("DNS" in done["reasons"][0]["why"], done["reasons"])
    rig.as_user("retry")
    same(rig.send()["mails"], 2, "after it came back")


@test
def bad_secrets(rig):
    """Keys and passwords that others can read, or that are none, are refused by name, and never shown."""
    rig.add_reports(["plain.example"])
    loose, junk = rig.dir / "loose", rig.dir / "junk"
    loose.write_bytes(rig.key.private)
    loose.chmod(0o644)
    junk.write_text("hunter2 is no key\n")
    junk.chmod(0o600)
    os.chown(junk, pwd.getpwnam("nobody").pw_uid, -1)
    for option, path, word in (("ReportKey", loose, "chmod 600"), ("ReportKey", junk, "RSA private key"),
                               ("ReportKey", rig.dir / "absent", "No such file"), ("ReportRelayAuth", junk, "user:password")):
        done = rig.as_user("send", "-o", f"{option}={path}", "-o", "ReportTLS=encrypt", check=False)
        same(done.returncode, 78, f"exit code with {path}")
        expect(option in done.stderr and word in done.stderr and "hunter2" not in done.stderr + done.stdout, done.stderr)
    done = rig.as_user("send", "-o", "ReportTLS=encrypt", check=False)
    same((done.returncode, rig.mailbox()), (69, []), "a relay without the TLS that is asked for")


@test
def failure_reports(rig):
    """RFC 9991: only for who opted in, redacted, and alike ones as one report with a count."""
    bad = {"ip": "203.0.113.66", "helo": "friend"}
    head = b"Bcc: hidden@receiver.example\r\n"
    for sender in ("failing.example", "quiet.example"):
        for _ in range(3):
            data = letter(f"ceo@{sender}").replace(b"desk@receiver.example", b'"Jane Desk" <desk@receiver.example>', 1)
            Rig.send(rig, head + data, f"ceo@{sender}", bad)
    same(rig.query("SELECT policy_domain, incidents FROM failure"), [("failing.example", 3)], "failures kept")
    same(rig.send()["reports"], 0, "before they were gathered")
    rig.clear_mail()
    done = rig.send("--now")
    same((done["reports"], done["mails"]), (1, 1), "failure reports")
    [(to, message)] = rig.mailbox()
    same(to, "ruf@failing.example", "to")
    same(message.get_content_type(), "multipart/report", "type")
    same(message.get_param("report-type"), "feedback-report", "report-type")
    same([p.get_content_type() for p in message.iter_parts()],
         ["text/plain", "message/feedback-report", "text/rfc822-headers"], "parts")
    raw = next((rig.dir / "mail" / "in" / "new").glob("*")).read_text("ascii")
    for line in ("Feedback-Type: auth-failure", "Auth-Failure: dmarc", "Identity-Alignment: dkim, spf",
                 "Reported-Domain: failing.example", "Source-IP: 203.0.113.66", "Incidents: 3",
                 'SPF-DNS: txt : failing.example : "v=spf1 ip4:192.0.2.99 -all"',
                 "Authentication-Results: mx.receiver.example; dmarc=fail header.from=failing.example"):
        expect(line in raw, f"{line!r} is not in it:\n{raw}")
    report = raw.split("message/feedback-report", 1)[1]
    for secret in ("Jane", "desk@", "ceo@", "hidden"):
        expect(secret not in report, f"{secret!r} was not redacted:\n{report}")
    stamp = header_fields(raw.encode(), "Authentication-Results")[0]
    expect("dmarc=pass" in stamp, stamp)
    same(rig.query("SELECT count(*) FROM failure")[0][0], 1, "failures: a report is not reported on")
    for i in range(12):  # another source each: not alike
        Rig.send(rig, letter("ceo@failing.example"), "ceo@failing.example", {"ip": f"203.0.113.{i}", "helo": "friend"})
    done = rig.send("--now")
    same((done["mails"], done["refused"]), (9, 3), "the tenth within an hour is the last")


@test
def from_message_to_report(rig):
    """Mail comes in, the day is built, and its owner reads in the report what came."""
    good = {"ip": "192.0.2.10", "helo": "mail.sender.example"}
    for _ in range(3):
        Rig.send(rig, letter("ann@plain.example"), "ann@plain.example", good)
    rig.clear_mail()
    day = time.strftime("%Y-%m-%d", time.gmtime())
    schema = pathlib.Path(__file__).resolve().parents[2] / "conf" / "dmarc-aggregate-rfc9990.xsd"
    rig.as_user("build", "--day", day, "--unfinished", "--domain", "plain.example", "-o", f"ReportSchema={schema}")
    same(rig.send()["mails"], 1, "mails")
    [(to, message)] = rig.mailbox()
    same(to, "r@plain.example", "to")
    attachment = list(message.iter_parts())[1]
    xml = gzip.decompress(attachment.get_payload(decode=True)).decode()
    counts = [int(n) for n in re.findall(r"<count>(\d+)</count>", xml)]
    same(sum(counts), rig.query("SELECT count(*) FROM message WHERE policy_domain = 'plain.example'")[0][0], "counts")
    report_id = re.search(r"<report_id>(\w+)</report_id>", xml).group(1)
    expect(f"Report-ID: <{report_id}>" in message["Subject"], message["Subject"])
    expect(attachment.get_filename().startswith("receiver.example!plain.example!"), attachment.get_filename())
    rig.as_user("build", "--day", day, "--unfinished", "--domain", "plain.example", "-o", f"ReportSchema={schema}")
    same(rig.send()["mails"], 0, "built again, sent again")


@test
def multiplied(rig):
    """200 policies of one who has a zone, ten addresses each: a few mails to his host, and it is said why no more."""
    rig.options = report_options(rig, rig.dir / "report.key", ReportsOfStrangers=20)
    rig.write_config()
    rig.add_reports(f"x{i}.evil.example" for i in range(200))
    same(rig.send("--dry-run")["sent"], 10, "what the dry run said")
    same(rig.send()["mails"], 20, "mails about domains that nobody knows")
    same(len(rig.mailbox()), 20, "mails that arrived")
    same(rig.send("--now")["mails"], 0, "mails of the next round")
    said = rig.as_user("list").stdout
    expect("  nothing ever passed from this domain and nobody here knows it" in said, said[:2000])


# ---- running them ----

def set_up(programs):
    key = Key("rsa")
    rig = Host(programs, zone(key))
    rig.key = key
    keyfile = rig.dir / "report.key"
    keyfile.write_bytes(key.private)
    keyfile.chmod(0o600)
    os.chown(keyfile, pwd.getpwnam("nobody").pw_uid, -1)
    rig.options = report_options(rig, keyfile)
    rig.clear_mail = lambda: [p.unlink() for _ in [rig.mailbox()] for p in (rig.dir / "mail" / "in" / "new").glob("*")]
    rig.mailbox_domains = "static:all"
    rig.main_cf = ("recipient_delimiter = +\n"
                   "transport_maps = inline:{ { dead@dead.example = dead: }, { bounces@receiver.example = bounced: } }\n")
    rig.master_cf = (
        "showq unix n - n - - showq\n"
        "dead unix - n n - - pipe\n  flags=R user=nobody argv=/bin/sh -c {exit 67}\n"
        "bounced unix - n n - - pipe\n  flags=DRhu user=nobody "
        f"argv={rig.programs}/assay report bounce -c {rig.dir}/assay.conf --recipient ${{recipient}}\n")
    return rig


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("e2e: needs root (Postfix does); skipped")
        return 77
    chosen = [t for t in TESTS if not sys.argv[2:] or any(word in t.__name__ for word in sys.argv[2:])]
    failed = 0
    rig = set_up(sys.argv[1])
    try:
        rig.start()
        for function in chosen:
            began = time.monotonic()
            try:
                rig.clear()
                verdict = function(rig) or "ok"
            except Exception as why:  # one test's failure must not hide the others
                failed += 1
                verdict = f"FAILED: {type(why).__name__}: {why}"
            print(f"{function.__name__} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
        if failed:
            print(rig.log("milter")[-2000:])
            print(rig.log("postfix")[-3000:])
    finally:
        rig.close()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
