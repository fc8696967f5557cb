"""The disk and the database: full, failing, slow, locked; with Postfix in front."""

import errno
import os
import pwd
import re
import shutil
import sqlite3
import subprocess
import time

from process import forget_records
from rig import Background, Skipped, blast, expect, percentile, test, wait_for


def everything_is_accounted(house, sent, surplus=0):
    """
    All accepted; each has its record or is among those the log counts as lost; no record is torn.  `surplus`: so many may
    have a record and be counted as lost, when writing took longer than a message waits.
    """
    expect(not sent.refused, f"{len(sent.refused)} messages were refused: {sent.refused[:2]}")
    house.stop("milter")  # the last lost ones are said at the end
    records = house.count_records()
    kept, lost = sum(records[i] for i in sent.ids), house.lost()
    expect(max(records.values(), default=1) == 1, "a record is there twice")
    expect(0 <= kept + lost - len(sent.ids) <= surplus,
           f"{len(sent.ids)} accepted, {kept} recorded, {lost} said to be lost")
    with sqlite3.connect(house.database) as db:
        expect(db.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "the database is damaged")
        torn = db.execute("SELECT count(*) FROM message WHERE dmarc = '' OR queue_id = '' OR from_domain IS NULL"
                          if has_column(db, "from_domain") else
                          "SELECT count(*) FROM message WHERE dmarc = '' OR queue_id = ''").fetchone()[0]
        expect(torn == 0, f"{torn} records are torn")
    house.start_milter()
    return kept, lost


def has_column(db, name):
    return name in [row[1] for row in db.execute("PRAGMA table_info(message)")]


@test
def full_disk(place):
    """the database's disk fills up and is freed: all accepted, every lost record counted, writing resumes, nothing torn"""
    if not place.mounts:
        raise Skipped("mounts are not allowed here")
    house = place.house()
    house.stop("milter")
    state = house.dir / "state"
    nobody = pwd.getpwnam("nobody").pw_uid
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=6m,mode=750,uid={nobody},gid={state.stat().st_gid}", "none", state],
                   check=True)
    try:
        house.restart_milter("DatabaseSync=normal")
        data = house.signed()
        sent = blast(house, 50, 8, data)
        filler = state / "filler"
        with filler.open("wb", buffering=0) as f:  # to the last page
            for size in (65536, 4096):
                try:
                    while True:
                        f.write(bytes(size))
                except OSError as why:
                    expect(why.errno == errno.ENOSPC, str(why))
        full = blast(house, place.times(400, 2000), 16, data)
        expect("no space left on its disk; free some" in house.log("milter"), "the log does not say so")
        filler.unlink()
        after = blast(house, 50, 8, data)
        kept_after = sum(house.count_records()[i] for i in after.ids)
        expect(kept_after >= 49, f"writing did not resume: {kept_after} of 50 have a record")
        expect("writing again after" in house.log("milter"), "the log does not say that writing resumed")
        for part in (full, after):
            sent.ids += part.ids
            sent.refused += part.refused
        kept, lost = everything_is_accounted(house, sent)
        expect(lost > 100, f"only {lost} records were lost: the test proves nothing")
    finally:
        if "milter" in house.procs:
            house.stop("milter")
        subprocess.run(["umount", "-l", state], check=True)
        house.start_milter()
    return f"ok, {len(sent.ids)} accepted, {kept} recorded, {lost} lost and counted; p99 while full {full.p99_ms():.0f} ms"


@test
def disk_that_may_only_be_read_or_fails(place):
    """writes that fail (file system gone read-only, input/output errors): as with a full disk"""
    house = place.house()
    told = []
    for code in (errno.EROFS, errno.EIO):
        forget_records(house)
        data = house.signed()
        sent = blast(house, 20, 8, data)
        house.trouble.set("disk_errno", code)
        bad = blast(house, place.times(200, 1000), 16, data)
        house.trouble.set("disk_errno", 0)
        after = blast(house, 50, 8, data)
        resumed = sum(house.count_records()[i] for i in after.ids)
        expect(resumed >= 49, f"{errno.errorcode[code]}: writing did not resume: {resumed} of 50 have a record")
        for part in (bad, after):
            sent.ids += part.ids
            sent.refused += part.refused
        kept, lost = everything_is_accounted(house, sent)
        expect(lost >= len(bad.ids) - 1, f"{errno.errorcode[code]}: the writes did not fail: the test proves nothing")
        told.append(f"{errno.errorcode[code]}: {len(sent.ids)} accepted, {kept} recorded, {lost} lost and counted")
    return "ok, " + "; ".join(told)


