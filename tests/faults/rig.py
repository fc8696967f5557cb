"""What the fault tests share: a mail host (Postfix, NSD, the daemon) in which things can be made to fail.

The host is that of tests/e2e, with a name server in between that does wrong as it is told (names.py) and a library
preloaded into the daemon that makes trouble (trouble.c).  Where Postfix would only be in the way (odd protocol, thousands
of connections), the daemon and the MTA's side of the protocol are those of tests/scenario.
"""

import collections
import contextlib
import importlib.util
import mmap
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time

HERE = pathlib.Path(__file__).resolve().parent


def load(name, path):
    """A module of another folder of tests; they have files of the same name."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


host = load("e2e_rig", HERE.parent / "e2e" / "rig.py")
letters = load("e2e_letters", HERE.parent / "e2e" / "letters.py")
milter = load("scenario_rig", HERE.parent / "scenario" / "rig.py")

from names import Names

Failed, wait_for = host.Failed, host.wait_for
GOOD = {"ip": "192.0.2.10", "helo": "mail.good.example"}
STRANGER = {"ip": "203.0.113.66", "helo": "friend"}
TESTS = []


def test(function):
    TESTS.append(function)
    return function


class Skipped(Exception):
    """It cannot run here; says why."""


def expect(condition, what):
    if not condition:
        raise Failed(what)


def children(pid):
    return [int(p) for p in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def status_of(pid, key):
    return re.search(rf"^{key}:\s*(.*)$", pathlib.Path(f"/proc/{pid}/status").read_text(), re.M).group(1)


def percentile(values, part):
    return sorted(values)[min(len(values) - 1, int(len(values) * part))] if values else 0.0


def function_at(program, name, offset):
    """The function of a frame; static ones have no name in the report."""
    if name or not shutil.which("addr2line"):
        return name
    done = subprocess.run(["addr2line", "-f", "-e", program, offset], capture_output=True, text=True, check=False)
    return done.stdout.split("\n")[0]


class Trouble:
    """The control block of trouble.c."""

    NOT_TO_BLAME = ("trouble.so", "libc.so", "ld-linux", "linux-vdso")
    FIELDS = ("malloc_one_in", "malloc_nth", "disk_errno", "disk_delay_ms", "crash", "clock_ahead", "malloc_failed", "disk_failed")

    def __init__(self, folder):
        self.library = folder / "trouble.so"
        self.path = folder / "trouble"
        compiler = shutil.which("cc") or shutil.which("gcc") or host.need("clang")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self.library, HERE / "trouble.c", "-ldl"], check=True)
        self.path.write_bytes(bytes(4 * len(self.FIELDS)))
        self.path.chmod(0o666)
        with self.path.open("r+b") as f:
            self.memory = mmap.mmap(f.fileno(), 4 * len(self.FIELDS))

    def set(self, field, value):
        struct.pack_into("=I", self.memory, 4 * self.FIELDS.index(field), value)

    def get(self, field):
        return struct.unpack_from("=I", self.memory, 4 * self.FIELDS.index(field))[0]

    def calm(self):
        for field in self.FIELDS[:6]:
            self.set(field, 0)

    @contextlib.contextmanager
    def preloaded(self):
        """What is started within has the library."""
        before = dict(os.environ)
        os.environ.update(self.environment())
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)

    def environment(self):
        return {**os.environ, "LD_PRELOAD": str(self.library), "ASSAY_TROUBLE": str(self.path)}

    def crashes(self):
        """Where processes died, as (object, function) of the first frame that is neither trouble.c's nor libc's."""
        found = []
        for report in sorted(self.path.parent.glob(f"{self.path.name}.crash.*")):
            if report.stat().st_size == 0:
                continue  # it is made when a process begins
            frames = re.findall(r"^(\S*?)\(([^)+]*)\+?(\w*)\)", report.read_text(errors="replace"), re.M)
            frames = [f for f in frames if not pathlib.Path(f[0]).name.startswith(self.NOT_TO_BLAME)]
            named = ((pathlib.Path(f[0]).name, function_at(*f)) for f in frames)
            # a broken invariant: who found it is who called these
            found.append(next((n for n in named if n[1] not in ("err_abort", "on_error")), ("libc", "?")))
        return found

    def forget_crashes(self):
        for report in self.path.parent.glob(f"{self.path.name}.crash.*"):
            os.truncate(report, 0)  # a process that lives has it open


class House(host.Rig):
    """The mail host, with all that can be made to fail in it."""

    def __init__(self, programs, world, extra_zone=""):
        super().__init__(programs, world.zone + extra_zone)
        self.world = world
        self.main_cf = ("milter_command_timeout = 15s\n"  # a session whose thread could not be had ends then
                        "enable_long_queue_ids = yes\n")  # a short one comes again among thousands of messages
        self.trouble = Trouble(self.dir)
        self.names = None
        self.limits = None  # called in the daemon's process before it starts
        self.wrapper = []   # in front of the daemon's command
        (self.dir / "trouble").chmod(0o666)
        self.dir.chmod(0o1777)  # reports of crashes are written by the daemon's user

    def start_dns(self):
        super().start_dns()
        self.names = Names(self.dns_port)
        self.base_options = [f'Nameservers={{"127.0.0.1@{self.names.port}"}}']
        self.options = list(self.base_options)

    def start_milter(self):
        conf, before = self.write_config(), self.log("milter").count(" serves ")
        self.spawn("milter", [*self.wrapper, str(self.programs / "assay-milter"), "-f", "-c", str(conf)],
                   env=self.trouble.environment(), preexec_fn=self.limits)
        wait_for("assay-milter's socket", self.answers, 20)
        if "Syslog=yes" not in self.options:  # the supervisor listens before the worker serves
            wait_for("a worker", lambda: self.log("milter").count(" serves ") > before, 20)

    def answers(self):
        if self.procs["milter"].poll() is not None:
            raise Failed("assay-milter did not start:\n" + self.log("milter")[-2000:])
        with socket.socket(socket.AF_UNIX) as s:
            try:
                s.connect(str(self.dir / "run" / "assay.sock"))
                return True
            except OSError:
                return False

    def restart_milter(self, *options, fresh_log=True):
        """With these options beside the usual ones, and with an empty log."""
        if "milter" in self.procs:
            self.stop("milter")
        self.options = [*self.base_options, *options]
        if fresh_log:
            (self.dir / "milter.log").unlink(missing_ok=True)
        self.start_milter()

    def quiet(self):
        """Everything is well again."""
        self.trouble.calm()
        self.names.wrong = {}
        self.limits, self.wrapper = None, []

    def worker(self):
        return wait_for("a worker", lambda: children(self.procs["milter"].pid), 5)[0]

    def count_records(self):
        try:
            with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True, timeout=30) as db:
                return collections.Counter(row[0] for row in db.execute("SELECT queue_id FROM message"))
        except sqlite3.OperationalError as why:
            if "no such table" in str(why) or "unable to open" in str(why):  # a daemon that only just begins
                return collections.Counter()
            raise

    def lost(self):
        """Records that the log says were lost."""
        told = re.findall(r"record lost \((\d+) in all since last said\)|: (\d+) more records were lost", self.log("milter"))
        return sum(int(a or b) for a, b in told)

    def signed(self, subject="Load", sender="load@good.example"):
        """A signed message; blast() makes each copy of it another one."""
        data = letters.sign(letters.letter(sender, subject=subject), self.world.rsa, "good.example", "s1",
                            headers=[b"from", b"to", b"subject", b"date"])
        return data.replace(b"MIME-Version:", b"X-Number: @@\r\nMIME-Version:")


class Sent:
    """What became of the messages of a blast: queue ids accepted, seconds they took, replies of those refused."""

    def __init__(self):
        self.ids, self.seconds, self.refused = [], [], []
        self.ended = []  # monotonic, of those accepted
        self.refused_began = []  # monotonic, of those refused after their session had begun
        self.lock = threading.Lock()

    def longest_gaps(self, moments):
        """After each of these moments: the longest time, begun within half a second, in which no message was accepted."""
        ended, out = sorted(self.ended), []
        for moment in moments:
            near = [t for t in ended if moment - 1 < t < moment + 3]
            pairs = [(a, b) for a, b in zip(near, near[1:]) if b > moment and a < moment + 0.5]
            out.append(max((b - a for a, b in pairs), default=99.0))
        return out

    def p99_ms(self):
        return percentile(self.seconds, 0.99) * 1000


def blast(house, count, connections, data, client=None, mail_from="load@good.example", stop=None, pause=0.0):
    """Messages over SMTP sessions at once, through Postfix; @@ in the text becomes a number."""
    sent, numbers = Sent(), iter(range(count))

    def one(smtp, n):
        began = time.monotonic()
        try:
            queue_id = host.Rig.submit(smtp, mail_from, data.replace(b"@@", b"%d" % n))
            with sent.lock:
                sent.ids.append(queue_id)
                sent.ended.append(time.monotonic())
                sent.seconds.append(sent.ended[-1] - began)
            return smtp
        except Exception as why:  # whatever an SMTP client can meet: counted as not accepted
            with sent.lock:
                sent.refused.append(str(why))
                sent.refused_began.append(began)
            smtp.close()
            return None

    def work():
        smtp = None
        while not (stop is not None and stop.is_set()):
            with sent.lock:
                n = next(numbers, None)
            if n is None:
                break
            try:
                smtp = smtp or house.session(**(client or GOOD))
            except Exception as why:
                with sent.lock:
                    sent.refused.append(str(why))
                time.sleep(0.05)
                continue
            smtp = one(smtp, n)
            time.sleep(pause)
        if smtp is not None:
            smtp.close()

    threads = [threading.Thread(target=work) for _ in range(connections)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sent


class Background:
    """A blast that goes on until it is ended."""

    running = []

    def __init__(self, house, connections, data, count=1000000, **how):
        self.stop = threading.Event()
        self.sent = None
        self.thread = threading.Thread(target=self.run, args=(house, count, connections, data), kwargs=how)
        self.thread.start()
        self.running.append(self)

    @classmethod
    def end_all(cls):
        """What a test that failed left behind."""
        while cls.running:
            cls.running[-1].end()

    def run(self, house, count, connections, data, **how):
        self.sent = blast(house, count, connections, data, stop=self.stop, **how)

    def end(self):
        self.stop.set()
        self.thread.join()
        if self in self.running:
            self.running.remove(self)
        return self.sent
