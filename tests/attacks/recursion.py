#!/usr/bin/python3
"""Nameservers = recursive under messages that ask for dead delegations: other people's mail is examined meanwhile.

recursion.py [tcp] [SECONDS [DEAD [SERVERS]]]: for so long (60), with so many delegations (250) to so many servers each (1)
that say nothing; with "tcp" that they are to be asked by TCP, and there nothing, as every second of the live ones is, too.
Run on demand, as root: in a network of its own NSD plays the roots, "example" and its live domains.
"""

import collections
import os
import pathlib
import re
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
sys.path.insert(0, str(HERE.parent / "scenario"))

from rig import SKIP, Daemon, check, main, program
from stream import chain, speak

NSD = shutil.which("nsd", path=os.environ.get("PATH", "") + ":/usr/sbin")
ATTACKERS = 85
LIVE = 400
ROOTS = ("198.41.0.4", "199.9.14.201", "170.247.170.2", "192.33.4.12", "199.7.91.13", "192.203.230.10", "192.5.5.241",
         "192.112.36.4", "198.97.190.53", "192.36.148.17", "192.58.128.30", "193.0.14.129", "199.7.83.42", "202.12.27.33")
OWN = ("10.1.0.1", "10.2.0.1")
SOA = "@ SOA ns.example. host.example. 1 3600 600 86400 60\n"


def dead_address(i, server):
    return f"10.{66 + server}.{i // 250}.{i % 250 + 1}"


def zones():
    """Text of each zone."""
    texts = {".": "$TTL 3600\n" + SOA.replace("@", ".") + ". NS a.root-servers.net.\na.root-servers.net. A 198.41.0.4\n"
                  "example. NS ns.example.\nns.example. A 10.1.0.1\n"}
    lines = [f"$TTL 3600\n{SOA}@ NS ns\nns A 10.1.0.1\nbank TXT \"v=spf1 -all\"\n_dmarc.bank TXT \"v=DMARC1; p=reject\""]
    for i in range(DEAD):
        for n in range(SERVERS):
            lines += [f"dead{i} NS ns{n}.dead{i}", f"ns{n}.dead{i} A {dead_address(i, n)}"]
    large = '@ TXT "' + 'x' * 250 + '"\n'
    for i in range(LIVE):
        lines += [f"victim{i} NS ns.victim{i}", f"ns.victim{i} A 10.2.0.1"]
        texts[f"victim{i}.example."] = (f"$TTL 60\n{SOA}@ NS ns\nns A 10.2.0.1\n@ TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
                                        "_dmarc TXT \"v=DMARC1; p=reject\"\n")
        if STALLS and i % 2:
            texts[f"victim{i}.example."] += "".join(large.replace("xxx", f"{n:03}", 1) for n in range(9))
    texts["example."] = "\n".join(lines) + "\n"
    return texts


def serve(home):
    """NSD with all zones; what is dead takes its questions and keeps them."""
    for address in ROOTS + OWN:
        subprocess.run(["ip", "addr", "add", f"{address}/32", "dev", "lo"], check=True)
    conf = ["server:", '  username: ""', '  chroot: ""', '  database: ""', f'  zonesdir: "{home}"', f'  xfrdir: "{home}"',
            *(f'  {name}: "{home}/{name}"' for name in ("logfile", "pidfile", "xfrdfile", "zonelistfile")),
            "  server-count: 1", "  rrl-ratelimit: 0", *(f"  ip-address: {a}" for a in ROOTS + OWN), "remote-control:",
            "  control-enable: no"]
    for name, text in zones().items():
        (home / f"zone-{name}").write_text(text)
        conf += ["zone:", f'  name: "{name}"', f'  zonefile: "zone-{name}"']
    (home / "nsd.conf").write_text("\n".join(conf) + "\n")
    return subprocess.Popen([NSD, "-d", "-c", str(home / "nsd.conf")])


