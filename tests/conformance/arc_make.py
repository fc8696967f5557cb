#!/usr/bin/python3
"""Makes the ARC chains that arc_chains_test.c replays: tests/conformance/arc/.

    python3 tests/conformance/arc_make.py OUTPUT-FOLDER

Writes NAME.eml for every case, `zone` with the keys of all of them, and
`expect`, a line a case: NAME result oldest-pass reason.  The keys are new each
time and not kept.  The signer here is written from RFC 6376 and 8617 and
shares nothing with the verifier; three chains are signed by python3-dkim
instead, and its verifier is asked about every chain, which is printed where it
disagrees.

Needs python3-dkim, python3-nacl, python3-authres and python3-cryptography.
"""
import base64
import hashlib
import os
import re
import sys

import dkim
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NOW = 1700000000

# ---- keys and the zone ----

RECORDS = {}  # name -> list of texts, or "SERVFAIL", "TIMEOUT", "CNAME target"


class Key:
    def __init__(self, selector, domain, bits=0, record=None):
        self.selector, self.domain, self.bits = selector, domain, bits
        if bits:
            self.private = rsa.generate_private_key(public_exponent=65537, key_size=bits)
            der = self.private.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
        else:
            self.private = Ed25519PrivateKey.generate()
            der = self.private.public_key().public_bytes(
                serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.p = base64.b64encode(der).decode()
        self.name = f"{selector}._domainkey.{domain}"
        if record is None:
            record = "v=DKIM1; k=K; p=P"
        if isinstance(record, str):
            record = [record]
        RECORDS[self.name] = [r.replace("K;", f"{'rsa' if bits else 'ed25519'};").replace("=P", "=" + self.p)
                              for r in record]

    @property
    def algorithm(self):
        return "rsa-sha256" if self.bits else "ed25519-sha256"

    def sign(self, data):
        if self.bits:
            return self.private.sign(data, padding.PKCS1v15(), hashes.SHA256())
        return self.private.sign(hashlib.sha256(data).digest())

    def pem(self):
        return self.private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL,
                                          serialization.NoEncryption())


# ---- canonicalization, RFC 6376 section 3.4 ----

def canon_header(how, name, value):
    if how == "relaxed":
        value = re.sub(r"[ \t]+", " ", value.replace("\r\n", "")).strip(" ")
        return name.strip().lower() + ":" + value
    return name + ":" + value


def canon_body(how, body):
    lines = body.split("\r\n")
    if how == "relaxed":
        lines = [re.sub(r"[ \t]+", " ", line).rstrip(" ") for line in lines]
    while lines and lines[-1] == "":
        lines.pop()
    if not lines:
        return "" if how == "relaxed" else "\r\n"
    return "\r\n".join(lines) + "\r\n"


def pick(headers, names):
    """Fields of h=, each mention from the bottom up."""
    left = {}
    for name, value in headers:
        left.setdefault(name.strip().lower(), []).append((name, value))
    for name in names:
        fields = left.get(name.strip().lower())
        if fields:
            yield fields.pop()


# ---- messages and seals ----

BODY = "Dear all,\r\n\r\nthe  meeting is \t moved.  \r\n\r\nAda\r\n\r\n"


class Message:
    def __init__(self, body=BODY):
        self.headers = [
            ("Received", " from a.example by b.example;\r\n\tMon, 13 Nov 2023 10:00:02 +0000"),
            ("Received", " from c.example by a.example;\r\n\tMon, 13 Nov 2023 10:00:01 +0000"),
            ("From", " Ada <ada@author.example>"),
            ("To", " list@list.example"),
            ("Subject", " Meeting  moved"),
            ("Date", " Mon, 13 Nov 2023 10:00:00 +0000"),
            ("Message-ID", " <1@author.example>"),
        ]
        self.body = body

    def set(self, name, value):
        self.headers = [(n, value if n == name else v) for n, v in self.headers]

    def top(self, name, value):
        self.headers.insert(0, (name, value))

    def bytes(self):
        return ("".join(f"{n}:{v}\r\n" for n, v in self.headers) + "\r\n" + self.body).encode()

    def arc(self, kind, i):
        """The index of the field `kind` of instance i."""
        for at, (name, value) in enumerate(self.headers):
            if name == kind and re.search(rf"(^|[;\s])i={i}\s*;", value):
                return at
        raise KeyError((kind, i))

    def change(self, kind, i, f):
        at = self.arc(kind, i)
        name, value = self.headers[at]
        self.headers[at] = (name, f(value))

    def drop(self, kind, i):
        del self.headers[self.arc(kind, i)]


