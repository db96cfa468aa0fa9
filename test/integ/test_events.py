"""/events: the status as server-sent events, read as a program reads them, and with curl."""
import json
import signal
import socket
import subprocess
import time

from harness.waiting import wait_for
from net import NetCase


class Stream:
    """One reader of /events. next() is (id, status object)."""

    def __init__(self, case, port, timeout=15):
        self.sock = socket.create_connection(('127.0.0.1', port), timeout)
        case.addCleanup(self.sock.close)
        # 1.0: no chunks.
        self.sock.sendall(b'GET /events HTTP/1.0\r\n\r\n')
        self.file = self.sock.makefile('rb')
        self.status = int(self.file.readline().split()[1])
        self.headers = dict(line.decode().strip().lower().split(': ', 1)
                            for line in iter(self.file.readline, b'\r\n'))

    def next(self):
        fields = {}
        for line in iter(self.file.readline, b'\n'):
            if not line:
                return None
            name, value = line.decode().rstrip('\n').split(': ', 1)
            fields[name] = value
        return int(fields['id']), json.loads(fields['data'])


class Events(NetCase):
    def setUp(self):
        super().setUp()
        self.network(3)
        self.port = self.watcher.http_port

    def test_every_change_at_once(self):
        stream = Stream(self, self.port)
        self.assertEqual((stream.status, stream.headers['content-type']),
                         (200, 'text/event-stream'))
        first_id, first = stream.next()
        self.assertEqual(set(first), set(self.watcher.status()))
        self.assertEqual(first_id, first['select']['seq'])
        self.demo.mine()
        height = first['select']['height'] + 1
        while True:
            number, status = stream.next()
            if status['select']['height'] == height:
                break
        self.assertGreater(number, first_id)
        victim = status['select']['daemon']['name']
        self.demo.do(f'die {victim}')
        while True:
            number, status = stream.next()
            if status['select']['daemon']['name'] != victim:
                break
        self.assertTrue(status['select']['usable'])
        self.assertEqual(number, status['select']['seq'])

    def test_it_is_never_silent(self):
        stream = Stream(self, self.port)
        stream.next()
        for _ in range(2):
            start = time.monotonic()
            self.assertIsNotNone(stream.next())
            # 2 s, and room for a busy machine.
            self.assertLess(time.monotonic() - start, 6)

    def test_curl(self):
        curl = subprocess.Popen(
            ['curl', '-sN', '--max-time', '30', f'http://127.0.0.1:{self.port}/events'],
            stdout=subprocess.PIPE)
        self.addCleanup(curl.wait)
        self.addCleanup(curl.stdout.close)
        self.addCleanup(curl.kill)
        for _ in range(2):
            self.assertEqual(curl.stdout.readline(), b'retry: 2000\n')
            self.assertRegex(curl.stdout.readline(), rb'^id: \d+\n$')
            self.assertEqual(json.loads(curl.stdout.readline().split(b': ', 1)[1])['v'], 1)
            self.assertEqual(curl.stdout.readline(), b'\n')

    def test_many_readers(self):
        streams = [Stream(self, self.port) for _ in range(64)]
        self.assertEqual({s.status for s in streams}, {200})
        self.assertEqual(Stream(self, self.port).status, 503)
        self.assertEqual(self.watcher.http('/select')[0], 200)
        self.demo.mine()
        height = self.watcher.select()['height'] + 1
        wait_for('the block is seen', lambda: self.watcher.select()['height'] == height, 10)
        for stream in streams:
            while stream.next()[1]['select']['height'] != height:
                pass

    def test_reload_and_stop(self):
        stream = Stream(self, self.port)
        stream.next()
        self.watcher.write(daemons=self.demo.nodes()[:2])
        self.watcher.reload()
        while len(stream.next()[1]['daemons']) != 2:
            pass
        self.watcher.process.signal(signal.SIGTERM)
        while stream.next():
            pass
        self.assertEqual(self.watcher.process.wait(10), 0)
