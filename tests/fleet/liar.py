"""A server that speaks PostgreSQL's protocol (its manual, "Frontend/Backend Protocol") and means no good."""

import os
import random
import socket
import struct
import threading

NASTY = [b"", b"0", b"1", b"-1", b"9223372036854775807", b"-9223372036854775808", b"9223372036854775808", b"t", b"f", b"abc",
         b"\\x" + b"00" * 16, b"00" * 16, b"20261130", b"message_20261130", b"\x1b]0;pwn\x07", b"\xff\xfe", b"*" * 300, b"x" * 200000,
         b"1' OR '1'='1", b"2026-11-30", b"a.example", b"approved", b"infinity", None]


class Liar:
    """`mute`: what it does once it was asked so many times; None: it goes on lying."""

    def __init__(self, folder, seed=0, mute=None, after=0, plain=False):
        self.folder, self.random, self.mute, self.left, self.plain = folder, random.Random(seed), mute, after, plain
        self.listening = socket.socket(socket.AF_UNIX)
        path = f"{folder}/.s.PGSQL.5432"
        if os.path.exists(path):
            os.unlink(path)
        self.listening.bind(path)
        self.listening.listen(50)
        self.url = f"postgresql:///fleet?host={folder}&user=x"
        self.asked, self.sql, self.at = 0, {}, b""
        threading.Thread(target=self.accept, daemon=True).start()

    def close(self):
        self.listening.close()

    def accept(self):
        while True:
            try:
                theirs, _ = self.listening.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(theirs,), daemon=True).start()

    def message(self, kind, body=b""):
        return kind + struct.pack("!I", len(body) + 4) + body

    def known(self, sql):
        """What lets a program come further; None."""
        for words, row in ((b"desk') IS NOT NULL)::int", [b"2"]), (b"IS NOT NULL)::int", [b"1"]), (b"SELECT schema FROM fleet", [b"6"]),
                           (b"version FROM desk", [b"9999"]), (b"oldest FROM desk", [b"0"]), (b"encode(secret", [b"00" * 16, b"30", b"0"]),
                           (b"bound_to()", [b"1", b"false", b"true", b"x", b"", b""]), (b"pg_try_advisory_lock", [b"1"])):
            if words in sql and self.random.random() < 0.95:
                return row
        return None

    def rows(self, sql=b""):
        if self.known(sql):
            row = self.known(sql) or [b"1"]
            names = b"".join(b"c%d\0" % i + struct.pack("!IHIhih", 0, 0, 25, -1, -1, 0) for i in range(len(row)))
            return self.message(b"T", struct.pack("!H", len(row)) + names), self.message(b"D", struct.pack("!H", len(row)) + b"".join(
                struct.pack("!i", len(v)) + v for v in row)), self.message(b"C", b"SELECT 1\0")
        columns = self.random.choice([0, 1, 1, 2, 3, 7, 20, 80])
        names = b"".join(b"c%d\0" % i + struct.pack("!IHIhih", 0, 0, 25, -1, -1, 0) for i in range(columns))
        said = self.message(b"T", struct.pack("!H", columns) + names)
        for _ in range(self.random.choice([0, 1, 1, 2, 30])):
            row = struct.pack("!H", columns)
            for _ in range(columns):
                value = self.random.choice(NASTY)
                row += struct.pack("!i", -1) if value is None else struct.pack("!i", len(value)) + value
            said += self.message(b"D", row)
        return said, self.message(b"C", b"SELECT 1\0")

    def done(self):
        if self.random.random() < 0.02 and not self.plain:
            return self.message(b"E", b"SERROR\0C" + self.random.choice([b"57014", b"40001", b"22003", b"XX000"]) + b"\0Mno\0\0")
        return self.message(b"C", b"COMMIT\0")

    def copied(self):
        """COPY … TO STDOUT (FORMAT binary), or what looks like it."""
        columns = self.random.choice([0, 1, 5, 30, 34, 2000])
        said = self.message(b"H", b"\1" + struct.pack("!H", 1) + struct.pack("!H", 1))
        body = b"PGCOPY\n\xff\r\n\0" + bytes(8) + struct.pack("!h", columns)
        for _ in range(columns):
            value = self.random.choice(NASTY) or b""
            body += struct.pack("!i", self.random.choice([len(value), len(value), -1, 2 ** 31 - 1])) + value
        return said + self.message(b"d", body[:self.random.choice([5, len(body)])]) + self.message(b"c") + self.done()

    def answer(self, kind, body):
        ready = self.message(b"Z", b"I")
        if kind == b"Q":
            if b"COPY" in body and b"STDIN" in body:
                return self.message(b"G", b"\1\0\0")
            if b"COPY" in body:
                return self.copied() + ready
            return self.done() + ready
        if kind == b"c":
            return self.done() + ready
        if kind == b"P":
            name, sql = body.split(b"\0")[:2]
            self.sql[name] = sql
        if kind == b"B":
            self.at = self.sql.get(body.split(b"\0")[1], b"")
        if kind == b"E":
            return b"".join(self.rows(self.at))
        return {b"P": self.message(b"1"), b"B": self.message(b"2"), b"S": ready, b"C": self.message(b"3")}.get(kind, b"")

    def serve(self, s):
        stream = s.makefile("rb")
        try:
            size, = struct.unpack("!I", stream.read(4))
            stream.read(size - 4)
            s.sendall(self.message(b"R", struct.pack("!I", 0)) + self.message(b"S", b"client_encoding\0UTF8\0")
                      + self.message(b"S", b"server_version\0" + b"15.5\0") + self.message(b"K", bytes(8)) + self.message(b"Z", b"I"))
            while True:
                kind = stream.read(1)
                if not kind or kind == b"X":
                    break
                size, = struct.unpack("!I", stream.read(4))
                body = stream.read(size - 4)
                self.asked += 1
                if self.mute and self.asked > self.left:
                    self.mute(s)
                    return
                s.sendall(self.answer(kind, body))
        except (OSError, struct.error, ValueError):
            pass
        finally:
            s.close()