AAR, AMS, AS = "ARC-Authentication-Results", "ARC-Message-Signature", "ARC-Seal"


def b64(data):
    return base64.b64encode(data).decode()


def fold(text, width=64):
    return "\r\n\t".join(text[i:i + width] for i in range(0, len(text), width))


def render(tags):
    """Tags in order; a fold before each but the first, b= last and empty."""
    return " " + ";\r\n\t".join(f"{k}={v}" if v is not None else k for k, v in tags)


def with_tag(name, value):
    """A change of a tag's value; None removes the tag."""
    def change(tags):
        out = [(k, value if k == name else v) for k, v in tags]
        return [(k, v) for k, v in out if not (k == name and value is None)]
    return change


def with_extra(*extra):
    return lambda tags: tags[:1] + list(extra) + tags[1:]


def same(x):
    return x


def seal(m, key, i, cv=None, ams=same, seal_tags=same, aar=None, h=None, c="relaxed/relaxed", length=None,
         ams_key=None, ams_after=same, seal_after=same, header=None, blank_b=same):
    """Adds set i.  `ams` and `seal_tags` change the tags before signing, the _after ones the finished field."""
    ams_key = ams_key or key
    cv = cv or ("none" if i == 1 else "pass")
    header = header or ["From", "To", "Subject", "Date", "Message-ID"]
    names = header if h is None else h
    how = (c + "/simple").split("/")[:2]
    body = canon_body(how[1], m.body)
    if length is not None:
        body = body[:length]
    tags = [("i", str(i)), ("a", ams_key.algorithm), ("c", c), ("d", ams_key.domain), ("s", ams_key.selector),
            ("t", str(NOW - 100 + i)), ("h", " : ".join(names)), ("bh", b64(hashlib.sha256(body.encode()).digest())),
            ("b", "")]
    if length is not None:
        tags.insert(3, ("l", str(length)))
    tags = ams(tags)
    text = render(tags)
    covered = next((v for k, v in tags if k == "h" and v is not None), "").split(":")
    m.top(AAR, aar or (f" i={i}; {key.domain};\r\n\tspf=pass smtp.mailfrom=author.example;\r\n"
                       "\tdkim=pass header.d=author.example;\r\n\tdmarc=pass header.from=author.example"))
    data = "".join(canon_header(how[0], n, v) + "\r\n" for n, v in pick(m.headers, covered))
    data += canon_header(how[0], AMS, blank_b(text))
    signature = fold(b64(ams_key.sign(data.encode())))
    text = ams_after(put_b(text, signature))
    m.top(AMS, text)
    tags = seal_tags([("i", str(i)), ("a", key.algorithm), ("t", str(NOW - 100 + i)), ("cv", cv),
                      ("d", key.domain), ("s", key.selector), ("b", "")])
    text = render(tags)
    data = "".join(canon_header("relaxed", n, v) + "\r\n" for n, v in chain(m, i))
    data += canon_header("relaxed", AS, text)
    m.top(AS, seal_after(put_b(text, fold(b64(key.sign(data.encode()))))))
    return m


def put_b(text, signature):
    """Fills the empty b=, wherever it stands."""
    return re.sub(r"((?:^|;)\s*b=)(?=\s*(;|$))", lambda m: m.group(1) + signature, text, count=1)


def chain(m, upto):
    """The sets below `upto` whole and of that one AAR and AMS, oldest first."""
    found = {}
    for name, value in m.headers:
        if name in (AAR, AMS, AS):
            n = re.search(r"(?:^|[;\s])i\s*=\s*0?(\d+)", re.sub(r"\([^()]*\)", "", re.sub(r"\([^()]*\)", "", value)))
            if n:
                found[(int(n.group(1)), (AAR, AMS, AS).index(name))] = (name, value)
    return [found[k] for k in sorted(found) if k[0] < upto or (k[0] == upto and k[1] < 2)]


