#!/usr/bin/python3
"""run.py OURS MODULES CASES SEED [NUMBER|KIND]: us and mailauth on generated mail, compared.

OURS is tests/differential/ours, MODULES the folder node finds mailauth in.  Every
disagreement is printed unless known.py explains it.  With NUMBER (or KIND:NUMBER): that case alone,
shown whole; with KIND (spf, dmarc, from, dkim, arc): cases of that kind alone, numbered apart.
"""

import collections
import concurrent.futures
import json
import os
import re
import subprocess
import sys
import tempfile

import generate
import known

HERE = os.path.dirname(os.path.abspath(__file__))
SHOWN = 5  # of a kind


# ---- writing cases ----

def escaped(raw, specials):
    return "".join(chr(b) if 0x21 <= b <= 0x7E and chr(b) not in specials else "\\%03d" % b for b in raw)


def owner(name):
    return escaped(name.encode("latin-1"), "\\\"();@$") + "."


def rdata(rtype, value):
    if rtype == "TXT":
        pieces = [value] if isinstance(value, str) else value
        strings = [p[i:i + 255] for p in pieces for i in range(0, max(len(p), 1), 255)]
        return " ".join('"%s"' % escaped(s.encode("latin-1"), "\\\"") for s in strings)
    if rtype == "MX":
        return "%d %s" % (value[0], "." if value[1] == "." else owner(value[1]))
    return owner(value) if rtype in ("PTR", "CNAME") else value


def master_file(zone):
    for name, content in zone.items():
        if isinstance(content, str):
            yield f"{owner(name)} {content}\n"
            continue
        for rtype, values in content.items():
            for value in values:
                yield f"{owner(name)} {rtype} {rdata(rtype, value)}\n"


def write(folder, case):
    stem = os.path.join(folder, str(case.number))
    with open(stem + ".eml", "wb") as f:
        f.write(case.message)
    with open(stem + ".zone", "w", encoding="ascii") as f:
        f.writelines(master_file(case.zone))


# ---- both sides ----

def ask_ours(program, folder, cases):
    lines = "".join(f"{c.number}\t{c.ip}\t{c.helo}\t{c.sender}\n" for c in cases)
    done = subprocess.run([program, folder], input=lines.encode(), stdout=subprocess.PIPE, check=False)
    answers = {c.number: {"dkim": []} for c in cases}
    for row in done.stdout.decode("ascii").splitlines():
        number, what, *columns = row.split("\t")
        if what == "dkim":
            answers[int(number)]["dkim"].append(dict(zip(("result", "domain", "selector", "comment"), columns)))
            continue
        names = {"spf": ("result", "explanation", "comment"), "arc": ("result", "comment"), "error": ("text",),
                 "dmarc": ("result", "author", "org", "at", "policy", "spf", "dkim", "comment")}[what]
        answers[int(number)][what] = dict(zip(names, columns))
    return answers


def ask_theirs(modules, folder, cases):
    lines = "".join(json.dumps({"id": c.number, "ip": c.ip, "helo": c.helo, "from": c.sender, "zone": c.zone}) + "\n" for c in cases)
    done = subprocess.run(["node", os.path.join(HERE, "theirs.js"), modules, folder], input=lines.encode(),
                          stdout=subprocess.PIPE, check=False)
    return {answer.pop("id"): answer for answer in map(json.loads, done.stdout.decode().splitlines())}


# ---- comparing ----

# RFC 8601 section 2.7.1 and RFC 6376 section 6.1 leave open which of these words stands for a signature or a key that
# cannot be used; none of them authenticates.
UNUSABLE = ("permerror", "neutral", "policy")


def dkim_words(answer):
    return ["unusable" if s["result"] in UNUSABLE else s["result"] for s in answer["dkim"]]


def dmarc_word(answer):
    """A From field without one author domain: we say permerror, they leave DMARC out."""
    return "permerror" if answer["dmarc"]["result"] == "skipped" else answer["dmarc"]["result"]


def dmarc_columns(result, left, right):
    """What of a DMARC answer has to be the same, beside the result."""
    if result in ("pass", "fail"):
        yield "dmarc author", left["author"], right["author"]
        yield "dmarc policy domain", left["at"], right["at"]
    if result == "fail":
        yield "dmarc policy", left["policy"], right["policy"]
    if result == "pass":
        yield "dmarc aligned", left["spf"] + left["dkim"], right["spf"] + right["dkim"]


def differences(ours, theirs):
    """(what, ours, theirs): one for each thing that is not the same."""
    if "error" in ours or "error" in theirs or "spf" not in ours:
        yield "error", ours.get("error", {}).get("text", "no answer" if "spf" not in ours else ""), theirs.get("error", "")
        return
    pairs = [("spf", ours["spf"]["result"], theirs["spf"]["result"]), ("arc", ours["arc"]["result"], theirs["arc"]["result"]),
             ("dmarc", dmarc_word(ours), dmarc_word(theirs))]
    if pairs[0][1] == pairs[0][2]:
        pairs.append(("explanation", ours["spf"]["explanation"], theirs["spf"]["explanation"]))
    if pairs[2][1] == pairs[2][2]:
        pairs += dmarc_columns(pairs[2][1], ours["dmarc"], theirs["dmarc"])
    left, right = dkim_words(ours), dkim_words(theirs)
    if len(left) != len(right):
        pairs.append(("dkim", f"{len(left)} signatures", f"{len(right)} signatures"))
    pairs += [(f"dkim {i}", x, y) for i, (x, y) in enumerate(zip(left, right))]
    yield from (p for p in pairs if p[1] != p[2])


