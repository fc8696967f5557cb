#!/usr/bin/python3
"""A real Sendmail, Debian's, with assay-milter attached as README says; contrib/sendmail-test makes the system for it.

usage: sendmail.py PROGRAMS_DIR [NAME …]      NAME: only tests whose name contains it

Never run it on a host that has mail of its own: it changes /etc/mail, /etc/assay, /run/assay and the network.
"""

import os
import pathlib
import re
import shutil
import signal
import smtplib
import subprocess
import sys
import time

import rig as host
from letters import World, letter, sign, txt
from rig import Failed, Rig, header_fields, wait_for

TOP = pathlib.Path(__file__).resolve().parent.parent.parent
SENDMAIL = "/usr/sbin/sendmail"
OURS = host.AUTHSERV_ID
GOOD, ESP, STRANGER = "192.0.2.10", "198.51.100.7", "203.0.113.66"
FORGED = f"Authentication-Results: {OURS}; dmarc=pass header.from=forged.example\r\n"
POLICY = """
rule refused { AuthorDomain = {refuse.rules.example} Action = reject }
rule held { AuthorDomain = {hold.rules.example} Action = quarantine }
rule later { AuthorDomain = {later.rules.example} Action = tempfail }
"""

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Failed(what)


def run(*argv, **more):
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=120, **more)
    if done.returncode != 0:
        raise Failed(f"{' '.join(argv)}: exit {done.returncode}: {done.stderr or done.stdout}")
    return done.stdout


def readme_line():
    """What README has one put into sendmail.mc."""
    return re.search(r"^ +(INPUT_MAIL_FILTER\(.*\))$", (TOP / "README").read_text(), re.M).group(1)


