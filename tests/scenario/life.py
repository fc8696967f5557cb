#!/usr/bin/python3
"""Starting, reloading, stopping: what the daemon does with signals, sockets and bad configurations."""

import contextlib
import grp
import os
import pwd
import signal
import socket
import sqlite3
import subprocess
import sys
import time

sys.dont_write_bytecode = True

from rig import BODY_ANSWERED, Daemon, Gone, Mta, check, free_port, greeted, main, program, stamped

EX_USAGE, EX_UNAVAILABLE, EX_NOINPUT, EX_CONFIG = 64, 69, 66, 78


def refused(code, text, *args):
    """assay-milter with these arguments ends at once with that code and one line that has `text`."""
    done = subprocess.run([program(), *args], capture_output=True, text=True, timeout=20)
    lines = [line for line in done.stderr.splitlines() if ": note: " not in line]
    check(done.returncode == code, f"{args}: exit code {done.returncode}, not {code}: {done.stderr}")
    check(len(lines) == 1 and text in lines[0], f"{args}: no \"{text}\" in {done.stderr!r}")


def drain():
    """TERM in the middle of messages: each is finished and answered, then the daemon ends with 0"""
    with Daemon() as d:
        idle = greeted(d, steps=BODY_ANSWERED)
        early, late = greeted(d, steps=BODY_ANSWERED), greeted(d, steps=BODY_ANSWERED)
        early.envelope("E1")
        late.envelope("L1")
        for mta in (early, late):
            mta.header("From", "a@good.example")
        late.eoh()
        late.body()
        d.signal(signal.SIGTERM)
        time.sleep(0.5)
        check(d.process.poll() is None, "ended with messages in flight")
        check(not os.path.exists(d.path), "the socket is still there")
        check(late.end() == "c", "late not continued")
        stamped(late)
        time.sleep(0.5)
        early.eoh()
        early.body()
        check(early.end() == "c", "early not continued")
        stamped(early)
        check(d.process.wait(5) == 0, f"exit code {d.process.returncode}")
        check("E1: dmarc=pass" in d.log() and "L1: dmarc=pass" in d.log(), "a line is missing")
        check("not done" not in d.log(), "counts finished messages as cut")
        idle.close()


def drain_slow_dns():
    """TERM while a message waits for its answer at the end: it gets it"""
    with Daemon() as d:
        mta = greeted(d, steps=BODY_ANSWERED)
        mta.envelope("W1")
        mta.header("From", "a@good.example")
        mta.eoh()
        mta.body()
        mta.send("E")
        d.signal(signal.SIGTERM)
        check(mta.finish() == "c", "not continued")
        stamped(mta)
        check(d.process.wait(5) == 0, f"exit code {d.process.returncode}")


def drain_bounded():
    """a message that never ends holds a stop for DrainTimeout and no longer"""
    with Daemon(config="DrainTimeout = 1\n") as d:
        mta = greeted(d, steps=BODY_ANSWERED)
        mta.envelope("S1")
        began = time.monotonic()
        d.stop(10)
        took = time.monotonic() - began
        check(1 <= took < 5, f"took {took:.1f} s")
        check("1 messages unfinished" in d.log(), "does not say so")


def stop_idle():
    """with nothing to do, TERM and INT stop at once, whatever connections are open"""
    for number in (signal.SIGTERM, signal.SIGINT):
        with Daemon() as d:
            mtas = [greeted(d, steps=BODY_ANSWERED) for _ in range(20)]
            began = time.monotonic()
            d.signal(number)
            check(d.process.wait(10) == 0, f"exit code {d.process.returncode}")
            check(time.monotonic() - began < 2, "took over 2 s")
            check(not os.path.exists(d.path), "the socket is still there")
            for mta in mtas:
                mta.close()


def no_new_while_stopping():
    """a stop takes no new connections"""
    with Daemon(where=f"inet:{free_port()}@localhost") as d:
        held = greeted(d, steps=BODY_ANSWERED)
        held.envelope()
        d.signal(signal.SIGTERM)
        time.sleep(0.3)
        try:
            Mta(d)
            check(False, "took a connection while stopping")
        except (Gone, OSError):
            pass
        held.header("From", "a@good.example")
        held.eoh()
        held.body()
        check(held.end() == "c", "the one in flight was not continued")
        check(d.process.wait(5) == 0, f"exit code {d.process.returncode}")


