#!/usr/bin/python3
"""What passed once and comes again: chains of ARC sets by several forwarders, signatures that leave some of the body out."""

import importlib.util
import pathlib
import sys

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[0] = str(HERE.parent / "scenario")  # not this folder, whose dns.py is not the one that dkim wants

from rig import SKIP, Daemon, Mta, check, main

try:
    import dkim
except ImportError:
    print("wants python3-dkim, to seal")
    sys.exit(SKIP)

spec = importlib.util.spec_from_file_location("letters", HERE.parent / "e2e" / "letters.py")
letters = importlib.util.module_from_spec(spec)
spec.loader.exec_module(letters)

CONFIG = "Enforce = yes\nHonourReject = yes\nPolicyFile = \"{}\"\n"
RULE = "rule forwarders { VouchedBy = {one.example, two.example} Action = none }\n"
KEYS = {name: letters.Key("rsa") for name in ("one.example", "two.example", "evil.example", "bank.example")}
CEO = "ceo@bank.example"
PASSED = "dmarc=pass header.from=bank.example"
FAILED = "dmarc=fail header.from=bank.example"


def zone():
    return "".join([letters.txt("bank.example", "v=spf1 -all"), letters.txt("_dmarc.bank.example", "v=DMARC1; p=reject"),
                    letters.txt("evil.example", "v=spf1 +all"),
                    *(letters.txt(f"k._domainkey.{name}", key.txt) for name, key in KEYS.items())])


def seal(message, by, said, key=None, sign=None):
    """What `by` says of the message, sealed; `key` of another: a seal in somebody's name."""
    found = sum(line.lower().startswith(b"arc-seal:") for line in message.split(b"\r\n"))
    result = f"Authentication-Results: {by}; {'arc=pass; ' if found else ''}{said}\r\n".encode()
    fields = dkim.arc_sign(result + message, b"k", by.encode(), KEYS[key or by].private, by.encode(),
                           include_headers=[b"from", b"to", b"subject", b"date"])
    check(fields, f"{by} could not seal")
    return b"".join(fields) + message


def letter(author=CEO, body="hello\r\n"):
    return letters.letter(author, body=body)


def deliver(d, message, queue_id):
    """The answer: c when it is let go, y when it is refused."""
    head, body = message.split(b"\r\n\r\n", 1)
    mta = Mta(d)
    mta.connect("203.0.113.66")
    mta.helo()
    mta.envelope(queue_id, "<x@evil.example>")
    for field in head.replace(b"\r\n\t", b"\0\t").replace(b"\r\n ", b"\0 ").split(b"\r\n"):
        name, value = field.replace(b"\0", b"\r\n").split(b":", 1)
        mta.header(name.decode(), value.removeprefix(b" "))
    mta.eoh()
    mta.body(body)
    answer = mta.end()
    mta.close()
    return "held" if any(c == "q" for c, _ in mta.edits) else answer


def chains():
    """Name, message, what must become of it."""
    first = seal(letter(), "one.example", PASSED)
    return [
        ("one forwarder saw that it passed", first, "c"),
        ("two did, one after the other", seal(first, "two.example", FAILED), "c"),
        ("the first of two saw that it failed", seal(seal(letter(), "one.example", FAILED), "two.example", FAILED), "y"),
        ("none of them", letter(), "y"),
        ("a stranger says that it passed", seal(letter(), "evil.example", PASSED), "y"),
        ("a stranger, before one whom we trust", seal(seal(letter(), "evil.example", PASSED), "two.example", FAILED), "y"),
        ("a stranger, after one whom we trust", seal(first, "evil.example", PASSED), "y"),
        ("a stranger, between two", seal(seal(first, "evil.example", PASSED), "two.example", FAILED), "y"),
        ("another author before the same chain", first.replace(b"ceo@bank", b"cfo@bank"), "y"),
        ("another body", first.replace(b"\r\nhello", b"\r\npay me"), "y"),
        ("another body, sealed again by a stranger",
         seal(first.replace(b"\r\nhello", b"\r\npay me"), "evil.example", PASSED), "y"),
        ("a seal in a forwarder's name, with another key", seal(letter(), "one.example", PASSED, key="evil.example"), "y"),
        ("two of them", seal(seal(letter(), "one.example", PASSED, key="evil.example"), "two.example", PASSED,
                             key="evil.example"), "y"),
        ("a forwarder passed the stranger's own mail on, and the author is another now",
         seal(letter("x@evil.example"), "one.example", "dmarc=pass header.from=evil.example")
         .replace(b"x@evil.example", b"ceo@bank.example"), "y"),
        ("it passed for another", seal(letter(), "one.example", "dmarc=pass header.from=evil.example"), "y"),
        ("it failed, with what seems aligned beside it",
         seal(letter(), "one.example", f"{FAILED}; spf=pass smtp.mailfrom=x@evil.bank.example"), "y"),
        ("what passed stands in a comment", seal(letter(), "one.example", f"spf=pass ({PASSED}) smtp.mailfrom=x@evil.example"), "y"),
        ("what passed stands in a local part",
         seal(letter(), "one.example", f"spf=pass smtp.mailfrom=\"x; {PASSED};\"@evil.example"), "y"),
        ("the newest set is missing", seal(first, "two.example", PASSED).split(b"ARC-Message-Signature", 1)[1], "y"),
        ("an instance is left out", first.replace(b"i=1;", b"i=2;"), "y"),
        ("the chain twice", first.split(b"From:", 1)[0] + first, "y"),
    ]


def several_forwarders():
    """an unbroken run of forwarders whom we trust, from us to one who saw that the author passed, and nothing else"""
    with Daemon(starts=False) as d:
        rules = d.dir / "policy.conf"
        rules.write_text(RULE)
        d.config.write_text(d.config.read_text() + CONFIG.format(rules))
        d.zone.write_text(d.zone.read_text() + zone())
        d.start()
        wrong = []
        for n, (what, message, must) in enumerate(chains()):
            if what == "the newest set is missing":
                message = b"ARC-Message-Signature" + message
            answer = deliver(d, message, f"F{n}")
            if answer != must:
                wrong.append(f"{what}: {answer}")
        check(not wrong, "; ".join(wrong))
        d.stop()


def appended_behind_the_length():
    """what was appended behind l= speaks for nobody: the signature counts for the message that was signed, and no other"""
    signed = dkim.sign(letter(), b"k", b"bank.example", KEYS["bank.example"].private, length=True,
                       include_headers=[b"from", b"to", b"subject", b"date"]) + letter()
    check(b" l=" in signed, "no l=")
    with Daemon(starts=False) as d:
        d.config.write_text(d.config.read_text() + "Enforce = yes\nHonourReject = yes\n")
        d.zone.write_text(d.zone.read_text() + zone())
        d.start()
        check(deliver(d, signed, "L0") == "c", "as it was signed: not let go")
        check(deliver(d, signed + b"<h1>pay me</h1>\r\n", "L1") == "y", "with more behind it: not refused")
        check("dkim=policy" in d.log(), "not told")
        d.stop()


main([several_forwarders, appended_behind_the_length])