class Host(Rig):
    """The rig with Sendmail in Postfix's place, and everything at the paths that README names."""

    def __init__(self, programs, world):
        zone = world.zone + "good.example. A 192.0.2.10\n" + "".join(
            txt(f"_dmarc.{d}.rules.example", "v=DMARC1; p=reject") + f"{d}.rules.example. A 192.0.2.82\n"
            for d in ("refuse", "hold", "later"))
        zone += "".join(f"{d}. A 192.0.2.83\n" for d in ("receiver.example", "bounces.esp.example", OURS))
        super().__init__(programs, zone, files={})
        self.dns_port, self.smtp_port = 53, 25
        self.conf = pathlib.Path("/etc/assay")
        self.socket = "unix:/run/assay/assay.sock"
        self.settings = {}
        for name, text in dict(world.files, **{"policy.conf": POLICY}).items():
            self.conf.mkdir(exist_ok=True)
            (self.conf / name).write_text(text)

    # ---- the system ----

    def prepare(self):
        run("ip", "link", "set", "lo", "up")
        for address in (GOOD, ESP, STRANGER):
            run("ip", "addr", "add", address + "/32", "dev", "lo")
        pathlib.Path("/etc/resolv.conf").write_text("nameserver 127.0.0.1\n")
        run("systemd-sysusers", str(TOP / "contrib/systemd/assay.sysusers"))
        run("useradd", "--create-home", "desk")
        self.make_folders()
        pathlib.Path("/etc/mail/local-host-names").write_text(f"receiver.example\n{OURS}\n")
        access = pathlib.Path("/etc/mail/access")
        lines = [x for x in access.read_text().splitlines() if not re.match(r"Connect:192\.0\.2\b|(Greet|Client)\w+:\s", x)]
        access.write_text("\n".join(lines) + "\nGreetPause:\t0\nClientRate:\t0\nClientConn:\t0\n")
        with access.open() as text:
            run("makemap", "hash", "/etc/mail/access", stdin=text)
        run("newaliases")

    @staticmethod
    def make_folders():
        """As the service unit and tmpfiles.d make them."""
        for folder in ("/run/assay", "/var/lib/assay"):
            os.makedirs(folder, exist_ok=True)
            shutil.chown(folder, "assay", "assay")
            os.chmod(folder, 0o750)

    @property
    def database(self):
        return pathlib.Path("/var/lib/assay/assay.db")

    def close(self):
        if not self.dir.exists():
            return
        for name in list(self.procs):
            self.stop(name)
        shutil.rmtree(self.dir, ignore_errors=True)

    def write_config(self):
        lines = {"Syslog": "no", "AuthservID": OURS, "DNSTimeout": "3", **self.settings}
        (self.dir / "assay.conf").unlink(missing_ok=True)
        (self.dir / "assay.conf").symlink_to(self.conf / "assay.conf")
        (self.conf / "assay.conf").write_text("".join(f"{k} = {v}\n" for k, v in lines.items()))
        return self.conf / "assay.conf"

    def restart_milter(self, **settings):
        self.stop("milter")
        self.settings = settings
        self.start_milter()

    def start_sendmail(self, filter_line, extra=""):
        """Puts the line into Debian's sendmail.mc, makes sendmail.cf of it and starts the daemon, anew if it runs."""
        prototype = pathlib.Path("/etc/mail/sendmail.mc.debian")
        if not prototype.exists():
            shutil.copy("/etc/mail/sendmail.mc", prototype)
        ours = (f"define(`confQUEUE_LA', `1000')dnl\ndefine(`confREFUSE_LA', `1000')dnl\n"
                f"define(`confDELIVERY_MODE', `interactive')dnl\n{extra}{filter_line}\n")
        text = prototype.read_text().replace("MAILER_DEFINITIONS", ours + "MAILER_DEFINITIONS")
        pathlib.Path("/etc/mail/sendmail.mc").write_text(text)
        os.utime("/etc/mail/sendmail.cf", (0, 0))
        run("make", "-C", "/etc/mail")
        self.stop("sendmail")
        self.spawn("sendmail", [SENDMAIL, "-bD", "-q1m"])
        wait_for("Sendmail: " + self.log("sendmail"), self.smtp_answers, 30)

    # ---- mail ----

    def session(self, ip=GOOD, helo="mail.good.example"):
        smtp = smtplib.SMTP("127.0.0.1", 25, local_hostname=helo, source_address=(ip, 0), timeout=120)
        smtp.ehlo()
        return smtp

    def send(self, data, mail_from="ann@good.example", ip=GOOD, rcpt="desk@receiver.example", **more):
        """One message by SMTP; the queue id, or smtplib's error."""
        smtp = self.session(ip, **more)
        try:
            code, text = smtp.mail(mail_from)
            if code == 250:
                code, text = smtp.rcpt(rcpt)
            if code == 250:
                code, text = smtp.data(data)
            if code != 250:
                raise smtplib.SMTPDataError(code, text)
            return re.search(rb"(\S+) Message accepted", text).group(1).decode()
        finally:
            smtp.close()

    def refused(self, *args, **more):
        """(code, text) of the answer to a message that is not taken."""
        try:
            return "250", self.send(*args, **more)
        except smtplib.SMTPResponseException as answer:
            return str(answer.smtp_code), answer.smtp_error.decode()

    def mailbox(self):
        path = pathlib.Path("/var/mail/desk")
        return re.split(rb"(?m)^From [^\n]*\n", path.read_bytes())[1:] if path.exists() else []

    def delivered(self, queue_id, seconds=20):
        def find():
            return next((m for m in self.mailbox() if re.search(rb"\bid " + queue_id.encode() + rb"\b", m)), None)
        return wait_for(f"delivery of {queue_id}", find, seconds)

    def stamps(self, queue_id):
        return header_fields(self.delivered(queue_id), "Authentication-Results")


def signed(world, subject="Invoice", extra="", body="Dear desk,\r\n\r\n.\r\n..\r\nplease find it attached.\r\n"):
    return extra.encode() + sign(letter("ann@good.example", subject=subject, body=body), world.rsa, "good.example", "s1")


# ---- as installed ----

@test
def stamped_logged_recorded(box, world):
    queue_id = box.send(signed(world))
    found = box.stamps(queue_id)
    expect(len(found) == 1, found)
    for part in (f"{OURS}; dmarc=pass header.from=good.example", "spf=pass smtp.mailfrom=good.example",
                 "dkim=pass header.d=good.example", "iprev=pass policy.iprev=192.0.2.10"):
        expect(part in found[0], f"{part!r} is not in {found[0]!r}")
    expect(" dmarc=pass from=good.example " in box.log_line(queue_id), box.log_line(queue_id))
    record = box.records()[queue_id]
    want = {"client_ip": GOOD, "helo": "mail.good.example", "mail_from": "ann@good.example", "rcpts": 1,
            "rcpt_domain": "receiver.example", "spf_aligned": 1, "dkim_aligned": 1}
    expect({k: record[k] for k in want} == want, record)
    expect(queue_id in box.assay("why", queue_id), "assay why does not find it")


