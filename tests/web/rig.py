"""The pages on loopback over a database of their own: seed, assay-keeper, assay-web; and a small browser without a screen.

Everything lives in one temporary folder.  As root the programs run as nobody, since they refuse to be root.
"""

import datetime
import http.client
import os
import pathlib
import pwd
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.parse

ADDRESS = "127.28.0.7"
MONTH = (datetime.datetime.now(datetime.timezone.utc).date().replace(day=1) - datetime.timedelta(days=1)).strftime("%Y-%m")
PROXY_KEY = "a key of the tests, long enough"
PASSWORD = "correct horse battery staple"
ACCOUNTS = {"ann": ("operator", ""), "vic": ("viewer", ""), "adam": ("admin", ""), "alma": ("client", "alpha"),
            "bert": ("client", "beta"), "nora": ("viewer", "alpha"), "otto": ("operator", "beta")}
CLIENTS = "".join(f'''
client {name} {{
  Title = "{name.capitalize()} canary{name} Ltd"
  Domains = {{{name}.example}}
  Parked = {{{name}-parked.example}}
  Lookalikes = {{{name}-lookalike.example}}
  Contacts = {{"Jo canary{name}"}}
  DNSOwner = "Studio canary{name}"
  Note = "note canary{name}"
}}
''' for name in ("alpha", "beta"))


def free_port():
    with socket.socket() as s:
        s.bind((ADDRESS, 0))
        return s.getsockname()[1]


