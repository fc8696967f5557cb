"""Messages signed by python3-dkim (RFC 6376, 8617), and what may happen to them afterwards."""

import types

import dkim
import keys

NOW = 1700000000
EXPIRED, FUTURE = str(NOW + 60), "4102444800"
CANONS = [(h, b) for h in (b"simple", b"relaxed") for b in (b"simple", b"relaxed")]
dkim.time = types.SimpleNamespace(time=lambda: NOW)  # so that the same seed signs the same


def apply(fields, change):
    """`change` is a list of (tag, value): None drops the tag, "+tag" adds it before b=, "tag" replaces its value."""
    fields = list(fields)
    for tag, value in change:
        if tag.startswith(b"+"):
            fields.insert(len(fields) - 1, (tag[1:], value))
        else:
            fields = [(t, v if t != tag else value) for t, v in fields]
            fields = [(t, v) for t, v in fields if v is not None]
    return fields


class Signer(dkim.DKIM):
    """Signs whatever its fields are changed to."""

    def __init__(self, message, change):
        super().__init__(message)
        self.change = change

    def gen_header(self, fields, *rest, **more):
        return super().gen_header(apply(fields, self.change), *rest, **more)


class Sealer(dkim.ARC):
    """`change` maps the name of a field of the set to changes of it."""

    def __init__(self, message, change):
        super().__init__(message)
        self.change = change

    def gen_header(self, fields, include_headers, canon_policy, header_name, *rest, **more):
        fields = apply(fields, self.change.get(header_name, []))
        return super().gen_header(fields, include_headers, canon_policy, header_name, *rest, **more)


