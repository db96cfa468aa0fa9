"""A client of a daemon's P2P port: frames and portable storage in a few lines, for both coins."""
import socket
import struct

HEAD = struct.Struct('<QQ?IiII')
SIGNATURE = 0x0101010101012101
STORAGE = b'\1\x11\1\1\1\1\2\1\1'
NETWORK_ID = {'monero': bytes.fromhex('1230f171610441611731008216a1a110'),
              'turtlecoin': bytes.fromhex('b50c4a6ccf52574165f991a4b6c143e9')}
HANDSHAKE, TIMED_SYNC = 1001, 1002
NUMBERS = {1: '<q', 2: '<i', 3: '<h', 4: '<b', 5: '<Q', 6: '<I', 7: '<H', 8: '<B', 9: '<d',
           11: '<?'}
ARRAY = 0x80


def varint(n):
    return struct.pack('<B', n << 2) if n < 64 else struct.pack('<I', n << 2 | 2)


def entry(name, kind, value):
    return bytes([len(name)]) + name.encode() + bytes([kind]) + value


def section(entries):
    """Values: int (u64), bytes (string), dict (section), (kind, packed)."""
    out = varint(len(entries))
    for name, value in entries.items():
        if isinstance(value, dict):
            out += entry(name, 12, section(value))
        elif isinstance(value, bytes):
            out += entry(name, 10, varint(len(value)) + value)
        elif isinstance(value, tuple):
            out += entry(name, *value)
        else:
            out += entry(name, 5, struct.pack('<Q', value))
    return out


class Reader:
    def __init__(self, data):
        self.data = data

    def take(self, n):
        taken, self.data = self.data[:n], self.data[n:]
        return taken

    def varint(self):
        size = 1 << (self.data[0] & 3)
        return int.from_bytes(self.take(size), 'little') >> 2

    def section(self):
        entries = {}
        for _ in range(self.varint()):
            name = self.take(self.take(1)[0]).decode()
            kind = self.take(1)[0]
            if kind & ARRAY:
                entries[name] = [self.value(kind & ~ARRAY) for _ in range(self.varint())]
            else:
                entries[name] = self.value(kind)
        return entries

    def value(self, kind):
        if kind == 12:
            return self.section()
        if kind == 10:
            return self.take(self.varint())
        form = NUMBERS[kind]
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]


class Link:
    def __init__(self, address, coin, timeout=10):
        host, port = address.rsplit(':', 1)
        self.coin = coin
        self.sock = socket.create_connection((host, int(port)), timeout)
        self.data = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, command, body):
        body = STORAGE + section(body)
        self.sock.sendall(HEAD.pack(SIGNATURE, len(body), True, command, 0, 1, 1) + body)

    def _fill(self, n):
        while len(self.data) < n:
            data = self.sock.recv(1 << 16)
            if not data:
                raise ConnectionResetError('closed')
            self.data += data

    def read(self):
        """The next frame: (command, is a response, body)."""
        self._fill(HEAD.size)
        signature, length, _, command, _, flags, _ = HEAD.unpack(self.data[:HEAD.size])
        assert signature == SIGNATURE, self.data[:64]
        assert length < 1 << 24, length
        self._fill(HEAD.size + length)
        body = self.data[HEAD.size:HEAD.size + length]
        self.data = self.data[HEAD.size + length:]
        reader = Reader(body[len(STORAGE):])
        return command, flags == 2, reader.section()

    def answer(self, command):
        """The next response, past whatever else comes; the payload of it."""
        while True:
            said, is_response, body = self.read()
            if said == command and is_response:
                return body['payload_data']

    def handshake(self, height, top_id, network_id=None, version=255):
        node = {'network_id': network_id or NETWORK_ID[self.coin], 'peer_id': 77, 'my_port': 0}
        if self.coin == 'turtlecoin':
            node['version'] = (8, bytes([version]))
        self.send(HANDSHAKE, {'node_data': node, 'payload_data': {
            'current_height': height + 1, 'top_id': bytes.fromhex(top_id)}})
        return self.answer(HANDSHAKE)

    def timed_sync(self, height, top_id):
        self.send(TIMED_SYNC, {'payload_data': {
            'current_height': height + 1, 'top_id': bytes.fromhex(top_id)}})
        return self.answer(TIMED_SYNC)

    def is_closed(self):
        """Reads to the end."""
        try:
            while self.sock.recv(1 << 16):
                pass
        except ConnectionResetError:
            pass
        return True

    def is_quiet(self, seconds=0.3):
        self.sock.settimeout(seconds)
        try:
            return self.sock.recv(1) is None
        except socket.timeout:
            return True
        finally:
            self.sock.settimeout(10)
