"""A cable to a TCP port of 127.0.0.1: it can be pulled out or let nothing pass, and can speak TLS
or IPv6 outside."""
import selectors
import socket
import ssl
import threading

CHUNK = 65536


def tls_server(certificate, key, clients=None, newest=None):
    """clients: the authorities of the certificates that clients must have. newest: of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    if clients:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    if newest:
        context.maximum_version = newest
    return context


class Proxy:
    """Passes connections on from its own port to target_port, while it is plugged in."""

    def __init__(self, target_port, tls=None, ipv6=False):
        self.target_port = target_port
        self.tls = tls
        if ipv6:
            self.listener = socket.create_server(('::1', 0), family=socket.AF_INET6)
        else:
            self.listener = socket.create_server(('127.0.0.1', 0))
        self.port = self.listener.getsockname()[1]
        self.is_plugged = True
        self.passes = threading.Event()
        self.passes.set()
        self.requests = []  # first line of every HTTP request that came in one piece
        self.lock = threading.Lock()
        self.sockets = set()
        threading.Thread(target=self._accept, daemon=True).start()

    def unplug(self):
        """Ends the connections; new ones are closed at once."""
        with self.lock:
            self.is_plugged = False
            for sock in self.sockets:
                self._shut(sock)

    def plug(self):
        with self.lock:
            self.is_plugged = True

    def block(self):
        """The connections stay, new ones are accepted, and nothing passes until unblock()."""
        self.passes.clear()

    def unblock(self):
        self.passes.set()

    def close(self):
        self.unplug()
        self.unblock()
        # Wakes accept(), which close() alone would not.
        self._shut(self.listener)
        self.listener.close()

    @staticmethod
    def _shut(sock):
        """Wakes the thread that owns the socket, which then closes it."""
        try:
            socket.socket.shutdown(sock, socket.SHUT_RDWR)
        except OSError:
            pass

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        target = None
        try:
            if self.tls:
                client = self._handshake(client)
            target = socket.create_connection(('127.0.0.1', self.target_port), 10)
            with self.lock:
                if not self.is_plugged:
                    return
                self.sockets |= {client, target}
            self._pump(client, target)
        except (OSError, ValueError):
            return
        finally:
            with self.lock:
                self.sockets -= {client, target}
            client.close()
            if target:
                target.close()

    def _handshake(self, client):
        """The TLS socket of client. When a handshake fails, what the client has sent meanwhile is
        read before the connection ends: otherwise the kernel would reset it, and the client might
        never see the alert that says why."""
        client = self.tls.wrap_socket(client, server_side=True, do_handshake_on_connect=False)
        try:
            client.do_handshake()
        except ssl.SSLError:
            with socket.socket(fileno=client.detach()) as rest:
                rest.settimeout(10)
                rest.shutdown(socket.SHUT_WR)
                while rest.recv(CHUNK):
                    pass
            raise
        return client

    def _pump(self, client, target):
        """Copies both ways until one end closes. One thread: a TLS socket must not have two."""
        other = {client: target, target: client}
        with selectors.DefaultSelector() as selector:
            for sock in other:
                selector.register(sock, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if not self._copy(key.fileobj, other[key.fileobj], key.fileobj is client):
                        return

    def _copy(self, source, sink, is_request):
        """Passes on what is there. False at the end."""
        self.passes.wait()
        while True:
            source.setblocking(False)
            try:
                data = source.recv(CHUNK)
            except (ssl.SSLWantReadError, BlockingIOError):
                # A part of a TLS record, or one that holds no data.
                return True
            finally:
                source.setblocking(True)
            if not data:
                return False
            if is_request and data.startswith((b'GET ', b'POST ')):
                self.requests.append(data.split(b'\r\n', 1)[0].decode('ascii', 'replace'))
            sink.sendall(data)
