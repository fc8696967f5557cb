#!/usr/bin/python3
"""What somebody can do who took over the process that serves: an intruder is preloaded and tries, within a message."""

import contextlib
import ctypes
import errno
import os
import pathlib
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "scenario"))

from rig import SKIP, Daemon, check, greeted, main, program

HERE = pathlib.Path(__file__).resolve().parent
LANDLOCK = (444, 445, 446)  # system calls, the same on every architecture
FORBIDDEN = ("ptrace", "kill", "fork", "unshare", "execve", "execveat", "raw", "packet", "netlink", "vsock", "listen",
             "mmap-wx", "mprotect-x", "io_uring", "bpf", "memfd", "mount", "setuid", "dumpable", "keyctl", "mkdir", "symlink")


def landlock():
    """The version of the kernel's Landlock; 0 without it."""
    return max(0, ctypes.CDLL(None, use_errno=True).syscall(LANDLOCK[0], None, 0, 1))


def without_landlock():
    """In a process that is to start: Landlock answers ENOSYS, as on a kernel that has none."""
    steps = [(0x20, 0, 0, 0)]
    for number in LANDLOCK:
        steps += [(0x15, 0, 1, number), (0x06, 0, 0, 0x00050000 | errno.ENOSYS)]
    steps.append((0x06, 0, 0, 0x7fff0000))
    code = ctypes.create_string_buffer(b"".join(struct.pack("=HBBI", *s) for s in steps))
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(38, 1, 0, 0, 0)
    if libc.prctl(22, 2, struct.pack("=H6xQ", len(steps), ctypes.addressof(code)), 0, 0) != 0:
        os._exit(99)


