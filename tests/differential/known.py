"""The disagreements that are not our fault: which section decides, and a test as narrow as can be."""

import copy
import re

RULES = []


def rule(what, section):
    """
    Adds a function (case, ours, theirs) -> bool; its first argument says which kind of difference it is about.
    One about "dkim" is shown the answers about one signature.
    """
    def add(function):
        RULES.append((what, function.__name__, section, function))
        return function
    return add


def explain(case, what, ours, theirs):
    """The name of the rule that explains it, or None."""
    part, _, number = what.partition(" ")
    for of, name, _, holds in RULES:
        if of == what and holds(case, ours, theirs):
            return name
        if of == "dkim" == part and number.isdigit() and holds(case, ours["dkim"][int(number)], theirs["dkim"][int(number)]):
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


@rewrite("RFC 9989 section 4.10.1: nothing can be reported to a mailto: that names no mailbox, so it is no reporting URI")
def mailto_nobody(case):
    return with_texts(case, DMARC_NAMES, lambda t: re.sub(r"mailto:(?=\s*(?:[,;]|$))", "nobody", t))


@rewrite("RFC 6376 section 3.6.2.2: what several TXT records at a selector mean is undefined; we take the one that is a key")
def several_texts_for_a_key(case):
    def keys_only(content):
        if not isinstance(content, dict) or len(content.get("TXT", [])) < 2:
            return content
        return dict(content, TXT=[t for t in content["TXT"] if "p=" in t])
    variant = copy.copy(case)
    variant.zone = {n: keys_only(c) if "._domainkey." in n else c for n, c in case.zone.items()}
    return variant if variant.zone != case.zone else None


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


@rule("explanation", "RFC 7208 section 7.3 says neither in which case %{i} writes digits nor that domains keep theirs")
def case_of_expansion(case, ours, theirs):
    free = ":" in case.ip or checked_domain(case) != checked_domain(case).lower()
    return free and ours["spf"]["explanation"].lower() == theirs["spf"]["explanation"].lower()


@rule("spf", "RFC 7208 sections 5.3 and 5.4: a and mx without a domain-spec are about <domain>, which is not expanded again")
def percent_expanded_twice(case, ours, theirs):
    bare = theirs["spf"]["comment"].endswith("during lookup of " + (case.sender or "postmaster@" + case.helo))
    return (bare and theirs["spf"]["result"] == "permerror" and ours["spf"]["result"] != "permerror"
            and re.search(r"%([%-]|\{[A-Z])", spf_records(case)) is not None)


# ---- DKIM ----

@rule("dkim", "RFC 6376 section 6.1: a verifier may do its checks in any order; both agree that it does not verify")
def order_of_checks(case, ours, theirs):
    bad = {"body hash did not verify", "bad signature", "body is shorter than l=", "signature did not verify", "signature expired",
           "timestamp t= is in the future"}
    return "pass" not in (ours["result"], theirs["result"]) and (ours["comment"] in bad or theirs["comment"] in bad)


@rule("dkim", "RFC 6376 section 3.2: values are case-sensitive unless their description says otherwise; k= and a= do not")
def case_of_algorithms(case, ours, theirs):
    upper_key = any(re.search(r"k=[A-Z]", t) for t in texts_at(case, f"{ours['selector']}._domainkey.{ours['domain']}"))
    return (ours["comment"] == "unknown key type in k=" and upper_key and theirs["result"] == "pass") or (
        ours["comment"] == "unknown algorithm in a=" and b"a=RSA-SHA256" in case.message)


@rule("dkim", "RFC 6376 section 3.5, t=: a signature with a time-stamp in the future MAY be ignored")
def from_the_future(case, ours, theirs):
    return ours["comment"] == "timestamp t= is in the future" and theirs["result"] == "pass"


@rule("dkim", "RFC 6376 section 3.5, l=: MUST NOT be larger than the canonicalized body")
def length_beyond_body(case, ours, theirs):
    return ours["comment"] == "body is shorter than l=" and theirs["result"] == "pass"


def texts_at(case, name):
    content = case.zone.get(name, {})
    return ["".join(t) for t in content.get("TXT", [])] if isinstance(content, dict) else []


# ---- DMARC ----

def passing_there_alone(case, ours, theirs):
    """Whether signatures pass there that do not pass here, each explained above, and DKIM aligns there alone."""
    apart = [i for i, (a, b) in enumerate(zip(ours["dkim"], theirs["dkim"])) if a["result"] != b["result"] == "pass"]
    return (len(apart) > 0 and all(explain(case, f"dkim {i}", ours, theirs) for i in apart)
            and theirs["dmarc"].get("dkim") == "yes" and ours["dmarc"]["dkim"] == "no")


@rule("dmarc", "follows from a signature that passes there and not here, explained above")
def result_of_such_a_signature(case, ours, theirs):
    return passing_there_alone(case, ours, theirs) and theirs["dmarc"]["spf"] == "no" and theirs["dmarc"]["result"] == "pass"


