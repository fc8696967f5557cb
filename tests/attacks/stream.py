"""What the attacks share: one message on a connection of its own, each under its own queue id."""

import itertools
import time

from rig import Mta

NUMBER = itertools.count(1)
SETS = 50


def send(daemon, ip, path, author, headers=(), name="mail.evil.example", queue_id=None):
    """The milter's answer to the message: c, y, t …"""
    mta = Mta(daemon)
    mta.connect(ip, name)
    mta.helo()
    mta.envelope(queue_id or f"Q{next(NUMBER)}", f"<{path}>")
    for field, value in [*headers, ("From", f"ann@{author}")]:
        mta.header(field, value)
    mta.eoh()
    mta.body()
    answer = mta.end()
    mta.close()
    return answer


def chain(domain_of):
    """ARC sets that are well formed, each with two domains of its own."""
    out, junk = [], "A" * 342 + "=="
    for i in range(SETS, 0, -1):
        out += [("ARC-Seal", f"i={i}; a=rsa-sha256; cv={'none' if i == 1 else 'pass'}; d={domain_of(2 * i)}; s=s; b={junk}"),
                ("ARC-Message-Signature", f"i={i}; a=rsa-sha256; d={domain_of(2 * i + 1)}; s=s; h=from; "
                                          f"bh={'A' * 43}=; b={junk}"),
                ("ARC-Authentication-Results", f"i={i}; x.example; none")]
    return out


def speak(daemon, ip, path, fields):
    """A message; the answer, what was stamped, and the seconds it took."""
    mta = Mta(daemon)
    mta.socket.settimeout(60)
    mta.connect(ip)
    mta.helo()
    mta.envelope(f"Q{next(NUMBER)}", f"<{path}>")
    for name, value in fields:
        mta.header(name, value)
    mta.eoh()
    mta.body()
    began = time.monotonic()
    answer = mta.end()
    took = time.monotonic() - began
    stamp = mta.inserted()[0][2] if mta.inserted() else ""
    if any(command == "q" for command, _ in mta.edits):
        answer = "held"
    mta.close()
    return answer, stamp, took