def comments(what, ours, theirs):
    """What each side says of it, with names of hosts left out, so that alike cases fall together."""
    part, _, number = what.partition(" ")
    for answer in (ours, theirs):
        told = answer.get("spf" if part == "explanation" else part) or {}
        if part == "dkim":
            told = told[int(number)] if number.isdigit() else {}
        yield re.sub(r"\S*(example|test)\b\S*", "*", told.get("comment", "") if isinstance(told, dict) else "")[:90]


def ask_both(arguments, cases):
    program, modules = arguments
    with tempfile.TemporaryDirectory(prefix="assay-differential-") as folder:
        for case in cases:
            write(folder, case)
        ours, theirs = ask_ours(program, folder, cases), ask_theirs(modules, folder, cases)
    return {c.number: (ours[c.number], theirs.get(c.number, {"error": "no answer"})) for c in cases}


def rewritten(programs, cases, answers, open_questions):
    """
    A rule of known.REWRITES takes one feature out of a case.  It explains a difference when both sides agree without
    that feature and we say what we said with it.  Answers {(number, what): name of the rule}.
    """
    variants, made_by = [], {}
    for case in cases:
        whats = [w for n, w in open_questions if n == case.number]
        for name, variant in known.rewrites(case, whats):
            variant.number = len(variants)
            variants.append(variant)
            made_by[variant.number] = (case.number, name)
    explained = {}
    again = ask_both(programs, variants) if variants else {}
    for number, (ours, theirs) in again.items():
        original, name = made_by[number]
        variant = variants[number]
        left = {what for what, *_ in differences(ours, theirs) if not known.explain(variant, what, ours, theirs)} | {what for what, *_ in differences(ours, answers[original][0])}
        for n, what in open_questions:
            if n == original and what not in left and not (what.startswith("dmarc") and "dmarc" in left):
                explained.setdefault((n, what), name)
    return explained


def run_part(arguments):
    *programs, seed, kind, numbers = arguments
    cases = [generate.make(seed, n, kind) for n in numbers]
    answers = ask_both(programs, cases)
    found = {}
    for case in cases:
        for what, left, right in differences(*answers[case.number]):
            found[case.number, what] = [case.kind, left, right, known.explain(case, what, *answers[case.number])]
    unexplained = [key for key, (*_, why) in found.items() if not why]
    for key, name in rewritten(programs, cases, answers, unexplained).items():
        found[key][3] = name
    results = collections.Counter()
    for ours, _ in answers.values():
        results.update((what, ours[what]["result"]) for what in ("spf", "arc", "dmarc") if what in ours)
        results.update(("dkim", s["result"]) for s in ours["dkim"])
    told = [(number, what, *rest, *comments(what, *answers[number])) for (number, what), rest in found.items()]
    return told, results + collections.Counter(("kinds", c.kind) for c in cases)


def show(case, program, modules):
    print(f"--- case {case.number}, {case.kind}: ip {case.ip}, helo {case.helo}, from <{case.sender}>")
    sys.stdout.flush()
    sys.stdout.buffer.write(case.message)
    print("--- zone")
    print("".join(master_file(case.zone)))
    with tempfile.TemporaryDirectory() as folder:
        write(folder, case)
        ours, theirs = ask_ours(program, folder, [case]), ask_theirs(modules, folder, [case])
    for name, answer in (("ours", ours[case.number]), ("theirs", theirs.get(case.number))):
        print(f"--- {name}")
        print(json.dumps(answer, indent=1))


def main():
    if len(sys.argv) not in (5, 6):
        print(__doc__)
        return 64
    program, modules, count, seed = os.path.abspath(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    kind = None
    if len(sys.argv) == 6:
        kind, _, number = sys.argv[5].rpartition(":")
        if number.isdigit():
            show(generate.make(seed, int(number), kind or None), program, modules)
            return 0
        kind = number
    numbers = list(range(count))
    parts = [(program, modules, seed, kind, numbers[i:i + 250]) for i in range(0, count, 250)]
    found, counts = [], collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for some, counted in pool.map(run_part, parts):
            found += some
            counts += counted
    return summary(found, counts, count, seed)


def summary(found, counts, count, seed):
    groups = collections.defaultdict(list)
    for number, what, kind, left, right, why, *said in found:
        if not why:
            if what in ("explanation", "error", "dmarc author", "dmarc policy domain"):
                left = right = ""
            groups[kind, what.split()[0] if what[-1].isdigit() else what, left, right, *said].append(number)
    for (kind, what, *told), numbers in sorted(groups.items(), key=lambda g: -len(g[1])):
        print("%d x %s: %s is %s here, %s there (\"%s\", \"%s\"); cases" % (len(numbers), kind, what, *told), *numbers[:SHOWN])
    for name, n in sorted(collections.Counter(f[5] for f in found if f[5]).items()):
        print(f"explained {n} x {name}: {known.sections()[name]}")
    wrong = {f[0] for f in found if not f[5]}
    explained = {f[0] for f in found} - wrong
    for what in ("kinds", "spf", "dkim", "arc", "dmarc"):
        print(f"{what}: " + ", ".join(f"{n} {k}" for (of, k), n in sorted(counts.items()) if of == what))
    print(f"{count} compared, {count - len(wrong | explained)} agree, {len(explained)} explained, {len(wrong)} unexplained")
    if wrong:
        print(f"one case whole: contrib/differential {count} {seed} NUMBER")
    print(f"{count - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
