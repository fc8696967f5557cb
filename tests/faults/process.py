"""The process: killed, stopped and reloaded in the middle of its work, with Postfix in front."""

import os
import signal
import time

from rig import Background, Failed, blast, expect, percentile, test, wait_for

CONNECTIONS = 20


def records_are_complete(house, ids, kills):
    """Every accepted message has a record; what has one and was not accepted was in flight when a kill came."""
    records = house.count_records()
    missing = [i for i in ids if i not in records]
    expect(not missing, f"{len(missing)} of {len(ids)} accepted messages have no record")
    surplus = sum(records.values()) - len(ids)
    expect(surplus <= kills * CONNECTIONS, f"{surplus} records of no accepted message after {kills} kills")
    return surplus


def forget_records(house):
    """An empty database; the host is shared with the other tests."""
    house.stop("milter")
    for path in house.database.parent.glob("assay.db*"):
        path.unlink()
    house.restart_milter("DatabaseSync=normal")


def kills(house, rounds, kill):
    """Under load, `kill` again and again; what was seen, in words."""
    forget_records(house)
    load = Background(house, CONNECTIONS, house.signed())
    at = []
    try:
        wait_for("the first records", lambda: sum(house.count_records().values()) > 50)
        for _ in range(rounds):
            at.append(time.monotonic())
            kill()
            time.sleep(0.6 if rounds < 10 else 1.2)  # workers that live shorter are replaced slower
        time.sleep(0.5)
    finally:
        sent = load.end()
    expect(len(sent.ids) > 20 * rounds, f"only {len(sent.ids)} messages were accepted: the test proves nothing")
    expect(sent.refused, "no kill hit a message in flight: the test proves nothing")
    surplus = records_are_complete(house, sent.ids, rounds)
    gaps = sent.longest_gaps(at)
    return (f"{rounds} kills: {len(sent.ids)} accepted, 0 without a record, {surplus} recorded and not accepted, "
            f"{len(sent.refused)} put off; none was accepted for {percentile(gaps, 0.5):.2f} s, at most {max(gaps):.2f} s")


@test
def killed_whole_under_load(place):
    """kill -9 of the supervisor takes the worker with it; a start on the stale socket serves within a second"""
    house = place.house()
    starts = []

    def kill():
        worker = house.worker()
        house.procs["milter"].kill()
        house.procs.pop("milter").wait()
        wait_for("the worker's end", lambda: not os.path.exists(f"/proc/{worker}") or
                 open(f"/proc/{worker}/stat").read().rsplit(")", 1)[1].split()[0] == "Z", 2)
        expect((house.dir / "run" / "assay.sock").exists(), "the socket is not stale: the test proves nothing")
        began = time.monotonic()
        house.start_milter()
        starts.append(time.monotonic() - began)
    told = kills(house, place.times(4, 100), kill)
    expect(percentile(starts, 0.5) < 1, f"starts took {percentile(starts, 0.5):.2f} s")
    return f"ok, {told}; start {percentile(starts, 0.5):.2f} s, at most {max(starts):.2f} s"


@test
def worker_killed_under_load(place):
    """kill -9 of the worker: the supervisor has another serve, connections wait"""
    house = place.house()

    def kill():
        os.kill(house.worker(), signal.SIGKILL)
    told = kills(house, place.times(4, 100), kill)
    expect("died of signal 9 (Killed)" in house.log("milter"), "the log does not say so")
    expect("crash 1 with it" not in house.log("milter"), "a kill from outside is held against a message")
    return f"ok, {told}"


@test
def stopped_under_load(place):
    """TERM under load: messages in flight are finished and answered, exit 0, nothing accepted is lost"""
    house = place.house()
    worst, accepted, late = 0.0, 0, 0
    for _ in range(place.times(3, 30)):
        forget_records(house)
        load = Background(house, CONNECTIONS, house.signed())
        wait_for("the first records", lambda: sum(house.count_records().values()) > 50)
        began = time.monotonic()
        code = house.stop("milter")
        worst = max(worst, time.monotonic() - began)
        sent = load.end()
        expect(code == 0, f"exit code {code}")
        failed = [t for t in sent.refused_began if t < began]
        expect(not failed, f"{len(failed)} messages that had begun before the stop were not accepted")
        expect(max(sent.ended) > began, "nothing was in flight: the test proves nothing")
        records_are_complete(house, sent.ids, 1)
        accepted += sum(t > began for t in sent.ended)
        late += sum(began <= t < began + worst for t in sent.refused_began)
        expect(worst < 30, f"the stop took {worst:.1f} s")
        house.start_milter()
    return (f"ok, 0 of those in flight failed, {accepted} were accepted after the stop had begun; drained in at most "
            f"{worst:.1f} s; {late} that began after it, on sessions still open, were put off")


@test
def reloaded_under_load(place):
    """HUP five times a second under load fails nobody"""
    house = place.house()
    house.restart_milter()
    load = Background(house, CONNECTIONS, house.signed())
    hups = place.times(20, 200)
    for _ in range(hups):
        house.procs["milter"].send_signal(signal.SIGHUP)
        time.sleep(0.2)
    sent = load.end()
    expect(not sent.refused, f"{len(sent.refused)} of {len(sent.ids)} failed: {sent.refused[:2]}")
    wait_for("reloads", lambda: house.log("milter").count("reloaded ") >= hups // 2)
    return f"ok, {len(sent.ids)} accepted and 0 failed over {hups} reloads"


@test
def a_new_worker_has_the_reloaded_configuration(place):
    """after HUP and a crash the next worker runs with what was reloaded, and a bad file still starts it"""
    house = place.house()
    house.restart_milter()
    conf = house.dir / "assay.conf"
    good = conf.read_text()
    conf.write_text(good.replace("AuthservID = mx.receiver.example", "AuthservID = new.receiver.example"))
    house.procs["milter"].send_signal(signal.SIGHUP)
    wait_for("the reload", lambda: "reloaded " in house.log("milter"))
    conf.write_text(good + "DNSTimeout = soon\n")
    worker = house.worker()
    os.kill(worker, signal.SIGKILL)
    wait_for("another worker", lambda: house.log("milter").count(" serves ") == 2)
    stamp = house.delivered(house.send(house.signed(), "load@good.example")).decode()
    expect("Authentication-Results: new.receiver.example;" in stamp, "the next worker forgot the reload")
    conf.write_text(good)
    house.restart_milter()


@test
def workers_that_die_at_once_are_started_slower(place):
    """a worker that dies again and again costs two starts a second, not a processor; and TERM ends it all"""
    house = place.house()
    house.restart_milter()
    end = time.monotonic() + 4
    killed = 0
    while time.monotonic() < end:
        try:
            os.kill(house.worker(), signal.SIGSYS)  # which trouble.c leaves alone
            killed += 1
        except (IndexError, ProcessLookupError, Failed):
            pass
        time.sleep(0.01)
    starts = house.log("milter").count("the next one starts in")
    expect(5 <= starts <= 25, f"{starts} starts in 4 s")
    began = time.monotonic()
    house.stop("milter")
    expect(time.monotonic() - began < 5, "TERM did not end it")
    house.start_milter()
    return f"ok, {starts} starts in 4 s"