@test
def place_and_folding_of_the_stamp(box, world):
    """Above Sendmail's own Received and all that came with the message; lines no longer than 78, folded with a tab or blanks."""
    head = box.delivered(box.send(signed(world))).split(b"\n\n", 1)[0].decode()
    names = re.findall(r"(?m)^([\w-]+):", head)
    at = names.index("Authentication-Results")
    expect(at < names.index("Received") < names.index("DKIM-Signature") and at < names.index("From"), names)
    field = re.search(r"(?m)^Authentication-Results:.*(?:\n[ \t].*)*", head).group(0)
    lines = field.split("\n")
    expect(field.startswith(f"Authentication-Results: {OURS};") and len(lines) > 1 and
           all(len(line) <= 78 and line.strip() for line in lines) and "\r" not in field, repr(field))


@test
def forged_fields_are_removed(box, world):
    foreign = "mx.elsewhere.example; dkim=pass header.d=x.example"
    extra = (FORGED + f"authentication-RESULTS: {OURS.upper()} (x) ; dmarc=pass\r\n"
             f"Authentication-Results: {foreign}\r\n"
             f"Authentication-Results:\r\n\t{OURS}\r\n\t; dmarc=pass\r\n")
    queue_id = box.send(signed(world, extra=extra))
    found = box.stamps(queue_id)
    expect(found[1:] == [foreign] and "dmarc=pass header.from=good.example" in found[0], found)
    expect(" forged=3" in box.log_line(queue_id), box.log_line(queue_id))


@test
def signatures_survive_what_sendmail_hands_over(box, world):
    """Blanks at the beginning of values, folded and empty fields, 8-bit text, a body of a megabyte, an empty one."""
    odd = "X-A:no blank\r\nX-B:   three\r\nX-C: folded\r\n\tonce\r\n  and again\r\nX-D:\r\nX-E: \tgrüße\r\n"
    covered = [b"from", b"subject", b"x-a", b"x-b", b"x-c", b"x-d", b"x-e"]
    for canon in (b"simple", b"relaxed"):
        for body in ("x\r\n", "", "0123456789" * 7 + "\r\n.dot\r\n" + ("x" * 70 + "\r\n") * 15000):
            data = sign(letter("ann@good.example", extra=odd, body=body), world.rsa, "good.example", "s1",
                        canon=(canon, canon), headers=covered)
            queue_id = box.send(data)
            expect("dkim=pass" in box.stamps(queue_id)[0], f"{canon} {len(body)}: {box.stamps(queue_id)}")


@test
def macros_that_sendmail_gives(box, world):
    """What the log and the record know of a client is right: its address, verified name or none, and our name."""
    known = box.send(signed(world))
    expect("policy.iprev=192.0.2.10" in box.stamps(known)[0], box.stamps(known))
    expect(box.records()[known]["client_name"] == "mail.good.example", box.records()[known])
    liar = box.send(letter("x@silent.example"), "x@silent.example", STRANGER, helo="mail.good.example")
    expect("iprev=pass" not in box.stamps(liar)[0], box.stamps(liar))
    expect(box.records()[liar]["client_ip"] == STRANGER, box.records()[liar])
    box.restart_milter(AuthservID='""')
    try:
        expect(box.stamps(box.send(signed(world)))[0].startswith(OURS + ";"), "the name out of {j}")
    finally:
        box.restart_milter()


@test
def null_sender_and_several_messages_in_a_session(box, world):
    smtp, ids = box.session(), []
    for n in range(20):
        if n % 5 == 2:
            smtp.mail("other@bounces.esp.example")
            smtp.rcpt("desk@receiver.example")
            smtp.rset()
        code, text = smtp.mail("" if n % 2 else "ann@good.example")
        smtp.rcpt("desk@receiver.example")
        smtp.rcpt("root@receiver.example")
        code, text = smtp.data(signed(world, subject=f"number {n}"))
        expect(code == 250, text)
        ids.append(re.search(rb"(\S+) Message accepted", text).group(1).decode())
    smtp.quit()
    records = box.records()
    for n, queue_id in enumerate(ids):
        got = records[queue_id]
        want = ("pass", "" if n % 2 else "ann@good.example", "helo" if n % 2 else "mfrom", 2)
        expect((got["dmarc"], got["mail_from"], got["spf_scope"], got["rcpts"]) == want, f"{n}: {got}")


