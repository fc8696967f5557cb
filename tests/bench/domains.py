#!/usr/bin/python3
"""How long `assay domain` takes for many domains: domains.py BUILDDIR [DOMAINS [DELAY_MS]]

Each has SPF with a tree of five includes, two mail hosts, DMARC with a destination elsewhere, TLS reports and MTA-STS;
the resolver answers after DELAY_MS (20), and one policy host in ten accepts and says nothing.  Needs root for port 443.
Prints seconds, memory and questions.
"""
import json
import os
import resource
import socket
import subprocess
import sys
import tempfile
import time

HANGS, REFUSES = "127.0.0.9", "127.0.0.8"


def zone(n):
    for i in range(n):
        d = "d%d.example" % i
        yield from ((d, "SOA", "ns. h. 1 1 1 1 1"), (d, "TXT", "v=spf1 mx include:_spf.%s include:_spf.service.example -all" % d),
                    ("_spf." + d, "TXT", "v=spf1 a:out.%s ip4:198.51.100.0/24 -all" % d), ("out." + d, "A", "192.0.2.9"),
                    (d, "MX", "10 mx1." + d), (d, "MX", "20 mx2." + d), ("mx1." + d, "A", "192.0.2.1"),
                    ("mx2." + d, "A", "192.0.2.2"), ("_dmarc." + d, "TXT", "v=DMARC1; p=reject; rua=mailto:d@reports.example"),
                    (d + "._report._dmarc.reports.example", "TXT", "v=DMARC1"), ("_mta-sts." + d, "TXT", "v=STSv1; id=1;"),
                    ("mta-sts." + d, "A", HANGS if i % 10 == 0 else REFUSES),
                    ("_smtp._tls." + d, "TXT", "v=TLSRPTv1; rua=mailto:t@" + d))
    yield from (("reports.example", "MX", "10 mx.reports.example"), ("mx.reports.example", "A", "192.0.2.3"),
                ("_spf.service.example", "TXT", "v=spf1 include:_a.service.example include:_b.service.example ~all"),
                ("_a.service.example", "TXT", "v=spf1 ip4:203.0.113.0/25 ~all"),
                ("_b.service.example", "TXT", "v=spf1 ip4:203.0.113.128/25 ~all"))


def main():
    build, n = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 200
    delay = sys.argv[3] if len(sys.argv) > 3 else "20"
    with tempfile.TemporaryDirectory(prefix="assay-domains.") as folder:
        path = os.path.join(folder, "zone")
        with open(path, "w", encoding="ascii") as out:
            for name, kind, data in zone(n):
                if kind != "SOA":  # which it denies: no server is needed for what follows
                    out.write("%s\t%s\t%s\n" % (name, kind, data))
        listener = socket.create_server((HANGS, 443), backlog=256)
        resolver = subprocess.Popen([os.path.join(build, "tests/bench/resolver"), path, "127.0.0.1", "5399", delay])
        time.sleep(1)
        began = time.monotonic()
        ended = subprocess.run([os.path.join(build, "assay"), "domain", "-c", "/dev/null", "-o", "Database=", "-o",
                                "Nameservers={127.0.0.1@5399}", "-o", "PolicyFetchPrivate=yes", "--json",
                                *("d%d.example" % i for i in range(n))], capture_output=True, text=True)
        took = time.monotonic() - began
        resolver.terminate()
        resolver.wait()
        listener.close()
    domains = json.loads(ended.stdout)["domains"]
    asked = sorted(d["questions"] for d in domains)
    words = {}
    for d in domains:
        key = d["word"] + " " + d["because"]
        words[key] = words.get(key, 0) + 1
    print("%d domains in %.1f s, %.1f MiB at most, questions %d at the median, %d at most; exit %d" % (
        len(domains), took, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, asked[len(asked) // 2],
        asked[-1], ended.returncode))
    print(words)


if __name__ == "__main__":
    main()
