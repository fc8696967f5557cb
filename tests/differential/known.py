"""The disagreements that are not our fault: which section decides, and a test as narrow as can be."""

import copy
import re

RULES = []


def rule(what, section):
    """Adds a function (case, ours, theirs) -> bool; its first argument says which kind of difference it is about."""
    def add(function):
        RULES.append((what, function.__name__, section, function))
        return function
    return add


def explain(case, what, ours, theirs):
    """The name of the rule that explains it, or None."""
    for of, name, _, holds in RULES:
        if of == what and holds(case, ours, theirs):
            return name
    return None


def sections():
    return {name: section for _, name, section, _ in RULES} | {f.__name__: section for section, f in REWRITES}


# ---- rewriting: the strongest explanation, see rewritten() in run.py ----

REWRITES = []


def rewrite(section):
    """Adds a function that answers the case without one feature, or None when it has not got it."""
    def add(function):
        REWRITES.append((section, function))
        return function
    return add


def rewrites(case, whats):
    """(name, variant) for each rule that applies, and for all of them together."""
    if not whats:
        return
    together, last = case, None
    for _, function in REWRITES:
        variant = function(case)
        if variant:
            yield function.__name__, variant
            together, last = function(together) or together, (function.__name__ if last is None else last)
    if last:
        yield last, copy.copy(together)


def with_texts(case, below, change):
    """The case with the texts of names that match changed; None when nothing did."""
    zone = {}
    for name, content in case.zone.items():
        if isinstance(content, dict) and "TXT" in content and re.search(below, name):
            content = dict(content, TXT=[change(t if isinstance(t, str) else "".join(t)) for t in content["TXT"]])
        zone[name] = content
    joined = {n: (dict(c, TXT=[t if isinstance(t, str) else "".join(t) for t in c["TXT"]]) if isinstance(c, dict) and "TXT" in c
                  and re.search(below, n) else c) for n, c in case.zone.items()}
    if zone == joined:
        return None
    variant = copy.copy(case)
    variant.zone = zone
    return variant


DMARC_NAMES = r"^_dmarc\.|^record\.dmarc\."


@rewrite("RFC 9989 section 4.8: tag names are ABNF strings, which ignore case (RFC 5234 section 2.3)")
def case_of_dmarc_tags(case):
    return with_texts(case, DMARC_NAMES, lambda t: re.sub(r"(;\s*)([A-Za-z]+)", lambda m: m.group(1) + m.group(2).lower(), t))


@rewrite("RFC 9989 section 4.8: errors after v= are ignored, so the first of several tags of a name holds; RFC 6376 section 3.2, "
         "for DKIM, would void the record")
def duplicate_dmarc_tags(case):
    def first_only(text):
        kept, seen = [], set()
        for part in text.split(";"):
            name = part.partition("=")[0].strip().lower()
            if name and name in seen:
                continue
            seen.add(name)
            kept.append(part)
        return ";".join(kept)
    return with_texts(case, DMARC_NAMES, first_only)


# ---- SPF ----

def checked_domain(case):
    return case.sender.rpartition("@")[2] if case.sender else case.helo


@rule("spf", "RFC 7208 section 4.3: a zero-length label at the end is no fault; RFC 2181 section 11: nor are _ and outer hyphens")
def names_that_are_no_host_names(case, ours, theirs):
    labels = checked_domain(case).split(".")
    odd = labels[-1] == "" or any("_" in label or label[:1] == "-" or label[-1:] == "-" for label in labels)
    return odd and theirs["spf"]["result"] == "none" and ours["spf"]["result"] != "none"


def spf_records(case):
    """Every text of the zone, joined, to look for terms in."""
    texts = [t for content in case.zone.values() if isinstance(content, dict) for t in content.get("TXT", [])]
    return "\n".join(t if isinstance(t, str) else "".join(t) for t in texts)


@rule("spf", "RFC 7208 section 4.6.4: void lookups are counted by the term; what %{p} asks for is part of its term")
def voids_of_a_macro(case, ours, theirs):
    return ("Too many void DNS results" in theirs["spf"]["comment"] and ours["spf"]["result"] != "permerror"
            and re.search(r"%\{p", spf_records(case), re.I) is not None)


@rule("spf", "RFC 7208 sections 4.8 and 4.6.4: a name that ends as a macro made it can be asked for, and its answer is a void")
def voids_of_odd_names(case, ours, theirs):
    return ("for which DNS has nothing" in ours["spf"]["comment"] and theirs["spf"]["result"] != "permerror"
            and re.search(r"[:=]\S*(%\{[^}]*\}|%[-_%])(/\S*)?( |$)", spf_records(case), re.M) is not None)


@rule("explanation", "RFC 7208 section 6.2 and RFC 8616 section 4: an explanation is no term that has to match; made printable")
def explanation_for_other_scripts(case, ours, theirs):
    return not case.sender.rpartition("@")[0].isascii() and theirs["spf"]["explanation"] == "" and "?" in ours["spf"]["explanation"]


@rule("explanation", "RFC 7208 section 7.3 does not say in which case %{i} writes hexadecimal digits")
def case_of_nibbles(case, ours, theirs):
    return ":" in case.ip and ours["spf"]["explanation"].lower() == theirs["spf"]["explanation"].lower()


@rule("spf", "RFC 7208 sections 5.3 and 5.4: a and mx without a domain-spec are about <domain>, which is not expanded again")
def percent_expanded_twice(case, ours, theirs):
    bare = theirs["spf"]["comment"].endswith("during lookup of " + (case.sender or "postmaster@" + case.helo))
    return (bare and theirs["spf"]["result"] == "permerror" and ours["spf"]["result"] != "permerror"
            and re.search(r"%(%|\{[A-Z])", spf_records(case)) is not None)