class SignPart:
    def __init__(self, rnd, zone):
        self.rnd, self.zone = rnd, zone
        self.selectors = 0

    def chance(self, p):
        return self.rnd.random() < p

    # ---- messages ----

    def body(self):
        line = lambda: self.rnd.choice(["Hello", "a  b", "tab\there", "trailing ", "trailing\t ", "", " ", ".", "..x", "\xe9t\xe9",
                                        " leading", "x" * 200, "From here", "=20"])
        text = "".join(line() + "\r\n" for _ in range(self.rnd.choice([0, 1, 2, 5, 20])))
        text += self.rnd.choice(["", "", "", "\r\n", "\r\n\r\n\r\n", "cut", "cut "])
        return text.encode("latin-1" if self.chance(0.5) else "utf-8")

    def head(self, from_field):
        fields = [from_field]
        for field in (b"To: ann@example.net", b"Subject: a  message ", b"Date: Mon, 1 Jan 2024 00:00:00 +0000",
                      b"Message-ID: <1@x.example>", b"Received: from a.example\r\n\tby b.example;\r\n  Mon, 1 Jan 2024 00:00:00 +0000",
                      b"Received: from c.example by a.example", b"subJect:second", b"X-Empty:", b"X-Blank: \t ",
                      b"X-Fold:\r\n folded", b"Cc: \xc3\xa9@example.net,\r\n\tb@example.net", b"MIME-Version: 1.0",
                      b"Content-Type: text/plain;\r\n charset=utf-8"):
            if self.chance(0.5):
                fields.insert(self.rnd.randint(0, len(fields)), field)
        return fields

    # ---- keys ----

    def key(self):
        return self.rnd.choices([keys.rsa(1024), keys.ed25519(), keys.rsa(2048), keys.rsa(768)], [60, 30, 8, 2])[0]

    def key_text(self, key):
        rnd = self.rnd
        return rnd.choice([
            f"p={key.p}" if key.kind == "rsa" else key.record, f"v=DKIM1;k={key.kind};p={key.p};", f"v=DKIM1; k={key.kind}; t=y; p={key.p}",
            f"v=DKIM1; t=s; k={key.kind}; p={key.p}", f"v=DKIM1; k={key.kind}; t=y:s; p={key.p}",
            f"v=DKIM1; h=sha256; k={key.kind}; p={key.p}", f"v=DKIM1; h=sha1; k={key.kind}; p={key.p}",
            f"v=DKIM1; h=sha1:sha256; k={key.kind}; p={key.p}", f"v=DKIM1; s=email; k={key.kind}; p={key.p}",
            f"v=DKIM1; s=*; k={key.kind}; p={key.p}", f"v=DKIM1; s=other; k={key.kind}; p={key.p}",
            f"v=DKIM1; s=other:email; k={key.kind}; p={key.p}", f"v=DKIM1; n=some notes; k={key.kind}; p={key.p}",
            f"v=DKIM1; g=*; k={key.kind}; p={key.p}", f"v=DKIM1; k={key.kind}; p=", f"v=DKIM1; k={key.kind}",
            f"v=DKIM2; k={key.kind}; p={key.p}", f"k={key.kind}; v=DKIM1; p={key.p}", f"k={key.kind}; p={key.p}",
            f"v = DKIM1 ; k = {key.kind} ; p = {key.p[:40]} {key.p[40:]}", f"v=DKIM1; k=dsa; p={key.p}",
            f"v=DKIM1; k={key.kind}; p={key.p}; p={key.p}", f"v=DKIM1; k={key.kind}; p={key.p[:-8]}",
            f"v=DKIM1; k={key.kind}; p=!!{key.p}", "v=spf1 -all", f"v=DKIM1; k={key.kind}; zz=1; p={key.p}",
            f"v=DKIM1; k={key.kind}; t=x:y:; p={key.p}", f"v=DKIM1; K={key.kind}; P={key.p}",
            f"v=DKIM1; k={'rsa' if key.kind == 'ed25519' else 'ed25519'}; p={key.p}",
            f"v=DKIM1; k={key.kind}; p={(keys.rsa(1536) if key.kind == 'rsa' else keys.ed25519('other')).p}",
            f"v=DKIM1; k={key.kind}; ; p={key.p}", f"v=DKIM1; k={key.kind.upper()}; p={key.p}"])

    def publish(self, key, domain, good=0.75):
        """A new selector; its record is there, as a rule."""
        self.selectors += 1
        selector = f"s{self.selectors}"
        at = f"{selector}._domainkey.{domain}"
        how = self.rnd.random()
        if how < good or "." not in domain:
            self.zone[at] = {"TXT": [key.record]}
        elif how < good + 0.02:
            self.zone[at] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
        elif how < good + 0.03:
            self.zone[at] = {"A": ["192.0.2.1"]}
        elif how < good + 0.04:
            self.zone[at] = {"CNAME": ["key.esp.test"]}
            self.zone.setdefault("key.esp.test", {"TXT": [key.record]})
        elif how < good + 0.06:
            pass
        elif how < good + 0.08:
            self.zone[at] = {"TXT": ["unrelated", key.record]}
        elif how < good + 0.1:
            self.zone[at] = {"TXT": [[key.record[:50], key.record[50:]]]}
        else:
            self.zone[at] = {"TXT": [self.key_text(key)]}
        return selector.encode()

    # ---- DKIM ----

    def names(self, fields):
        have = [f.split(b":")[0].strip().lower() for f in fields]
        names = [b"from"] + [n for n in have if n != b"from" and not n.startswith((b"arc-", b"authentication-")) and self.chance(0.7)]
        if self.chance(0.3):
            names += [b"from"] + [self.rnd.choice([b"x-absent", b"subject", b"list-id"])]
        self.rnd.shuffle(names)
        return [n for n in names if n not in dkim.DKIM.SHOULD_NOT]

    def tags(self, domain):
        """Changes to the tags of a signature; most often none."""
        if self.chance(0.7):
            return []
        rnd = self.rnd
        return rnd.choice([
            [(b"+x", EXPIRED.encode())], [(b"+x", FUTURE.encode())], [(b"t", FUTURE.encode())], [(b"t", None)], [(b"t", b"abc")],
            [(b"+x", b"%d" % NOW)], [(b"+x", b"%d" % (NOW - 5))], [(b"+x", b"12x")], [(b"v", b"2")], [(b"v", None)], [(b"a", b"rsa-sha1")],
            [(b"a", b"rsa-md5")], [(b"a", None)], [(b"a", b"RSA-SHA256")], [(b"c", b"odd/simple")], [(b"c", b"relaxed/odd")], [(b"q", None)],
            [(b"q", b"dns/other")], [(b"q", b"dns/other:dns/txt")], [(b"q", b"http")], [(b"i", None)], [(b"i", b"joe@" + domain)],
            [(b"i", b"joe@sub." + domain)], [(b"i", b"joe@elsewhere.test")], [(b"i", b"@" + domain.upper())], [(b"i", b"joe")],
            [(b"i", b"a=20b@" + domain)], [(b"d", domain.upper())], [(b"s", None)], [(b"d", None)], [(b"h", None)], [(b"bh", None)],
            [(b"+zz", b"1")], [(b"+z", b"From:joe@x|To:y")], [(b"+s", b"again")], [(b"+", b"x")], [(b"+l", b"abc")], [(b"+l", b"0")],
            [(b"+l", b"99999")], [(b"+l", b"5")], [(b"+zz", b"")], [(b"bh", b"AAAA")], [(b"+T", b"5")], [(b"s", b"-bad-")], [(b"d", b"com")],
            [(b"v", b"01")], [(b"v", b"1 ")], [(b"+a b", b"1")], [(b"+x", b"9" * 13)], [(b"t", b"9" * 13)]])

    def signature(self, fields, body, domain, good=0.75, odd=True):
        """One DKIM-Signature field over the message."""
        key = self.key()
        selector = self.publish(key, domain, good)
        canon = self.rnd.choice(CANONS)
        domain = domain.encode()
        change = self.tags(domain) if odd else []
        signer = Signer(b"".join(f + b"\r\n" for f in fields) + b"\r\n" + body, change)
        header = signer.sign(selector, domain, key.private, signature_algorithm=key.algorithm, canonicalize=canon,
                             include_headers=self.names(fields), length=odd and self.chance(0.1))
        return header.removesuffix(b"\r\n")

    # ---- ARC ----

    def seal(self, fields, body, chain="pass"):
        """One more ARC set on top, or nothing when python3-dkim sees no sense in it."""
        domain = self.rnd.choice(["hop1.test", "hop2.test", "list.example"])
        key = keys.rsa(1024)
        selector = self.publish(key, domain, 0.93)
        results = f"Authentication-Results: {domain}; arc={chain}; spf=pass smtp.mailfrom=example.com; dmarc=pass header.from=x.test"
        message = b"".join(f + b"\r\n" for f in [results.encode()] + fields) + b"\r\n" + body
        change = {}
        if self.chance(0.12):
            change[b"ARC-Seal"] = self.rnd.choice([
                [(b"cv", b"fail")], [(b"cv", b"none")], [(b"cv", b"pass")], [(b"cv", None)], [(b"t", None)], [(b"t", b"abc")], [(b"+h", b"from")],
                [(b"+zz", b"1")], [(b"a", b"rsa-sha1")], [(b"a", None)], [(b"i", b"7")], [(b"i", None)], [(b"i", b"0")], [(b"i", b"01")],
                [(b"i", b"51")], [(b"+d", b"twice.test")], [(b"d", None)], [(b"s", None)], [(b"+c", b"relaxed/relaxed")], [(b"cv", b"Pass")],
                [(b"+bh", b"AAAA")], [(b"+x", EXPIRED.encode())]])
        elif self.chance(0.12):
            change[b"ARC-Message-Signature"] = self.rnd.choice([
                [(b"c", None)], [(b"c", b"simple/simple")], [(b"c", b"")], [(b"t", None)], [(b"t", b"abc")], [(b"+x", EXPIRED.encode())],
                [(b"+x", FUTURE.encode())], [(b"+l", b"0")], [(b"+zz", b"1")], [(b"a", b"rsa-sha1")], [(b"i", b"9")], [(b"i", None)], [(b"i", b"01")],
                [(b"+v", b"1")], [(b"h", b"to : subject")], [(b"h", None)], [(b"h", b"from : arc-seal")], [(b"bh", b"AAAA")], [(b"bh", None)],
                [(b"+q", b"dns/txt")], [(b"+d", b"twice.test")], [(b"t", FUTURE.encode())]])
        sealer = Sealer(message, change)
        try:
            new = sealer.sign(selector, domain.encode(), key.private, domain.encode(), include_headers=self.names(fields), timestamp=NOW)
        except dkim.DKIMException:
            return []
        return [f.removesuffix(b"\r\n") for f in new]

    def chain(self, fields, body):
        """Several sets, and what a bad hop does to them."""
        length = self.rnd.choice([1, 1, 2, 2, 3, 5])
        for i in range(length):
            fields = self.seal(fields, body, "none" if i == 0 else self.rnd.choices(["pass", "fail"], [95, 5])[0]) + fields
            if self.chance(0.06):
                fields.append(b"X-Added: by hop %d" % i)
            if self.chance(0.05):
                body += b"-- \r\nfooter\r\n"
            if self.chance(0.05):
                break_fields(self.rnd, fields, b"arc-")
        return fields, body


