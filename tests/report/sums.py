#!/usr/bin/python3
"""Every report of a day against the records it was made of, by other means than the program's own.

usage: sums.py DATABASE SCHEMA [RECORDS_EXPECTED]

Reads the table of records and the reports' bodies with Python's sqlite3, gzip
and ElementTree, groups the records again in plain Python, and wants the same
rows with the same counts; xmllint checks each report against the schema.
"""

import collections
import gzip
import re
import sqlite3
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
import pathlib

NS = "{urn:ietf:params:xml:ns:dmarc-2.0}"
TYPES = ("local_policy", "mailing_list", "other", "policy_test_mode", "trusted_forwarder")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def shown(text):
    """What of a text a report can hold (RFC 9990: XML 1.0, UTF-8)."""
    text = NOT_XML.sub("", text)
    return re.sub("[\x7f-\x9f]", "", re.sub("[\t\r\n]", " ", text))


def reasons(record):
    found = []
    for item in record["overrides"].split(";"):
        kind, _, comment = item.partition(":")
        if kind.strip() in TYPES:
            found.append((kind.strip(), comment.strip()))
        elif found and found[-1][1]:
            found[-1] = (found[-1][0], found[-1][1] + ";" + item)
    if not found and record["dmarc"] == "temperror":
        found = [("other", "dmarc=temperror")]
    if not found and record["dmarc"] == "fail" and record["disposition"] != record["requested_policy"]:
        found = [("local_policy", "")]
    return tuple((kind, shown(comment)) for kind, comment in found)


def signatures(record):
    ranked = []
    for item in filter(None, record["dkim"].split("; ")):
        words = item.split(" ")
        if len(words) != 4 or "-" in words[1:3]:
            continue
        result, domain, selector, _ = words
        below = domain == record["org_domain"] or domain.endswith("." + record["org_domain"])
        rank = 3 if result != "pass" else 0 if domain == record["author_domain"] else 1 if below else 2
        ranked.append((rank, (shown(domain), shown(selector), result)))
    return tuple(s for _, s in sorted(ranked, key=lambda pair: pair[0])[:30])


def row_of_record(r):
    passed = r["dmarc"] == "pass"
    disposition = r["disposition"] if not passed else "none" if r["requested_policy"] == "none" else "pass"
    spf = (shown(r["spf_domain"]), r["spf"]) if r["spf"] and r["spf_domain"] else None
    return (r["client_ip"], disposition, "pass" if r["dkim_aligned"] else "fail", "pass" if r["spf_aligned"] else "fail",
            reasons(r), shown(r["author_domain"]), shown(r["mail_from_domain"]), signatures(r), spf)


def row_of_element(record):
    def text(path, node=record):
        found = node.find("/".join(NS + step for step in path.split("/")))
        return None if found is None else found.text or ""
    evaluated = "row/policy_evaluated/"
    reason = [(text("type", n), text("comment", n) or "") for n in record.iter(NS + "reason")]
    dkim = [(text("domain", n), text("selector", n), text("result", n))
            for n in record.findall(f"{NS}auth_results/{NS}dkim")]
    spf = None
    if text("auth_results/spf/domain") is not None:
        spf = (text("auth_results/spf/domain"), text("auth_results/spf/result"))
        assert text("auth_results/spf/scope") == "mfrom"
    return (text("row/source_ip"), text(evaluated + "disposition"), text(evaluated + "dkim"), text(evaluated + "spf"),
            tuple(reason), text("identifiers/header_from"), text("identifiers/envelope_from"), tuple(dkim), spf)


def policy_of_element(root):
    def text(name):
        found = root.find(f"{NS}policy_published/{NS}{name}")
        return "" if found is None else found.text or ""
    return tuple(text(n) for n in ("domain", "p", "sp", "np", "adkim", "aspf", "fo", "testing"))


def from_records(db, begin, end):
    want = collections.defaultdict(collections.Counter)
    names = [row[1] for row in db.execute("PRAGMA table_info(message)")]
    for values in db.execute("SELECT * FROM message WHERE time_ms >= ? AND time_ms < ? AND policy_rua > 0",
                             (begin * 1000, (end + 1) * 1000)):
        r = dict(zip(names, values))
        policy = tuple(r["policy_" + n] for n in ("domain", "p", "sp", "np", "adkim", "aspf", "fo", "testing"))
        want[policy][row_of_record(r)] += 1
    return want


def from_reports(db, schema):
    got, ids, names = {}, set(), set()
    with tempfile.TemporaryDirectory() as folder:
        files = []
        for report_id, domain, begin, end, messages, rows, filename, body in db.execute(
                "SELECT report_id, policy_domain, begin_s, end_s, messages, rows, filename, body FROM report"):
            xml = gzip.decompress(body)
            root = ET.fromstring(xml)
            files.append(pathlib.Path(folder, f"{report_id}.xml"))
            files[-1].write_bytes(xml)
            policy = policy_of_element(root)
            counted = collections.Counter()
            for record in root.findall(NS + "record"):
                counted[row_of_element(record)] += int(record.find(f"{NS}row/{NS}count").text)
            assert policy not in got, f"two reports about {policy}"
            got[policy] = counted
            assert sum(counted.values()) == messages and len(root.findall(NS + "record")) == rows, filename
            assert re.fullmatch("[0-9a-f]{32}", report_id) and report_id not in ids and filename not in names
            assert root.find(f"{NS}report_metadata/{NS}report_id").text == report_id
            assert filename.split("!")[1:] == [domain, str(begin), str(end), report_id + ".xml.gz"], filename
            ids.add(report_id)
            names.add(filename)
        for at in range(0, len(files), 200):
            check = subprocess.run(["xmllint", "--noout", "--schema", schema, *files[at:at + 200]],
                                   capture_output=True, text=True, check=False)
            assert check.returncode == 0, check.stderr
    return got


def main():
    db = sqlite3.connect(sys.argv[1])
    db.text_factory = lambda b: b.decode("utf-8", "surrogateescape")
    begin, end = db.execute("SELECT min(begin_s), max(end_s) FROM report").fetchone()
    want, got = from_records(db, begin, end), from_reports(db, sys.argv[2])
    for policy in sorted(set(want) | set(got)):
        a, b = want.get(policy, collections.Counter()), got.get(policy, collections.Counter())
        if a != b:
            print(f"{policy}:\n  records not reported {list((a - b).items())[:5]}\n  reported, no record {list((b - a).items())[:5]}")
            return 1
    messages = sum(sum(c.values()) for c in got.values())
    if len(sys.argv) > 3 and messages < int(sys.argv[3]):
        print(f"only {messages} messages are reported on")
        return 1
    print(f"{len(got)} reports, {sum(len(c) for c in got.values())} rows, {messages} messages: as the records say, valid by the schema")
    return 0


sys.exit(main())
