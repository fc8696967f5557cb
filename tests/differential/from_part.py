"""From fields: plain, and all that RFC 5322, 6532 and 6854 allow and forbid."""

PLAIN = ["Joe <joe@{d}>", "joe@{d}", '"Joe Doe" <joe@{d}>', "<joe@{d}>", "Joe <joe@{D}>", "=?utf-8?q?J=C3=B6e?= <joe@{d}>",
         "Joe\r\n\t<joe@{d}>"]
ODD = ['"Doe, Joe" <joe@{d}>', '"a@other.test" <joe@{d}>', "joe@{d} (a@other.test)", "(c) Joe (c) <joe@{d}> (c)",
       '"x\\"<y@other.test>" <joe@{d}>', '"joe@x"@{d}', '"a b"@{d}', "joe@{d}, ann@{d}",
       "Joe <joe@{d}>, Ann <ann@{D}>", "joe@{d}, ann@other.test", "Team: joe@{d}, ann@{d};", "Team: joe@{d};, x@{d}",
       "Undisclosed:;", "Joe <joe@{d}.>", "Joe <joe@>", "Joe", "", "<>", "<@other.test:joe@{d}>", "joe@{d}@other.test",
       "joe@{d}>", "joe @ {d}", ",joe@{d}", "joe@{d},,", "=?utf-8?q?a=40other.test=2C?= <joe@{d}>", "Jöe <joe@{d}>",
       "jöe@{d}", "Joe. Doe <joe@{d}>", "Joe <joe@(c){d}>", "joe.@{d}", ".joe@{d}", "joe@-x.{d}", "joe@x_y.{d}",
       '"Joe <joe@{d}>', "joe@{d} <ann@other.test>", "<joe@{d}>, <ann@sub.{d}>", "joe(c)@(c){d}(c)", "joe@bücher.{d}"]
BROKEN = ["joe@[192.0.2.1]", "joe <joe@{d}", "Joe <joe@{d}> <ann@other.test>", "joe@{d};", "Joe Doe joe@{d}",
          "joe@.{d}", "joe@x..{d}", "Joe \\<x@y.test> <joe@{d}>", "Joe <joe@{d}> trailing"]


def from_field(rnd, domain, odd):
    """The fields, most often one, for an author domain; and the template used."""
    template = rnd.choice(PLAIN if not odd else BROKEN if rnd.random() < 0.1 else ODD)
    value = template.replace("{d}", domain).replace("{D}", domain.upper())
    field = b"From: " + value.encode()
    if odd and rnd.random() < 0.04:
        return [field, b"From: other@" + domain.encode()], template
    if odd and rnd.random() < 0.02:
        return [], template
    return [field], template
