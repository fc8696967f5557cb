#!/usr/bin/python3
"""What contrib/quickstart shows: letters through a private Postfix, and what becomes of each."""

import http.client
import os
import pathlib
import shutil
import sqlite3
import subprocess
import sys
import textwrap

from letters import World, letter, sign
from rig import Rig, free_port, header_fields, wait_for

ESP = {"ip": "198.51.100.7", "name": "mail7.esp.example", "helo": "mail7.esp.example"}
GOOD = {"ip": "192.0.2.10", "helo": "mail.good.example"}
STRANGER = {"ip": "203.0.113.66", "helo": "friend"}
FORGED = "Authentication-Results: mx.receiver.example; dmarc=pass header.from=good.example\r\n"


def letters(world):
    """(title, message, MAIL FROM, client) of each letter."""
    signed = sign(letter("billing@good.example"), world.rsa, "good.example", "s1")
    return [
        ("signed by its own domain, sent from its own host", signed, "billing@good.example", GOOD),
        ("signed, but sent through a mail platform", signed, "b@bounces.esp.example", ESP),
        ("a mail platform that signs with its own name only",
         sign(letter("news@good.example"), world.esp, "esp.example", "k1"), "b@bounces.esp.example", ESP),
        ("signed, then a list added a footer", signed + b"-- \r\nlist footer\r\n", "b@bounces.esp.example", ESP),
        ("a stranger writes as good.example and forges our stamp",
         letter("ceo@good.example", extra=FORGED), "ceo@good.example", STRANGER),
        ("a subdomain that does not exist", letter("x@ghost.np.example"), "x@silent.example", STRANGER),
        ("a domain in test mode", letter("x@trial.example"), "x@silent.example", STRANGER),
        ("a domain that published no policy", letter("x@silent.example"), "x@silent.example", STRANGER),
    ]


def show(rig, number, title, data, mail_from, client):
    queue_id = rig.send(data, mail_from, client)
    message = rig.delivered(queue_id)
    print(f"\n---- {number}. {title}\n")
    stamp = header_fields(message, "Authentication-Results")[0]
    print("stamped   " + "\n          ".join(part.strip() for part in stamp.replace("; ", ";\n").split("\n")))
    line = rig.log_line(queue_id)
    print("\nlogged    " + "\n          ".join(textwrap.wrap(line, 110)))
    print(f"\n$ assay why {queue_id}")
    print(textwrap.indent(rig.assay("why", queue_id), "  "))


def answers(port):
    try:
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
        c.request("GET", "/alive")
        return c.getresponse().status == 200
    except OSError:
        return False


def pages(rig, source):
    """The pages on loopback over a copy of these records, until Enter is pressed; at once over where nobody looks."""
    build, folder, port = rig.programs, rig.dir / "pages", free_port()
    if not (build / "assay-web").exists():
        return
    folder.mkdir()
    with sqlite3.connect(rig.database) as records, sqlite3.connect(folder / "assay.db") as copy:
        records.backup(copy)
        held = copy.execute("SELECT count(*) FROM message").fetchone()[0]
    copy.execute("PRAGMA journal_mode = WAL")
    copy.close()
    (folder / "clients.conf").write_text((rig.dir / "clients.conf").read_text())
    (folder / "senders.conf").write_text((rig.dir / "senders.conf").read_text())
    (folder / "assay.conf").write_text(
        f'Database = {folder}/assay.db\nKeeperDatabase = {folder}/keeper.db\nKeeperSocket = {folder}/keeper.sock\n'
        f'WebSocket = "inet:{port}@127.0.0.1"\nSyslog = no\nPlaybookFolder = "{source}/conf/playbooks"\n')
    for path in [folder, *folder.iterdir()]:
        shutil.chown(path, "nobody", "nogroup")
    as_nobody = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]
    log = open(folder / "log", "w")
    running = [subprocess.Popen([*as_nobody, build / name, "-c", folder / "assay.conf"], stdout=log, stderr=log)
               for name in ("assay-keeper", "assay-web")]
    try:
        wait_for("the pages", lambda: answers(port))
        link = subprocess.run([*as_nobody, build / "assay", "account", "-c", folder / "assay.conf", "add", "--role", "admin", "you"],
                              capture_output=True, text=True, check=True).stdout.split()[-1]
        print(f"---- These {held} messages in a browser, on this machine: http://127.0.0.1:{port}{link}\n"
              "---- (the link lets you choose a password for the account \"you\")")
        if os.isatty(0):
            input("---- Press Enter to end it. ")
    finally:
        for p in running:
            p.terminate()
            p.wait(20)


def main():
    world = World()
    rig = Rig(sys.argv[1], world.zone, files=world.files)  # a catalogue that knows esp.example, a client good.example
    try:
        rig.start()
        for number, one in enumerate(letters(world), 1):
            show(rig, number, *one)
        pages(rig, pathlib.Path(__file__).resolve().parent.parent.parent)
        print("---- That was a real Postfix with assay-milter attached; both are gone now.\n"
              "---- README shows how to attach it to your own.")
    finally:
        rig.close()


main()
