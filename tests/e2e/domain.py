#!/usr/bin/python3
"""`assay domain` through real name servers: DNSSEC with a trust anchor of the test's own, and propagation.

Two NSD on loopback (127.0.0.2 and 127.0.0.3, port 53) serve a small internet.  signed.example is signed.zone, whose key
is the trust anchor; then one of its records is changed without a new signature.  plain.example is unsigned and has
four name servers: one that is up to date, one with an older zone, one that does not answer and one nobody outside
reaches.  usage: domain.py BUILDDIR; needs root, for the port.  Exit 77 (skipped) without NSD.
"""
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
NEW, OLD, DEAD = "127.0.0.2", "127.0.0.3", "127.0.0.4"
ROOT = """$TTL 60
. SOA ns.dns.example. host.dns.example. 1 3600 600 86400 60
. NS ns.dns.example.
ns.dns.example. A 127.0.0.2
"""
PLAIN = """$TTL 60
$ORIGIN plain.example.
@ SOA ns1 host %(serial)d 3600 600 86400 60
@ NS ns1
@ NS ns2
@ NS ns3
@ NS ns4
ns1 A 127.0.0.2
ns2 A 127.0.0.3
ns3 A 127.0.0.4
ns4 A 127.0.0.2
@ TXT "%(spf)s"
@ MX 10 mx
mx A 192.0.2.25
_25._tcp.mx TLSA 3 1 1 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
_dmarc TXT "v=DMARC1; p=reject; rua=mailto:d@plain.example"
"""


