"""A SOCKS 5 proxy (RFC 1928) without authentication, on a port of 127.0.0.1: CONNECT to host names,
which it looks up in a table of its own, and to addresses."""
import socket
import struct
import threading

CHUNK = 65536
VERSION, CONNECT, NAME, IPV4, IPV6 = 5, 1, 3, 1, 4
OK, NOT_ALLOWED, UNREACHABLE, REFUSED = 0, 2, 4, 5


class Socks:
    """names maps host names to ports of 127.0.0.1; an address is connected to as it is."""

    def __init__(self, names):
        self.names = names
        self.asked = []  # (host, port) of every request, in the order they came
        self.refuses = None  # the code of an error that every request gets, or None
        self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.sockets = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self._shut(self.listener)
        self.listener.close()
        with self.lock:
            for sock in self.sockets:
                self._shut(sock)

    @staticmethod
    def _shut(sock):
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            with self.lock:
                self.sockets.add(client)
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        target = None
        try:
            target = self._open(client)
            if target:
                with self.lock:
                    self.sockets.add(target)
                back = threading.Thread(target=self._pass, args=(target, client), daemon=True)
                back.start()
                self._pass(client, target)
                back.join()
        except (OSError, EOFError):
            pass
        finally:
            for sock in filter(None, (client, target)):
                with self.lock:
                    self.sockets.discard(sock)
                sock.close()

    def _open(self, client):
        """Reads greeting and request; the connection to the target, or None."""
        version, n_methods = self._read(client, 2)
        methods = self._read(client, n_methods)
        if version != VERSION or 0 not in methods:
            client.sendall(bytes((VERSION, 0xff)))
            return None
        client.sendall(bytes((VERSION, 0)))
        version, command, _, kind = self._read(client, 4)
        if kind == NAME:
            host = self._read(client, self._read(client, 1)[0]).decode()
        else:
            family, size = {IPV4: (socket.AF_INET, 4), IPV6: (socket.AF_INET6, 16)}[kind]
            host = socket.inet_ntop(family, self._read(client, size))
        port = struct.unpack('!H', self._read(client, 2))[0]
        self.asked.append((host, port))
        code, target = self._connect(command, kind, host, port)
        client.sendall(bytes((VERSION, code, 0, IPV4)) + bytes(6))
        return target

    def _connect(self, command, kind, host, port):
        if self.refuses is not None or command != CONNECT:
            return self.refuses or NOT_ALLOWED, None
        if kind == NAME and host not in self.names:
            return UNREACHABLE, None
        if kind == NAME:
            host, port = '127.0.0.1', self.names[host]
        try:
            return OK, socket.create_connection((host, port))
        except OSError:
            return REFUSED, None

    @staticmethod
    def _read(sock, size):
        data = b''
        while len(data) < size:
            more = sock.recv(size - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def _pass(self, source, target):
        try:
            while data := source.recv(CHUNK):
                target.sendall(data)
        except OSError:
            pass
        self._shut(target)