class Broken(Daemon):
    """Preloads the intruder; `secret` is a file of the same user's elsewhere, which he would like to read."""

    def __init__(self, config="", before=None):
        super().__init__(starts=False, config=config)
        self.before = before
        self.elsewhere = pathlib.Path(tempfile.mkdtemp(prefix="assay-secret-"))
        self.secret, self.results = self.elsewhere / "secret", self.elsewhere / "results"
        self.secret.write_text("secret\n")
        self.new = self.elsewhere / "new"
        self.settings, self.records = self.dir / "settings", self.dir / "records"
        for folder in (self.settings, self.records):
            folder.mkdir()
        self.config = self.config.rename(self.settings / "assay.conf")
        self.zone = self.settings / "zone"
        shutil.copy(self.dir / "zone", self.zone)
        self.config.write_text(self.config.read_text().replace(f"{self.dir}/assay.db", f"{self.records}/assay.db"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.library = self.elsewhere / "intruder.so"
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", self.library, HERE / "intruder.c"], check=True)

    def __exit__(self, *what):
        super().__exit__(*what)
        self.listener.close()
        shutil.rmtree(self.elsewhere)
        for left in ("/tmp/assay-intruder", "/tmp/assay-intruder-link"):
            with contextlib.suppress(OSError):
                (os.rmdir if left.endswith("r") else os.unlink)(left)

    def start(self):
        files = ":".join(map(str, (self.secret, self.new, self.config, self.records / "assay.db", "/etc/hosts", "/proc/1/status")))
        environment = {**os.environ, "LD_PRELOAD": str(self.library), "INTRUDER": str(self.results), "INTRUDER_FILES": files,
                       "INTRUDER_PORT": str(self.listener.getsockname()[1])}
        self.process = subprocess.Popen(self.command("-f"), stdout=self.logfile.open("a"), stderr=subprocess.STDOUT,
                                        env=environment, preexec_fn=self.before)
        self.wait_for_log(" serves ")

    def message(self, queue_id):
        mta = greeted(self)
        check(mta.message(queue_id) == "c", f"{queue_id} not continued")
        mta.close()

    def intrusion(self):
        """A good message in which the intruder acts, and one after it; {attempt: errno}."""
        self.message("INTRUDE")
        self.message("Q2")
        return {k: int(v) for k, v in (line.rsplit(" ", 1) for line in self.results.read_text().splitlines())}

    def threads(self):
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return [t / "status" for t in pathlib.Path(f"/proc/{(children or [self.process.pid])[0]}/task").iterdir()]


def calls_are_refused(got):
    went = [name for name in FORBIDDEN if got[name] not in (errno.EPERM, errno.EACCES)]
    check(not went, f"{', '.join(f'{n}: {got[n]}' for n in went)}")
    check(got["udp"] == 0, "no socket for DNS")


def files_are_refused(d, got):
    readable = [d.config, d.records / "assay.db", "/etc/hosts"]
    for path in (d.secret, d.new, d.config, d.records / "assay.db", "/etc/hosts", "/proc/1/status"):
        check((got[f"read:{path}"] == 0) == (path in readable), f"read {path}: {got[f'read:{path}']}")
        check((got[f"write:{path}"] == 0) == (path == d.records / "assay.db"), f"write {path}: {got[f'write:{path}']}")
    check(not d.new.exists(), "a file was made elsewhere")
    if landlock() >= 4:
        check(got["connect"] == errno.EACCES and got["bind"] == errno.EACCES, f"TCP: {got['connect']} {got['bind']}")


def all_filtered(d):
    try:
        texts = [t.read_text() for t in d.threads()]
    except OSError:  # a thread that ended meanwhile
        return False
    return bool(texts) and all("\nSeccomp:\t2\n" in t and "\nNoNewPrivs:\t1\n" in t for t in texts)


def an_intruder_finds_nothing():
    """no program, no process, no file elsewhere, no other socket, no code of his own; with and without a supervisor"""
    for config in ("", "Supervise = no\n"):
        with Broken(config) as d:
            d.start()
            until = time.monotonic() + 5  # the supervisor listens before the worker serves
            while not all_filtered(d) and time.monotonic() < until:
                time.sleep(0.05)
            check(all_filtered(d), "a thread without a filter")
            got = d.intrusion()
            calls_are_refused(got)
            if landlock() > 0:
                files_are_refused(d, got)
            d.stop()


def without_landlock_it_serves():
    """a kernel without Landlock: it says so once, serves, and the filter of system calls holds"""
    with Broken(before=without_landlock) as d:
        d.start()
        got = d.intrusion()
        calls_are_refused({**got, "mkdir": errno.EPERM, "symlink": got["symlink"] or errno.EPERM})
        check(got[f"read:{d.secret}"] == 0, "the test is none: Landlock was there")
        check(d.log().count("this kernel has no Landlock") == 1, "not said, or more than once")
        d.stop()


def it_can_be_switched_off():
    """Sandbox = no: said so, and the intruder has his way, which shows that he can be seen at all"""
    with Broken("Sandbox = no\n") as d:
        d.start()
        mta = greeted(d)
        try:
            mta.message("INTRUDE")
        except Exception:
            pass  # execve was allowed
        time.sleep(0.5)
        told = d.results.read_text()
        check(f"read:{d.secret} 0" in told and "fork 0" in told and "listen 0" in told, told)
        check("serves without a sandbox: Sandbox = no" in d.log(), "not said")


def all_goes_on_within():
    """reload, history, statistics and a stop work within; what a reload names elsewhere is said to wait for a restart"""
    with Broken() as d:
        first = d.dir / "first"
        first.mkdir()
        text = d.config.read_text()
        d.config.write_text(text + f'HistoryFile = "{first}/history"\nStatisticsFile = "{first}/statistics"\n')
        d.start()
        d.message("Q1")
        d.config.write_text(text + f'HistoryFile = "{first}/other"\nStatisticsFile = "{d.elsewhere}/statistics"\n')
        d.signal(1)
        d.wait_for_log("reloaded ")
        d.message("Q2")
        check((first / "history").stat().st_size > 0 and (first / "other").stat().st_size > 0, "no history")
        check((first / "statistics").stat().st_size > 0, "no statistics")
        check("StatisticsFile:" in d.log() and "waits for a restart" in d.log(), "not said")
        check("HistoryFile: " not in d.log(), "said of a folder that is known")
        d.stop()
        check(not os.path.exists(d.path), "the socket's name is still there")


if b"__asan_init" in pathlib.Path(program()).read_bytes() or b"__tsan_init" in pathlib.Path(program()).read_bytes():
    print("a build with sanitizers has no sandbox")
    sys.exit(SKIP)
main([an_intruder_finds_nothing, without_landlock_it_serves, it_can_be_switched_off, all_goes_on_within])
