"""What the pages name: options and tests that must exist; for tests/lint/choices and tests/lint/promises."""

import re


def options(top):
    """Option names with their defaults."""
    table = (top / "milter/config/option.c").read_text()
    return dict(re.findall(r'^    \{"[^"]+", "(\w+)", \w+, "([^"]*)"', table, re.M))


def missing(top, name):
    """
    What is wrong with a test's name: path, path:function or path:"row" of a C test, path:function of a Python one, path:row
    of the hostile messages, path:check of contrib/boot-checks; None when it is there.
    """
    path, _, what = name.partition(":")
    if not (top / path).is_file():
        return "there is no such file"
    text = (top / path).read_text()
    if not what:
        return None
    if what.startswith('"'):
        return None if "{" + what + "," in text or "(" + what + "," in text else "no row has this name"
    if path == "contrib/boot-checks":
        return None if re.search(rf"^in_{what}\(\)", text, re.M) else "no such check"
    if path.endswith(".py") or text.startswith("#!/usr/bin/python3"):
        return None if re.search(rf"^def {what}\(", text, re.M) else "no such function"
    found = re.search(rf"(?:cmocka_unit_test\w*|TEST)\({what}[,)]|ROW\({what},", text)
    return None if found else "no such test is run"
