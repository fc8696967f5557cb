#!/usr/bin/python3
"""corpus.py FOLDER [MESSAGES] - mail to measure with, and the DNS names it needs; the same each time but for the keys.

Writes NNNN.eml, index.tsv (file, client's address, its name, HELO, reverse-path) and zone.tsv (name, type, data).
Sizes run from 2 to 200 KB, half of them below 20 KB; each message is signed by its domain, every third by its mail
platform as well, some with Ed25519, a few not at all or wrongly.
"""

import ipaddress
import math
import pathlib
import random
import sys

import dkim

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
from letters import Key  # noqa: E402

DOMAINS, PLATFORMS = 40, 6
WORDS = ("the assay office tests metal and stamps what it found so that whoever buys it need not ask again which is "
         "worth more than a promise of the seller").split()


class Sender:
    """A domain with its host, keys and records."""

    def __init__(self, number, name, zone, kind="rsa"):
        self.name = name
        self.key = Key(kind)
        self.ip = str(ipaddress.ip_address("198.18.0.10") + number)
        self.host = f"mail.{name}"
        reverse = ipaddress.ip_address(self.ip).reverse_pointer
        zone += [(name, "TXT", f"v=spf1 ip4:{self.ip} include:spf.{name} -all"), (name, "MX", f"10 {self.host}"),
                 (f"spf.{name}", "TXT", f"v=spf1 a:{self.host} ?all"), (self.host, "A", self.ip),
                 (reverse, "PTR", self.host), (f"s1._domainkey.{name}", "TXT", self.key.txt)]
        if number % 4:
            zone.append((f"_dmarc.{name}", "TXT", f"v=DMARC1; p={('none', 'quarantine', 'reject')[number % 3]}"))

    def sign(self, message):
        return dkim.sign(message, b"s1", self.name.encode(), self.key.private, canonicalize=(b"relaxed", b"relaxed"),
                         signature_algorithm=self.key.algorithm,
                         include_headers=[b"from", b"to", b"subject", b"date", b"message-id"])


def body(dice, size):
    lines, n = [], 0
    while n < size:
        line = " ".join(dice.choices(WORDS, k=dice.randint(6, 14)))
        lines.append(line)
        n += len(line) + 2
    return "\r\n".join(lines) + "\r\n"


def letter(dice, number, sender):
    size = min(200_000, max(2_000, int(math.exp(dice.gauss(math.log(20_000), 1.1)))))
    fields = [f"Received: from [10.0.0.{number % 250}] by {sender.host}; Sun, 22 Nov 2026 10:00:00 +0000",
              f"From: \"Sender {number}\" <news@{sender.name}>", "To: user@bench.test", f"Subject: Message {number}",
              "Date: Sun, 22 Nov 2026 10:00:00 +0000", f"Message-ID: <{number}@{sender.name}>", "MIME-Version: 1.0",
              "Content-Type: text/plain; charset=utf-8", "List-Unsubscribe: <mailto:off@" + sender.name + ">",
              "X-Mailer: bench", f"Reply-To: answer@{sender.name}"]
    return ("\r\n".join(fields) + "\r\n\r\n" + body(dice, size)).encode()


def main():
    folder, count = pathlib.Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 600
    dice, zone, index = random.Random(1), [], []
    domains = [Sender(i, f"sender{i:02}-bench.com", zone, "ed25519" if i % 10 == 9 else "rsa") for i in range(DOMAINS)]
    platforms = [Sender(DOMAINS + i, f"platform{i}-bench.net", zone) for i in range(PLATFORMS)]
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        sender, relay = dice.choice(domains), dice.choice(platforms) if number % 3 == 0 else None
        message = letter(dice, number, sender)
        if number % 20 != 7:
            signature = sender.sign(message)
            message = signature + (relay.sign(message) if relay else b"") + message
        if number % 50 == 13:
            message += b"changed on its way\r\n"
        client = relay or sender
        (folder / f"{number:04}.eml").write_bytes(message)
        index.append((f"{number:04}.eml", client.ip, client.host, client.host, f"<b{number}@{client.name}>"))
    for name, rows in (("zone.tsv", zone), ("index.tsv", index)):
        (folder / name).write_text("".join("\t".join(row) + "\n" for row in rows))


main()
