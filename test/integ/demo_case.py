"""What the tests of tipwatch-demo share: starting it, and an HTTP client that hides nothing."""
import json
import os
import socket
import urllib.parse

from harness.case import Case
from harness.ctl import Ctl
from harness.process import Process
from harness.waiting import wait_for

ADDRESS = ('TRTLv3mnq2wS6GepH6nb628jEjFseeojACYToJ1BXaZNNEvLkzW327zTVCh7ncGtS2MU2usGNq9ygVwiCTTft9'
           'QkN3t5P2Xqv3f')
MONERO_ADDRESS = ('44AFFq5kSiGBoZ4NMDwYtN18obc8AemS33DBLWs3H7otXft3XjrpDtQGv7SqSsaBYBb98uNbr2VBBEt7'
                  'f2wfn3RVGQBEP3A')
HEIGHT = 1000
QUIET_S = 0.3


class Reply:
    def __init__(self, status, reason, headers, body):
        self.status, self.reason, self.headers, self.body = status, reason, headers, body

    def json(self):
        return json.loads(self.body)

    def result(self):
        return self.json()['result']

    def code(self):
        """Of the error."""
        return self.json()['error']['code']


class Connection:
    """A bare HTTP client: it neither corrects nor hides anything."""

    def __init__(self, port, timeout=10):
        self.sock = socket.create_connection(('127.0.0.1', port), timeout)
        self.data = b''

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    def send(self, method, path, body=b'', headers=()):
        lines = [f'{method} {path} HTTP/1.1', 'Host: 127.0.0.1', *headers]
        if body or method == 'POST':
            lines.append(f'Content-Length: {len(body)}')
        self.sock.sendall('\r\n'.join([*lines, '', '']).encode() + body)

    def fill(self):
        data = self.sock.recv(1 << 20)
        if not data:
            raise ConnectionResetError('closed')
        self.data += data

    def read(self, headless=False):
        while b'\r\n\r\n' not in self.data:
            self.fill()
        head, self.data = self.data.split(b'\r\n\r\n', 1)
        line, *fields = head.decode().split('\r\n')
        _, status, reason = line.split(' ', 2)
        headers = dict(field.split(': ', 1) for field in fields)
        length = 0 if headless else int(headers['Content-Length'])
        while len(self.data) < length:
            self.fill()
        body, self.data = self.data[:length], self.data[length:]
        return Reply(int(status), reason, headers, body)

    def ask(self, method, path, body=b'', headers=()):
        self.send(method, path, body, headers)
        return self.read()

    def is_quiet(self):
        """Nothing comes for a while, and it is not closed either."""
        self.sock.settimeout(QUIET_S)
        try:
            return self.sock.recv(1) is None
        except socket.timeout:
            return True
        finally:
            self.sock.settimeout(10)

    def is_closed(self):
        try:
            return self.sock.recv(1) == b''
        except ConnectionResetError:
            return True


class DemoCase(Case):
    def start(self, *dialects, options=(), block_time='0s', nodes=None):
        self.ctl_path = os.path.join(self.dir, 'demo.sock')
        ports = os.path.join(self.dir, 'ports')
        if os.path.exists(ports):
            os.unlink(ports)
        self.demo = Process(self, 'tipwatch-demo', [
            self.program('tipwatch-demo'), '--nodes', nodes or len(dialects), '--dialect',
            ','.join(dialects), '--block-time', block_time, '--height', HEIGHT, '--control',
            self.ctl_path, '--ports-file', ports, '--json', *options])
        wait_for('the demo listens', lambda: os.path.exists(ports) or not self.demo.is_running(),
                 20)
        with open(ports, encoding='utf-8') as file:
            self.announced = json.load(file)
        self.ports = {node['name']: urllib.parse.urlsplit(node['url']).port
                      for node in self.announced['nodes']}
        self.ctl = Ctl(self.ctl_path)
        self.addCleanup(self.ctl.close)

    def do(self, command):
        answer = self.ctl.ask(command)
        self.assertTrue(answer.get('ok'), f'{command}: {answer}')
        return answer

    def node(self, name):
        return next(n for n in self.do('list')['nodes'] if n['name'] == name)

    def ask(self, method, path, body=b'', headers=(), name='d1'):
        with Connection(self.ports[name]) as connection:
            return connection.ask(method, path, body, headers)

    def rpc(self, method, params=None, name='d1'):
        request = {'jsonrpc': '2.0', 'id': 7, 'method': method}
        if params is not None:
            request['params'] = params
        return self.ask('POST', '/json_rpc', json.dumps(request).encode(), name=name)

    def height(self, name='d1'):
        """As the node itself says: a count."""
        return self.ask('GET', '/height', name=name).json()['height']

    def header(self, name, height):
        return self.rpc('getblockheaderbyheight', {'height': height}, name).result()['block_header']

    def template(self, name='d1'):
        return self.rpc('getblocktemplate', {'reserve_size': 8, 'wallet_address': ADDRESS}, name)

    def refused(self, name='d1'):
        try:
            socket.create_connection(('127.0.0.1', self.ports[name]), 5).close()
        except ConnectionRefusedError:
            return True
        return False


def prev_hash(blob, monero=False):
    """Where a block says what it builds on."""
    data = bytes.fromhex(blob)
    at = 0
    for _ in range(3 if monero or data[0] < 2 else 2):
        while data[at] & 0x80:
            at += 1
        at += 1
    return data[at:at + 32].hex()
