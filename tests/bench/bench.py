#!/usr/bin/python3
"""Measures assay-milter, and opendkim followed by opendmarc beside it where they are installed (make bench).

One table: messages a second, latencies, CPU seconds per 1,000 messages and peak memory, each the median over rounds in
which the two take turns, and ours as a part of theirs.  A quiet machine gives figures, a busy one only ratios.
Theirs need root: opendmarc asks the system's name server, so each daemon gets an /etc/resolv.conf of its own.
"""

import argparse
import contextlib
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RESOLVER = "127.9.8.1"
FIGURES = ("per_s", "p50_ms", "p95_ms", "p99_ms", "cpu_s", "peak_mib")

OURS = """
AuthservID = mx.bench.test
Socket = "unix:{dir}/ours.sock"
UserID = "{user}"
Supervise = no
Syslog = no
Nameservers = {{"{resolver}@{port}"}}
Database = "{database}"
"""
OPENDKIM = """
Background no
Mode v
Socket local:{dir}/opendkim.sock
AuthservID mx.bench.test
AlwaysAddARHeader yes
UserID root
Nameservers {resolver}
Syslog no
PidFile {dir}/opendkim.pid
"""
OPENDMARC = """
Background false
Socket local:{dir}/opendmarc.sock
AuthservID mx.bench.test
TrustedAuthservIDs mx.bench.test
SPFSelfValidate true
SPFIgnoreResults true
HistoryFile {dir}/history
RejectFailures false
Syslog false
UserID root
PidFile {dir}/opendmarc.pid
"""


class Peer:
    """A milter, or a chain of them: its processes and sockets."""

    def __init__(self, name, commands):
        self.name = name
        self.commands = commands  # [(socket, argv)]
        self.processes = []

    def start(self):
        for socket, argv in self.commands:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(socket)
            self.processes.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                   stderr=subprocess.DEVNULL))
        end = time.monotonic() + 20
        while not all(os.path.exists(socket) for socket, _ in self.commands):
            if time.monotonic() > end or any(p.poll() is not None for p in self.processes):
                sys.exit(f"bench: {self.name} does not start")
            time.sleep(0.05)
        time.sleep(0.3)

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)
        self.processes = []

    def load(self, programs, corpus, connections, messages):
        argv = [programs / "load", "-d", corpus, "-c", str(connections), "-n", str(messages)]
        for (socket, _), process in zip(self.commands, self.processes):
            argv += ["-s", socket, "-p", str(process.pid)]
        done = subprocess.run(argv, capture_output=True, text=True, check=True)
        return {k: float(v) for k, v in (word.split("=") for word in done.stdout.split())}


def with_resolver(directory, argv):
    """The command under an /etc/resolv.conf that names our resolver."""
    own = directory / "resolv.conf"
    own.write_text(f"nameserver {RESOLVER}\n")
    return ["unshare", "-m", "sh", "-c", f"mount --bind {own} /etc/resolv.conf && exec \"$@\"", "sh", *argv]


def peers(options, directory):
    port = 53 if os.getuid() == 0 else 5399
    places = {"dir": directory, "resolver": RESOLVER, "port": port, "user": "root" if os.getuid() == 0 else ""}
    database = "" if options.database == "none" else directory / "assay.db" if options.database == "" else options.database
    (directory / "assay.conf").write_text(OURS.format(database=database, **places) + "".join(f"{o}\n" for o in options.option))
    milter = pathlib.Path(options.milter or options.programs / ".." / ".." / "assay-milter").resolve()
    found = [Peer("assay", [(f"{directory}/ours.sock", [milter, "-f", "-c", directory / "assay.conf"])])]
    sbin = os.environ["PATH"] + ":/usr/sbin:/sbin"
    theirs = [shutil.which(name, path=sbin) for name in ("opendkim", "opendmarc")]
    if options.alone or os.getuid() != 0 or None in theirs:
        print("opendkim and opendmarc are left out" + ("" if options.alone else ": they want root, and to be installed"))
        return found, port
    (directory / "opendkim.conf").write_text(OPENDKIM.format(**places))
    (directory / "opendmarc.conf").write_text(OPENDMARC.format(**places))
    found.append(Peer("opendkim+opendmarc", [
        (f"{directory}/opendkim.sock", with_resolver(directory, [theirs[0], "-f", "-x", directory / "opendkim.conf"])),
        (f"{directory}/opendmarc.sock", with_resolver(directory, [theirs[1], "-f", "-c", directory / "opendmarc.conf"])),
    ]))
    return found, port


