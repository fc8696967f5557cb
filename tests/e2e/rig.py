"""A private mail host on loopback: NSD with names of its own, Postfix with its own queue, assay-milter between.

Everything lives in one temporary folder and is stopped and removed at the end; the system's own Postfix, DNS and
syslog configuration are neither read nor written.  Needs root (Postfix does), Debian's postfix, nsd, python3-dkim.
"""

import atexit
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import smtplib
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time

RCPT = "desk@receiver.example"
AUTHSERV_ID = "mx.receiver.example"


class Failed(Exception):
    """A peer did not start, or something expected did not come in time."""


def wait_for(what, probe, seconds=15):
    """Polls `probe` until it gives something true, which is returned."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = probe()
        if found:
            return found
        time.sleep(0.05)
    raise Failed(f"waited {seconds} s for {what}")


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def need(program):
    path = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if path is None:
        raise Failed(f"{program} is not installed; contrib/packages test installs it")
    return path


class Rig:
    """One host.  `programs` is the folder with the built assay-milter and assay."""

    def __init__(self, programs, zone, options=(), files=()):
        self.programs = pathlib.Path(programs).resolve()
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix="assay-rig-"))
        self.dir.chmod(0o755)
        self.options = list(options)
        for name, text in dict(files).items():  # beside the configuration
            (self.dir / name).write_text(text)
        self.procs = {}
        self.smtp_port, self.dns_port = free_port(), free_port()
        self.zone_text = zone
        self.mailbox_domains = "receiver.example"
        self.main_cf = self.master_cf = ""  # lines added to Postfix's
        self.by_queue_id, self.files_read, self.files_lock = {}, set(), threading.Lock()  # file by queue id; names read
        self.socket = f"unix:{self.dir}/run/assay.sock"  # where assay-milter listens
        self.milters = self.socket                       # what Postfix is told of it
        self.smtpd_chroot = "n"
        atexit.register(self.close)

    # ---- life ----

    def start(self):
        self.start_dns()
        self.start_milter()
        self.start_postfix()

    def close(self):
        if not self.dir.exists():
            return
        subprocess.run([need("postfix"), "-c", str(self.dir / "postfix"), "stop"], capture_output=True, check=False)
        for name in list(self.procs):
            self.stop(name)
        shutil.rmtree(self.dir, ignore_errors=True)

    def spawn(self, name, argv, **more):
        log = open(self.dir / f"{name}.log", "ab")
        self.procs[name] = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log, stderr=log, **more)
        log.close()
        return self.procs[name]

    def stop(self, name, sig=signal.SIGTERM, seconds=40):
        proc = self.procs.pop(name, None)
        if proc is None:
            return None
        if proc.poll() is None:
            proc.send_signal(signal.SIGCONT)
            proc.send_signal(sig)
        try:
            return proc.wait(seconds)
        except subprocess.TimeoutExpired:
            proc.kill()
            proc.wait()
            raise Failed(f"{name} did not stop within {seconds} s") from None

    def log(self, name):
        path = self.dir / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    # ---- DNS ----

    def start_dns(self):
        """The root zone of a small internet of our own; every name of the tests is in it."""
        home = self.dir / "nsd"
        home.mkdir()
        self.write_zone()
        (home / "nsd.conf").write_text(f"""server:
  ip-address: 127.0.0.1@{self.dns_port}
  port: {self.dns_port}
  username: ""
  chroot: ""
  zonesdir: "{home}"
  database: ""
  logfile: "{self.dir}/nsd.log"
  pidfile: "{home}/nsd.pid"
  xfrdfile: "{home}/xfrd.state"
  xfrdir: "{home}"
  zonelistfile: "{home}/zone.list"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "{home}/zone"
