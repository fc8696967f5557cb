#!/usr/bin/python3
"""The bench's own arithmetic, and that it fails a build which lost too much: with programs that only pretend (make check)."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))
import figures  # noqa: E402

MILTER = """#!/bin/sh
conf=$3
socket=$(sed -n 's/^Socket = "unix:\\(.*\\)"/\\1/p' "$conf")
: >"$socket"
exec sleep 60
"""
EMPTY = """#!/bin/sh
: >"$1"
exec sleep 60
"""
LOAD = """#!/bin/sh
case "$*" in *empty*) cpu=0.1 ;; *older*) cpu=0.4 ;; *) cpu={cpu} ;; esac
echo "messages=1 failed=${FAILED:-0} per_s=100 p50_ms=1 p95_ms=1 p99_ms=1 cpu_s=$cpu peak_mib=1"
"""
RESOLVER = "#!/bin/sh\necho ready\nexec sleep 60\n"


def check(what, seen, wanted):
    if seen != wanted:
        sys.exit(f"bench_test: {what}: {seen!r} and not {wanted!r}")


def arithmetic():
    def runs(*costs):
        return [{"cpu_s": cost, "per_s": 1000, "p50_ms": 1, "p95_ms": 2, "p99_ms": 3} for cost in costs]

    made = figures.floor(runs(0.1)[0], 0.05, 2)
    check("floor, CPU", round(made["cpu_s"], 6), 0.15)
    check("floor, latency", round(made["p99_ms"], 6), 3.05)
    check("floor, messages a second", round(made["per_s"]), round(1 / (0.001 + 0.000025)))
    # the machine was twice as slow in the third round, for both
    check("ratio", round(figures.ratio(runs(1, 1.1, 2), runs(1, 1, 2), "cpu_s"), 6), 1)
    check("nothing to compare with", figures.ratio(runs(1), runs(0), "cpu_s"), 0)
    check("a tenth", figures.lost(runs(1.05, 1.09, 1.5), runs(1, 1, 1), 0.1)[1], False)
    check("more than a tenth", figures.lost(runs(1.05, 1.11, 1.5), runs(1, 1, 1), 0.1)[1], True)
    check("faster", figures.lost(runs(0.5), runs(1), 0.1)[1], False)


def bench(cpu, *more, failed="0"):
    with tempfile.TemporaryDirectory() as name:
        programs = pathlib.Path(name)
        (programs / "corpus").mkdir()
        (programs / "corpus" / "zone.tsv").touch()
        for file, text in (("milter", MILTER), ("empty", EMPTY), ("load", LOAD.replace("{cpu}", cpu)),
                           ("resolver", RESOLVER), ("crypto", "#!/bin/sh\necho cpu_s=0.05\n")):
            (programs / file).write_text(text)
            (programs / file).chmod(0o755)
        done = subprocess.run([HERE / "bench.py", programs, "--alone", "--connections", "1,8", "--rounds", "3", "--milter",
                               programs / "milter", *more], capture_output=True, text=True, check=False, env={**os.environ, "FAILED": failed})
        return done.returncode, done.stdout + done.stderr


def comparison():
    with tempfile.NamedTemporaryFile("w", suffix="-older", delete=False) as file:
        file.write(MILTER)
    path = pathlib.Path(file.name)
    path.chmod(0o755)
    try:
        older = ("--older", str(path))
        code, text = bench("0.45", *older)
        check("12.5 % more: exit", (code, "more than 10 %" in text), (1, True))
        check("floor's ratio is shown", "  : floor" in text and "3.00" in text, True)
        check("12.5 % more, 20 allowed", bench("0.45", *older, "--most", "20")[0], 0)
        check("8.75 % more", bench("0.435", *older)[0], 0)
        check("without an older one", bench("0.45")[0], 0)
        check("mail that was turned away", bench("0.1", failed="2")[0], 1)
    finally:
        path.unlink()


arithmetic()
comparison()
