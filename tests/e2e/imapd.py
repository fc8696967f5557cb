"""A small IMAP server (RFC 3501, MOVE) in TLS, with one user's mailboxes in memory: for tests."""

import re
import socket
import ssl
import subprocess
import threading


def certificate(folder):
    """A key and a certificate for localhost, which is its own authority; the file of both."""
    path = folder / "imap.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
                    "-addext", "subjectAltName=DNS:localhost", "-keyout", str(path), "-out", str(folder / "imap.crt")],
                   check=True, capture_output=True)
    path.write_text(path.read_text() + (folder / "imap.crt").read_text())
    return path


class Imapd(threading.Thread):
    def __init__(self, pem, user, password, move=True):
        super().__init__(daemon=True)
        self.login, self.has_move = (user, password), move
        self.boxes, self.next_uid, self.lock, self.log = {"INBOX": {}}, 1, threading.Lock(), []
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(pem)
        self.context, self.listener = context, socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]

    def put(self, message):
        with self.lock:
            self.boxes["INBOX"][self.next_uid] = [message, set()]
            self.next_uid += 1

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        try:
            with self.context.wrap_socket(connection, server_side=True) as tls, tls.makefile("rwb") as f:
                self.talk(f)
        except (OSError, ssl.SSLError):
            pass

    def talk(self, f):
        def say(text):
            f.write(text if isinstance(text, bytes) else text.encode())
            f.flush()
        box, known = None, False
        say("* OK ready\r\n")
        for line in f:
            tag, _, command = line.decode().strip().partition(" ")
            self.log.append(command)
            word = command.upper()
            if word == "CAPABILITY":
                say(f"* CAPABILITY IMAP4rev1{' MOVE' if self.has_move else ''}\r\n{tag} OK\r\n")
            elif word.startswith("LOGIN "):
                given = tuple(a or b for a, b in re.findall(r'"([^"]*)"|(\S+)', command[6:]))
                known = given == self.login
                say(f"{tag} {'OK' if known else 'NO'} login\r\n")
            elif word == "LOGOUT":
                say(f"* BYE\r\n{tag} OK\r\n")
                return
            elif not known:
                say(f"{tag} NO log in first\r\n")
            elif word.startswith("SELECT "):
                name = command[7:].strip('"')
                box = self.boxes.get(name)
                say(f"* {len(box)} EXISTS\r\n* OK [UIDVALIDITY 7] x\r\n{tag} OK\r\n" if box is not None else f"{tag} NO none\r\n")
            elif word.startswith("CREATE "):
                name = command[7:].strip('"')
                say(f"{tag} {'NO exists' if name in self.boxes else 'OK'}\r\n")
                self.boxes.setdefault(name, {})
            elif box is None:
                say(f"{tag} {'OK' if word == 'NOOP' else 'BAD'} no mailbox\r\n")
            else:
                self.on_messages(say, tag, command, box)

    def on_messages(self, say, tag, command, box):
        with self.lock:
            verb, _, rest = command.partition(" ")[2].partition(" ") if command.upper().startswith("UID ") else (command, "", "")
            verb = verb.upper()
            uids = [int(u) for u in rest.split(" ")[0].split(",") if u.isdigit() and int(u) in box]
            if verb == "SEARCH":
                found = [u for u, (_, flags) in sorted(box.items()) if "\\Deleted" not in flags]
                say(f"* SEARCH {' '.join(map(str, found))}\r\n{tag} OK\r\n")
            elif verb == "FETCH" and uids:
                body = box[uids[0]][0]
                say(f"* 1 FETCH (UID {uids[0]} BODY[] {{{len(body)}}}\r\n".encode() + body + f")\r\n{tag} OK\r\n".encode())
            elif verb in ("MOVE", "COPY") and (verb == "COPY" or self.has_move):
                to = self.boxes.get(rest.split(" ", 1)[1].strip('"'))
                for uid in uids if to is not None else ():
                    to[uid] = box[uid]
                    if verb == "MOVE":
                        del box[uid]
                say(f"{tag} {'OK' if to is not None else 'NO [TRYCREATE]'}\r\n")
            elif verb == "STORE":
                for uid in uids:
                    box[uid] = [box[uid][0], {"\\Deleted"}]
                say(f"{tag} OK\r\n")
            elif verb == "EXPUNGE":
                for uid in uids or list(box):
                    if "\\Deleted" in box[uid][1]:
                        del box[uid]
                say(f"{tag} OK\r\n")
            else:
                say(f"{tag} BAD what\r\n")