# ---- cases ----

CASES = []


def case(name, result, m, oldest=None, reason=""):
    if oldest is None:
        oldest = 0 if result == "pass" else -1
    CASES.append((name, result, oldest, reason, m))


K1 = Key("s1", "one.example", 1024)  # RSA mostly, since python3-dkim knows no Ed25519 in ARC
K2 = Key("s2", "two.example", 1024)
K3 = Key("s3", "three.example", 1024)
E1 = Key("e1", "one.example")
E2 = Key("e2", "two.example")
R2048 = Key("r2048", "rsa.example", 2048)
R1024 = Key("r1024", "rsa.example", 1024)
R4096 = Key("r4096", "rsa.example", 4096)


def one(**kw):
    return seal(Message(), K1, 1, **kw)


def two(**kw):
    return seal(one(), K2, 2, **kw)


def three():
    return seal(two(), K3, 3)


def good_chains():
    case("none", "none", Message())
    case("one", "pass", one())
    case("two", "pass", two())
    case("three", "pass", three())
    m = Message()
    for i in range(1, 51):
        seal(m, (K1, K2, K3)[i % 3], i)
    case("fifty", "pass", m)
    case("rsa-2048", "pass", seal(seal(Message(), R2048, 1), R2048, 2))
    case("rsa-1024", "pass", seal(Message(), R1024, 1))
    case("rsa-4096", "pass", seal(Message(), R4096, 1))
    case("ed25519", "pass", seal(seal(seal(Message(), E1, 1), E2, 2), E1, 3))
    case("rsa-and-ed25519", "pass", seal(seal(Message(), E1, 1, ams_key=R2048), R1024, 2, ams_key=E2))
    for c in ("simple/simple", "relaxed/simple", "simple/relaxed", "relaxed", "simple"):
        case("c-" + c.replace("/", "-"), "pass", one(c=c))
    case("c-absent", "pass", one(c="simple/simple", ams=with_tag("c", None)))
    case("t-absent", "pass", one(ams=with_tag("t", None), seal_tags=with_tag("t", None)))
    case("x-to-come", "pass", one(ams=with_extra(("x", str(NOW + 1)))))
    case("x-now", "pass", one(ams=with_extra(("x", str(NOW)))))
    case("i-last-in-signature-and-seal", "pass",
         one(ams=lambda t: t[1:-1] + t[:1] + t[-1:], seal_tags=lambda t: t[1:-1] + t[:1] + t[-1:]))
    case("b-first", "pass", one(ams=lambda t: t[-1:] + t[:-1], seal_tags=lambda t: t[-1:] + t[:-1]))
    case("b-first-simple", "pass", one(c="simple", ams=lambda t: t[-1:] + t[:-1]))
    case("unknown-tags", "pass", one(ams=with_extra(("zz", "1"), ("Foo_9", "")), seal_tags=with_extra(("zz", "1"))))
    case("v-in-signature", "pass", one(ams=with_extra(("v", "1"))))
    case("c-and-bh-in-seal", "pass", one(seal_tags=with_extra(("c", "simple"), ("bh", "AAAA"))))
    case("instance-01", "pass", one(ams=with_tag("i", "01"), seal_tags=with_tag("i", "01"),
                                    aar=" i=01; one.example; none"))
    case("h-names-arc-fields", "pass", seal(one(h=["From", AAR]), K2, 2, h=["From", AAR, AMS, "To"]))
    case("h-names-its-own-field", "pass", one(h=["From", AMS]))  # which is never among what it signs
    case("h-names-absent-fields", "pass", one(h=["From", "Reply-To", "Cc", "Subject", "Subject", "From"]))
    case("h-odd-case-and-blanks", "pass", one(h=["fROM", " subject\r\n\t", "", "To"]))
    case("h-received-twice", "pass", one(h=["Received", "From", "Received"]))
    case("l-covers-all", "pass", one(length=len(canon_body("relaxed", BODY))))
    case("body-empty", "pass", seal(Message(""), K1, 1))
    case("body-empty-simple", "pass", seal(Message(""), K1, 1, c="simple"))
    case("body-without-last-line-end", "pass", seal(Message("abc  "), K1, 1))
    case("aar-comments", "pass", one(aar=" (one (two)) i (x) = (y)\r\n\t1 (z) ; one.example; none"))
    case("aar-long", "pass", one(aar=" i=1; one.example;" + ";".join(
        f"\r\n\tdkim=pass header.d=d{n}.example header.s=sel header.b=abcdef{n:04}" for n in range(250))))
    m = two()
    m.headers = [(n.upper() if n in (AS, AMS) else n.lower() if n == AAR else n, v) for n, v in m.headers]
    case("names-odd-case", "pass", m)
    m = two()
    m.headers = m.headers[::-1]
    m.headers = [h for h in m.headers if h[0] != "Received"]
    case("fields-reversed", "pass", m)
    m = two()
    m.change(AS, 1, lambda v: v.replace(";\r\n\t", "; \r\n\t "))
    m.change(AAR, 2, lambda v: re.sub(r"\r\n\t", "\t ", v))
    case("folded-anew", "pass", m)
    m = one()
    m.top("From", " Eve <eve@other.example>")
    case("from-added-on-top", "pass", m)  # DKIM's rule: h= named it once, from the bottom
    m = one()
    m.top("Authentication-Results", " mx.example; arc=pass")
    case("unsigned-field-added", "pass", m)