""")
        self.serve_dns()

    def write_zone(self):
        (self.dir / "nsd" / "zone").write_text(
            "$TTL 60\n. SOA ns.dns.example. host.dns.example. 1 3600 600 86400 60\n. NS ns.dns.example.\n"
            "ns.dns.example. A 127.0.0.1\n" + self.zone_text)

    def serve_dns(self):
        self.spawn("nsd", [need("nsd"), "-d", "-c", str(self.dir / "nsd" / "nsd.conf")], start_new_session=True)
        wait_for("NSD", self.dns_answers)

    def change_dns(self, old, new):
        """The zone's owner writes `new` where `old` stood."""
        if old not in self.zone_text:
            raise Failed(f"the zone does not hold {old!r}")
        self.zone_text = self.zone_text.replace(old, new)
        self.stop("nsd", signal.SIGTERM)
        self.write_zone()
        self.serve_dns()

    def mute_dns(self):
        """From now on no query is answered, nor refused."""
        os.killpg(self.procs["nsd"].pid, signal.SIGSTOP)

    def unmute_dns(self):
        os.killpg(self.procs["nsd"].pid, signal.SIGCONT)

    def dns_answers(self):
        """One SOA question for the root, by hand."""
        question = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x06\x00\x01"
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(0.2)
            s.sendto(question, ("127.0.0.1", self.dns_port))
            try:
                return len(s.recv(512)) > 12
            except OSError:
                return False

    # ---- assay-milter ----

    @property
    def database(self):
        return self.dir / "state" / "assay.db"

    def write_config(self):
        state, run = self.dir / "state", self.dir / "run"
        nobody = pwd.getpwnam("nobody").pw_uid
        postfix_gid = pwd.getpwnam("postfix").pw_gid
        for folder in (state, run):
            folder.mkdir(exist_ok=True)
            os.chown(folder, nobody, postfix_gid)
            folder.chmod(0o750)
        lines = {
            "Socket": f'"{self.socket}"', "UMask": '"007"', "UserID": '"nobody:postfix"', "Syslog": "no",
            "AuthservID": AUTHSERV_ID, "Nameservers": f'{{"127.0.0.1@{self.dns_port}"}}', "DNSTimeout": "3",
            "Database": f'"{self.database}"', "IgnoreHosts": "{}",
        }
        lines.update(dict(o.split("=", 1) for o in self.options))
        path = self.dir / "assay.conf"
        path.write_text("".join(f"{k} = {v}\n" for k, v in lines.items()))
        return path

    def start_milter(self):
        conf = self.write_config()
        self.spawn("milter", [str(self.programs / "assay-milter"), "-f", "-c", str(conf)])
        kind, where = self.socket.split(":", 1)

        def up():
            if self.procs["milter"].poll() is not None:
                raise Failed("assay-milter did not start:\n" + self.log("milter"))
            with socket.socket(socket.AF_UNIX if kind == "unix" else socket.AF_INET) as s:
                try:
                    s.connect(where if kind == "unix" else ("127.0.0.1", int(where.split("@")[0])))
                    return True
                except OSError:
                    return False
        wait_for("assay-milter's socket", up)

    def assay(self, *args, check=True):
        """Runs the desk command against this host's configuration."""
        words = 2 if args[0] == "report" else 1
        argv = [str(self.programs / "assay"), *args[:words], "-c", str(self.dir / "assay.conf"), *args[words:]]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            raise Failed(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def log_line(self, queue_id):
        """assay-milter's line about one message."""
        def find():
            for line in self.log("milter").splitlines():
                if f"{queue_id}: dmarc=" in line:
                    return line
            return None
        return wait_for(f"the log line of {queue_id}", find, 5)

    def records(self):
        """Every record kept, by queue id (the last one if there are several)."""
        with sqlite3.connect(f"file:{self.database}?mode=ro", uri=True) as db:
            db.row_factory = sqlite3.Row
            return {row["queue_id"]: dict(row) for row in db.execute("SELECT * FROM message ORDER BY time_ms")}

    # ---- Postfix ----

    def start_postfix(self):
        home = self.dir / "postfix"
        home.mkdir()
        for name in ("postfix-files", "dynamicmaps.cf"):
            if pathlib.Path("/etc/postfix", name).exists():
                shutil.copy(f"/etc/postfix/{name}", home)
        for name in ("data", "queue", "mail"):
            (self.dir / name).mkdir(exist_ok=True)
        nobody = pwd.getpwnam("nobody")
        os.chown(self.dir / "data", pwd.getpwnam("postfix").pw_uid, -1)
        os.chown(self.dir / "mail", nobody.pw_uid, nobody.pw_gid)
        (home / "main.cf").write_text(f"""compatibility_level = 3.6
myhostname = {AUTHSERV_ID}
mydestination =
alias_maps =
local_recipient_maps =
queue_directory = {self.dir}/queue
data_directory = {self.dir}/data
maillog_file = {self.dir}/postfix.log
maillog_file_prefixes = {self.dir}
inet_interfaces = 127.0.0.1
inet_protocols = all
mynetworks = 127.0.0.0/8
smtpd_authorized_xclient_hosts = 127.0.0.0/8
smtpd_relay_restrictions = reject_unauth_destination
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
smtpd_client_connection_rate_limit = 0
smtpd_forbid_bare_newline = no
smtputf8_enable = yes
queue_run_delay = 5s
minimal_backoff_time = 5s
message_size_limit = 60000000
virtual_mailbox_limit = 0
virtual_mailbox_domains = {self.mailbox_domains}
virtual_mailbox_base = {self.dir}/mail
virtual_mailbox_maps = static:in/
virtual_uid_maps = static:{nobody.pw_uid}
virtual_gid_maps = static:{nobody.pw_gid}
virtual_minimum_uid = 1
smtpd_milters = {self.milters}
milter_default_action = tempfail
milter_protocol = 6
milter_connect_timeout = 10s
{self.main_cf}""")
        (home / "master.cf").write_text(f"""127.0.0.1:{self.smtp_port} inet n - {self.smtpd_chroot} - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
error unix - - n - - error
retry unix - - n - - error
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
proxymap unix - - n - - proxymap
tlsmgr unix - - n 1000? 1 tlsmgr
postlog unix-dgram n - n - 1 postlogd
{self.master_cf}""")
        done = subprocess.run([need("postfix"), "-c", str(home), "start"], capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise Failed(f"Postfix did not start: {done.stderr}{self.log('postfix')}")
        wait_for("Postfix", self.smtp_answers)

    def smtp_answers(self):
        try:
            with socket.create_connection(("127.0.0.1", self.smtp_port), 1) as s:
                return s.recv(100).startswith(b"220")
        except OSError:
            return False

    def session(self, ip="192.0.2.10", name="[UNAVAILABLE]", helo="mail.sender.example", login=""):
        """An SMTP session that Postfix takes to come from `ip`, and of a user who logged in as `login` (XCLIENT)."""
        smtp = smtplib.SMTP("127.0.0.1", self.smtp_port, local_hostname="localhost", timeout=120)
        smtp.ehlo()
        addr = f"IPV6:{ip}" if ":" in ip else ip
        code, text = smtp.docmd("XCLIENT", f"ADDR={addr} NAME={name}" + (f" LOGIN={login}" if login else ""))
        if code != 220:
            raise Failed(f"XCLIENT: {code} {text!r}")
        smtp.ehlo(helo)
        return smtp

    @staticmethod
    def submit(smtp, mail_from, data, rcpt=RCPT, options=()):
        """One message on an open session; the queue id Postfix gave it, or smtplib's error."""
        code, text = smtp.mail(mail_from, options)
        if code != 250:
            raise smtplib.SMTPSenderRefused(code, text, mail_from)
        code, text = smtp.rcpt(rcpt)
        if code != 250:
            raise smtplib.SMTPRecipientsRefused({rcpt: (code, text)})
        code, text = smtp.data(data)
        if code != 250:
            raise smtplib.SMTPDataError(code, text)
        return re.search(rb"queued as (\S+)", text).group(1).decode()

    def send(self, data, mail_from="", client=None, **more):
        smtp = self.session(**(client or {}))
        try:
            return self.submit(smtp, mail_from, data, **more)
        finally:
            smtp.close()

    def delivered(self, queue_id, seconds=20):
        """The message as it lies in the mailbox (bytes); found by the queue id in Postfix's Received field.

        Each file is read once, however many threads wait for theirs among thousands of messages.
        """
        def find():
            with self.files_lock:
                for path in (self.dir / "mail" / "in" / "new").glob("*"):
                    if path.name not in self.files_read:
                        self.files_read.add(path.name)
                        for found in re.findall(rb"\bid ([0-9A-Za-z]+)\b", path.read_bytes()[:200000]):
                            self.by_queue_id.setdefault(found.decode(), path)
                path = self.by_queue_id.get(queue_id)
            return path.read_bytes() if path else None
        return wait_for(f"delivery of {queue_id}", find, seconds)


def unfold(value):
    return re.sub(r"\r?\n[ \t]+", " ", value).strip()


def header_fields(message, name):
    """Values of every field called `name`, unfolded, top first."""
    head = message.replace(b"\r\n", b"\n").split(b"\n\n", 1)[0].decode("utf-8", "surrogateescape")
    fields = re.split(r"\n(?![ \t])", head)
    return [unfold(f.split(":", 1)[1]) for f in fields if ":" in f and f.split(":", 1)[0].strip().lower() == name.lower()]


def why_json(rig, key):
    return json.loads(rig.assay("why", "--json", key))
