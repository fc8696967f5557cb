"""Reads the cases of this folder and makes of each a message, a zone and what an expert says."""

import base64
import pathlib
import re
import sys
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "e2e"))

import dkim  # noqa: E402
import dkim.crypto  # noqa: E402
from letters import Key  # noqa: E402

KEYS = {"rsa2048": ("rsa", 2048), "other": ("rsa", 2048), "third": ("rsa", 2048), "rsa1024": ("rsa", 1024),
        "rsa512": ("rsa", 512), "ed25519": ("ed25519", 0)}


class World:
    """Keys of this run, and the zone of everybody else."""

    def __init__(self):
        self.keys = {name: Key(*kind) for name, kind in KEYS.items()}
        self.common = (HERE / "world.zone").read_text()

    def key_record(self, text):
        name, _, more = text.partition(" ")
        return '"%s"' % self.keys[name].txt.replace("; p=", f"; {more}; p=" if more else "; p=")

    def fill(self, zone):
        """The keys in their places, and text cut into character-strings (RFC 1035 section 3.3)."""
        zone = re.sub(r"%([^%\n]+)%", lambda m: self.key_record(m.group(1)), zone)
        return re.sub(r'"([^"\n]{251,})"', lambda m: " ".join(f'"{m.group(1)[i:i + 250]}"'
                                                             for i in range(0, len(m.group(1)), 250)), zone)

    def zone(self, case):
        return self.fill(self.common + case.get("zone", ""))


def cases(only=()):
    for path in sorted(HERE.glob("*.yaml")):
        for case in yaml.safe_load(path.read_text()):
            if not only or any(word in case["name"] for word in only):
                yield case


# ---- what happened to a message on its way ----

def sign(data, world, d, s, key="rsa2048", a=None, h=None, c="relaxed/relaxed", x=None):
    private = world.keys[key]
    names = [n.encode() for n in (h or ["from", "to", "subject", "date", "message-id"])]
    canon = tuple(part.encode() for part in c.split("/"))
    signer = Signer(data)
    signer.expires = int(time.time()) + x if x is not None else None
    field = signer.sign(s.encode(), d.encode(), private.private, signature_algorithm=(a or private.algorithm.decode()).encode(),
                        canonicalize=canon, include_headers=names)
    return field + data


class Signer(dkim.DKIM):
    """python3-dkim's, which lacks x= and refuses keys that a case needs to be too short."""

    def __init__(self, data):
        super().__init__(data, minkey=512)
        self.expires = None

    def gen_header(self, fields, include_headers, canon_policy, header_name, pk, standardize=False):
        if self.expires is not None:
            fields.insert(-2, (b"x", str(self.expires).encode()))
            fields[:] = [(k, str(self.expires - 60).encode() if k == b"t" else v) for k, v in fields]
        return super().gen_header(fields, include_headers, canon_policy, header_name, pk, standardize)


def seal(data, world, d, s, says, key="third"):
    sealed = f"Authentication-Results: {d}; {says}\r\n".encode() + data
    fields = dkim.arc_sign(sealed, s.encode(), d.encode(), world.keys[key].private, d.encode(),
                           include_headers=[b"from", b"to", b"subject", b"date", b"message-id"])
    if not fields:
        raise ValueError("python3-dkim did not seal")
    return b"".join(fields) + data


def set_fields(data, fields):
    head, _, body = data.partition(b"\r\n\r\n")
    for name, value in fields.items():
        head = re.sub(rb"(?mi)^%s:[^\r]*" % re.escape(name.encode()), f"{name}: {value}".encode(), head)
    return head + b"\r\n\r\n" + body


def message(case, world):
    """The message as it comes to us."""
    text = case["message"]
    extra = "" if re.search("(?mi)^date:", text) else "Date: Wed, 25 Nov 2026 12:00:00 +0000\n"
    if "Message-ID:" not in text:
        extra += f"Message-ID: <{case['name']}@author.example>\n"
    data = re.sub(r"(?m)^(?=To:)", extra, text, count=1).replace("\n", "\r\n").encode()
    for step in case.get("way", []):
        (what, how), = step.items()
        if what == "sign":
            data = sign(data, world, **how)
        elif what == "arc":
            data = seal(data, world, **how)
        elif what in ("add", "raw"):
            data = how.encode() + b"\r\n" + data
        elif what == "set":
            data = set_fields(data, how)
        elif what == "append":
            data += how.replace("\n", "\r\n").encode()
        else:
            raise ValueError(f"{case['name']}: {what} is no step of a way")
    return data


def envelope(case):
    client = {"ip": "203.0.113.66", "helo": "friend", **case.get("client", {})}
    return client["ip"], client["helo"], case.get("from", "")


# ---- what an expert says of it ----

def disagreements(case, got):
    """Where `got` (the finding as a dict of texts, secondary a list) differs from what the expert says."""
    want, wrong = case["expert"], []
    for name in ("dmarc", "cause", "source", "playbook", "risk"):
        if got[name] != want.get(name, ""):
            wrong.append(f"{name} is {got[name]!r}, the expert says {want.get(name, '')!r}")
    if sorted(got["secondary"]) != sorted(want.get("secondary", [])):
        wrong.append(f"secondary is {got['secondary']}, the expert says {want.get('secondary', [])}")
    for name in ("next", "detail"):
        wrong += [f"{name} {got[name]!r} lacks {part!r}" for part in want.get(name, []) if part not in got[name]]
    if want["cause"] and not got["next"]:
        wrong.append("nothing is said about what to do")
    return wrong
