"""From fields: plain, and all that RFC 5322, 6532 and 6854 allow and forbid."""

PLAIN = ["Joe <joe@{d}>", "joe@{d}", '"Joe Doe" <joe@{d}>', "<joe@{d}>", "Joe <joe@{D}>", "=?utf-8?q?J=C3=B6e?= <joe@{d}>",
         "Joe\r\n\t<joe@{d}>"]
ODD = ['"Doe, Joe" <joe@{d}>', '"a@other.test" <joe@{d}>', "joe@{d} (a@other.test)", "(c) Joe (c) <joe@{d}> (c)", '"x\\"<y@other.test>" <joe@{d}>',
       '"joe@x"@{d}', '"a b"@{d}', "joe@{d}, ann@{d}", "Joe <joe@{d}>, Ann <ann@{D}>", "joe@{d}, ann@other.test",
       "Team: joe@{d}, ann@{d};", "Team: joe@{d};, x@{d}", "Undisclosed:;", "Joe <joe@{d}.>", "joe@[192.0.2.1]", "Joe <joe@>", "Joe", "", "<>",
       "<@other.test:joe@{d}>", "joe@{d}@other.test", "joe <joe@{d}", "joe@{d}>", "Joe <joe@{d}> <ann@other.test>", "joe @ {d}", "joe@{d};",
       ",joe@{d}", "joe@{d},,", "Joe Doe joe@{d}", "=?utf-8?q?a=40other.test=2C?= <joe@{d}>", "J\xf6e <joe@{d}>", "j\xf6e@{d}", "Joe. Doe <joe@{d}>",
       "Joe <joe@(c){d}>", "joe.@{d}", ".joe@{d}", "joe@.{d}", "joe@x..{d}", "joe@-x.{d}", "joe@x_y.{d}", '"Joe <joe@{d}>', "Joe \\<x@y.test> <joe@{d}>",
       "joe@{d} <ann@other.test>", "<joe@{d}>, <ann@sub.{d}>", "Joe <joe@{d}> trailing", "joe(c)@(c){d}(c)", "joe@b\xfccher.{d}"]


def from_field(rnd, domain, odd):
    """The whole field, or several, for an author domain."""
    template = rnd.choice(ODD if odd else PLAIN)
    value = template.replace("{d}", domain).replace("{D}", domain.upper())
    field = b"From: " + value.encode()
    if odd and rnd.random() < 0.04:
        return [field, b"From: other@" + domain.encode()]
    if odd and rnd.random() < 0.02:
        return []
    return [field]
