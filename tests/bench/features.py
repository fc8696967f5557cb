#!/usr/bin/python3
"""What each feature of assay-milter costs a message: with it, without it, in turn (make bench-features).

Features that have an option are switched by it, the others by tests/bench/without, which is the same daemon.  For each,
every round measures the daemon whole and then without it; told are microseconds of CPU a message, the median over the
rounds and the quartiles.  What lies within the quartiles of "nothing" (the daemon against itself) is no cost at all.
"""

import argparse
import pathlib
import shutil
import statistics
import sys

sys.dont_write_bytecode = True
import peers  # noqa: E402

RULES = 20
RULE = """rule partner{n} {{
    AuthorDomain = {{partner{n}.example, other{n}.example}}
    Network = {{203.0.113.{n}/32}}
    Action = none
    Reason = "a rule that matches nothing"
}}
"""
# name, lines of the configuration without it, features taken out by ASSAY_WITHOUT, the corpus
FEATURES = (
    ("nothing", [], "", "corpus"),
    ("records, with all that is made of them", ['Database = ""'], "", "corpus"),
    ("  of these: tallies, volumes, correspondents, keys", [], "digest", "corpus"),
    ("    of these: keys that a message is found by", [], "keys", "corpus"),
    ("    of these: volumes of the inventory", [], "volumes", "corpus"),
    ("  of these: memory of DNS", [], "dns-memory", "corpus"),
    ("  of these: what is known beside the message", [], "background", "corpus"),
    (f"policy rules, {RULES} that do not match", ['PolicyFile = ""'], "", "corpus"),
    ("catalogue of senders", ['SendersFile = ""'], "", "corpus"),
    ("clients", ['ClientsFile = ""'], "", "corpus"),
    ("sandbox", ["Sandbox = no"], "", "corpus"),
    ("second look, of mail as the corpus has it", [], "second-look", "corpus"),
    ("second look, of mail changed on its way", [], "second-look", "changed"),
)


def changed(corpus, folder):
    """The corpus with a field that is signed changed in each message, so that no signature verifies."""
    folder.mkdir()
    for path in corpus.glob("*.tsv"):
        shutil.copy(path, folder)
    for path in corpus.glob("*.eml"):
        (folder / path.name).write_bytes(path.read_bytes().replace(b"\r\nSubject: Message", b"\r\nSubject: [list]", 1))


def measure(options, directory, corpora):
    """{feature: [microseconds of each round]}, and those of whole daemons."""
    milter = options.programs / "without"
    more = ["Enforce = rehearse", *options.option]
    whole = peers.assay(directory, "whole", milter, more)
    pairs = [(name, corpora[corpus], peers.assay(directory, f"without{n}", milter, more + lines, None,
                                                 {"ASSAY_WITHOUT": without}))
             for n, (name, lines, without, corpus) in enumerate(FEATURES)]
    seen, wholes = {}, []
    try:
        for peer in [whole] + [peer for _, _, peer in pairs]:
            peer.start()
            peer.load(options.programs, corpora["corpus"], 8, options.messages)
        for _ in range(options.rounds):
            for name, corpus, peer in pairs:
                runs = [p.load(options.programs, corpus, options.connections[0], options.messages) for p in (whole, peer)]
                if any(run["failed"] for run in runs):
                    sys.exit(f"bench: messages failed without {name}")
                seen.setdefault(name, []).append((runs[0]["cpu_s"] - runs[1]["cpu_s"]) * 1e3)
                if corpus == corpora["corpus"]:
                    wholes.append(runs[0]["cpu_s"] * 1e3)
    finally:
        for peer in [whole] + [peer for _, _, peer in pairs]:
            peer.stop()
    return seen, wholes


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    peers.add_options(parser, "8")
    options = peers.parse(parser)
    corpus = peers.corpus_of(options)
    with peers.stage(options, corpus) as directory:
        (directory / "policy.conf").write_text("".join(RULE.format(n=n) for n in range(RULES)))
        changed(corpus, pathlib.Path(directory, "changed"))
        seen, wholes = measure(options, directory, {"corpus": corpus, "changed": directory / "changed"})
    print(f"{options.connections[0]} connections, {options.rounds} rounds of {options.messages} messages; "
          "µs of CPU a message\n| feature | median | quartiles |\n| --- | --- | --- |")
    print(f"| a message, whole | {statistics.median(wholes):.0f} | |")
    for name, costs in seen.items():
        low, middle, high = statistics.quantiles(costs, n=4) if len(costs) > 1 else costs * 3
        print(f"| {name} | {middle:+.0f} | {low:+.0f} to {high:+.0f} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
