"""What the daemon may do, who may reach its socket and its records, and what it never tells."""

import grp
import os
import pathlib
import pwd
import re
import shutil
import signal
import sqlite3
import subprocess

from descriptors import program
from rig import GOOD, HERE, Skipped, expect, milter, status_of, test, wait_for

UNIT = HERE.parent.parent / "contrib" / "systemd" / "assay-milter.service.in"
EXPOSURE_MAX = 1.5  # of systemd-analyze security, which calls 2 and less "OK" and 10 "UNSAFE"


def as_member(house):
    """Arguments of subprocess for somebody who is in the group of the records and nothing else."""
    return {"user": pwd.getpwnam("games").pw_uid, "group": grp.getgrnam("games").gr_gid,
            "extra_groups": [house.database.stat().st_gid]}


@test
def nothing_is_left_of_root(place):
    """started as root: both processes run as UserID and its groups alone, without capabilities, dumps and traces"""
    house = place.house()
    house.restart_milter()
    supervisor = house.procs["milter"].pid
    nobody, group = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("postfix").gr_gid
    for pid in (supervisor, house.worker()):
        expect(status_of(pid, "Uid").split() == [str(nobody)] * 4, f"Uid {status_of(pid, 'Uid')}")
        expect(status_of(pid, "Gid").split() == [str(group)] * 4, f"Gid {status_of(pid, 'Gid')}")
        expect("0" not in status_of(pid, "Groups").split(), f"groups {status_of(pid, 'Groups')}")
        for kind in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
            expect(int(status_of(pid, kind), 16) == 0, f"{kind} is {status_of(pid, kind)}")
        limits = pathlib.Path(f"/proc/{pid}/limits").read_text()
        expect(re.search(r"Max core file size +0 +0 ", limits), "core dumps are on")
        # what cannot be dumped belongs to root in /proc, and others of the same user cannot read its memory
        expect(os.stat(f"/proc/{pid}/mem").st_uid == 0, "the same user may read its memory")
    socket_mode = (house.dir / "run" / "assay.sock").stat().st_mode & 0o777
    expect(socket_mode & 0o007 == 0, f"the socket's mode is {socket_mode:o}")
    mode = house.database.stat().st_mode & 0o777
    expect(mode == 0o640, f"the database's mode is {mode:o}")


@test
def root_is_refused_unless_told_so(place):
    """started as root without UserID it does not start"""
    house = place.house()
    done = subprocess.run([str(house.programs / "assay-milter"), "-f", "-c", str(house.dir / "assay.conf"), "-u", ""],
                          capture_output=True, text=True, check=False, timeout=20)
    expect(done.returncode == 78 and "will not stay root" in done.stderr, f"{done.returncode}: {done.stderr}")


@test
def places_that_others_may_change_are_refused(place):
    """socket folder, database folder or database writable by everybody: it does not start and says what to do"""
    program(place)
    with milter.Daemon(starts=False) as d:
        base = [milter.program(), "-n", "-c", str(d.config)]

        def refused(text):
            done = subprocess.run(base, capture_output=True, text=True, check=False)
            expect(done.returncode == 78 and text in done.stderr, f"{done.returncode}: {done.stderr}")
        d.dir.chmod(0o777)
        refused("Socket: every user may write in its folder")
        d.dir.chmod(0o755)
        state = d.dir / "state"
        state.mkdir()
        d.config.write_text(d.config.read_text().replace(f"{d.dir}/assay.db", f"{state}/assay.db"))
        state.chmod(0o777)
        refused(f"Database: every user may write in its folder {state}: chmod o-w {state}")
        state.chmod(0o755)
        (state / "assay.db").touch()
        (state / "assay.db").chmod(0o666)
        refused(f"Database: every user may write {state}/assay.db: chmod o-rwx {state}/assay.db")
        (state / "assay.db").chmod(0o644)
        done = subprocess.run(base, capture_output=True, text=True, check=False)
        expect(done.returncode == 0 and "every user may read" in done.stderr, f"{done.returncode}: {done.stderr}")


