"""A client of the control socket, as a pool would write it."""
import json
import socket


class Ctl:
    """One connection. ask() sends a line and returns the parsed answer."""

    def __init__(self, path, timeout=10):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(timeout)
        try:
            self.sock.connect(path)
        except OSError:
            self.sock.close()
            raise
        self.buffer = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.sock.close()

    def send(self, data):
        self.sock.sendall(data if isinstance(data, bytes) else data.encode())

    def read_line(self):
        """The next line without its end; None when the other side closed."""
        while b'\n' not in self.buffer:
            data = self.sock.recv(65536)
            if not data:
                return None
            self.buffer += data
        line, self.buffer = self.buffer.split(b'\n', 1)
        return line

    def read(self):
        line = self.read_line()
        if line is None:
            raise ConnectionResetError('the control socket was closed')
        return json.loads(line)

    def ask(self, request):
        self.send(request + '\n')
        return self.read()