def oldest_pass_chains():
    def changed(m, i=2, key=K2):
        m.body += "-- \r\nlist footer\r\n"
        return seal(m, key, i)

    case("body-changed-before-two", "pass", changed(one()), oldest=2)
    m = one()
    m.set("Subject", " [list] Meeting moved")
    case("subject-changed-before-two", "pass", seal(m, K2, 2), oldest=2)
    case("body-changed-before-two-of-three", "pass", seal(changed(one()), K3, 3), oldest=2)
    case("body-changed-before-three", "pass", changed(two(), 3, K3), oldest=3)
    case("old-signature-expired", "pass", seal(one(ams=with_extra(("x", str(NOW - 1)))), K2, 2), oldest=2)
    case("old-signature-key-gone", "pass", seal(one(ams_key=GONE), K2, 2), oldest=2)
    case("old-signature-key-servfail", "pass", seal(one(ams_key=SERVFAIL), K2, 2), oldest=-1)
    case("old-signature-incomplete", "pass", seal(one(ams=with_tag("bh", None)), K2, 2), oldest=2)
    case("old-signature-signs-seal", "pass", seal(one(h=["From", AS]), K2, 2), oldest=2)
    m = one(length=10)
    case("old-signature-l-short", "pass", seal(m, K2, 2), oldest=2)


def keyed(selector, record, bits=1024):
    return Key(selector, "keys.example", bits, record)


GONE = Key("gone", "keys.example", 1024)
del RECORDS[GONE.name]
SERVFAIL = Key("servfail", "keys.example", 1024)
RECORDS[SERVFAIL.name] = "SERVFAIL"
TIMEOUT = Key("timeout", "keys.example", 1024)
RECORDS[TIMEOUT.name] = "TIMEOUT"


