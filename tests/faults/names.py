"""A name server that lies between the daemon and NSD and does wrong as it is told, by name or to everybody."""

import socket
import struct
import threading
import time

HEADER = struct.Struct("!HHHHHH")


def question_name(packet):
    """The name asked for, in lower case without the final dot."""
    labels, at = [], HEADER.size
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
        at += 1 + packet[at]
    return ".".join(labels), at + 5


def with_code(packet, code):
    """The question back with this response code."""
    number, flags = struct.unpack("!HH", packet[:4])
    _, end = question_name(packet)
    return HEADER.pack(number, 0x8000 | flags & 0x0100 | 0x0080 | code, 1, 0, 0, 0) + packet[HEADER.size:end]


# What becomes of an answer.  None: nothing is sent.
WRONGS = {
    "drop": lambda _query, _answer: None,
    "servfail": lambda query, _answer: with_code(query, 2),
    "refuse": lambda query, _answer: with_code(query, 5),
    "formerr": lambda query, _answer: with_code(query, 1),
    "wrong-id": lambda _query, answer: bytes([answer[0] ^ 0x55]) + answer[1:],
    "wrong-question": lambda query, answer: answer[:HEADER.size] + b"\x05wrong" + answer[HEADER.size:],
    "garbage": lambda query, answer: query[:2] + b"\x81\x80\xff\xff\xff\xff\xff\xff\xff\xff" + b"\xc0\x0c" * 30,
    "half": lambda _query, answer: answer[:HEADER.size] + answer[HEADER.size:len(answer) // 2],
    "truncate": lambda query, _answer: with_code(query, 0)[:2] + bytes([0x83]) + with_code(query, 0)[3:],
}


class Names:
    """Listens on a port of its own.  `wrong` maps a name, or "" for all of them, to one of WRONGS or seconds of delay."""

    def __init__(self, upstream):
        self.upstream = upstream
        self.wrong = {}
        self.queries = 0
        while True:
            self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
            self.udp.bind(("127.0.0.1", 0))
            self.port = self.udp.getsockname()[1]
            self.tcp = socket.socket()
            self.tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                self.tcp.bind(("127.0.0.1", self.port))
                break
            except OSError:
                self.udp.close()
                self.tcp.close()
        self.tcp.listen(64)
        for work in (self.serve_udp, self.serve_tcp):
            threading.Thread(target=work, daemon=True).start()

    def close(self):
        self.udp.close()
        self.tcp.close()

    def ask_upstream(self, query):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
            s.settimeout(2)
            s.sendto(query, ("127.0.0.1", self.upstream))
            return s.recv(65535)

    def respond(self, query, by_tcp):
        """The bytes to send back, or None; waits where it is told to."""
        self.queries += 1
        name, _ = question_name(query)
        wrong = self.wrong.get(name, self.wrong.get(""))
        if isinstance(wrong, (int, float)):
            time.sleep(wrong)
            wrong = None
        if wrong == "truncate" and by_tcp:
            return None
        if wrong in ("drop", "servfail", "refuse", "formerr", "truncate"):
            return WRONGS[wrong](query, None)
        answer = self.ask_upstream(query)
        return answer if wrong is None else WRONGS[wrong](query, answer)

    def serve_udp(self):
        def one(query, client):
            try:
                answer = self.respond(query, False)
                if answer is not None:
                    self.udp.sendto(answer, client)
            except (OSError, IndexError):
                pass
        while True:
            try:
                query, client = self.udp.recvfrom(65535)
            except OSError:
                return
            name = question_name(query)[0] if len(query) > HEADER.size else ""
            if isinstance(self.wrong.get(name, self.wrong.get("")), (int, float)):
                threading.Thread(target=one, args=(query, client), daemon=True).start()
            else:
                one(query, client)

    def serve_tcp(self):
        def one(connection):
            with connection:
                connection.settimeout(5)
                try:
                    size = connection.recv(2)
                    query = connection.recv(struct.unpack("!H", size)[0])
                    answer = self.respond(query, True)
                    if answer is not None:
                        connection.sendall(struct.pack("!H", len(answer)) + answer)
                except (OSError, IndexError, struct.error):
                    pass
        while True:
            try:
                connection, _ = self.tcp.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(connection,), daemon=True).start()
