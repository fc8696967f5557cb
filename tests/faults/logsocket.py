"""A syslog that nobody reads."""

import os
import socket
import subprocess
import threading
import time

from rig import Skipped, blast, expect, host, test, wait_for


def own_dev(house):
    """A /dev with a log socket of ours: the command to put in front of the daemon, and the socket."""
    dev = house.dir / "dev"
    dev.mkdir(exist_ok=True)
    for name in ("null", "zero", "random", "urandom"):
        (dev / name).touch()
    (dev / "log").unlink(missing_ok=True)
    log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log.bind(str(dev / "log"))
    (dev / "log").chmod(0o666)
    mounts = " && ".join([f"mount --bind /dev/{n} {dev}/{n}" for n in ("null", "zero", "random", "urandom")] +
                         [f"mount --rbind {dev} /dev"])
    return ["unshare", "-m", "--propagation", "private", "sh", "-c", f"{mounts} && exec \"$@\"", "sh"], log


def read_all(log, seconds):
    """What lies in the socket and comes within so long."""
    lines, end = [], time.monotonic() + seconds
    log.settimeout(0.2)
    while time.monotonic() < end:
        try:
            lines.append(log.recv(4096).decode(errors="replace"))
        except socket.timeout:
            continue
    return lines


@test
def a_syslog_that_nobody_reads_holds_no_mail_up(place):
    """the socket of syslog is full: mail goes on at its pace; when somebody reads again every line is there"""
    if not place.mounts:
        raise Skipped("mounts are not allowed here")
    house = place.house()
    data, count = house.signed(), place.times(300, 2000)
    house.restart_milter()
    usual = blast(house, count, 8, data)
    house.stop("milter")
    house.wrapper, log = own_dev(house)
    try:
        house.options.append("Syslog=yes")
        house.start_milter()
        sent = blast(house, count, 8, data)
        expect(not sent.refused, f"refused: {sent.refused[:2]}")
        expect(sent.p99_ms() < 5 * usual.p99_ms() + 500, f"p99 {usual.p99_ms():.0f} ms became {sent.p99_ms():.0f} ms")
        lines = read_all(log, 2)
        told = sum(any(f"{i}: dmarc=" in line for line in lines) for i in sent.ids)
        expect(told == len(sent.ids), f"{told} of {len(sent.ids)} lines came when the socket was read at last")
        expect(all(line.startswith("<2") and " assay-milter[" in line for line in lines), f"odd lines: {lines[:2]}")
        began = time.monotonic()
        blast(house, 30, 4, data)
        house.stop("milter")
        expect(time.monotonic() - began < 10, "the stop waits for syslog")
    finally:
        log.close()
        house.wrapper = []
        if "milter" in house.procs:
            house.stop("milter")
        house.options.remove("Syslog=yes")
        house.start_milter()
    return f"ok, p99 {usual.p99_ms():.0f} ms with a log that is read, {sent.p99_ms():.0f} ms with one that is not"


@test
def a_syslog_that_restarts_loses_no_line(place):
    """the daemon of syslog is replaced under load: the lines meanwhile come to the new one"""
    if not place.mounts:
        raise Skipped("mounts are not allowed here")
    house = place.house()
    house.stop("milter")
    house.wrapper, log = own_dev(house)
    path = house.dir / "dev" / "log"
    try:
        house.options.append("Syslog=yes")
        house.start_milter()
        data = house.signed()
        reader, lines = threading.Thread(target=lambda: lines.extend(read_all(log, 2))), []
        reader.start()
        first = blast(house, 30, 4, data)
        reader.join()
        log.close()
        path.unlink()
        away = blast(house, 30, 4, data)
        log = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        log.bind(str(path))
        path.chmod(0o666)
        lines += read_all(log, 2)
        ids = first.ids + away.ids
        told = sum(any(f"{i}: dmarc=" in line for line in lines) for i in ids)
        expect(len(ids) == 60 and told == 60, f"{told} lines of {len(ids)} messages")
    finally:
        log.close()
        house.wrapper = []
        house.stop("milter")
        house.options.remove("Syslog=yes")
        house.start_milter()
