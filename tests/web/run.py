#!/usr/bin/python3
"""The pages as they run: usage: run.py BUILD [SOURCE].  Ends with "N passed, N failed".

Roles and clients over HTTP, hostile text, slow and greedy visitors, the keeper's death; then a real headless Chromium.
"""

import contextlib
import datetime
import html
import html.parser
import http.client
import json
import pathlib
import re
import resource
import shutil
import socket
import sqlite3
import sys
import threading
import time
import traceback

import rig
from browser import ENTER, TAB, Browser
from rig import Site, Visitor

HERE = pathlib.Path(__file__).resolve().parent
COUNTS = {"passed": 0, "failed": 0}
HOSTILE = "\"><script>alert('x')</script><img src=x onerror=alert(1)> javascript:alert(1) \u202egnp.exe \u200b\ufeff {{x}} %00 ' \\"


def check(what, good, detail=""):
    COUNTS["passed" if good else "failed"] += 1
    if not good:
        print(f"FAIL {what} {str(detail)[:1500]}", flush=True)


class Links(html.parser.HTMLParser):
    """Addresses and balance of a page."""

    EMPTY = {"meta", "link", "br", "input", "img", "hr", "col", "wbr", "path", "rect", "circle", "line"}

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.links, self.stack, self.wrong, self.words = set(), [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        names = [k for k, _ in attrs]
        if len(names) != len(set(names)) or any(k.startswith("on") or k == "style" for k in names) or tag == "script":
            self.wrong.append((tag, names))
        self.links.update(v for k, v in attrs if k in ("href", "action") and v)
        if tag not in self.EMPTY:
            self.stack.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.links.update(v for k, v in attrs if k in ("href", "action") and v)

    def handle_endtag(self, tag):
        if not self.stack or self.stack.pop() != tag:
            self.wrong.append(tag)

    def handle_data(self, data):
        self.words.append(data)


# ---- who may what ----

GETS = {  # path: roles that get a page; others 404
    "/": "all", "/clients": "all", "/client/alpha": "alpha", "/domain/alpha.example": "alpha", "/words": "all", "/account": "all",
    "/source/alpha.example/mailchimp": "alpha", "/received": "all", "/episode/EPAAAAAA": "alpha",
    f"/report/alpha/{rig.MONTH}": "alpha", f"/report/alpha/{rig.MONTH}/read": "alpha", f"/report/alpha/{rig.MONTH}/text": "alpha",
    f"/report/alpha/{rig.MONTH}/pdf": "alpha", "/reports": "all", "/episodes": "all", "/exceptions": "all", "/exception/1": "alpha", "/client/alpha/checklist": "desk of alpha",
    "/messages": "staff", "/message/q/4cAA0000Qz": "desk of alpha", "/sent": "staff", "/health": "staff", "/accounts": "admin"}
POSTS = ["/signout", "/source/alpha.example/hubspot", "/find", "/account", "/accounts", "/episode/EPAAAAAA", "/exceptions", "/domain/alpha.example"]


def may(who, name):
    role, clients = rig.ACCOUNTS[name]
    return {"all": True, "staff": role != "client", "admin": role == "admin", "alpha": clients in ("", "alpha"),
            "desk of alpha": role != "client" and clients in ("", "alpha")}[who]


def roles(site, visitors):
    for path, who in GETS.items():
        answer = Visitor(site).get(path)
        check(f"{path} without signing in leads to it", answer.status == 303 and answer.headers["Location"].startswith("/signin"), answer.status)
        for name, v in visitors.items():
            answer = v.get(path)
            good = answer.status in (200, 303) if may(who, name) else answer.status == 404
            check(f"{path} as {name}", good, f"{answer.status} {answer.text[-600:]}")
            check(f"{path} as {name}: sound HTML", answer.status == 303 or "html" not in answer.headers["Content-Type"] or not (x := Links(answer.text)).wrong and not x.stack)
    for path in POSTS:
        check(f"POST {path} without a session", Visitor(site).post(path, {"q": "x"}).status == 403)
        check(f"POST {path} from another site", visitors["adam"].post(path, {"q": "x"}, Origin="https://evil.example").status == 403)
        check(f"POST {path} from another site, as browsers say", visitors["adam"].post(path, {"q": "x"}, **{"Sec-Fetch-Site": "cross-site"}).status == 403)
        if path != "/find":
            check(f"POST {path} without its token", visitors["adam"].post(path, {"act": "others", "status": "unknown"}).status == 403)
            check(f"POST {path} with another session's token",
                  visitors["adam"].post(path, {"act": "others", "status": "unknown", "token": visitors["ann"].token()}).status == 403)
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE"):
        check(f"{method} is refused", site.request(method, "/").status == 405)


def changing(site, visitors):
    form = {"status": "pending", "owner": "Zoe", "ticket": "HD-7", "note": "asked <b>", "was_status": "unknown", "was_owner": "",
            "was_ticket": "", "was_note": ""}
    path = "/source/alpha.example/hubspot"
    for name in ("vic", "alma", "nora"):
        answer = visitors[name].post(path, {**form, "token": visitors[name].token()})
        check(f"{name} may not change a source", answer.status in (403, 404), answer.status)
    ann = visitors["ann"]
    answer = ann.post(path, {**form, "token": ann.token()})
    check("an operator may", answer.status == 303 and answer.headers["Location"] == path + "?done=saved", answer.status)
    page = ann.get(path).text
    check("and it is so", "Pending" in page and "asked &lt;b&gt;" in page and "HD-7" in page and ">ann<" in page, [w in page for w in ("Pending", "asked &lt;b&gt;", "HD-7", ">ann<")])
    answer = ann.post(path, {**form, "token": ann.token()})
    check("what was changed meanwhile is not overwritten", answer.status == 409 and "meanwhile" in answer.text, answer.status)
    answer = ann.post("/source/alpha.example/brevo", {**form, "status": "approved", "owner": "", "was_status": "pending", "token": ann.token()})
    check("approving without an owner is refused with its reason", answer.status == 400 and "owner" in answer.text and 'value="approved" checked' in answer.text)
    check("an error keeps what was typed", "HD-7" in answer.text)


def text_of(answer):
    return " ".join("".join(Links(answer.text).words).split())


def episode(site, visitors):
    """A note, a ticket and the end, by who may; the end is refused while mail speaks against it, and no reason is given."""
    path, ann = "/episode/EPAAAAAA", visitors["ann"]

    def send(name, act, text, **more):
        return visitors[name].post(path, {"act": act, "text": text, "token": visitors[name].token(), **more})

    for name, want in (("vic", 404), ("alma", 404), ("nora", 404), ("otto", 404)):
        for act in ("note", "ticket", "close"):
            answer = send(name, act, "sneaked in", was_ticket="T-canaryalpha", force="1")
            check(f"{name} may not {act} an episode", answer.status == want, answer.status)
    page = ann.get(path)
    check("nothing of that was written", "sneaked in" not in page.text and "T-canaryalpha" in page.text)
    check("a client sees no form", "<form" not in visitors["alma"].get(path).text.split("<main")[1])
    answer = send("ann", "note", "asked <b>them</b>\r\nby mail")
    check("an operator notes", answer.status == 303 and answer.headers["Location"] == path + "?done=note", answer.status)
    page = ann.get(path + "?done=note")
    check("and it stands there, with who", "asked <b>them</b> by mail" in text_of(page) and ">ann<" in page.text and "Noted." in page.text)
    answer = send("ann", "note", "  ")
    check("an empty note is refused with its reason", answer.status == 400 and "The note is missing." in answer.text, answer.status)
    answer = send("ann", "note", "x" * 501)
    check("one too long is refused, and kept in its field", answer.status == 400 and "shorten it" in answer.text and "x" * 501 in answer.text, answer.status)
    check("a ticket", send("ann", "ticket", "HD-99", was_ticket="T-canaryalpha").status == 303)
    answer = send("ann", "ticket", "HD-100", was_ticket="T-canaryalpha")
    check("a ticket that was changed meanwhile stays", answer.status == 409 and "meanwhile" in answer.text and "HD-99" in answer.text, answer.status)
    check("the page says why it may not be closed", "Not yet: " in text_of(ann.get(path)) and "our own mail of" in text_of(ann.get(path)), text_of(ann.get(path)))
    for what, form in (("", {}), ("with a reason alone", {"text": "done"}), ("by force alone", {"force": "1"})):
        answer = send("ann", "close", **{"text": "", **form})
        check(f"closing against the test {what}: refused with why", answer.status == 400 and "Not yet: our own mail" in answer.text, answer.status)
    answer = send("ann", "close", "the client knows", force="1")
    check("by force and with a reason it is closed", answer.status == 303 and answer.headers["Location"] == path + "?done=close", answer.status)
    page = ann.get(path)
    check("its history has the closure note", "Root cause dkim-unaligned" in text_of(page) and "the client knows" in page.text and "May it be closed?" not in page.text)
    check("it is closed once", send("ann", "close", "again", force="1").status == 409)
    check("not among the open ones", "EPAAAAAA" not in ann.get("/episodes").text and "EPAAAAAA" in ann.get("/episodes?state=all").text)
    check("what is unknown is refused", send("ann", "reopen", "x").status == 400 and ann.post("/episode/EPNONE", {"act": "note", "text": "x", "token": ann.token()}).status == 404)
    with contextlib.closing(sqlite3.connect(site.dir / "data" / "assay.db", timeout=60)) as db, db:
        db.execute("UPDATE episode SET state = 'open', closed_day = 0 WHERE ref = 'EPAAAAAA'")


def exceptions(site, visitors):
    """A risk is written down, renewed and taken out by who may, and never over what another wrote meanwhile."""
    ann, until = visitors["ann"], "2199-12-31"
    form = {"act": "add", "domain": "alpha.example", "source": "hubspot", "risk": "its mail <fails>", "owner": "Jo", "reason": "no time", "until": until}

    def send(name, **more):
        return visitors[name].post("/exceptions", {**form, "token": visitors[name].token(), **more})

    for name, want in (("vic", 404), ("alma", 404), ("nora", 404), ("otto", 400)):
        check(f"{name} may not accept a risk of alpha", send(name).status == want, send(name).status)
    check("nothing of that was written", "its mail &lt;fails&gt;" not in ann.get("/exceptions").text)
    for what, more, why in (("without a risk", {"risk": " "}, "The risk is missing."), ("of nobody's domain", {"domain": "gmail.example"}, "No client"),
                            ("of no domain", {"domain": "a..b"}, "not a domain name"), ("until yesterday", {"until": "2020-01-01"}, "over already"),
                            ("until no day", {"until": "soon"}, "is no day")):
        answer = send("ann", **more)
        check(f"{what}: refused, and what was typed is kept", answer.status == 400 and why in answer.text and "no time</textarea>" in answer.text, f"{answer.status} {answer.text[-3000:]}")
    page = ann.get("/exceptions?domain=alpha.example&source=hubspot")
    check("the form takes domain and source of the address", 'name="source" value="hubspot"' in page.text and 'name="domain" value="alpha.example"' in page.text)
    check("an operator writes one down", send("ann").status == 303)
    check("another is not written over it", send("ann").status == 409)
    page = visitors["alma"].get("/exceptions")
    number = re.search(r'href="/exception/(\d+)">its mail &lt;fails&gt;', page.text)
    check("its client sees it", number is not None and "<form" not in page.text.split("<main")[1], page.text[-2000:])
    number = number.group(1)
    one = ann.get(f"/exception/{number}")
    check("it has a page", "its mail <fails>" in text_of(one) and f'name="was" value="{number}"' in one.text and 'value="2199-12-31"' in one.text)
    check("which others do not see", visitors["otto"].get(f"/exception/{number}").status == 404 and visitors["bert"].get(f"/exception/{number}").status == 404)
    answer = send("ann", was=number, reason="", until="2198-01-01")
    check("renewing without a reason is refused on that page", answer.status == 400 and "The reason is missing." in answer.text and 'value="2198-01-01"' in answer.text, answer.status)
    check("renewed", send("ann", was=number, until="2198-01-01").status == 303)
    check("the old one is not renewed again", send("ann", was=number).status == 409)
    newer = re.search(r'href="/exception/(\d+)">its mail &lt;fails&gt;', ann.get("/exceptions").text).group(1)
    check("taken out by who may", send("otto", act="remove", was=newer).status == 404 and send("ann", act="remove", was=newer).status == 303)
    check("and it is gone from the list", "its mail &lt;fails&gt;" not in ann.get("/exceptions").text and "taken out by ann" in text_of(ann.get(f"/exception/{newer}")))
    for bad in ("0", "x", "99999999999", "-1"):
        check(f"/exception/{bad} is not there", ann.get(f"/exception/{bad}").status == 404)


def approval(site, visitors):
    """Who at the client agreed to the next policy."""
    path, ann = "/domain/alpha.example", visitors["ann"]
    stage = re.search(r'name="stage" value="([^"]+)"', ann.get(path).text).group(1)
    form = {"approver": "Jo <CEO>", "day": "2026-01-02", "ticket": "HD-5", "stage": stage}
    for name, want in (("vic", 404), ("alma", 404), ("nora", 404), ("otto", 404)):
        check(f"{name} may not note an approval", visitors[name].post(path, {**form, "token": visitors[name].token()}).status == want)
    for what, more, status in (("of nobody", {"approver": ""}, 400), ("of a day to come", {"day": "2199-01-01"}, 400), ("of no day", {"day": "1"}, 400),
                               ("of another policy", {"stage": "p=reject"}, 409)):
        answer = ann.post(path, {**form, **more, "token": ann.token()})
        check(f"an approval {what} is refused", answer.status == status and "That was not taken" in answer.text and 'value="HD-5"' in answer.text, answer.status)
    answer = ann.post(path, {**form, "token": ann.token()})
    check("an operator notes it", answer.status == 303 and answer.headers["Location"] == path + "?done=approve", answer.status)
    check("it stands on the page, the ticket for staff alone", "Jo <CEO>" in text_of(ann.get(path)) and "ticket HD-5" in text_of(ann.get(path)) and
          "Jo <CEO>" in text_of(visitors["alma"].get(path)) and "HD-5" not in visitors["alma"].get(path).text)


def tenants(site, visitors):
    """As a client (and as a viewer of one client) everything that can be reached holds no canary of the other."""
    for name, canary in (("alma", "canarybeta"), ("bert", "canaryalpha"), ("nora", "canarybeta"), ("otto", "canaryalpha")):
        v, other = visitors[name], "beta" if canary == "canarybeta" else "alpha"
        todo, seen = ["/"], set()
        todo += [f"/client/{other}", f"/client/{other}/checklist", f"/domain/{other}.example", f"/source/{other}.example/mailchimp", f"/domain/{other}-parked.example",
                 f"/message/q/4cBB0000Qz", f"/episode/EP{other[0].upper()}AAAAA", f"/report/{other}/{rig.MONTH}", f"/report/{other}/{rig.MONTH}/text",
                 f"/report/{other}/{rig.MONTH}/pdf", f"/episodes?client={other}", f"/exceptions?client={other}", f"/reports?client={other}",
                 "/episodes?state=all", "/exceptions", "/exception/1", "/exception/2", "/received/1", "/received/60", "/sent", "/messages", "/health"]
        while todo and len(seen) < 400:
            path = todo.pop()
            if path in seen or path.startswith(("/signout", "/style", "/mark")):
                continue
            seen.add(path)
            answer = v.get(path)
            if answer.status == 303:
                todo.append(answer.headers["Location"])
            if canary in answer.text or f"{other}.example" in answer.text.replace(path, ""):
                check(f"{name} sees nothing of {other} at {path}", False, answer.text)
            if "html" in answer.headers["Content-Type"]:
                todo += [l.split("#")[0] for l in Links(answer.text).links if l.startswith("/")]
            if "." not in path.rsplit("/", 1)[-1].replace(".example", "") and answer.status == 200:
                bare = path.split("?")[0].rstrip("/") or "/today"
                todo += [bare + ".csv", bare + ".json"] + [f"{bare}.json?table={t}" for t in re.findall(r'id="t-(\w+)"', answer.text)]
        check(f"{name}: the crawl reached pages", len(seen) > 20, len(seen))
        own = "alpha" if other == "beta" else "beta"
        draft = v.get(f"/report/{own}/{rig.MONTH}/text?edition=2")
        check(f"{name} reads his own report", f"canary{own}" in v.get(f"/report/{own}/{rig.MONTH}/text").text)
        check(f"{name} sees drafts as his role may", ("draftcanary" in draft.text) == (rig.ACCOUNTS[name][0] != "client"), draft.status)
        answer = v.post("/find", {"q": f"{other}.example"})
        check(f"{name} finds nothing of {other}", canary not in answer.text and answer.status in (200, 404), answer.status)


def hostile(site, visitors):
    ann = visitors["adam"]
    pages = ["/", "/messages", "/message/HH22HH22", "/message/HH22HH22.json", "/messages.csv"]
    for path in pages:
        answer = ann.get(path)
        check(f"{path} with hostile text", answer.status == 200, f"{answer.status} {answer.text[-500:]}")
        if "html" in answer.headers["Content-Type"]:
            x = Links(answer.text)
            check(f"{path} stays sound", not x.wrong and not x.stack, x.wrong)
            check(f"{path} leads nowhere else", all(l.startswith(("/", "#", "https://")) for l in x.links), x.links)
    text = "".join(Links(ann.get("/message/HH22HH22").text).words)
    check("the text read back is the text put in", "<script>alert('x')</script>" in text and "\\u202E" in text and "\\u200B" in text)
    rows = ann.get("/message/HH22HH22.json").text
    check("JSON of it can be read", isinstance(json.loads(rows), dict))
    for q in (HOSTILE, "=cmd|' /C calc'!A0", "%", "a" * 4000, "\n" * 4000, "<>@<>", "@" * 200):
        answer = ann.post("/find", {"q": q})
        check("find takes anything", answer.status in (200, 303, 400), answer.status)
    for path, status in (("/%00", 400), ("/%ff", 400), ("/%", 400), ("/%zz", 400), ("/a/%2e%2e/%2e%2e/etc/passwd", 404), ("/?" + "a=b&" * 100, 400),
                         ("/?a=b", 400), ("/domain/" + "x" * 3000, 400), ("/domain/%22%3E%3Cscript%3E", 400), ("/source/a..b/mailchimp", 400), ("/clients?days=0", 400),
                         ("/clients?days=99999999999", 400), ("/clients?days=%00", 400), ("/message/q/'%20OR%201=1", 404)):
        answer = ann.get(path)
        check(f"{path[:40]} is answered {status}", answer.status == status, answer.status)
        check(f"{path[:40]} says no more than it should", "<script>" not in answer.text)
    for path in ("/clients?days=0", "/clients?nothing=1", "/episodes?band=worst", "/episodes?band=not%20judged", "/episodes?workflow=x", "/episodes?state=x",
                 f"/report/alpha/{rig.MONTH}?edition=0", f"/report/alpha/{rig.MONTH}?edition=x", "/messages?after=x",
                 "/episodes?sort=nothing", "/episodes?sort=-", "/clients?sort=parts", "/messages?sort=time", "/episodes?rows=0", "/episodes?rows=1001",
                 "/episodes?rows=x", "/episodes?domain=a..b", "/exceptions?domain=%3Cx", "/received?domain=x%20y", "/sent?domain=a..b", "/episodes?after=-1", "/domain/alpha.example?from=2026-11-31", "/domain/alpha.example?from=2026-01-01&days=7",
                 "/domain/alpha.example?from=2199-01-01&to=2199-01-02", "/domain/alpha.example?from=2026-10-02&to=2026-10-01", "/clients?from=2020-01-01",
                 "/received?to=yesterday", "/clients?from=1&to=1", "/account?sort=name"):
        answer = ann.get(path)
        check(f"{path[:40]} is refused", answer.status == 400, answer.status)
    check("a table that is not on the page is not found", ann.get("/clients.csv?table=nothing").status == 404 and ann.get("/clients?table=nothing").status == 404)


def rows_of(v, path, table):
    """The rows of a page's table as people see them, and the links of its headings."""
    text = v.get(path).text.split(f'id="t-{table}"')[1].split("</section>")[0]
    rows = re.findall(r"<tr>(.*?)</tr>", text.split("<tbody>")[1], re.S)
    return [html.unescape(re.sub(r"<span class=.small.>.*?</span>|<[^>]*>", "", re.search(r"<th.*?</th>", r, re.S).group(0))) for r in rows], text


def ordered(site, visitors):
    """A table by any of its columns, a part of it, other days: as the address says, and the files have the same rows."""
    v, path = visitors["adam"], "/domain/alpha.example"
    usual, text = rows_of(v, path, "sources")
    check("headings order", 'href="/domain/alpha.example?sort=-messages#t-sources"' in text and 'href="/domain/alpha.example?sort=source#t-sources"' in text, text[:1500])
    for sort in ("messages", "-messages", "source", "-source", "confirmed", "status"):
        seen, text = rows_of(v, f"{path}?sort={sort}", "sources")
        got = json.loads(v.get(f"{path}.json?table=sources&sort={sort}").text)["sources"]
        csv = v.get(f"{path}.csv?table=sources&sort={sort}").text.splitlines()[1:]
        key = sort.lstrip("-")
        want = sorted(got, key=lambda r, k=key: r[k] if isinstance(r[k], int) else r[k].lower(), reverse=sort[0] == "-") if key != "confirmed" else got
        check(f"by {sort}", [r[key] for r in got] == [r[key] for r in want] and len(got) == len(usual), got)
        check(f"by {sort}: page, JSON and CSV have the same rows", [c.split(",")[0].strip('"') for c in csv] == [r["source"] for r in got] and len(seen) == len(got), (seen, csv))
        check(f"by {sort}: the heading says so", f'aria-sort="{"descending" if sort[0] == "-" else "ascending"}"' in text and f'table=sources&amp;sort={sort}"' not in text)
    share = [float(r["confirmed"] or -1) for r in json.loads(v.get(f"{path}.json?table=sources&sort=-confirmed").text)["sources"]]
    check("shares by their value", share == sorted(share, reverse=True) and len(set(share)) > 1, share)
    first, text = rows_of(v, f"{path}?sort=source&rows=2", "sources")
    second, more = rows_of(v, f"{path}?sort=source&rows=2&after=2", "sources")
    everything, _ = rows_of(v, f"{path}?sort=source", "sources")
    check("a part of it, and the next", first + second == everything[:4] and "Rows 1 to 2 of" in re.sub("<[^>]*>", "", text), (first, second, everything))
    check("with links to the next and the earlier", "sort=source&amp;rows=2&amp;after=2#t-sources" in text and "Next rows" in text and "Earlier rows" in more, text[-900:])
    files = [json.loads(v.get(f"{path}.json?table=sources&sort=source&rows=2&after=2").text), v.get(f"{path}.csv?table=sources&sort=source&rows=2&after=2").text]
    check("the files have that part", [r["source"] for r in files[0]["sources"]] == [c.split(",")[0].strip('"') for c in files[1].splitlines()[1:]] and
          len(files[0]["sources"]) == 2 and files[0]["left_off"], files)
    check("beyond the end there is nothing", json.loads(v.get(f"{path}.json?table=sources&after=999").text)["sources"] == [])
    text = v.get(f"{path}?table=causes&sort=-messages").text
    check("another table of the page", "table=causes&amp;sort=messages#t-causes" in text and 'href="/domain/alpha.example.csv?table=sources"' in text and
          'href="/domain/alpha.example.csv?sort=-messages&amp;table=causes"' in text)
    check("bands by how bad they are", [r["band"] for r in json.loads(v.get("/clients.json?sort=-band").text)["clients"]][0] == "escalate")
    days = {"7": "days=7", "28": "days=28"}
    today = datetime.datetime.now(datetime.timezone.utc).date()
    for n, q in days.items():
        named = f"from={today - datetime.timedelta(days=int(n) - 1)}&to={today}"
        check(f"from and to are {n} days", json.loads(v.get(f"{path}.json?table=sources&{q}").text) == json.loads(v.get(f"{path}.json?table=sources&{named}").text))
    past = f"from={today - datetime.timedelta(days=20)}&to={today - datetime.timedelta(days=15)}"
    one, all_of = (sum(r["messages"] for r in json.loads(v.get(f"{path}.json?table=sources&{q}").text)["sources"]) for q in (past, "days=28"))
    check("days that are over", 0 < one < all_of and str(today - datetime.timedelta(days=15)) in v.get(f"{path}?{past}").text, (one, all_of))
    got = json.loads(v.get(f"/received.json?{past}&rows=1000").text)["received"]
    check("received reports of those days", 0 < len(got) == 12, len(got))
    check("and of one client", len(json.loads(v.get(f"/received.json?{past}&client=beta").text)["received"]) == 6 and visitors["otto"].get("/received?client=alpha").status == 404)


def many(site, visitors):
    """More rows than a page has: it says so, and what is chosen is chosen before that."""
    pages = ("/episodes", "/exceptions", "/reports")
    with contextlib.closing(sqlite3.connect(site.dir / "data" / "assay.db", timeout=60)) as db:
        def put(table, **other):
            names = [c[1] for c in db.execute(f"PRAGMA table_info({table})") if c[1] != "id"]
            values = ", ".join(other.get(n, n) for n in names)
            db.execute(f"WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 501) INSERT INTO {table} ({', '.join(names)})"
                       f" SELECT {values} FROM k, (SELECT * FROM {table} WHERE client = 'alpha' LIMIT 1)")
        before = {t: db.execute(f"SELECT coalesce(max(id), 0) FROM {t}").fetchone()[0] for t in ("episode", "exception", "client_report")}
        with db:
            put("episode", ref="'MANY' || i", band="CASE i WHEN 501 THEN 2 ELSE 4 END", opened_day="opened_day - (i = 501)", messages="i * 7919 % 601",
                since_day="since_day - i % 50")
            put("exception", source="'many' || i")
            put("client_report", edition="edition + 100 + i", pdf="NULL")
            db.execute("INSERT INTO client_report_mail SELECT id, '', 1 FROM client_report WHERE id > ?", (before["client_report"],))
        for name in ("adam", "alma"):
            v = visitors[name]
            for page in pages:
                rows = json.loads(v.get(page + ".json").text)
                whole = len(rows[page[1:]])
                check(f"{page}.json has {name} all rows", whole > 501 and not rows["left_off"], whole)
                first, text = rows_of(v, page, page[1:])
                check(f"{page} says to {name} that there is more, and leads there", f"Rows 1 to 500 of {whole}" in re.sub("<[^>]*>", "", text) and
                      f'href="{page}?after=500#t-{page[1:]}">Next rows' in text, text[-600:])
                rest, text = rows_of(v, page + "?after=500", page[1:])
                check(f"{page}: the next page has {name} the rest", len(first) == 500 and len(rest) == whole - 500 and f'href="{page}#t-{page[1:]}">Earlier rows' in text,
                      (len(first), len(rest)))
                cut = json.loads(v.get(page + ".json?rows=100&after=100").text)
                check(f"{page}.json is cut as the address says", cut["left_off"] and cut[page[1:]] == rows[page[1:]][100:200])
                part, all_of_it = v.get(page + ".csv?rows=100&after=100"), v.get(page + ".csv")
                check(f"{page}.csv that is not all of it says so to {name} in its name, and to programs in a field",
                      f'filename="{page[1:]}-rows-101-to-200.csv"' in part.headers["Content-Disposition"] and part.headers["X-Assay-Left-Off"] == "true" and
                      f'filename="{page[1:]}.csv"' in all_of_it.headers["Content-Disposition"] and all_of_it.headers["X-Assay-Left-Off"] == "false",
                      (part.headers["Content-Disposition"], all_of_it.headers["Content-Disposition"]))
            for key in ("domain", "messages", "since", "ticket"):
                for sort, reverse in ((key, False), (f"-{key}", True)):
                    got = [e[key] for e in json.loads(v.get(f"/episodes.json?state=all&sort={sort}").text)["episodes"]]
                    check(f"{name} orders episodes by {sort}", got == sorted(got, reverse=reverse) and (key in ("domain", "ticket") or len(set(got)) > 40),
                          got[:5] + got[-5:])
            check(f"{name} orders by no column that is not there", v.get("/episodes?sort=-nothing").status == 400)
            rows = json.loads(v.get("/episodes.json?band=watch").text)
            check(f"{name} finds a band that stands behind 500 others", len(rows["episodes"]) == 1 and not rows["left_off"], rows)
        last = db.execute("SELECT max(id) FROM source_change").fetchone()[0]
        with db:
            db.execute("WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 60) INSERT INTO source_change (time_ms, who, domain, source, field,"
                       " old, new) SELECT i, 'many', 'alpha.example', 'mailchimp', 'note', i, i + 1 FROM k")
        text = visitors["adam"].get("/source/alpha.example/mailchimp").text.split('id="t-changes"')[1].split("</section>")[0]
        check("a history that is cut says so", re.search("There are more: the first [0-9,]+ are listed, here and in files.", text), text[-500:])
        with db:
            db.execute("DELETE FROM source_change WHERE id > ?", (last,))
            db.execute("DELETE FROM client_report_mail WHERE report > ?", (before["client_report"],))
            for table, last in before.items():
                db.execute(f"DELETE FROM {table} WHERE id > ?", (last,))


# ---- bounds ----

def raw(site, data, wait=3):
    s = socket.create_connection((rig.ADDRESS, site.port))
    s.settimeout(wait)
    s.sendall(data)
    got = b""
    try:
        while chunk := s.recv(65536):
            got += chunk
            if b"\r\n\r\n" in got and not data.startswith(b"POST"):
                break
    except (TimeoutError, ConnectionError):
        pass
    s.close()
    return got


def bounds(site, visitors):
    head = f"Host: {rig.ADDRESS}\r\n".encode()
    began = time.monotonic()
    got = raw(site, b"POST /signin HTTP/1.1\r\n" + head + b"Content-Length: 135000000\r\n\r\n" + b"x" * 1000)
    check("a body of 135 MB is refused at once", b" 413 " in got[:20] and time.monotonic() - began < 3, got[:100])
    check("a body without its length is refused", b" 411 " in raw(site, b"POST /signin HTTP/1.1\r\n" + head + b"Transfer-Encoding: chunked\r\n\r\n")[:20])
    check("an address of 20 KB is refused", raw(site, b"GET /" + b"a" * 20000 + b" HTTP/1.1\r\n" + head + b"\r\n")[9:12] in (b"414", b"431"))
    check("a header of 100 KB is refused", raw(site, b"GET / HTTP/1.1\r\n" + head + b"X: " + b"a" * 100000 + b"\r\n\r\n")[9:12] in (b"431", b"400", b""))
    check("nonsense is refused", raw(site, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")[9:12] in (b"400", b""))
    answer = site.request("GET", "/signin")
    check("the policy allows no script", "default-src 'none'" in answer.headers["Content-Security-Policy"] and "script" not in answer.headers["Content-Security-Policy"])
    for field, value in (("X-Content-Type-Options", "nosniff"), ("Referrer-Policy", "no-referrer"), ("Cache-Control", "no-store")):
        check(f"{field}", answer.headers[field] == value, answer.headers[field])
    answer = Visitor(site).post("/signin", {"name": "ann", "password": rig.PASSWORD, "to": "//evil.example/"})
    check("signing in leads nowhere else", answer.headers["Location"] == "/", answer.headers["Location"])
    cookie = answer.headers["Set-Cookie"]
    check("the cookie is guarded", "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Path=/" in cookie, cookie)


def proxied(site, visitors):
    """Signed in by the web server in front: with its key, by one name, that has an account of that kind."""
    site.run("assay", "account", "-c", site.conf, "add", "--role", "client", "--clients", "alpha", "--proxy", "petra")
    key, name = ("X-Assay-Key", rig.PROXY_KEY), ("X-Remote-User", "petra")
    answer = site.by_proxy("/clients", [name, key])
    check("by proxy: signed in with its key", answer.status == 200 and "petra" in answer.text and "canarybeta" not in answer.text, answer.status)
    check("by proxy: a client's account is a client's", site.by_proxy("/messages", [name, key]).status == 404)
    for what, fields in (("without the key", [name]), ("with another key", [name, ("X-Assay-Key", rig.PROXY_KEY + "x")]), ("with an empty key", [name, ("X-Assay-Key", "")]),
                         ("without a name", [key]), ("with two names", [name, ("X-Remote-User", "adam"), key]), ("as nobody here", [("X-Remote-User", "eve"), key]),
                         ("as an account with a password", [("X-Remote-User", "adam"), key])):
        answer = site.by_proxy("/clients", fields)
        check(f"by proxy {what}: refused", answer.status == 403 and "canary" not in answer.text and "Set-Cookie" not in answer.headers, answer.status)
    answer = site.request("GET", "/clients", headers=[name, key])
    check("the same words of a visitor's own mean nothing", answer.status == 303 and answer.headers["Location"].startswith("/signin"), answer.status)
    answer = site.by_proxy("/clients", [("X-Remote-User", "eve"), key, ("Cookie", f"{site_cookie(site)}={visitors['adam'].cookie}")])
    check("by proxy another's cookie does not count", answer.status == 403, answer.status)


def site_cookie(site):
    return Visitor(site, "ann").take(Visitor(site).post("/signin", {"name": "ann", "password": rig.PASSWORD})).headers["Set-Cookie"].split("=")[0]


def dripping(site, visitors):
    """Many who send a byte now and then hold nobody up, and are gone in time."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], 4096), limit[1]))
    socks = []
    for _ in range(1000):
        s = socket.create_connection((rig.ADDRESS, site.port))
        s.sendall(b"GET / HTTP/1.1\r\nX-Slow: ")
        socks.append(s)
    began, times, gone = time.monotonic(), [], None
    while time.monotonic() - began < 14:
        for s in socks:
            try:
                s.send(b"a")
            except OSError:
                pass
        start = time.monotonic()
        status = visitors["ann"].get("/words").status
        times.append((time.monotonic() - start, status))
        if len(times) > 8 and gone is None:
            gone = sum(1 for s in socks if hung_up(s))
        time.sleep(1)
    check("pages are served meanwhile", all(status == 200 for _, status in times), times)
    check("and quickly", sorted(t for t, _ in times)[len(times) // 2] < 1, times)
    closed = sum(1 for s in socks if hung_up(s))
    check("who drips is gone after his ten seconds", closed == len(socks), f"{closed} of {len(socks)}")
    for s in socks:
        s.close()


def hung_up(s):
    s.setblocking(False)
    try:
        return s.recv(65536) == b""
    except BlockingIOError:
        return False
    except OSError:
        return True


def keeper_dies(site, visitors):
    site.stop("keeper")
    answer = visitors["ann"].get("/clients")
    check("without the keeper: 503, said", answer.status == 503 and "not possible now" in answer.text, answer.status)
    answer = Visitor(site).post("/signin", {"name": "ann", "password": rig.PASSWORD})
    check("nobody signs in meanwhile", answer.status == 503, answer.status)
    site.start("keeper", "assay-keeper", "-c", site.conf)
    for _ in range(100):
        if visitors["ann"].get("/clients").status == 200:
            break
        time.sleep(.05)
    check("sessions outlive it", visitors["ann"].get("/clients").status == 200)
    mode = (site.dir / "data" / "keeper.db").stat().st_mode & 0o777
    check("nobody else reads the accounts", mode == 0o600, oct(mode))
    check("the log has no secrets", rig.PASSWORD not in site.log() + site.log("keeper") and not re.search(r"/link/[0-9a-f]", site.log()))


# ---- the browser ----

def seen_pages(site, v):
    ref = re.search(r"/message/([A-Z0-9]{8})", v.get("/messages?result=fail").text).group(1)
    return {"today": "/", "clients": "/clients", "client": "/client/alpha", "checklist": "/client/alpha/checklist", "domain": "/domain/alpha.example",
            "source": "/source/alpha.example/mailchimp", "messages": "/messages", "message": f"/message/{ref}", "received": "/received",
            "sent": "/sent", "episodes": "/episodes?state=all", "episode": "/episode/EPAAAAAA", "exceptions": "/exceptions", "exception": "/exception/1", "reports": "/reports",
            "report": f"/report/alpha/{rig.MONTH}", "client-report": f"/report/alpha/{rig.MONTH}/read", "health": "/health", "words": "/words",
            "account": "/account", "accounts": "/accounts", "missing": "/nothing", "wrong": "/clients?days=3"}


def looks(site, b, v, name, views):
    rules = (HERE / "a11y.js").read_text()
    b.cookie("assay", v.cookie, rig.ADDRESS)
    for page, path in seen_pages(site, v).items():
        for view in views:
            b.view(view)
            b.log()
            b.open(site.base + path)
            b.run("document.querySelectorAll('details:not(.who)').forEach(d => d.open = true)")
            check(f"{page} {view} as {name}: accessible", not (x := b.run(rules)), x)
            check(f"{page} {view} as {name}: nothing the policy refused", not (x := [m for m in b.log() if "Content Security" in m or "Refused" in m]), x)
    b.view("light")


def keyboard(site, b):
    b.open(site.base + "/")
    b.keys(TAB)
    check("Tab reaches the skip link first", b.run("return document.activeElement.className") == "skip")
    b.keys(ENTER)
    check("and Enter goes to the page", b.url().endswith("#main"))
    reached = set()
    for _ in range(60):
        b.keys(TAB)
        reached.add(b.run("const e = document.activeElement; return e.tagName + ' ' + (e.id || e.textContent.slice(0, 20))"))
    check("keys reach the search field and the items", "INPUT q" in reached and any("Mailchimp fails" in x for x in reached), reached)
    b.open(site.base + "/")
    b.type("#q", "alpha.example" + ENTER)
    b_wait(b, lambda: "/domain/alpha.example" in b.url())
    check("a domain in the search field leads to its page", "/domain/alpha.example" in b.url(), b.url())


def b_wait(b, probe):
    for _ in range(100):
        if probe():
            return
        time.sleep(.05)


def tickets(site, b, v):
    """Ten tickets of a desk, each answered within two clicks from the start page."""
    ref = re.search(r"/message/([A-Z0-9]{8})", v.get("/messages?result=fail").text).group(1)
    queue_id = "4cAA0000Qz"

    def find(text):
        b.open(site.base + "/")
        b.run("document.getElementById('q').value = arguments[0]", text)
        b.run("document.querySelector('.bar form[role=search]').submit()")
        b_wait(b, lambda: b.url() != site.base + "/")

    def click(*words):
        b.open(site.base + "/")
        for w in words:
            b.click_text(w)

    def answered(what, *wanted):
        text = b.text()
        check(f"ticket: {what}", all(w in text for w in wanted), [w for w in wanted if w not in text])

    find(ref)
    answered("a reference out of a bounce: what now, whose", "What to do now", "Whose is the next step?", "Is the source approved?")
    find(queue_id)
    answered("a queue id: is it confirmed", "DMARC pass", "it is confirmed to be from alpha.example")
    find("550-5.7.515 Access denied, sending domain alpha.example does not meet the required level")
    answered("ours bounce with 5.7.515: what it means, and which source", "5.7.515", "Microsoft", "Mailchimp", "Next step")
    click("Mailchimp fails for alpha.example")
    answered("a service's mail does not arrive: why, since when, next", "signed, but not by the domain", "Next:", "Vendor set-up")
    click("HubSpot sends for alpha.example")
    answered("a new service bounces: is it wanted, who decides", "Decide", "unknown", "Business owner")
    click("Somebody writes in the name of alpha.example")
    answered("strangers answer mail that we never sent", "Forged", "unauthorized", "Treat the message as forged")
    find("alpha.example")
    answered("our mail lands in spam: what is confirmed, what is the policy", "Confirmed, 7 days", "Policy", "What is wrong")
    find("news@alpha.example")
    answered("an address: what came from it", "Messages found", "Mailchimp")
    find("198.51.100.7")
    answered("a host: what it sent", "Messages found")
    find(f"<0.canaryalpha@alpha.example>: Message-ID of {queue_id}")
    answered("a header: the message, and the answer for the caller", "Answer for the caller")


def browser(site, visitors):
    if shutil.which("chromedriver") is None and not pathlib.Path("/usr/bin/chromedriver").exists():
        check("chromium-driver is installed", False)
        return
    with Browser() as b:
        looks(site, b, visitors["adam"], "adam", ("light", "dark", "phone", "print"))
        keyboard(site, b)
        tickets(site, b, visitors["adam"])
        b.open(site.base + "/message/HH22HH22")
        check("hostile text starts nothing", not b.log() and b.run("return document.images.length") == 0)
    with Browser() as b:
        b.cookie("assay", visitors["alma"].cookie, rig.ADDRESS)
        for page in ("/client/alpha", "/domain/alpha.example", "/source/alpha.example/mailchimp"):
            for view in ("light", "phone"):
                b.view(view)
                b.open(site.base + page)
                check(f"{page} {view} as a client: accessible", not (x := b.run((HERE / "a11y.js").read_text())), x)
    with Browser(javascript=False) as b:
        b.open(site.base + "/signin")
        b.type("#name", "ann")
        b.type("#password", rig.PASSWORD + ENTER)
        b_wait(b, lambda: b.url() == site.base + "/")
        check("signing in works without JavaScript", b.url() == site.base + "/", b.url())
        b.type("#q", "4cAA0000Qz" + ENTER)
        b_wait(b, lambda: "/message/" in b.url())
        check("and searching", "/message/q/4cAA0000Qz" in b.url(), b.url())


def main():
    build = pathlib.Path(sys.argv[1]).resolve()
    source = pathlib.Path(sys.argv[2]) if len(sys.argv) > 2 else HERE.parent.parent
    if not (build / "assay-web").exists():
        print("assay-web was not built")
        sys.exit(77)
    site = Site(build, source, hostile=HOSTILE)
    try:
        site.make_accounts()
        visitors = {name: Visitor(site, name) for name in rig.ACCOUNTS}
        steps = [roles, changing, episode, exceptions, approval, tenants, hostile, ordered, many, bounds, proxied, dripping, keeper_dies, browser]
        wanted = sys.argv[3:]
        for step in [s for s in steps if not wanted or s.__name__ in wanted]:
            began = time.monotonic()
            try:
                step(site, visitors)
            except Exception:  # the others are run all the same
                check(step.__name__, False, traceback.format_exc())
            print(f"{step.__name__}: {time.monotonic() - began:.1f} s", flush=True)
        for name in ("web", "keeper"):
            check(f"assay-{name} lives to the end, and ends well", site.stop(name) == 0)
        check("sanitizers have nothing to say", not re.search(r"Sanitizer|runtime error", site.log() + site.log("keeper")), site.log()[-3000:])
    finally:
        site.close()
    print(f"{COUNTS['passed']} passed, {COUNTS['failed']} failed")
    sys.exit(1 if COUNTS["failed"] else 0)


main()
