#!/usr/bin/python3
"""The ways a Postfix may be set up around assay-milter: sockets, other milters, filters, and what SMTP can do.

usage: variants.py PROGRAMS_DIR [NAME …]      NAME: only tests whose name contains it

Each test has a host of its own.  Root on Debian, as tests/e2e/run.py.
"""

import os
import re
import shutil
import signal
import smtplib
import socketserver
import subprocess
import sys
import threading
import time

import rig as host
from letters import World, letter, sign, txt
from rig import Failed, Rig, free_port, header_fields, need, wait_for

GOOD = {"ip": "192.0.2.10", "helo": "mail.good.example"}
OURS = host.AUTHSERV_ID
FORGED = f"Authentication-Results: {OURS}; dmarc=pass header.from=forged.example\r\n"
ALONE = ['IgnoreHosts={"127.0.0.0/8", "::1"}', "IgnoreAuthenticatedClients=yes"]  # as installed

TESTS = []


def test(function):
    TESTS.append(function)
    return function


def expect(condition, what):
    if not condition:
        raise Failed(what)


def signed(world, subject="Invoice", extra=""):
    return sign(letter("ann@good.example", subject=subject, extra=extra), world.rsa, "good.example", "s1")


def stamps(message):
    return header_fields(message, "Authentication-Results")


def examined(rig, queue_id, **columns):
    """The message `queue_id` has our stamp on top, one only, a log line and a record."""
    found = stamps(rig.delivered(queue_id))
    expect(found and found[0].startswith(f"{OURS}; dmarc=pass"), f"{queue_id}: stamped {found}")
    expect(sum(f.startswith(OURS + ";") for f in found) == 1, f"{queue_id}: our name more than once: {found}")
    rig.log_line(queue_id)
    record = rig.records().get(queue_id)
    expect(record is not None and record["dmarc"] == "pass", f"{queue_id}: record {record}")
    for name, want in columns.items():
        expect(record[name] == want, f"{queue_id}: record {name} is {record[name]!r}, not {want!r}")
    return found


def counters(rig):
    """The counters that SIGUSR1 has logged, as {"messages": 3, …}."""
    before = rig.log("milter").count("milter: connections=")
    rig.procs["milter"].send_signal(signal.SIGUSR1)
    wait_for("the counters", lambda: rig.log("milter").count("milter: connections=") > before)
    line = rig.log("milter").rsplit("milter: connections=", 1)[1].split("\n")[0]
    return {k: int(v) for k, v in re.findall(r"(\w+)=(\d+)", "connections=" + line)}


def by_subject(rig, subject):
    """A message that was delivered, by its subject, which is all that sendmail(1) lets one know of it."""
    def find():
        for path in (rig.dir / "mail" / "in" / "new").glob("*"):
            if f"Subject: {subject}\n".encode() in path.read_bytes():
                return path.read_bytes()
        return None
    return wait_for(f"delivery of {subject!r}", find, 20)


# ---- sockets ----

@test
def socket_inside_the_chroot(rig, world):
    """As README has it: smtpd in its chroot, and with the patience that main.cf.assay shows for one milter alone."""
    folder = rig.dir / "queue" / "assay"
    folder.mkdir(parents=True)
    shutil.chown(folder, "nobody", "postfix")
    folder.chmod(0o2750)
    rig.socket = f"unix:{folder}/assay.sock"
    rig.milters = "{ unix:assay/assay.sock, default_action=tempfail, command_timeout=30s, content_timeout=2m }"
    rig.smtpd_chroot = "y"
    rig.start()
    examined(rig, rig.send(signed(world, extra=FORGED), "ann@good.example", GOOD), forged_headers=1)
    inside = [os.readlink(f"/proc/{pid}/root") for pid in processes("smtpd", str(rig.smtp_port), rig)]
    expect(inside and all(root == str(rig.dir / "queue") for root in inside), f"smtpd's root is {inside}")


