#!/usr/bin/env python3
"""make-files.py FOLDER: writes the files that the reader's own test reads; the same bytes every time."""
import base64
import gzip
import io
import pathlib
import sys
import zipfile

out = pathlib.Path(sys.argv[1])
META = ('<report_metadata><org_name>%s</org_name><email>noreply@receiver.example</email><report_id>%s</report_id>'
        '<date_range><begin>1700000000</begin><end>1700086399</end></date_range></report_metadata>'
        '<policy_published><domain>acme.example</domain><adkim>r</adkim><aspf>r</aspf><p>none</p></policy_published>')
ROW = ('<record><row><source_ip>192.0.2.1</source_ip><count>2</count><policy_evaluated><disposition>none</disposition>'
       '<dkim>pass</dkim><spf>fail</spf>%s</policy_evaluated></row><identifiers><header_from>acme.example</header_from>'
       '</identifiers><auth_results><dkim><domain>acme.example</domain><selector>s1</selector><result>pass</result></dkim>'
       '<spf><domain>mail.example.net</domain><result>pass</result></spf></auth_results></record>')


def report(org="Receiver", ident="r1", rows=ROW % "", root="<feedback>", end="</feedback>"):
    return '<?xml version="1.0"?>\n' + root + META % (org, ident) + rows + end + "\n"


def gz(text):
    return gzip.compress(text if isinstance(text, bytes) else text.encode(), mtime=0)


