#!/usr/bin/python3
"""End-to-end tests: a real Postfix, a real name server, the real daemon; root on Debian.

usage: run.py PROGRAMS_DIR [NAME …]      NAME: only tests whose name contains it
"""

import json
import os
import re
import signal
import smtplib
import socket
import sqlite3
import subprocess
import sys
import threading
import time

import dkim

import rig as host
from letters import World, letter, sign
from rig import Failed, Rig, header_fields, why_json

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Failed(what)


class Seen:
    """All that became of one message."""

    def __init__(self, rig, data, mail_from="", client=None, **more):
        self.queue_id = rig.send(data, mail_from, client, **more)
        self.message = rig.delivered(self.queue_id)
        self.stamps = header_fields(self.message, "Authentication-Results")
        self.stamp = self.stamps[0] if self.stamps else ""
        self.log = rig.log_line(self.queue_id)
        self.record = rig.records().get(self.queue_id, {})

    def stamped(self, *parts):
        expect(self.stamp.startswith(host.AUTHSERV_ID + ";"), f"our field is not on top: {self.stamps}")
        for part in parts:
            expect(part in self.stamp, f"{part!r} is not in {self.stamp!r}")
        return self

    def logged(self, *parts):
        for part in parts:
            expect(f" {part}" in self.log, f"{part!r} is not in {self.log!r}")
        return self

    def recorded(self, **columns):
        for name, want in columns.items():
            expect(self.record.get(name) == want, f"record {name} is {self.record.get(name)!r}, not {want!r}")
        return self


ESP = {"ip": "198.51.100.7", "name": "mail7.esp.example", "helo": "mail7.esp.example"}
GOOD = {"ip": "192.0.2.10", "helo": "mail.good.example"}
SPAMMER = {"ip": "203.0.113.66", "helo": "friend"}


@test
def rsa_signed_and_aligned(rig, world):
    data = sign(letter("billing@good.example"), world.rsa, "good.example", "s1")
    Seen(rig, data, "billing@good.example", GOOD).stamped(
        "dmarc=pass header.from=good.example policy.dmarc=reject", "spf=pass smtp.mailfrom=good.example",
        "dkim=pass header.d=good.example", "header.s=s1 header.a=rsa-sha256", "iprev=pass policy.iprev=192.0.2.10",
    ).logged("from=good.example", "spf=pass", "dkim=pass", "dkim_aligned=yes", "ip=192.0.2.10").recorded(
        dmarc="pass", spf="pass", spf_aligned=1, dkim_aligned=1, policy_p="reject", policy_rua=1, disposition="none",
        client_ip="192.0.2.10", mail_from_domain="good.example", rcpt_domain="receiver.example", rcpts=1)


@test
def ed25519_signed(rig, world):
    data = sign(letter("ed@good.example"), world.ed, "good.example", "ed")
    Seen(rig, data, "x@bounces.esp.example", ESP).stamped(
        "dmarc=pass", "dkim=pass", "header.a=ed25519-sha256", "spf=pass smtp.mailfrom=bounces.esp.example",
    ).recorded(dmarc="pass", spf_aligned=0, dkim_aligned=1, spf_mechanism="include:_spf.esp.example")


@test
def unsigned_but_spf_aligned(rig, _world):
    Seen(rig, letter("plain@good.example"), "plain@good.example", GOOD).stamped(
        "dmarc=pass", "dkim=none").logged("dkim=none", "spf_aligned=yes").recorded(dmarc="pass", dkim="")


@test
def unsigned_and_misaligned(rig, _world):
    Seen(rig, letter("ceo@good.example"), "b@bounces.esp.example", ESP).stamped(
        "dmarc=fail header.from=good.example policy.dmarc=reject", "spf=pass", "dkim=none").logged(
        "policy=reject", "disposition=none", "spf_aligned=no").recorded(
        dmarc="fail", requested_policy="reject", disposition="none", overrides="local_policy:policies are not enforced here")


@test
def spf_fails(rig, _world):
    Seen(rig, letter("ceo@good.example"), "ceo@good.example", SPAMMER).stamped(
        "dmarc=fail", "spf=fail smtp.mailfrom=good.example", "iprev=permerror").recorded(spf="fail", spf_mechanism="-all")


