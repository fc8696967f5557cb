"""Memory that runs out: one allocation at a time, and under load by chance."""

import collections
import os
import pathlib
import tempfile
import time

from descriptors import program
from rig import Background, Trouble, blast, children, expect, letters, milter, test, wait_for

OURS = "assay-milter"


def judge(crashes):
    """Text that lists who crashed; a crash of our own code fails."""
    ours = [f for o, f in crashes if o == OURS]
    expect(not ours, f"our own code crashed without memory, in {sorted(set(ours))}")
    count = collections.Counter(f"{f or '?'} of {o}" for o, f in crashes)
    return ", ".join(f"{name} {n} times" for name, n in sorted(count.items())) or "no crash"


def fields_of(data):
    """A message as (name, value) and a body, as an MTA hands it over."""
    head, body = data.decode().split("\r\n\r\n", 1)
    fields = head.replace("\r\n\t", "\n\t").replace("\r\n ", "\n ").split("\r\n")
    return [(f.split(":", 1)[0], f.split(":", 1)[1].lstrip(" ")) for f in fields], body.encode()


@test
def each_allocation_fails_once(place):
    """the n-th allocation from a message's begin fails, for each n: an answer, and the next message is as ever"""
    program(place)
    world = letters.World()
    answers = collections.Counter()
    with tempfile.TemporaryDirectory() as folder, milter.Daemon(starts=False) as d:
        os.chmod(folder, 0o1777)
        trouble = Trouble(pathlib.Path(folder))
        d.zone.write_text("$TTL 300\n" + world.zone)
        with trouble.preloaded():
            d.start()
        fields, body = fields_of(letters.sign(letters.letter("a@good.example"), world.rsa, "good.example", "s1"))
        good = milter.greeted(d)
        good.message("G0", fields, body)
        n, hit = 0, True
        while hit and n < 3000:
            n += 1
            failed = trouble.get("malloc_failed")
            trouble.set("malloc_nth", n)
            answer = "none"
            try:
                mta = milter.greeted(d)
                answer = mta.message(f"M{n}", [("X-Number", f"M{n}"), *fields], body)
                mta.close()
            except (milter.Gone, OSError):
                answer = "gone"
            hit = trouble.get("malloc_failed") > failed
            trouble.set("malloc_nth", 0)
            answers[answer] += 1
            if n % place.times(25, 1) == 0 or answer == "gone":
                wait_for("a worker", lambda: children(d.process.pid), 5)
                next_one = milter.greeted(d)
                expect(next_one.message(f"C{n}", [("X-Number", f"C{n}"), *fields], body) == "c",
                       f"after allocation {n} failed the next message was not continued")
                milter.stamped(next_one)
                next_one.close()
        told = judge(trouble.crashes())
        expect(n > 50, f"only {n} allocations were made to fail: the test proves nothing")
        expect(answers["gone"] < n // 4 and not set(answers) - {"c", "gone"}, f"answers {dict(answers)}")
        d.stop()
    return f"ok, {n} allocations: {answers['c']} messages went on, {answers['gone']} connections ended; {told}"


@test
def memory_is_short_under_load(place):
    """one allocation in 3,000, 300, 100 fails under load: what crashes is a library's, and afterwards all is well"""
    house = place.house()
    house.trouble.forget_crashes()
    house.restart_milter("DatabaseSync=normal")
    data = house.signed()
    blast(house, 20, 4, data)
    told = []
    for one_in in (3000, 300, 100):
        load = Background(house, 8, data)
        house.trouble.set("malloc_one_in", one_in)
        time.sleep(place.times(3, 60))
        house.trouble.set("malloc_one_in", 0)
        sent = load.end()
        told.append(f"1 in {one_in}: {len(sent.ids)} accepted, {len(sent.refused)} put off")
    wait_for("a worker that serves", house.answers, 5)
    data = house.signed()  # another one: that which was in flight at crashes passes unverified from now on
    after = wait_for("service as ever", lambda: (lambda s: s if not s.refused else None)(blast(house, 40, 4, data)), 10)
    records = house.count_records()
    expect(sum(records[i] for i in after.ids) == 40, "messages afterwards have no record")
    expect("ERROR: " not in house.log("milter"), "a sanitizer complained")
    told.append(judge(house.trouble.crashes()))
    house.trouble.forget_crashes()
    return "ok, " + "; ".join(told)
