#!/usr/bin/python3
"""For each cause a real message through the real Postfix that gives it: log line, stamped field and assay why as golden files.

usage: causes.py PROGRAMS_DIR [NAME …]      NAME: only causes whose name contains it

Cases of tests/causes, each moved below a domain of its own (dkim-absent.example.com), so that one name server holds
them all.  golden/NAME.line, golden/NAME.header and golden/NAME.why (what `assay why` says) are compared; ASSAY_UPDATE=1
writes them anew.  What differs from run to run is masked.
"""

import difflib
import os
import pathlib
import re
import sys
import time

import rig as host
from rig import Failed, Rig, header_fields

HERE = pathlib.Path(__file__).resolve().parent
GOLDEN = HERE / "golden"
sys.path.insert(0, str(HERE.parent / "causes"))

import cases  # noqa: E402

# the cause or risk, and the case that shows it
SHOWN = {
    "lookalike": "look-alike-domain-that-passes",
    "parked": "parked-domain",
    "dns-temporary": "dmarc-lookup-fails",
    "author-unreadable": "several-authors-fields",
    "mailing-list": "mailman-list-with-footer",
    "forwarded": "forwarded-with-srs",
    "dkim-broken": "body-changed-by-our-own-gateway",
    "dkim-weak-key": "key-of-512-bits",
    "dkim-no-key": "selector-never-published",
    "dkim-invalid": "signature-expired",
    "spf-multiple": "two-spf-records",
    "spf-syntax": "spf-typing-error",
    "spf-limit": "spf-too-many-lookups",
    "spf-no-include": "sendgrid-return-path-ours-no-include",
    "dkim-unaligned": "mailchimp-signs-as-itself",
    "dkim-absent": "mailchimp-never-set-up",
    "spf-unaligned": "passes-for-the-hosting-companys-domain",
    "unauthorized": "botnet",
    "dns-changed": "key-changed-forty-minutes-ago",
    "risk-spf-only": "passes-by-spf-only",
    "risk-dkim-only": "passes-by-dkim-only",
    "risk-weak-key": "passes-with-a-weak-key",
    "risk-testing-key": "passes-with-a-testing-key",
    "asked-first": "nobody-knows-who-uses-mailchimp",
    "asked-though-it-passes": "passes-and-nobody-knows-who-uses-it",
    "retired-and-passes": "retired-and-still-passes",
    "adkim-strict": "signed-by-the-parent-and-adkim-strict",
}

# what the log line of these has instead of the cause's name
WORDS = {"asked-first": "playbook=new-sender", "asked-though-it-passes": "playbook=new-sender",
         "retired-and-passes": "playbook=new-sender", "adkim-strict": "cause=dkim-unaligned"}


def moved(thing, name):
    """A case, or a part of it, with its domains below one of its own."""
    if isinstance(thing, str):
        return re.sub(r"(?<![\w-])(?=(example\.(com|net|org)|examp1e\.com)\b)", f"{name}.", thing)
    if isinstance(thing, dict):
        return {k: moved(v, name) for k, v in thing.items()}
    return [moved(v, name) for v in thing] if isinstance(thing, list) else thing


MASKS = [
    (r"^.*?assay-milter(\[\d+\])?: ", ""), (r"(\bref=|\b[Rr]eference:? +|--playbook )[2-9A-HJ-NP-TV-Z]{8}\b", r"\1REF"),
    (r"\b20\d\d-\d\d-\d\d( \d\d:\d\d:\d\d UTC)?", "DATE"), (r"\b\d+ bytes", "N bytes"),
    (r"\b\d\d:\d\d UTC", "TIME"), (r"\b\d+ (second|minute)s?\b", "a MOMENT"),
    (r"\bp=MII[A-Za-z0-9+/=]+(\.\.\.)?", "p=KEY"),
    (r"\b(dns_ms|total_ms)=\d+", r"\1=N"), (r'header\.b=("[^"]*"|[^ ;]+)', "header.b=B"),
]


