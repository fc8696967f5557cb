"""A PostgreSQL of the system's in a temporary folder, on a unix socket, as an unprivileged user; and assay beside it."""

import glob
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import time

SETTINGS = """
fsync = off
full_page_writes = off
listen_addresses = ''
unix_socket_directories = '{folder}'
shared_buffers = 64MB
max_connections = 60
max_locks_per_transaction = 256
autovacuum_naptime = 5s
client_connection_check_interval = 5s
log_min_messages = warning
"""


def programs():
    """The folder of the newest PostgreSQL server that is installed; None."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda p: int(re.search(r"/(\d+)/", p).group(1)))
    if found:
        return pathlib.Path(found[-1]).parent
    initdb = shutil.which("initdb")
    return pathlib.Path(initdb).resolve().parent if initdb else None


def account():
    """Who runs the server, which refuses to be root; None: we ourselves."""
    if os.getuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            pass
    return None


class Away(AssertionError):
    """The server takes no connection, or ended one: it was killed, starts, or recovers."""


class Server:
    def __init__(self, folder, settings="", like=None, again=False):
        """
        `settings`: more lines of postgresql.conf; `like`: another Server, of which this is to be a streaming replica;
        `again`: it was made before.
        """
        self.folder, self.user, self.bin = pathlib.Path(folder), account(), programs()
        self.data, self.log, self.process = self.folder / "data", self.folder / "server.log", None
        if self.user:
            shutil.chown(self.folder, self.user)
        os.chmod(self.folder, 0o711)
        if again:
            return
        if like:
            like.copy(self.data, "-R")
        else:
            self.run("initdb", "-D", self.data, "-U", "owner", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N")
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as conf:
            conf.write(SETTINGS.format(folder=self.folder) + settings)

    def copy(self, to, *more):
        """A physical copy of all it holds, as a back-up."""
        self.run("pg_basebackup", "-h", self.folder, "-U", "owner", "-D", to, "-X", "stream", "-c", "fast", *more)

    def run(self, program, *argv):
        return subprocess.run([self.bin / program, *argv], check=True, capture_output=True, text=True, user=self.user,
                              cwd=self.folder)

    def processes(self):
        """Its own and its children's, by the folder they work in; orphans, too."""
        found = []
        for cwd in glob.glob("/proc/[0-9]*/cwd"):
            try:
                if os.readlink(cwd) == os.path.realpath(self.data):
                    found.append(int(cwd.split("/")[2]))
            except OSError:
                pass
        return found

    def start(self):
        for attempt in range(50):  # a backend that was orphaned may hold the memory for a moment
            if attempt > 1:  # and where a service manager would have ended them all, it does not go by itself
                self.kill()
            with open(self.log, "ab") as log:
                self.process = subprocess.Popen([self.bin / "postgres", "-D", self.data], stdout=log, stderr=log,
                                                user=self.user, cwd=self.folder, process_group=0)
            for _ in range(200):
                if self.answers():
                    return
                if self.process.poll() is not None:
                    break
                time.sleep(0.05)
            time.sleep(0.2)
        raise AssertionError("the server does not start:\n" + self.log.read_text()[-2000:])

    def answers(self):
        return subprocess.run([self.bin / "pg_isready", "-q", "-h", self.folder], check=False).returncode == 0

    def kill(self, alone=False):
        """At once, with all its children, as a service manager does it; `alone`: they are left behind."""
        for pid in [self.process.pid] if alone else self.processes():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
        self.process.wait(30)

    def stop(self, how=signal.SIGINT):
        """SIGINT: a fast shutdown."""
        if self.process and self.process.poll() is None:
            self.process.send_signal(how)
            self.process.wait(30)

    def url(self, user="owner"):
        return f"postgresql:///fleet?host={self.folder}&user={user}"

    def sql(self, text, database="fleet", user="owner"):
        """The rows as lists of texts."""
        ran = subprocess.run([self.bin / "psql", "-h", self.folder, "-U", user, "-d", database, "-AtqX", "-F", "\t",
                              "-v", "ON_ERROR_STOP=1", "-c", "SET search_path = assay", "-c", text],
                             capture_output=True, text=True, check=False)
        if ran.returncode:
            raise (Away if ran.returncode == 2 else AssertionError)(f"{text}: {ran.stderr}")  # 2: of psql's manual
        return [line.split("\t") for line in ran.stdout.splitlines()]

    def sql_alone(self, *texts):
        """Each a transaction of its own, or none."""
        for_each = [word for text in ("SET search_path = assay", *texts) for word in ("-c", text)]
        self.run("psql", "-h", self.folder, "-U", "owner", "-d", "fleet", "-AtqX", "-v", "ON_ERROR_STOP=1", *for_each)

    def patient(self, text, seconds=120):
        """
        The same where the server was killed a moment ago: it may answer until it notices, and be away then.  For what
        may be said twice, since what was said when it went away may have been done.
        """
        end = time.monotonic() + seconds
        while True:
            try:
                return self.sql(text)
            except Away:
                if time.monotonic() > end:
                    raise
                time.sleep(0.2)

    def one(self, text):
        return self.sql(text)[0][0]
