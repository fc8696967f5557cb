#!/usr/bin/python3
"""Measures assay-milter beside a milter that does nothing, and opendkim followed by opendmarc (make bench).

One table: messages a second, latencies, CPU seconds per 1,000 messages and peak memory, each the median over rounds in
which all take turns, and below it as a part of the floor, which is the empty milter plus the cryptography of the same
corpus, and of the chain.  A quiet machine gives figures, a busy one only ratios, of which those of CPU are the firm ones.
opendkim and opendmarc need root: opendmarc asks the system's name server, so each gets an /etc/resolv.conf of its own.

With --older, exits 1 when a message costs more than a tenth more CPU than with that binary, measured in the same run.
"""

import argparse
import os
import sys

sys.dont_write_bytecode = True
import figures  # noqa: E402
import peers  # noqa: E402

COLUMNS = ("per_s", "p50_ms", "p95_ms", "p99_ms", "cpu_s", "peak_mib")


def everybody_of(options, directory):
    """The peers in the order in which they take turns."""
    database = {"none": "", "": None}.get(options.database, options.database)
    found = [peers.empty(directory, options.programs),
             peers.assay(directory, peers.OURS, peers.milter_of(options), options.option, database)]
    if options.older:
        found.append(peers.assay(directory, peers.OLDER, os.path.abspath(options.older), options.option,
                                 "" if database == "" else None))
    chain = None if options.alone else peers.chain(directory)
    return found + ([chain] if chain else [])


def measure(options, everybody, corpus):
    """{(peer's name, connections): [figures]}, and [CPU of cryptography]; cold: each run begins with a fresh process."""
    seen, cryptos = {}, []
    if not options.cold:
        for peer in everybody:
            peer.start()
            peer.load(options.programs, corpus, 8, options.messages)
    for _ in range(options.rounds):
        cryptos.append(peers.crypto(options, corpus))
        for connections in options.connections:
            for peer in everybody:
                if options.cold:
                    peer.start()
                seen.setdefault((peer.name, connections), []).append(
                    peer.load(options.programs, corpus, connections, options.messages))
                if options.cold:
                    peer.stop()
    return seen, cryptos


def show_row(name, connections, values, digits="9.0f 9.1f 9.1f 9.1f 12.3f 8.1f"):
    print(f"{name:22}{connections:5}" + "".join(format(v, d) for v, d in zip(values, digits.split())))


def show_ratios(name, connections, runs, others):
    show_row(name, connections, [figures.ratio(runs, others, column) for column in COLUMNS], "9.2f " * 4 + "12.2f 8.2f")


def show(options, everybody, seen, cryptos):
    print(f"{'':22}{'conn':>5}{'msgs/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'CPU s/1000':>12}{'MiB':>8}")
    for connections in options.connections:
        floors = figures.floors(seen[peers.EMPTY, connections], cryptos, min(os.cpu_count(), connections))
        show_row("floor", connections, [figures.median(floors, column) for column in COLUMNS])
        for peer in everybody:
            runs = seen[peer.name, connections]
            show_row(peer.name, connections, [figures.median(runs, column) for column in COLUMNS])
            if peer.name != peers.EMPTY:
                show_ratios("  : floor", connections, runs, floors)
        for other in (peers.OLDER, peers.CHAIN):
            if (other, connections) in seen:
                show_ratios(f"{peers.OURS} : {other.split('+')[0]}", connections, seen[peers.OURS, connections],
                            seen[other, connections])
    print(f"cryptography of the corpus: {sorted(cryptos)[len(cryptos) // 2]:.4f} CPU s per 1,000 messages")


def judge(options, seen):
    """1 when too much was lost against the older binary at any number of connections."""
    failed = False
    for connections in options.connections:
        more, too_much = figures.lost(seen[peers.OURS, connections], seen[peers.OLDER, connections], options.most / 100)
        print(f"{connections} connections: {100 * more:+.1f} % CPU a message against the older build"
              + (f", more than {options.most:g} %" if too_much else ""))
        failed = failed or too_much
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    peers.add_options(parser, "1,8,64")
    parser.add_argument("--cold", action="store_true", help="a fresh process each run, its caches empty")
    parser.add_argument("--alone", action="store_true", help="leave opendkim and opendmarc out")
    parser.add_argument("--database", default="", help="where ours keeps records; none: nowhere")
    parser.add_argument("--older", help="an older assay-milter, measured in turn; the exit code says whether ours lost")
    parser.add_argument("--most", type=float, default=10, help="per cent of CPU that may be lost against it [10]")
    options = peers.parse(parser)
    corpus = peers.corpus_of(options)
    with peers.stage(options, corpus) as directory:
        everybody = everybody_of(options, directory)
        try:
            seen, cryptos = measure(options, everybody, corpus)
        finally:
            for peer in everybody:
                peer.stop()
    show(options, everybody, seen, cryptos)
    return peers.failed(seen) or (judge(options, seen) if options.older else 0)


if __name__ == "__main__":
    sys.exit(main())