@rule("dmarc aligned", "follows from a signature that passes there and not here, explained above")
def alignment_of_such_a_signature(case, ours, theirs):
    return passing_there_alone(case, ours, theirs) and theirs["dmarc"]["spf"] == ours["dmarc"]["spf"]


@rule("dmarc", "RFC 9989 section 5.3.6: what a temporary error kept from aligning is a temporary error, not a failure")
def temporary_identifiers(case, ours, theirs):
    return (ours["dmarc"]["result"] == "temperror" and theirs["dmarc"]["result"] == "fail"
            and "which may align, ended in temperror" in ours["dmarc"]["comment"])


@rule("dmarc", "RFC 8020 section 2 and RFC 9989 section A.4: an answer for _dmarc.NAME shows that NAME exists; nothing is left to ask")
def existence_known(case, ours, theirs):
    author = ours["dmarc"]["author"]
    return (isinstance(case.zone.get(author), str) and isinstance(case.zone.get("_dmarc." + author), dict)
            and ours["dmarc"]["result"] == "fail" and theirs["dmarc"]["result"] == "temperror" and theirs["dmarc"]["comment"].endswith(" " + author))


# ---- ARC ----

def message_signatures(case):
    """The ARC-Message-Signature fields, unfolded, newest first."""
    head = case.message.partition(b"\r\n\r\n")[0]
    fields = re.split(rb"\r\n(?![ \t])", head)
    return [f for f in fields if f.lower().startswith(b"arc-message-signature:")]


@rule("arc", "RFC 6376 section 3.2: values are case-sensitive unless their description says otherwise; cv= does not")
def case_of_cv(case, ours, theirs):
    return ours["arc"]["comment"].endswith("unknown word in cv=") and theirs["arc"]["result"] == "pass" and b"cv=Pass" in case.message


@rule("arc", "RFC 8617 section 5.2 steps 4 and 5: of the message signatures only the last decides, whatever a= and h= say in others")
def older_signatures(case, ours, theirs):
    return ours["arc"]["result"] == "pass" and (
        (theirs["arc"] == {"result": "fail", "comment": ""} and any(b"rsa-sha1" in f for f in message_signatures(case)[1:]))
        or (theirs["arc"]["comment"].endswith("invalid ams h") and any(b"arc-seal" in f for f in message_signatures(case)[1:])))


@rule("arc", "RFC 6376 section 3.2: a tag twice makes the whole tag-list invalid, i= with it, and the chain has a gap")
def tag_twice_in_older_signature(case, ours, theirs):
    return (ours["arc"]["comment"] == "AMS: i= or the field as a whole cannot be read" and theirs["arc"]["result"] == "pass"
            and any(b"twice.test" in f for f in message_signatures(case)[1:]))


# ---- From ----

MALFORMED = {  # templates of from_part.py that we do not read, and they do
    "joe <joe@{d}": "angle-addr ends in \">\", section 3.4", "Joe <joe@{d}> <ann@other.test>": "one angle-addr, section 3.4",
    "joe@{d};": "\";\" ends a group only, section 3.4", "Joe Doe joe@{d}": "a display name needs an angle-addr, section 3.4",
    "joe@.{d}": "dot-atom, section 3.2.3", "joe@x..{d}": "dot-atom, section 3.2.3",
    "Joe \\<x@y.test> <joe@{d}>": "quoted-pairs stand in quoted-strings and comments, section 3.2.1",
    "Joe <joe@{d}> trailing": "nothing follows an angle-addr but CFWS, section 3.4",
}


@rule("dmarc", "RFC 5322 section 3.4 (see MALFORMED) and RFC 9989 section 5.3.1: without a From that can be read no Author Domain")
def malformed_from(case, ours, theirs):
    return case.template in MALFORMED and ours["dmarc"]["comment"].startswith("malformed From")


@rule("dkim", "RFC 6376 sections 5.4.2 and 8.15: of two From fields both must be signed, else one was added")
def second_from_unsigned(case, ours, theirs):
    return ours["comment"] == "a From field is not signed" and len(re.findall(rb"(?m)^From:", case.message)) > 1


@rule("dkim", "RFC 6376 section 8.2: what l= leaves out anybody may have appended; policy")
def body_beyond_the_length(case, ours, theirs):
    return ours["result"] == "policy" and ours["comment"].endswith(" bytes of the body are not signed")


@rule("dmarc", "RFC 9989 section 5.3.1: a domain literal is no Author Domain")
def domain_literal(case, ours, theirs):
    return "@[" in case.template and ours["dmarc"]["comment"].startswith("no usable domain") and theirs["dmarc"]["result"] == "none"


@rule("dmarc author", "RFC 1034 section 3.1: example.com. is example.com, and is told without the dot")
def author_with_dot(case, ours, theirs):
    return theirs["dmarc"]["author"] == ours["dmarc"]["author"] + "."


@rule("dmarc", "RFC 5322 sections 3.2.2 and 3.4.1: a comment may stand before a domain")
def comment_in_domain(case, ours, theirs):
    return case.template == "Joe <joe@(c){d}>" and theirs["dmarc"]["comment"] == "no-author-domain"