def on_its_way_when_the_stop_comes():
    """a connection that was taken before the stop, and speaks after it, is served: refused, its mail would go unexamined"""
    served = 0
    for _ in range(4):  # where this machine is busy, the moment in which it may speak can be over
        with Daemon() as d:
            early = Mta(d, negotiate=False)
            time.sleep(0.2)  # it is taken
            d.signal(signal.SIGTERM)
            time.sleep(0.05)
            try:
                early.negotiate(BODY_ANSWERED)
                early.connect()
                early.helo()
                early.envelope()
                early.header("From", "a@good.example")
                early.eoh()
                early.body()
                served += early.end() == "c"
                stamped(early)
            except (Gone, OSError):
                pass
            check(d.process.wait(5) == 0, f"exit code {d.process.returncode}")
        if served:
            break
    check(served > 0, "no connection that was taken before the stop was served")


def reload_good():
    """HUP: new messages get the new configuration, one in flight keeps its own"""
    with Daemon() as d:
        before = greeted(d, steps=BODY_ANSWERED)
        before.envelope("R1")
        before.header("From", "a@good.example")
        before.eoh()
        before.body()
        text = d.config.read_text()
        d.config.write_text(text.replace("AuthservID = mx.test", "AuthservID = new.test"))
        d.signal(signal.SIGHUP)
        d.wait_for_log("reloaded")
        check(before.end() == "c", "not continued")
        stamped(before)
        check(before.message("R2") == "c", "next not continued")
        check(before.inserted()[0][2].startswith(" new.test;"), "the new name is not used")
        d.stop()


def reload_bad():
    """HUP with a bad file keeps the old configuration, says file and line, and goes on; many times over"""
    with Daemon() as d:
        good = d.config.read_text()
        d.config.write_text(good + "DNSTimeout = soon\n")
        d.signal(signal.SIGHUP)
        d.wait_for_log("not reloaded")
        check(f"{d.config}:{good.count(chr(10)) + 1}: " in d.log(), "file and line not told")
        mta = greeted(d, steps=BODY_ANSWERED)
        check(mta.message() == "c", "not continued")
        stamped(mta)
        d.config.write_text(good)
        for _ in range(50):
            d.signal(signal.SIGHUP)
            time.sleep(0.02)
        d.wait_for_log("reloaded ")
        check(d.process.poll() is None, "a HUP stopped it")
        check(mta.message("Q2") == "c", "not continued after many")
        d.stop()


def reload_fixed():
    """HUP tells which changes wait for a restart"""
    with Daemon() as d:
        d.config.write_text(d.config.read_text().replace("DatabaseSync = normal", "DatabaseSync = full"))
        d.signal(signal.SIGHUP)
        d.wait_for_log("changes of DatabaseSync take effect at the next restart")
        d.stop()


def counters():
    """USR1 logs the counters"""
    with Daemon() as d:
        mta = greeted(d, steps=BODY_ANSWERED)
        mta.message()
        d.signal(signal.SIGUSR1)
        d.wait_for_log("milter: connections=1 messages=1 ignored=0 broken=0 in_flight=0")
        d.wait_for_log("dns: questions=")
        d.stop()


def stale_and_live():
    """a stale socket is replaced; a live one is refused, and its owner undisturbed"""
    with Daemon() as d:
        d.process.kill()
        d.process.wait()
        check(os.path.exists(d.path), "no stale socket to test with")
        d.logfile.unlink()
        d.start()
        refused(EX_UNAVAILABLE, "a process already serves", *d.command("-f")[1:])
        mta = greeted(d, steps=BODY_ANSWERED)
        check(mta.message() == "c", "not continued")
        d.stop()
        check(not os.path.exists(d.path), "the socket was left behind")
        with open(d.path, "w") as f:
            f.write("precious")
        refused(EX_CONFIG, "is not a socket", *d.command("-f")[1:])
        check(open(d.path).read() == "precious", "a file was harmed")


