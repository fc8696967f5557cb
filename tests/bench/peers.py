"""The milters that are measured, their configurations, and the resolver they ask."""

import contextlib
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
RESOLVER = "127.9.8.1"
EMPTY, OURS, OLDER, CHAIN = "empty milter", "assay", "older assay", "opendkim+opendmarc"

ASSAY_CONF = """
AuthservID = mx.bench.test
Socket = "unix:{dir}/{name}.sock"
UMask = "000"
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
UMask 000
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
UMask 000
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


def cpu_seconds(pid, ended_children=False):
    """User and system time of a process, and of its children that have ended."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return sum(int(n) for n in fields[11:15 if ended_children else 13]) / os.sysconf("SC_CLK_TCK")


def cpu_clock(pid):
    """The clock of the CPU time that another process has used, in nanoseconds: clock_getcpuclockid(3), on Linux."""
    return ~pid << 3 | 2


class Peer:
    """A milter, or a chain of them: its processes and sockets."""

    def __init__(self, name, commands, environment=None):
        self.name = name
        self.environment = {**os.environ, **(environment or {})}
        self.commands = commands  # [(socket, argv)]
        self.processes = []

    def start(self):
        for socket, argv in self.commands:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(socket)
            self.processes.append(subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                                   stderr=subprocess.DEVNULL, env=self.environment))
        end = time.monotonic() + 20
        while not all(os.path.exists(socket) for socket, _ in self.commands):
            if time.monotonic() > end or any(p.poll() is not None for p in self.processes):
                sys.exit(f"bench: {self.name} does not start")
            time.sleep(0.05)
        time.sleep(0.3)
        for socket, _ in self.commands:
            os.chmod(socket, 0o666)

    def stop(self):
        for process in self.processes:
            process.terminate()
        for process in self.processes:
            process.wait(30)
        self.processes = []

    def cpu(self):
        return sum(time.clock_gettime(cpu_clock(process.pid)) for process in self.processes)

    def load(self, programs, corpus, connections, messages):
        argv = [programs / "load", "-d", corpus, "-c", str(connections), "-n", str(messages)]
        for (socket, _), process in zip(self.commands, self.processes):
            argv += ["-s", socket, "-p", str(process.pid)]
        return run_figures(argv)


def run_figures(argv):
    """What one of our programs prints as name=number."""
    done = subprocess.run(argv, capture_output=True, text=True, check=True)
    return {k: float(v) for k, v in (word.split("=") for word in done.stdout.split())}


def failed(seen):
    """1 when messages failed, which is said: the figures of a peer that turns mail away mean nothing."""
    bad = {name: sum(run["failed"] for run in runs) for name, runs in seen.items() if any(run["failed"] for run in runs)}
    for (name, connections), n in bad.items():
        print(f"{name}, {connections} connections: {n:.0f} messages failed")
    return 1 if bad else 0


def with_resolver(directory, argv):
    """The command under an /etc/resolv.conf that names our resolver."""
    own = directory / "resolv.conf"
    own.write_text(f"nameserver {RESOLVER}\n")
    return ["unshare", "-m", "sh", "-c", f"mount --bind {own} /etc/resolv.conf && exec \"$@\"", "sh", *argv]


def port():
    return 53 if os.getuid() == 0 else 5399


CLIENTS = 'client bench {{\n    Title = "A quarter of the mail"\n    Domains = {{{domains}}}\n}}\n'


def catalogue(directory):
    """What stands beside each assay.conf: who is who as it is installed, and clients who own a quarter of the mail."""
    shutil.copy(HERE.parent.parent / "conf" / "senders.conf", directory)
    domains = ", ".join(f"sender{n:02}-bench.com" for n in range(10))
    (directory / "clients.conf").write_text(CLIENTS.format(domains=domains))


def assay(directory, name, milter, more=(), database=None, environment=None):
    """An assay-milter with a configuration of its own; `more` are lines of it, a later one of a name counting."""
    catalogue(directory)
    file = name.replace(" ", "-")
    database = directory / f"{file}.db" if database is None else database
    text = ASSAY_CONF.format(dir=directory, name=file, resolver=RESOLVER, port=port(), database=database,
                             user="root" if os.getuid() == 0 else "")
    lines = dict(line.split(" = ", 1) for line in text.strip().splitlines())
    lines.update((part.strip() for part in line.split("=", 1)) for line in more)
    conf = directory / f"{file}.conf"
    conf.write_text("".join(f"{key} = {value}\n" for key, value in lines.items()))
    return Peer(name, [(f"{directory}/{file}.sock", [milter, "-f", "-c", conf])], environment)


def chain(directory):
    """opendkim followed by opendmarc, or None and why."""
    sbin = os.environ["PATH"] + ":/usr/sbin:/sbin"
    theirs = [shutil.which(name, path=sbin) for name in ("opendkim", "opendmarc")]
    if os.getuid() != 0 or None in theirs:
        print("opendkim and opendmarc are left out: they want root, and to be installed")
        return None
    for name, text in (("opendkim", OPENDKIM), ("opendmarc", OPENDMARC)):
        (directory / f"{name}.conf").write_text(text.format(dir=directory, resolver=RESOLVER))
    return Peer(CHAIN, [
        (f"{directory}/opendkim.sock", with_resolver(directory, [theirs[0], "-f", "-x", directory / "opendkim.conf"])),
        (f"{directory}/opendmarc.sock", with_resolver(directory, [theirs[1], "-f", "-c", directory / "opendmarc.conf"])),
    ])


def empty(directory, programs):
    return Peer(EMPTY, [(f"{directory}/empty.sock", [programs / "empty", f"{directory}/empty.sock"])])


def milter_of(options):
    return pathlib.Path(options.milter or options.programs / ".." / ".." / "assay-milter").resolve()


def corpus_of(options):
    corpus = options.programs / "corpus"
    if not (corpus / "zone.tsv").exists():
        print("making a corpus, which takes a minute")
        subprocess.run([HERE / "corpus.py", corpus], check=True)
    return corpus


def crypto(options, corpus):
    """CPU seconds that the cryptography of 1,000 messages takes."""
    return run_figures([options.programs / "crypto", corpus, "1"])["cpu_s"]


@contextlib.contextmanager
def stage(options, corpus):
    """A folder for sockets and databases, and a resolver that serves the corpus."""
    with tempfile.TemporaryDirectory(prefix="assay-bench-") as name:
        directory = pathlib.Path(name)
        directory.chmod(0o755)
        resolver = subprocess.Popen([options.programs / "resolver", corpus / "zone.tsv", RESOLVER, str(port()),
                                     str(options.delay)], stdout=subprocess.PIPE)
        try:
            if resolver.stdout.readline() != b"ready\n":
                sys.exit("bench: the resolver does not start")
            yield directory
        finally:
            resolver.kill()
            resolver.wait()


def add_options(parser, connections):
    parser.add_argument("programs", type=pathlib.Path, help="where load and resolver were built")
    parser.add_argument("--messages", type=int, default=2000, help="of each run [2000]")
    parser.add_argument("--connections", default=connections, help=f"[{connections}]")
    parser.add_argument("--rounds", type=int, default=5, help="[5]")
    parser.add_argument("--delay", type=int, default=0, help="milliseconds that the resolver takes [0]")
    parser.add_argument("--milter", help="another assay-milter")
    parser.add_argument("--option", action="append", default=[], help="another line for its configuration")


def parse(parser):
    options = parser.parse_args()
    options.connections = [int(n) for n in options.connections.split(",")]
    options.programs = options.programs.resolve()
    return options
