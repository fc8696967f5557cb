#!/usr/bin/python3
"""No message of an author whose domain asks for p=reject, and that bears no proof of that domain, is ever let go.

property.py [MESSAGES [SEED]]: so many (2,000 if nothing is said), made of everything odd below by chance, from this seed.
What is let go is shown with its number; the same seed makes the same messages.
"""

import itertools
import pathlib
import random
import socket
import sys
import threading
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from names import WRONGS, Names
from rig import ALL_STEPS, LEADSPC, Daemon, Failed, Gone, Mta, check, main, program

THREADS = 8
TROUBLES = ("SERVFAIL", "TIMEOUT", "BOGUS")
KEY = ("MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDwIRP/UC3SBsEmGqZ9ZJW3/DkMoGeLnQg1fWn7/zYtIxN2SnFCjxOCKG9v3b4j"
       "YfcTNh5ijSsq631uBItLa7od+v/RtdC2UzJ1lWT947qR+Rcac2gbto/NMqJ0fzfVjH4OuKhitdY9tf6mcwGjaNBcWToIMmPSPDdQ"
       "PNUYckcQ2QIDAQAB")
POLICIES = ("v=DMARC1; p=reject", "v=DMARC1; p=reject; adkim=s; aspf=s", "v=DMARC1;p=reject;sp=reject;np=reject",
            "v=DMARC1; p=reject; rua=mailto:a@elsewhere.example; ruf=mailto:b@elsewhere.example; fo=1:d:s",
            "v=DMARC1; p=reject; psd=n", "v=DMARC1; p=reject; pct=0", "v=DMARC1; p=reject; rua=nonsense; ri=x")
VICTIMS = 24


def victim(n):
    return f"victim{n}.example"


def victims_zone(n, rng):
    """A domain that asks for rejection, and names below it in every kind of trouble; nobody may send for it from here."""
    name, lines = victim(n), []
    lines.append(f"_dmarc.{name}. {rng.choice(TROUBLES)}" if n % 6 == 5 else f'_dmarc.{name}. TXT "{POLICIES[n % len(POLICIES)]}"')
    lines.append((f'{name}. TXT "v=spf1 ip4:192.0.2.1 -all"', f"{name}. {TROUBLES[n % 3]} TXT", f"{name}. A 192.0.2.1",
                  f'{name}. TXT "v=spf1 include:dead.{name} -all"', f'{name}. TXT "v=spf1 exists:%{{i}}.dead.{name} ?all"',
                  f'{name}. TXT "v=spf1 +a:loop.{name} redirect={name}"')[n % 6])
    lines.append(f'good._domainkey.{name}. TXT "v=DKIM1; k=rsa; p={KEY}"')
    lines.append(f'revoked._domainkey.{name}. TXT "v=DKIM1; p="')
    lines.append(f'odd._domainkey.{name}. TXT "v=DKIM1; k=rsa; h=sha1; s=other; t=s:y; p=AAAA"')
    lines += [f"{t.lower()}._domainkey.{name}. {t}" for t in TROUBLES]
    lines += [f"{t.lower()}.{name}. {t}" for t in TROUBLES]
    lines += [f"dead.{name}. {rng.choice(TROUBLES)}", f"_dmarc.sub.{name}. {rng.choice(TROUBLES)}" if n % 4 == 3 else "",
              f"alias.{name}. CNAME dead.{name}.", f"mail.{name}. A 192.0.2.1"]
    return lines


def strangers_zone(rng):
    """The attacker's own: what passes here proves nothing of the victims."""
    lines = ['evil.example. TXT "v=spf1 +all"', '_dmarc.evil.example. TXT "v=DMARC1; p=none"',
             f'good._domainkey.evil.example. TXT "v=DKIM1; p={KEY}"', '_dmarc.example. SERVFAIL' if rng.random() < 0.5 else "",
             '*.wild.example. TXT "v=spf1 +all"', '7.113.0.203.in-addr.arpa. PTR mail.victim0.example.',
             'loop.example. TXT "v=spf1 include:loop.example +all"', "a.evil.example. CNAME b.evil.example.",
             "b.evil.example. CNAME a.evil.example."]
    for t in TROUBLES:
        lines += [f"{t.lower()}.evil.example. {t}", f"{t.lower()}._domainkey.evil.example. {t}"]
    big = " ".join(f"ip4:198.51.{i % 256}.{i // 256}" for i in range(1500))
    lines.append("big.evil.example. TXT " + " ".join(f'"{p}"' for p in
                                                     (("v=spf1 " + big + " +all")[i:i + 250] for i in range(0, 30000, 250)) if p))
    return lines


