"""A line to a server that is long: what goes either way comes later, and how often it turns is counted."""

import queue
import socket
import threading
import time


class Relay:
    """`listening`: a socket that listens; `connect()` answers one to the server; each way takes `delay` seconds."""

    def __init__(self, listening, connect, delay):
        self.listening, self.connect, self.delay = listening, connect, delay
        self.turns, self.last = 0, None  # a turn: the client speaks after the server did; so many waits for an answer
        threading.Thread(target=self.accept, daemon=True).start()

    @classmethod
    def local(cls, folder, server_folder, delay, port=5432):
        """Between unix sockets: a client finds in `folder` what the server in `server_folder` is."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(f"{folder}/.s.PGSQL.{port}")
        listening.listen()

        def connect():
            server = socket.socket(socket.AF_UNIX)
            server.connect(f"{server_folder}/.s.PGSQL.{port}")
            return server

        return cls(listening, connect, delay)

    def accept(self):
        while True:
            try:
                client, _ = self.listening.accept()
                server = self.connect()
            except OSError:
                if self.listening.fileno() < 0:
                    return
                continue
            for a, b in ((client, server), (server, client)):
                waiting = queue.SimpleQueue()
                threading.Thread(target=self.hear, args=(a, a is client, waiting), daemon=True).start()
                threading.Thread(target=self.tell, args=(b, waiting), daemon=True).start()

    def hear(self, from_socket, is_client, waiting):
        data = b"?"
        while data:
            try:
                data = from_socket.recv(16384)
            except OSError:
                data = b""
            self.turns += is_client and self.last is False
            self.last = is_client
            waiting.put((time.monotonic() + self.delay, data))

    def tell(self, to_socket, waiting):
        data = b"?"
        while data:
            due, data = waiting.get()
            time.sleep(max(0.0, due - time.monotonic()))
            try:
                to_socket.sendall(data) if data else to_socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def end(self):
        self.listening.close()
