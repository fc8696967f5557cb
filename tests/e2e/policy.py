#!/usr/bin/python3
"""policy.conf through a real Postfix: refused, held, marked, put off, let go, rehearsed; and reloads.

usage: policy.py PROGRAMS_DIR [NAME …]      NAME: only tests whose name contains it
"""

import json
import os
import pathlib
import re
import signal
import smtplib
import sqlite3
import subprocess
import sys
import time

import dkim

import rig as host
from letters import Key, World, letter, sign, txt
from rig import Failed, Rig, header_fields, need, wait_for

HERE = pathlib.Path(__file__).resolve().parent
STRANGER = {"ip": "203.0.113.66", "helo": "friend"}
HELP = "see https://help.receiver.example/mail"

POLICY = """
rule expired { AuthorDomain = {expired.rules.example} Action = reject Until = 2026-01-31 }
rule by-network { Network = {203.0.113.9} Action = none Override = trusted_forwarder Reason = "our old office" }
rule by-signature { SignedBy = {esp.example} AuthorDomain = {forwarded.rules.example} Action = none }
rule by-seal { VouchedBy = {lists.example} Action = none }
rule by-list { List = yes AuthorDomain = {list.rules.example} Action = stamp Reason = "a list" }
rule by-source { Source = {esp} AuthorDomain = {source.rules.example} Action = reject }
rule by-client { Client = {acme} Cause = {unauthorized} Policy = {none, quarantine, reject} Action = reject
                 Reason = "our own domain" }
rule by-sealer { Sealer = {other-lists.example} AuthorDomain = {sealer.rules.example} Action = none Reason = "sealed" }
rule by-recipient { Recipient = {receiver.example} AuthorDomain = {recipient.rules.example} Action = reject }
rule by-author { AuthorDomain = {author.rules.example} Action = reject }
rule forwarded-too { AuthorDomain = {srs.rules.example} Action = reject }
rule by-mistake { AuthorDomain = {known.rules.example} Action = reject }
rule putting-off { AuthorDomain = {later.rules.example} Action = tempfail }
rule no-dns { Result = {temperror} Policy = {none, quarantine, reject} Action = tempfail }
"""

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Failed(what)


