"""A fleet in a folder: hosts with their files and shippers, and the centre they ship to, all of it the real programs."""

import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time

from server import Server

BUILD = pathlib.Path.cwd()


def expect(condition, what):
    if not condition:
        raise AssertionError(what)


def same(got, want, what):
    expect(got == want, f"{what}: {got!r}, not {want!r}")


def wait_for(condition, what, seconds=60):
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, f"waited {seconds} s in vain: {what}")
        time.sleep(0.05)


class Host:
    """A machine with a database file and a shipper."""

    all = []

    def __init__(self, rig, name, file=None, user="host"):
        self.rig, self.name, self.user = rig, name, user
        self.db = rig.folder / (file or f"{name}.db")
        self.log = rig.folder / f"{self.db.name}.log"
        self.process, self.url = None, None  # url: not the rig's server as it says itself
        self.accepted = []  # queue ids of the records that it was told are kept
        Host.all.append(self)

    def argv(self, *words):
        return [BUILD / "assay", "fleet", *words, "-c", "/dev/null", "-o", f"Database={self.db}", "-o", "Syslog=no",
                "-o", f"Fleet={self.url or self.rig.server.url(self.user)}", "-o", f"FleetHost={self.name}"]

    def put(self, count, rate=0, prefix=None, ahead_days=0, hours=0):
        ran = subprocess.run([BUILD / "tests/fleet/put", self.db, str(count), str(rate), prefix or self.name,
                              str(ahead_days), str(hours)], capture_output=True, text=True, check=True)
        *accepted, figures = ran.stdout.splitlines()
        self.accepted += accepted
        same(len(accepted), count, f"records accepted by {self.name}: {ran.stderr}")
        return figures

    def once(self, code=0):
        ran = subprocess.run(self.argv("run", "--once"), capture_output=True, text=True, check=False, timeout=300)
        same(ran.returncode, code, f"assay fleet run --once on {self.name}: {ran.stdout}{ran.stderr}")
        return ran.stdout + ran.stderr

    def start(self, before=()):
        """`before`: a command that runs it."""
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen([*before, *self.argv("run")], stderr=log, stdout=subprocess.DEVNULL)

    def stop(self, how=signal.SIGTERM):
        self.process.send_signal(how)
        same(self.process.wait(60), 0 if how == signal.SIGTERM else -how, f"{self.name} stopped")

    def said(self, words):
        return words in self.log.read_text()

    def here(self):
        """(queue id, Message-ID) of its records, in order."""
        with sqlite3.connect(self.db) as d:
            return d.execute("SELECT queue_id, message_id FROM message ORDER BY id").fetchall()


class Rig:
    def __init__(self, folder, settings="", database="CREATE DATABASE fleet", server=None):
        """`settings`: more lines of postgresql.conf; `server`: a folder of the server's own."""
        self.folder, home = pathlib.Path(folder), pathlib.Path(server or folder) / "server"
        os.chmod(self.folder, 0o711)
        home.mkdir(exist_ok=True)
        self.server = Server(home, settings)
        self.server.start()
        self.server.sql(database, "postgres")
        self.assay("fleet", "init", "--keep", "30")
        self.server.sql("CREATE ROLE host LOGIN IN ROLE assay_host; CREATE ROLE desk LOGIN IN ROLE assay_viewer")

    @classmethod
    def again(cls, folder):
        """One whose server was stopped."""
        rig = cls.__new__(cls)
        rig.folder = pathlib.Path(folder)
        rig.server = Server(rig.folder / "server", again=True)
        rig.server.start()
        return rig

    def assay(self, *words, code=0, user="owner"):
        ran = subprocess.run([BUILD / "assay", *words, "-c", "/dev/null", "-o", f"Fleet={self.server.url(user)}"],
                             capture_output=True, text=True, check=False, timeout=60)
        same(ran.returncode, code, f"assay {' '.join(words)}: {ran.stdout}{ran.stderr}")
        return ran.stdout + ran.stderr

    def status(self, name, code=None):
        ran = subprocess.run([BUILD / "assay", "fleet", "status", "--json", "-c", "/dev/null", "-o",
                              f"Fleet={self.server.url()}"], capture_output=True, text=True, check=False)
        expect(ran.stdout, ran.stderr)
        if code is not None:
            same(ran.returncode, code, "exit of assay fleet status")
        return next(h for h in json.loads(ran.stdout)["hosts"] if h["host"] == name)

    def there(self, name):
        """Records of a host in the centre, sorted by time."""
        return [tuple(row) for row in self.server.sql(
            "SELECT queue_id, message_id FROM message JOIN store USING (store) JOIN host USING (host)"
            f" WHERE name = '{name}' ORDER BY time_ms, store, id")]

    def all_once(self, host, lacking=0):
        got, want = self.there(host.name), host.here()
        same(len(got), len(set(got)), f"records of {host.name} that came twice")
        same(len(set(want) - set(got)), lacking, f"records of {host.name} that are lost")