@test
def signed_by_the_platform_only(rig, world):
    data = sign(letter("news@good.example"), world.esp, "esp.example", "k1")
    Seen(rig, data, "b@bounces.esp.example", ESP).stamped(
        "dmarc=fail", "dkim=pass header.d=esp.example").recorded(dkim="pass esp.example k1 rsa-sha256", dkim_aligned=0)


@test
def two_signatures_one_bad(rig, world):
    inner = sign(letter("two@good.example"), world.rsa, "good.example", "s1")
    data = sign(inner, world.other, "esp.example", "k1")  # not the key that k1 publishes
    Seen(rig, data, "b@bounces.esp.example", ESP).stamped(
        "dmarc=pass", "dkim=fail", "dkim=pass header.d=good.example").recorded(
        dkim="fail esp.example k1 rsa-sha256; pass good.example s1 rsa-sha256")


@test
def body_changed_on_the_way(rig, world):
    data = sign(letter("list@good.example"), world.rsa, "good.example", "s1") + b"-- \r\nlist footer\r\n"
    Seen(rig, data, "b@bounces.esp.example", ESP).stamped(
        "dmarc=fail", 'dkim=fail reason="body hash did not verify"').recorded(dmarc="fail")


@test
def null_sender(rig, _world):
    Seen(rig, letter("postmaster@mail.good.example"), "", GOOD).stamped(
        "spf=pass smtp.mailfrom=mail.good.example", "dmarc=pass").recorded(
        spf_scope="helo", mail_from="", mail_from_domain="")


@test
def ipv6_client(rig, _world):
    client = {"ip": "2001:db8::10", "helo": "mail.good.example"}
    Seen(rig, letter("six@good.example"), "six@good.example", client).stamped(
        'policy.iprev="2001:db8::10"', "spf=pass", "dmarc=pass").logged("ip=2001:db8::10").recorded(
        client_ip="2001:db8::10", spf_mechanism="ip6:2001:db8::/32")


@test
def forged_headers_of_ours(rig, _world):
    ours, foreign = host.AUTHSERV_ID, "mx.elsewhere.example; dkim=pass header.d=x.example"
    forged = [f"{ours}; dmarc=pass header.from=good.example", f"(a (b) \\) c) {ours.upper()} (x) ; dmarc=pass",
              f'"{ours}" 1; spf=pass', f"sub.{ours}; dmarc=pass", f"\r\n\t{ours}\r\n\t; dmarc=pass"]
    extra = "".join(f"{name}: {value}\r\n" for name, value in [
        ("Authentication-Results", forged[0]), ("authentication-RESULTS", forged[1]),
        ("Authentication-Results", foreign), ("Authentication-Results", forged[2]),
        ("AUTHENTICATION-RESULTS", forged[3]), ("Authentication-Results", foreign),
        ("Authentication-Results", forged[4])])
    seen = Seen(rig, letter("ceo@good.example", extra=extra), "x@silent.example", SPAMMER)
    seen.stamped("dmarc=fail").logged("forged=5").recorded(forged_headers=5)
    expect(seen.stamps[1:] == [foreign, foreign], f"what is left: {seen.stamps[1:]}")


@test
def forged_behind_a_thousand_fields_and_odd_colons(rig, _world):
    extra = "".join(f"X-Filler: {i}\r\n" for i in range(1200))
    extra += f"Authentication-Results \t: {host.AUTHSERV_ID}; dmarc=pass\r\n"
    extra += "Authentication-Results: mx.elsewhere.example; dkim=pass\r\n"
    extra += f"authentication-results:{host.AUTHSERV_ID}; dmarc=pass\r\n"
    seen = Seen(rig, letter("ceo@good.example", extra=extra), "x@silent.example", SPAMMER)
    seen.stamped("dmarc=fail header.from=good.example").logged("forged=2", "limits=headers")
    expect(seen.stamps[1:] == ["mx.elsewhere.example; dkim=pass"], f"what is left: {seen.stamps[1:]}")
    expect(b"Authentication-Results \t:" not in seen.message, "the field with blanks before its colon is still there")


