#!/usr/bin/python3
"""Mail for hours: good, bad and hostile, at a chosen rate, and what becomes of memory, descriptors, database and latency.

usage: soak.py PROGRAMS_DIR HOURS RATE OUTPUT_DIR

Good and bad mail is that of tests/bench (load, resolver, corpus), in bursts of a second; hostile mail comes beside it from
here.  Leaves soak.csv and soak.png.  Exits 1 when a message failed, the worker died, or memory or descriptors grew.
"""

import csv
import os
import pathlib
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from rig import HERE, children, letters, milter, status_of

BENCH = HERE.parent / "bench"
RESOLVER, CONNECTIONS, SAMPLE_S = "127.9.8.2", 16, 5
COLUMNS = ("hours", "worker_mib", "supervisor_mib", "descriptors", "threads", "database_mib", "messages_s", "p50_ms", "p99_ms",
           "failed", "hostile", "workers")
GROWTH_MAX = 1.10  # of memory, from the second quarter to the last
PLOT = """set terminal pngcairo size 1200,1500 font ",11"
set output "{png}"
set datafile separator ","
set key top left
set grid
set xlabel "hours"
set multiplot layout 4,1 title "{title}"
set ylabel "MiB"; set yrange [0:*]
plot "{csv}" using 1:2 skip 1 with lines title "worker, resident", "" using 1:3 skip 1 with lines title "supervisor, resident"
set ylabel "number"
plot "{csv}" using 1:4 skip 1 with lines title "descriptors", "" using 1:5 skip 1 with lines title "threads"
set ylabel "MiB"
plot "{csv}" using 1:6 skip 1 with lines title "database with its log"
set ylabel "ms"; set y2label "messages a second"; set y2range [0:*]; set y2tics; set ytics nomirror
plot "{csv}" using 1:8 skip 1 with lines title "median", "" using 1:9 skip 1 with lines title "99th percentile", \\
     "" using 1:7 skip 1 axes x1y2 with lines title "messages a second"
unset multiplot
"""


# ---- hostile mail ----

def many_fields(mta, dice):
    return [("From", "a@good.example")] + [("X-Filler", "y" * 60)] * dice.choice([200, 3000])


def many_signatures(mta, dice):
    signature = "v=1; a=rsa-sha256; d=%d.example; s=s; h=from; bh=" + "A" * 43 + "=; b=" + "A" * 340
    return [("DKIM-Signature", signature % n) for n in range(dice.choice([20, 150]))] + [("From", "a@good.example")]


def odd_from(mta, dice):
    return [("From", dice.choice(["", "(" * 5000, "a@b, " * 1500, '"' * 999, "=?utf-8?q?" + "x" * 4000, "a@\xe4.example"]))]


def forged(mta, dice):
    return [("From", "a@good.example")] + [("Authentication-Results", "mx.test; dmarc=pass (" + "x" * dice.randrange(2000) + ")")] * 40


def dead_name(mta, dice):
    return [("From", f"a@{dice.randrange(10 ** 6)}.nowhere.example")]


HOSTILE = (many_fields, many_signatures, odd_from, forged, dead_name)


class Hostile(threading.Thread):
    """A few a second of them, by turns to their end, broken off, or vanished from."""

    def __init__(self, daemon):
        super().__init__(daemon=True)
        self.target, self.sent, self.wrong, self.stop = daemon, 0, 0, threading.Event()

    def one(self, dice):
        mta = milter.greeted(self.target)
        fields = dice.choice(HOSTILE)(mta, dice)
        ending = dice.random()
        if ending < 0.7:
            if mta.message(f"H{self.sent}", fields) not in "cr":
                self.wrong += 1
        else:
            mta.envelope(f"H{self.sent}")
            for name, value in fields[:dice.randrange(1, 50)]:
                mta.header(name, value)
            if ending < 0.85:
                mta.send("A")
        mta.close()
        self.sent += 1

    def run(self):
        dice = random.Random(8)
        while not self.stop.wait(0.2):
            try:
                self.one(dice)
            except (OSError, milter.Gone):
                self.wrong += 1


# ---- the run ----

def figures(text):
    return {key: float(value) for key, value in (word.split("=") for word in text.split())}