class Maker:
    """One message after another, by chance."""

    def __init__(self, seed, k):
        self.rng = random.Random(f"{seed}/{k}")

    def one_of(self, *choices):
        return self.rng.choice(choices)

    def name(self):
        """Some domain of the victim's, or of a stranger's, dead or alive."""
        v = self.victim
        return self.one_of(v, "evil.example", f"servfail.{v}", f"timeout.{v}", f"bogus.{v}", f"alias.{v}", f"nothing.{v}",
                           "a.wild.example", "big.evil.example", "loop.example", "timeout.evil.example", "a.evil.example",
                           "x" * 63 + "." + v, "invalid", v.upper(), v + ".", "[203.0.113.7]", "xn--80ak6aa92e.example", "evil.example\xe4")

    def author(self):
        """The From field, which names the victim as who wrote it, or may be taken to."""
        v, r = self.victim, self.rng
        at = self.one_of(f"a@{v}", f"a@{v}", f"a@{v}", f"a@{v.upper()}", f"a@sub.{v}", f"a@deep.sub.{v}", f"a @ {v}",
                         f"\"a b\"@{v}", f"a@(c){v}", f"a@{v}(c)", f"@x,@y:a@{v}",
                         f"a@victim{r.randrange(VICTIMS)}.example", f"a@\r\n\t{v}")
        return self.one_of(at, f"<{at}>", f"A B <{at}>", f"\"a@evil.example\" <{at}>", f"=?utf-8?q?a=40evil?= <{at}>",
                           f"(x@evil.example) <{at}>", f"g: {at};", f"{at}, {at}", f"{at}, b@evil.example", f"b@evil.example, {at}",
                           f"<{at}> <b@evil.example>", f"{at}\r\n b@evil.example", f"a@evil.example <{at}>", f"\"unclosed <{at}>",
                           "(" * r.randrange(60) + f" <{at}>", ", ".join([at] * r.randrange(1, 1100)),
                           f"{'x' * r.randrange(70000)} <{at}>", f"<{at}", f"{at}>", f"\xff\xfe <{at}>",
                           f"b@evil.example\0<{at}>", f"b@evil.example{' ' * r.randrange(65500, 65540)}, {at}",
                           f"b@{v[:4]}\0{v[4:]}", f"<b@evil.example>\x01{at}", f"b@evil.example\r{at}")

    def signature(self, name="DKIM-Signature", more=""):
        d = self.name()
        b = self.one_of("A" * 172, "A" * 171 + "=", "", "!!!", "A" * 344, "A" * 5000)
        tags = ["v=" + self.one_of("1", "1", "1", "2", ""),
                "a=" + self.one_of("rsa-sha256", "rsa-sha256", "ed25519-sha256", "rsa-sha1", "x"),
                "c=" + self.one_of("relaxed/relaxed", "simple", "relaxed/x", ""), f"d={d}",
                "s=" + self.one_of("good", "revoked", "odd", "servfail", "timeout", "bogus", "none", "x" * 80, ""),
                "h=" + self.one_of("from", "from:subject:x", "x" + ":x" * self.rng.randrange(400), "subject", ""),
                "bh=" + self.one_of("A" * 43 + "=", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=", "", "?"), f"b={b}"]
        extra = [self.one_of("l=0", "l=99999999999999999999", f"i=a@{d}", "i=@other.example", "t=1", "x=1", "x=99999999999",
                             "q=dns/x", "i=", "z=From:" + "x" * self.rng.randrange(70000), "t=abc", "d=evil.example",
                             f"d={self.victim}", "=", ";;", "n=\xe4")
                 for _ in range(self.rng.randrange(3))]
        tags += extra
        if self.rng.random() < 0.3:
            self.rng.shuffle(tags)
        return name, more + "; ".join(tags)

    def chain(self):
        out, n = [], self.one_of(1, 2, 3, 10, 50, 51)
        said = f"i={{}}; mx.{self.name()}; dmarc=pass header.from={self.victim}; spf=pass smtp.mailfrom={self.victim}"
        for i in range(n, 0, -1):
            cv = "none" if i == 1 else "pass"
            out.append(("ARC-Seal", f"i={i}; a=rsa-sha256; cv={cv}; d={self.name()}; s=good; b={'A' * 172}"))
            out.append(self.signature("ARC-Message-Signature", f"i={i}; "))
            out.append(("ARC-Authentication-Results", said.format(i)))
        return out

    def noise(self):
        r, v = self.rng, self.victim
        return self.one_of(
            [("Subject", "x" * r.randrange(2000))], [(f"X-{r.randrange(9)}", "\xff\x80\x01" * r.randrange(50))],
            [("Authentication-Results", f"mx.test; dmarc=pass header.from={v}")] * r.randrange(1, 260),
            [("authentication-results ", f"\"mx.test\" (x); dkim=pass header.d={v}")],
            [("Authentication-Results", "\xc3\xa4.example; x")] * 50,
            [("X", "y" * 4000)] * r.randrange(300), [("X", "")] * r.randrange(1500), [("Sender", f"<a@{self.name()}>")],
            [("Received-SPF", "pass")], [("Resent-From", "a@evil.example")], [("List-Id", f"<list.{v}>")],
            [("Message-ID", f"<x@{v}>")], [("From ", "b@evil.example")], [("FROM", self.author())],
            [("From\r", f"a@{v}"), ("\0From", f"a@{v}")], [("Reply-To", "\r\n " * 100)], self.chain(),
            [self.signature() for _ in range(self.one_of(1, 2, 12, 60))], [self.signature()])

    def message(self):
        """(client, HELO, return path, fields, body chunks)."""
        r = self.rng
        self.victim = victim(r.randrange(VICTIMS))
        fields = [("From", self.author())]
        for _ in range(r.randrange(5)):
            fields += self.noise()
        if r.random() < 0.5:
            r.shuffle(fields)
        path = self.one_of("<>", f"<x@{self.name()}>", f"<x@{self.name()}>", f"<{'x' * r.randrange(3000)}@{self.name()}>",
                           "x", "<@@>", "<x@>")
        body = [b"x" * r.randrange(1000) + b"\r\n"] * r.randrange(4)
        return self.one_of("203.0.113.7", "198.51.100.9", "2001:db8::7"), self.name(), path, fields, body


def octets(text):
    return text.encode("latin-1", "replace")


def deliver(mta, queue_id, message):
    """The answer at the end of the message, "held" when it is kept from its recipients."""
    _, helo, path, fields, body = message
    mta.helo(octets(helo))
    mta.macros("M", i=queue_id)
    mta.ask("M", octets(path) + b"\0")
    mta.rcpt()
    for name, value in fields:
        mta.header(name, octets(value))
    mta.eoh()
    for chunk in body:
        mta.body(chunk)
    mta.macros("E", i=queue_id)
    answer = mta.end()
    return "held" if answer == "c" and any(c == "q" for c, _ in mta.edits) else answer


class Hunt:
    """Messages to one daemon by several threads; what was let go, and what each answer came to."""

    def __init__(self, seed, count, holds):
        self.seed, self.count, self.holds = seed, count, holds
        self.let_go, self.answers, self.lock, self.next = [], {}, threading.Lock(), itertools.count()

    def talk(self, daemon, maker, k):
        message = maker.message()
        steps = self.steps_of(k)
        mta = Mta(daemon, steps=steps)
        mta.socket.settimeout(120)
        mta.connect(message[0], family="6" if ":" in message[0] else "4")
        try:
            answer = deliver(mta, f"P{self.holds}{k}", message)
        except (Gone, ConnectionError, BrokenPipeError):
            answer = "gone"
        mta.close()
        with self.lock:
            self.answers[answer] = self.answers.get(answer, 0) + 1
            if answer not in ("y", "t", "r") and not (self.holds and answer == "held"):
                self.let_go.append((k, answer, message))

    @staticmethod
    def steps_of(k):
        return ALL_STEPS & ~LEADSPC if k % 7 == 3 else 0x7f if k % 11 == 5 else ALL_STEPS

    def work(self, daemon):
        for k in iter(self.next.__next__, None):
            if k >= self.count:
                return
            try:
                self.talk(daemon, Maker(self.seed, k), k)
            except (OSError, Failed, socket.timeout) as why:
                with self.lock:
                    self.let_go.append((k, f"{type(why).__name__}: {why}", None))

    def run(self, daemon):
        threads = [threading.Thread(target=self.work, args=(daemon,), daemon=True) for _ in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()


def shown(entry):
    k, answer, message = entry
    if message is None:
        return f"message {k}: {answer}"
    ip, helo, path, fields, _ = message
    lines = [f"{n}: {v if len(v) < 300 else v[:300] + '…'}" for n, v in fields[:12]]
    head = f"message {k}: answered {answer}; client {ip}, HELO {helo!r}, MAIL FROM {path[:100]!r}, {len(fields)} fields"
    return "\n  ".join([head, *lines])


def judged(h, d):
    """Shows what was let go, and fails for it."""
    for entry in h.let_go[:5]:
        queue_id = f" P{h.holds}{entry[0]}:"
        print(shown(entry), *(line for line in d.log().splitlines() if queue_id in line), sep="\n", file=sys.stderr)
    print(f"    of {h.count} messages (seed {h.seed}): {dict(sorted(h.answers.items()))}")
    check(not h.let_go, f"{len(h.let_go)} of {h.count} were let go (seed {h.seed})")


def proven_mail_passes(d):
    """So that it is not all that is refused."""
    for n in (0, 6):
        mta = Mta(d)
        mta.connect("192.0.2.1")
        message = (None, "mail.example", f"<x@{victim(n)}>", [("From", f"a@{victim(n)}")], [b"hello\r\n"])
        answer = deliver(mta, f"G{n}", message)
        check(answer == "c", f"proven mail of {victim(n)} was answered {answer}")
        mta.close()


def zone_of(seed):
    rng = random.Random(seed)
    return strangers_zone(rng) + [line for n in range(VICTIMS) for line in victims_zone(n, rng)]


def hunt(count, seed, config, holds):
    with Daemon(config="Enforce = yes\nDNSTimeout = 2\n" + config, starts=False) as d:
        d.zone.write_text("\n".join(["$TTL 300"] + zone_of(seed)) + "\n")
        d.start()
        h = Hunt(seed, count, holds)
        h.run(d)
        proven_mail_passes(d)
        d.stop(120)
        judged(h, d)


class Resolving(Daemon):
    def command(self, *more):
        return [program(), "-c", str(self.config), *self.options, *more]


def refused_or_put_off():
    """with HonourReject each is refused or put off: never continue, never accept"""
    hunt(COUNT, SEED, "HonourReject = yes\n", 0)


def held_refused_or_put_off():
    """by default each is held, refused or put off"""
    hunt(COUNT // 2, SEED + 1, "", 1)


def the_resolver_does_wrong():
    """the same where answers are lost, late, refused, truncated, garbled or of others, as the name has it"""
    texts = {}
    for line in zone_of(SEED):
        name, _, rest = line.partition(". TXT ")
        if rest:
            texts[name] = "".join(rest.split('"')[1::2])

    def fate(name):
        number = zlib.crc32(name.encode("latin-1"))
        return None if name in (victim(0), victim(6)) or name.startswith("_dmarc.victim") and number % 4 else number

    def wrong_of(name):
        number = fate(name)
        return None if number is None or number % 3 else list(WRONGS)[number // 3 % len(WRONGS)]
    names = Names(texts.get, lambda name: fate(name) is not None and fate(name) % 29 == 0, wrong_of)
    config = f"Enforce = yes\nHonourReject = yes\nDNSTimeout = 1\nNameservers = {{\"127.0.0.1@{names.port}\"}}\n"
    with Resolving(config=config) as d:
        h = Hunt(SEED + 2, COUNT // 10, 2)
        h.run(d)
        d.stop(120)
        judged(h, d)
    names.close()


def numbers():
    words = [w for w in sys.argv[1:] if w.isdigit()]
    sys.argv[1:] = [w for w in sys.argv[1:] if not w.isdigit()]
    return int(words[0]) if words else 2000, int(words[1]) if len(words) > 1 else 1


COUNT, SEED = numbers()
main([refused_or_put_off, held_refused_or_put_off, the_resolver_does_wrong])