@test
def header_bytes_reach_the_signature_as_they_are(rig, world):
    for canon in ((b"simple", b"simple"), (b"relaxed", b"simple"), (b"simple", b"relaxed")):
        data = letter("odd@good.example", body="  two  blanks \r\n\r\n\r\n").replace(
            b"Subject: ", b"Subject:").replace(b"Date: ", b"Date:  \t").replace(b"To: ", b"To: \r\n\t ")
        data = sign(data, world.rsa, "good.example", "s1", canon)
        Seen(rig, data, "odd@good.example", GOOD).stamped("dkim=pass header.d=good.example")


@test
def arc_chain_of_a_list(rig, world):
    data = sign(letter("list@good.example"), world.rsa, "good.example", "s1")
    stamped = b"Authentication-Results: lists.esp.example; dkim=pass header.d=good.example; dmarc=pass\r\n" + data
    sealed = b"".join(dkim.arc_sign(stamped, b"k1", b"esp.example", world.esp.private, b"lists.esp.example",
                                    include_headers=[b"from", b"to", b"subject", b"date"])) + data
    seen = Seen(rig, sealed, "b@bounces.esp.example", ESP).stamped("arc=pass header.oldest-pass=0").logged("arc=pass")
    seen.recorded(arc="pass", arc_chain="d=esp.example s=k1")
    broken = Seen(rig, sealed.replace(b"find it", b"lose it"), "b@bounces.esp.example", ESP)
    broken.stamped('arc=fail reason="AMS i=1: body hash did not verify"').recorded(arc="fail")


@test
def subdomain_under_sp(rig, _world):
    Seen(rig, letter("x@shop.np.example"), "x@silent.example", SPAMMER).stamped(
        "dmarc=fail header.from=shop.np.example policy.dmarc=quarantine").recorded(
        policy_tag="sp", policy_source="org", policy_domain="np.example", org_domain="np.example")


@test
def subdomain_that_does_not_exist_under_np(rig, _world):
    Seen(rig, letter("x@ghost.np.example"), "x@silent.example", SPAMMER).stamped(
        "dmarc=fail header.from=ghost.np.example policy.dmarc=reject").recorded(policy_tag="np", policy="reject")


@test
def test_mode_is_one_step_lower(rig, _world):
    Seen(rig, letter("x@trial.example"), "x@silent.example", SPAMMER).stamped(
        "dmarc=fail header.from=trial.example policy.dmarc=quarantine", "t=y").recorded(
        requested_policy="reject", policy="quarantine", policy_testing="y",
        overrides="policy_test_mode;local_policy:policies are not enforced here")


@test
def no_policy_published(rig, _world):
    Seen(rig, letter("x@silent.example"), "x@silent.example", SPAMMER).stamped(
        "dmarc=none header.from=silent.example", "spf=none").recorded(dmarc="none", policy_record="")


@test
def two_authors_are_permerror(rig, _world):
    Seen(rig, letter("a@good.example, b@silent.example"), "a@good.example", GOOD).stamped(
        "dmarc=permerror").recorded(dmarc="permerror", author_domain="")


@test
def malformed_from_is_refused_where_the_site_says_so(rig, _world):
    rig.stop("milter")
    help_text = 'HelpText="see https://help.receiver.example/mail 100%"'
    rig.options += ["RejectMalformedFrom=yes", help_text]
    rig.start_milter()
    try:
        rig.send(letter("a@good.example>"), "a@good.example", GOOD)
        raise Failed("it was accepted")
    except smtplib.SMTPDataError as why:
        expect(why.smtp_code == 550 and b"5.7.1 Message refused: malformed From field" in why.smtp_error, str(why))
        told = re.search(rb"; reference ([2-9A-Z]{8}); see https://help\.receiver\.example/mail 100%$", why.smtp_error)
        expect(told, str(why))
        expect(f" ref={told.group(1).decode()} " in rig.log("milter"), "the log has another reference")
    finally:
        rig.stop("milter")
        rig.options.remove("RejectMalformedFrom=yes")
        rig.options.remove(help_text)
        rig.start_milter()
    Seen(rig, letter("a@good.example>"), "a@good.example", GOOD).stamped(
        'dmarc=permerror reason="malformed From field"')


