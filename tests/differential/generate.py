#!/usr/bin/python3
"""Makes up mail: zone, envelope, From, signatures.  The same seed and number always give the same case."""

import random

from spf_part import IPV4, IPV6, SpfPart


class Case:
    """What both sides get, and (for the reader) of what kind it is."""

    def __init__(self, number, kind, ip, helo, sender, zone, message):
        self.number, self.kind, self.ip, self.helo, self.sender = number, kind, ip, helo, sender
        self.zone, self.message = zone, message


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


MAKERS = [(make_spf, 1)]


def make(seed, number):
    rnd = random.Random(f"{seed}/{number}")
    maker = rnd.choices([m for m, _ in MAKERS], [w for _, w in MAKERS])[0]
    return maker(rnd, number)