def key_chains():
    def by(key, **kw):
        return seal(Message(), key, 1, **kw)

    case("key-testing", "pass", by(keyed("testing", "v=DKIM1; t=y; k=K; p=P")))
    case("key-strict", "pass", by(keyed("strict", "v=DKIM1; t=s; k=K; p=P")))
    case("key-selector-with-dots", "pass", by(keyed("a.b.c", None)))
    case("key-long-notes", "pass", by(keyed("notes", "v=DKIM1; n=" + "x" * 700 + "; k=K; p=P")))
    case("key-without-v-and-k", "pass", by(keyed("bare", "p=P")))
    case("key-for-email-sha256", "pass", by(keyed("email", "v=DKIM1; h=sha1:sha256; s=email; k=K; p=P")))
    case("key-beside-other-text", "pass", by(keyed("several", ["some other text", "v=DKIM1; k=K; p=P", "v=spf1 -all"])))
    alias = keyed("alias", None)
    RECORDS["target.keys.example"] = RECORDS[alias.name]
    RECORDS[alias.name] = "CNAME target.keys.example."
    case("key-behind-alias", "pass", by(alias))
    for part, kw in (("signature", lambda k: {"ams_key": k}), ("seal", None)):
        word = "AMS" if kw else "AS"

        def made(key):
            return seal(Message(), K1, 1, **kw(key)) if kw else seal(Message(), key, 1, ams_key=K1)

        case(f"key-of-{part}-absent", "fail", made(GONE), reason=f"{word} i=1: no key")
        case(f"key-of-{part}-servfail", "fail", made(SERVFAIL), reason=f"{word} i=1: DNS did not answer for the key")
        case(f"key-of-{part}-timeout", "fail", made(TIMEOUT), reason=f"{word} i=1: DNS did not answer for the key")
    case("key-revoked", "fail", by(keyed("revoked", "v=DKIM1; k=K; p=")), reason="AMS i=1: key revoked")
    case("key-of-other-kind", "fail", by(keyed("kind", "v=DKIM1; k=ed25519; p=" + E1.p)),
         reason="AMS i=1: k= of the key does not match a=")
    case("key-of-other-kind-ed25519", "fail", by(keyed("edkind", "v=DKIM1; k=rsa; p=" + R1024.p, 0)),
         reason="AMS i=1: k= of the key does not match a=")
    case("key-of-another", "fail", by(keyed("another", "v=DKIM1; k=K; p=" + K1.p)),
         reason="AMS i=1: signature did not verify")
    case("key-malformed", "fail", by(keyed("malformed", "v=DKIM1; k=K; p=AAAA", 0)), reason="AMS i=1: ")
    case("key-no-der", "fail", by(keyed("noder", "v=DKIM1; k=rsa; p=" + "QUJD" * 60)), reason="AMS i=1: ")
    case("key-not-for-sha256", "fail", by(keyed("sha1", "v=DKIM1; h=sha1; k=K; p=P")), reason="AMS i=1: ")
    case("key-not-for-email", "fail", by(keyed("tlsrpt", "v=DKIM1; s=tlsrpt; k=K; p=P")), reason="AMS i=1: ")
    case("key-short", "fail", by(keyed("short", None, 1016)), reason="AMS i=1: key has 1016 bits, fewer than 1024")
    case("key-too-large", "fail", by(keyed("large", None, 4104)), reason="AMS i=1: key has 4104 bits, more than 4096")
    case("key-v-other", "fail", by(keyed("version", "v=DKIM2; k=K; p=P")), reason="AMS i=1: ")