def zipped(*files):
    b = io.BytesIO()
    with zipfile.ZipFile(b, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in files:
            z.writestr(zipfile.ZipInfo(name, (2026, 1, 2, 3, 4, 6)), text)
    return b.getvalue()


def b64(data):
    return base64.encodebytes(data if isinstance(data, bytes) else data.encode()).decode()


HEAD = "From: %s\r\nTo: rua@acme.example\r\nSubject: %s\r\nMessage-ID: <m1@receiver.example>\r\nDate: Thu, 16 Nov 2023 00:10:00 +0000\r\nMIME-Version: 1.0\r\n"


def mail(parts, kind="mixed", sender="noreply@receiver.example",
         subject="Report Domain: acme.example Submitter: receiver.example Report-ID: <r1>"):
    text = HEAD % (sender, subject) + 'Content-Type: multipart/%s; boundary="b"\r\n\r\n' % kind
    for head, body in parts:
        text += "--b\r\n" + "".join(h + "\r\n" for h in head) + "\r\n" + body.replace("\n", "\r\n") + "\r\n"
    return text + "--b--\r\n"


def attached(type_, name, data):
    return (["Content-Type: %s; name=\"%s\"" % (type_, name), "Content-Transfer-Encoding: base64",
             "Content-Disposition: attachment; filename=\"%s\"" % name], b64(data))


TEXT = (["Content-Type: text/plain"], "This is an aggregate report.\n")
NAME = "receiver.example!acme.example!1700000000!1700086399"
SAMPLE = ("Received: from mx.sender.example (mx.sender.example [192.0.2.7]) by in.receiver.example with ESMTP; Thu, 16 Nov 2023 00:00:01 +0000\n"
          "DKIM-Signature: v=1; a=rsa-sha256; d=sender.example; s=k1; h=from; bh=x; b=y\n"
          "From: Ann <ann@acme.example>\nTo: secret@receiver.example\nSubject: a private matter\n"
          "Date: Thu, 16 Nov 2023 00:00:00 +0000\nMessage-ID: <x1@sender.example>\n")
ARF = ("Feedback-Type: auth-failure\nUser-Agent: Receiver/1.0\nVersion: 1\nOriginal-Mail-From: <ann@acme.example>\n"
       "Original-Rcpt-To: <secret@receiver.example>\nArrival-Date: Thu, 16 Nov 2023 00:00:01 +0000\nSource-IP: 192.0.2.7 (mx.sender.example)\n"
       "Reported-Domain: acme.example\nAuth-Failure: dmarc\nDelivery-Result: reject\nIdentity-Alignment: none\nIncidents: 3\n"
       "DKIM-Domain: sender.example\nAuthentication-Results: in.receiver.example; dmarc=fail\n")
TLS = ('{"organization-name":"Receiver Inc.","date-range":{"start-datetime":"2023-11-14T00:00:00Z","end-datetime":"2023-11-14T23:59:59Z"},'
       '"contact-info":null,"report-id":"2023-11-14T00:00:00Z_acme.example","policies":[{"policy":{"policy-type":"sts","policy-string":'
       '["version: STSv1","mode: enforce","mx: mx.acme.example"],"policy-domain":"acme.example","mx-host":"mx.acme.example"},'
       '"summary":{"total-successful-session-count":"7","total-failure-session-count":3},"failure-details":[{"result-type":'
       '"certificate-expired","sending-mta-ip":"192.0.2.9","receiving-ip":"2001:db8::5","receiving-mx-hostname":"mx.acme.example",'
       '"failed-session-count":2}]},{"policy":{"policy-type":"no-policy-found"},"summary":{"total-successful-session-count":1}}]}')

files = {
    "body-zip.eml": (HEAD % ("noreply-dmarc@google.com", "Report domain: acme.example Submitter: google.com Report-ID: 17") +
                     "Content-Type: application/zip; name=\"google.com!acme.example!1700000000!1700086399.zip\"\r\n"
                     "Content-Transfer-Encoding: base64\r\n\r\n" + b64(zipped(("a.xml", report("google.com", "17"))))),
    "text-and-gzip.eml": mail([TEXT, attached("application/gzip", NAME + ".xml.gz", gz(report()))]),
    "wrong-type.eml": mail([attached("application/octet-stream", NAME + ".dat", zipped(("x.xml", report())))],
                           subject="Dmarc Aggregate Report"),
    "related.eml": mail([TEXT, attached("application/gzip", "a.xml.zip", zipped(("a.xml", report())))], "related"),
    "forwarded.eml": mail([TEXT, (["Content-Type: message/rfc822"], mail([TEXT, attached("application/gzip", "a.gz", gz(report()))])
                                  .replace("\r\n", "\n").replace('boundary="b"', 'boundary="c"').replace("--b", "--c"))]),
    "preview-html.eml": mail([(["Content-Type: text/html"], "<html><body>[Preview]</body></html>\n"),
                              attached("application/gzip", NAME + ".xml.gz", gz(report()))]),
    "two-reports.eml": mail([attached("application/gzip", "a.gz", gz(report())), attached("application/zip", "b.zip", zipped(
        ("1.xml", report(ident="r2")), ("2.xml", report(ident="r3"))))]),
    "xml-attached.eml": mail([TEXT, (["Content-Type: text/xml; name=\"a.xml\"", "Content-Disposition: attachment"], report())]),
    "contenttype.eml": mail([(["ContentType: application/gzip", "Content-Transfer-Encoding: base64"], b64(gz(report())))]),
    "no-encoding.eml": mail([(["Content-Type: application/gzip"], b64(gz(report())))]),
    "unused.eml": mail([TEXT, attached("application/gzip", "a.gz", gz("unused\n"))]),
    "no-report.eml": mail([TEXT, attached("application/x-bzip2", "a.bz2", b"BZh91AY&SY")]),
    "plain.eml": "From: a@b.example\r\nSubject: hello\r\n\r\nJust a word.\r\n",
    "arf.eml": mail([TEXT, (["Content-Type: message/feedback-report"], ARF), (["Content-Type: text/rfc822-headers"], SAMPLE)],
                    "report; report-type=feedback-report"),
    "arf-base64-mixed.eml": mail([TEXT, (["Content-Type: message/feedback-report", "Content-Transfer-Encoding: base64"], b64(
        ARF.replace("Arrival-Date: Thu, 16 Nov 2023 00:00:01 +0000\n", "").replace("Auth-Failure: dmarc\n", ""))),
        (["Content-Type: text/rfc822-header", "Content-Transfer-Encoding: base64"], b64(SAMPLE))]),
    "arf-message.eml": mail([TEXT, (["Content-Type: message/feedback-report"], ARF),
                             (["Content-Type: message/rfc822"], SAMPLE + "\nthe body, never kept\n")], "report"),
    "abuse.eml": mail([TEXT, (["Content-Type: message/feedback-report"], "Feedback-Type: abuse\nUser-Agent: x\nVersion: 1\n"),
                       (["Content-Type: message/rfc822"], SAMPLE + "\nbody\n")], "report"),
    "exim.eml": HEAD % ("dmarc@receiver.example", "DMARC Forensic Report for acme.example from IP 192.0.2.7") + "\r\n" +
                "A message claiming to be from you has failed the published DMARC\npolicy for your domain.\n\n  Sender Domain: acme.example\n"
                "  Sender IP Address: 192.0.2.7\n  Received Date: Thu, 16 Nov 2023 00:00:01 +0000\n  SPF Alignment: no\n  DKIM Alignment: no\n"
                "  DMARC Results: Reject\n\n------ This is a copy of the headers that were received before the error\n       was detected.\n\n" + SAMPLE,
    "tls.json": TLS,
    "tls.eml": mail([TEXT, attached("application/tlsrpt+gzip", "receiver.example!acme.example!1699920000!1700006399.json.gz", gz(
        TLS.replace('"contact-info":null,', "").replace('00:00:00Z","end', '00:00:00","end').replace('23:59:59Z', '23:59:59')))],
                    "report; report-type=tlsrpt").replace("Subject:", "TLS-Report-Domain: acme.example\r\nSubject:", 1),
    "tls-broken.json": TLS[:200],
    "other.json": '{"hello": 1}',
    "ikea.xml": '<?xml version="1.0"?>\n<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">\n' + report().split("\n", 1)[1],
    "kddi.xml": report().replace("</report_id>", "/report_id>").replace("<spf>fail</spf>", "<spf>fail</spf><reason></reason>"),
    "bell.xml": report(rows=ROW % "<reason><type>local_policy</type><comment>arc=pass\x07</comment></reason>"),
    "smart-quote.xml": report("Bob\x91s").encode("latin-1"),
    "email-lt.xml": report().replace("noreply@receiver.example</email>", "Bob <noreply@receiver.example></email>"),
    "rspamd.xml": report(rows=ROW % "<reason>local_policy</reason>").replace("<disposition>none", "<disposition>softfail"),
    "hash.xml": report().replace("<dkim>pass</dkim><spf>fail", "<dkim>Mail::DMARC::x=HASH(0x1)</dkim><spf>None"),
    "o2.xml": report().replace("<count>2", "<count>0").replace("192.0.2.1", ""),
    "aol.xml": report().replace("<spf><domain>mail.example.net</domain><result>pass</result></spf>", "").replace(
        "<dkim><domain>acme.example", "<dkim><domain>not.evaluated"),
    "zoho.xml": report(rows=ROW % "" + ROW % "").replace("<spf><domain>mail.example.net</domain>", "<spf><domain></domain><scope>helo</scope>"),
    "prefix.xml": report(root='<d:feedback xmlns:d="urn:ietf:params:xml:ns:dmarc-2.0">', end="</d:feedback>").replace(
        "<p>none", "<np>reject</np><p>none").replace("<re", "<d:re").replace("</re", "</d:re"),
    "cdata.xml": report("<![CDATA[R & <S>]]>"),
    "lost-end.xml": report(rows=ROW % "" + ROW % "", end=""),
    "unclosed.xml": report(rows=ROW % "").replace("</identifiers>", "").replace("</aspf>", ""),
    "bomb.xml.gz": gz("<" * 3000000),
    NAME + ".xml": report().replace("<date_range><begin>1700000000</begin><end>1700086399</end></date_range>", ""),
    "spaces.xml": report().replace("><", ">\n" + " " * 4000 + "<").replace("<count>", "<count>" + " " * 70000),
    "rows-in-one-record.xml": report(rows=(ROW % "").replace("</row>", "</row><row><source_ip>192.0.2.2</source_ip><count>5</count></row>")),
    "flat-record.xml": report(rows="<record><source_ip>192.0.2.1</source_ip><count>2</count><header_from>acme.example</header_from></record>"),
    "camel-case.xml": report().replace("source_ip", "sourceIp").replace("policy_evaluated", "policyEvaluated").replace(
        "header_from", "header-from").replace("auth_results", "authResults").replace("report_metadata", "ReportMetadata"),
    "mail-dates.xml": report().replace("1700000000", "Tue, 14 Nov 2023 22:13:20 +0000").replace("1700086399", "Wed, 15 Nov 2023 22:13:19 GMT"),
    "blank-before.gz": b"\r\n" + gz(report()),
    "text-mode.gz": gz(report()).replace(b"\n", b"\r\n").replace(b"\x00", b" "),
    "forwarded-base64.eml": mail([TEXT, attached("message/rfc822", "report.eml", mail([TEXT, attached(
        "application/gzip", NAME + ".xml.gz", gz(report()))]))], sender="postmaster@acme.example", subject="Fwd: report"),
    "forwarded-octet.eml": mail([TEXT, attached("application/octet-stream", "report.eml", "\n" + mail([TEXT, attached(
        "application/gzip", NAME + ".xml.gz", gz(report()))]))], sender="postmaster@acme.example", subject="Fwd: report"),
    "blank-lines-blank.eml": mail([TEXT, (["Content-Type: message/feedback-report"], ARF), (["Content-Type: text/rfc822-headers"], SAMPLE)],
                                  "report").replace("\r\n\r\n", "\r\n \r\n"),
    "arf-text.eml": mail([TEXT, (["Content-Type: text/plain"], ARF + "Message-ID: <x1@sender.example>\n"), attached(
        "message/rfc822", "sample.eml", SAMPLE + "\nthe body, never kept\n")]),
    "tls-alone.json": "[" + TLS.replace('"policies":[{', '"policies":{').replace(',{"policy":{"policy-type":"no-policy-found"},"summary":'
                                        '{"total-successful-session-count":1}}]}', "}").replace(
        '"failure-details":[{', '"failure-details":{').replace("2}]}", "2}}") + "]",
    "tls-latin1.json": TLS.replace("Receiver Inc.", "Soci\xe9t\xe9").encode("latin-1"),
    "password": "root:x:0:0:root:/root:/bin/bash\n",
    "empty": "",
}
for name, text in files.items():
    (out / name).write_bytes(text if isinstance(text, bytes) else text.encode())