def processes(name, argument, rig):
    """Process numbers of this host's Postfix's programs called `name` with `argument`."""
    master = int((rig.dir / "queue" / "pid" / "master.pid").read_text())
    found = []
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8") as cmdline, open(f"/proc/{pid}/stat", encoding="utf-8") as stat:
                words, parent = cmdline.read().split("\0"), int(stat.read().rsplit(")", 1)[1].split()[1])
        except OSError:
            continue
        if parent == master and words[0] == name and any(argument in word for word in words):
            found.append(int(pid))
    return found


@test
def inet_socket_on_loopback(rig, world):
    port = free_port()
    rig.socket = f"inet:{port}@127.0.0.1"
    rig.milters = f"inet:127.0.0.1:{port}"
    rig.start()
    examined(rig, rig.send(signed(world), "ann@good.example", GOOD))


@test
def clients_disabled_by_a_map_are_passed_by(rig, world):
    rig.main_cf = f"smtpd_milter_maps = cidr:{rig.dir}/milter_map\n"
    (rig.dir / "milter_map").write_text("192.0.2.10 DISABLE\n")
    rig.start()
    queue_id = rig.send(signed(world), "ann@good.example", GOOD)
    expect(not stamps(rig.delivered(queue_id)), "it is stamped")
    examined(rig, rig.send(signed(world), "ann@good.example", dict(GOOD, ip="192.0.2.11")))
    expect(counters(rig)["messages"] == 1, "Postfix asked us all the same")


# ---- mail of one's own ----

@test
def own_mail_is_left_alone(rig, world):
    """non_smtpd_milters beside smtpd_milters: sendmail(1), mail of this host, and of users who logged in."""
    rig.options = list(ALONE)
    rig.main_cf = f"non_smtpd_milters = {rig.milters}\n"
    rig.master_cf = "pickup unix n - n 60 1 pickup\n"
    rig.start()
    text = b"From: root@receiver.example\nSubject: from cron\n" + FORGED.replace("\r", "").encode() + b"\nIt ran.\n"
    subprocess.run([need("sendmail"), "-C", str(rig.dir / "postfix"), "-f", "root@receiver.example", host.RCPT],
                   input=text, check=True, timeout=60)
    expect(stamps(by_subject(rig, "from cron")) == [FORGED[FORGED.index(": ") + 2:].strip()], "it was changed")
    smtp = smtplib.SMTP("127.0.0.1", rig.smtp_port, timeout=60)
    local = rig.submit(smtp, "root@receiver.example", letter("root@receiver.example", subject="from this host"))
    smtp.quit()
    user = rig.send(letter("ann@receiver.example", subject="of a user"), "ann@receiver.example",
                    {"ip": "203.0.113.5", "helo": "laptop", "login": "ann"})
    for queue_id in (local, user):
        expect(not stamps(rig.delivered(queue_id)), f"{queue_id} is stamped")
    expect(counters(rig)["ignored"] == 3 and not rig.records(), f"{counters(rig)}, {rig.records()}")
    examined(rig, rig.send(signed(world), "ann@good.example", GOOD))


# ---- filters that hand the message back ----