def silent_sockets():
    out = []
    for n in range(SERVERS):
        subprocess.run(["ip", "route", "add", "local", f"10.{66 + n}.0.0/16", "dev", "lo"], check=True)
        for i in range(DEAD):
            out.append(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            out[-1].bind((dead_address(i, n), 53))
    if STALLS:
        threading.Thread(target=truncate, args=(list(out),), daemon=True).start()
        for i in range(DEAD * SERVERS):
            out.append(socket.socket())
            out[-1].bind((dead_address(i % DEAD, i // DEAD), 53))
            out[-1].listen(64)  # the kernel takes connections, and nobody else does
    return out


def truncate(sockets):
    """To each question that it is to be asked by TCP."""
    while True:
        for s in select.select(sockets, [], [])[0]:
            query, client = s.recvfrom(4096)
            name_end = query.index(b"\0", 12) + 5
            s.sendto(query[:2] + b"\x86\0\0\1" + b"\0" * 6 + query[12:name_end], client)


class Recursive(Daemon):
    def __init__(self):
        super().__init__(config="Nameservers = {recursive}\nEnforce = yes\n", starts=False)

    def command(self, *more):
        return [program(), "-c", str(self.config), *self.options, *more]


class Attack:
    """Messages, each of names never asked before, in delegations that are dead, from 85 addresses without a pause."""

    def __init__(self, daemon):
        self.daemon, self.ends, self.let_go, self.sent = daemon, False, [], 0
        self.threads = [threading.Thread(target=self.work, args=(k,), daemon=True) for k in range(ATTACKERS)]
        for thread in self.threads:
            thread.start()

    def work(self, k):
        i = 0
        while not self.ends:
            i, self.sent = i + 1, self.sent + 1
            zone = f"dead{(k * 31 + i) % DEAD}.example"
            fields = chain(lambda n: f"m{k}n{n}i{i}.dead{(k * 3 + n) % DEAD}.example")
            answer = speak(self.daemon, f"198.51.100.{k}", f"x@p{k}x{i}.{zone}", [("From", f"a@f{k}x{i}.{zone}")] + fields)
            if answer[0] not in ("y", "t", "held"):
                self.let_go.append(answer)

    def end(self):
        self.ends = True
        for thread in self.threads:
            thread.join()


def others(daemon, from_n, to_n):
    """Their answers and seconds, each of a domain never seen."""
    for n in range(from_n, to_n):
        answer, stamp, took = speak(daemon, "192.0.2.9", f"x@victim{n}.example", [("From", f"a@victim{n}.example")])
        yield answer if "dmarc=pass" in stamp else "y", took
        time.sleep(0.2)


def dead_delegations():
    """nobody else's message is put off, and their median stays below a second"""
    home = pathlib.Path(tempfile.mkdtemp(prefix="assay-recursion-"))
    nsd, silent = serve(home), silent_sockets()
    try:
        time.sleep(2)
        with Recursive() as d:
            d.start()
            check(all(a == "c" for a, _ in others(d, 0, 5)), "the names do not resolve")
            attack, end, took, answers = Attack(d), time.monotonic() + SECONDS, [], collections.Counter()
            for answer, seconds in others(d, 5, LIVE):
                answers[answer] += 1
                took.append(seconds)
                if time.monotonic() > end:
                    break
            attack.end()
            print(f"    {attack.sent} messages of the attack; others': {dict(answers)}, "
                  f"median {sorted(took)[len(took) // 2]:.2f} s, longest {max(took):.1f} s")
            check(not attack.let_go, f"let go: {attack.let_go[:3]}")
            check(set(answers) == {"c"} and sorted(took)[len(took) // 2] < 1, "others waited or were put off")
            d.stop(120)
    finally:
        nsd.terminate()
        nsd.wait()
        shutil.rmtree(home)
        for s in silent:
            s.close()


def numbers():
    given = [int(w) for w in sys.argv[1:] if re.fullmatch("[0-9]+", w)]
    return (given + [60, 250, 1][len(given):])[:3]


if os.environ.get("ASSAY_RECURSION") != "inside":
    if os.geteuid() != 0 or NSD is None:
        print("needs root and NSD", file=sys.stderr)
        sys.exit(SKIP)
    os.environ["ASSAY_RECURSION"] = "inside"
    os.execvp("unshare", ["unshare", "-n", sys.executable, *sys.argv])
SECONDS, DEAD, SERVERS = numbers()
STALLS = "tcp" in sys.argv
sys.argv[1:] = []
subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
main([dead_delegations])