def port_taken():
    """a port in use is refused with a clear sentence"""
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        s.listen()
        port = s.getsockname()[1]
        with Daemon(where=f"inet:{port}@127.0.0.1", starts=False) as d:
            refused(EX_UNAVAILABLE, f"port {port} is in use", *d.command("-f")[1:])


def inherited():
    """fd:N: a socket that is open already is served and stays"""
    with socket.socket(socket.AF_UNIX) as s:
        with Daemon(where="fd:9", starts=False) as d:
            s.bind(d.path)
            s.listen()
            os.dup2(s.fileno(), 9)
            os.set_inheritable(9, True)
            d.process = subprocess.Popen(d.command("-f"), stdout=d.logfile.open("a"), stderr=subprocess.STDOUT,
                                         pass_fds=[9])
            os.close(9)
            d.wait_for_log(" serves ")
            d.where = "unix:"
            mta = greeted(d, steps=BODY_ANSWERED)
            check(mta.message() == "c", "not continued")
            stamped(mta)
            d.stop()
            check(os.path.exists(d.path), "removed a socket that is not its own")


def daemon_mode():
    """without -f: the command returns when the daemon serves; pid file, a second start, stop"""
    with Daemon(syslog="yes", starts=False) as d:
        pid_file = d.dir / "pid"
        args = d.command("-P", str(pid_file))
        done = subprocess.run(args, capture_output=True, text=True, timeout=20)
        check(done.returncode == 0, f"exit code {done.returncode}: {done.stderr}")
        pid = int(pid_file.read_text())
        try:
            mta = greeted(d, steps=BODY_ANSWERED)
            check(mta.message() == "c", "not continued")
            stamped(mta)
            refused(EX_UNAVAILABLE, f"process {pid} runs already", *args[1:])
        finally:
            os.kill(pid, signal.SIGTERM)
        for _ in range(200):
            if not pid_file.exists():
                break
            time.sleep(0.05)
        check(not pid_file.exists(), "the pid file was left behind")
        refused(EX_CONFIG, "Database: its folder", *args[1:], "-o", "Database=/no/such/db")


def bad_starts():
    """each thing that can be wrong at start: one clear sentence, and the right code"""
    with Daemon() as d:
        base = ["-c", str(d.config), "--zone", str(d.zone), "-f"]
        line = 1 + d.config.read_text().splitlines().index(f"Database = \"{d.dir}/assay.db\"")
        refused(EX_CONFIG, "no/such/file", "-c", "/no/such/file", "-f")
        refused(EX_USAGE, "see \"assay-milter --help\"", "surplus")
        refused(EX_CONFIG, "did you mean Socket?", *base, "-o", "Sockt=x")
        refused(EX_CONFIG, "install -d", *base, "-p", "unix:/no/such/folder/sock")
        refused(EX_CONFIG, "-o: Database: its folder /no/such cannot be used", *base, "-o", "Database=/no/such/db",
                "-p", f"unix:{d.dir}/other")
        refused(EX_CONFIG, "add -f", "-c", str(d.config), "-p", f"unix:{d.dir}/other")
        refused(EX_NOINPUT, "/no/such/zone", "-c", str(d.config), "-f", "--zone", "/no/such/zone", "-p",
                f"unix:{d.dir}/other")
        refused(EX_CONFIG, "is not a socket", *base, "-p", "fd:17")
        check(not (d.dir / "other").exists(), "a failed start left its socket behind")
        os.mkdir(d.dir / "open", 0o777)
        os.chmod(d.dir / "open", 0o777)
        refused(EX_CONFIG, "every user may write", *base, "-p", f"unix:{d.dir}/open/sock")
        if os.geteuid() == 0:
            refused(EX_CONFIG, "will not stay root", *base, "-u", "")
            refused(EX_CONFIG, "no user \"nosuchuser\"", *base, "-u", "nosuchuser")
        d.config.write_text(d.config.read_text().replace(f"{d.dir}/assay.db", "/no/such/assay.db"))
        refused(EX_CONFIG, f"{d.config}:{line}: Database: ", "-n", "-c", str(d.config))
        d.stop()


