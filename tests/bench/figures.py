"""What is made of measured figures: the floor, ratios to it, and whether a build has lost speed.  Pure.

A run is a dictionary of figures; the runs of one peer stand in the order of the rounds, in which all peers took turns.
A ratio is taken within each round, and the median over the rounds is told: what else the machine did falls on both.
"""

import statistics

COSTS = ("p50_ms", "p95_ms", "p99_ms", "cpu_s")  # what grows with the work; per_s shrinks


def floor(empty, crypto_s, cores):
    """The run of a milter that does nothing, plus the cryptography of the corpus (CPU seconds per 1,000 messages).

    Latencies: as if it stood on top.  Messages a second: as if each core did its part of it.
    """
    made = dict(empty)
    made["cpu_s"] += crypto_s
    made["per_s"] = 1 / (1 / empty["per_s"] + crypto_s / 1e3 / cores)
    for name in COSTS[:-1]:
        if name in made:
            made[name] += crypto_s
    return made


def floors(empties, cryptos, cores):
    return [floor(empty, crypto_s, cores) for empty, crypto_s in zip(empties, cryptos)]


def median(runs, name):
    return statistics.median(run[name] for run in runs)


def ratio(runs, others, name):
    """The median of `name` of each run by that of the other's run of the same round; 0 when there is nothing."""
    return statistics.median(a[name] / b[name] if b[name] else 0 for a, b in zip(runs, others))


def lost(runs, older, most):
    """How much more CPU a message costs than with the older build, as a part of it, and whether that is beyond `most`."""
    more = ratio(runs, older, "cpu_s") - 1
    return more, more > most
