"""Domains, keys and letters of the end-to-end tests and of contrib/quickstart: signed by python3-dkim, not by us."""

import base64
import subprocess

import dkim

RECEIVER = "desk@receiver.example"


class Key:
    """One DKIM key: what signs with it, and the TXT record that publishes it."""

    def __init__(self, kind, bits=2048):
        self.kind = kind
        if kind == "ed25519":
            import nacl.signing
            key = nacl.signing.SigningKey.generate()
            self.private = base64.b64encode(bytes(key))
            self.algorithm = b"ed25519-sha256"
            public = base64.b64encode(bytes(key.verify_key)).decode()
        else:
            pem = subprocess.run(["openssl", "genrsa", "-traditional", str(bits)], capture_output=True, check=True)
            self.private = pem.stdout
            self.algorithm = b"rsa-sha256"
            der = subprocess.run(["openssl", "rsa", "-pubout", "-outform", "DER"], input=self.private,
                                 capture_output=True, check=True).stdout
            public = base64.b64encode(der).decode()
        self.txt = f"v=DKIM1; k={kind}; p={public}"


def txt(name, text):
    """A TXT record of a master file; long text as several character-strings."""
    parts = " ".join('"%s"' % text[i:i + 250].replace("\\", "\\\\").replace('"', '\\"') for i in range(0, len(text), 250))
    return f"{name}. TXT {parts}\n"


class World:
    """The senders that exist, as DNS shows them."""

    def __init__(self):
        self.rsa, self.ed, self.other, self.esp = Key("rsa"), Key("ed25519"), Key("rsa"), Key("rsa")
        self.zone = "".join([
            # an orderly sender
            txt("good.example", "v=spf1 ip4:192.0.2.0/24 ip6:2001:db8::/32 -all"),
            txt("_dmarc.good.example", "v=DMARC1; p=reject; rua=mailto:dmarc@good.example"),
            txt("s1._domainkey.good.example", self.rsa.txt),
            txt("ed._domainkey.good.example", self.ed.txt),
            txt("mail.good.example", "v=spf1 a -all"),
            "mail.good.example. A 192.0.2.10\n",
            "mail.good.example. AAAA 2001:db8::10\n",
            "10.2.0.192.in-addr.arpa. PTR mail.good.example.\n",
            # a mail platform that signs with its own name
            txt("bounces.esp.example", "v=spf1 include:_spf.esp.example ~all"),
            txt("_spf.esp.example", "v=spf1 ip4:198.51.100.0/24 ?all"),
            txt("k1._domainkey.esp.example", self.esp.txt),
            # its key for a customer, at which the customer's selector points
            txt("k2.keys.esp.example", self.esp.txt),
            "k2._domainkey.good.example. CNAME k2.keys.esp.example.\n",
            # policies for subdomains
            txt("_dmarc.np.example", "v=DMARC1; p=none; sp=quarantine; np=reject"),
            "shop.np.example. A 192.0.2.80\n",
            # test mode
            txt("_dmarc.trial.example", "v=DMARC1; p=reject; t=y"),
            # a domain that published nothing
            "silent.example. A 192.0.2.81\n",
        ])
        # what the site knows of them, beside its configuration
        self.files = {
            "senders.conf": "sender esp { Kind = marketing DKIM = {esp.example} SPF = {_spf.esp.example}\n"
                            "  KeyCNAME = {keys.esp.example} PTR = {esp.example} }\n",
            "clients.conf": "client good-inc { Domains = {good.example} }\n",
        }


def letter(sender, subject="Invoice 4711", body="Dear desk,\r\n\r\nplease find it attached.\r\n", extra=""):
    """A plain message with CRLF line ends."""
    host = sender.rsplit("@", 1)[-1].strip("> ")
    return (f"{extra}From: {sender}\r\nTo: {RECEIVER}\r\nSubject: {subject}\r\n"
            f"Date: Sat, 21 Nov 2026 12:00:00 +0000\r\nMessage-ID: <{abs(hash((sender, subject)))}@{host}>\r\n"
            f"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{body}").encode()


def sign(message, key, domain, selector, canon=(b"relaxed", b"relaxed"), headers=None):
    """The message with a DKIM-Signature on top."""
    include = headers or [b"from", b"to", b"subject", b"date", b"message-id"]
    field = dkim.sign(message, selector.encode(), domain.encode(), key.private, canonicalize=canon,
                      signature_algorithm=key.algorithm, include_headers=include)
    return field + message