@test
def hostile_names_become_no_result(rig, _world):
    client = {"ip": "203.0.113.66", "helo": "x;dmarc=pass"}
    seen = Seen(rig, letter("x@silent.example", subject="=?x?) dmarc=pass ("), "", client)
    expect(len(re.findall(r"dmarc=", seen.stamp)) == 1, f"a second dmarc= in {seen.stamp!r}")
    expect("dmarc=none" in seen.stamp and "spf=none;" in seen.stamp, seen.stamp)
    expect(not re.search(r"[^\x20-\x7e]", seen.log), f"raw bytes in {seen.log!r}")
    expect(len(re.findall(r" dmarc=", seen.log)) == 1, seen.log)


@test
def hostile_message_id_stays_quoted_in_the_log(rig, _world):
    data = letter("x@silent.example").replace(b"Message-ID: <", b"Message-ID: <a\x1b[31m\" dmarc=pass \xff")
    seen = Seen(rig, data, "x@silent.example", SPAMMER)
    expect(not re.search(r"[^\x20-\x7e]", seen.log), f"raw bytes in {seen.log!r}")
    seen.logged(r'msgid="<a\\x1b[31m\" dmarc=pass \\xff')


@test
def why_finds_it(rig, world):
    data = sign(letter("why@good.example"), world.rsa, "good.example", "s1")
    seen = Seen(rig, data, "why@good.example", GOOD)
    found = why_json(rig, seen.queue_id)
    expect("pass" in str(found) and seen.queue_id in str(found), f"why says {found}")
    message_id = header_fields(seen.message, "Message-ID")[0]
    expect(seen.queue_id in str(why_json(rig, message_id)), "not found by Message-ID")


@test
def source_by_signature_key_and_include(rig, world):
    signed = sign(letter("news@good.example", subject="Signed by the platform"), world.esp, "esp.example", "k1")
    Seen(rig, signed, "b@bounces.esp.example", ESP).logged("source=esp", "client=good-inc").recorded(
        source="esp", source_proof="dkim", source_detail="d=esp.example", client="good-inc", status="unknown")
    own = sign(letter("news@good.example", subject="Signed for the customer"), world.esp, "good.example", "k2")
    Seen(rig, own, "b@bounces.esp.example", ESP).stamped("dmarc=pass").logged("source=esp").recorded(
        source_proof="dkim", source_detail="d=good.example, key at k2.keys.esp.example")
    Seen(rig, letter("news@good.example", subject="Not signed"), "b@bounces.esp.example", ESP).logged(
        "source=esp").recorded(source_proof="spf", source_detail="include:_spf.esp.example")


@test
def source_asked_whether_it_knows_the_client(rig, _world):
    Seen(rig, letter("news@good.example", subject="Include forgotten"), "news@good.example", ESP).stamped(
        "dmarc=fail", "spf=fail").logged("source=esp").recorded(
        source_proof="address", source_detail="198.51.100.7 in its own SPF record")
    liar = dict(SPAMMER, helo="mail7.esp.example")
    Seen(rig, letter("news@good.example", subject="Not theirs"), "news@good.example", liar).stamped(
        "dmarc=fail").logged("source=unknown").recorded(source="unknown", source_proof="", source_detail="")


@test
def catalogue_is_read_again_and_a_bad_one_is_not(rig, world):
    path, pid = rig.dir / "senders.conf", rig.procs["milter"].pid
    data = sign(letter("news@good.example", subject="Reloaded"), world.esp, "esp.example", "k1")

    def reload(text, word):
        before = rig.log("milter").count(word)
        path.write_text(text)
        os.kill(pid, signal.SIGHUP)
        host.wait_for(word, lambda: rig.log("milter").count(word) > before, 5)
    reload(world.files["senders.conf"].replace("esp {", "other {"), " reloaded ")
    Seen(rig, data, "b@bounces.esp.example", ESP).logged("source=other")
    reload("sender third {\n  Kindd = crm\n}\n", "senders.conf:2:3: a sender has no field Kindd; did you mean Kind?")
    Seen(rig, data, "b@bounces.esp.example", ESP).logged("source=other")
    reload(world.files["senders.conf"], " reloaded ")
    Seen(rig, data, "b@bounces.esp.example", ESP).logged("source=esp")