def masked(text, queue_id):
    text = text.replace(queue_id, "QUEUEID")
    for pattern, what in MASKS:
        text = re.sub(pattern, what, text)
    return text.rstrip("\n") + "\n"


def compare(name, kind, got):
    """"" or how the golden file differs."""
    path = GOLDEN / f"{name}.{kind}"
    if os.environ.get("ASSAY_UPDATE"):
        path.write_text(got)
        return ""
    want = path.read_text() if path.exists() else ""
    if name == "dns-changed" and want.split() == got.split():  # "12 seconds" folds elsewhere than "8 seconds"
        return ""
    return "".join(difflib.unified_diff(want.splitlines(True), got.splitlines(True), str(path), "what came"))


# Somebody publishes a new key, and his program goes on signing with the old one.
KEY = "s1._domainkey.dns-changed.example.com."


def change(rig, world, data, sender, client):
    """What goes before the message that shows dns-changed: one that passes, the change, and one that saw it first."""
    rig.log_line(rig.send(data, sender, client))
    rig.change_dns(world.fill(f"{KEY} 1 TXT %other%"), world.fill(f"{KEY} 1 TXT %rsa2048%"))
    time.sleep(1.5)  # the record's time to live
    rig.log_line(rig.send(data, sender, client))
    time.sleep(4.5)  # what the store has noted is told to the next message


def one(rig, name, data, sender, client):
    """"" when the message shows what it is to show, or how line, stamp and answer of the desk differ."""
    word = WORDS.get(name, name.replace("risk-", "risk=") if name.startswith("risk-") else f"cause={name}")
    if name == "dns-temporary":
        rig.mute_dns()
    try:
        queue_id = rig.send(data, sender, client)
    finally:
        if name == "dns-temporary":
            rig.unmute_dns()
    line = masked(rig.log_line(queue_id), queue_id)
    if f" {word} " not in line:
        return f"no {word} in: {line}"
    stamp = header_fields(rig.delivered(queue_id), "Authentication-Results")[0]
    return (compare(name, "line", line) + compare(name, "header", masked(stamp, queue_id))
            + compare(name, "why", masked(rig.assay("why", queue_id), queue_id)))


def show(rig, name, case, world):
    ip, helo, sender = cases.envelope(case)
    data, client = cases.message(case, world), {"ip": ip, "helo": helo}
    for k in case.get("known", []):
        rig.assay("source", "set", k["domain"], k["source"], "--status", k["status"])
    if case.get("known"):
        time.sleep(2.5)  # what people decide is told to the next message within two seconds
    if name == "dns-changed":
        change(rig, world, data, sender, client)
    told_later = name == "dns-changed" or case.get("known")  # on a machine that does much else
    for attempt in range(4 if told_later else 1):
        wrong = one(rig, name, data, sender, client)
        if not wrong:
            return
        time.sleep(3 if told_later else 0)
    raise Failed(wrong)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("e2e: needs root (Postfix does); skipped")
        return 77
    world, failed = cases.World(), 0
    by_name = {case["name"]: case for case in cases.cases()}
    chosen = {name: moved(by_name[case], name) for name, case in SHOWN.items()
              if not sys.argv[2:] or any(word in name for word in sys.argv[2:])}
    zone = world.common + "".join(case.get("zone", "") for name, case in chosen.items() if name != "dns-temporary")
    zone = zone.replace(f"{KEY} TXT %rsa2048%", f"{KEY} 1 TXT %other%")  # the old one, to be forgotten soon
    folder = HERE.parent / "causes"
    rig = Rig(sys.argv[1], world.fill(zone), files={n: (folder / n).read_text() for n in ("senders.conf", "clients.conf")})
    try:
        rig.start()
        for name, case in chosen.items():
            began = time.monotonic()
            try:
                show(rig, name, case, world)
                verdict = "ok"
            except Exception as why:  # one failure must not hide the others
                failed += 1
                verdict = f"FAILED: {type(why).__name__}: {why}"
            print(f"{name} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
        if failed:
            print(rig.log("milter")[-2000:])
            print(rig.log("nsd")[-2000:])
    finally:
        rig.close()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
