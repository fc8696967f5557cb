"""A library that crashes on one message: what that does to the others, and what becomes of the message."""

import os
import re
import time

from rig import GOOD, Background, blast, expect, host, letters, percentile, test, wait_for


def poison(house, word="crash-here", mark=""):
    data = letters.letter("load@good.example", subject=f"{word} {mark}")
    return letters.sign(data, house.world.rsa, "good.example", "s1", headers=[b"from", b"to", b"subject", b"date"])


def refused(house, data):
    """The message is deferred, as a Postfix does whose milter went away."""
    try:
        house.send(data, "load@good.example", GOOD)
        return False
    except Exception as why:
        return re.search(r"\b4\d\d\b", str(why)) is not None


@test
def a_crash_is_over_within_a_second(place):
    """a library crashes on one message under load: the next worker serves, the message is named, the rest goes on"""
    house = place.house()
    house.restart_milter("DatabaseSync=normal")
    house.trouble.set("crash", 1)
    load = Background(house, 8, house.signed())
    wait_for("the first records", lambda: house.log("milter").count(": dmarc=") > 50)
    rounds, at = place.times(5, 50), []
    for n in range(rounds):
        at.append(time.monotonic())
        expect(refused(house, poison(house, "crash-here" if n % 2 else "abort-here", f"{n}")), "it was accepted")
        time.sleep(0.7)
    time.sleep(0.5)
    sent = load.end()
    gaps = sent.longest_gaps(at)
    log = house.log("milter")
    expect(log.count("died of signal") == len(re.findall(r"worker \d+ died of signal", log)) * 1 + log.count("was in flight"),
           "lines do not add up")
    died = re.findall(r"worker \d+ died of signal \d+ \((.*?)\), (\d+) messages were in flight", log)
    expect(len(died) == rounds, f"{len(died)} crashes of {rounds} were logged")
    expect({d[0] for d in died} == {"Segmentation fault", "Aborted"}, f"signals {died}")
    # by its queue id, unless it died at the very beginning of a message
    expect(log.count("was in flight when the worker died") == sum(int(d[1]) for d in died), "not every message in flight is named")
    most = 1 if os.getloadavg()[0] < 2 * os.cpu_count() else 4  # of a machine that does much else, others' turns too
    expect(percentile(gaps, 0.5) < most, f"no message was accepted for {percentile(gaps, 0.5):.1f} s")
    records = house.count_records()
    missing = [i for i in sent.ids if not records[i]]
    passed = log.count("passes unverified")
    expect(len(missing) <= passed, f"{len(missing)} accepted messages have no record, {passed} passed unverified")
    house.trouble.forget_crashes()
    return (f"ok, {rounds} crashes: no message was accepted for {percentile(gaps, 0.5) * 1000:.0f} ms, at most "
            f"{max(gaps) * 1000:.0f} ms; {len(sent.refused)} of {len(sent.ids) + len(sent.refused)} others put off")


@test
def a_message_that_crashed_twice_passes_unverified(place):
    """the third time it passes: "none" is stamped, forged fields go, a line says so; other messages are examined"""
    house = place.house()
    house.restart_milter()
    house.trouble.set("crash", 1)
    forged = f"Authentication-Results: {host.AUTHSERV_ID}; dmarc=pass\r\n".encode()
    data = forged + poison(house, mark="twice")
    for n in range(2):
        expect(refused(house, data), f"crash {n + 1} did not come")
    queue_id = house.send(data, "load@good.example", GOOD)
    stamps = host.header_fields(house.delivered(queue_id), "Authentication-Results")
    expect(stamps == [f"{host.AUTHSERV_ID}; none"], f"stamps are {stamps}")
    expect(f"{queue_id}: passes unverified, 2 crashes of this service had it in flight" in house.log("milter"), "no line")
    expect("crash 2 with it; when it comes again it is not examined any more" in house.log("milter"), "crashes are not counted")
    expect(queue_id not in house.count_records(), "there is a record of what was not examined")
    expect(refused(house, poison(house, mark="another")), "another message passes as well")
    good = house.delivered(house.send(house.signed(), "load@good.example", GOOD))
    expect(b"dmarc=pass" in good, "a good message is not examined")
    house.trouble.forget_crashes()


@test
def with_put_off_it_never_passes(place):
    """OnInternalError = tempfail, Enforce = yes: it is deferred from the third time on, and crashes nothing any more"""
    for option in ("OnInternalError=tempfail", "Enforce=yes"):
        put_off_for_ever(place.house(), option)


def put_off_for_ever(house, option):
    house.restart_milter(option)
    house.trouble.set("crash", 1)
    data = poison(house, mark=option)
    for _ in range(4):
        expect(refused(house, data), "it was accepted")
    log = house.log("milter")
    expect(log.count("the next one starts in") == 2, "it crashed more than twice")
    expect("2 crashes of this service had it in flight; the message is deferred" in log, "no line says why")
    house.trouble.forget_crashes()


@test
def without_a_supervisor(place):
    """Supervise = no: one process, which a crash ends"""
    house = place.house()
    house.restart_milter("Supervise=no")
    house.trouble.set("crash", 1)
    pid = house.procs["milter"].pid
    from rig import children
    expect(children(pid) == [], "it has a child")
    expect(refused(house, poison(house)), "it was accepted")
    expect(house.procs.pop("milter").wait(5) == -11, "the crash did not end it")
    house.trouble.forget_crashes()
    house.restart_milter()