@test
def why_finds_it_by_whatever_a_ticket_names(rig, _world):
    seen = Seen(rig, letter("ceo@good.example", "By any key"), "b@bounces.esp.example", ESP)
    message_id = header_fields(seen.message, "Message-ID")[0]
    ref = seen.record["ref"]
    expect(re.fullmatch("[2-9A-Z]{8}", ref), seen.record)
    seen.logged(f"ref={ref}")
    for key in (ref, ref.lower(), seen.queue_id, message_id, "good.example", "bounces.esp.example",
                "receiver.example", "b@bounces.esp.example", host.RCPT.upper(), "ceo@good.example", ESP["ip"]):
        found = json.loads(rig.assay("why", "--json", "--since", "10m", "--limit", "3", key))["messages"]
        expect(found and found[0]["ref"] == ref, f"{key}: {[m['queue_id'] for m in found]}")


def as_member(rig, *args):
    """The desk command as somebody without rights but the group's that may read the database."""
    reader = rig.database.stat().st_gid
    argv = [str(rig.programs / "assay"), args[0], "--database", str(rig.database), *args[1:]]
    return subprocess.run(argv, capture_output=True, text=True, check=False, user=65533, group=reader, extra_groups=[])


@test
def a_ticket_set_stands_in_the_next_message_s_line(rig, _world):
    spoof = letter("ceo@good.example"), "b@bounces.esp.example", ESP
    before = Seen(rig, *spoof)
    expect(" ticket=" not in before.log, before.log)
    source = before.record["source"]
    rig.assay("source", "set", "good.example", source, "--status", "pending", "--ticket", "HD-1042")
    time.sleep(1)
    after = Seen(rig, *spoof).logged("status=pending", "ticket=HD-1042").recorded(
        status="pending", ticket="HD-1042", source_domain="good.example")
    found = json.loads(rig.assay("why", "--json", "hd-1042"))["messages"]
    expect([m["queue_id"] for m in found] == [after.queue_id], found)
    shown = as_member(rig, "source", "show", "good.example", source)
    expect(shown.returncode == 0 and 'ticket from "" to "HD-1042"' in shown.stdout, shown)
    refused = as_member(rig, "source", "set", "good.example", source, "--ticket", "HD-1")
    expect(refused.returncode == 77 and "may only be read by you; root and its owner" in refused.stderr, refused)
    sent = sum(r["source"] == source and r["source_domain"] == "good.example" for r in rig.records().values())
    host.wait_for(f"a volume of {sent}", lambda: json.loads(
        rig.assay("source", "show", "--json", "good.example", source))["messages"] == sent, 5)
    rig.assay("source", "set", "good.example", source, "--status", "unknown", "--ticket", "")
    time.sleep(1)


@test
def an_approval_by_address_reaches_no_other_host(rig, _world):
    """`unknown` cannot be approved; the addresses of one host can, and next door stays unknown."""
    near = {"ip": "203.0.113.5", "helo": "crm.example"}
    beside = {"ip": "203.0.113.16", "helo": "crm.example"}

    def forged(client):
        return Seen(rig, letter("crm@good.example"), "b@nowhere.example", client)
    forged(near).logged("source=unknown", "status=unknown", "cause=unauthorized")
    refused = subprocess.run([str(rig.programs / "assay"), "source", "set", "good.example", "unknown", "--status", "approved",
                              "--database", str(rig.database)], capture_output=True, text=True, check=False)
    expect(refused.returncode == 64 and "crm-server --network 203.0.113.0/28" in refused.stderr, refused)
    rig.assay("source", "set", "good.example", "crm-server", "--network", "203.0.113.0/28", "--status", "approved",
              "--owner", "Sales")
    host.wait_for("its name", lambda: forged(near).record["source"] == "crm-server", 20)
    seen = forged(near).logged("source=crm-server", "status=approved", "cause=dkim-absent").recorded(
        source_proof="address", source_detail="203.0.113.5, entered as 203.0.113.0/28")
    expect("in crm-server" in seen.record["next"], seen.record["next"])
    forged(beside).logged("source=unknown", "status=unknown", "cause=unauthorized")
    rig.assay("source", "remove", "good.example", "crm-server")