class Site:
    """One host, its senders, and what one may ask of it."""

    def __init__(self, programs):
        self.world = World()
        self.lists, self.others = Key("rsa"), Key("rsa")
        zone = self.world.zone + "".join([
            txt("_dmarc.rules.example", "v=DMARC1; p=reject; rua=mailto:dmarc@rules.example"),
            txt("_dmarc.softly.example", "v=DMARC1; p=quarantine"),
            txt("_dmarc.acme.example", "v=DMARC1; p=none"),
            txt("s1._domainkey.list.rules.example", self.world.other.txt),
            txt("s1._domainkey.srs.rules.example", self.world.other.txt),
            txt("k._domainkey.lists.example", self.lists.txt),
            txt("k._domainkey.other-lists.example", self.others.txt),
        ])
        files = dict(self.world.files)
        files["policy.conf"] = POLICY
        files["clients.conf"] += "client acme { Domains = {acme.example} }\n"
        self.settings = {"Enforce": "yes", "HelpText": f'"{HELP}"'}
        self.rig = Rig(programs, zone, files=files)

    def write(self, policy=None, **settings):
        self.settings.update(settings)
        self.rig.options = [f"{k}={v}" for k, v in self.settings.items()]
        if policy is not None:
            (self.rig.dir / "policy.conf").write_text(policy)
        return self.rig.write_config()

    def reload(self, word="reloaded", **more):
        before = self.rig.log("milter").count(word)
        self.write(**more)
        self.rig.procs["milter"].send_signal(signal.SIGHUP)
        wait_for(word, lambda: self.rig.log("milter").count(word) > before)

    def record(self, author):
        found = [r for r in self.rig.records().values() if r["author_domain"] == author]
        expect(found, f"no record of {author}")
        return found[-1]

    def send(self, author, data=None, client=None, **more):
        """("250", queue id), or (code, text) of a refusal."""
        data = data if data is not None else letter(f"ann@{author}")
        try:
            return "250", self.rig.send(data, f"ann@{author}", client or STRANGER, **more)
        except smtplib.SMTPDataError as refused:
            return str(refused.smtp_code), refused.smtp_error.decode()

    def refused(self, author, rule, code="550", xcode="5.7.26", **more):
        got, text = self.send(author, **more)
        record = self.record(author)
        expect(got == code and text.startswith(xcode + " "), f"{got} {text}")
        expect("DMARC" in text and author in text and text.endswith(f"reference {record['ref']}; {HELP}"), text)
        expect(len(got) + 1 + len(text) + 2 <= 512, f"{len(text)} bytes")
        want = {"rule": rule, "enforcement": "yes", "disposition": "reject" if code == "550" else "tempfail"}
        expect({k: record[k] for k in want} == want, f"{want}: {record}")
        expect(f" disposition={want['disposition']} rule={rule} " in self.rig.log_line(record["queue_id"]), "log line")
        return record

    def let_go(self, author, rule, overrides, **more):
        code, queue_id = self.send(author, **more)
        expect(code == "250", queue_id)
        message, record = self.rig.delivered(queue_id), self.record(author)
        expect("dmarc=fail" in header_fields(message, "Authentication-Results")[0], "the stamp")
        want = {"rule": rule, "enforcement": "yes", "disposition": "none", "overrides": overrides}
        expect({k: record[k] for k in want} == want, f"{want}: {record}")

    def sealed(self, author, domain, key, says):
        data = sign(letter(f"ann@{author}"), self.world.other, author, "gone")
        data = f"Authentication-Results: {domain}; {says}\r\n".encode() + data
        fields = dkim.arc_sign(data, b"k", domain.encode(), key.private, domain.encode(),
                               include_headers=[b"from", b"to", b"subject", b"date", b"message-id"])
        return b"".join(fields) + data


@test
def refused_by_each_kind_of_rule(site):
    site.refused("author.rules.example", "by-author")
    site.refused("recipient.rules.example", "by-recipient")
    site.refused("acme.example", "by-client")
    record = site.refused("source.rules.example", "by-source", xcode="5.7.22",
                          data=sign(letter("ann@source.rules.example"), site.world.esp, "esp.example", "k1"))
    expect(record["overrides"] == "", f"it met what was asked for: {record['overrides']}")
    expect(site.record("acme.example")["overrides"] == "local_policy:our own domain", "the reason")


@test
def let_go_by_each_kind_of_rule(site):
    site.let_go("office.rules.example", "by-network", "trusted_forwarder:our old office",
                client={"ip": "203.0.113.9", "helo": "office"})
    site.let_go("forwarded.rules.example", "by-signature", "trusted_forwarder",
                data=sign(letter("ann@forwarded.rules.example"), site.world.esp, "esp.example", "k1"))
    author = "list.rules.example"
    posted = sign(letter(f"ann@{author}", extra="List-Id: <l.lists.example>\r\n"), site.world.other, author, "s1")
    site.let_go(author, "by-list", "mailing_list:a list",
                data=sign(posted + b"-- \r\nthe list\r\n", site.lists, "lists.example", "k"))
    author = "sealed.rules.example"
    site.let_go(author, "by-seal", "local_policy:arc=pass as[1].d=lists.example as[1].s=k",
                data=site.sealed(author, "lists.example", site.lists, f"dmarc=pass header.from={author}"))
    author = "sealer.rules.example"
    site.let_go(author, "by-sealer", "local_policy:sealed",
                data=site.sealed(author, "other-lists.example", site.others, "dmarc=fail"))


