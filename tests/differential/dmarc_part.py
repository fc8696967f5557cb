"""DMARC records, good and odd, at the levels of a tree of names (RFC 9989), and author domains in it."""

LABELS = ["example", "mail", "a", "b", "news", "co", "corp", "x1", "eu", "very-long-label", "_x"]
TOPS = ["example", "test", "co.example", "gov.test"]
URIS = ["mailto:d@rua.example", "mailto:a@b.example!10m", "https://rua.example/x", "mailto:a%2cb@b.example", "a@b.example",
        "mailto:", "nonsense", "ftp:x", "", "mailto:d@rua.example!x"]


class DmarcPart:
    def __init__(self, rnd, zone):
        self.rnd, self.zone = rnd, zone

    def chance(self, p):
        return self.rnd.random() < p

    def author(self):
        """A domain of one label to ten."""
        top = self.rnd.choice(TOPS)
        depth = self.rnd.choices(range(0, 10), [2, 30, 30, 15, 6, 5, 4, 4, 3, 3])[0]
        labels = [self.rnd.choice(LABELS[:-1]) for _ in range(depth)] + top.split(".")
        return ".".join(labels)

    def relative(self, domain):
        """A domain that may align with `domain`, or not."""
        labels = domain.split(".")
        how = self.rnd.random()
        if how < 0.3:
            return domain
        cut = self.rnd.randint(0, len(labels) - 1)
        if how < 0.5:
            return ".".join(labels[cut:])
        if how < 0.65:
            return self.rnd.choice(LABELS[:-1]) + "." + domain
        if how < 0.85:
            return self.rnd.choice(LABELS[:-1]) + "." + ".".join(labels[cut:])
        if how < 0.9:
            return ".".join(self.rnd.choice(LABELS[:-1]) for _ in range(7)) + "." + ".".join(labels[cut:])
        return self.rnd.choice(["unrelated.test", "esp.example", "other.co.example"])

    # ---- records ----

    def policy(self):
        return self.rnd.choices(["none", "quarantine", "reject", "Reject", "rejct", "", "none quarantine"],
                                [20, 30, 40, 3, 3, 2, 2])[0]

    def tag(self, name):
        rnd = self.rnd
        if name in ("p", "sp", "np"):
            return self.policy()
        if name in ("adkim", "aspf"):
            return rnd.choice(["r", "s", "s", "R", "S", "x"])
        if name in ("psd", "t"):
            return rnd.choice(["y", "n", "y", "n", "u", "Y", "x"])
        if name in ("rua", "ruf"):
            return rnd.choice([",", " , "]).join(rnd.choice(URIS) for _ in range(rnd.choice([1, 1, 2])))
        if name == "pct":
            return rnd.choice(["0", "50", "100", "x"])
        if name == "fo":
            return rnd.choice(["0", "1", "d:s", "x"])
        return rnd.choice(["", "v", "a b"])

    def record(self):
        rnd = self.rnd
        names = ["p"] if self.chance(0.92) else []
        for name, weight in (("sp", 0.35), ("np", 0.3), ("adkim", 0.3), ("aspf", 0.3), ("psd", 0.2), ("t", 0.15), ("rua", 0.3),
                             ("ruf", 0.05), ("pct", 0.08), ("fo", 0.05), ("zz", 0.05), ("ri", 0.02)):
            if self.chance(weight):
                names.append(name)
        if self.chance(0.3):
            rnd.shuffle(names)
        equals = rnd.choices(["=", " = ", "= ", "\t="], [90, 4, 3, 3])[0]
        separator = rnd.choices(["; ", ";", " ; ", ";\t", ";;"], [70, 20, 4, 3, 1])[0]
        tags = [rnd.choices(["v=DMARC1", "v = DMARC1", "V=DMARC1", "v=dmarc1", "v=DMARC2", "v=DMARC10", " v=DMARC1"],
                            [93, 2, 1, 1, 1, 1, 1])[0]]
        for name in names:
            shown = name.upper() if self.chance(0.01) else name
            tags.append(shown + equals + self.tag(name))
        if self.chance(0.02) and names:
            tags.append(rnd.choice(names) + "=" + self.tag(rnd.choice(names)))
        if self.chance(0.02):
            tags.insert(rnd.randint(0, len(tags)), rnd.choice(["x", "=", "p", "p reject", "=reject", "\xfc=1"]))
        return separator.join(tags) + rnd.choice(["", "", ";", "; ", " "])

    def texts(self):
        how = self.rnd.random()
        if how < 0.05:
            return [self.record(), self.record()]
        if how < 0.1:
            return ["v=spf1 -all", self.record()]
        text = self.record()
        if how < 0.2 and len(text) > 1:
            cut = self.rnd.randint(1, len(text) - 1)
            return [[text[:cut], text[cut:]]]
        return [text]

    def publish(self, domain):
        """Something at `_dmarc` of some of the levels of `domain`."""
        labels = domain.split(".")
        for i in range(len(labels)):
            at = "_dmarc." + ".".join(labels[i:])
            if at in self.zone or len(at) > 253 or not self.chance(0.5 if i == 0 else 0.35):
                continue
            how = self.rnd.random()
            if how < 0.04:
                self.zone[at] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
            elif how < 0.07:
                self.zone[at] = {"CNAME": ["record.dmarc.host.test"]}
                self.zone.setdefault("record.dmarc.host.test", {"TXT": self.texts()})
            elif how < 0.09:
                self.zone[at] = {"A": ["192.0.2.1"]}
            else:
                self.zone[at] = {"TXT": self.texts()}
        self.exist(domain)

    def exist(self, domain):
        """Whether the name itself is there."""
        how = self.rnd.random()
        if domain in self.zone or how < 0.35:
            return
        if how < 0.4:
            self.zone[domain] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
        elif how < 0.45:
            self.zone[domain] = {"CNAME": ["gone.test" if self.chance(0.5) else "there.test"]}
            self.zone.setdefault("there.test", {"A": ["192.0.2.3"]})
        elif how < 0.55 and "." in domain:
            self.zone.setdefault("*." + domain.partition(".")[2], {"A": ["192.0.2.2"]})
        elif how < 0.6:
            self.zone["below." + domain] = {"A": ["192.0.2.2"]}
        else:
            self.zone[domain] = {"A": ["192.0.2.2"]} if self.chance(0.7) else {"TXT": ["hello"]}