def broken_content():
    m = two()
    m.body = m.body.replace("meeting", "Meeting")
    case("body-changed", "fail", m, reason="AMS i=2: body hash did not verify")
    m = two()
    m.body += "more\r\n"
    case("body-appended", "fail", m, reason="AMS i=2: body hash did not verify")
    m = two()
    m.set("Subject", " Meeting cancelled")
    case("subject-changed", "fail", m, reason="AMS i=2: signature did not verify")
    m = one(h=["From", "From", "Subject"])
    m.top("From", " Eve <eve@other.example>")
    case("from-oversigned-and-added", "fail", m, reason="AMS i=1: signature did not verify")
    m = one(c="simple")
    m.set("Subject", " Meeting moved")
    case("simple-blank-changed", "fail", m, reason="AMS i=1: signature did not verify")
    case("l-short", "fail", one(length=10), reason="AMS i=1: l= leaves part of the body unsigned")
    case("l-zero", "fail", one(length=0), reason="AMS i=1: l= leaves part of the body unsigned")
    case("l-beyond-body", "fail", one(ams=with_extra(("l", "9999"))), reason="AMS i=1: body is shorter than l=")

    def spoil(v):
        return re.sub(r"(b=)(.)", lambda x: x.group(1) + ("A" if x.group(2) != "A" else "B"), v)

    case("signature-b-spoiled", "fail", one(ams_after=lambda v: re.sub(
        r"(\tb=)(.)", lambda x: x.group(1) + ("A" if x.group(2) != "A" else "B"), v)),
        reason="AMS i=1: signature did not verify")
    case("signature-b-cut", "fail", one(ams_after=lambda v: v[:-8]), reason="AMS i=1: ")
    case("signature-b-empty", "fail", one(ams_after=lambda v: re.sub(r"\tb=[^;]*$", "\tb=", v)),
         reason="AMS i=1: missing tag b=")
    case("signature-b-no-base64", "fail", one(ams_after=lambda v: re.sub(r"\tb=..", "\tb=!!", v)),
         reason="AMS i=1: malformed b=")
    case("signature-bh-of-other-size", "fail", one(ams=with_tag("bh", "AAAA")),
         reason="AMS i=1: body hash did not verify")
    for i in (1, 2):
        m = two()
        m.change(AS, i, spoil)
        case(f"seal-{i}-b-spoiled", "fail", m, reason="AS i=2: signature did not verify")
        m = two()
        m.change(AAR, i, lambda v: v.replace("spf=pass", "spf=fail"))
        case(f"results-{i}-changed", "fail", m, reason="AS i=2: signature did not verify")
    case("seal-1-b-spoiled-and-sealed-over", "fail", seal(one(seal_after=spoil), K2, 2),
         reason="AS i=1: signature did not verify")
    m = two()
    m.change(AMS, 1, lambda v: v.replace("t=", "t=1"))
    case("signature-1-changed", "fail", m, reason="AS i=2: signature did not verify")
    m = three()
    for kind in (AAR, AMS, AS):
        m.drop(kind, 2)
        m.change(kind, 3, lambda v: v.replace("i=3", "i=2", 1))
    case("set-removed-and-renumbered", "fail", m, reason="AMS i=2: signature did not verify")
    case("signature-expired", "fail", one(ams=with_extra(("x", str(NOW - 1)))), reason="AMS i=1: signature expired")
    case("x-not-after-t", "fail", one(ams=lambda t: with_extra(("x", "5"))(with_tag("t", "6")(t))),
         reason="AMS i=1: ")


def broken_structure():
    for kind, word in ((AAR, "AAR"), (AMS, "AMS"), (AS, "AS")):
        for i in (1, 2):
            m = two()
            m.drop(kind, i)
            reason = f"{word} i={i}: missing"
            case(f"{word.lower()}-{i}-missing", "fail", m, reason=reason)
        m = two()
        m.headers.insert(3, m.headers[m.arc(kind, 1)])
        case(f"{word.lower()}-twice", "fail", m, reason=f"{word} i=1: more than one")
        for value in ("0", "51", "", "x", "1x", "-1", "001", "100"):
            m = one()
            m.change(kind, 1, lambda v: v.replace("i=1", "i=" + value, 1))
            label = {"": "empty", "-1": "negative"}.get(value, value)
            case(f"{word.lower()}-instance-{label}", "fail", m, reason=f"{word}: i= or the field")
        m = one()
        m.change(kind, 1, lambda v: v.replace("i=1;", "", 1))
        case(f"{word.lower()}-instance-absent", "fail", m, reason=f"{word}: i= or the field")
        m = two()
        m.top(kind, " junk")
        case(f"{word.lower()}-unreadable-beside-a-chain", "fail", m, reason=f"{word}: i= or the field")
    m = three()
    for kind in (AAR, AMS, AS):
        m.drop(kind, 2)
    case("gap", "fail", m, reason="AAR i=2: missing")
    m = two()
    for kind in (AAR, AMS, AS):
        m.drop(kind, 1)
    case("first-set-removed", "fail", m, reason="AAR i=1: missing")
    m = one()
    m.change(AAR, 1, lambda v: " one.example; i=1; none")
    case("aar-instance-not-first", "fail", m, reason="AAR: i= or the field")
    m = one()
    m.change(AAR, 1, lambda v: v.replace("i=1", "I=1"))
    case("aar-instance-upper-case", "fail", m, reason="AAR: i= or the field")
    m = one(aar=" (open i=1; one.example; none")
    case("aar-comment-open", "fail", m, reason="AAR: i= or the field")
    m = Message()
    for i in range(1, 52):
        seal(m, (K1, K2, K3)[i % 3], i)
    case("fifty-one", "fail", m, reason="more ARC sets than 50")
    m = Message()
    m.top(AAR, " i=1; one.example; none")
    case("results-alone", "fail", m, reason="AMS i=1: missing")


