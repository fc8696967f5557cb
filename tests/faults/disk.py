"""The disk and the database: full, failing, slow, locked; with Postfix in front."""

import errno
import os
import pwd
import re
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
    """another program holds the database for 6 s: mail goes on, each lost record is counted, writing resumes"""
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
    after = blast(house, 50, 8, data)
    resumed = sum(house.count_records()[i] for i in after.ids)
    expect(resumed == 50, f"writing did not resume: {resumed} of 50 have a record")
    expect("locked by another program" in house.log("milter"), "the log does not say so")
    for part in (locked, after):
        sent.ids += part.ids
        sent.refused += part.refused
    kept, lost = everything_is_accounted(house, sent)
    expect(lost > 0, "nothing was lost: the test proves nothing")
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
