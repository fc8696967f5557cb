#!/usr/bin/python3
"""Mail from outside in our own name, under the rules that conf/policy.conf ships for that: refused, whatever the cause."""

import os
import pathlib
import re
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "scenario"))

from rig import Daemon, check, main
from stream import send

ZONE = """
none.example.           TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.none.example.    TXT "v=DMARC1; p=none"
dead.none.example.      SERVFAIL
bare.example.           TXT "v=spf1 ip4:192.0.2.1 -all"
quarantine.example.     TXT "v=spf1 ip4:192.0.2.1 -all"
_dmarc.quarantine.example. TXT "v=DMARC1; p=quarantine; t=y"
evil.example.           TXT "v=spf1 ip4:203.0.113.0/24 -all"
evil-esp.example.       TXT "v=spf1 ip4:203.0.113.0/24 -all"
"""
OURS = ("none.example", "bare.example", "quarantine.example")
EVIL = "203.0.113.5"


def shipped_rules():
    """The two rules as the file has them, uncommented."""
    text = (HERE.parent.parent / "conf" / "policy.conf").read_text()
    rules = re.findall(r"^# (rule own-domains[\w-]* \{\n(?:#     .*\n)*# \})", text, re.M)
    check(len(rules) == 2, f"{len(rules)} rules in conf/policy.conf")
    return "\n".join(re.sub(r"^# ?", "", rule, flags=re.M) for rule in rules) + "\n"


def junk(domain):
    return f"v=1; a=rsa-sha256; d={domain}; s=s1; h=from; bh={'A' * 43}=; b={'A' * 344}"


def nothing_in_our_name():
    """p=none, t=y and no record at all: SPF of a stranger, junk signatures of ours, null senders: refused"""
    with Daemon(config="Enforce = yes\n", starts=False) as d:
        d.zone.write_text(d.zone.read_text() + ZONE)
        rules, clients = d.dir / "policy.conf", d.dir / "clients.conf"
        rules.write_text(shipped_rules())
        clients.write_text("client us { Domains = {%s} }\n" % ", ".join(OURS))
        for path in (rules, clients):
            os.chmod(path, 0o644)
        d.options += ["-o", f"PolicyFile={rules}", "-o", f"ClientsFile={clients}"]
        d.start()
        for ours in OURS:
            for author in (ours, f"sub.{ours}"):
                for path in ("x@evil.example", f"x@{ours}", "", "x@evil-esp.example"):
                    for headers in ([], [("DKIM-Signature", junk(ours))], [("List-Id", "<l.evil.example>")]):
                        check(send(d, EVIL, path, author, headers) == "y", f"{author}, {path}, {headers}")
            check(send(d, "192.0.2.1", f"x@{ours}", ours) == "c", f"{ours} is not let in itself")
        check(send(d, EVIL, "x@dead.none.example", "none.example") in "yt", "its dead name opens it")
        check(send(d, EVIL, "x@evil.example", "evil.example") == "c", "not ours")
        check("rule=own-domains " in d.log(), "the rule is not in the log")
        d.stop()


main([nothing_in_our_name])
