#!/usr/bin/python3
"""Makes up mail: zone, envelope, From, signatures.  The same seed and number always give the same case."""

import random

from dmarc_part import DmarcPart
from from_part import from_field
from sign_part import SignPart, damage
from spf_part import IPV4, IPV6, SpfPart


class Case:
    """What both sides get, and (for the reader) of what kind it is."""

    def __init__(self, number, kind, ip, helo, sender, zone, message, template=""):
        self.number, self.kind, self.ip, self.helo, self.sender = number, kind, ip, helo, sender
        self.zone, self.message, self.template = zone, message, template  # of From, from_part.py


SENDERS = ["joe@example.com", "joe@mail.example.com", "Joe.Doe+x@Example.COM", "a=b-c_d@b.example", "jo/e@example.net",
           '"a b"@example.com', '"x@y"@example.com', "jöe@example.com", "joe@bücher.example", "j.o.e@xn--bcher-kva.example"]
ODD_SENDERS = ["@example.com", "joe@localhost", "joe@[192.0.2.1]", "joe@-bad-.example.com", "joe@example..com",
               "joe@example.com.", "joe@" + "a" * 63 + ".example.com", "joe@" + "a" * 64 + ".example.com",
               "joe@a_b.example.com", "joe", "joe@" + "abcdefg." * 30 + "example.com", "joe@" + "abcdefg." * 31 + "example.com"]
HELOS = ["mail.example.com", "mail.example.com", "MX1.Example.NET", "[192.0.2.1]", "localhost", "a.b.c.d.example.org", "bad_name",
         "[IPv6:2001:db8::1]"]


def published(domain):
    """The owner name for a domain as someone wrote it, or one near it when DNS has no such name."""
    name = ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in domain.lower().split("."))
    name = name.removesuffix(".")
    return name if all(0 < len(label) < 64 for label in name.split(".")) and len(name) < 254 else "example.com"


def envelope(rnd):
    """MAIL FROM and HELO"""
    sender = rnd.choices([rnd.choice(SENDERS), "", rnd.choice(ODD_SENDERS)], [80, 12, 8])[0]
    return sender, rnd.choice(HELOS)


def make_spf(rnd, number):
    ip = rnd.choice(IPV4 + IPV6)
    zone = {}
    part = SpfPart(rnd, zone, ip)
    sender, helo = envelope(rnd)
    part.domain(published(sender.rpartition("@")[2] or helo))
    message = b"From: Joe <joe@unrelated.example>\r\nSubject: x\r\n\r\nHello\r\n"
    return Case(number, "spf", ip, helo, sender, zone, message)


def spf_for(rnd, zone, ip, domain):
    """A simple SPF record and a sender for it."""
    SpfPart(rnd, zone, ip).simple(domain)
    return rnd.choice(["bounce@", "joe@", "x+y@"]) + domain


def mail(fields, body):
    return b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body


def make_dmarc(rnd, number, odd_from=False):
    """A tree of records; SPF and good signatures of domains that may align."""
    ip, zone = rnd.choice(IPV4 + IPV6), {}
    tree, signing = DmarcPart(rnd, zone), SignPart(rnd, zone)
    author = tree.author()
    from_fields, template = from_field(rnd, author, odd_from)
    fields, body = from_fields + [b"Subject: x"], b"Hello\r\n"
    domains = [author]
    for _ in range(rnd.choices([0, 1, 2, 3, 12], [30, 40, 20, 8, 2])[0]):
        domains.append(tree.relative(author))
        if from_fields:
            fields.insert(0, signing.signature(fields, body, domains[-1], 0.93, False))
    sender, helo = "", tree.relative(author)
    if rnd.random() < 0.8:
        domains.append(tree.relative(author))
        sender = spf_for(rnd, zone, ip, domains[-1])
    else:
        SpfPart(rnd, zone, ip).simple(helo)
    for domain in domains:
        tree.publish(domain)
    return Case(number, "from" if odd_from else "dmarc", ip, helo, sender, zone, mail(fields, body), template)


def make_from(rnd, number):
    return make_dmarc(rnd, number, True)


def make_dkim(rnd, number):
    """Signatures of every kind, and what happened on the way."""
    ip, zone = rnd.choice(IPV4), {}
    signing, tree = SignPart(rnd, zone), DmarcPart(rnd, zone)
    author = tree.author() if rnd.random() < 0.5 else "example.com"
    fields, body = signing.head(from_field(rnd, author, False)[0][0]), signing.body()
    for _ in range(rnd.choice([1, 1, 1, 2, 3])):
        fields.insert(0, signing.signature(fields, body, rnd.choice([author, author, "esp.test", "sub." + author])))
    body = damage(rnd, fields, body)
    tree.publish(author)
    return Case(number, "dkim", ip, "mail.test", spf_for(rnd, zone, ip, "bounce.test"), zone, mail(fields, body))


def make_arc(rnd, number):
    """A message that went through hops that seal."""
    ip, zone = rnd.choice(IPV4), {}
    signing, tree = SignPart(rnd, zone), DmarcPart(rnd, zone)
    author = "example.com"
    fields, body = signing.head(from_field(rnd, author, False)[0][0]), signing.body()
    if rnd.random() < 0.5:
        fields.insert(0, signing.signature(fields, body, author, 0.9, False))
    fields, body = signing.chain(fields, body)
    body = damage(rnd, fields, body)
    tree.publish(author)
    return Case(number, "arc", ip, "mail.test", spf_for(rnd, zone, ip, "bounce.test"), zone, mail(fields, body))


MAKERS = [(make_spf, 30), (make_dmarc, 30), (make_from, 10), (make_dkim, 18), (make_arc, 12)]


def make(seed, number, kind=None):
    """`kind` as in Case: that kind alone."""
    rnd = random.Random(f"{seed}/{number}")
    makers = [(m, w) for m, w in MAKERS if kind in (None, m.__name__.removeprefix("make_"))]
    maker = rnd.choices([m for m, _ in makers], [w for _, w in makers])[0]
    return maker(rnd, number)
