#!/usr/bin/python3
"""What contrib/quickstart shows: letters through a private Postfix, and what becomes of each."""

import sys
import textwrap

from letters import World, letter, sign
from rig import Rig, header_fields

ESP = {"ip": "198.51.100.7", "name": "mail7.esp.example", "helo": "mail7.esp.example"}
GOOD = {"ip": "192.0.2.10", "helo": "mail.good.example"}
STRANGER = {"ip": "203.0.113.66", "helo": "friend"}
FORGED = "Authentication-Results: mx.receiver.example; dmarc=pass header.from=good.example\r\n"


def letters(world):
    """(title, message, MAIL FROM, client) of each letter."""
    signed = sign(letter("billing@good.example"), world.rsa, "good.example", "s1")
    return [
        ("signed by its own domain, sent from its own host", signed, "billing@good.example", GOOD),
        ("signed, but sent through a mail platform", signed, "b@bounces.esp.example", ESP),
        ("a mail platform that signs with its own name only",
         sign(letter("news@good.example"), world.esp, "esp.example", "k1"), "b@bounces.esp.example", ESP),
        ("signed, then a list added a footer", signed + b"-- \r\nlist footer\r\n", "b@bounces.esp.example", ESP),
        ("a stranger writes as good.example and forges our stamp",
         letter("ceo@good.example", extra=FORGED), "ceo@good.example", STRANGER),
        ("a subdomain that does not exist", letter("x@ghost.np.example"), "x@silent.example", STRANGER),
        ("a domain in test mode", letter("x@trial.example"), "x@silent.example", STRANGER),
        ("a domain that published no policy", letter("x@silent.example"), "x@silent.example", STRANGER),
    ]


def show(rig, number, title, data, mail_from, client):
    queue_id = rig.send(data, mail_from, client)
    message = rig.delivered(queue_id)
    print(f"\n---- {number}. {title}\n")
    stamp = header_fields(message, "Authentication-Results")[0]
    print("stamped   " + "\n          ".join(part.strip() for part in stamp.replace("; ", ";\n").split("\n")))
    line = rig.log_line(queue_id)
    print("\nlogged    " + "\n          ".join(textwrap.wrap(line, 110)))
    print(f"\n$ assay why {queue_id}")
    print(textwrap.indent(rig.assay("why", queue_id), "  "))


def main():
    world = World()
    rig = Rig(sys.argv[1], world.zone, files=world.files)  # a catalogue that knows esp.example, a client good.example
    try:
        rig.start()
        for number, one in enumerate(letters(world), 1):
            show(rig, number, *one)
        print("---- That was a real Postfix with assay-milter attached; both are gone now.\n"
              "---- README shows how to attach it to your own.")
    finally:
        rig.close()


main()