def broken_seals():
    case("cv-fail", "fail", two(cv="fail"), reason="AS i=2: cv=fail")
    case("cv-fail-in-first", "fail", one(cv="fail"), reason="AS i=1: cv=fail")
    case("cv-fail-below", "fail", seal(one(cv="fail"), K2, 2), reason="AS i=1: cv= of the first seal is not none")
    case("cv-pass-in-first", "fail", one(cv="pass"), reason="AS i=1: cv= of the first seal is not none")
    case("cv-none-in-second", "fail", two(cv="none"), reason="AS i=2: cv= of a later seal is not pass")
    case("cv-upper-case", "fail", two(cv="PASS"), reason="AS i=2: unknown word in cv=")
    case("cv-empty", "fail", two(seal_tags=with_tag("cv", "")), reason="AS i=2: missing tag cv=")
    case("cv-absent", "fail", two(seal_tags=with_tag("cv", None)), reason="AS i=2: missing tag cv=")
    case("seal-with-h", "fail", two(seal_tags=with_extra(("h", "From"))), reason="AS i=2: h= is not allowed in a seal")
    case("seal-with-h-in-first", "fail", seal(one(seal_tags=with_extra(("h", "From"))), K2, 2),
         reason="AS i=1: h= is not allowed in a seal")
    case("seal-tag-twice", "fail", one(seal_tags=with_extra(("d", "one.example"))), reason="AS: i= or the field")
    case("seal-tag-without-value", "fail", one(seal_tags=with_extra(("zz", None))), reason="AS: i= or the field")
    for tag in "adsb":
        case(f"seal-{tag}-absent", "fail",
             one(seal_tags=with_tag(tag, None)) if tag != "b" else
             one(seal_after=lambda v: re.sub(r";\r\n\tb=[^;]*$", "", v)), reason=f"AS i=1: missing tag {tag}=")
    case("seal-a-sha1", "fail", one(seal_tags=with_tag("a", "rsa-sha1")), reason="AS i=1: ")
    case("seal-a-upper-case", "fail", one(seal_tags=with_tag("a", "RSA-SHA256")), reason="AS i=1: ")
    case("seal-t-empty", "fail", one(seal_tags=with_tag("t", "")), reason="AS i=1: malformed t=")
    case("seal-t-word", "fail", one(seal_tags=with_tag("t", "now")), reason="AS i=1: malformed t=")
    case("seal-d-malformed", "fail", one(seal_tags=with_tag("d", "one..example")), reason="AS i=1: malformed d=")


def broken_signatures():
    def bad(name, ams, reason, **kw):
        case("signature-" + name, "fail", one(ams=ams, **kw), reason=reason)

    bad("c-empty", with_tag("c", ""), "AMS i=1: unknown canonicalization in c=", c="simple")
    bad("c-upper-case", with_tag("c", "RELAXED/relaxed"), "AMS i=1: unknown canonicalization in c=")
    bad("c-half", with_tag("c", "relaxed/"), "AMS i=1: unknown canonicalization in c=")
    bad("a-sha1", with_tag("a", "rsa-sha1"), "AMS i=1: rsa-sha1 is not acceptable")
    bad("a-upper-case", with_tag("a", "RSA-SHA256"), "AMS i=1: unknown algorithm in a=")
    bad("a-empty", with_tag("a", ""), "AMS i=1: missing tag a=")
    bad("t-empty", with_tag("t", ""), "AMS i=1: malformed t=")
    bad("t-word", with_tag("t", "now"), "AMS i=1: malformed t=")
    bad("h-empty", with_tag("h", ""), "AMS i=1: missing tag h=")
    bad("h-absent", with_tag("h", None), "AMS i=1: missing tag h=")
    bad("h-without-from", with_tag("h", "To:Subject"), "AMS i=1: From is not signed")
    bad("h-names-seal", with_tag("h", "From:ARC-Seal"), "AMS i=1: h= names ARC-Seal")
    bad("h-names-seal-odd-case", with_tag("h", "From:arc-sEAL"), "AMS i=1: h= names ARC-Seal")
    bad("tag-twice", with_extra(("s", "s1")), "AMS: i= or the field")
    bad("tag-upper-case", with_tag("bh", None), "AMS i=1: missing tag bh=")
    bad("tag-name-malformed", with_extra(("9", "1")), "AMS: i= or the field")
    bad("empty-tag", with_extra(("", None)), "AMS: i= or the field")
    bad("l-word", with_extra(("l", "all")), "AMS i=1: malformed l=")
    bad("x-word", with_extra(("x", "never")), "AMS i=1: malformed x=")
    bad("d-absent", with_tag("d", None), "AMS i=1: missing tag d=")
    bad("s-absent", with_tag("s", None), "AMS i=1: missing tag s=")
    bad("q-other", with_extra(("q", "http")), "AMS i=1: unknown query method in q=")