def break_fields(rnd, fields, prefix):
    """Damages one field whose name begins so."""
    at = [i for i, f in enumerate(fields) if f.lower().startswith(prefix)]
    if not at:
        return
    i = rnd.choice(at)
    how = rnd.random()
    if how < 0.25:
        del fields[i]
    elif how < 0.4:
        fields.insert(i, fields[i])
    elif how < 0.5:
        fields[i] = fields[i].replace(b"i=1", b"i=2", 1)
    elif how < 0.6:
        fields[i] = fields[i].replace(b"\r\n ", b" ")
    elif how < 0.7:
        fields[i] = fields[i].replace(b"; ", b";\r\n\t ")
    elif how < 0.8 and not fields[i].endswith(b":"):
        j = rnd.randint(fields[i].index(b":") + 1, len(fields[i]) - 1)
        if fields[i][j:j + 1] not in b"\r\n \t" and fields[i][j - 1:j] not in b"\r\n":
            fields[i] = fields[i][:j] + rnd.choice([b"x", b";", b"=", b" ", b"A"]) + fields[i][j + 1:]
    elif how < 0.9:
        name, _, rest = fields[i].partition(b":")
        fields[i] = name.upper() + b":" + rest
    else:
        rnd.shuffle(fields)


def damage(rnd, fields, body):
    """What a list or a relay may do to a message; most do nothing.  Answers the body."""
    how = rnd.random()
    if how < 0.6:
        return body
    if how < 0.68:
        return body + rnd.choice([b"more\r\n", b"\r\n\r\n", b" \r\n", b"x"])
    if how < 0.72:
        return body.replace(b"Hello", b"Hullo").replace(b"  ", b" ")
    if how < 0.76:
        return body.replace(b" ", b"  ")
    if how < 0.8:
        return body.rstrip(b"\r\n")
    if how < 0.88:
        break_fields(rnd, fields, rnd.choice([b"subject", b"to", b"received", b"x-", b"date"]))
    elif how < 0.94:
        break_fields(rnd, fields, b"dkim-")
    elif how < 0.97:
        fields.insert(0, rnd.choice([b"Subject: added", b"Received: from relay.test by mx.test", b"X-Empty:"]))
    else:
        fields[:] = [f.replace(b": ", b":  ", 1) for f in fields]
    return body