def config_check():
    """-n: silent success beside a running daemon; with -v the values in force"""
    with Daemon() as d:
        done = subprocess.run([program(), "-n", "-v", "-c", str(d.config)], capture_output=True, text=True)
        check(done.returncode == 0, f"exit code {done.returncode}: {done.stderr}")
        check("AuthservID = mx.test" in done.stdout.replace('"', ""), f"prints {done.stdout}")
        check("AuthservID has no dot" not in done.stderr, "a remark too many")
        done = subprocess.run([program(), "-n", "-c", str(d.config), "-p", "fd:3"], capture_output=True, text=True)
        check(done.returncode == 0, f"an inherited socket fails the check: {done.stderr}")
        done = subprocess.run([program(), "-n", "-c", str(d.config), "-o", "AuthservID=box", "-o", "UMask=0"],
                              capture_output=True, text=True)
        check(done.returncode == 0 and "has no dot" in done.stderr and "UMask" in done.stderr, done.stderr)
        mta = greeted(d, steps=BODY_ANSWERED)
        check(mta.message() == "c", "the running daemon was disturbed")
        d.stop()
        for what, sql in (("a newer schema", "PRAGMA user_version = 9999"),
                          ("another program's", "PRAGMA user_version = 1; PRAGMA application_id = 77")):
            with contextlib.closing(sqlite3.connect(d.dir / "assay.db")) as db:
                db.executescript(sql)
            checked = subprocess.run([program(), "-n", "-c", str(d.config)], capture_output=True, text=True)
            started = subprocess.run([program(), "-f", "-c", str(d.config)], capture_output=True, text=True, timeout=20)
            check(checked.returncode == started.returncode == EX_CONFIG,
                  f"{what}: -n says {checked.returncode}, start {started.returncode}")
            check("assay.db" in checked.stderr, f"{what}: -n does not name it: {checked.stderr}")


def drops_root():
    """started as root it becomes UserID, its groups too"""
    if os.geteuid() != 0:
        return
    uid, gid = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("nogroup").gr_gid
    with Daemon(options=["-u", "nobody:nogroup"], starts=False) as d:
        os.chown(d.dir, uid, -1)
        d.start()
        status = open(f"/proc/{d.process.pid}/status").read()
        check(f"Uid:\t{uid}\t{uid}\t{uid}\t{uid}" in status, "user not changed")
        check(f"Gid:\t{gid}\t{gid}\t{gid}\t{gid}" in status, "group not changed")
        check("Max core file size        0                    0" in open(f"/proc/{d.process.pid}/limits").read(),
              "core dumps are on")
        mode = os.stat(d.path)
        check(mode.st_uid == uid and mode.st_mode & 0o007 == 0, f"socket mode {mode.st_mode:o}")
        d.stop()


def notifies():
    """the service manager is given the listener, and hears READY and STOPPING"""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        with Daemon(starts=False) as d:
            s.bind(str(d.dir / "notify"))
            s.settimeout(10)
            os.environ["NOTIFY_SOCKET"] = str(d.dir / "notify")
            d.start()
            del os.environ["NOTIFY_SOCKET"]
            check(s.recv(200).startswith(b"FDSTORE=1\n"), "the listener is not left with the service manager")
            check(s.recv(100) == b"READY=1", "no READY=1")
            d.stop()
            check(s.recv(100) == b"STOPPING=1", "no STOPPING=1")


def libraries_keep_the_c_library():
    """no function of the C library is the daemon's for the libraries beside it: what libmilter calls is ours, for it alone"""
    done = subprocess.run(["nm", "-D", "--defined-only", program()], capture_output=True, text=True, timeout=20)
    names = {line.split()[2].split("@")[0] for line in done.stdout.splitlines() if line.split()[1:2] == ["T"]}
    if done.returncode != 0 or any("sanitizer" in name for name in names):
        return  # no nm, or a sanitizer, which has its own of everything
    check(names <= {"d2i_PUBKEY_bio"}, f"exported: {sorted(names)}")


main([drain, drain_slow_dns, drain_bounded, stop_idle, no_new_while_stopping, on_its_way_when_the_stop_comes, reload_good,
      reload_bad, reload_fixed, counters, stale_and_live, port_taken, inherited, daemon_mode, bad_starts, config_check,
      drops_root, notifies, libraries_keep_the_c_library])