@test
def the_key_that_mail_passed_by_stands_in_the_next_step(rig, world):
    """The customer's alias is given up, and the service signs with its own name: the alias comes before a new set-up."""
    own = sign(letter("news@good.example", subject="Signed for the customer"), world.esp, "good.example", "k2")
    platform = sign(letter("news@good.example", subject="Signed by the platform"), world.esp, "esp.example", "k1")
    with sqlite3.connect(rig.database) as database:  # a key is noted once a day, and other tests had theirs
        database.execute("UPDATE source SET key_name = '', key_host = '', key_ms = 0")
    Seen(rig, own, "b@bounces.esp.example", ESP).stamped("dmarc=pass")
    told = "check that k2._domainkey.good.example, an alias (CNAME) of k2.keys.esp.example, is still in DNS"
    host.wait_for("what is known of the key", lambda: told in Seen(rig, platform, "b@bounces.esp.example", ESP).record["next"],
                  30)
    seen = Seen(rig, platform, "b@bounces.esp.example", ESP).logged("cause=dkim-unaligned")
    expect("last signed with k2._domainkey.good.example on 2" in seen.record["cause_detail"], seen.record["cause_detail"])


@test
def a_message_of_20_megabytes(rig, world):
    body = ("x" * 70 + "\r\n") * (20 * 1024 * 1024 // 72)
    data = sign(letter("big@good.example", body=body), world.rsa, "good.example", "s1")
    Seen(rig, data, "big@good.example", GOOD).stamped("dmarc=pass", "dkim=pass")


@test
def names_that_do_not_answer(rig, world):
    data = sign(letter("slow@good.example", subject="slow"), world.rsa, "good.example", "s1")
    rig.stop("milter")
    rig.start_milter()  # nothing cached
    rig.mute_dns()
    try:
        began = time.monotonic()
        queue_id = rig.send(data, "slow@good.example", GOOD)
        took = time.monotonic() - began
    finally:
        rig.unmute_dns()
    stamp = header_fields(rig.delivered(queue_id), "Authentication-Results")[0]
    for part in ("spf=temperror", "dkim=temperror", "dmarc=temperror"):
        expect(part in stamp, f"{part} is not in {stamp!r}")
    expect("=fail" not in stamp and "dmarc=none" not in stamp, stamp)
    expect(took < 8, f"the message waited {took:.1f} s where DNSTimeout is 3")
    rig.stop("milter")
    rig.start_milter()


def blast(rig, count, connections, data, stop=None):
    """`count` messages over `connections` sessions; queue ids that Postfix confirmed, and how many failed."""
    ids, failed, lock = [], [0], threading.Lock()
    numbers = iter(range(count))

    def work():
        smtp = None
        while True:
            with lock:
                n = next(numbers, None)
            if n is None or (stop is not None and stop.is_set()):
                break
            try:
                if smtp is None:
                    smtp = rig.session(**GOOD)
                queue_id = Rig.submit(smtp, "load@good.example", data.replace(b"@@", b"%d" % n))
                with lock:
                    ids.append(queue_id)
            except Exception:  # whatever an SMTP client can meet when the milter dies: counted, not accepted
                with lock:
                    failed[0] += 1
                if smtp is not None:
                    smtp.close()
                smtp = None
        if smtp is not None:
            smtp.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return ids, failed[0]


@test
def five_hundred_messages_over_twenty_connections(rig, world):
    data = sign(letter("load@good.example", subject="Load"), world.rsa, "good.example", "s1").replace(
        b"Content-Type:", b"X-Number: @@\r\nContent-Type:")
    ids, failed = blast(rig, 500, 20, data)
    records = rig.records()
    expect(failed == 0 and len(ids) == 500, f"{failed} of 500 failed")
    missing = [i for i in ids if i not in records]
    expect(not missing, f"{len(missing)} accepted messages have no record")
    wrong = [i for i in ids if records[i]["dmarc"] != "pass"]
    expect(not wrong, f"{len(wrong)} of 500 are not dmarc=pass")


@test
def killed_in_the_middle_nothing_accepted_is_without_record(rig, world):
    data = sign(letter("load@good.example", subject="Kill"), world.rsa, "good.example", "s1")
    result = {"failed": 0}

    def run():
        result["ids"], result["failed"] = blast(rig, 2000, 20, data)
    for _ in range(5):  # until the kill hits something in flight
        thread = threading.Thread(target=run)
        before = len(rig.records())
        thread.start()
        host.wait_for("a hundred records", lambda: len(rig.records()) >= before + 100, 60)
        rig.procs["milter"].kill()
        rig.procs.pop("milter").wait()
        time.sleep(0.3)
        rig.start_milter()  # on the stale socket
        thread.join()
        records = rig.records()
        missing = [i for i in result["ids"] if i not in records]
        expect(not missing, f"{len(missing)} of {len(result['ids'])} accepted messages have no record")
        if result["failed"] > 0:
            break
    expect(result["failed"] > 0, "no kill hit anything in flight: the test proves nothing")


@test
def reload_under_load_fails_nobody(rig, world):
    data = sign(letter("load@good.example", subject="Reload"), world.rsa, "good.example", "s1")
    done = threading.Event()

    def hup():
        while not done.wait(0.2):
            os.kill(rig.procs["milter"].pid, signal.SIGHUP)
    thread = threading.Thread(target=hup)
    thread.start()
    _ids, failed = blast(rig, 200, 10, data)
    done.set()
    thread.join()
    expect(failed == 0, f"{failed} of 200 failed during reloads")


@test
def syslog_gets_the_line_under_facility_mail(rig, _world):
    if os.path.exists("/dev/log"):
        return "skipped: /dev/log belongs to somebody"
    rig.stop("milter")
    lines = []
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
        log.bind("/dev/log")
        os.chmod("/dev/log", 0o666)
        log.settimeout(0.2)

        def listen():  # all the time: a full socket would block whoever logs on this host
            while "stop" not in lines:
                try:
                    lines.append(log.recv(4096).decode(errors="replace"))
                except socket.timeout:
                    pass
        reader = threading.Thread(target=listen)
        reader.start()
        try:
            rig.options.append("Syslog=yes")
            rig.start_milter()
            queue_id = rig.send(letter("x@silent.example"), "x@silent.example", SPAMMER)
            line = host.wait_for("the line in syslog", lambda: next((x for x in lines if queue_id in x), None))
            expect(re.match(r"<22>.*assay-milter\[\d+\]: " + queue_id + ": dmarc=none from=silent.example ", line), line)
            rig.stop("milter")
        finally:
            lines.append("stop")
            reader.join()
            os.unlink("/dev/log")
    rig.options.remove("Syslog=yes")
    rig.start_milter()
    return None


@test
def stop_drains_and_exits_0(rig, _world):
    ids = [rig.send(letter("x@silent.example"), "x@silent.example", SPAMMER) for _ in range(3)]
    code = rig.stop("milter")
    expect(code == 0, f"exit code {code}\n{rig.log('milter')[-2000:]}")
    expect(all(i in rig.records() for i in ids), "a record is missing after stop")
    rig.start_milter()


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("e2e: needs root (Postfix does); skipped")
        return 77
    world = World()
    chosen = [t for t in TESTS if not sys.argv[2:] or any(word in t.__name__ for word in sys.argv[2:])]
    failed = 0
    rig = Rig(sys.argv[1], world.zone, files=world.files)
    try:
        rig.start()
        for function in chosen:
            began = time.monotonic()
            try:
                verdict = function(rig, world) or "ok"
            except Exception as why:  # one test's failure must not hide the others
                failed += 1
                verdict = f"FAILED: {type(why).__name__}: {why}"
            print(f"{function.__name__} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
        if failed:
            print(rig.log("milter")[-3000:])
            print(rig.log("postfix")[-2000:])
    finally:
        rig.close()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