class Soak:
    def __init__(self, programs, hours, rate, output, folder):
        self.programs, self.hours, self.rate, self.folder = programs, hours, rate, folder
        self.bench = programs / "tests" / "bench"
        self.corpus = output / "corpus"
        self.csv, self.png = output / "soak.csv", output / "soak.png"
        self.rows, self.sent = [], 0
        if not (self.corpus / "zone.tsv").exists():
            subprocess.run([BENCH / "corpus.py", self.corpus, "400"], check=True)

    def burst(self):
        done = subprocess.run([self.bench / "load", "-d", self.corpus, "-s", self.daemon.path, "-c", str(CONNECTIONS), "-n",
                               str(self.rate)], capture_output=True, text=True, check=True)
        return figures(done.stdout)

    def sample(self, began, bursts):
        pid = self.daemon.process.pid
        worker = (children(pid) or [pid])[0]
        size = sum(p.stat().st_size for p in self.daemon.dir.glob("assay.db*"))
        row = ((time.monotonic() - began) / 3600, int(status_of(worker, "VmRSS").split()[0]) / 1024,
               int(status_of(pid, "VmRSS").split()[0]) / 1024, len(os.listdir(f"/proc/{worker}/fd")),
               int(status_of(worker, "Threads")), size / 2 ** 20,
               sum(b["messages"] for b in bursts) / max(time.monotonic() - self.sampled, 0.1),
               statistics.median(b["p50_ms"] for b in bursts), max(b["p99_ms"] for b in bursts),
               sum(b["failed"] for b in bursts), self.hostile.sent, worker)
        self.sent += sum(b["messages"] for b in bursts)
        self.sampled = time.monotonic()
        self.rows.append(row)
        with self.csv.open("a", newline="") as f:
            csv.writer(f).writerow([f"{v:.4f}" if isinstance(v, float) else v for v in row])

    def mail(self):
        began = self.sampled = time.monotonic()
        bursts, number = [], 0
        while time.monotonic() - began < self.hours * 3600:
            bursts.append(self.burst())
            number += 1
            time.sleep(max(0.0, began + number - time.monotonic()))
            number = max(number, int(time.monotonic() - began))
            if time.monotonic() - self.sampled >= SAMPLE_S:
                self.sample(began, bursts)
                bursts = []

    def run(self):
        self.csv.write_text(",".join(COLUMNS) + "\n")
        port = 53 if os.getuid() == 0 else 5399
        resolver = subprocess.Popen([self.bench / "resolver", self.corpus / "zone.tsv", RESOLVER, str(port), "0"],
                                    stdout=subprocess.PIPE)
        os.environ["ASSAY_MILTER"] = str(self.programs / "assay-milter")
        try:
            resolver.stdout.readline()
            with milter.Daemon(starts=False, config=f'Nameservers = {{"{RESOLVER}@{port}"}}\n') as self.daemon:
                self.daemon.config.write_text(self.daemon.config.read_text().replace("LogLevel = debug", "LogLevel = warning"))
                self.daemon.process = subprocess.Popen([milter.program(), "-f", "-c", self.daemon.config],
                                                       stdout=self.daemon.logfile.open("a"), stderr=subprocess.STDOUT)
                while not os.path.exists(self.daemon.path):
                    time.sleep(0.05)
                self.hostile = Hostile(self.daemon)
                self.hostile.start()
                try:
                    self.mail()
                finally:
                    self.hostile.stop.set()
                    self.hostile.join()
                self.daemon.stop()
                self.log = self.daemon.log()
        finally:
            resolver.kill()
            resolver.wait()

    def draw(self):
        title = f"assay-milter for {self.hours:g} hours at {self.rate} messages a second"
        script = PLOT.format(png=self.png, csv=self.csv, title=title)
        subprocess.run(["gnuplot"], input=script, text=True, check=True)

    def judge(self):
        quarter = max(len(self.rows) // 4, 1)
        early, late = self.rows[quarter:2 * quarter], self.rows[-quarter:]
        problems = []
        for column, most in ((1, GROWTH_MAX), (3, 1.25)):
            before, after = (statistics.mean(r[column] for r in rows) for rows in (early, late))
            print(f"{COLUMNS[column]}: {before:.1f} in the second quarter, {after:.1f} in the last")
            if after > before * most + 2:
                problems.append(f"{COLUMNS[column]} grew")
        print(f"{self.sent:.0f} messages and {self.hostile.sent} hostile ones, database {self.rows[-1][5]:.0f} MiB, median "
              f"{statistics.median(r[7] for r in self.rows):.1f} ms, worst 99th percentile {max(r[8] for r in self.rows):.0f} ms")
        failed = sum(r[9] for r in self.rows)
        if failed or self.hostile.wrong:
            problems.append(f"{failed:.0f} messages and {self.hostile.wrong} hostile ones failed")
        if len({r[11] for r in self.rows}) > 1:
            problems.append("the worker died")
        if self.log.count("record lost"):
            problems.append("records were lost")
        print("; ".join(problems) or "nothing grew, nothing failed")
        return 1 if problems else 0


def main():
    if len(sys.argv) != 5:
        print(__doc__, file=sys.stderr)
        return 64
    if shutil.which("gnuplot") is None:
        print("soak: gnuplot is missing (contrib/packages soak)", file=sys.stderr)
        return 77
    output = pathlib.Path(sys.argv[4]).resolve()
    output.mkdir(exist_ok=True, parents=True)
    with tempfile.TemporaryDirectory() as folder:
        soak = Soak(pathlib.Path(sys.argv[1]).resolve(), float(sys.argv[2]), int(sys.argv[3]), output, pathlib.Path(folder))
        soak.run()
    soak.draw()
    print(f"curves: {soak.png}")
    return soak.judge()


sys.exit(main())
