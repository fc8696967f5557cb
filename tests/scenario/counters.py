#!/usr/bin/python3
"""StatisticsFile: what Prometheus would read, while the daemon runs and after it stopped."""

import os
import re
import signal
import sys
import time

sys.dont_write_bytecode = True

from rig import Daemon, check, greeted, main, stamped


def values(path):
    """The file's samples as {name with labels: number}; every name has its HELP and TYPE."""
    text = path.read_text()
    check(text.endswith("\n"), "half a file")
    samples = dict(re.findall(r"^(assay_\S+) (\S+)$", text, re.M))
    typed = set(re.findall(r"^# TYPE (\S+) ", text, re.M))
    check(typed == set(re.findall(r"^# HELP (\S+) ", text, re.M)), "TYPE and HELP differ")
    for name in samples:
        plain = re.sub(r"(_(bucket|sum|count))?(\{.*\})?$", "", name)
        check(plain in typed or name in typed, f"{name} has no TYPE")
    return {name: float(value) for name, value in samples.items()}


def wait_for(path, name, value, seconds=10):
    end = time.monotonic() + seconds
    while not path.exists() or values(path).get(name) != value:
        check(time.monotonic() < end, f"{name} is not {value} in {path.read_text() if path.exists() else 'no file'}")
        time.sleep(0.02)
    return values(path)


def file_follows():
    """the file is there from the start, is written anew on USR1, and once more at the stop"""
    with Daemon(starts=False) as d:
        path = d.dir / "assay.prom"
        d.config.write_text(d.config.read_text() + f"StatisticsFile = \"{path}\"\n")
        d.start()
        wait_for(path, "assay_end_of_message_seconds_count", 0)
        mta = greeted(d)
        mta.message()
        stamped(mta)
        mta.message("Q2", [("From", "a@none.example")])
        d.signal(signal.SIGUSR1)
        seen = wait_for(path, "assay_end_of_message_seconds_count", 2)
        check(seen['assay_messages_total{dmarc="pass"}'] == 1 and seen['assay_messages_total{dmarc="none"}'] == 1,
              f"results are {seen}")
        check(seen["assay_records_written_total"] == 2, "records")
        check(seen["assay_dns_questions_total"] > 0, "questions")
        check(0 < seen["assay_end_of_message_seconds_sum"] < 20, "time")
        check(path.stat().st_mode & 0o777 == 0o644, "not readable to all")
        mta.message("Q3")
        d.stop()
        seen = values(path)
        check(seen["assay_end_of_message_seconds_count"] == 3, "the last message is not counted")
        check(seen["assay_messages_in_flight"] == 0, "in flight after the stop")
        check(not os.path.exists(f"{path}.new"), "left-overs")


def file_trouble():
    """a file that cannot be written is told once, and mail goes on"""
    with Daemon(starts=False) as d:
        folder = d.dir / "prom"
        folder.mkdir()
        d.config.write_text(d.config.read_text() + f"StatisticsFile = \"{folder}/assay.prom\"\n")
        d.start()
        wait_for(folder / "assay.prom", "assay_connections_total", 0)
        (folder / "assay.prom").unlink()
        folder.rmdir()
        for _ in range(3):
            d.signal(signal.SIGUSR1)
            time.sleep(0.1)
        d.wait_for_log("StatisticsFile: cannot write ")
        check(d.log().count("StatisticsFile: ") == 1, "told more than once")
        mta = greeted(d)
        check(mta.message() == "c", "not continued")
        folder.mkdir()
        d.signal(signal.SIGUSR1)
        d.wait_for_log("StatisticsFile: written again")
        d.stop()


main([file_follows, file_trouble])