class Site:
    """
    One installation of the pages.  `build` is the folder with the programs; `database` one that is filled already, a file
    or a URL; `environment` what the programs "web" and "keeper" have in theirs beside ours.
    """

    def __init__(self, build, source, hostile="", options=(), database=None, environment=None):
        self.database, self.environment = database, environment or {}
        self.is_url = str(database).startswith(("postgresql:", "service="))
        self.build, self.source = pathlib.Path(build).resolve(), pathlib.Path(source).resolve()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="assay-web-"))
        self.dir.chmod(0o755)
        self.as_user = ["setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--no-new-privs"] if os.getuid() == 0 else []
        self.port = free_port()
        self.procs = {}
        try:
            self.prepare(hostile, options)
        except BaseException:
            self.close()
            raise

    def prepare(self, hostile, options):
        conf = self.dir / "assay.conf"
        (self.dir / "clients.conf").write_text(CLIENTS)
        data = self.dir / "data"
        data.mkdir()
        if self.as_user:
            shutil.chown(data, "nobody", "nogroup")
        (data / "proxy.key").write_text(PROXY_KEY + "\n")
        (data / "proxy.key").chmod(0o600)
        if self.as_user:
            shutil.chown(data / "proxy.key", "nobody", "nogroup")
        conf.write_text("\n".join([
            f"Database = \"{self.database if self.is_url else data / 'assay.db'}\"", f"KeeperDatabase = {data}/keeper.db", f"KeeperSocket = {data}/keeper.sock",
            f"WebSocket = \"inet:{self.port}@{ADDRESS}\"", "Syslog = no", "WebTitle = \"Northgate IT\"",
            f"SendersFile = \"{self.source}/conf/senders.conf\"", "SendersFolder = \"\"",
            f"PlaybookFolder = \"{self.source}/conf/playbooks\"", "ClientsFile = clients.conf",
            f"WebProxySocket = \"unix:{data}/proxy.sock\"", f"WebProxyUsers = {pwd.getpwuid(os.getuid()).pw_name}",
            f"WebProxyKeyFile = \"{data}/proxy.key\"", *options]) + "\n")
        self.conf = conf
        if self.database is None:
            self.run("tests/web/seed", f"{data}/assay.db", *([hostile] if hostile else []))
        elif not self.is_url:
            self.borrow(data / "assay.db")
        self.start("keeper", "assay-keeper", "-c", conf)
        self.start("web", "assay-web", "-c", conf)
        self.wait()

    def borrow(self, path):
        """A second name for the database, which must be on the same file system and stays where it is."""
        os.link(self.database, path)
        if self.as_user:
            shutil.chown(path, "nobody", "nogroup")

    def run(self, program, *args, check=True):
        done = subprocess.run([*self.as_user, self.build / program, *map(str, args)], capture_output=True, text=True, timeout=120)
        if check and done.returncode != 0:
            raise RuntimeError(f"{program}: {done.returncode}: {done.stdout}{done.stderr}")
        return done.stdout

    def start(self, name, program, *args):
        log = open(self.dir / f"{name}.log", "ab")
        self.procs[name] = subprocess.Popen([*self.as_user, self.build / program, *map(str, args)], stdout=log, stderr=log,
                                            env={**os.environ, **self.environment.get(name, {})})

    def stop(self, name):
        p = self.procs.pop(name)
        p.terminate()
        return p.wait(20)

    def wait(self):
        for _ in range(200):
            try:
                if self.request("GET", "/alive").status == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the pages did not come up: " + (self.dir / "web.log").read_text())

    def make_accounts(self):
        for name, (role, clients) in ACCOUNTS.items():
            out = self.run("assay", "account", "-c", self.conf, "add", "--role", role, "--clients", clients, name)
            link = re.search(r"/link/([0-9a-f]{64})", out).group(1)
            v = Visitor(self)
            answer = v.post(f"/link/{link}", {"password": PASSWORD, "again": PASSWORD})
            if answer.status != 303:
                raise RuntimeError(f"link of {name}: {answer.status}\n{answer.text}")

    def request(self, method, path, body=None, headers=()):
        c = http.client.HTTPConnection(ADDRESS, self.port, timeout=30)
        c.request(method, path, body, dict(headers))
        r = c.getresponse()
        r.text = r.read().decode("utf-8", "replace")
        c.close()
        return r

    def by_proxy(self, path, fields):
        """What the web server in front passes on: `fields` are pairs, and may be there twice."""
        with socket.socket(socket.AF_UNIX) as s:
            s.settimeout(30)
            s.connect(str(self.dir / "data" / "proxy.sock"))
            s.sendall("".join([f"GET {path} HTTP/1.1\r\nHost: {ADDRESS}\r\nConnection: close\r\n", *(f"{k}: {v}\r\n" for k, v in fields), "\r\n"]).encode())
            r = http.client.HTTPResponse(s)
            r.begin()
            r.text = r.read().decode("utf-8", "replace")
            return r

    @property
    def base(self):
        return f"http://{ADDRESS}:{self.port}"

    def log(self, name="web"):
        return (self.dir / f"{name}.log").read_text(errors="replace")

    def close(self):
        for p in self.procs.values():
            p.terminate()
        for p in self.procs.values():
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                p.kill()
        self.procs = {}
        shutil.rmtree(self.dir, ignore_errors=True)


class Visitor:
    """A browser's cookie, and the forms' token."""

    def __init__(self, site, name=None):
        self.site, self.cookie = site, ""
        if name:
            answer = self.post("/signin", {"name": name, "password": PASSWORD})
            if answer.status != 303:
                raise RuntimeError(f"{name} cannot sign in: {answer.status}\n{answer.text}")

    def take(self, answer):
        for field in answer.headers.get_all("Set-Cookie") or []:
            self.cookie = field.split(";")[0].partition("=")[2]
        return answer

    def headers(self):
        return {"Cookie": f"assay={self.cookie}"} if self.cookie else {}

    def get(self, path):
        return self.take(self.site.request("GET", path, headers=self.headers()))

    def post(self, path, form, **more):
        headers = {**self.headers(), "Content-Type": "application/x-www-form-urlencoded", "Origin": self.site.base, **more}
        return self.take(self.site.request("POST", path, urllib.parse.urlencode(form), headers))

    def token(self):
        return re.search(r'name="token" value="([0-9a-f]+)"', self.get("/account").text).group(1)