@test
def a_helpdesk_reader_cannot_write(place):
    """a member of the group asks assay why while the daemon writes, and can change neither records nor files"""
    house = place.house()
    house.restart_milter()
    queue_id = house.send(house.signed(), "load@good.example", GOOD)
    who = as_member(house)
    (house.dir / "assay.conf").chmod(0o644)
    done = subprocess.run([str(house.programs / "assay"), "why", "-c", str(house.dir / "assay.conf"), queue_id],
                          capture_output=True, text=True, check=False, **who)
    expect(done.returncode == 0 and queue_id in done.stdout, f"assay why: {done.returncode}: {done.stderr}")
    script = """import sqlite3, sys
db = sqlite3.connect(sys.argv[1])
for sql in ("DELETE FROM message", "INSERT INTO run VALUES (1, 'x')", "UPDATE message SET dmarc = 'pass'", "CREATE TABLE x (y)"):
    try:
        db.execute(sql)
        db.commit()
        print("wrote:", sql)
    except sqlite3.OperationalError as why:
        print("refused:", why)
"""
    done = subprocess.run(["/usr/bin/python3", "-c", script, str(house.database)], capture_output=True, text=True,
                          check=False, **who)
    expect("wrote" not in done.stdout and done.stdout.count("refused") == 4, done.stdout + done.stderr)
    for path in house.database.parent.iterdir():
        done = subprocess.run(["/usr/bin/test", "-w", str(path)], check=False, **who)
        expect(done.returncode == 1, f"may write {path.name}")
    done = subprocess.run(["/usr/bin/touch", str(house.database.parent / "x")], capture_output=True, check=False, **who)
    expect(done.returncode != 0, "may make files beside the database")
    stranger = {"user": who["user"], "group": who["group"], "extra_groups": []}
    done = subprocess.run(["/usr/bin/cat", str(house.database)], capture_output=True, check=False, **stranger)
    expect(done.returncode != 0, "a stranger may read the records")
    expect(house.count_records()[queue_id] == 1, "the record is gone")


@test
def nothing_private_is_logged(place):
    """body, subject and other fields of a message stand neither in log nor records nor stamp, a login in records alone"""
    program(place)
    with milter.Daemon(config="IgnoreAuthenticatedClients = no\n") as d:
        mta = milter.greeted(d)
        mta.macros("M", i="L1", auth_authen="login-of-joe", auth_type="PLAIN", auth_author="author-of-joe")
        mta.mail()
        mta.rcpt("<recipient-of-joe@receiver.example>")
        mta.header("From", "a@good.example")
        mta.header("Subject", "subject-of-joe")
        mta.header("X-Api-Key", "key-of-joe")
        mta.eoh()
        mta.body(b"password-of-joe\r\n")
        expect(mta.end() == "c", "not continued")
        stamp = milter.stamped(mta)
        with sqlite3.connect(d.dir / "assay.db") as db:
            records = repr(db.execute("SELECT * FROM message").fetchall())
        for where, text in (("the stamp", stamp), ("the log", d.log()), ("the records", records)):
            told = set(re.findall(r"(?:login|author|subject|key|password)-of-joe", text))
            if where == "the records":
                told -= {"login-of-joe"}  # who sent it, for those who may read records
            expect(not told, f"{told} in {where}")
        d.stop()


@test
def the_unit_is_locked_up(place):
    """systemd's own judgement of the unit: no rights, a filter for system calls, a file system that is read-only"""
    if shutil.which("systemd-analyze") is None:
        raise Skipped("systemd-analyze is not installed")
    folder = place.house().dir / "unit"
    folder.mkdir(exist_ok=True)
    unit = folder / "assay-milter.service"
    unit.write_text(UNIT.read_text().replace("@sbindir@/assay-milter", str(place.house().programs / "assay-milter")))
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", str(unit)], capture_output=True,
                          text=True, check=False)
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
    if found is None:
        raise Skipped(f"systemd-analyze security does not work here: {done.stderr.strip()[:100]}")
    expect(float(found.group(1)) <= EXPOSURE_MAX, f"exposure {found.group(1)}, more than {EXPOSURE_MAX}\n{done.stdout}")
    text = unit.read_text()
    for line in ("NoNewPrivileges=yes", "CapabilityBoundingSet=\n", "ProtectSystem=strict", "SystemCallFilter=@system-service",
                 "LimitCORE=0", "User=assay"):
        expect(line in text, f"no {line.strip()} in the unit")
    return f"ok, exposure {found.group(1)}"