@test
def refused_though_it_came_by_a_list(site):
    """What a list passed on and we refused: assay why names the rule that would let it in, and it does."""
    author = "srs.rules.example"
    posted = sign(letter(f"ann@{author}", extra="List-Id: <l.lists.example>\r\n"), site.world.other, author, "s1")
    data = sign(posted + b"-- \r\nthe list\r\n", site.lists, "lists.example", "k")
    code, text = site.send(author, data=data)
    record = site.record(author)
    expect(code == "550" and "a mailing list changed the message" in text, f"{code} {text} {record}")
    expect("policy.conf" in record["next"] and "SignedBy = {lists.example}" in record["next"], record["next"])
    said = site.rig.assay("why", record["ref"])
    expect("SignedBy = {lists.example}" in said and "List = yes" in said and "Action = none" in said, said)


@test
def put_off(site):
    site.refused("later.rules.example", "putting-off", "451", "4.7.1")


@test
def dns_does_not_answer(site):
    site.rig.mute_dns()
    try:
        code, text = site.send("dark.silent.example")
    finally:
        site.rig.unmute_dns()
    expect(code == "451" and text.startswith("4.4.3 DMARC of dark.silent.example could not be checked now"), f"{code} {text}")


@test
def held_by_the_mta(site):
    code, queue_id = site.send("softly.example")
    expect(code == "250", queue_id)
    listed = subprocess.run([need("postqueue"), "-c", str(site.rig.dir / "postfix"), "-j"], capture_output=True, text=True,
                            check=True).stdout
    queues = {m["queue_id"]: m["queue_name"] for m in map(json.loads, listed.splitlines())}
    expect(queues.get(queue_id) == "hold", f"{queue_id}: {queues}")
    record = site.record("softly.example")
    expect((record["disposition"], record["rule"], record["overrides"]) == ("quarantine", "default", ""), str(record))
    code, queue_id = site.send("expired.rules.example")
    record = site.record("expired.rules.example")
    expect((record["disposition"], record["rule"]) == ("quarantine", "default"), "an expired rule acted")


@test
def what_if_agrees_with_what_was_done(site):
    found = json.loads(site.rig.assay("what-if", "--json"))
    expect(found["messages"] >= 9, f"{found['messages']} messages")
    expect(found["changes"] == [], f"changes: {found}")
    (site.rig.dir / "none.conf").write_text("rule all { Policy = {none, quarantine, reject} Action = none }\n")
    found = json.loads(site.rig.assay("what-if", "--json", "--policy", str(site.rig.dir / "none.conf")))
    change = {(c["was"], c["would"]) for c in found["changes"]}
    expect(("reject", "none") in change and ("quarantine", "none") in change, f"{change}")
    explained = site.rig.assay("policy", "explain", site.record("author.rules.example")["ref"])
    expect(re.search(r"by-network\s+no: Network, the message has \"203.0.113.66\"", explained), explained)
    expect(re.search(r"by-author\s+matches", explained), explained)


@test
def reasons_reach_the_aggregate_report(site):
    day = time.strftime("%Y-%m-%d", time.gmtime())
    schema = HERE.parent.parent / "conf" / "dmarc-aggregate-rfc9990.xsd"
    settings = ["-o", "ReportEmail=dmarc-reports@receiver.example", "-o", f"ReportSchema={schema}"]
    site.rig.assay("report", "build", *settings, "--day", day, "--unfinished", "--domain", "rules.example")
    listed = site.rig.assay("report", "list", "--domain", "rules.example", "--json")
    xml = site.rig.assay("report", "show", "--xml", str(json.loads(listed)["reports"][0]["id"]))
    for kind, comment in (("trusted_forwarder", "our old office"), ("mailing_list", "a list"), ("local_policy", "sealed"),
                          ("local_policy", "arc=pass as[1].d=lists.example as[1].s=k")):
        found = re.search(rf"<reason>\s*<type>{kind}</type>\s*<comment>{re.escape(comment)}", xml)
        expect(found, f"{kind} {comment}: {xml[:3000]}")
    expect("<disposition>reject</disposition>" in xml, "no refusal in the report")
    expect("later.rules.example" not in xml, "what was put off stands in the report")


