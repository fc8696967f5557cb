"""SPF records of every kind, good and broken (RFC 7208), for a client address, with what they refer to."""

IPV4 = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "203.0.113.200"]
IPV6 = ["2001:db8::1", "2001:db8:0:1::25", "2001:db8:ffff::aaaa", "::ffff:192.0.2.1", "::ffff:c000:24d"]
OTHER_V4 = ["192.0.2.0", "192.0.2.64", "198.51.100.0", "203.0.113.0", "10.9.8.7"]
OTHER_V6 = ["2001:db8::", "2001:db8:0:1::", "2001:db8:ffff::", "fe80::1", "::", "::ffff:192.0.2.0"]
LETTERS = "slodipvh"
EXPLAIN_LETTERS = LETTERS + "cr"  # and t, the time
DELIMITERS = ".-+,/_="


class SpfPart:
    """Grows a zone; `rnd` decides everything."""

    def __init__(self, rnd, zone, ip):
        self.rnd, self.zone, self.ip = rnd, zone, ip
        self.made = 0
        self.budget = rnd.choice([3, 6, 14])  # records in all

    def name(self, stem="n"):
        self.made += 1
        top = self.rnd.choice(["example.com", "example.net", "b.example", "deep.er.example.org"])
        return f"{stem}{self.made}.{top}"

    def chance(self, p):
        return self.rnd.random() < p

    # ---- addresses ----

    def mapped(self):
        return {"::ffff:192.0.2.1": "192.0.2.1", "::ffff:c000:24d": "192.0.2.77"}.get(self.ip, self.ip)

    def is_v4(self):
        return ":" not in self.mapped()

    def some_v4(self):
        return self.mapped() if self.is_v4() and self.chance(0.5) else self.rnd.choice(IPV4 + OTHER_V4)

    def some_v6(self):
        return self.mapped() if not self.is_v4() and self.chance(0.5) else self.rnd.choice(IPV6 + OTHER_V6)

    def host(self, stem="h"):
        """A name with addresses, or one with a fault."""
        name = self.name(stem)
        how = self.rnd.random()
        if how < 0.07:
            return name  # nothing there
        if how < 0.12:
            self.zone[name] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
        elif how < 0.17:
            self.zone[name] = {"TXT": ["no address here"]}
        elif how < 0.22:
            self.zone[name] = {"CNAME": [self.host()]}
        else:
            addresses = {}
            if self.chance(0.8):
                addresses["A"] = sorted({self.some_v4() for _ in range(self.rnd.choice([1, 1, 1, 2, 12]))})
            if self.chance(0.6):
                addresses["AAAA"] = sorted({self.some_v6() for _ in range(self.rnd.choice([1, 1, 3]))})
            self.zone[name] = addresses or {"A": [self.some_v4()]}
        return name

    def mx(self):
        name = self.name("m")
        how = self.rnd.random()
        if how < 0.1:
            return name
        if how < 0.15:
            self.zone[name] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
        elif how < 0.2:
            self.zone[name] = {"MX": [[0, "."]]}
        else:
            count = self.rnd.choice([1, 1, 2, 3, 10, 11, 12])
            self.zone[name] = {"MX": [[10 * (i + 1), self.host("x")] for i in range(count)]}
            if self.chance(0.2):
                self.zone[name]["A"] = [self.some_v4()]
        return name

    def reverse(self):
        """The client's PTR, once a case."""
        ip = self.mapped()
        if self.is_v4():
            owner = ".".join(reversed(ip.split("."))) + ".in-addr.arpa"
        else:
            import ipaddress
            owner = ipaddress.IPv6Address(ip).reverse_pointer
        how = self.rnd.random()
        if how < 0.15:
            return
        if how < 0.25:
            self.zone[owner] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
            return
        names = []
        for _ in range(self.rnd.choice([1, 1, 2, 3, 11])):
            names.append(self.host("p"))
            if self.chance(0.5) and isinstance(self.zone.get(names[-1]), dict) and "CNAME" not in self.zone[names[-1]]:
                self.zone[names[-1]]["A" if self.is_v4() else "AAAA"] = [ip]
        self.zone[owner] = {"PTR": names}

    # ---- terms ----

    def macro(self, letters=LETTERS):
        letter = self.rnd.choice(letters)
        if self.chance(0.15):
            letter = letter.upper()
        digits = self.rnd.choice(["", "", "", "1", "2", "3", "128", "0", "999999999999"])
        if digits in ("0", "999999999999") and self.chance(0.7):
            digits = ""
        reverse = self.rnd.choice(["", "", "r", "R"])
        delimiters = "".join(self.rnd.sample(DELIMITERS, self.rnd.choice([0, 0, 0, 1, 2])))
        return "%{" + letter + digits + reverse + delimiters + "}"

    def expanding(self, base):
        """A domain-spec that may hold macros; where it leads is anybody's guess."""
        if self.chance(0.75):
            return base
        parts = [self.macro() if self.chance(0.7) else self.rnd.choice(["%%", "%_", "%-", "x", "a-b", "_spf"])
                 for _ in range(self.rnd.choice([1, 1, 2, 3]))]
        spec = ".".join(parts) + ("" if self.chance(0.2) else "." + base)
        wild = "*." + base
        if self.chance(0.5) and wild not in self.zone:
            self.zone[wild] = {"A": ["127.0.0.2"]} if self.chance(0.7) else {"TXT": [self.record(9)]}
        return spec

    def cidr(self):
        four = self.rnd.choice(["", "", "/0", "/8", "/24", "/25", "/32", "/33", "/024"])
        six = self.rnd.choice(["", "", "//0", "//32", "//64", "//128", "//129"])
        if self.chance(0.7):
            four, six = four.replace("/33", "").replace("/024", ""), six.replace("//129", "")
        return four + six

    def directive(self, depth):
        kind = self.rnd.choice(["all", "include", "include", "a", "a", "mx", "mx", "ptr", "ip4", "ip4", "ip6", "ip6",
                                "exists"])
        qualifier = self.rnd.choice(["", "", "", "+", "-", "~", "?"])
        return qualifier + (kind if self.chance(0.95) else kind.upper()) + self.argument(kind, depth)

    def argument(self, kind, depth):
        if kind == "ip4":
            return ":" + self.some_v4() + self.rnd.choice(["", "", "/24", "/16", "/32", "/0"])
        if kind == "ip6":
            return ":" + self.some_v6() + self.rnd.choice(["", "", "/64", "/32", "/128", "/0"])
        if kind == "include":
            return ":" + self.expanding(self.target(depth))
        if kind == "exists":
            return ":" + self.expanding(self.host("e"))
        if kind == "ptr":
            return "" if self.chance(0.4) else ":" + self.expanding(self.rnd.choice(["example.com", "b.example", self.name()]))
        if kind in ("a", "mx"):
            where = "" if self.chance(0.3) else ":" + self.expanding(self.host() if kind == "a" else self.mx())
            return where + (self.cidr() if self.chance(0.4) else "")
        return ""

    def target(self, depth):
        """Where an include or a redirect leads: a new record, one there is already, or none."""
        known = [n for n, c in self.zone.items() if isinstance(c, dict) and "TXT" in c and "*" not in n]
        how = self.rnd.random()
        if how < 0.1 or depth > 8:
            return self.name("nothing")
        if known and (how < 0.3 or self.budget <= 0):
            return self.rnd.choice(known)
        name = self.name("i")
        if how > 0.95:
            self.zone[name] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
        else:
            self.zone[name] = {"TXT": []}
            self.zone[name]["TXT"] = self.texts(depth + 1)
        return name

    def modifier(self, depth):
        kind = self.rnd.choice(["redirect", "redirect", "exp", "exp", "x-other", "moo.-_"])
        if kind == "redirect":
            return "redirect=" + self.expanding(self.target(depth))
        if kind == "exp":
            return "exp=" + self.expanding(self.explanation())
        return kind + "=" + self.rnd.choice(["", "abc", "%{d}", "%{c}", "a:b/c"])

    def explanation(self):
        name = self.name("why")
        words = ["See", "http://x.example/%{o}", "100%%", "no", "mail", "of %{s}"]
        words += [self.macro(EXPLAIN_LETTERS) for _ in range(3)]
        if self.chance(0.05):
            words.append(self.rnd.choice(["%", "%{", "%{x}", "h\xf6"]))
        text = " ".join(self.rnd.choice(words) for _ in range(self.rnd.choice([1, 3, 6])))
        self.zone[name] = {"TXT": [text] * self.rnd.choice([1, 1, 1, 1, 2])}
        return name

    # ---- records ----

    def near_limits(self):
        """About ten terms that ask DNS in vain, or about two that find nothing, then one that matches."""
        elsewhere = {"A": ["10.9.8.7"], "AAAA": ["2001:db8:dead::1"]}
        terms, count = [], self.rnd.choice([8, 9, 10, 11, 12])
        for _ in range(count):
            name = self.name("l")
            kind = self.rnd.choice(["a", "a", "mx", "include", "exists", "ptr"])
            if kind == "include":
                self.zone[name] = {"TXT": [self.rnd.choice(["v=spf1 -all", "v=spf1 ~all", "v=spf1"])]}
            elif kind == "mx":
                self.zone[name] = {"MX": [[1, "x" + name]]}
                self.zone["x" + name] = elsewhere
            elif kind == "exists":
                self.zone[name] = {"TXT": ["no address here"]} if self.chance(0.1) else elsewhere
                kind = "a"
            else:
                self.zone[name] = elsewhere
            terms.append(f"{kind}:{name}")
        if self.chance(0.5):
            empty = [f"{self.rnd.choice(['a', 'mx', 'exists'])}:{self.name('void')}" for _ in range(self.rnd.choice([1, 2, 3, 4]))]
            terms = empty + terms[:self.rnd.choice([0, 3, 7])]
            self.rnd.shuffle(terms)
        last = self.rnd.choice(["-all", "+all", "redirect=" + self.name("r")])
        if last[0] == "r":
            self.zone[last[9:]] = {"TXT": ["v=spf1 +all"]}
        return " ".join(["v=spf1"] + terms + [last])

    def record(self, depth=0):
        self.budget -= 1
        if depth == 0 and self.chance(0.08):
            return self.near_limits()
        terms = [self.directive(depth) for _ in range(self.rnd.choice([0, 1, 1, 2, 3, 5, 12]))]
        if self.chance(0.6):
            terms.append(self.rnd.choice("+-~?-~") + "all")
        for _ in range(self.rnd.choice([0, 0, 1, 1, 2])):
            terms.insert(self.rnd.randint(0, len(terms)), self.modifier(depth))
        text = " ".join(["v=spf1"] + terms)
        if self.chance(0.08):
            text = self.damaged(text)
        return text

    def damaged(self, text):
        at = self.rnd.randint(0, len(text))
        how = self.rnd.random()
        if how < 0.4:
            return text[:at] + self.rnd.choice([" ", "  ", "%", ":", "/", ".", "=", "-", "{", "}", "~", "x", "\t", "\xe9", "1",
                                                "\x00", "all", "redirect=", "exp="]) + text[at:]
        if how < 0.8:
            return text[:at] + text[at + 1:]
        if how < 0.9:
            return text + self.rnd.choice([" ", "   ", " a:", " ip4:1.2.3", " ip6:::1::", " include", " mx/", " ptr/24", " all:x",
                                           " a:x", " exists:a", " redirect=", " exp=", " -", " unknown", " a//"])
        return self.rnd.choice(["V=SPF1", "v=spf10", "v=spf1", "v=spf2.0/mfrom", " v=spf1", "v=spf1,"]) + text[6:]

    def texts(self, depth=0):
        """The TXT records of one name."""
        how = self.rnd.random()
        if how < 0.03:
            return ["unrelated"]
        if how < 0.06:
            return [self.record(depth), "v=spf1 -all"]
        if how < 0.12:
            return ["unrelated", self.record(depth)]
        text = self.record(depth)
        if len(text) > 40 and self.chance(0.3):
            cut = self.rnd.randint(1, len(text) - 1)
            return [[text[:cut], text[cut:]]]
        return [text]

    def domain(self, name):
        """Publishes something at `name`."""
        how = self.rnd.random()
        if how < 0.04:
            self.zone[name] = self.rnd.choice(["SERVFAIL", "TIMEOUT"])
        elif how < 0.08:
            return
        elif how < 0.12:
            self.zone[name] = {"A": [self.some_v4()]}
        else:
            own = self.zone[name] = {"TXT": []}
            own["TXT"] = self.texts()
            if self.chance(0.4):
                own["A"] = [self.some_v4()]
            if self.chance(0.2):
                own["AAAA"] = [self.some_v6()]
            if self.chance(0.2):
                own["MX"] = [[10, self.host("x")]]
        self.reverse()

    def simple(self, name):
        """An ordinary record with a likely result."""
        good = f"ip{4 if self.is_v4() else 6}:{self.mapped()}"
        text = self.rnd.choice([f"v=spf1 {good} -all", f"v=spf1 {good} ~all", "v=spf1 +all", "v=spf1 -all", "v=spf1 ~all",
                                "v=spf1 ?all", f"v=spf1 {good} -all", "v=spf1 broken"])
        if isinstance(self.zone.get(name, {}), dict):
            self.zone.setdefault(name, {}).setdefault("TXT", []).append(text)