def by_bs(text):
    """One message to sendmail -bs, which speaks SMTP on its standard input, a line at a time."""
    with subprocess.Popen([SENDMAIL, "-Am", "-bs"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as smtp:
        for line in ("", "EHLO localhost", "MAIL FROM:<root>", "RCPT TO:<desk@receiver.example>", "DATA",
                     text.replace("\n", "\r\n") + ".", "QUIT"):
            if line:
                smtp.stdin.write(line + "\r\n")
                smtp.stdin.flush()
            reply = smtp.stdout.readline()
            while reply[3:4] == "-":
                reply = smtp.stdout.readline()
            expect(reply[:1] in ("2", "3"), f"{line}: {reply}")


@test
def mail_of_this_host_is_left_alone(box, _world):
    """By sendmail(1), which goes to the daemon by SMTP from loopback; by -bs; and queued without SMTP, past all milters."""
    before = len(box.records())
    text = f"Subject: {{}}\n{FORGED.strip()}\n\nIt ran.\n"
    run(SENDMAIL, "desk@receiver.example", input=text.format("from cron"))
    run(SENDMAIL, "-Am", "desk@receiver.example", input=text.format("directly"))
    by_bs(text.format("by bs"))

    def all_there():
        found = {s: m for m in box.mailbox() for s in ("from cron", "directly", "by bs") if f"Subject: {s}".encode() in m}
        return found if len(found) == 3 else None
    for subject, message in wait_for("mail of this host", all_there, 30).items():
        found = header_fields(message, "Authentication-Results")
        expect(found == [FORGED.split(": ", 1)[1].strip()], f"{subject}: {found}")
    expect(len(box.records()) == before, "it has records")


@test
def clients_that_logged_in(box, _world):
    conf = pathlib.Path("/etc/mail/sasl/Sendmail.conf.2")
    pathlib.Path("/usr/lib/sasl2").mkdir(exist_ok=True)
    for path in (conf, pathlib.Path("/usr/lib/sasl2/Sendmail.conf"), pathlib.Path("/etc/sasl2/Sendmail.conf")):
        path.parent.mkdir(exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text("pwcheck_method: auxprop\nauxprop_plugin: sasldb\nmech_list: PLAIN LOGIN\n")
    run("saslpasswd2", "-p", "-c", "-u", OURS, "ann", input="secret")
    os.chmod("/etc/sasldb2", 0o600)
    shutil.chown("/etc/sasldb2", "root", "root")
    box.start_sendmail(readme_line(), "TRUST_AUTH_MECH(`PLAIN LOGIN')dnl\ndefine(`confAUTH_MECHANISMS', `PLAIN LOGIN')dnl\n")

    def post(subject):
        smtp = box.session(STRANGER, "laptop")
        smtp.login(f"ann@{OURS}", "secret")
        smtp.mail("ann@receiver.example")
        smtp.rcpt("desk@receiver.example")
        code, text = smtp.data(letter("ann@receiver.example", subject=subject))
        smtp.close()
        expect(code == 250, text)
        return re.search(rb"(\S+) Message accepted", text).group(1).decode()
    try:
        queue_id = post("logged in")
        expect(not box.stamps(queue_id) and queue_id not in box.records(), box.stamps(queue_id))
        box.restart_milter(IgnoreAuthenticatedClients="no")
        queue_id = post("logged in and examined")
        expect("auth=pass" in box.stamps(queue_id)[0], box.stamps(queue_id))
    finally:
        box.restart_milter()
        box.start_sendmail(readme_line())


# ---- where the site enforces ----

@test
def refused_held_put_off(box, _world):
    box.restart_milter(Enforce="yes", HelpText='"see https://help.receiver.example/mail 100%"')
    try:
        for domain, code, xcode in (("refuse", "550", "5.7.26"), ("later", "451", "4.7.1")):
            author = f"ann@{domain}.rules.example"
            got, text = box.refused(letter(author), author, STRANGER)
            record = [r for r in box.records().values() if r["author_domain"] == author[4:]][-1]
            expect(got == code and text.startswith(xcode + " "), f"{got} {text}")
            expect(f"reference {record['ref']}; see https://help.receiver.example/mail 100%" in text, text)
        author = "ann@hold.rules.example"
        queue_id = box.send(letter(author), author, STRANGER)
        held = run("mailq", "-qQ")
        expect(queue_id in held and "QUARANTINE" in held.upper(), held)
        expect(box.records()[queue_id]["disposition"] == "quarantine", box.records()[queue_id])
        expect(not any(queue_id.encode() in m for m in box.mailbox()), "it was delivered")
        run(SENDMAIL, f"-qI{queue_id}", "-qQ", "-Q")  # lets it go
        run(SENDMAIL, f"-qI{queue_id}")
        expect("dmarc=fail" in box.stamps(queue_id)[0], box.stamps(queue_id))
    finally:
        box.restart_milter()


# ---- while we do not answer ----

@test
def names_that_do_not_answer(box, world):
    with host.socket.socket(host.socket.AF_INET, host.socket.SOCK_DGRAM) as mute:
        mute.bind(("127.0.0.1", 0))
        box.restart_milter(Nameservers='{"127.0.0.1@%d"}' % mute.getsockname()[1])
        try:
            began = time.monotonic()
            found = box.stamps(box.send(signed(world)))
            took = time.monotonic() - began
        finally:
            box.restart_milter()
    for part in ("spf=temperror", "dkim=temperror", "dmarc=temperror"):
        expect(part in found[0], f"{part} is not in {found}")
    expect(took < 15, f"the message waited {took:.1f} s where DNSTimeout is 3")


def while_away(box, world, line, away):
    """What becomes of a message while we are `away`, with this line in sendmail.mc; then everything as before."""
    box.start_sendmail(line)
    try:
        away(box)
        began = time.monotonic()
        got, text = box.refused(signed(world))
        return got, text, time.monotonic() - began
    finally:
        if "milter" in box.procs:
            signal_all(box, signal.SIGCONT)
            box.stop("milter")
        box.make_folders()
        box.start_milter()


def signal_all(box, sig):
    """To the daemon and its worker."""
    pid = box.procs["milter"].pid
    for one in [*map(int, run("pgrep", "-P", str(pid)).split()), pid]:
        os.kill(one, sig)


def stopped(box):
    box.stop("milter")


def folder_taken_away(box):
    box.stop("milter")
    shutil.rmtree("/run/assay")


def killed(box):
    signal_all(box, signal.SIGKILL)
    box.procs.pop("milter").wait()


def away_since_sendmail_began(box):
    folder_taken_away(box)
    box.stop("sendmail")
    box.spawn("sendmail", [SENDMAIL, "-bD", "-q1m"])
    wait_for("Sendmail", box.smtp_answers, 30)


def hanging(box):
    signal_all(box, signal.SIGSTOP)


def told(line, flag):
    """README's line as it is, or with the flag that it names."""
    return line.replace(", T=", f", {flag}, T=") if flag else line


def waits_or_passes(box, world, line, away, seconds):
    for flag in ("F=T", ""):
        code, text, took = while_away(box, world, told(line, flag), away)
        what = f"{away.__name__} {flag}: {code} {text} after {took:.1f} s"
        expect(took < seconds, what)
        if flag:
            expect((code, text[:5]) == ("451", "4.3.2"), what)
        else:
            expect(code == "250" and not box.stamps(text), what)


@test
def without_us_mail_passes_or_waits_as_the_line_says(box, world):
    for away in (stopped, folder_taken_away, killed, away_since_sendmail_began):
        waits_or_passes(box, world, readme_line(), away, 10)


@test
def hanging_is_waited_for_as_the_line_says(box, world):
    waits_or_passes(box, world, re.sub(r"T=[^')]*", "T=C:3s;S:3s;R:3s;E:6s", readme_line()), hanging, 20)


@test
def readme_and_assay_m4_agree(_box, _world):
    text = (TOP / "contrib/sendmail/assay.m4").read_text()
    expect([x for x in text.splitlines() if x.startswith("INPUT")] == [readme_line() + "dnl"], text)


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    if os.path.exists("/run/systemd/system") or not os.path.exists("/usr/share/sendmail/cf"):
        print("sendmail: this needs a system of its own with Sendmail in it: contrib/sendmail-test makes one; skipped")
        return 77
    world = World()
    chosen = [t for t in TESTS if not sys.argv[2:] or any(word in t.__name__ for word in sys.argv[2:])]
    failed = 0
    box = Host(sys.argv[1], world)
    try:
        box.prepare()
        box.start_dns()
        box.start_milter()
        box.start_sendmail(readme_line())
        for function in chosen:
            began = time.monotonic()
            try:
                function(box, world)
                verdict = "ok"
            except Exception as why:  # one test's failure must not hide the others
                failed += 1
                verdict = f"FAILED: {type(why).__name__}: {why}"
            print(f"{function.__name__} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
        if failed:
            print(box.log("milter")[-3000:] + box.log("sendmail")[-2000:])
    finally:
        box.close()
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
