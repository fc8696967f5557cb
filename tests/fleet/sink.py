"""A mail server that keeps what it is given: SMTP on loopback, enough of RFC 5321 for who hands over reports."""

import email
import email.policy
import socketserver
import threading


class Session(socketserver.StreamRequestHandler):
    def say(self, text):
        self.wfile.write(text.encode() + b"\r\n")

    def handle(self):
        sink, mail = self.server.sink, {}
        self.say("220 sink.example ESMTP")
        while line := self.rfile.readline():
            verb = line[:4].upper()
            if verb in (b"EHLO", b"HELO"):
                self.say("250 sink.example")
            elif verb == b"MAIL":
                mail = {"from": line.split(b"<")[1].split(b">")[0].decode(), "to": []}
                self.say("250 ok")
            elif verb == b"RCPT":
                mail["to"].append(line.split(b"<")[1].split(b">")[0].decode())
                self.say("250 ok")
            elif verb == b"DATA":
                self.say("354 go on")
                if not self.take(sink, mail):
                    return
            elif verb == b"QUIT":
                self.say("221 bye")
                return
            else:
                self.say("250 ok")

    def take(self, sink, mail):
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        if line == b"":
            return False
        mail["message"] = email.message_from_bytes(b"".join(lines), policy=email.policy.SMTP)
        mail["id"] = mail["message"]["Message-ID"]
        with sink.lock:
            sink.coming += 1
            number = sink.coming
        sink.arrived.set()
        if sink.before_taking:
            sink.before_taking(number)
        with sink.lock:
            sink.mails.append(mail)
        if sink.after_taking:
            sink.after_taking(number)
        self.say("250 taken")
        return True


class Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = daemon_threads = True

    def handle_error(self, request, client_address):
        """Whoever hands mail over is killed now and then."""


class Sink:
    """
    `mails`: what was taken, each with from, to, message and id.  `before_taking` and `after_taking` are called with the
    number of the mail when all of it is there, before and after it counts as taken, and before the client hears so.
    """

    def __init__(self):
        self.lock, self.mails, self.coming = threading.Lock(), [], 0
        self.arrived = threading.Event()
        self.before_taking = self.after_taking = None
        self.server = Server(("127.0.0.1", 0), Session)
        self.server.sink = self
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def clear(self):
        with self.lock:
            self.mails, self.coming = [], 0
        self.arrived.clear()
        self.before_taking = self.after_taking = None

    def ids(self):
        with self.lock:
            return [m["id"] for m in self.mails]

    def close(self):
        self.server.shutdown()
        self.server.server_close()
