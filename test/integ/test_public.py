"""Nodes of others: behind proxies that limit, cache or change what passes through them."""
import time

from harness.case import takes
from harness.front import Front
from harness.waiting import wait_for
from net import NetCase


class Public(NetCase):
    def front(self, n, dialect):
        """n daemons of which the first is asked through a front."""
        # Long enough that a node which is asked slowly does not lag by that.
        self.network(n, [dialect], settled=False, coin={'block_target': '60s'})
        self.watcher.stop()
        front = Front(self, self.demo.port(0))
        return front

    def watch(self, front, **changes):
        nodes = self.demo.nodes()
        nodes[0] = {**nodes[0], 'url': front.url, **changes}
        self.watcher.write(daemons=nodes)
        self.watcher.start()
        return nodes[0]['name']

    def becomes_healthy(self, dialect, **limits):
        front = self.front(3, dialect)
        for name, value in limits.items():
            setattr(front, name, value)
        name = self.watch(front)
        self.has_verdict(name, 'healthy/ok', 30)
        start, refused = time.monotonic(), front.n_refused
        checks = self.watcher.node(name)['checks']
        for _ in range(2):
            self.demo.mine()
            wait_for('it shows the new block', lambda: self.watcher.node(name)['height'] ==
                     self.watcher.status()['consensus']['network_height'], 20)
            wait_for('more checks', lambda: self.watcher.node(name)['checks'] > checks + 5, 60)
            checks = self.watcher.node(name)['checks']
            self.assertEqual(self.watcher.verdict(name), 'healthy/ok')
        # Spread: few were turned away, though more is asked than one request a check.
        self.note(f'{front.n_refused - refused} turned away, {front.n_passed} passed '
                  f'in {time.monotonic() - start:.0f} s')
        self.assertLess(front.n_refused - refused, front.n_passed / 3)
        self.assertNotIn(f'{name}: healthy/ok ->', self.watcher.process.log())

    @takes(40)
    def test_limit_with_retry_after(self):
        self.becomes_healthy('turtlecoin-rpc', per_second=2, burst=1, retry_after=1)

    @takes(40)
    def test_limit_of_nginx(self):
        self.becomes_healthy('turtlecoin-rest', per_second=2, burst=3, status=503)

    @takes(40)
    def test_limit_in_front_of_monerod(self):
        self.becomes_healthy('monero', per_second=2, burst=1)

    @takes(30)
    def test_limit_that_leaves_nothing(self):
        front = self.front(3, 'turtlecoin-rpc')
        front.per_second, front.burst = 1, 0
        name = self.watch(front)
        self.has_verdict(name, 'unhealthy/limited', 25)
        self.assertIn('HTTP status 429', self.watcher.node(name)['detail'])
        refused, start = front.n_refused, time.monotonic()
        wait_for('some more checks fail', lambda: front.n_refused > refused, 30)
        self.assertLess(front.n_refused - refused, 3 + 2 * (time.monotonic() - start))

    def reads(self, change, dialect, verdict, words=''):
        front = self.front(3, dialect)
        front.change = change
        name = self.watch(front)
        self.has_verdict(name, verdict, 20)
        if verdict == 'healthy/ok':
            self.demo.mine()
            wait_for('it shows the new block', lambda: self.watcher.node(name)['lag'] == 0 and
                     self.watcher.node(name)['height'] == 1001, 20)
        self.assertIn(words, self.watcher.node(name)['detail'])

    @takes(15)
    def test_byte_order_mark(self):
        self.reads(lambda status, headers, body: (status, headers, b'\xef\xbb\xbf' + body),
                   'turtlecoin-rpc', 'healthy/ok')

    @takes(15)
    def test_latin_1(self):
        self.reads(lambda status, headers, body:
                   (status, headers, body.replace(b'{', b'{"by":"caf\xe9",', 1)),
                   'turtlecoin-rest', 'healthy/ok')

    @takes(15)
    def test_heights_as_floats(self):
        def change(status, headers, body):
            parts = body.split(b'"height":')
            for i, part in enumerate(parts[1:], 1):
                digits = len(part) - len(part.lstrip(b'0123456789 '))
                parts[i] = part[:digits].rstrip() + b'.0' + part[digits:]
            return status, headers, b'"height":'.join(parts)
        self.reads(change, 'monero', 'healthy/ok')

    @takes(15)
    def test_doubled_key(self):
        self.reads(lambda status, headers, body:
                   (status, headers, body.replace(b'{', b'{"status":"OK","status":"OK",', 1)),
                   'monero', 'healthy/ok')

    @takes(15)
    def test_moved(self):
        self.reads(lambda status, headers, body:
                   (301, {'Location': 'https://node.example/info'}, b''),
                   'turtlecoin-rpc', 'unhealthy/bad_reply',
                   'HTTP status 301: moved to https://node.example/info')

    @takes(15)
    def test_forbidden_by_a_proxy(self):
        self.reads(lambda status, headers, body:
                   (403, {'Content-Type': 'text/html'}, b'<title>Just a moment...</title>'),
                   'turtlecoin-rpc', 'unhealthy/bad_reply', 'does not let tipwatch in')

    @takes(15)
    def test_core_is_busy(self):
        self.reads(lambda status, headers, body:
                   (200, headers, b'{"error":{"code":-9,"message":"Core is busy"}}'),
                   'turtlecoin-rpc', 'unhealthy/busy', 'Core is busy')

    @takes(60)
    def test_different_daemons_behind_one_address(self):
        """Two daemons that are four blocks apart answer in turn, as the only daemon of the pool."""
        self.network(2, ['turtlecoin-rest'], settled=False)
        self.watcher.stop()
        self.demo.do(f'freeze {self.demo.names[1]}')
        self.demo.mine(4)
        front = Front(self, self.demo.port(0), self.demo.port(1))
        name = self.demo.names[0]
        self.watcher.write(daemons=[{**self.demo.nodes()[0], 'url': front.url}])
        self.watcher.start()
        self.has_verdict(name, 'unhealthy/mixed', 40)
        self.assertIn('come from different nodes', self.watcher.node(name)['detail'])
        checks = self.watcher.node(name)['checks']
        wait_for('more checks', lambda: self.watcher.node(name)['checks'] > checks + 10, 60)
        self.assertEqual(self.watcher.verdict(name), 'unhealthy/mixed')
        self.assertTrue(self.watcher.select()['usable'])
        self.assertEqual(self.watcher.process.log().count(f'{name}: '), 2)
