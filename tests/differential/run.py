#!/usr/bin/python3
"""run.py OURS MODULES CASES SEED [NUMBER]: us and mailauth on generated mail, compared.

OURS is tests/differential/ours, MODULES the folder node finds mailauth in.  Every
disagreement is printed unless known.py explains it.  With NUMBER: that case alone,
shown whole.
"""

import collections
import concurrent.futures
import json
import os
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

def differences(ours, theirs):
    """(what, ours, theirs): one for each thing that is not the same."""
    if "error" in ours or "error" in theirs or "spf" not in ours:
        yield "error", ours.get("error", {}).get("text", "no answer" if "spf" not in ours else ""), theirs.get("error", "")
        return
    if ours["spf"]["result"] != theirs["spf"]["result"]:
        yield "spf", ours["spf"]["result"], theirs["spf"]["result"]
    elif ours["spf"]["explanation"] != theirs["spf"]["explanation"]:
        yield "explanation", ours["spf"]["explanation"], theirs["spf"]["explanation"]


def run_part(arguments):
    program, modules, seed, numbers = arguments
    with tempfile.TemporaryDirectory(prefix="assay-differential-") as folder:
        cases = [generate.make(seed, n) for n in numbers]
        for case in cases:
            write(folder, case)
        ours = ask_ours(program, folder, cases)
        theirs = ask_theirs(modules, folder, cases)
    found = []
    for case in cases:
        mine, other = ours[case.number], theirs.get(case.number, {"error": "no answer"})
        for what, left, right in differences(mine, other):
            why = known.explain(case, what, mine, other)
            found.append((case.number, case.kind, what, left, right, why))
    return found, collections.Counter(c.kind for c in cases)


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
    if len(sys.argv) == 6:
        show(generate.make(seed, int(sys.argv[5])), program, modules)
        return 0
    numbers = list(range(count))
    parts = [(program, modules, seed, numbers[i:i + 250]) for i in range(0, count, 250)]
    found, kinds = [], collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        for some, of_kind in pool.map(run_part, parts):
            found += some
            kinds += of_kind
    return summary(found, kinds, count, seed)


def summary(found, kinds, count, seed):
    groups = collections.defaultdict(list)
    for number, kind, what, left, right, why in found:
        if not why:
            left, right = (left, right) if what not in ("explanation", "error") else ("", "")
            groups[kind, what, left, right].append(number)
    for (kind, what, left, right), numbers in sorted(groups.items(), key=lambda g: -len(g[1])):
        print(f"{len(numbers)} x {kind}: {what} is {left} here, {right} there; cases {' '.join(map(str, numbers[:SHOWN]))}")
    for name, n in sorted(collections.Counter(f[5] for f in found if f[5]).items()):
        print(f"explained {n} x {name}: {known.reasons()[name]}")
    wrong = {f[0] for f in found if not f[5]}
    explained = {f[0] for f in found} - wrong
    print("kinds: " + ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))
    print(f"{count} compared, {count - len(wrong | explained)} agree, {len(explained)} explained, {len(wrong)} unexplained")
    if wrong:
        print(f"one case whole: contrib/differential {count} {seed} NUMBER")
    print(f"{count - len(wrong)} passed, {len(wrong)} failed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
