#!/usr/bin/python3
"""Measures milters behind a real Postfix (make bench-postfix): as bench.py, and what Postfix itself spends.

Each milter has a Postfix of its own on loopback, with its own queue (in memory where there is /dev/shm), whose mail ends
in discard(8).  The corpus is replayed over SMTP, a session a message, the client's address given with XCLIENT.  All stand
ready at once and take turns.  The CPU of Postfix is that of master(8) and all its children, ended or not.
Needs root and Debian's postfix; the system's own Postfix is neither read nor touched but for its programs.
"""

import argparse
import os
import pathlib
import pwd
import shutil
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
import figures  # noqa: E402
import peers  # noqa: E402

sys.path.insert(0, str(peers.HERE.parent / "e2e"))
import rig  # noqa: E402

COLUMNS = ("per_s", "p50_ms", "p99_ms", "cpu_s", "postfix_s")
MAIN_CF = """compatibility_level = 3.6
myhostname = mx.bench.test
mydestination =
alias_maps =
local_recipient_maps =
queue_directory = {dir}/queue
data_directory = {dir}/data
maillog_file = {dir}/postfix.log
maillog_file_prefixes = {dir}
inet_interfaces = 127.0.0.1
inet_protocols = all
mynetworks = 127.0.0.0/8
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
default_process_limit = 300
message_size_limit = 60000000
relay_domains = bench.test
relay_transport = discard
smtpd_milters = {milters}
milter_default_action = tempfail
milter_protocol = 6
"""
MASTER_CF = """127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
"""


class Postfix:
    """A Postfix of its own in `directory`, with these milters."""

    def __init__(self, directory, sockets):
        self.home = directory / "etc"
        self.directory, self.port = directory, rig.free_port()
        self.home.mkdir(parents=True)
        for name in ("postfix-files", "dynamicmaps.cf"):
            if pathlib.Path("/etc/postfix", name).exists():
                shutil.copy(f"/etc/postfix/{name}", self.home)
        for name in ("data", "queue"):
            (directory / name).mkdir()
        os.chown(directory / "data", pwd.getpwnam("postfix").pw_uid, -1)
        milters = " ".join(f"unix:{socket}" for socket in sockets)
        (self.home / "main.cf").write_text(MAIN_CF.format(dir=directory, milters=milters))
        (self.home / "master.cf").write_text(MASTER_CF.format(port=self.port))

    def command(self, what):
        return subprocess.run([rig.need("postfix"), "-c", str(self.home), what], capture_output=True, text=True,
                              check=False)

    def start(self):
        done = self.command("start")
        if done.returncode != 0:
            sys.exit(f"bench: Postfix does not start: {done.stderr}")
        time.sleep(1)
        self.master = int((self.directory / "queue" / "pid" / "master.pid").read_text())

    def stop(self):
        self.command("stop")

    def cpu(self):
        total = peers.cpu_seconds(self.master, True)
        for path in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if int((path / "stat").read_text().rsplit(")", 1)[1].split()[1]) == self.master:
                    total += peers.cpu_seconds(path.name)
            except (FileNotFoundError, ProcessLookupError):
                pass
        return total

    def settle(self):
        """Waits until the queue is empty, so that all that the messages cost has been spent."""
        end = time.monotonic() + 30
        while any(files for place in ("incoming", "active", "maildrop")
                  for _, _, files in os.walk(self.directory / "queue" / place)) and time.monotonic() < end:
            time.sleep(0.1)
        time.sleep(0.5)

    def load(self, options, corpus, connections, peer):
        before, own = self.cpu(), peer.cpu()
        run = peers.run_figures([options.programs / "smtp", "-d", corpus, "-p", str(self.port), "-c", str(connections),
                                 "-n", str(options.messages)])
        self.settle()
        run["cpu_s"] = (peer.cpu() - own) * 1e3 / options.messages
        run["postfix_s"] = (self.cpu() - before) * 1e3 / options.messages
        return run


def everybody_of(options, directory):
    found = [peers.Peer("no milter", []), peers.empty(directory, options.programs),
             peers.assay(directory, peers.OURS, peers.milter_of(options), ['UserID = "root:postfix"', *options.option])]
    if options.older:
        found.append(peers.assay(directory, peers.OLDER, os.path.abspath(options.older),
                                 ['UserID = "root:postfix"', *options.option]))
    chain = None if options.alone else peers.chain(directory)
    return found + ([chain] if chain else [])


def show_row(name, connections, values, digits="9.0f 9.1f 9.1f 12.3f 13.3f"):
    print(f"{name:22}{connections:5}" + "".join(format(v, d) for v, d in zip(values, digits.split())))


def show(options, everybody, seen, cryptos):
    print(f"{'':22}{'conn':>5}{'msgs/s':>9}{'p50 ms':>9}{'p99 ms':>9}{'CPU s/1000':>12}{'of Postfix':>13}")
    for connections in options.connections:
        floors = figures.floors(seen[peers.EMPTY, connections], cryptos, min(os.cpu_count(), connections))
        show_row("floor", connections, [figures.median(floors, column) for column in COLUMNS])
        for peer in everybody:
            runs = seen[peer.name, connections]
            show_row(peer.name, connections, [figures.median(runs, column) for column in COLUMNS])
            if peer.name not in (peers.EMPTY, "no milter"):
                show_row("  : floor", connections, [figures.ratio(runs, floors, column) for column in COLUMNS],
                         "9.2f " * 3 + "12.2f 13.2f")
        for other in (peers.OLDER, peers.CHAIN):
            if (other, connections) in seen:
                show_row(f"{peers.OURS} : {other.split('+')[0]}", connections,
                         [figures.ratio(seen[peers.OURS, connections], seen[other, connections], column)
                          for column in COLUMNS], "9.2f " * 3 + "12.2f 13.2f")
    print(f"cryptography of the corpus: {sorted(cryptos)[len(cryptos) // 2]:.4f} CPU s per 1,000 messages")


def measure(options, everybody, postfixes, corpus):
    seen, cryptos = {}, []
    for peer, postfix in zip(everybody, postfixes):
        peer.start()
        postfix.start()
        postfix.load(options, corpus, 8, peer)
    for _ in range(options.rounds):
        cryptos.append(peers.crypto(options, corpus))
        for connections in options.connections:
            for peer, postfix in zip(everybody, postfixes):
                seen.setdefault((peer.name, connections), []).append(postfix.load(options, corpus, connections, peer))
    return seen, cryptos


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    peers.add_options(parser, "8,64")
    parser.add_argument("--alone", action="store_true", help="leave opendkim and opendmarc out")
    parser.add_argument("--older", help="an older assay-milter, measured in turn")
    options = peers.parse(parser)
    if os.getuid() != 0:
        sys.exit("bench: Postfix needs root")
    corpus = peers.corpus_of(options)
    memory = "/dev/shm" if os.path.isdir("/dev/shm") else None
    with peers.stage(options, corpus) as directory, tempfile.TemporaryDirectory(prefix="assay-bench-", dir=memory) as name:
        os.chmod(name, 0o755)
        everybody = everybody_of(options, directory)
        postfixes = [Postfix(pathlib.Path(name, str(n)), [socket for socket, _ in peer.commands])
                     for n, peer in enumerate(everybody)]
        try:
            seen, cryptos = measure(options, everybody, postfixes, corpus)
        finally:
            for postfix in postfixes:
                postfix.stop()
            for peer in everybody:
                peer.stop()
    show(options, everybody, seen, cryptos)
    return peers.failed(seen)


if __name__ == "__main__":
    sys.exit(main())