@test
def slow_disk(place):
    """each sync takes 300 ms: messages share it and go on, all recorded"""
    house = place.house()
    forget_records(house)
    house.restart_milter("DatabaseSync=full")
    data = house.signed()
    blast(house, 20, 8, data)
    house.trouble.set("disk_delay_ms", 300)
    slow = blast(house, place.times(150, 1000), 16, data)
    house.trouble.set("disk_delay_ms", 0)
    expect(percentile(slow.seconds, 0.5) > 0.2, "the disk was not slow: the test proves nothing")
    kept, lost = everything_is_accounted(house, slow)
    expect(lost == 0, f"{lost} records were lost")
    return f"ok, {kept} recorded; a message waits {percentile(slow.seconds, 0.5) * 1000:.0f} ms, p99 {slow.p99_ms():.0f} ms"


@test
def disk_that_stands_still(place):
    """a sync that takes longer than a message waits for its record (5 s): the mail goes on and the log says so"""
    house = place.house()
    forget_records(house)
    house.restart_milter("DatabaseSync=full")
    data = house.signed()
    house.trouble.set("disk_delay_ms", 7000)
    sent = blast(house, 12, 12, data)
    house.trouble.set("disk_delay_ms", 0)
    expect(max(sent.seconds) < 12, f"a message waited {max(sent.seconds):.1f} s")
    kept, lost = everything_is_accounted(house, sent, surplus=12)
    expect(lost > 0, "none waited too long: the test proves nothing")
    return f"ok, {len(sent.ids)} accepted after at most {max(sent.seconds):.1f} s, {lost} said to be lost, {kept} written later"


@test
def locked_database(place):
    """another program holds the database for 6 s: mail goes on, records wait beside it, none is lost"""
    house = place.house()
    forget_records(house)
    data = house.signed()
    sent = blast(house, 20, 8, data)
    db = sqlite3.connect(house.database, isolation_level=None, timeout=10)
    db.execute("BEGIN IMMEDIATE")
    load = Background(house, 16, data)
    time.sleep(6)
    db.execute("ROLLBACK")
    db.close()
    time.sleep(0.5)
    locked = load.end()
    wait_for("the records that waited", lambda: not (house.database.parent / "assay.db.aside").exists(), 20)
    after = blast(house, 50, 8, data)
    resumed = sum(house.count_records()[i] for i in after.ids)
    expect(resumed == 50, f"writing did not resume: {resumed} of 50 have a record")
    expect("locked by another program" in house.log("milter"), "the log does not say so")
    for part in (locked, after):
        sent.ids += part.ids
        sent.refused += part.refused
    kept, lost = everything_is_accounted(house, sent)
    expect(lost == 0 and "records wait in" in house.log("milter"), f"{lost} were lost, or the test proves nothing")
    expect(max(locked.seconds) < 12, f"a message waited {max(locked.seconds):.1f} s")
    return f"ok, {len(sent.ids)} accepted, {kept} recorded, {lost} lost and counted; longest wait {max(locked.seconds):.1f} s"


@test
def database_deleted_under_the_daemon(place):
    """the file is deleted while in use: another is made, later messages are recorded in it"""
    house = place.house()
    forget_records(house)
    data = house.signed()
    blast(house, 5, 2, data)
    for path in house.database.parent.glob("assay.db*"):
        path.unlink()
    sent = blast(house, 20, 4, data)
    expect(not sent.refused, f"refused: {sent.refused[:2]}")
    wait_for("the new file", house.database.exists)
    kept = sum(house.count_records()[i] for i in sent.ids)
    expect(kept == 20, f"{kept} of 20 are in the new file")