class Server:
    """One NSD."""

    def __init__(self, folder, address, zones):
        self.folder, self.address = os.path.join(folder, address), address
        os.mkdir(self.folder)
        conf = """server:
  ip-address: %(a)s@53
  username: ""
  chroot: ""
  zonesdir: "%(f)s"
  database: ""
  logfile: "%(f)s/log"
  pidfile: "%(f)s/pid"
  xfrdfile: "%(f)s/xfrd.state"
  xfrdir: "%(f)s"
  zonelistfile: "%(f)s/zone.list"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
""" % {"a": address, "f": self.folder}
        for name, text in zones.items():
            path = os.path.join(self.folder, "zone." + (name.rstrip(".") or "root"))
            with open(path, "w", encoding="ascii") as out:
                out.write(text)
            conf += 'zone:\n  name: "%s"\n  zonefile: "%s"\n' % (name, path)
        with open(os.path.join(self.folder, "nsd.conf"), "w", encoding="ascii") as out:
            out.write(conf)
        self.start()

    def start(self):
        self.proc = subprocess.Popen([shutil.which("nsd", path=os.environ["PATH"] + ":/usr/sbin"), "-d", "-c",
                                      os.path.join(self.folder, "nsd.conf")], start_new_session=True,
                                     stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for _ in range(600):
            if self.proc.poll() is not None:
                with open(os.path.join(self.folder, "log"), encoding="utf-8", errors="replace") as log:
                    raise AssertionError("NSD on %s: %s" % (self.address, log.read()[-2000:]))
            if self.answers():
                return
        raise AssertionError("NSD on %s does not answer" % self.address)

    def answers(self):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            try:
                s.sendto(b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x01", (self.address, 53))
                return len(s.recv(4096)) > 12
            except OSError:
                time.sleep(0.05)
                return False

    def change(self, name, old, new):
        path = os.path.join(self.folder, "zone." + name)
        with open(path, encoding="ascii") as file:
            text = file.read()
        assert old in text, old
        self.stop()
        with open(path, "w", encoding="ascii") as out:
            out.write(text.replace(old, new))
        self.start()

    def stop(self):
        if self.proc.poll() is None:
            os.killpg(self.proc.pid, signal.SIGTERM)
        self.proc.wait(30)


def expect(true, what):
    if not true:
        raise AssertionError(what)


def found(seen):
    return {(f["id"], f["severity"], f["at"]) for f in seen["findings"]}


class Assay:
    def __init__(self, program, folder, anchor):
        self.program, self.folder = program, folder
        self.options = ["-c", "/dev/null", "-o", "Nameservers={%s}" % NEW, "-o", "PolicyFetchPrivate=yes"]
        self.anchor = ["-o", "TrustAnchorFile=" + anchor]

    def domain(self, *words, anchor=True):
        ended = subprocess.run([self.program, "domain", *self.options, *(self.anchor if anchor else []), "--json", *words],
                               capture_output=True, text=True, timeout=120)
        expect(ended.returncode == 0, "%s: %d %s" % (words, ended.returncode, ended.stderr))
        return json.loads(ended.stdout)


def dnssec(assay, server):
    record = os.path.join(assay.folder, "recorded")
    seen = assay.domain("--record-dns", record, "signed.example")
    expect(seen["dnssec"] == "secure", "signed and validated: %s" % seen["dnssec"])
    expect("dane-insecure" not in {f[0] for f in found(seen)}, "TLSA counts: %s" % found(seen))
    again = assay.domain("--zone", record, "signed.example", anchor=False)
    expect(again["dnssec"] == "secure" and found(again) == found(seen), "recorded: %s" % (found(again) ^ found(seen)))
    plain = assay.domain("plain.example")
    expect(plain["dnssec"] == "insecure", "not signed: %s" % plain["dnssec"])
    expect("dane-insecure" in {f[0] for f in found(plain)}, "TLSA without DNSSEC: %s" % found(plain))
    # our own name servers know no signed root: the anchor of the package is given up, and nothing is judged by it
    none = assay.domain("signed.example", anchor=False)
    expect(none["dnssec"] == "not asked", "without an anchor that holds: %s" % none["dnssec"])
    expect("dnssec-bogus" not in {f[0] for f in found(none)}, "without an anchor that holds: %s" % found(none))
    server.change("signed.example", '"v=spf1 mx ~all"', '"v=spf1 a ~all"')
    forged = assay.domain("signed.example")
    expect(found(forged) == {("dnssec-bogus", "error", "signed.example")}, "changed without a signature: %s" % found(forged))
    expect(forged["word"] == "escalate", forged["word"])


def propagation(assay, old):
    seen = assay.domain("--propagation", "plain.example")
    told = {f for f in found(seen) if f[0].startswith("dns-")}
    expect(told == {("dns-servers-differ", "warning", OLD), ("dns-server-silent", "warning", DEAD)}, "on its way: %s" % told)
    servers = {s["address"]: s for s in seen["propagation"]}
    expect(servers[NEW]["serial"] == 8 and servers[OLD]["serial"] == 7 and servers[DEAD]["state"] == "timeout",
           "the servers: %s" % servers)
    expect(servers[OLD]["answers"]["plain.example TXT"] == "v=spf1 mx -all\n", servers[OLD])
    old.change("plain.example", "host 7 ", "host 8 ")
    seen = assay.domain("--propagation", "plain.example")
    expect(("dns-servers-differ", "error", "plain.example") in found(seen), "will not heal: %s" % found(seen))
    seen = assay.domain("--propagation", "-o", "PolicyFetchPrivate=no", "plain.example")
    told = {f[2] for f in found(seen) if f[0] == "dns-server-silent"}
    expect(told == {NEW, OLD, DEAD}, "addresses that nobody outside reaches: %s" % told)


def cached(assay):
    """signed.example has one server, 127.0.0.2; 127.0.0.3 is the resolver that still has an older text."""
    seen = assay.domain("--propagation", "-o", "PublicResolvers={%s}" % OLD, "signed.example")
    told = {f for f in found(seen) if f[0].startswith("dns-")}
    expect(told == {("dns-cached", "advice", OLD)}, "still held: %s" % told)
    fact = [f["facts"]["until"] for f in seen["findings"] if f["id"] == "dns-cached"]
    expect(fact == ["60"], "how long: %s" % fact)
    seen = assay.domain("--propagation", "signed.example")
    expect(("dns-everywhere", "ok", "signed.example") in found(seen), "everywhere: %s" % found(seen))


def main():
    if shutil.which("nsd", path=os.environ["PATH"] + ":/usr/sbin") is None or os.geteuid() != 0:
        print("skipped: needs root and NSD")
        return 77
    with open(os.path.join(HERE, "signed.zone"), encoding="ascii") as file:
        signed = file.read()
    spf = {"serial": 8, "spf": "v=spf1 mx ~all"}, {"serial": 7, "spf": "v=spf1 mx -all"}
    servers = []
    with tempfile.TemporaryDirectory(prefix="assay-domain.") as folder:
        anchor = os.path.join(folder, "anchor")
        with open(anchor, "w", encoding="ascii") as out:
            out.write([line for line in signed.splitlines() if "\tDNSKEY\t" in line and "RRSIG" not in line][0] + "\n")
        try:
            servers.append(Server(folder, NEW, {".": ROOT, "signed.example": signed, "plain.example": PLAIN % spf[0]}))
            servers.append(Server(folder, OLD, {"signed.example": signed.replace('"v=spf1 mx ~all"', '"v=spf1 ~all"'),
                                                "plain.example": PLAIN % spf[1]}))
            assay = Assay(os.path.join(sys.argv[1], "assay"), folder, anchor)
            cached(assay)
            propagation(assay, servers[1])
            dnssec(assay, servers[0])
        finally:
            for server in servers:
                server.stop()
    print("domain: signed, forged and unsigned zones, servers that differ: as they should be")
    return 0


if __name__ == "__main__":
    sys.exit(main())