def foreign_chains():
    """Signed by python3-dkim."""
    m = Message().bytes()
    for i, cv in ((1, "none"), (2, "pass"), (3, "pass")):
        results = f"Authentication-Results: rsa.example; spf=pass smtp.mailfrom=author.example; arc={cv}\r\n".encode()
        fields = dkim.arc_sign(results + m, b"r2048", b"rsa.example", R2048.pem(), b"rsa.example",
                               [b"from", b"to", b"subject", b"date"], timestamp=NOW - 50)
        m = b"".join(f if f.endswith(b"\r\n") else f + b"\r\n" for f in fields) + m
        case(f"python3-dkim-{i}", "pass", m)


# ---- output ----

def second_opinion(name, result, data):
    """python3-dkim's own validation; what it cannot know of is not asked."""
    def txt(query, timeout=5):
        found = RECORDS.get(query.decode().rstrip(".") if isinstance(query, bytes) else query.rstrip("."))
        if isinstance(found, str) and found.startswith("CNAME "):
            found = RECORDS[found[6:].rstrip(".")]
        return None if found is None or isinstance(found, str) else found[0].encode()

    try:
        cv = dkim.arc_verify(data, dnsfunc=txt)[0]
    except Exception as e:  # it lets some malformed fields through as exceptions
        cv = f"exception {type(e).__name__}".encode()
    said = "fail" if cv is None else cv.decode()
    if said.startswith("exception") and result == "fail":
        said = "fail"
    if said != result:
        print(f"python3-dkim says {said} of {name}, expected {result}")
    return said == result


def write_zone(path):
    with open(path, "w") as f:
        f.write("; made by arc_make.py\n$ORIGIN .\n$TTL 300\n")
        for name, texts in sorted(RECORDS.items()):
            if isinstance(texts, str):
                f.write(f"{name}. {texts}\n")
                continue
            for text in texts:
                parts = " ".join('"' + text[i:i + 200] + '"' for i in range(0, len(text), 200))
                f.write(f"{name}. TXT {parts}\n")


def main():
    folder = sys.argv[1]
    for part in (good_chains, oldest_pass_chains, key_chains, broken_content, broken_structure, broken_seals,
                 broken_signatures, foreign_chains):
        part()
    agreed = 0
    for old in os.listdir(folder):
        os.remove(os.path.join(folder, old))
    with open(os.path.join(folder, "expect"), "w") as expect:
        expect.write(f"# made by arc_make.py, to be read at {NOW}: name, result, oldest-pass, start of the reason\n")
        for name, result, oldest, reason, m in CASES:
            data = m if isinstance(m, bytes) else m.bytes()
            with open(os.path.join(folder, name + ".eml"), "wb") as f:
                f.write(data)
            expect.write(f"{name} {result} {oldest} {reason}".rstrip() + "\n")
            agreed += second_opinion(name, result, data)
    write_zone(os.path.join(folder, "zone"))
    good = sum(c[1] == "pass" for c in CASES)
    print(f"{len(CASES)} chains, {good} of them good; python3-dkim agrees about {agreed}")


main()
