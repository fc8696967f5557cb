"""A resolver that answers for some zones, drops what is asked of others, and counts what it was asked."""

import heapq
import socket
import struct
import threading
import time

HEADER = struct.Struct("!HHHHHH")
TXT = 16


def question_of(packet):
    """Name in lower case without the final dot, type, and where the question ends."""
    labels, at = [], HEADER.size
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("latin-1").lower())
        at += 1 + packet[at]
    return ".".join(labels), struct.unpack("!H", packet[at + 1:at + 3])[0], at + 5


def txt_rdata(text):
    data = text.encode()
    return b"".join(bytes([len(p)]) + p for p in (data[i:i + 255] for i in range(0, len(data), 255)))


def with_code(reply, code, flag=0):
    return reply[:2] + bytes([reply[2] | flag, reply[3] & 0xf0 | code]) + b"\0\1" + b"\0" * 6 + reply[HEADER.size:]


# what becomes of an answer, given the question and what it should have been
WRONGS = {
    "servfail": lambda _query, reply: with_code(reply, 2),
    "refused": lambda _query, reply: with_code(reply, 5),
    "truncated": lambda _query, reply: with_code(reply, 0, 2),
    "other id": lambda _query, reply: bytes([reply[0] ^ 0x55]) + reply[1:],
    "garbage": lambda query, _reply: query[:2] + b"\x81\x80\xff\xff\xff\xff\xff\xff\xff\xff" + b"\xc0\x0c" * 30,
    "half": lambda _query, reply: reply[:HEADER.size + (len(reply) - HEADER.size) // 2],
}


class Names:
    """`text_of(name)` is its TXT record or None; `is_dead(name)` says whose questions are dropped.

    `wrong_of(name)` is what is wrong with the answer, one of WRONGS, or None; `delay_of(name)` how many seconds it takes.
    """

    def __init__(self, text_of, is_dead, wrong_of=lambda name: None, delay_of=lambda name: 0):
        self.text_of, self.is_dead, self.wrong_of, self.delay_of = text_of, is_dead, wrong_of, delay_of
        self.asked, self.delayed, self.change = [], [], threading.Condition()
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 << 20)
        self.udp.bind(("127.0.0.1", 0))
        self.port = self.udp.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()
        threading.Thread(target=self.serve_delayed, daemon=True).start()

    def close(self):
        self.udp.close()

    def answer(self, query, name, kind, end):
        number, flags = struct.unpack("!HH", query[:4])
        text = self.text_of(name)
        records = b""
        if kind == TXT and text is not None:
            rdata = txt_rdata(text)
            records = b"\xc0\x0c" + struct.pack("!HHLH", TXT, 1, 60, len(rdata)) + rdata
        code = 0 if text is not None else 3
        head = HEADER.pack(number, 0x8080 | flags & 0x0100 | code, 1, 1 if records else 0, 0, 0)
        return head + query[HEADER.size:end] + records

    def send(self, delay, reply, client):
        if delay == 0:
            self.udp.sendto(reply, client)
            return
        with self.change:
            heapq.heappush(self.delayed, (time.monotonic() + delay, reply, client))
            self.change.notify()

    def serve_delayed(self):
        while True:
            with self.change:
                while not self.delayed or self.delayed[0][0] > time.monotonic():
                    self.change.wait(self.delayed[0][0] - time.monotonic() if self.delayed else None)
                _, reply, client = heapq.heappop(self.delayed)
            try:
                self.udp.sendto(reply, client)
            except OSError:
                return

    def serve(self):
        while True:
            try:
                query, client = self.udp.recvfrom(65535)
            except OSError:
                return
            name, kind, end = question_of(query)
            self.asked.append((time.monotonic(), name))
            if self.is_dead(name):
                continue
            try:
                reply, wrong = self.answer(query, name, kind, end), self.wrong_of(name)
                self.send(self.delay_of(name), reply if wrong is None else WRONGS[wrong](query, reply), client)
            except OSError:
                return