def system_calls(*sets):
    """The names in systemd's sets of system calls."""
    done = subprocess.run(["systemd-analyze", "syscall-filter", "--no-pager", *sets], capture_output=True, text=True, check=True)
    lines = [line.strip() for line in done.stdout.splitlines() if line.startswith("    ")]
    names = {line for line in lines if re.fullmatch(r"[a-z0-9_]+", line)}
    inner = [line for line in lines if line.startswith("@")]
    return names | (system_calls(*inner) if inner else set())


@test
def it_runs_under_the_units_restrictions(place):
    """read-only file system, no rights to gain, the unit's filter of system calls: all goes on, a crash included"""
    numbers = pathlib.Path("/usr/include/x86_64-linux-gnu/asm/unistd_64.h")
    if not place.mounts or not all(map(shutil.which, ("setpriv", "systemd-analyze"))) or not numbers.exists():
        raise Skipped("wants mounts, setpriv, systemd-analyze, and x86-64")
    house = place.house()
    known = dict(re.findall(r"#define __NR_(\w+) (\d+)", numbers.read_text()))
    allowed = system_calls("@system-service") - system_calls("@privileged")
    allowed |= {n for line in re.findall(r"(?m)^SystemCallFilter=([a-z].*)", UNIT.read_text()) for n in line.split()}
    listed = " ".join(sorted((known[n] for n in allowed if n in known), key=int))
    expect(len(listed.split()) > 150, f"odd sets of system calls: {listed}")
    house.stop("milter")
    nobody, group = pwd.getpwnam("nobody").pw_uid, grp.getgrnam("postfix").gr_gid
    script = (f"for d in /usr /etc /var /home /root /boot; do mount --bind $d $d && mount -o remount,bind,ro $d; done && "
              f"exec setpriv --no-new-privs --bounding-set=-all --inh-caps=-all --reuid={nobody} --regid={group} "
              f"--clear-groups /usr/bin/python3 {HERE}/seccomp.py '{listed}' \"$@\"")
    house.wrapper = ["unshare", "-m", "--propagation", "private", "sh", "-c", script, "sh"]
    try:
        house.start_milter()
        data = house.signed()
        queue_id = house.send(data, "load@good.example", GOOD)
        expect(house.count_records()[queue_id] == 1, "no record")
        log = house.log("milter")
        expect(not re.search("cannot (confine|filter)|no Landlock|without a sandbox", log), "its own sandbox is not whole")
        expect(int(status_of(house.worker(), "Seccomp_filters")) >= 2, "no filter of its own")
        for pid in (house.procs["milter"].pid, house.worker()):
            expect(status_of(pid, "NoNewPrivs") == "1" and int(status_of(pid, "CapBnd"), 16) == 0, "rights are left")
            expect(status_of(pid, "Seccomp") == "2", "no filter")
        house.procs["milter"].send_signal(signal.SIGHUP)
        before = house.log("milter").count(" serves ")
        os.kill(house.worker(), signal.SIGSEGV)
        wait_for("another worker", lambda: house.log("milter").count(" serves ") > before)
        queue_id = house.send(data, "load@good.example", GOOD)
        expect(b"dmarc=pass" in house.delivered(queue_id), "not examined")
        expect(house.stop("milter") == 0, "exit code")
    finally:
        house.wrapper = []
        house.trouble.forget_crashes()
        house.restart_milter()
    return f"ok, with {len(listed.split())} system calls allowed"
