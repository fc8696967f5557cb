#!/usr/bin/python3
"""Runs the Lua scripts of this folder under miltertest, which speaks the protocol as the milter library does."""

import shutil
import subprocess
import sys

sys.dont_write_bytecode = True

from rig import HERE, SKIP, Daemon, check, main


def run(name):
    with Daemon() as d:
        done = subprocess.run(["miltertest", "-D", f"where={d.where}", "-s", str(HERE / name)], capture_output=True,
                              text=True, timeout=120)
        check(done.returncode == 0, f"{name}: {done.stdout}{done.stderr}")
        d.stop()


def good():
    """miltertest: a good message, a forged field and a foreign one"""
    run("good.lua")


def several():
    """miltertest: several messages on one connection, aborts, a broken connection"""
    run("several.lua")


if shutil.which("miltertest") is None:
    print("miltertest is not installed (contrib/packages test)")
    sys.exit(SKIP)
main([good, several])