class Filter(socketserver.ThreadingTCPServer):
    """A content filter as Postfix's FILTER_README has them: takes mail by SMTP, gives it back from `address`."""

    allow_reuse_address = daemon_threads = True

    def __init__(self, back, address):
        self.back, self.address = back, address
        super().__init__(("127.0.0.1", 0), FilterSession)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class FilterSession(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        sender, recipients = "", []
        self.say("220 filter ESMTP")
        for line in self.rfile:
            verb = line[:4].upper()
            if verb == b"MAIL":
                sender, recipients = re.search(rb"<(.*?)>", line).group(1).decode(), []
            elif verb == b"RCPT":
                recipients.append(re.search(rb"<(.*?)>", line).group(1).decode())
            elif verb == b"DATA":
                self.say("354 go on")
                lines = iter(self.rfile.readline, b".\r\n")
                data = b"".join(x[1:] if x.startswith(b".") else x for x in lines)
                with smtplib.SMTP("127.0.0.1", self.server.back, source_address=(self.server.address, 0), timeout=60) as s:
                    s.sendmail(sender, recipients, b"X-Filtered: yes\r\n" + data)
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            self.say("250 ok")


def behind_a_filter(rig, world, options, second):
    """A letter through a filter at 127.0.0.2; the queue ids before and behind it, and the message."""
    back = free_port()
    filtering = Filter(back, "127.0.0.2")
    rig.options += options
    rig.main_cf = f"content_filter = smtp:[127.0.0.1]:{filtering.server_address[1]}\n"
    rig.master_cf = (f"smtp unix - - n - - smtp\n127.0.0.1:{back} inet n - n - - smtpd\n"
                     f" -o content_filter= -o mynetworks=127.0.0.0/8 {second}\n")
    rig.start()
    first = rig.send(signed(world, subject="filtered", extra=FORGED), "ann@good.example", GOOD)
    message = by_subject(rig, "filtered")
    filtering.shutdown()
    expect(b"X-Filtered: yes" in message, "it did not come by the filter")
    found = stamps(message)
    expect(len(found) == 1 and found[0].startswith(f"{OURS}; dmarc=pass"), f"stamped {found}")
    expect(list(rig.records()) == [first], f"records of {list(rig.records())}, not of {first} alone")
    return counters(rig)


@test
def before_a_content_filter(rig, world):
    """As FILTER_README says: the second smtpd has no milters."""
    counts = behind_a_filter(rig, world, [], "-o receive_override_options=no_milters")
    expect(counts["messages"] == 1 and counts["ignored"] == 0, counts)


@test
def a_filter_that_hands_back_to_us_counts_once(rig, world):
    """Where the second smtpd has its milters on, IgnoreHosts holds the filter: on loopback it does as installed."""
    counts = behind_a_filter(rig, world, ALONE, "")
    expect(counts["messages"] == 1 and counts["ignored"] == 1, counts)


@test
def before_a_proxy_filter(rig, world):
    """What README warns of: an smtpd with smtpd_proxy_filter hands no message to its milters."""
    back = free_port()
    filtering = Filter(back, "127.0.0.2")
    rig.main_cf = f"smtpd_proxy_filter = 127.0.0.1:{filtering.server_address[1]}\n"
    rig.master_cf = (f"127.0.0.1:{back} inet n - n - - smtpd\n"
                     " -o smtpd_proxy_filter= -o smtpd_milters= -o mynetworks=127.0.0.0/8\n")
    rig.start()
    smtp = rig.session(**GOOD)
    smtp.sendmail("ann@good.example", [host.RCPT], signed(world, subject="proxied"))
    smtp.quit()
    message = by_subject(rig, "proxied")
    filtering.shutdown()
    expect(b"X-Filtered: yes" in message, "it did not come by the filter")
    expect(not stamps(message) and not rig.records(), f"stamped {stamps(message)}, records {rig.records()}")


@test
def attached_twice(rig, world):
    """smtpd_milters that names us twice: one stamp, one record, and a line that says so once."""
    rig.milters = f"{rig.socket}, {rig.socket}"
    rig.start()
    for n in range(5):
        queue_id = rig.send(signed(world, subject=f"twice {n}", extra=FORGED), "ann@good.example", GOOD)
        found = stamps(rig.delivered(queue_id))
        expect(len(found) == 1 and found[0].startswith(f"{OURS}; dmarc=pass"), f"stamped {found}")
        expect(rig.records()[queue_id]["forged_headers"] == 1, "our own stamp is counted as forged")
    expect(len(rig.records()) == 5 and counters(rig)["messages"] == 5, f"{len(rig.records())} records, {counters(rig)}")
    expect(rig.log("milter").count("hands messages to assay-milter twice") == 1, "it is not said once")


# ---- another milter ----

def start_opendkim(rig, name):
    """OpenDKIM as a verifier that writes Authentication-Results under `name`; its socket as Postfix names it."""
    port, conf = free_port(), rig.dir / "opendkim.conf"
    conf.write_text(f"Mode v\nSyslog no\nSocket inet:{port}@127.0.0.1\nAuthservID {name}\nAlwaysAddARHeader yes\n"
                    "UserID nobody\nBackground no\n")
    rig.spawn("opendkim", [need("opendkim"), "-f", "-x", str(conf)])

    def up():
        try:
            host.socket.create_connection(("127.0.0.1", port), 1).close()
            return True
        except OSError:
            return False
    wait_for("OpenDKIM: " + rig.log("opendkim"), up)
    return f"inet:127.0.0.1:{port}"


def beside_opendkim(rig, name, ours_first):
    """What fields a letter that is not signed has behind both milters."""
    other = start_opendkim(rig, name)
    rig.milters = f"{rig.milters}, {other}" if ours_first else f"{other}, {rig.milters}"
    rig.start()
    queue_id = rig.send(letter("ann@good.example", extra=FORGED), "ann@good.example", GOOD)
    found = stamps(rig.delivered(queue_id))
    rig.stop("opendkim", signal.SIGKILL)  # it takes five seconds over SIGTERM
    return found, rig.records()[queue_id]["forged_headers"]


@test
def behind_opendkim_under_another_name(rig, _world):
    found, forged = beside_opendkim(rig, "dkim.receiver.example", False)
    expect([f.split(";")[0] for f in found] == [OURS, "dkim.receiver.example"] and forged == 1, f"{found}, {forged}")


@test
def before_opendkim_under_another_name(rig, _world):
    found, forged = beside_opendkim(rig, "dkim.receiver.example", True)
    expect(sorted(f.split(";")[0] for f in found) == ["dkim.receiver.example", OURS] and forged == 1, f"{found}, {forged}")


@test
def behind_opendkim_under_our_name(rig, _world):
    """Last of those that write the name: ours stays, what the other wrote goes."""
    found, _forged = beside_opendkim(rig, OURS, False)
    expect(len(found) == 1 and "dmarc=pass" in found[0], found)


@test
def before_opendkim_under_our_name_is_what_readme_warns_of(rig, _world):
    found, _forged = beside_opendkim(rig, OURS, True)
    expect(not any("dmarc=" in f for f in found), f"OpenDKIM leaves our field now: README may say so: {found}")


# ---- what SMTP can do ----

@test
def smtputf8(rig, world):
    rig.zone_text += (txt("xn--bcher-kva.example", "v=spf1 ip4:192.0.2.10 -all")
                      + txt("_dmarc.xn--bcher-kva.example", "v=DMARC1; p=reject"))
    rig.start()
    data = letter("jürgen@bücher.example", subject="Grüße")
    queue_id = rig.send(data, "jürgen@bücher.example", GOOD, options=["SMTPUTF8", "BODY=8BITMIME"])
    found = examined(rig, queue_id, author_domain="xn--bcher-kva.example", mail_from_domain="xn--bcher-kva.example")
    expect("header.from=xn--bcher-kva.example" in found[0], found)
    for key in ("jürgen@bücher.example", "JÜRGEN@bücher.example", "ju\u0308rgen@BÜCHER.example", "bücher.example",
                "jürgen@xn--bcher-kva.example", "xn--bcher-kva.example"):
        wait_for(f"an answer about {key}", lambda: queue_id in rig.assay("why", key, check=False), 5)
    examined(rig, rig.send(signed(world), "ann@good.example", GOOD))


@test
def bdat(rig, world):
    rig.start()
    data = signed(world, extra=FORGED)
    smtp = rig.session(**GOOD)
    expect(smtp.has_extn("chunking"), "Postfix offers no CHUNKING")
    smtp.mail("ann@good.example", ["BODY=8BITMIME"])
    smtp.rcpt(host.RCPT)
    cuts = [0, 1, data.index(b"From:") + 3, data.index(b"\r\n\r\n") + 1, len(data) - 1, len(data)]
    for begin, end in zip(cuts, cuts[1:]):
        last = " LAST" if end == len(data) else ""
        smtp.send(f"BDAT {end - begin}{last}\r\n".encode() + data[begin:end])
        code, text = smtp.getreply()
        expect(code == 250, f"BDAT: {code} {text!r}")
    smtp.close()
    queue_id = re.search(rb"queued as (\S+)", text).group(1).decode()
    found = examined(rig, queue_id, dkim="pass good.example s1 rsa-sha256", forged_headers=1)
    expect("dkim=pass" in found[0], found)


@test
def a_hundred_recipients_are_one_message(rig, world):
    rig.start()
    smtp = rig.session(**GOOD)
    smtp.mail("ann@good.example")
    for n in range(100):
        code, text = smtp.rcpt(f"user{n}@receiver.example")
        expect(code == 250, f"{code} {text!r}")
    code, text = smtp.data(signed(world))
    smtp.close()
    queue_id = re.search(rb"queued as (\S+)", text).group(1).decode()
    examined(rig, queue_id, rcpts=100, rcpt_domain="receiver.example")
    expect(counters(rig)["messages"] == 1 and len(rig.records()) == 1, counters(rig))
    wait_for("100 copies", lambda: len(list((rig.dir / "mail" / "in" / "new").iterdir())) == 100, 30)


@test
def two_hundred_messages_in_a_connection(rig, world):
    """Begun and dropped ones among them: nothing of one message is told of the next."""
    rig.start()
    smtp = rig.session(**GOOD)
    before = counters(rig)["connections"]
    good, bare = signed(world), letter("ann@silent.example")
    ids, others = [], []
    for n in range(200):
        if n % 10 == 3:
            smtp.mail("x@elsewhere.example")
            smtp.rcpt(host.RCPT)
            smtp.rset()
        if n % 5 == 1:
            others.append(rig.submit(smtp, "ann@silent.example", bare))
        else:
            ids.append(rig.submit(smtp, "ann@good.example", good))
    smtp.quit()
    records = rig.records()
    wrong = [i for i in ids if records[i]["dmarc"] != "pass" or records[i]["mail_from_domain"] != "good.example"]
    wrong += [i for i in others if records[i]["dmarc"] != "none" or records[i]["mail_from_domain"] != "silent.example"]
    expect(len(records) == 200 and not wrong, f"{len(records)} records, wrong: {[records[i] for i in wrong[:2]]}")
    expect(counters(rig)["connections"] == before, f"{counters(rig)}, {before} connections before")


@test
def postfix_reloads_meanwhile(rig, world):
    rig.start()
    data, ids, failed, done = signed(world), [], [], threading.Event()

    def sender():
        while not done.is_set():
            try:
                smtp = rig.session(**GOOD)
                for _ in range(5):
                    ids.append(rig.submit(smtp, "ann@good.example", data))
                smtp.quit()
            except (smtplib.SMTPException, OSError, Failed) as why:
                failed.append(repr(why))
    threads = [threading.Thread(target=sender) for _ in range(4)]
    for thread in threads:
        thread.start()
    for _ in range(6):
        time.sleep(0.5)
        subprocess.run([need("postfix"), "-c", str(rig.dir / "postfix"), "reload"], capture_output=True, check=True)
    done.set()
    for thread in threads:
        thread.join()
    records = rig.records()
    expect(len(ids) > 50 and not failed, f"{len(ids)} accepted, failed: {failed[:3]}")
    bad = [i for i in ids if i not in records or records[i]["dmarc"] != "pass"]
    expect(not bad, f"{len(bad)} of {len(ids)} messages without a right record")
    expect(not re.search(r"\b(WARNING|ERROR)\b", rig.log("milter"), re.I), rig.log("milter")[-500:])


def main():
    if len(sys.argv) < 2:
        print(__doc__, file=sys.stderr)
        return 64
    if os.geteuid() != 0:
        print("variants: needs root (Postfix does); skipped")
        return 77
    world = World()
    chosen = [t for t in TESTS if not sys.argv[2:] or any(word in t.__name__ for word in sys.argv[2:])]
    failed = 0
    for function in chosen:
        began = time.monotonic()
        rig = Rig(sys.argv[1], world.zone, files=world.files)
        try:
            function(rig, world)
            verdict = "ok"
        except Exception as why:  # one test's failure must not hide the others
            failed += 1
            verdict = f"FAILED: {type(why).__name__}: {why}\n{rig.log('milter')[-2000:]}{rig.log('postfix')[-2000:]}"
        finally:
            rig.close()
        print(f"{function.__name__} ({time.monotonic() - began:.1f} s): {verdict}", flush=True)
    print(f"{len(chosen) - failed} passed, {failed} failed")
    return 1 if failed or not chosen else 0


if __name__ == "__main__":
    sys.exit(main())