@test
def a_bad_policy_changes_nothing(site):
    site.reload("not reloaded", policy=POLICY + "rule broken {\n  Action = refuse\n}\n")
    expect(re.search(r"not reloaded, the old configuration and rules stay in force: \S+/policy.conf:18:12: Action: ",
                     site.rig.log("milter")), site.rig.log("milter")[-600:])
    checked = subprocess.run([str(site.rig.programs / "assay-milter"), "-n", "-c", str(site.rig.dir / "assay.conf")],
                             capture_output=True, text=True, check=False)
    expect(checked.returncode == 78 and "policy.conf:18:12" in checked.stderr, f"-n: {checked}")
    site.refused("again.author.rules.example", "by-author")
    site.reload(policy=POLICY)


@test
def the_safety_catch(site):
    author = "known.rules.example"
    data = sign(letter(f"ann@{author}"), site.world.esp, "esp.example", "k1")
    with sqlite3.connect(site.rig.database) as db:
        day = int(time.time()) // 86400
        db.execute("INSERT INTO correspondent VALUES (?, ?, ?, ?, 3, 40)", (author, STRANGER["ip"], day - 9, day - 3))
    for _ in range(5):
        site.refused(author, "by-mistake", xcode="5.7.22", data=data)
    wait_for("the catch", lambda: f"safety catch on for {author}: the rules are against 5 of its 5" in site.rig.log("milter"))
    time.sleep(0.7)  # until every verdict knows
    code, queue_id = site.send(author, data)
    record = site.record(author)
    expect(code == "250" and record["enforcement"] == "caught" and record["disposition"] == "none" and
           record["overrides"] == "local_policy:safety catch", f"{code} {record}")
    expect(" would=reject rule=by-mistake enforcement=caught " in site.rig.log_line(queue_id), "log line")
    site.refused(author, "by-mistake", xcode="5.7.22", data=data, client={"ip": "203.0.113.67", "helo": "next-door"})
    site.refused("other.author.rules.example", "by-author")
    site.rig.assay("policy", "release", author)
    wait_for("its end", lambda: f"safety catch off for {author}: released by hand" in site.rig.log("milter"))
    time.sleep(0.7)
    site.refused(author, "by-mistake", xcode="5.7.22", data=data)


@test
def marked_for_the_delivery_side(site):
    site.reload(QuarantineBy="header")
    forged = "X-Assay-Quarantine: nothing; ref=22222222\r\n"
    code, queue_id = site.send("softly.example", letter("ann@softly.example", extra=forged))
    expect(code == "250", queue_id)
    marks = header_fields(site.rig.delivered(queue_id), "X-Assay-Quarantine")
    expect(marks == [f"unauthorized; ref={site.record('softly.example')['ref']}"], f"{marks}")


@test
def rehearsed(site):
    site.reload(Enforce="rehearse")
    code, queue_id = site.send("rehearsed.author.rules.example")
    expect(code == "250", queue_id)
    site.rig.delivered(queue_id)
    expect(" disposition=none would=reject rule=by-author " in site.rig.log_line(queue_id), site.rig.log_line(queue_id))
    record = site.record("rehearsed.author.rules.example")
    expect(record["enforcement"] == "rehearse" and record["action"] == "reject" and record["disposition"] == "none" and
           record["overrides"] == "local_policy:policies are not enforced here", str(record))
    found = json.loads(site.rig.assay("what-if", "--json"))
    expect([(c["was"], c["would"], c["messages"]) for c in found["changes"]] == [("none", "reject", 2)] and
           found["caught"] == 1, str(found))


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("e2e: needs root (Postfix does); skipped")
        return 77
    chosen = [t for t in TESTS if not sys.argv[2:] or any(word in t.__name__ for word in sys.argv[2:])]
    site, failed = Site(sys.argv[1]), 0
    site.write()
    try:
        site.rig.start()
        for run in chosen:
            began = time.monotonic()
            try:
                run(site)
                verdict = "ok"
            except Exception as why:  # one failure must not hide the others
                failed += 1
                verdict = f"FAILED: {type(why).__name__}: {why}"
            print(f"{run.__name__} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
        if failed:
            print(site.rig.log("milter")[-3000:])
    finally:
        site.rig.close()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