def overwritten(house):
    with house.database.open("r+b") as f:
        for page in range(min(200, house.database.stat().st_size // 4096)):
            f.seek(page * 4096)
            f.write(b"\xaa" * 4096)


def foreign(house):
    house.database.write_text("this is no database\n" * 1000)


def folder_in_its_place(house):
    house.database.unlink()
    house.database.mkdir()


def owned_by_root(house):
    os.chown(house.database, 0, 0)
    house.database.chmod(0o600)


@test
def worker_dies_beside_an_unusable_database(place):
    """overwritten, foreign, a folder, root's: the worker that replaces one serves without records, says so, and heals"""
    house, told = place.house(), []
    data = house.signed()
    for damage in (overwritten, foreign, folder_in_its_place, owned_by_root):
        forget_records(house)
        blast(house, 3, 1, data)
        worker = house.worker()
        for path in house.database.parent.glob("assay.db-*"):
            path.unlink()
        damage(house)
        os.kill(worker, 9)
        sent = blast(house, 12, 4, data)
        expect(not sent.refused, f"{damage.__name__}: refused: {sent.refused[:2]}")
        wait_for("its words", lambda: "serving without records, the database is tried again" in house.log("milter"))
        expect(house.log("milter").count("the next one starts in") == 1, f"{damage.__name__}: workers die in a row")
        for path in house.database.parent.glob("assay.db*"):
            path.rmdir() if path.is_dir() else path.unlink()
        wait_for("the new file", house.database.exists, 10)
        healed = blast(house, 5, 1, data)
        kept = sum(house.count_records()[i] for i in healed.ids)
        expect(kept == 5, f"{damage.__name__}: {kept} of 5 are recorded once it is well")
        told.append(f"{damage.__name__} {max(sent.seconds):.1f} s")
    forget_records(house)
    return "ok, longest wait of a message: " + ", ".join(told)


def header_overwritten(house):
    with house.database.open("r+b") as f:
        f.write(b"\x55" * 100)


def half_of_it(house):
    os.truncate(house.database, house.database.stat().st_size // 2)


def garbage_in_the_middle(house):
    size = house.database.stat().st_size
    with house.database.open("r+b") as f:
        f.seek(4096)
        f.write(os.urandom(size - 4096))


def garbage_in_the_log(house):
    with house.database.with_name("assay.db-wal").open("r+b") as f:
        f.write(os.urandom(65536))


def garbage_in_the_index(house):
    with house.database.with_name("assay.db-shm").open("r+b") as f:
        f.write(os.urandom(32768))


def a_pipe_in_its_place(house):
    house.database.unlink()
    os.mkfifo(house.database, 0o640)
    shutil.chown(house.database, "nobody")


def a_link_to_itself(house):
    house.database.unlink()
    house.database.symlink_to(house.database)


def its_folder_is_gone(house):
    house.database.parent.rename(house.database.parent.with_name("state-away"))


def without_any_right(house):
    house.database.parent.chmod(0)


DAMAGES = (header_overwritten, half_of_it, garbage_in_the_middle, garbage_in_the_log, garbage_in_the_index, a_pipe_in_its_place,
           a_link_to_itself, its_folder_is_gone, without_any_right)


def mend(house):
    """An empty, good folder again."""
    away = house.database.parent.with_name("state-away")
    house.database.parent.mkdir(exist_ok=True)
    shutil.copystat(away if away.exists() else house.dir, house.database.parent)
    shutil.rmtree(away, ignore_errors=True)
    house.database.parent.chmod(0o2750)
    shutil.chown(house.database.parent, "nobody")
    for path in house.database.parent.glob("assay.db*"):
        path.rmdir() if path.is_dir() else path.unlink()


@test
def ways_to_damage_the_database(place):
    """under a running service, which then loses its worker, too: no mail waits or is refused, and it heals"""
    house, told = place.house(), []
    data = house.signed()
    for damage in DAMAGES:
        house.stop("milter")
        mend(house)
        house.restart_milter()
        blast(house, 10, 2, data)
        damage(house)
        first = blast(house, 15, 4, data)
        os.kill(house.worker(), 9)
        sent = blast(house, 15, 4, data)
        for part in (first, sent):
            expect(not part.refused, f"{damage.__name__}: refused: {part.refused[:2]}")
            expect(max(part.seconds) < 6, f"{damage.__name__}: a message waited {max(part.seconds):.1f} s")
        mend(house)
        wait_for("the new file", lambda: blast(house, 1, 1, data) and house.database.exists(), 20)
        healed = blast(house, 5, 1, data)
        kept = sum(house.count_records()[i] for i in healed.ids)
        expect(kept == 5, f"{damage.__name__}: {kept} of 5 are recorded once it is well")
        told.append(f"{damage.__name__} {max(first.seconds + sent.seconds):.1f} s")
    house.stop("milter")
    mend(house)
    house.restart_milter()
    return "ok, longest wait of a message: " + ", ".join(told)


@test
def database_truncated_under_the_daemon(place):
    """truncated to nothing: what is left is set aside, another is made, no message waits for it"""
    house = place.house()
    forget_records(house)
    data = house.signed()
    blast(house, 5, 2, data)
    os.truncate(house.database, 0)
    sent = blast(house, 20, 4, data)
    expect(not sent.refused, f"refused: {sent.refused[:2]}")
    kept = sum(house.count_records()[i] for i in sent.ids)
    expect(kept == 20, f"{kept} of 20 are in the new file")
    expect(max(sent.seconds) < 2, f"a message waited {max(sent.seconds):.1f} s")
    expect("truncated to nothing while in use" in house.log("milter"), "nobody says so")
    expect((house.database.parent / "assay.db.truncated").exists(), "it was not set aside")


@test
def database_replaced_beside_its_old_log(place):
    """a backup is moved into place while the -wal of the file before lies there: that log is not written into it"""
    house = place.house()
    forget_records(house)
    data = house.signed()
    old = blast(house, 20, 2, data)
    backup = house.database.with_name("backup.db")
    with sqlite3.connect(house.database) as source, sqlite3.connect(backup) as copy:
        source.backup(copy)
    with sqlite3.connect(backup) as copy:
        copy.execute("PRAGMA journal_mode=DELETE")
    later = blast(house, 60, 4, data)
    nobody = pwd.getpwnam("nobody")
    os.chown(backup, nobody.pw_uid, house.database.stat().st_gid)
    expect(house.database.with_name("assay.db-wal").exists(), "there is no log: the test proves nothing")
    backup.rename(house.database)
    sent = blast(house, 20, 4, data)
    expect(not sent.refused, f"refused: {sent.refused[:2]}")
    kept = house.count_records()
    expect(all(kept[i] == 1 for i in old.ids + sent.ids), "the backup's records or the new ones are not all there")
    expect(not any(kept[i] for i in later.ids), "records of the file before were written into the backup")
    with sqlite3.connect(house.database) as db:
        expect(db.execute("PRAGMA integrity_check").fetchone()[0] == "ok", "the database is damaged")
    expect("set aside as .replaced-wal" in house.log("milter"), "nobody says so")
    return "ok"


@test
def a_damaged_page_beside_the_records(place):
    """each table beside the records with its root page overwritten: every record is kept, and the log says what waits"""
    house, told = place.house(), []
    data = house.signed()
    forget_records(house)
    blast(house, 3, 1, data)
    with sqlite3.connect(house.database) as db:
        tables = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0")]
    written = ("run", "digest", "lookup_recent", "lookup_segment", "lookup_chunk", "tally", "source", "dns_text")
    for table in (t for t in tables if (t in written or place.long) and t not in ("message", "sqlite_sequence")):
        forget_records(house)
        blast(house, 3, 1, data)
        house.stop("milter")
        with sqlite3.connect(house.database) as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            page, size = (db.execute("SELECT rootpage FROM sqlite_master WHERE name = ?", (table,)).fetchone()[0],
                          db.execute("PRAGMA page_size").fetchone()[0])
        with house.database.open("r+b") as f:
            f.seek((page - 1) * size)
            f.write(b"\xaa" * size)
        house.start_milter()
        sent = blast(house, 20, 4, data)
        time.sleep(1.2)  # what follows the records
        sent.ids += blast(house, 10, 2, data).ids
        kept = house.count_records()
        expect(not sent.refused, f"{table}: refused: {sent.refused[:2]}")
        missing = sum(kept[i] != 1 for i in sent.ids)
        expect(missing == 0, f"{table}: {missing} of {len(sent.ids)} records were lost: {house.log('milter')[-800:]}")
        told.append(table)
    house.stop("milter")
    for path in house.database.parent.glob("assay.db*"):
        path.unlink()
    house.start_milter()
    return "ok, " + ", ".join(told)


@test
def a_reader_that_never_ends(place):
    """a reader's transaction lets the log grow: it is said, with how to find who, and the log shrinks once it ends"""
    house = place.house()
    house.restart_milter("DatabaseSync=normal")
    forget_records(house)
    data = house.signed()
    blast(house, 5, 1, data)
    reader = sqlite3.connect(f"file:{house.database}?mode=ro", uri=True, isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM message").fetchone()
    wal = house.database.with_name("assay.db-wal")
    with sqlite3.connect(house.database, timeout=30) as filler:  # faster than by mail
        filler.execute("CREATE TABLE filler (x)")
        for _ in range(40):
            filler.execute("INSERT INTO filler VALUES (zeroblob(1048576))")
            filler.commit()
        filler.execute("DROP TABLE filler")
    sent = blast(house, 20, 4, data)
    wait_for("the words", lambda: "because another program has read" in house.log("milter"), 5)
    expect(wal.stat().st_size > 32 << 20, "the log did not grow: the test proves nothing")
    reader.close()
    sent.ids += blast(house, 20, 4, data).ids
    wait_for("a small log", lambda: blast(house, 5, 1, data) and wal.stat().st_size <= 16 << 20, 20)
    expect(not sent.refused and all(house.count_records()[i] == 1 for i in sent.ids), "records were lost")
    expect(house.log("milter").count("because another program has read") == 1, "it is said more than once")
    return "ok"


@test
def first_start_on_a_full_disk(place):
    """no database and no room for one: mail is served without records, and they are kept once there is room"""
    if not place.mounts:
        raise Skipped("mounts are not allowed here")
    house = place.house()
    house.stop("milter")
    state, nobody = house.dir / "state", pwd.getpwnam("nobody").pw_uid
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size=2m,mode=750,uid={nobody},gid={state.stat().st_gid}", "none", state],
                   check=True)
    try:
        filler = state / "filler"
        with filler.open("wb", buffering=0) as f:
            try:
                while True:
                    f.write(b"x" * 4096)
            except OSError:
                pass
        house.restart_milter()
        data = house.signed()
        sent = blast(house, 20, 4, data)
        expect(not sent.refused, f"refused: {sent.refused[:2]}")
        expect("serving without records" in house.log("milter"), "nobody says so")
        filler.unlink()
        wait_for("a database", lambda: house.count_records() or blast(house, 1, 1, data), 10)
        time.sleep(1.5)
        after = blast(house, 10, 2, data)
        expect(all(house.count_records()[i] == 1 for i in after.ids), "no records although there is room")
    finally:
        house.stop("milter")
        subprocess.run(["umount", "-l", state], check=False)
    house.restart_milter()
    return "ok"


@test
def slow_disk_with_put_off(place):
    """OnInternalError = tempfail: a message whose record cannot be kept is put off, and none is accepted without one"""
    house = place.house()
    forget_records(house)
    house.restart_milter("DatabaseSync=normal", "OnInternalError=tempfail")
    data = house.signed()
    house.trouble.set("disk_errno", errno.EIO)
    bad = blast(house, 20, 4, data)
    house.trouble.set("disk_errno", 0)
    expect(not bad.ids and len(bad.refused) == 20, f"{len(bad.ids)} were accepted without a record")
    expect(all(re.search(r"\b4\d\d\b|451", text) for text in bad.refused), f"not put off: {bad.refused[:2]}")
    after = blast(house, 20, 4, data)
    expect(len(after.ids) >= 19, f"{len(after.ids)} of 20 accepted afterwards: {after.refused[:2]}")