def measure(options, everybody, corpus):
    """{(peer's name, connections): [figures]}; cold: each run begins with a fresh process."""
    seen = {}
    if not options.cold:
        for peer in everybody:
            peer.start()
            peer.load(options.programs, corpus, 8, options.messages)
    for _ in range(options.rounds):
        for connections in options.connections:
            for peer in everybody:
                if options.cold:
                    peer.start()
                figures = peer.load(options.programs, corpus, connections, options.messages)
                if options.cold:
                    peer.stop()
                if figures["failed"]:
                    print(f"{peer.name}: {figures['failed']:.0f} messages failed")
                seen.setdefault((peer.name, connections), []).append(figures)
    return seen


def show(options, everybody, seen):
    print(f"{'':20}{'conn':>5}{'msgs/s':>9}{'p50 ms':>9}{'p95 ms':>9}{'p99 ms':>9}{'CPU s/1000':>12}{'MiB':>8}")
    for connections in options.connections:
        rows = []
        for peer in everybody:
            runs = seen[peer.name, connections]
            rows.append([statistics.median(run[figure] for run in runs) for figure in FIGURES])
            print("{:20}{:5}{:9.0f}{:9.1f}{:9.1f}{:9.1f}{:12.2f}{:8.1f}".format(peer.name, connections, *rows[-1]))
        if len(rows) > 1:
            print("{:20}{:5}{:9.2f}{:9.2f}{:9.2f}{:9.2f}{:12.2f}{:8.2f}".format(
                "  ratio", connections, *(a / b if b else 0 for a, b in zip(*rows))))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("programs", type=pathlib.Path, help="where load and resolver were built")
    parser.add_argument("--messages", type=int, default=2000, help="of each run [2000]")
    parser.add_argument("--connections", default="1,8,64", help="[1,8,64]")
    parser.add_argument("--rounds", type=int, default=3, help="[3]")
    parser.add_argument("--delay", type=int, default=0, help="milliseconds that the resolver takes [0]")
    parser.add_argument("--cold", action="store_true", help="a fresh process each run, its caches empty")
    parser.add_argument("--alone", action="store_true", help="measure assay-milter only")
    parser.add_argument("--milter", help="another assay-milter")
    parser.add_argument("--database", default="", help="where ours keeps records; none: nowhere")
    parser.add_argument("--option", action="append", default=[], help="another line for its configuration")
    options = parser.parse_args()
    options.connections = [int(n) for n in options.connections.split(",")]
    options.programs = options.programs.resolve()
    corpus = options.programs / "corpus"
    if not (corpus / "zone.tsv").exists():
        print("making a corpus, which takes a minute")
        subprocess.run([HERE / "corpus.py", corpus], check=True)
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        everybody, port = peers(options, pathlib.Path(name))
        resolver = subprocess.Popen([options.programs / "resolver", corpus / "zone.tsv", RESOLVER, str(port),
                                     str(options.delay)], stdout=subprocess.PIPE)
        try:
            if resolver.stdout.readline() != b"ready\n":
                sys.exit("bench: the resolver does not start")
            show(options, everybody, measure(options, everybody, corpus))
        finally:
            for peer in everybody:
                peer.stop()
            resolver.kill()
            resolver.wait()


main()
