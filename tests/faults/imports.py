"""History files of OpenDMARC that are imported: beside a daemon that writes, cut off anywhere, and files that are none."""

import sqlite3
import subprocess
import time

from rig import blast, expect, percentile, test

WHEN = 1795500000


def message(n):
    return (f"job 4A{n:X}\nreporter mx.example\nreceived {WHEN + n % 86400}\nipaddr 192.0.2.7\nfrom a{n % 50}.example\n"
            f"mfrom b.example\nspf 0\ndkim a{n % 50}.example s1 0\npdomain a{n % 50}.example\npolicy 15\n"
            f"rua mailto:d@a{n % 50}.example\npct 100\nadkim 114\naspf 114\np 114\nsp 114\nalign_dkim 4\nalign_spf 5\n"
            f"arc 0\narc_policy 1 json:[]\naction 2\n")


def assay_import(house, path, *options):
    command = [house.programs / "assay", "import", *options, "opendmarc-history", path]
    return subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False, timeout=120)


@test
def an_import_leaves_the_daemon_room(place):
    """a large history file is imported while mail comes in: no record is lost, and mail goes on nearly as fast"""
    house = place.house()
    house.restart_milter()
    data, count = house.signed(), place.times(600, 5000)
    blast(house, 100, 8, data)
    before = blast(house, count, 8, data)
    path = house.dir / "large.history"
    path.write_text("".join(message(n) for n in range(place.times(60000, 500000))))
    importing = subprocess.Popen([house.programs / "assay", "import", "--database", house.database, "opendmarc-history", path],
                                 stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    time.sleep(0.3)
    beside = blast(house, count, 8, data)
    still = importing.poll() is None
    told = importing.communicate(timeout=300)[0]
    expect(still, "the import was over too soon: the test proves nothing")
    expect(importing.returncode == 0, told)
    expect(not beside.refused, f"refused: {beside.refused[:2]}")
    house.stop("milter")
    kept = house.count_records()
    house.start_milter()
    expect(house.lost() == 0 and all(kept[i] == 1 for i in before.ids + beside.ids), f"{house.lost()} records were lost")
    medians = [percentile(s.seconds, 0.5) * 1000 for s in (before, beside)]
    # the promise is that it does not starve; on two cores the import itself takes a part of one
    expect(medians[1] < 4 * medians[0] + 50, f"a message took {medians[0]:.0f} ms, {medians[1]:.0f} ms beside the import")
    return f"ok, median {medians[0]:.0f} → {medians[1]:.0f} ms, p99 {before.p99_ms():.0f} → {beside.p99_ms():.0f} ms"


@test
def a_history_file_cut_off_at_each_line(place):
    """cut at each line and in the middle of each: what is whole is added, the rest is refused, and the whole file mends it"""
    house = place.house()
    whole = message(1) + message(2)
    lines = whole.splitlines(keepends=True)
    path, database = house.dir / "cut.history", house.dir / "cut.db"
    for at in range(1, len(lines)):
        for text in ("".join(lines[:at]), "".join(lines[:at]) + lines[at][:max(1, len(lines[at]) // 2)]):
            database.unlink(missing_ok=True)
            make_database(house, database)
            path.write_text(text)
            done = assay_import(house, path, "--database", database)
            complete = text.count("\naction 2\n")
            dangling = not text.endswith("action 2\n")
            expect(f"messages added {complete}," in done.stdout, f"cut at {at}: {done.stdout}{done.stderr}")
            expect((done.returncode == 65) == dangling, f"cut at {at}: exit {done.returncode}: {done.stderr}")
            path.write_text(whole)
            done = assay_import(house, path, "--database", database)
            expect(done.returncode == 0 and f"added {2 - complete}, there already {complete}" in done.stdout,
                   f"after a cut at {at}: {done.stdout}{done.stderr}")
    return f"ok, {2 * len(lines) - 2} cuts"


def make_database(house, path):
    """An empty database of ours, as the daemon makes it."""
    for side in ("-wal", "-shm"):
        path.with_name(path.name + side).unlink(missing_ok=True)
    pristine = house.dir / "pristine.db"
    if not pristine.exists():
        with_daemon(house, pristine)
    path.write_bytes(pristine.read_bytes())


def with_daemon(house, path):
    """Lets the daemon create its database and takes a copy of it, which has no record."""
    with sqlite3.connect(house.database) as source, sqlite3.connect(path) as copy:
        source.backup(copy)
    with sqlite3.connect(path) as copy:
        copy.execute("DELETE FROM message")
        copy.commit()
        copy.execute("PRAGMA journal_mode=DELETE")


@test
def files_that_are_no_history(place):
    """a mail log, binary data, a folder, a file from the future: an error that names the file, and nothing is added"""
    house = place.house()
    for name, data, code, words in (
            ("mail.log", b"Nov 29 10:00:16 mx postfix/qmgr[30352]: 42FB431A945: removed\n" * 50, 65, "no line begins with"),
            ("binary", bytes(range(256)) * 40, 65, "cut off"),
            ("future", message(1).replace(f"received {WHEN + 1}", "received 4000000000").encode(), 65, "in the future"),
            ("empty", b"", 0, "added 0")):
        path = house.dir / f"odd.{name}"
        path.write_bytes(data)
        done = assay_import(house, path, "--database", house.database)
        expect(done.returncode == code and words in done.stdout + done.stderr and str(path) in done.stdout + done.stderr,
               f"{name}: exit {done.returncode}: {done.stdout}{done.stderr}")
        expect("messages added 0," in done.stdout, f"{name}: {done.stdout}")
    done = assay_import(house, house.dir, "--database", house.database)
    expect(done.returncode not in (0, 75) and "irectory" in done.stderr, f"a folder: exit {done.returncode}: {done.stderr}")
    return "ok"
