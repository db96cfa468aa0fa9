"""tipwatch-demo: the P2P port of its nodes in both coins' forms, its pushes and its faults."""
from demo_case import HEIGHT, DemoCase
from harness.levin import Link
from harness.waiting import wait_for

PUSH = {'monero': 2008, 'turtlecoin': 2009}


class P2p(DemoCase):
    def begin(self, dialect='turtlecoin-rpc', nodes=2):
        self.start(dialect, nodes=nodes, options=('--peer-port', '0'))
        self.addresses = {n['name']: n['p2p'] for n in self.announced['nodes']}
        self.coin = 'monero' if dialect == 'monero' else 'turtlecoin'

    def link(self, name='d1'):
        link = Link(self.addresses[name], self.coin)
        self.addCleanup(link.sock.close)
        return link

    def tip(self, name='d1'):
        node = self.node(name)
        return node['height'], node['hash']

    def linked(self, name='d1'):
        link = self.link(name)
        self.assertTip(link.handshake(*self.tip(name)), name)
        return link

    def assertTip(self, payload, name='d1'):
        self.assertEqual((payload['current_height'] - 1, payload['top_id'].hex()), self.tip(name))

    def next_push(self, link):
        """The height of the next block that is pushed."""
        while True:
            command, _, body = link.read()
            if command == PUSH[self.coin]:
                return body['current_blockchain_height'] - 1

    def test_tip_and_pushes_in_both_forms(self):
        for dialect in ('turtlecoin-rpc', 'turtlecoin-rpc@0.8.4', 'turtlecoin-rest', 'monero'):
            with self.subTest(dialect):
                self.begin(dialect)
                with self.linked() as link:
                    self.do('mine')
                    self.assertEqual(self.next_push(link), HEIGHT + 1)
                    self.assertTip(link.timed_sync(*self.tip()))
                self.demo.stop()

    def test_counts_its_links(self):
        self.begin()
        before = self.ask('GET', '/info').json()['incoming_connections_count']
        with self.linked(), self.linked():
            self.assertEqual(self.node('d1')['links'], 2)
            self.assertEqual(self.ask('GET', '/info').json()['incoming_connections_count'],
                             before + 2)
        wait_for('the links are gone', lambda: self.node('d1')['links'] == 0, 10)
        self.assertEqual(self.ask('GET', '/info').json()['incoming_connections_count'], before)

    def test_pushes_when_the_block_arrives(self):
        self.begin()
        with self.linked('d1') as early, self.linked('d2') as late:
            self.do('delay d2 2000')
            self.do('mine')
            self.assertEqual(self.next_push(early), HEIGHT + 1)
            self.assertTip(late.timed_sync(*self.tip('d2')), 'd2')
            self.assertEqual(self.tip('d2')[0], HEIGHT)
            self.assertEqual(self.next_push(late), HEIGHT + 1)
            self.assertEqual(self.tip('d2')[0], HEIGHT + 1)

    def test_drops_strangers(self):
        self.begin()
        for options in ({'network_id': b'x' * 16}, {'version': 9}):
            with self.link() as link, self.assertRaises(ConnectionError):
                link.handshake(*self.tip(), **options)
        with self.link() as link:
            link.handshake(*self.tip(), version=10)

    def test_death_and_hang(self):
        self.begin()
        with self.linked('d1') as dead, self.linked('d2') as hung:
            self.do('hang d2')
            self.assertTrue(hung.is_quiet())
            self.do('mine')
            self.assertTrue(hung.is_quiet())
            self.do('recover d2')
            self.assertEqual(self.next_push(hung), HEIGHT + 1)
            self.do('die d1')
            self.assertTrue(dead.is_closed())
        with self.assertRaises(ConnectionRefusedError):
            self.link()
        self.do('recover d1')
        self.linked().sock.close()

    def test_faults(self):
        self.begin()
        tip = self.tip()
        with self.linked() as link:
            self.do('p2p d1 closed')
            self.assertTrue(link.is_closed())
        with self.assertRaises(ConnectionRefusedError):
            self.link()
        self.do('p2p d1 silent')
        with self.link() as link:
            link.sock.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                link.handshake(*tip)
        self.do('p2p d1 lie')
        with self.link() as link:
            self.assertEqual(link.handshake(*tip)['current_height'], HEIGHT + 1001)
        for how in ('garbage', 'huge'):
            self.do(f'p2p d1 {how}')
            with self.link() as link, self.assertRaises(AssertionError):
                link.handshake(*tip)
        self.do('p2p d1 wrong-id')
        with self.link() as link, self.assertRaises(ConnectionError):
            link.handshake(*tip)
        self.do('p2p d1 drop')
        with self.link() as link:
            link.handshake(*tip)
            self.assertTrue(link.is_closed())
        self.do('p2p d1 partial')
        with self.link() as link:
            link.sock.settimeout(0.3)
            with self.assertRaises(TimeoutError):
                link.handshake(*tip)
            self.assertTrue(link.data)
        self.do('p2p d1 flood')
        with self.link() as link:
            link.handshake(*tip)
            for _ in range(500):
                self.next_push(link)
        self.assertEqual(self.node('d1')['faults'], ['p2p'])
        self.do('recover d1')
        self.linked().sock.close()

    def test_wrong_words(self):
        self.begin()
        answer = self.ctl.ask('p2p d1 nice')
        self.assertIn("'nice' is nothing that a P2P port does; there are ok, closed, silent",
                      answer['error'])
        self.assertIn('error', self.ctl.ask('p2p d1'))
